"""The last update of every client and model, and the step that corrects it by those drawn.

``Δ_s = Σ_i d_i β_i h_i + Σ_{v drew s} (d/(B p)) (G_i − β_i h_i)``, also when nobody drew the model,
for every ``β`` that is fixed before the draw. The first sum is over

- those who are there: unbiased for their mean, in which those away have no part; or
- all clients, with shares of all data: unbiased for the mean of ``G_i`` of those who are there and
  ``β_i h_i`` of those who are away. That is the mean of everybody's ``G_i`` if nobody is away.

A table of everybody's last update is the largest thing a server keeps: it is never copied whole,
and renewed in place once nothing can fail any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.methods.estimator import (
    Estimator,
    Remembers,
    blocks,
    combined,
    over_probability,
    weighted_sum,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Anchor, Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

#: What stands for those who are away in sums over all clients, as labels say it.
LAST_UPDATE = "the last updates"


def nothing_remembered(federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
    """``updates s``: ``(N, P_s)`` of zeros, the ``h`` of every model ``s``."""
    return {
        _key(model): flat.new_zeros((federation.n_clients, flat.numel()))
        for model, flat in enumerate(parameters)
    }


def updates_of(memory: Memory, model: int) -> Tensor:
    """``(N, P_s)``, the ``h`` of a model."""
    table = memory[_key(model)]
    assert isinstance(table, Tensor)
    return table


@final
class Renewal:
    """New rows of ``S`` tables ``(N, P_s)``; the old ones stay known until the round is over."""

    def __init__(self, tables: Sequence[Tensor]) -> None:
        self._tables = tuple(tables)
        self._blocks: list[list[tuple[IntArray, Tensor]]] = [[] for _ in self._tables]
        self._written = False

    def add(self, model: int, clients: IntArray, rows: Tensor) -> None:
        """Note the new rows ``(k, P_s)`` of clients in rising order, each once a round."""
        self._blocks[model].append((clients, rows))

    def write(self) -> None:
        """Put the noted rows in place, and keep the old ones in their stead."""
        for table, noted in zip(self._tables, self._blocks, strict=True):
            for at, (clients, rows) in enumerate(noted):
                old = table[clients]
                table[clients] = rows
                noted[at] = (clients, old)
        self._written = True

    def before(self, model: int, clients: IntArray) -> Tensor:
        """``(k, P_s)``: these clients' rows as the round found them."""
        rows = self._tables[model][clients]
        if self._written:
            for renewed, old in self._blocks[model]:
                place = np.searchsorted(renewed, clients).clip(max=renewed.size - 1)
                found = np.flatnonzero(renewed[place] == clients)
                rows[found] = old[place[found]]
        return rows


@dataclass(frozen=True, kw_only=True)
class Corrected(Estimator):
    """The step above with one factor for all: those drawn correct ``β`` times their last update.

    Attributes:
        beta: the factor.
        known_availability: whether those drawn weigh over the probability to be online, too.
    """

    memory: Remembers = "corrected"
    beta: float = 1.0
    known_availability: bool = False

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: the last update of everybody, none yet."""
        return nothing_remembered(federation, parameters)

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Those drawn train, correct what was remembered of them, and are remembered anew."""
        beta = np.full(round_.present.shape, self.beta)
        online = round_.federation.online if self.known_availability else None
        correction = corrected_step(
            round_, memory, beta, lot, all_clients=self.away != "", online=online
        )
        return correction.memory, correction.step


@dataclass(frozen=True, kw_only=True, eq=False)
class Correction:
    """A round's step, its new memory, and what those drawn turned out to be.

    Attributes:
        memory: the same tables, with the updates of those drawn written into them.
        step: the unbiased step.
        fitted: ``(N, S)``, ``⟨G, h⟩/‖h‖²`` of those drawn with the old ``h``, NaN elsewhere.
        residual: ``(N, S)``, ``‖G − β h‖`` of those drawn with the ``β`` used, NaN elsewhere.
    """

    memory: Memory
    step: Step
    fitted: FloatArray
    residual: FloatArray


