"""Compiled loops that bring probabilities within limits on their sums.

A row of a limit's ``A`` is told by ``labels``: of the processor, ``(V,)``, where there are groups
of them; else of the model, where ``by_model``; else there is one row. ``weights (V, S)`` say what
an entry counts in it, or have no row where each counts 1.
"""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray


@compiled
def loose_sums(
    table: FloatArray,
    floor: FloatArray,
    held: BoolArray,
    labels: IntArray,
    by_model: bool,
    weights: FloatArray,
    out: FloatArray,
) -> None:
    """Adds to ``(3, R)`` what counts in each row and can be lowered.

    All of it; what is not ``held`` of it; and how far it is above the floors.
    """
    for v in range(table.shape[0]):
        for s in range(table.shape[1]):
            p, low = table[v, s], floor[v, s]
            if p > low:
                row = labels[v] if labels.size else (s if by_model else 0)
                counts = weights[v, s] if weights.size else 1.0
                out[0, row] += counts * p
                if not held[v, s]:
                    out[1, row] += counts * p
                out[2, row] += counts * (p - low)


@compiled
def lower_rows(
    table: FloatArray,
    floor: FloatArray,
    held: BoolArray,
    labels: IntArray,
    by_model: bool,
    weights: FloatArray,
    cuts: FloatArray,
) -> None:
    """Lowers what counts in each row towards floors, by parts ``(3, R)`` of :func:`loose_sums`.

    Of a row at most one part is above 0.
    """
    for v in range(table.shape[0]):
        if labels.size and cuts[0, labels[v]] + cuts[1, labels[v]] + cuts[2, labels[v]] == 0.0:
            continue
        for s in range(table.shape[1]):
            row = labels[v] if labels.size else (s if by_model else 0)
            whole, free, above = cuts[0, row], cuts[1, row], cuts[2, row]
            if weights.size and weights[v, s] == 0.0:
                continue
            p, low = table[v, s], floor[v, s]
            by = whole * p + above * (p - low)
            if not held[v, s]:
                by += free * p
            if by > 0.0:
                table[v, s] = max(low, min(p, p - by))


@compiled
def raise_to(
    table: FloatArray, scores: FloatArray, ceiling: FloatArray, least: float, held: BoolArray
) -> None:
    """Gives positive scores at least ``least``, or their ceilings; marks what is at its ceiling."""
    for v in range(table.shape[0]):
        for s in range(table.shape[1]):
            p, most = table[v, s], ceiling[v, s]
            if p < least and scores[v, s] > 0.0:
                p = max(p, min(least, most))
                table[v, s] = p
            held[v, s] = p >= most
