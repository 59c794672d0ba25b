"""From who was drawn to how far a model's step is from the full one, as matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from roundlot.simulate.monte_carlo.arithmetic import (
    MOST_WHOLE,
    full_precision,
    product,
    scale_exponent,
    split,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import torch


class RowSums:
    """``(rounds, n_rows)`` from ``(rounds, V)``: column ``v`` is added to row ``row[v]``.

    The first columns of all rows are added, then the second ones, and so on: no pass adds two
    numbers to one place, so nothing depends on which of a GPU's threads is the quicker, as it does
    with ``index_add_``. There are as many passes as the fullest row has columns.
    """

    def __init__(self, row: IntArray, n_rows: int, device: str) -> None:
        import torch

        self.n_rows = n_rows
        self._passes = [
            (torch.tensor(columns, device=device), torch.tensor(row[columns], device=device))
            for columns in _passes(row)
        ]

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        total = values.new_zeros((len(values), self.n_rows))
        for columns, rows in self._passes:
            total[:, rows] += values[:, columns]
        return total


def _passes(row: IntArray) -> list[IntArray]:
    """The columns that are the first, the second, ... of their rows."""
    order = np.argsort(row, kind="stable")
    starts = np.flatnonzero(np.diff(row[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(row)))
    rank = np.arange(len(row)) - np.repeat(starts, sizes)
    return [order[rank == turn] for turn in range(int(sizes.max(initial=0)))]


class RoundErrors(Protocol):
    """``Δ_s − U_s`` of one model, as ``(product − offset) / 2^exponent``."""

    offset: torch.Tensor | None
    exponent: int

    def __call__(self, drawn: torch.Tensor) -> torch.Tensor:
        """``(rounds, k)``, the product, for who drew the model: ``(rounds, V)`` bool."""


class ClientProducts:
    """Weights of clients, realised less expected, times directions, in the directions' type.

    The difference is formed in float64 and only then rounded, so that nothing cancels in that
    type. All draws of a client are one row.
    """

    exponent = 0
    offset: torch.Tensor | None = None

    def __init__(
        self,
        directions: npt.NDArray[Any],
        weights: FloatArray,
        factors: FloatArray,
        client: IntArray,
        device: str,
    ) -> None:
        import torch

        expected = np.bincount(client, weights, minlength=len(directions))
        self._table = torch.tensor(directions, device=device)
        self._factors = torch.tensor(factors, device=device)
        self._expected = torch.tensor(expected, device=device)
        self._by_client = RowSums(client, len(directions), device)

    def __call__(self, drawn: torch.Tensor) -> torch.Tensor:
        weights = self._by_client(drawn * self._factors)
        error = (weights - self._expected).to(self._table.dtype)
        with full_precision():
            return error @ self._table


class PieceProducts:
    """Counts of draws times three bfloat16 pieces of ``d / (B p) G``, in float32.

    Draws of a client with the same weight and probability are one row, whose count is a whole
    number. Counts are taken from none or, where ``p >= 1/2``, from all, whichever is the nearer,
    so that little cancels at either end; who always or never draws is in the offset alone.
    """

    def __init__(
        self,
        directions: npt.NDArray[Any],
        weights: FloatArray,
        probabilities: FloatArray,
        client: IntArray,
        device: str,
    ) -> None:
        import torch

        table = directions.astype(np.float64, copy=False)
        often = probabilities >= 0.5
        offset = _offset(table, weights, probabilities, client, often)
        chance = np.flatnonzero((probabilities > 0.0) & (probabilities < 1.0) & (weights > 0.0))
        order, row = merged(client[chance], weights[chance], probabilities[chance])
        member = chance[order]
        first = np.unique(row, return_index=True)[1]
        lead = member[first]
        with np.errstate(over="ignore"):
            factors = weights[lead] / probabilities[lead]
            rows = factors[:, None] * table[client[lead]]
        largest = max(float(np.abs(part).max(initial=0.0)) for part in (rows, offset))
        if not np.isfinite(largest):
            raise InvalidProblemError(
                "d / (B p) times an update overflows float64; raise the floor or scale the updates"
            )
        self.exponent = scale_exponent(largest, len(member))
        self.offset: torch.Tensor | None = torch.tensor(
            np.ldexp(offset, self.exponent), device=device
        )
        self._pieces = split(rows, self.exponent, device)
        everybody = np.array_equal(member, np.arange(len(client)))
        self._member = None if everybody else torch.tensor(member, device=device)
        self._by_row = RowSums(row, len(lead), device) if len(lead) < len(member) else None
        sizes = np.bincount(row, minlength=len(lead))
        self._from = torch.tensor(sizes * often[lead], dtype=torch.bfloat16, device=device)

    def __call__(self, drawn: torch.Tensor) -> torch.Tensor:
        import torch

        counts = drawn if self._member is None else drawn[:, self._member]
        if self._by_row is None:
            return product(counts.to(torch.bfloat16) - self._from, self._pieces)
        summed = self._by_row(counts.to(torch.float32))
        return product(summed.to(torch.bfloat16) - self._from, self._pieces)


def merged(*keys: npt.NDArray[Any]) -> tuple[IntArray, IntArray]:
    """An order ``(M,)`` in which equal keys are neighbours, and the row of each, 256 at most."""
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    run = np.cumsum(new) - 1
    place = np.arange(len(order)) - np.flatnonzero(new)[run]
    return order, np.cumsum(new | (place % MOST_WHOLE == 0)) - 1


def _offset(
    table: FloatArray, weights: FloatArray, p: FloatArray, client: IntArray, often: Any
) -> FloatArray:
    """``(k,)``, the full step less the draws that counts are taken from."""
    shares = np.where(often, -weights * (1.0 - p) / np.where(often, p, 1.0), weights)
    return np.asarray(np.bincount(client, shares, minlength=len(table)) @ table)
