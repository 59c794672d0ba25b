"""The prices of the family's constraints."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.prices import Prices

__all__ = ["Prices", "plain_prices"]


def plain_prices(problem: Problem, multipliers: Multipliers | Prices) -> Prices:
    """The prices of a problem's limits in units of score², ``exponent`` 0.

    Infinite above the range of float64, 0 below it.
    """
    if isinstance(multipliers, Prices):
        return _moved(multipliers)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        level = np.ldexp(multipliers.level, multipliers.exponent)
        rows = np.ldexp(multipliers.rows, multipliers.exponent)
        caps = np.where(rows > level, (rows - level) * (rows + level), 0.0)
        budget = float(level * level)
    return Prices(
        budget=budget,
        processors=_scaled(caps, 0),
        levels=(),
        models=_scaled(np.zeros(problem.n_models), 0),
        costs=_scaled(np.zeros(0), 0),
    )


def _moved(prices: Prices) -> Prices:
    unit = prices.exponent
    return Prices(
        budget=float(_scaled(np.float64(prices.budget), unit)),
        processors=_scaled(prices.processors, unit),
        levels=tuple(_scaled(level, unit) for level in prices.levels),
        models=_scaled(prices.models, unit),
        costs=_scaled(prices.costs, unit),
    )


def _scaled(values: FloatArray | np.float64, exponent: int) -> FloatArray:
    """``values * 4**exponent``, read-only."""
    with np.errstate(over="ignore", under="ignore"):
        out = np.ldexp(np.asarray(values, dtype=np.float64), 2 * exponent)
    out = np.asarray(out)
    out.flags.writeable = False
    return out
