"""The prices of a problem's limits: as solvers keep them, by limit, and in plain units."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.proof.scales import require_held
from roundlot.solvers.water.scaling import exponent_of
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.certificates.claim import Prices

__all__ = ["Multipliers", "Prices", "plain_prices"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Multipliers:
    """Roots of the constraints' prices where budget and processor caps are the only sum limits.

    At the optimum every entry is ``clip(a / rows_v, l, u)``. A unit more of the budget would lower
    the objective by ``level²``, of a processor's cap by ``rows_v² − level²``. Roots are kept, as
    squares leave the range of float64.

    Attributes:
        level: ``r``, the root of the budget's price; 0 when the budget is slack.
        rows: ``(V,)``, ``>= level``; equal to it where the cap is slack.
        exponent: of the common power of two.
    """

    level: float
    rows: FloatArray
    exponent: int = 0

    def __repr__(self) -> str:
        priced = int((self.rows > self.level).sum())
        unit = f" * 2**{self.exponent}" if self.exponent else ""
        return (
            f"Multipliers(level={self.level:.6g}{unit}, {priced} of {self.rows.size} processors "
            "at a priced cap)"
        )


def require_prices(problem: Problem, multipliers: Multipliers | Prices) -> Prices:
    """The prices of a problem's limits in units of score², where float64 holds them.

    Raises:
        InvalidProblemError: it does not; what to multiply the scores by.
    """
    found = plain_prices(problem, multipliers)
    greatest = float(problem.weighted_scores.max())
    near = plain_prices(problem, multipliers, exponent_of(greatest) if greatest > 0.0 else 0)
    require_held(
        _every(found),
        size=float(_every(near).max()),
        greatest=greatest,
        what="prices of the limits are",
    )
    return found


def _every(prices: Prices) -> FloatArray:
    tables = (prices.processors, *prices.levels, prices.models, prices.costs, *prices.floors)
    return np.concatenate([np.array([prices.budget]), *tables])


def plain_prices(problem: Problem, multipliers: Multipliers | Prices, unit: int = 0) -> Prices:
    """The prices of a problem's limits in units of ``4**unit`` of score², ``exponent`` 0.

    Infinite above the range of float64, 0 below it.
    """
    if isinstance(multipliers, Prices):
        return _moved(replace(multipliers, exponent=multipliers.exponent - unit))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        level = np.ldexp(multipliers.level, multipliers.exponent - unit)
        rows = np.ldexp(multipliers.rows, multipliers.exponent - unit)
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
        floors=tuple(_scaled(floor, unit) for floor in prices.floors),
        ceilings=prices.ceilings,
    )


def _scaled(values: FloatArray | np.float64, exponent: int) -> FloatArray:
    """``values * 4**exponent``, read-only."""
    with np.errstate(over="ignore", under="ignore"):
        out = np.ldexp(np.asarray(values, dtype=np.float64), 2 * exponent)
    return read_only(np.asarray(out))
