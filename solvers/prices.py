"""The prices of the family's constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.solvers.multipliers import Multipliers
from roundlot.theory import Problem
from roundlot.theory.problem import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """What a unit of each limit is worth, all ``>= 0``, in units of ``4**exponent`` (score²).

    ``solution.prices`` has them in plain units of score², ``exponent`` 0. An entry pays
    ``κ_vs = budget + models_s + processors_v + Σ_level levels[level][label_v] + Σ_k costs_k
    cost_kvs`` per unit of probability; at the optimum ``p = clip(a / √κ, l, u)``.

    Attributes:
        budget: of a draw.
        processors: ``(V,)``, of the processors' caps.
        levels: one ``(G,)`` for each of the problem's ``levels``: clients, then groups.
        models: ``(S,)``, of the models' budgets.
        costs: ``(K,)``, of the cost rows, per unit of cost.
        exponent: of the common power of four.
    """

    budget: float
    processors: FloatArray
    levels: tuple[FloatArray, ...]
    models: FloatArray
    costs: FloatArray
    exponent: int = 0

    def __repr__(self) -> str:
        dear = {
            "processors": self.processors,
            "models": self.models,
            "costs": self.costs,
            "clients and groups": np.concatenate([np.zeros(0), *self.levels]),
        }
        found = [
            f"{int(np.count_nonzero(prices))} of {prices.size} {name}"
            for name, prices in dear.items()
            if prices.size
        ]
        unit = f", unit 4**{self.exponent}" if self.exponent else ""
        return f"Prices(budget={self.budget:.6g}, above 0: {', '.join(found)}{unit})"


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
