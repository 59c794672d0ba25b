"""The limits that every cheap rule respects, and rounding that respects them exactly.

A problem may have limits of other kinds: then the rules say so rather than ignore them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain

import numpy as np

from roundlot.solvers.water.scaling import LEAST_PROBABILITY as _LEAST
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray

# Rounding of one operation, relative.
_EPSILON = float(np.finfo(np.float64).eps)
# Shrinking doubles its margin in every attempt: 60 doublings pass from an ulp to everything.
_ATTEMPTS = 60
# An excess below this share of what can give way costs nobody a probability of 1.
_NEGLIGIBLE = 1e-9


#: What every cheap rule honours, or what is no limit at all. A problem may have more.
HONOURED = frozenset(
    {
        "scores",
        "budget",
        "available",
        "processor_cap",
        "floor",
        "ceiling",
        "model_weights",
        "weights",
        "client",
        "names",
        "allow_unreachable",
    }
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """Floors, ceilings, row caps and a budget; what remains of them above the floors.

    Attributes:
        lower: ``(V, S)``, least probabilities.
        upper: ``(V, S)``, greatest probabilities.
        cap: ``(V,)``, greatest sum of a row.
        budget: greatest sum of the table.

    Raises:
        InfeasibleError: the floors alone exceed a ceiling, a cap or the budget.
    """

    lower: FloatArray
    upper: FloatArray
    cap: FloatArray
    budget: float

    def __post_init__(self) -> None:
        self._check_ceilings()
        self._check_caps()
        if _excess(self.lower, self.budget) > 0.0:
            raise InfeasibleError(
                f"the floors sum to {self.lower.sum():g}, the budget is {self.budget:g}; raise the "
                "budget or lower the floors"
            )

    @cached_property
    def room(self) -> FloatArray:
        """``(V, S)``, what each pair may get beyond its floor."""
        return self.upper - self.lower

    @cached_property
    def row_room(self) -> FloatArray:
        """``(V,)``, what each row may get beyond its floors."""
        return np.asarray(np.maximum(self.cap - self.lower.sum(axis=1), 0.0))

    @cached_property
    def budget_left(self) -> float:
        """What may be shared beyond the floors."""
        return max(self.budget - float(self.lower.sum()), 0.0)

    def settle(self, extra: FloatArray, wanted: BoolArray) -> FloatArray:
        """``(V, S)``, floors plus ``extra``, rounded down until every limit holds exactly.

        Args:
            extra: ``(V, S)``, shares of the leftover, right up to rounding.
            wanted: ``(V, S)``, pairs that must not end at 0 if the limits let them be drawn.

        Raises:
            InfeasibleError: never, the floors themselves are feasible.
        """
        open_ = wanted & (self.room > 0.0) & (self.row_room > 0.0)[:, None]
        if self.budget_left > 0.0:
            extra = np.where(open_, np.maximum(extra, _LEAST), extra)
        table = np.clip(self.lower + extra, self.lower, self.upper)
        table = self._within_budget(self._within_caps(table))
        table.flags.writeable = False
        return table

    def _check_ceilings(self) -> None:
        bad = self.lower > self.upper
        if bad.any():
            v, s = (int(index) for index in np.argwhere(bad)[0])
            raise InfeasibleError(
                f"the floor of processor {v}, model {s} is {self.lower[v, s]:g}, above its ceiling "
                f"{self.upper[v, s]:g}; lower the floor"
            )

    def _check_caps(self) -> None:
        for v in np.flatnonzero(_row_excess(self.lower, self.cap) > 0.0):
            if math.fsum([*self.lower[v], -self.cap[v]]) > 0.0:
                raise InfeasibleError(
                    f"the floors of processor {v} sum to {self.lower[v].sum():g}, its cap is "
                    f"{self.cap[v]:g}; raise the cap or lower the floors"
                )

    def _within_caps(self, table: FloatArray) -> FloatArray:
        for attempt in range(_ATTEMPTS):
            excess = _row_excess(table, self.cap)
            rows = np.flatnonzero(excess > 0.0)
            if not rows.size:
                return table
            spare = (table[rows] - self.lower[rows]).sum(axis=1)
            share = excess[rows] / np.maximum(spare, _LEAST) + _EPSILON * 2.0**attempt
            table[rows] = _shrunk(table[rows], self.lower[rows], np.minimum(share, 1.0)[:, None])
        table[rows] = self.lower[rows]
        return table

    def _within_budget(self, table: FloatArray) -> FloatArray:
        for attempt in range(_ATTEMPTS):
            excess = _excess(table, self.budget)
            if excess <= 0.0:
                return table
            # Pairs at 1 stay at 1 while others can give way at little cost.
            loose = (table > self.lower) & (table < 1.0)
            if excess > _NEGLIGIBLE * _sum_above(table, self.lower, loose):
                loose = table > self.lower
            spare = _sum_above(table, self.lower, loose)
            share = min(excess / max(spare, _LEAST) + _EPSILON * 2.0**attempt, 1.0)
            table = np.where(loose, _shrunk(table, self.lower, share), table)
        return self.lower.copy()


def limits(problem: Problem) -> Limits:
    """The limits of a problem.

    Raises:
        InfeasibleError: its floors exceed a ceiling, a processor's cap or the budget, or it has
            limits of a kind that cheap rules do not know.
    """
    reason = unsupported(problem)
    if reason is not None:
        raise InfeasibleError(f"an approximation {reason}")
    lower, upper = problem.bounds
    return Limits(lower=lower, upper=upper, cap=problem.processor_cap, budget=problem.budget)


def unsupported(problem: Problem) -> str | None:
    """Why cheap rules cannot be used on a problem; None when they can.

    A field outside `HONOURED` counts as a limit where it holds anything.
    """
    more = [field.name for field in fields(problem) if field.name not in HONOURED]
    bound = [name for name in more if _holds(getattr(problem, name))]
    if not bound:
        return None
    return f"does not know the problem's {' and '.join(bound)}: use the optimum, or leave it out"


def _holds(value: object) -> bool:
    return value is not None and np.size(np.asarray(value, dtype=object)) > 0


def _shrunk(table: FloatArray, lower: FloatArray, share: FloatArray | float) -> FloatArray:
    kept = np.nextafter(lower + (table - lower) * (1.0 - share), 0.0)
    return np.asarray(np.minimum(table, np.maximum(lower, kept)))


def _sum_above(table: FloatArray, lower: FloatArray, where: BoolArray) -> float:
    return float((table - lower)[where].sum())


def _excess(table: FloatArray, budget: float) -> float:
    """A number with the exact sign of ``Σ table − budget``, or a negative one far below 0."""
    rough = float(table.sum())
    if rough * (1.0 + table.size * _EPSILON) < budget:
        return rough - budget
    return math.fsum(chain(table.ravel().tolist(), (-budget,)))


def _row_excess(table: FloatArray, cap: FloatArray) -> FloatArray:
    """``(V,)``, at most 0 only if the exact sum of a row is within its cap."""
    total = np.zeros(len(table))
    lost = np.zeros(len(table))
    slack = np.zeros(len(table))
    for column in table.T:
        # Knuth's two-sum: `total + column` is `added + error` without any rounding.
        added = total + column
        part = added - total
        error = (total - (added - part)) + (column - part)
        total, lost, slack = added, lost + error, slack + np.abs(error)
    # Rounding of the sum of errors is below this; it is 0 when no error was made.
    slack = slack * table.shape[1] * _EPSILON
    return np.asarray((total - cap) + lost + slack)
