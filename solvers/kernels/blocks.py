"""Loops over blocks of rows as flat arrays, which vectorise whatever the number of models.

A block of ``n`` rows is ``n S`` numbers in a row. Sums of its columns are made by folding: the
lower half is added to the upper one until one row is left.
"""

from __future__ import annotations

from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.eight_rows import ROWS, add_eight_rows
from roundlot.solvers.kernels.sums import two_sum
from roundlot.theory.arrays import FloatArray

PAIR = 8  # numbers that `pair_dots` writes


@compiled
def copy(x: FloatArray, out: FloatArray) -> None:
    """Writes ``x``; a slice that is assigned takes several times as long."""
    for i in range(x.size):
        out[i] = x[i]


@compiled
def clear(out: FloatArray) -> None:
    """Writes zeros."""
    for i in range(out.size):
        out[i] = 0.0


@compiled
def accumulate(x: FloatArray, y: FloatArray) -> None:
    """Adds ``y`` to the beginning of ``x``."""
    for i in range(y.size):
        x[i] += y[i]


@compiled(sums="fused")
def accumulate_product(x: FloatArray, y: FloatArray, z: FloatArray) -> None:
    """Adds ``y z`` to the beginning of ``x``."""
    for i in range(y.size):
        x[i] += y[i] * z[i]


@compiled
def fold(flat: FloatArray, rows: int, width: int) -> None:
    """Leaves the sums of the columns of ``rows`` rows in the first; the others are lost."""
    while rows > 1:
        half = rows // 2
        if rows % 2 == 1:
            accumulate(flat[:width], flat[(rows - 1) * width : rows * width])
        accumulate(flat[: half * width], flat[half * width : 2 * half * width])
        rows = half


@compiled
def fold_product(x: FloatArray, y: FloatArray, width: int, out: FloatArray) -> None:
    """Leaves the sums of the columns of ``x y`` in the first ``width`` of ``out``."""
    for i in range(x.size):
        out[i] = x[i] * y[i]
    fold(out, x.size // width, width)


@compiled
def row_totals(flat: FloatArray, width: int, out: FloatArray) -> None:
    """Writes the sum of every row, its entries added in order."""
    whole = out.size // ROWS * ROWS
    for v in range(0, whole, ROWS):
        add_eight_rows(flat, v * width, width, width, out, v)
    for v in range(whole, out.size):
        out[v] = 0.0
        for s in range(width):
            out[v] += flat[v * width + s]


@compiled(sums="any order")
def plain_sum(x: FloatArray) -> float:
    """``Σ x``."""
    total = 0.0
    for i in range(x.size):
        total += x[i]
    return total


@compiled(sums="any order")
def dot(x: FloatArray, y: FloatArray) -> float:
    """``Σ x y``."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@compiled(sums="any order")
def dots(
    x: FloatArray, a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray
) -> tuple[float, float, float, float]:
    """``Σ x a`` and three more, with one reading of ``x``."""
    p = q = r = s = 0.0
    for i in range(x.size):
        p += x[i] * a[i]
        q += x[i] * b[i]
        r += x[i] * c[i]
        s += x[i] * d[i]
    return p, q, r, s


@compiled(sums="fused")
def pair_dots(
    w: FloatArray,
    x: FloatArray,
    y: FloatArray,
    a: FloatArray,
    b: FloatArray,
    c: FloatArray,
    d: FloatArray,
    out: FloatArray,
) -> None:
    """Writes ``Σ w x a`` and three more, then ``Σ w y a`` and three more: each is read once."""
    e = f = g = h = p = q = r = s = 0.0
    for i in range(w.size):
        u, v = w[i] * x[i], w[i] * y[i]
        e += u * a[i]
        f += u * b[i]
        g += u * c[i]
        h += u * d[i]
        p += v * a[i]
        q += v * b[i]
        r += v * c[i]
        s += v * d[i]
    out[0], out[1], out[2], out[3] = e, f, g, h
    out[4], out[5], out[6], out[7] = p, q, r, s


@compiled
def dot_rows(
    x: FloatArray, tables: FloatArray, start: int, stop: int, count: int, out: FloatArray
) -> None:
    """Writes ``Σ x y`` for the first ``count`` tables ``y``, of their rows from ``start``."""
    k = 0
    while k + 4 <= count:
        a, b = tables[k, start:stop].reshape(-1), tables[k + 1, start:stop].reshape(-1)
        c, d = tables[k + 2, start:stop].reshape(-1), tables[k + 3, start:stop].reshape(-1)
        out[k], out[k + 1], out[k + 2], out[k + 3] = dots(x, a, b, c, d)
        k += 4
    while k < count:
        out[k] = dot(x, tables[k, start:stop].reshape(-1))
        k += 1


@compiled
def add(sums: FloatArray, low: FloatArray, at: int, value: float) -> None:
    """Adds to a compensated sum."""
    sums[at], error = two_sum(sums[at], value)
    low[at] += error


@compiled
def tile(row: FloatArray, out: FloatArray) -> None:
    """Writes a row over and over."""
    width = row.size
    for v in range(out.size // width):
        for s in range(width):
            out[v * width + s] = row[s]


@compiled
def add_priced(
    rates: FloatArray, costs: FloatArray, start: int, stop: int, out: FloatArray
) -> None:
    """Adds ``Σ_k rate_k cost_kvs`` of some rows, in the order of the rates."""
    k = 0
    while k + 4 <= rates.size:
        a, b = costs[k, start:stop].reshape(-1), costs[k + 1, start:stop].reshape(-1)
        c, d = costs[k + 2, start:stop].reshape(-1), costs[k + 3, start:stop].reshape(-1)
        p, q, r, s = rates[k], rates[k + 1], rates[k + 2], rates[k + 3]
        for i in range(out.size):
            out[i] = (((out[i] + p * a[i]) + q * b[i]) + r * c[i]) + s * d[i]
        k += 4
    while k < rates.size:
        if rates[k] != 0.0:
            p, a = rates[k], costs[k, start:stop].reshape(-1)
            for i in range(out.size):
                out[i] += p * a[i]
        k += 1


@compiled
def ratios(roots: FloatArray, p: FloatArray, tiny: float, out: FloatArray) -> None:
    """Writes ``a / p``, or over ``tiny`` where that is more."""
    for i in range(p.size):
        least = p[i] if p[i] > tiny else tiny
        out[i] = roots[i] / least


@compiled
def variance_terms(roots: FloatArray, ratio: FloatArray, p: FloatArray, out: FloatArray) -> None:
    """Writes ``a (a/p) (1 − p)``."""
    for i in range(p.size):
        out[i] = roots[i] * ratio[i] * (1.0 - p[i])


@compiled
def times_square(x: FloatArray, ratio: FloatArray, out: FloatArray) -> None:
    """Writes ``x (a/p)²``."""
    for i in range(x.size):
        out[i] = x[i] * (ratio[i] * ratio[i])
