"""The prices of a problem's limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Limit, Problem, Structure


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

    def by_limit(self, problem: Problem) -> tuple[tuple[Limit, FloatArray], ...]:
        """Every limit on a sum of a problem's with its prices ``y``, one a row."""
        levels = iter(self.levels)
        prices = {
            Structure.TOTAL: np.array([self.budget], dtype=np.float64),
            Structure.PROCESSORS: self.processors,
            Structure.MODELS: self.models,
            Structure.WEIGHTED: self.costs,
        }
        return tuple(
            (
                limit,
                next(levels) if limit.structure is Structure.GROUPS else prices[limit.structure],
            )
            for limit in problem.sum_limits()
        )

    def in_units_of(self, rate: float) -> Prices:
        """All but the budget's, which becomes 0, as multiples of ``rate`` in the same unit."""
        return Prices(
            budget=0.0,
            processors=self.processors / rate,
            levels=tuple(level / rate for level in self.levels),
            models=self.models / rate,
            costs=self.costs / rate,
        )

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


def no_prices(problem: Problem) -> Prices:
    """Prices of 0 of every limit of a problem."""
    return Prices(
        budget=0.0,
        processors=np.zeros(problem.n_processors),
        levels=tuple(np.zeros(caps.size) for _, _, caps in problem.levels),
        models=np.zeros(problem.n_models),
        costs=np.zeros(0 if problem.costs is None else len(problem.costs)),
    )


def prices_of_roots(
    problem: Problem, *, level: float, rows: FloatArray, exponent: int = 0
) -> Prices:
    """Prices of budget and caps from roots: ``level²`` a draw, ``rows_v² − level²`` a cap.

    Roots are in units of ``2**exponent``. What is negative stays negative, however small it is.
    """
    finite = np.where(np.isfinite(rows), rows, 0.0)
    unit = int(np.frexp(max(float(np.abs(finite).max(initial=0.0)), abs(level), 5e-324))[1])
    with np.errstate(all="ignore"):
        top, own = np.ldexp(level, -unit), np.ldexp(rows, -unit)
        caps = (own - top) * (own + top)
        negative = ~np.isnan(rows) & ((rows < level) | (rows < 0.0))
        caps = np.where(negative, -np.maximum(np.abs(caps), 5e-324), caps)
        budget = float(top * top) if not level < 0.0 else -max(float(top * top), 5e-324)
    return Prices(
        budget=budget,
        processors=caps,
        levels=(),
        models=np.zeros(problem.n_models),
        costs=np.zeros(0),
        exponent=exponent + unit,
    )


def price_complaints(problem: Problem, prices: Prices) -> Iterator[str]:
    """Prices that are missing, negative, NaN or infinite, and those of limits that are not there.

    A sign is looked at as it was given, before any scaling could round it to 0.
    """
    if len(prices.levels) != len(problem.levels):
        yield (
            f"there are prices of {len(prices.levels)} levels; the problem has "
            f"{len(problem.levels)}"
        )
        return
    for name, values, size in _expected(problem, prices):
        if values.shape != (size,):
            yield f"prices of {name} have shape {values.shape}, not ({size},)"
        elif not np.all((values >= 0.0) & np.isfinite(values)):
            at = int(np.argmin((values >= 0.0) & np.isfinite(values)))
            yield f"a price of {name} is negative, NaN or infinite: number {at} is {values[at]:g}"
    if problem.model_budgets is None and prices.models.any():
        yield "there is a price of models, and no budget of theirs"


def _expected(problem: Problem, prices: Prices) -> Iterator[tuple[str, FloatArray, int]]:
    """Name, given prices and how many there must be, for every kind of limit."""
    yield "budget", np.array([prices.budget], dtype=np.float64), 1
    yield "processors", prices.processors, problem.n_processors
    yield "models", prices.models, problem.n_models
    yield "costs", prices.costs, 0 if problem.costs is None else len(problem.costs)
    for (name, _, caps), values in zip(problem.levels, prices.levels, strict=True):
        yield name, values, caps.size
