"""A local step of several clients as one function that torch compiles: gradients, then the move.

The step is traced with tensors that have shapes but no numbers, and goes to torch's compiler
without the layer that reads Python's bytecode: nothing is checked or looked up again at every call,
which for small networks takes as long as the step itself.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from roundlot.simulate.engines import lane_products
from roundlot.simulate.engines.local_optimizer import adam_constants
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import Precision
from roundlot.simulate.engines.vmapped import batched_slopes
from roundlot.simulate.tasks.task import SampleLoss


@dataclass(frozen=True, kw_only=True)
class Slots:
    """What a step is given, ``L`` lanes: each a list of tensors, in the order of the fields.

    Attributes:
        pieces: parameters ``(L, *shape)``, moved in place.
        first, second: what the optimiser remembers of them, alike, or none; changed in place.
        extras: added to the gradients, alike, or none.
        origin: ``(1, *shape)``, where a proximal term pulls to, or none.
        fixed: parameters and buffers of the network that do not train.
        data: all inputs of the task and the rate ``()``; then of ``T`` turns the targets, the rows
            of inputs and the shares ``(T, L, width, ...)`` and, of Adam, ``1 − β₁ᵗ`` and
            ``1 − β₂ᵗ`` ``(T, L)``; the turn ``()`` comes last.
    """

    pieces: Sequence[Tensor]
    first: Sequence[Tensor]
    second: Sequence[Tensor]
    extras: Sequence[Tensor]
    origin: Sequence[Tensor]
    fixed: Sequence[Tensor]
    data: Sequence[Tensor]

    def flat(self) -> list[Tensor]:
        """All tensors, one after the other."""
        return [tensor for part in self._parts() for tensor in part]

    def filled(self, tensors: Sequence[Tensor]) -> Slots:
        """Slots of the same sizes that hold these tensors."""
        left = iter(tensors)
        return Slots(
            **{
                name: [next(left) for _ in part]
                for name, part in zip(self.__dataclass_fields__, self._parts(), strict=True)
            }
        )

    def _parts(self) -> Iterator[Sequence[Tensor]]:
        return (getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalStep:
    """The step of a network under a plan.

    Attributes:
        module: the network, recurrent layers unrolled.
        names: of the parameters that train.
        fixed: names of the parameters and buffers that do not.
        loss: per sample.
        plan: of local training.
        precision: in which parameters are kept, and the one that the network computes in.
    """

    module: nn.Module
    names: Sequence[str]
    fixed: Sequence[str]
    loss: SampleLoss
    plan: LocalPlan
    precision: Precision

    def __call__(self, slots: Slots) -> tuple[Tensor]:
        """Losses ``(L,)``; parameters and what the optimiser remembers change in place."""
        inputs, rate, *tables, turn = slots.data
        fixed = dict(zip(self.fixed, slots.fixed, strict=True))
        here = (table.index_select(0, turn.view(1)).squeeze(0) for table in tables)
        targets, rows, shares, *corrections = here
        losses, slopes = batched_slopes(
            self.module,
            self.loss,
            self.names,
            [piece.to(self.precision.computed) for piece in slots.pieces],
            inputs.index_select(0, rows.flatten()),
            targets.flatten(0, 1),
            shares,
            fixed,
        )
        kept = [slope.detach().to(self.precision.kept) for slope in slopes]
        self._move(slots, self._full(slots, kept), rate, corrections)
        return (losses,)

    def _full(self, slots: Slots, slopes: list[Tensor]) -> list[Tensor]:
        """Gradients with all that is added to them."""
        plan = self.plan
        if plan.clip is not None:
            squares = [slope.reshape(len(slope), -1).square().sum(dim=1) for slope in slopes]
            factors = (plan.clip / torch.stack(squares).sum(dim=0).sqrt()).clamp(max=1.0)
            slopes = [slope * _along(factors, slope) for slope in slopes]
        if slots.extras:
            slopes = [slope + extra for slope, extra in zip(slopes, slots.extras, strict=True)]
        if plan.weight_decay:
            slopes = [
                slope + plan.weight_decay * piece
                for slope, piece in zip(slopes, slots.pieces, strict=True)
            ]
        if plan.proximal:
            away = zip(slopes, slots.pieces, slots.origin, strict=True)
            slopes = [slope + plan.proximal * (piece - first) for slope, piece, first in away]
        return slopes

    def _move(
        self, slots: Slots, slopes: list[Tensor], rate: Tensor, corrections: Sequence[Tensor]
    ) -> None:
        plan = self.plan
        for place, (piece, slope) in enumerate(zip(slots.pieces, slopes, strict=True)):
            if plan.optimizer == "adam":
                gamma, tau = adam_constants(plan)
                first, second = slots.first[place], slots.second[place]
                first.copy_(first * plan.inertia + (1.0 - plan.inertia) * slope)
                second.copy_(second * gamma + (1.0 - gamma) * slope * slope)
                mean, square = (_along(some, piece) for some in corrections)
                piece.sub_(rate * (first / mean) / ((second / square).sqrt() + tau))
            elif slots.first:
                first = slots.first[place]
                first.copy_(first * plan.inertia + slope)
                piece.sub_(rate * first)
            else:
                piece.sub_(rate * slope)


def _along(row: Tensor, like: Tensor) -> Tensor:
    return row.view(-1, *[1] * (like.dim() - 1))


def missing(device: str) -> str | None:
    """What torch's compiler lacks on this machine, and the remedy, or None."""
    if device != "cpu":
        if importlib.util.find_spec("triton") is None:
            return "torch compiles for a GPU by triton, which is not installed: pip install triton"
        return None
    name = os.environ.get("CXX") or {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
    if shutil.which(name.split()[0]) is None:
        return (
            f"torch compiles by a C++ compiler and {name!r} is not there: install one (on Debian:"
            " apt install g++) or name yours in CXX"
        )
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.exists():
        return (
            f"torch's compiler needs {header}, which is not there: install Python's headers (on"
            " Debian: apt install python3-dev)"
        )
    return None


class _WeightFirst(TorchFunctionMode):
    """Linear layers as weight times inputs: the weight's gradient then has the weight's layout."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is functional.linear and len(args) >= 2 and args[0].dim() >= 2:
            inputs, weight = args[:2]
            bias = args[2] if len(args) > 2 else kwargs.get("bias")
            rows = inputs.reshape(-1, inputs.shape[-1])
            outputs = (weight @ rows.t()).t().reshape(*inputs.shape[:-1], weight.shape[0])
            return outputs if bias is None else outputs + bias
        return func(*args, **kwargs)


def traced(step: LocalStep, slots: Slots) -> tuple[Any, list[Tensor]]:
    """The step's operations, as a graph, and stand-ins of the tensors that it takes.

    Raises:
        RuntimeError, ValueError, TypeError, NotImplementedError: what cannot be traced, such as a
            branch on values.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.proxy_tensor import make_fx
    from torch.nn.attention import SDPBackend, sdpa_kernel

    def run(*tensors: Tensor) -> tuple[Tensor]:
        # The other forms of attention have no rule for many networks at once.
        with sdpa_kernel(SDPBackend.MATH), _WeightFirst():
            return step(slots.filled(tensors))

    mode = FakeTensorMode(allow_non_fake_inputs=True)
    # Each is of a storage of its own, though lanes are views of one: they do not overlap.
    with mode:
        stand_ins = [
            torch.empty_strided(one.shape, one.stride(), dtype=one.dtype, device=one.device)
            for one in slots.flat()
        ]
    with torch.no_grad(), mode:
        graph = make_fx(run, tracing_mode="real", _allow_non_fake_inputs=True)(*stand_ins)
    return graph, stand_ins


def compiled_step(step: LocalStep, slots: Slots) -> Callable[..., Tensor]:
    """The step for tensors of these shapes, given one after the other as by `Slots.flat`.

    It takes seconds, less when torch kept what it compiled.

    Raises:
        RuntimeError: torch's compiler fails, or the step cannot be traced.
    """
    graph, stand_ins = traced(step, slots)
    on_cpu = stand_ins[0].device.type == "cpu"
    # Shapes are those that it was compiled for: no call need look.
    options = {"size_asserts": False, "cpp_wrapper": on_cpu}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if on_cpu and lane_products.known():
            graph = lane_products.with_lane_products(graph)
            options |= lane_products.options()
        run = _bare(graph, stand_ins, options)

    def taken(*tensors: Tensor) -> Tensor:
        (losses,) = run([*tensors])
        return torch.as_tensor(losses)

    return taken


def _bare(
    graph: Any, stand_ins: list[Tensor], options: dict[str, Any]
) -> Callable[[list[Tensor]], Any]:
    """The compiled graph itself: the layers around it, for gradients of its own, are left out.

    They would take half as long as a small network's step.
    """
    from torch._inductor.compile_fx import compile_fx, compile_fx_inner

    made: list[tuple[int, Any]] = []

    def inner(functional_graph: Any, inputs: Any, **settings: Any) -> Any:
        code = compile_fx_inner(functional_graph, inputs, **settings)
        made.append((len(inputs), code))
        return code

    whole: Any = compile_fx(graph, [*stand_ins], inner_compile=inner, config_patches=options)
    if len(made) == 1 and made[0][0] == len(stand_ins):
        code = made[0][1]
        bare: Any = getattr(code, "current_callable", None) or code
        return bare  # type: ignore[no-any-return]
    return lambda tensors: whole(*tensors)
