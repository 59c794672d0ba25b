"""Recurrent layers out of matrix products, so that many clients' copies run side by side.

``torch.func.vmap`` does not go through torch's own recurrent layers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Cell(nn.Module, ABC):
    """One step of a recurrent layer; ``state`` starts as zeros."""

    n_states = 1

    def __init__(self, inputs: int, hidden: int, gates: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.from_input = nn.Linear(inputs, gates * hidden)
        self.from_state = nn.Linear(hidden, gates * hidden, bias=False)
        bound = hidden**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    @abstractmethod
    def step(self, driven: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The next state, the output first, from ``from_input`` of this position."""


class LSTMCell(Cell):
    """Gates in torch's order: input, forget, cell, output."""

    n_states = 2

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, 4)

    def step(self, driven: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Output and cell state."""
        enter, forget, new, out = (driven + self.from_state(state[0])).chunk(4, dim=-1)
        memory = forget.sigmoid() * state[1] + enter.sigmoid() * new.tanh()
        return out.sigmoid() * memory.tanh(), memory


class GRUCell(Cell):
    """Gates in torch's order: reset, update, new; the state enters the new gate without a bias."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, 3)

    def step(self, driven: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The output."""
        reset, update, new = driven.chunk(3, dim=-1)
        old_reset, old_update, old_new = self.from_state(state[0]).chunk(3, dim=-1)
        keep = (update + old_update).sigmoid()
        fresh = (new + (reset + old_reset).sigmoid() * old_new).tanh()
        return (keep * state[0] + (1.0 - keep) * fresh,)


CELLS: dict[str, type[LSTMCell] | type[GRUCell]] = {"lstm": LSTMCell, "gru": GRUCell}


class Recurrent(nn.Module):
    """A cell along the positions: ``(n, window, inputs)`` to ``(n, window, hidden)``.

    With ``last``, only the output of the last position, ``(n, hidden)``.
    """

    def __init__(self, cell: Cell, *, last: bool) -> None:
        super().__init__()
        self.cell = cell
        self.last = last

    def forward(self, inputs: Tensor) -> Tensor:
        """The outputs."""
        driven = self.cell.from_input(inputs)
        zero = torch.zeros_like(driven[:, 0, : self.cell.hidden])
        state: tuple[Tensor, ...] = (zero,) * self.cell.n_states
        outputs = []
        for position in range(driven.shape[1]):
            state = self.cell.step(driven[:, position], state)
            outputs.append(state[0])
        return state[0] if self.last else torch.stack(outputs, dim=1)
