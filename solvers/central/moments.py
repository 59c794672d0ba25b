"""Rows of second moments beside limits on sums: ceilings of variances, and variances made small.

A row is ``Var_j = Σ M_jvs (1/p_vs − 1)`` with ``M_j = Σ_r w_jrs a_rvs²``. It has a ceiling, or is
one of the rows whose norm is made small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

LEAST, MOST = 1e-190, 1e200  # of a row's moments in units of its ceiling: products stay in range


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """What is made small, and rows of variances, in units where prices are near 1.

    Attributes:
        squares: ``(J, V, S)``, ``M``, each row in units of ``2**row_units_j``.
        ceilings: ``(J,)``, in the same; infinite for a row of the norm.
        fixed: ``(V, S)``, what the objective has over ``p``.
        cost: ``(V, S)``, what it has times ``p``.
        order: of the norm, above 1.
        unit: of the objective: ``2**unit``, an even power.
        row_units: ``(J,)``.
    """

    squares: FloatArray = field(repr=False)
    ceilings: FloatArray
    fixed: FloatArray = field(repr=False)
    cost: FloatArray = field(repr=False)
    order: float
    unit: int
    row_units: IntArray

    @property
    def is_norm(self) -> BoolArray:
        """``(J,)``."""
        return np.isinf(self.ceilings)

    def priced(self, prices: FloatArray) -> FloatArray:
        """``(V, S)``, all that is over ``p`` at prices ``(J,)`` of the rows."""
        return np.asarray(self.fixed + np.tensordot(prices, self.squares, axes=1))

    def in_user_units(self, prices: FloatArray) -> FloatArray:
        """Prices ``(J,)`` of rows as they were given."""
        with np.errstate(over="ignore", under="ignore"):
            moved = np.ldexp(prices, self.unit - self.row_units)
        return np.minimum(moved, np.finfo(np.float64).max)


def moments(
    layers: FloatArray,
    weights: FloatArray,
    ceilings: FloatArray,
    *,
    fixed: FloatArray | None,
    cost: FloatArray | float | None,
    order: float,
    draws: float,
) -> Moments:
    """Rows in units of their ceilings, the objective in one in which a draw costs about 1.

    Args:
        layers: ``(R, V, S)``, roots of second moments.
        weights: ``(J, R, S)``; ceilings: ``(J,)``, infinite for rows of the norm.
        fixed: ``(R, S)``; cost: ``(V, S)`` or one number: what the objective has, if no norm.
        order: of the norm.
        draws: about how many the limits allow.
    """
    shape = layers.shape[1:]
    columns: IntArray = np.frexp(layers.max(axis=(0, 1)))[1].astype(np.int64)
    roots = np.ldexp(layers, -columns)
    is_norm = np.isinf(ceilings)
    goal = np.zeros((0, *weights.shape[1:]))
    if fixed is not None:
        goal = fixed[None]
    elif cost is None:
        goal = weights[is_norm]
    if cost is not None and fixed is None:
        unit = _even(exponent_of(float(np.mean(cost)) or 1.0))
    else:
        unit = _unit(goal, columns, roots, draws)
    row_units = np.array(
        [
            unit if norm else exponent_of(c)
            for c, norm in zip(ceilings.tolist(), is_norm, strict=True)
        ],
        dtype=np.int64,
    )
    squares = np.zeros((len(weights), *shape))
    for j, (row, power) in enumerate(zip(weights, row_units.tolist(), strict=True)):
        squares[j] = _moments(row, columns, roots, power)
    own = np.zeros(shape)
    if fixed is not None:
        own = _moments(fixed, columns, roots, unit)
    paid = np.zeros(shape)
    if cost is not None and fixed is None:
        paid = paid + np.ldexp(cost, -unit)
    return Moments(
        squares=squares,
        ceilings=np.where(is_norm, np.inf, np.ldexp(np.where(is_norm, 1.0, ceilings), -row_units)),
        fixed=own,
        cost=paid,
        order=order,
        unit=unit,
        row_units=row_units,
    )


def _moments(row: FloatArray, columns: IntArray, roots: FloatArray, unit: int) -> FloatArray:
    """``(V, S)``, ``Σ_r w_rs a_rvs²`` in units of ``2**unit``."""
    total = np.zeros(roots.shape[1:])
    with np.errstate(over="ignore", under="ignore"):
        for weight, root in zip(row, roots, strict=True):
            mantissa, power = np.frexp(weight)
            halves = (power + 2 * columns - unit) / 2.0
            each = mantissa * np.square(np.exp2(halves) * root)
            total += np.where((weight > 0.0) & (root > 0.0), np.clip(each, LEAST, MOST), 0.0)
    return total


def _unit(goal: FloatArray, columns: IntArray, roots: FloatArray, draws: float) -> int:
    """``Σ √M / draws`` squared is about the price of a draw."""
    held = (goal > 0.0) & (roots > 0.0).any(axis=1)
    if not held.any():
        return 0
    top = int((np.frexp(goal)[1] + 2 * columns)[held].max())
    top += top % 2
    sizes = [np.sqrt(_moments(row, columns, roots, top)).sum() for row in goal]
    return top + 2 * exponent_of(math.fsum(sizes) / draws)


def _even(exponent: int) -> int:
    """Prices are kept in units of powers of four."""
    return exponent + exponent % 2
