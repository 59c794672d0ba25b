"""Any network, many clients at once: forward under torch.vmap, backward by autograd.

The sum of the clients' losses has every client's gradient in its own row, so that one backward
pass over batched operations serves them all. Recurrent layers are written out step by step, because
torch.vmap cannot run the built-in ones.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast, final

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional

from roundlot.simulate.engines.precision import FLOAT32, Precision, floats_in
from roundlot.simulate.engines.side_by_side import SideBySideEngine, clients_in_memory
from roundlot.simulate.tasks.parameters import flatten, in_type, layout, with_parameters
from roundlot.simulate.tasks.task import SampleLoss, Task, sample_loss

State = tuple[Tensor, ...]


Cell = Callable[[Tensor, State, Tensor, Tensor | None], State]


def supports(task: Task, precision: Precision = FLOAT32) -> str | None:
    """Why a task cannot train under vmap, or None: found by trying it on two clients."""
    start = flatten(task.module, precision.kept)
    module = unroll(in_type(with_parameters(task.module, start), precision.computed).train())
    parts = layout(module)
    pieces = list(parts.split(start.repeat(2, 1).to(precision.computed)).values())
    inputs = floats_in(task.train.inputs[[0, 0]], precision.computed)
    targets = floats_in(task.train.targets[[0, 0]], precision.kept)
    loss, shares = sample_loss(task.loss), torch.ones(2, 1, dtype=precision.kept)
    try:
        batched_slopes(module, loss, parts.names, pieces, inputs, targets, shares)
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        return f"torch.vmap cannot run it ({str(error).strip().splitlines()[0]})"
    return None


@final
class VmappedEngine(SideBySideEngine):
    """Trains many clients at once, any network that torch.vmap can run."""

    def _prepared(self, module: nn.Module) -> nn.Module:
        return unroll(module)

    def _clients_at_a_time(self, width: int) -> int:
        return clients_in_memory(
            self._module, self._inputs[:1].expand(width, *self._inputs.shape[1:]), self.device
        )

    def _slopes(
        self, pieces: Sequence[Tensor], inputs: Tensor, targets: Tensor, shares: Tensor
    ) -> tuple[Tensor, Sequence[Tensor]]:
        names = self._layout.names
        return batched_slopes(
            self._module, self._sample_loss, names, pieces, inputs, targets, shares
        )


def batched_slopes(
    module: nn.Module,
    loss: SampleLoss,
    names: Sequence[str],
    pieces: Sequence[Tensor],
    inputs: Tensor,
    targets: Tensor,
    shares: Tensor,
    fixed: Mapping[str, Tensor] = MappingProxyType({}),
) -> tuple[Tensor, Sequence[Tensor]]:
    """Losses ``(a,)`` and gradients ``(a, *shape)`` of ``a`` clients at ``pieces``.

    ``fixed`` stands for parameters and buffers of the module that do not train, by name.
    """
    active, width = shares.shape

    def forward(own: dict[str, Tensor], some: Tensor) -> Tensor:
        return cast("Tensor", functional_call(module, (own, dict(fixed)), (some,)))

    with torch.enable_grad():
        leaves = [piece.detach().requires_grad_() for piece in pieces]
        own = dict(zip(names, leaves, strict=True))
        outputs = vmap(forward)(own, inputs.view(active, width, *inputs.shape[1:]))
        each = loss(outputs.flatten(0, 1).to(shares.dtype), targets).view(active, width)
        totals = (each * shares).sum(dim=1)
        slopes = torch.autograd.grad(totals.sum(), leaves, materialize_grads=True)
    return totals.detach(), slopes


def unroll(module: nn.Module) -> nn.Module:
    """A copy whose LSTM, GRU and RNN layers take their steps in Python; parameters keep names.

    Layers with projections or dropout stay as they are.
    """
    copied = copy.deepcopy(module)
    for layer in copied.modules():
        kind = _UNROLLED.get(type(layer))
        if kind is not None and isinstance(layer, nn.RNNBase) and _simple(layer):
            layer.__class__ = kind
    return copied


def lstm_work(module: nn.Module, inputs: Tensor) -> int:
    """Steps times hidden units of the longest LSTM that the network runs on ``inputs``; 0 for none.

    Args:
        module: the network; it is not changed.
        inputs: a batch of one sample.
    """
    copied, works = copy.deepcopy(module), [0]

    def note(layer: nn.Module, given: tuple[Any, ...]) -> None:
        steps = given[0].shape[1 if layer.batch_first else 0]
        works.append(int(steps) * int(layer.hidden_size))  # type: ignore[arg-type]

    for layer in copied.modules():
        if type(layer) is nn.LSTM:
            layer.register_forward_pre_hook(note)
    with torch.no_grad():
        copied(inputs)
    return max(works)


def _simple(layer: nn.RNNBase) -> bool:
    return not layer.proj_size and not (layer.dropout and layer.num_layers > 1)


def _lstm(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    hidden, memory = state
    enter, forget, candidate, leave = (gates + functional.linear(hidden, weight, bias)).chunk(4, -1)
    memory = torch.sigmoid(forget) * memory + torch.sigmoid(enter) * torch.tanh(candidate)
    return torch.sigmoid(leave) * torch.tanh(memory), memory


def _gru(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    (hidden,) = state
    reset, update, candidate = gates.chunk(3, -1)
    own_reset, own_update, own = functional.linear(hidden, weight, bias).chunk(3, -1)
    reset, update = torch.sigmoid(reset + own_reset), torch.sigmoid(update + own_update)
    fresh = torch.tanh(candidate + reset * own)
    return (fresh + update * (hidden - fresh),)


def _tanh(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (torch.tanh(gates + functional.linear(state[0], weight, bias)),)


def _relu(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (torch.relu(gates + functional.linear(state[0], weight, bias)),)


def _run(layer: Any, inputs: Tensor, state: State | None, cell: Cell) -> tuple[Tensor, State]:
    """All layers and directions; ``inputs`` as the layer takes them, a batch of sequences."""
    if not isinstance(inputs, Tensor) or inputs.dim() != 3:
        raise NotImplementedError("recurrent layers take a batch of sequences, 3-d")
    steps = inputs.transpose(0, 1) if layer.batch_first else inputs
    n_states = 2 if cell is _lstm else 1
    ends: list[State] = []
    for depth in range(layer.num_layers):
        sides = []
        for side in range(2 if layer.bidirectional else 1):
            place = len(ends)
            first = (_zero(layer, steps),) * n_states
            if state is not None:
                first = tuple(part[place] for part in state)
            out, end = _sweep(layer, steps, first, cell, f"l{depth}" + "_reverse" * side)
            sides.append(out)
            ends.append(end)
        steps = torch.cat(sides, dim=-1)
    final = tuple(torch.stack(parts) for parts in zip(*ends, strict=True))
    return (steps.transpose(0, 1) if layer.batch_first else steps), final


def _zero(layer: Any, steps: Tensor) -> Tensor:
    return steps.new_zeros((steps.shape[1], layer.hidden_size))


def _sweep(
    layer: Any, steps: Tensor, state: State, cell: Cell, suffix: str
) -> tuple[Tensor, State]:
    """One direction of one layer over ``(T, n, features)``."""
    bias = layer.bias
    into, over = getattr(layer, f"weight_ih_{suffix}"), getattr(layer, f"weight_hh_{suffix}")
    bias_into = getattr(layer, f"bias_ih_{suffix}") if bias else None
    bias_over = getattr(layer, f"bias_hh_{suffix}") if bias else None
    gates = functional.linear(steps, into, bias_into)
    order = range(len(steps) - 1, -1, -1) if suffix.endswith("reverse") else range(len(steps))
    out: list[Tensor] = []
    for step in order:
        state = cell(gates[step], state, over, bias_over)
        out.append(state[0])
    return torch.stack(out[::-1] if suffix.endswith("reverse") else out), state


class _LSTM(nn.LSTM):
    def forward(self, inputs: Tensor, hx: Any = None) -> Any:  # type: ignore[override]
        return _run(self, inputs, hx, _lstm)


class _GRU(nn.GRU):
    def forward(self, inputs: Tensor, hx: Any = None) -> Any:  # type: ignore[override]
        out, (end,) = _run(self, inputs, None if hx is None else (hx,), _gru)
        return out, end


class _RNN(nn.RNN):
    def forward(self, inputs: Tensor, hx: Any = None) -> Any:  # type: ignore[override]
        cell = _tanh if self.nonlinearity == "tanh" else _relu
        out, (end,) = _run(self, inputs, None if hx is None else (hx,), cell)
        return out, end


_UNROLLED: dict[type[nn.Module], type[nn.RNNBase]] = {nn.LSTM: _LSTM, nn.GRU: _GRU, nn.RNN: _RNN}
