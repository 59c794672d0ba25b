"""The mixed-integer programs of the best split.

Worker ``i`` gets ``b_i = Σ_k y_ik`` units, ``y_i1 >= y_i2 >= ...`` binary. In round ``s`` it needs
``Σ_k x_ik y_ik`` seconds, and has done ``Σ_k 1{done by the deadline} y_ik`` units: both linear.

- Full wait: least mean of ``t_s >= Σ_k x_ik y_ik`` for every worker.
- Deadline: least mean of ``v_s``, above every chord of the convex ``1/N`` at whole ``N_s``; exact,
  because ``N_s`` is whole.

When a worker's units all take equally long in a round, ``b_i`` itself is the only unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray

EMPTY = 2.0  # What 1/N counts as in an empty round: convex, and worse than any other.


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """``min cost x``, ``least <= rows x <= most``, ``lowest <= x <= highest``, some ``x`` whole.

    The first ``workers * each`` unknowns say how many units each worker gets.
    """

    cost: FloatArray = field(repr=False)
    whole: IntArray = field(repr=False)
    lowest: FloatArray = field(repr=False)
    highest: FloatArray = field(repr=False)
    rows: Any = field(repr=False)
    least: FloatArray = field(repr=False)
    most: FloatArray = field(repr=False)
    workers: int
    each: int

    def shares(self, x: FloatArray) -> IntArray:
        """``(n,)`` units, from a solution."""
        table = np.round(x[: self.workers * self.each]).astype(np.int64)
        return np.asarray(table.reshape(self.workers, self.each).sum(axis=1))


def full_wait_program(
    finish: FloatArray, stragglers: Stragglers, batch: int, least: int
) -> Program:
    """Least mean last finish over the rounds of ``finish (S, n, batch)``."""
    rounds, n, _ = finish.shape
    once = stragglers.per == "step" or stragglers.law.variance == 0.0
    each = 1 if once else batch - least * (n - 1)
    unit = np.diff(finish[:, :, :each], axis=2, prepend=0.0)
    # t_s − Σ_k x_sik y_ik >= 0, one row for every round and worker
    place = np.repeat(np.arange(rounds * n), each)
    column = np.tile(np.arange(n * each), rounds)
    late = (-unit.reshape(-1), place, column)
    ends = (np.ones(rounds * n), np.arange(rounds * n), n * each + np.repeat(np.arange(rounds), n))
    return _assembled([late, ends], np.zeros(rounds * n), (rounds, n, each), (batch, least))


def deadline_program(finish: FloatArray, batch: int, deadline: float, least: int) -> Program:
    """Least mean ``1/N`` at the deadline."""
    rounds, n, _ = finish.shape
    each = batch - least * (n - 1)
    done = finish[:, :, :each] <= deadline
    most = int(min(done.sum(axis=(1, 2)).max(), batch))
    starts, slopes = _chords(most)
    chords = starts.size
    # v_s − slope_c N_s >= start_c, one row for every round and chord
    table = done.reshape(rounds, n * each)
    round_, column = np.nonzero(table)
    place = (round_[:, None] * chords + np.arange(chords)).reshape(-1)
    values = np.tile(-slopes, round_.size)
    left = (values, place, np.repeat(column, chords))
    ends = (
        np.ones(rounds * chords),
        np.arange(rounds * chords),
        n * each + np.repeat(np.arange(rounds), chords),
    )
    return _assembled([left, ends], np.tile(starts, rounds), (rounds, n, each), (batch, least))


def _chords(most: int) -> tuple[FloatArray, FloatArray]:
    """Intercepts and slopes of the lines through neighbouring points of ``1/N``."""
    k = np.arange(most + 1)
    values = np.where(k > 0, 1.0 / np.maximum(k, 1), EMPTY)
    slopes = np.diff(values) if most else np.zeros(1)
    starts = values[: slopes.size] - slopes * k[: slopes.size]
    return np.asarray(starts, dtype=np.float64), np.asarray(slopes, dtype=np.float64)


Entries = tuple[FloatArray, AnyArray, AnyArray]


def _assembled(
    entries: list[Entries],
    floors: FloatArray,
    size: tuple[int, int, int],
    limits: tuple[int, int],
) -> Program:
    """The rows so far, the batch, falling ``y`` and the least shares, around the unknowns."""
    from scipy.sparse import csr_array, vstack

    (rounds, n, each), (batch, least) = size, limits
    width = n * each + rounds
    joined = [np.concatenate(parts) for parts in zip(*entries, strict=True)]
    rows = [csr_array((joined[0], (joined[1], joined[2])), shape=(floors.size, width))]
    below, above = [floors], [np.full(floors.size, np.inf)]
    rows.append(csr_array(np.r_[np.ones(n * each), np.zeros(rounds)][None, :]))
    below.append(np.array([float(batch)]))
    above.append(np.array([float(batch)]))
    if each > 1:
        before = np.arange(n * each).reshape(n, each)[:, :-1].reshape(-1)
        falls = np.arange(before.size)
        data = np.r_[np.ones(before.size), -np.ones(before.size)]
        rows.append(
            csr_array((data, (np.r_[falls, falls], np.r_[before, before + 1])), (falls.size, width))
        )
        below.append(np.zeros(before.size))
        above.append(np.full(before.size, np.inf))
    lowest, highest = np.zeros(width), np.full(width, np.inf)
    if each == 1:
        lowest[:n], highest[:n] = least, batch
    else:
        lowest[: n * each].reshape(n, each)[:, :least] = 1.0
        highest[: n * each] = 1.0
    return Program(
        cost=np.r_[np.zeros(n * each), np.full(rounds, 1.0 / rounds)],
        whole=np.r_[np.ones(n * each, dtype=np.int64), np.zeros(rounds, dtype=np.int64)],
        lowest=lowest,
        highest=highest,
        rows=_with_short_indices(vstack(rows).tocsr()),
        least=np.concatenate(below),
        most=np.concatenate(above),
        workers=n,
        each=each,
    )


def _with_short_indices(matrix: Any) -> Any:
    """Indices of 32 bits: SciPy before 1.15 hands HiGHS no others."""
    from scipy.sparse import csr_array

    indices, starts = (part.astype(np.intc) for part in (matrix.indices, matrix.indptr))
    return csr_array((matrix.data, indices, starts), shape=matrix.shape)
