"""What entries pay where floors of sums take prices off: to twice the digits of float64.

``Aᵀ y − Bᵀ w`` may be next to nothing beside its terms. Each is added with the error of the sum
(Knuth's two-sum), products of cost rows with that of the product (Dekker's).

Source: Ogita, Rump, Oishi, Accurate sum and dot product (2005), algorithms 3.1, 3.3 and 4.3.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Limit, Structure

# Of the sum of all terms' sizes: fewer than 2**6 terms, each off by a unit of a unit.
LAST = 2.0**-96
SPLIT = 2.0**27 + 1.0
DENORMAL = 2.0**-1022  # a product below the normal range is off by less, all in all

#: Limits with the price of each row.
Priced = Iterable[tuple[Limit, FloatArray]]


def asked_beside(limits: Priced, floors: Priced, rows: slice) -> tuple[FloatArray, FloatArray]:
    """``Aᵀ y − Bᵀ w`` of some processors, and at least how far off that is.

    Both of a shape that broadcasts to ``(rows, S)``.
    """
    terms: list[tuple[FloatArray, FloatArray]] = []
    products = 0
    for sign, pairs in ((1.0, limits), (-1.0, floors)):
        for limit, prices in pairs:
            products += limit.size if limit.structure is Structure.WEIGHTED else 0
            terms += [(sign * x, sign * error) for x, error in _terms(limit, prices, rows)]
    high = low = size = np.zeros((1, 1))
    for term, error in sorted(terms, key=lambda pair: pair[0].size):  # whole tables last
        high, more = _two_sum(high, term)
        low = low + (more + error)
        size = size + np.abs(term)
    kappa = high + low
    return kappa, np.abs(kappa) * 2.0**-52 + size * (LAST * (1 + products)) + products * DENORMAL


def _terms(
    limit: Limit, prices: FloatArray, rows: slice
) -> Iterable[tuple[FloatArray, FloatArray]]:
    """What a limit asks, in terms, each with what rounding took off it."""
    nothing = np.zeros((1, 1))
    if limit.structure is not Structure.WEIGHTED:
        yield limit.plus_prices(nothing, prices, rows), nothing
        return
    assert limit.weights is not None
    for price, cost in zip(prices.tolist(), limit.weights, strict=True):
        if price != 0.0:
            yield _two_product(cost[rows], price)


def _two_sum(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def _two_product(x: FloatArray, y: float) -> tuple[FloatArray, FloatArray]:
    product = x * y
    big, high = SPLIT * x, SPLIT * y
    x_high, y_high = big - (big - x), high - (high - y)
    x_low, y_low = x - x_high, y - y_high
    return product, x_low * y_low - (
        ((product - x_high * y_high) - x_low * y_high) - x_high * y_low
    )
