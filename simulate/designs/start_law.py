"""Systematic draws in a given order: one random start, so every outcome can be walked through.

Cell ``(v, s)`` is drawn while the start ``U`` lies on an arc of the circle of length ``p_vs``. As
``U`` goes round, the error of a model changes only where an arc begins or ends: ``2 V`` times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.designs.rays import Rays

FloatArray = npt.NDArray[np.float64]
_MASK = np.int64(ONE - 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class StartLaw:
    """Every squared error that can happen.

    Attributes:
        values: ``(K,)``, ``Y`` in units of the rays.
        chances: ``(K,)``, how likely each is; they sum to 1.
    """

    values: FloatArray
    chances: FloatArray

    @classmethod
    def of(cls, counts: Counts, rays: Rays) -> StartLaw:
        """The law of ``Y`` for cells laid end to end, ``counts`` (V, S) in units of ``2^-62``."""
        begins = arc_begins(counts)
        models = [
            _walk(begins[:, s], counts[:, s], rays.steps[s], rays.full(s))
            for s in range(counts.shape[1])
        ]
        marks = np.unique(np.concatenate([edges for edges, _ in models]))
        total = sum(values[np.searchsorted(edges, marks, "right") - 1] for edges, values in models)
        lengths = np.diff(np.append(marks, np.int64(ONE)))
        return cls(values=np.asarray(total), chances=lengths / ONE)

    @property
    def mean(self) -> float:
        """``E Y``."""
        return float(self.chances @ self.values)

    @property
    def square(self) -> float:
        """``E Y²``."""
        return float(self.chances @ self.values**2)


def arc_begins(counts: Counts) -> Counts:
    """``(V, S)``, where each cell begins on the circle of ``2^62`` places."""
    flat = counts.reshape(-1)
    # Sums modulo 2^64 keep what is needed modulo 2^62.
    ends = np.cumsum(flat.view(np.uint64), dtype=np.uint64)
    return ((ends - flat.view(np.uint64)).view(np.int64) & _MASK).reshape(counts.shape)


def _walk(
    begins: Counts, lengths: Counts, steps: FloatArray, full: FloatArray
) -> tuple[Counts, FloatArray]:
    """Starts from which ``‖Δ − U‖²`` of a model is what: the edges, the first at 0, and values."""
    active = np.flatnonzero(lengths > 0)
    begin = begins[active]
    end = (begin + lengths[active]) & _MASK
    whole = lengths[active] == ONE
    at_zero = whole | (end < begin) & (end > 0) | (begin == 0)
    error = steps[active[at_zero]].sum(axis=0) - full
    rows, moving = active[~whole], ~whole
    edges = np.concatenate([begin[moving], end[moving]])
    signs = np.concatenate([np.ones(rows.size), -np.ones(rows.size)])
    # What begins or ends at 0 is in the first error already.
    later = np.flatnonzero(edges > 0)
    order = later[np.argsort(edges[later], kind="stable")]
    path = np.cumsum(signs[order, None] * steps[np.concatenate([rows, rows])[order]], axis=0)
    values = np.concatenate([[error], error + path])
    squares = np.einsum("ij,ij->i", values, values)
    marks = np.concatenate([[0], edges[order]])
    last = np.append(marks[1:] != marks[:-1], True)
    return marks[last], squares[last]


def start_silence(counts: Counts, client: npt.NDArray[np.intp]) -> FloatArray:
    """``(N, S)`` for cells laid end to end: what the arcs of a client leave of the circle."""
    begins = arc_begins(counts)
    free = np.ones((int(client.max()) + 1, counts.shape[1]))
    for owner in np.unique(client):
        rows = np.flatnonzero(client == owner)
        for model in range(counts.shape[1]):
            covered = _union(begins[rows, model].tolist(), counts[rows, model].tolist())
            free[owner, model] = (ONE - covered) / ONE
    return free


def _union(begins: list[int], lengths: list[int]) -> int:
    pieces = []
    for begin, length in zip(begins, lengths, strict=True):
        pieces.append((begin, min(begin + length, ONE)))
        pieces.append((0, max(begin + length - ONE, 0)))
    covered = reached = 0
    for begin, end in sorted(pieces):
        covered += max(end - max(begin, reached), 0)
        reached = max(reached, end)
    return covered