def corrected_step(
    round_: Round,
    memory: Memory,
    beta: FloatArray,
    lot: Lot,
    *,
    all_clients: bool = False,
    online: FloatArray | BoolArray | None = None,
) -> Correction:
    """The step above, of those present or of all clients; the memory is renewed if all goes well.

    Args:
        round_: who is there, trains those drawn.
        memory: has ``updates s``.
        beta: ``(N, S)``.
        lot: of the round.
        all_clients: whether those away count by their last updates.
        online: ``(N,)``, probabilities to be there by which those drawn are divided, too.
    """
    models = range(len(round_.parameters))
    renewal = Renewal([updates_of(memory, model) for model in models])
    fitted, residual = (np.full(beta.shape, np.nan) for _ in range(2))

    def anchor(model: int, clients: IntArray) -> Tensor:
        old = renewal.before(model, clients)
        return (
            old * torch.as_tensor(beta[clients, [model]], device=old.device).to(old.dtype)[:, None]
        )

    def heard(model: int, clients: IntArray, updates: Tensor) -> None:
        old = renewal.before(model, clients)
        fitted[clients, model] = best_factor(updates, old)
        left = torch.linalg.vector_norm(updates - anchor(model, clients), dim=1)
        residual[clients, model] = left.double().cpu()
        renewal.add(model, clients, updates)

    shares = round_.weights_of_all if all_clients else round_.data_weights
    due = shares if online is None else _over_presence(shares, online, round_.present)
    directions, fresh = [], over_probability(lot, round_.for_processors(due))
    for model, weights in enumerate(fresh):
        total = weighted_sum(round_, model, weights, heard)
        kept = shares[:, model] - weights
        directions.append(_with_anchor(round_, model, total, kept, anchor))
    step = Step(
        directions=tuple(directions),
        picks=lot.picks,
        fresh_weights=fresh,
        probabilities=lot.probabilities,
        anchor=anchor,
        shares=shares if all_clients else None,
        mean_weights=None if online is None else due,
        figures={"beta": _mean_factor(round_, memory, beta)},
    )
    renewal.write()
    return Correction(memory=memory, step=step, fitted=fitted, residual=residual)


def _over_presence(
    shares: FloatArray, online: FloatArray | BoolArray, present: BoolArray
) -> FloatArray:
    """``(N, S)``: shares over the probability to be online, 0 for those away."""
    chance = np.broadcast_to(np.asarray(online, dtype=np.float64)[:, None], shares.shape)
    return np.divide(shares, chance, out=np.zeros_like(shares), where=present)


def best_factor(updates: Tensor, old: Tensor) -> FloatArray:
    """``(k,)``, ``β* = ⟨G, h⟩/‖h‖²`` of every row; 0 where ``h = 0``."""
    products = (updates.double() * old.double()).sum(dim=1)
    squares = (old.double() ** 2).sum(dim=1)
    return np.asarray(torch.where(squares > 0, products / squares.clamp_min(1e-300), 0.0).cpu())


def _with_anchor(
    round_: Round, model: int, total: Tensor | None, kept: FloatArray, anchor: Anchor
) -> Tensor | None:
    """``Σ weight G + Σ (d − weight) β h``; None if nobody has a share."""
    if not kept.any() and total is None:
        return None
    start = round_.parameters[model]
    out = torch.zeros_like(start, dtype=torch.float64) if total is None else total.double()
    for some in blocks(np.flatnonzero(kept)):
        out = out + combined(kept[some], anchor(model, some))
    return out.to(start.dtype)


def _mean_factor(round_: Round, memory: Memory, beta: FloatArray) -> FloatArray:
    """``(S,)``, the mean ``β`` over those present who are remembered; NaN if nobody is."""
    out = np.full(beta.shape[1], np.nan)
    for model in range(beta.shape[1]):
        largest = torch.linalg.vector_norm(updates_of(memory, model), ord=torch.inf, dim=1)
        known = largest.cpu().numpy() > 0.0
        rows = known & round_.present[:, model]
        if rows.any():
            out[model] = beta[rows, model].mean()
    return out


def _key(model: int) -> str:
    return f"updates {model}"
