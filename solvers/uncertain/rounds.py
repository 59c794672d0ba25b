"""Several rounds, or several states of the fleet, under one budget.

Rounds that are planned together share a total of draws; states of the fleet, of which one turns up
by chance ``π``, share an expected number. Each keeps limits and a budget of its own. Their problems
are stacked, row under row, in what is expected: ``Σ_ω π_ω Σ λ a²/p`` is a sum program of all rows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.answer import Proved, closely_proved
from roundlot.solvers.proof.reach import refuse_sum_floors, refuse_variance_ceilings
from roundlot.solvers.solution import probability_columns
from roundlot.solvers.uncertain.expectation import Expected, expected
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates.claim import Prices, claim_of
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import RoundsPlan
from roundlot.theory.positions import by_position
from roundlot.theory.problem.problem import require_problem

NEAR = 1e-9  # how closely chances add up to 1


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsSolution(Proved):
    """Probabilities for each of several rounds, or states of the fleet.

    Attributes:
        problems: one each, with the limits that it keeps by itself.
        chances: ``(R,)``, of the states; None of rounds, which all take place.
        budget: draws in all rounds together, or expected over the states.
        probabilities: ``(V, S)`` for each, within its own limits exactly.
        objective: ``Σ_ω π_ω Σ λ a²/p``, rounded up; of rounds ``π`` is 1.
        lower_bound: no probabilities cost less.
        seconds: wall-clock time it took.
    """

    problems: tuple[Problem, ...] = field(repr=False)
    chances: FloatArray | None
    budget: float
    probabilities: tuple[FloatArray, ...] = field(repr=False)
    objective: float
    lower_bound: float
    proof: Expected = field(repr=False)
    seconds: float

    _method: ClassVar[str] = "solve_rounds"

    @property
    def _value(self) -> float:
        return self.objective

    def _columns(self) -> Mapping[str, Any]:
        tables = [
            probability_columns(one, p)
            for one, p in zip(self.problems, self.probabilities, strict=True)
        ]
        which = [r for r, p in enumerate(self.probabilities) for _ in range(len(p))]
        joined = {key: [x for table in tables for x in table[key]] for key in tables[0]}
        return {"round": which, **joined}

    def _library(self) -> str | None:
        return self.problems[0].names.library

    def _record(self) -> dict[str, Any]:
        return {
            "objective": self.objective,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "budget": self.budget,
            "chances": self.chances,
            "draws": self.draws,
            "seconds": self.seconds,
            "clients": [one.names.plain_rows(one.n_processors) for one in self.problems],
            "models": self.problems[0].names.plain_models(self.problems[0].n_models),
            "probabilities": list(self.probabilities),
        }

    @property
    def draws(self) -> FloatArray:
        """``(R,)``, expected draws in each."""
        return np.array([p.sum() for p in self.probabilities])

    def claim(self) -> RoundsPlan:
        """What is said to be proved, as its judge reads it."""
        prices = claim_of(self.proof.certificate).prices
        shares = [None] * len(self.problems) if self.chances is None else self.chances.tolist()
        answers = zip(
            self.problems,
            self.probabilities,
            _of_rounds(self.problems, prices),
            shares,
            strict=True,
        )
        return RoundsPlan(
            rounds=tuple(
                Part(
                    problem=one,
                    probabilities=p,
                    prices=own,
                    chance=None if share is None else np.full(one.n_processors, share),
                )
                for one, p, own, share in answers
            ),
            chances=self.chances,
            budget=self.budget,
            price=_shared_price(self.proof),
            objective=self.objective,
            lower_bound=self.lower_bound,
            gap=self.gap,
        )


@by_position()
def solve_rounds(
    problems: Sequence[Problem], *, budget: float, chances: npt.ArrayLike | None = None
) -> RoundsSolution:
    """The probabilities of least variance of several rounds that share a budget.

    Args:
        problems: one for each round, or for each state that the fleet may be in, with the same
            models and model weights. The limits of each, its budget too, hold in that round.
        budget: the most draws of all rounds together; with ``chances``, the most draws expected.
        chances: ``(R,)``, of the states, above 0, adding up to 1; without, all rounds take place.

    Raises:
        InvalidProblemError: no problems, different models, chances that do not add up to 1.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the gap stayed above 1e-9, or float64 does not hold objective or price.
    """
    start = time.perf_counter()
    given = tuple(problems)
    _require_alike(given)
    shares = None if chances is None else read_only(_checked_chances(chances, len(given)))
    weight = np.ones(len(given)) if shares is None else shares
    rows = np.repeat(weight, [one.n_processors for one in given])
    inner, outer = (_stacked(given, weight, budget, towards=to) for to in (0.0, np.inf))
    proof = expected(inner, rows, rows, outer)
    ends = np.cumsum([one.n_processors for one in given])[:-1]
    parts = tuple(read_only(p.copy()) for p in np.split(proof.probabilities, ends))
    found = RoundsSolution(
        problems=given,
        chances=shares,
        budget=float(budget),
        probabilities=parts,
        objective=proof.objective,
        lower_bound=proof.certificate.lower_bound,
        proof=proof,
        seconds=time.perf_counter() - start,
    )
    scored = any((one.scores > 0.0).any() for one in given)
    closely_proved(found, found.objective, scored=scored)
    if not _shared_price(proof) < np.inf:
        raise ConvergenceError(
            f"the price of a draw is above the range of float64 at a budget of {budget:g}; rescale "
            "the scores, or raise the budget"
        )
    return found


def _shared_price(proof: Expected) -> float:
    """Of a draw of the shared budget; infinite where float64 does not hold it."""
    prices = claim_of(proof.certificate).prices
    with np.errstate(over="ignore"):
        return float(np.ldexp(prices.budget, 2 * prices.exponent))


def _require_alike(problems: tuple[Problem, ...]) -> None:
    if not problems:
        raise InvalidProblemError("give at least one problem")
    first = problems[0]
    for number, one in enumerate(problems):
        require_problem(one)
        refuse_sum_floors(one, "solve_rounds")
        refuse_variance_ceilings(one, "solve_rounds")
        if one.n_models != first.n_models or one.names.models != first.names.models:
            raise InvalidProblemError(
                f"problem {number} has other models than the first; give all the same, available "
                "or not"
            )
        if not np.array_equal(one.model_weights, first.model_weights):
            raise InvalidProblemError(
                f"problem {number} has other model weights than the first; scale its scores instead"
            )


def _checked_chances(chances: npt.ArrayLike, size: int) -> FloatArray:
    given = real_numbers(chances, "chances")
    if given.shape != (size,):
        raise InvalidProblemError(f"chances has shape {given.shape}; give one a problem, ({size},)")
    bad = ~((given > 0.0) & (given <= 1.0))
    if bad.any():
        raise InvalidProblemError(
            f"chances[{int(np.argmax(bad))}] is {given[bad][0]:g}; each must be above 0 and at "
            "most 1; leave out a state that never turns up"
        )
    total = math.fsum(given.tolist())
    if abs(total - 1.0) > NEAR:
        raise InvalidProblemError(f"chances add up to {total:.12g}; they must add up to 1")
    return given


def _stacked(
    problems: tuple[Problem, ...], weight: FloatArray, budget: float, *, towards: float
) -> Problem:
    """All rows under one budget; the limits of each problem are groups and cost rows of its own."""
    first = problems[0]
    groups, caps = _tree(problems, weight, towards)
    costs, rates = _cost_rows(problems, weight, towards)
    wide: dict[str, Any] = {} if not costs else {"costs": np.stack(costs), "cost_budgets": rates}
    return Problem(
        np.concatenate([one.scores for one in problems]),
        budget=budget,
        available=np.concatenate([one.available for one in problems]),
        allow_unreachable=all(one.allow_unreachable for one in problems),
        processor_cap=np.concatenate([one.processor_cap for one in problems]),
        floor=np.concatenate([one.floor for one in problems]),
        ceiling=np.concatenate([one.ceiling for one in problems]),
        model_weights=first.model_weights,
        groups=groups,
        group_caps=caps,
        **wide,
    )


def _tree(
    problems: tuple[Problem, ...], weight: FloatArray, towards: float
) -> tuple[list[IntArray], list[FloatArray]]:
    """Levels of all problems side by side, and on top of them each problem's own budget."""
    depth = max(len(one.levels) for one in problems)
    labels: list[list[IntArray]] = [[] for _ in range(depth + 1)]
    caps: list[list[FloatArray]] = [[] for _ in range(depth + 1)]
    counts = [0] * (depth + 1)
    for one, chance in zip(problems, weight.tolist(), strict=True):
        whole = (np.zeros(one.n_processors, dtype=np.int64), np.array([one.budget]))
        own = [(label, cap) for _, label, cap in one.levels]
        own += [whole] * (depth + 1 - len(own))
        for level, (label, cap) in enumerate(own):
            labels[level].append(label + counts[level])
            caps[level].append(_times(cap, chance, towards))
            counts[level] += cap.size
    return [np.concatenate(x) for x in labels], [np.concatenate(x) for x in caps]


