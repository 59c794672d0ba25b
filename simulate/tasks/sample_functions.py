"""Losses and metrics of the user's own: a number for every sample, of that sample alone.

Engines put samples of many clients together, pad batches with samples that weigh nothing, and
evaluate in pieces: what looks at a batch's other samples would differ by engine, and what draws
random numbers by run.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from roundlot.theory import InvalidProblemError

SampleFunction = Callable[[Tensor, Tensor], Tensor]
#: How far the right class's output is above the others in a probe: untrained networks are wrong.
_SURE = 4.0


def check_sample_function(
    function: SampleFunction, outputs: Tensor, targets: Tensor, who: str, wanted: str
) -> Tensor:
    """What a loss or metric gives for a few samples.

    Args:
        function: of outputs and targets.
        outputs: ``(n, ...)``.
        targets: ``(n, ...)``.
        who: it is, for errors: "'heat': the loss".
        wanted: per sample, for errors: "one" or "one number".

    Raises:
        InvalidProblemError: it fails, gives no real number per sample, draws random numbers,
            changes what it is given, or looks at other samples of the batch.
    """
    given = outputs.detach().clone(), targets.clone()
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        each = _called(function, *given, who)
        drew = not torch.equal(before, torch.get_rng_state())
    if not isinstance(each, Tensor) or tuple(each.shape) != (len(outputs),):
        shape = tuple(each.shape) if isinstance(each, Tensor) else type(each).__name__
        raise InvalidProblemError(
            f"{who} gives {shape} for {len(outputs)} samples; give {wanted} per sample"
        )
    if each.is_complex():
        raise InvalidProblemError(
            f"{who} gives complex numbers; give {wanted} per sample, and real"
        )
    if drew:
        raise InvalidProblemError(f"{who} draws random numbers; take them out")
    if not (_equal(given[0], outputs) and _equal(given[1], targets)):
        raise InvalidProblemError(f"{who} changes what it is given; have it work on a copy")
    for some in (outputs.detach(), *_right(outputs, targets)):
        if _is_mixed(function, some, targets, who):
            raise InvalidProblemError(
                f"{who} of a sample depends on the other samples of its batch; give every sample's"
                " number by itself"
            )
    return each.detach()


def _is_mixed(function: SampleFunction, outputs: Tensor, targets: Tensor, who: str) -> bool:
    """Whether any sample has another number alone than beside the others."""
    together = _called(function, outputs.clone(), targets.clone(), who)
    for place in range(len(outputs)):
        some = slice(place, place + 1)
        alone = _called(function, outputs[some].clone(), targets[some].clone(), who)
        if not isinstance(alone, Tensor) or not _same(alone, together[some]):
            return True
    return False


def _right(outputs: Tensor, targets: Tensor) -> list[Tensor]:
    """Outputs that are right about the classes, where there are classes."""
    if outputs.dim() != 2 or targets.dim() != 1 or targets.dtype != torch.int64:
        return []
    if not 0 <= int(targets.min()) <= int(targets.max()) < outputs.shape[1]:
        return []
    return [_SURE * torch.nn.functional.one_hot(targets, outputs.shape[1]).to(outputs.dtype)]


def _called(function: SampleFunction, outputs: Tensor, targets: Tensor, who: str) -> Tensor:
    try:
        return function(outputs, targets)
    except Exception as error:
        raise InvalidProblemError(
            f"{who} fails on outputs {tuple(outputs.shape)} and targets {tuple(targets.shape)},"
            f" {targets.dtype} ({' '.join(str(error).split())[:200] or type(error).__name__})"
        ) from error


def _equal(one: Tensor, other: Tensor) -> bool:
    """Bit for bit, but for what is no number."""
    return torch.equal(torch.nan_to_num(one), torch.nan_to_num(other.detach()))


def _same(one: Tensor, other: Tensor) -> bool:
    """But for rounding: sums over more samples may go another way."""
    return one.shape == other.shape and torch.allclose(
        one.double(), other.double(), rtol=1e-3, atol=1e-4, equal_nan=True
    )
