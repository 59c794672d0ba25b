"""From a bound to a decision: the budget that is cheapest to the target, and what to buy next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InfeasibleError, InvalidProblemError
from roundlot.theory.moments.variance_parts import VarianceParts
from roundlot.theory.rates.rounds import RoundsBound, rounds_to_target
from roundlot.theory.text import amount, plural

Purchase = Literal["bandwidth", "data", "local steps", "nothing"]
#: What each purchase means.
PURCHASES: Mapping[str, str] = {
    "bandwidth": "twice the draws a round",
    "data": "batches twice as large",
    "local steps": "two local steps a round",
    "nothing": "no purchase lowers the cost",
}
_GRID = 25


@dataclass(frozen=True, kw_only=True)
class RoundCost:
    """What a round at some budget costs (seconds, or draws) and what bounds its step's variance.

    ``variance`` on the whole path; or, where there is a ``growth`` ``M``, ``variance`` is that at
    the optimum, ``V*`` of theorem expected_smoothness. ``batch`` is the part of ``variance`` that
    mini-batches make, if it is known apart.
    """

    variance: float
    cost: float
    growth: float | None = None
    batch: float | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """The constants of the objective and the squared distance to reach, as ``rounds_to_target``."""

    smoothness: float
    strong_convexity: float
    initial: float
    target: float

    def rounds(self, variance: float, growth: float | None = None) -> RoundsBound:
        """The proved rounds at this variance of a step, or with this growth from it."""
        return rounds_to_target(
            smoothness=self.smoothness,
            strong_convexity=self.strong_convexity,
            variance=variance if growth is None else None,
            expected_smoothness=growth,
            noise=None if growth is None else variance,
            split=growth or 0.0,
            initial=self.initial,
            target=self.target,
        )


@dataclass(frozen=True, kw_only=True)
class BudgetChoice:
    """A budget with its proved rounds and total cost; ``bound.schedule`` holds the best steps.

    ``variance``, ``growth`` and ``batch`` are those of its `RoundCost`.
    """

    budget: float
    variance: float
    cost_per_round: float
    bound: RoundsBound
    growth: float | None = None
    batch: float | None = None

    @property
    def rounds(self) -> int:
        """Rounds that provably suffice."""
        return self.bound.rounds

    @property
    def cost(self) -> float:
        """Rounds times the cost of one."""
        return self.bound.rounds * self.cost_per_round

    def __repr__(self) -> str:
        return (
            f"BudgetChoice(budget={self.budget:.6g}, {self.rounds:,} "
            f"{plural(self.rounds, 'round')} of cost "
            f"{self.cost_per_round:.6g}, variance={self.variance:.6g}, {self.bound.schedule})"
        )


def choose_budget(
    price: Callable[[float], RoundCost], target: Target, *, least: float, most: float
) -> tuple[BudgetChoice, ...]:
    """Every budget that was tried, the cheapest first.

    A geometric grid from ``least`` to ``most``, refined twice between the neighbours of its best:
    the cost need not have one valley, so the best is the best of what was tried.

    Raises:
        InvalidProblemError: not ``0 < least <= most``.
        InfeasibleError: no budget in the range reaches the target.
    """
    if not 0.0 < least <= most < math.inf:
        raise InvalidProblemError(f"budgets from {least:g} to {most:g}; give 0 < least <= most")
    tried: dict[float, BudgetChoice] = {}
    low, high = least, most
    for count in (_GRID, 9, 9):
        for budget in np.geomspace(low, high, count).clip(least, most).tolist():
            _try(tried, price, target, budget)
        if not tried:
            raise InfeasibleError(
                f"no budget from {least:g} to {most:g} reaches the target {target.target:g}"
            )
        best = min(tried.values(), key=lambda choice: choice.cost).budget
        low = max((m for m in tried if m < best), default=best)
        high = min((m for m in tried if m > best), default=best)
    return tuple(sorted(tried.values(), key=lambda choice: (choice.cost, choice.budget)))


def price_budget(
    price: Callable[[float], RoundCost], target: Target, budget: float
) -> BudgetChoice:
    """One budget, priced.

    Raises:
        InfeasibleError: no number of rounds is proved to reach the target.
    """
    found = price(budget)
    return BudgetChoice(
        budget=budget,
        variance=found.variance,
        cost_per_round=found.cost,
        bound=target.rounds(found.variance, found.growth),
        growth=found.growth,
        batch=found.batch,
    )


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to buy next, and the numbers behind it.

    Attributes:
        buy: the purchase with the least cost to the target; "nothing" if none lowers it.
        cost: to the target today.
        costs: to the target after each purchase. Bandwidth: twice the budget of draws a round over
            the same lines (for faster lines change the fleet's links or the server's), proved.
            Data: batches twice as large, half the mini-batch noise, twice the compute, proved.
            Local steps: two a round, twice the compute, the rounds that even a noiseless step needs
            halved: an estimate, since local steps also drift. `PURCHASES` says them in words.
        noiseless_rounds: what the conditioning alone costs.
        shares: of the step's variance, by part.
        dominant: the largest part.
        unit: of the costs: "seconds", "draws", or "" if nobody said.
    """

    buy: Purchase
    cost: float
    costs: Mapping[str, float]
    rounds: int
    noiseless_rounds: int
    shares: Mapping[str, float]
    dominant: str
    unit: str = ""

    def __str__(self) -> str:
        costs = "; ".join(
            f"with {PURCHASES[name]} {amount(value, self.unit)}"
            for name, value in self.costs.items()
        )
        return (
            f"buy {self.buy} ({PURCHASES[self.buy]}): today {amount(self.cost, self.unit)}; {costs}"
        )

    def __repr__(self) -> str:
        return f"Advice({self})"


