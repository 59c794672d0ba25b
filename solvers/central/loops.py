"""Compiled loops over the entries of a path's linear systems, and over sums that are equations."""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.kernels import exact_over
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.runs import exact_excesses
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

ROUNDS = 60  # entries of a sum that take up its rest, each what the one before rounded
ROUGHLY = 1e-12  # relative, above the rounding of a plain sum: a sum beyond it is enough
UNNOTICED = 2.0**20  # an entry so many times above what a sum lacks may take it


@compiled
def row_products(one: FloatArray, other: FloatArray, out: FloatArray) -> None:
    """Writes ``Σ_s x_vs y_vs``."""
    for v in range(one.shape[0]):
        total = 0.0
        for s in range(one.shape[1]):
            total += one[v, s] * other[v, s]
        out[v] = total


@compiled
def table_sums(table: FloatArray, rows: FloatArray, columns: FloatArray) -> None:
    """Writes the sums of rows ``(V,)`` and of columns ``(S,)``, the latter row by row in runs."""
    count, width = table.shape
    part = np.zeros(width)
    columns[:] = 0.0
    for v in range(count):
        total = 0.0
        for s in range(width):
            total += table[v, s]
            part[s] += table[v, s]
        rows[v] = total
        if v % 64 == 63 or v == count - 1:
            for s in range(width):
                columns[s] += part[s]
                part[s] = 0.0


@compiled
def weighted_sums(weights: FloatArray, table: FloatArray, out: FloatArray) -> None:
    """Writes ``Σ w_kvs x_vs`` of ``weights (K, V, S)``."""
    for k in range(weights.shape[0]):
        total = 0.0
        for v in range(table.shape[0]):
            part = 0.0
            for s in range(table.shape[1]):
                part += weights[k, v, s] * table[v, s]
            total += part
        out[k] = total


@compiled
def answers(loose: FloatArray, right: FloatArray, above: FloatArray, out: FloatArray) -> None:
    """Writes ``(r − ν) / H``; ``above (V,)`` is what a row's nodes ask."""
    for v in range(loose.shape[0]):
        for s in range(loose.shape[1]):
            out[v, s] = loose[v, s] * (right[v, s] - above[v])


@compiled
def take_prices(
    right: FloatArray,
    above: FloatArray,
    models: FloatArray,
    weights: FloatArray,
    costs: FloatArray,
    out: FloatArray,
) -> None:
    """Writes ``r − Aᵀ ν``: what a row's nodes ask, models ``(S,)`` and cost rows ``(K,)``."""
    for v in range(right.shape[0]):
        for s in range(right.shape[1]):
            paid = above[v] + models[s]
            for k in range(costs.size):
                paid += costs[k] * weights[k, v, s]
            out[v, s] = right[v, s] - paid


@compiled
def remains(loose: FloatArray, x: FloatArray, left: FloatArray) -> None:
    """Takes ``H x`` off what is left of the right side, where entries can move; else writes 0."""
    for v in range(loose.shape[0]):
        for s in range(loose.shape[1]):
            if loose[v, s] > 0.0:
                left[v, s] -= x[v, s] / loose[v, s]
            else:
                left[v, s] = 0.0


@compiled
def dense_gram(
    loose: FloatArray, above: FloatArray, model: IntArray, weights: FloatArray, out: FloatArray
) -> None:
    """Writes ``Σ b_i b_j / H`` of dense rows ``i, j``, ``b = w − ν``.

    Args:
        loose: ``(V, S)``, ``1/H``.
        above: ``(D, V)``, ``ν``: what nodes ask of a row where a dense row pulls with its weights.
        model: of each dense row, or −1 of a cost row; cost rows come last.
        weights: ``(K, V, S)``, of the cost rows.
        out: ``(D, D)``.
    """
    count = above.shape[0]
    first = count - weights.shape[0]
    pull = np.zeros(count)
    out[:] = 0.0
    for v in range(loose.shape[0]):
        for s in range(loose.shape[1]):
            h = loose[v, s]
            if h == 0.0:
                continue
            for i in range(count):
                if i < first:
                    pull[i] = (1.0 if model[i] == s else 0.0) - above[i, v]
                else:
                    pull[i] = weights[i - first, v, s] - above[i, v]
            for i in range(count):
                scaled = h * pull[i]
                for j in range(i + 1):
                    out[i, j] += scaled * pull[j]
    for i in range(count):
        for j in range(i):
            out[j, i] = out[i, j]