def _cost_rows(
    problems: tuple[Problem, ...], weight: FloatArray, towards: float
) -> tuple[list[FloatArray], list[float]]:
    """Cost rows and models' budgets of each problem, which count its own rows alone."""
    starts = np.cumsum([0, *(one.n_processors for one in problems)])
    shape = (int(starts[-1]), problems[0].n_models)
    rows: list[FloatArray] = []
    rates: list[float] = []

    def add(first: int, table: FloatArray, rate: float) -> None:
        row = np.zeros(shape)
        row[first : first + len(table)] = table
        rows.append(row)
        rates.append(rate)

    for one, first, chance in zip(problems, starts.tolist(), weight.tolist(), strict=False):
        if one.model_budgets is not None:
            for s, rate in enumerate(_times(one.model_budgets, chance, towards).tolist()):
                column = np.zeros(one.scores.shape)
                column[:, s] = 1.0
                add(first, column, rate)
        if one.costs is not None and one.cost_budgets is not None:
            most = _times(one.cost_budgets, chance, towards)
            for cost, rate in zip(one.costs, most.tolist(), strict=True):
                add(first, cost, rate)
    return rows, rates


def _times(values: FloatArray, chance: float, towards: float) -> FloatArray:
    """``chance * values``, one ulp towards ``towards`` where it may have been rounded."""
    product = values * chance
    exact = math.frexp(chance)[0] == 0.5
    return product if exact else np.asarray(np.nextafter(product, towards))


def _of_rounds(problems: tuple[Problem, ...], prices: Prices) -> Iterator[Prices]:
    """Prices of each problem's own limits, out of those of all rows; see `_tree`, `_cost_rows`."""
    row, cost, at = 0, 0, [0] * len(prices.levels)
    for one in problems:
        counts = [caps.size for _, _, caps in one.levels]
        counts += [1] * (len(at) - len(counts))  # its budget, in every level above its own
        levels = [y[a : a + n] for y, a, n in zip(prices.levels, at, counts, strict=True)]
        at = [a + n for a, n in zip(at, counts, strict=True)]
        models = one.n_models if one.model_budgets is not None else 0
        own = models + (0 if one.costs is None else len(one.costs))
        paid = prices.costs[cost : cost + own]
        cost += own
        yield Prices(
            budget=float(sum(y.sum() for y in levels[len(one.levels) :])),
            processors=prices.processors[row : row + one.n_processors],
            levels=tuple(levels[: len(one.levels)]),
            models=paid[:models] if models else np.zeros(one.n_models),
            costs=paid[models:],
            exponent=prices.exponent,
        )
        row += one.n_processors