def advise(
    now: BudgetChoice,
    target: Target,
    parts: VarianceParts,
    *,
    wider: BudgetChoice | None,
    twice_the_compute: float,
    unit: str = "",
) -> Advice:
    """Compare what twice the draws, the data or the local steps would do to the total cost.

    Args:
        now: today's budget, its ``variance`` including the mini-batch noise.
        target: what to reach.
        parts: of the step's variance; only the shares matter.
        wider: twice the budget; None if the limits leave no room.
        twice_the_compute: cost of a round of today's budget that computes twice as long.
        unit: of the costs, to print them: "seconds" or "draws".
    """
    noiseless = target.rounds(0.0).rounds
    batch = now.variance * parts.shares["mini-batch noise"] if now.batch is None else now.batch
    costs = {
        "data": target.rounds(now.variance - batch / 2.0, now.growth).rounds * twice_the_compute,
        "local steps": (now.rounds - noiseless / 2.0) * twice_the_compute,
    }
    if wider is not None:
        costs = {"bandwidth": wider.cost, **costs}
    best = min(costs, key=costs.__getitem__)
    buy: Purchase = best if costs[best] < now.cost else "nothing"  # type: ignore[assignment]
    return Advice(
        buy=buy,
        cost=now.cost,
        costs=costs,
        rounds=now.rounds,
        noiseless_rounds=noiseless,
        shares=parts.shares,
        dominant=parts.dominant,
        unit=unit,
    )


def _try(
    tried: dict[float, BudgetChoice],
    price: Callable[[float], RoundCost],
    target: Target,
    budget: float,
) -> None:
    if budget in tried:
        return
    try:
        tried[budget] = price_budget(price, target, budget)
    except InfeasibleError:
        return  # the others may reach the target; if none does, the caller says so


_ROUNDING = 1e-12


def expected_round_length(times: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Exact ``E max`` of the times of what independent processors draw; 0 when nobody draws.

    ``P(max <= t) = Π_v (1 − Σ_{s: t_vs > t} p_vs)``, and ``E max`` sums its complement over the
    sorted times. No sampling, ``O(VS log VS)``.

    Args:
        times: ``(V, S)`` seconds, at least 0; read only where ``p > 0``.
        probabilities: ``(V, S)``, ``p`` in ``[0, 1]``, rows summing to at most 1.

    Raises:
        InvalidProblemError: shapes that differ, a negative or missing time where ``p > 0``, or
            probabilities out of range.
    """
    t, p = np.asarray(times, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    _validate(t, p)
    order = np.argsort(np.where(p > 0.0, -t, 0.0), axis=1)
    time = np.take_along_axis(np.where(p > 0.0, t, 0.0), order, axis=1)
    fall = _log_falls(np.take_along_axis(p, order, axis=1))
    slowest_first = np.argsort(-time, axis=None, kind="stable")
    time, nobody = time.ravel()[slowest_first], np.cumsum(fall.ravel()[slowest_first])
    # with the k slowest entries ruled out, nobody takes longer than the next one
    lengths = time - np.append(time[1:], 0.0)
    return float(np.sum(lengths * -np.expm1(nobody)))


def _log_falls(chances: FloatArray) -> FloatArray:
    """How much each entry of a row lowers ``log P(none of the entries so far)``."""
    drawn = np.cumsum(chances, axis=1)
    certain = drawn > 1.0 - _ROUNDING
    after = np.where(certain, -np.inf, np.log1p(-np.where(certain, 0.0, drawn)))
    before = np.column_stack([np.zeros(len(after)), after[:, :-1]])
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isfinite(before), after - before, 0.0))


def _validate(t: FloatArray, p: FloatArray) -> None:
    if t.ndim != 2 or t.shape != p.shape:
        raise InvalidProblemError(f"times are {t.shape}, probabilities {p.shape}; give (V, S) each")
    if not np.all(p >= 0.0) or np.any(p.sum(axis=1) > 1.0 + 1e-9):
        raise InvalidProblemError("probabilities must be at least 0, their rows sum to at most 1")
    drawn = t[p > 0.0]
    if not np.all(np.isfinite(drawn)) or np.any(drawn < 0.0):
        raise InvalidProblemError(
            "times must be finite and at least 0 wherever the probability is above 0"
        )
