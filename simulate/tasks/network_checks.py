"""Networks and losses are looked at before they train: what training could not honour is refused.

Training of a client is to be a function of its parameters and samples alone, whatever clients train
beside it: see `roundlot.simulate.tasks.sample_functions` for losses.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.modules.lazy import LazyModuleMixin

from roundlot.simulate.tasks.parameters import flatten, with_parameters
from roundlot.simulate.tasks.sample_functions import SampleFunction, check_sample_function
from roundlot.theory import InvalidProblemError

#: Samples that networks, losses and metrics are tried on.
_SAMPLES = 3


def check_module(module: nn.Module, task: str) -> None:
    """Refuse layers whose training is no function of parameters and samples alone.

    Raises:
        InvalidProblemError: not a module; no parameter that trains, or one that is not real
            floating point; batch statistics, dropout, layers that have no shape yet, embeddings
            with ``max_norm`` or sparse gradients; names the layer and the remedy.
    """
    if not isinstance(module, nn.Module):
        raise InvalidProblemError(
            f"{task!r}: module is a {type(module).__name__}; give a torch.nn.Module"
        )
    for name, layer in module.named_modules():
        fault = _layer_fault(layer)
        if fault:
            where = f"layer {name!r} ({type(layer).__name__})" if name else type(layer).__name__
            raise InvalidProblemError(f"{task!r}: {where} {fault}")
    for name, parameter in module.named_parameters():
        if not parameter.is_floating_point():
            raise InvalidProblemError(
                f"{task!r}: parameter {name!r} is {parameter.dtype}; use real floating point"
            )
        if _has_hooks(parameter):
            raise InvalidProblemError(
                f"{task!r}: parameter {name!r} has hooks on its gradient, which no copy of it"
                " keeps; scale in forward, or freeze it by requires_grad_(False)"
            )
    if not any(p.requires_grad and p.numel() for p in module.parameters()):
        raise InvalidProblemError(f"{task!r}: the module has no parameter that trains")


def check_outputs(module: nn.Module, data: tuple[Any, Any], task: str) -> Tensor | None:
    """The network's outputs on a few samples, on a copy, with their graph; None without a sample.

    Raises:
        InvalidProblemError: the network fails on the data, draws random numbers, changes its
            buffers or inputs, or mixes samples.
    """
    inputs = few_of(data[0])
    if not len(inputs):
        return None
    copied = with_parameters(module, flatten(module).cpu()).cpu().train()
    before = {name: buffer.clone() for name, buffer in copied.named_buffers()}
    taped = _outputs(copied, inputs, task)
    outputs = taped.detach()
    _refuse_change(copied, before, task)
    if not _same(outputs, _outputs(copied, inputs, task, seed=1).detach()):
        raise InvalidProblemError(
            f"{task!r}: the network gives other numbers the second time; have it depend on its"
            " parameters and inputs alone"
        )
    for place in range(len(inputs) if len(inputs) > 1 else 0):
        some = slice(place, place + 1)
        if not _same(outputs[some], _outputs(copied, inputs[some], task).detach()):
            raise InvalidProblemError(
                f"{task!r}: a sample's output depends on the other samples of its batch;"
                " normalise each sample by itself (torch.nn.GroupNorm)"
            )
    return taped


def check_loss(loss: SampleFunction, outputs: Tensor, targets: Tensor, task: str) -> None:
    """Refuse a loss that gives no number of every sample by itself, or that cannot be descended.

    Args:
        loss: of outputs and targets.
        outputs: of a network on a few samples, with their graph, which is used up.
        targets: of those samples.
        task: its name, for errors.

    Raises:
        InvalidProblemError: as `check_sample_function`; loss or network have no gradient, as where
            values that it needs are changed in place.
    """
    check_sample_function(loss, outputs, targets, f"{task!r}: the loss", "one")
    leaf = outputs.detach().clone().requires_grad_()
    with torch.enable_grad():
        each = loss(leaf, targets)
        total = each.sum()
    if not each.requires_grad:
        raise InvalidProblemError(
            f"{task!r}: the loss has no gradient by the outputs; nothing would be learnt"
        )
    try:
        (slope,) = torch.autograd.grad(total, leaf, materialize_grads=True)
        torch.autograd.backward(outputs, slope)
    except Exception as error:
        raise InvalidProblemError(
            f"{task!r}: network or loss have no gradient ({_first_line(error)}); change no value in"
            " place that a gradient needs"
        ) from error


def check_labels(outputs: Tensor, targets: Tensor, task: str, kind: str) -> None:
    """Refuse labels that are no classes of the network.

    Raises:
        InvalidProblemError: outputs that are no table, labels that are no whole numbers, or a label
            without an output; names it.
    """
    if outputs.dim() != 2:
        raise InvalidProblemError(
            f"{task!r}: cross entropy needs outputs (n, classes); the network gives"
            f" {tuple(outputs.shape)}"
        )
    if targets.dtype != torch.int64 or targets.dim() != 1:
        raise InvalidProblemError(
            f"{task!r}: cross entropy needs int64 labels (n,); the {kind} targets are"
            f" {targets.dtype} of shape {tuple(targets.shape)}"
        )
    if not targets.numel():
        return
    for label in (int(targets.min()), int(targets.max())):
        if not 0 <= label < outputs.shape[1]:
            raise InvalidProblemError(
                f"{task!r}: class {label} of the {kind} data has no output:"
                f" the network gives {outputs.shape[1]}"
            )


def few_of(data: Any) -> Tensor:
    """From all over the data: neighbours may be alike, and would hide that samples are mixed."""
    rows = torch.as_tensor(data)
    places = np.unique(np.linspace(0, max(len(rows) - 1, 0), _SAMPLES).astype(np.int64))
    part = rows[torch.from_numpy(places[: len(rows)])].detach().cpu()
    return part.float() if part.is_floating_point() else part


def _outputs(module: nn.Module, inputs: Tensor, task: str, seed: int = 0) -> Tensor:
    with torch.enable_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        before, given = torch.get_rng_state(), inputs.clone()
        try:
            outputs = module(given)
        except Exception as error:
            raise InvalidProblemError(
                f"{task!r}: the network fails on inputs of shape {tuple(inputs.shape)}"
                f" ({_first_line(error)}); give it samples it takes"
            ) from error
        drew = not torch.equal(before, torch.get_rng_state())
    if not isinstance(outputs, Tensor) or not outputs.dim() or len(outputs) != len(inputs):
        raise InvalidProblemError(
            f"{task!r}: the network gives {_given(outputs)} for {len(inputs)} samples; give one"
            " tensor with a row per sample, or say which output counts (output=... of the task)"
        )
    if drew:
        raise InvalidProblemError(
            f"{task!r}: the network draws random numbers as it trains; take them out (dropout: p=0)"
        )
    if not torch.equal(torch.nan_to_num(given), torch.nan_to_num(inputs)):
        raise InvalidProblemError(
            f"{task!r}: the network changes its inputs in place; have it work on a copy"
        )
    if not outputs.requires_grad:
        raise InvalidProblemError(
            f"{task!r}: the network's output depends on no parameter that trains; nothing would be"
            " learnt"
        )
    return outputs


def _given(outputs: Any) -> str:
    if isinstance(outputs, Tensor):
        return str(tuple(outputs.shape))
    names = ", ".join(map(repr, outputs)) if isinstance(outputs, Mapping) else ""
    return type(outputs).__name__ + (f" with {names}" if names else "")


def _layer_fault(layer: nn.Module) -> str | None:
    if isinstance(layer, LazyModuleMixin) and layer.has_uninitialized_params():
        return "has no shape yet; run the network once on a sample first"
    if isinstance(layer, _NormBase) and not _is_instance_norm(layer):
        return "mixes a batch's samples in its statistics; use torch.nn.GroupNorm"
    if isinstance(layer, _NormBase) and layer.track_running_stats:
        return "keeps running statistics; use track_running_stats=False or torch.nn.GroupNorm"
    rate = _dropout_rate(layer)
    if rate:
        return f"drops with p={rate}; use p=0"
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        if layer.max_norm is not None:
            return "changes its rows as it reads them; use max_norm=None"
        if layer.sparse:
            return "has sparse gradients; use sparse=False"
    return None


def _has_hooks(parameter: nn.Parameter) -> bool:
    hooks = ("_backward_hooks", "_post_accumulate_grad_hooks")
    return any(getattr(parameter, name, None) for name in hooks)


def _is_instance_norm(layer: nn.Module) -> bool:
    return isinstance(layer, nn.InstanceNorm1d | nn.InstanceNorm2d | nn.InstanceNorm3d)


def _dropout_rate(layer: nn.Module) -> float:
    if isinstance(layer, _DropoutNd):
        return float(layer.p)
    if isinstance(layer, nn.RNNBase | nn.MultiheadAttention):
        return float(layer.dropout)
    return 0.0


def _refuse_change(module: nn.Module, before: dict[str, Tensor], task: str) -> None:
    for name, buffer in module.named_buffers():
        if not torch.equal(buffer, before[name]):
            raise InvalidProblemError(
                f"{task!r}: buffer {name!r} changes as the network runs; training keeps parameters"
                " only: take it out"
            )


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-3, atol=1e-4, equal_nan=True)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
