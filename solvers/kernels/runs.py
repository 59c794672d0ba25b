"""Exact sums of runs of rows: of clients, groups or models."""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.sums import UNIT, exact_over, two_sum
from roundlot.theory.arrays import FloatArray, IntArray


@compiled
def exact_excesses(
    table: FloatArray,
    order: IntArray,
    first: IntArray,
    columns: IntArray,
    bound: FloatArray,
    runs: IntArray,
    out: FloatArray,
) -> None:
    """Writes ``Σ p − b`` of some runs of rows, to some units of itself, the sign exact.

    Sums are added with the errors of additions, and these likewise; where what is then lost
    matters, as an expansion. Small runs call nothing: an array that is handed on is counted.

    Args:
        table: ``(V, S)``.
        order, first: rows by run, and where each begins, and the end.
        columns: ``(R,)``, the one column that a run is about, or −1 of all.
        bound: ``(R,)``.
        runs: those to look at.
        out: ``(len(runs),)``.
    """
    width = table.shape[1]
    for k in range(runs.size):
        run = runs[k]
        low, high = (0, width) if columns[run] < 0 else (columns[run], columns[run] + 1)
        total, lost, missed = 0.0, 0.0, 0.0
        for i in range(first[run], first[run + 1]):
            for s in range(low, high):
                total, error = two_sum(total, table[order[i], s])
                lost, rest = two_sum(lost, error)
                missed += abs(rest)
        out[k] = (total - bound[run]) + lost  # the difference is exact where it is small
        if missed > UNIT * abs(out[k]):
            members = order[first[run] : first[run + 1]]
            out[k] = exact_over(table[members, low:high].copy().reshape(-1), bound[run])