@compiled
def equalise(
    values: FloatArray,
    low: FloatArray,
    high: FloatArray,
    first: IntArray,
    totals: FloatArray,
) -> None:
    """Moves values so that each run of them sums to its total exactly, where that can be.

    The largest that can move takes up the rest; one of finer digits what that
    rounded, and so on.

    Args:
        values, low, high: flat; values within their bounds, changed in place.
        first: where each run begins, and the end.
        totals: of each run; NaN where it stays as it is.
    """
    for run in range(totals.size):
        if totals[run] != totals[run]:
            continue
        part = values[first[run] : first[run + 1]]
        least, most = low[first[run] : first[run + 1]], high[first[run] : first[run + 1]]
        below = np.inf
        for _ in range(ROUNDS):
            over = exact_over(part, totals[run])
            if over == 0.0:
                break
            at, top = -1, -1.0
            for i in range(part.size):
                fits = least[i] < most[i] and least[i] <= part[i] - over <= most[i]
                if fits and top < part[i] < below:
                    at, top = i, part[i]
            if at < 0:
                break
            below = math.ldexp(0.5, math.frexp(top)[1])  # of the next, whose digits are finer
            part[at] -= over


@compiled
def lift(
    table: FloatArray,
    ceiling: FloatArray,
    tight: BoolArray,
    order: IntArray,
    first: IntArray,
    columns: IntArray,
    bound: FloatArray,
) -> None:
    """Raises an entry, or few, of each run of rows so that its exact sum is at least its bound.

    Of those that hardly notice the smallest is taken, as its digits are the finest; in rows that
    are ``tight`` only where nothing else can move.

    Args:
        table: ``(V, S)``, changed in place.
        ceiling: ``(V, S)``.
        tight: ``(V,)``, rows that are held from above.
        order, first, columns: as of :func:`exact_excesses`.
        bound: ``(R,)``; 0 where there is none.
    """
    runs = _near(table, order, first, columns, bound)
    over = np.empty(runs.size)
    for _ in range(ROUNDS):
        exact_excesses(table, order, first, columns, bound, runs, over)
        count = _raise(table, ceiling, tight, order, first, columns, runs, over)
        if not count:
            break
        runs, over = runs[:count], over[:count]


@compiled
def _near(
    table: FloatArray, order: IntArray, first: IntArray, columns: IntArray, bound: FloatArray
) -> IntArray:
    """The runs that are not above their bounds by more than rounding."""
    runs, count = np.empty(bound.size, dtype=np.int64), 0
    for run in range(bound.size):
        low, high = (0, table.shape[1]) if columns[run] < 0 else (columns[run], columns[run] + 1)
        rough = 0.0
        for i in range(first[run], first[run + 1]):
            for s in range(low, high):
                rough += table[order[i], s]
        if bound[run] > 0.0 and rough <= bound[run] * (1.0 + ROUGHLY):
            runs[count] = run
            count += 1
    return runs[:count]


@compiled
def _raise(
    table: FloatArray,
    ceiling: FloatArray,
    tight: BoolArray,
    order: IntArray,
    first: IntArray,
    columns: IntArray,
    runs: IntArray,
    over: FloatArray,
) -> int:
    """Raises an entry of each run that lacks something; these come first then: gives how many."""
    count = 0
    for k in range(runs.size):
        lack, run = -over[k], runs[k]
        if not lack > 0.0:
            continue
        low, high = (0, table.shape[1]) if columns[run] < 0 else (columns[run], columns[run] + 1)
        best, row, column = np.inf, -1, -1
        for i in range(first[run], first[run + 1]):
            for s in range(low, high):
                p = table[order[i], s]
                size = p if p >= UNNOTICED * lack else 2.0 + 1.0 / (1e-9 + p)
                size += 1e12 if tight[order[i]] else 0.0
                if p > 0.0 and p < ceiling[order[i], s] and size < best:
                    best, row, column = size, order[i], s
        if row >= 0:
            more = max(table[row, column] + lack, np.nextafter(table[row, column], 2.0))
            table[row, column] = min(more, ceiling[row, column])
            runs[count] = run
            count += 1
    return count
