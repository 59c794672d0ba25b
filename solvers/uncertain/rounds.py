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
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.reach import refuse_sum_floors, refuse_variance_ceilings
from roundlot.solvers.solution import probability_columns
from roundlot.solvers.uncertain.expectation import Expected, expected, second_moment
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray, read_only, same
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.positions import by_position
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

NEAR = 1e-9  # how closely chances add up to 1


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsSolution(Tabular):
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

    __repr__ = short_repr

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
            "budget": self.budget,
            "chances": self.chances,
            "draws": self.draws,
            "seconds": self.seconds,
            "probabilities": list(self.probabilities),
        }

    @property
    def draws(self) -> FloatArray:
        """``(R,)``, expected draws in each."""
        return np.array([p.sum() for p in self.probabilities])

    @property
    def gap(self) -> float:
        """``objective / lower_bound − 1``, rounded up; 0 when both are 0."""
        return gap_above(self.objective, self.lower_bound)

    def verify(self) -> bool:
        """Whether every limit is kept, the shared budget too, and the bound is proved."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words, computed afresh in exact arithmetic."""
        chances = np.ones(len(self.problems)) if self.chances is None else self.chances
        rows = np.repeat(chances, [one.n_processors for one in self.problems])
        outer = _stacked(self.problems, chances, self.budget, towards=np.inf)
        if not same(self.proof.chance, rows) or not same(self.proof.factor, rows):
            return ("the bound is that of other rounds",)
        return (*self.proof.complaints(outer), *self._false())

    def _false(self) -> Iterator[str]:
        spent = Fraction(0)
        chances = np.ones(len(self.problems)) if self.chances is None else self.chances
        for number, (one, p, chance) in enumerate(
            zip(self.problems, self.probabilities, chances.tolist(), strict=True)
        ):
            for complaint in infeasibilities(one, p):
                yield f"round {number}: {complaint}"
            spent += Fraction(chance) * sum(map(Fraction, p.ravel().tolist()), Fraction(0))
        if spent > Fraction(self.budget):
            yield f"the draws of all come to {float(spent):.17g}, above {self.budget:.17g}"
        costs = [
            second_moment(one, p, np.ones(len(p)), np.ones(len(p)))
            for one, p in zip(self.problems, self.probabilities, strict=True)
        ]
        total = sum(
            (
                Fraction(w) * c
                for w, c in zip(chances.tolist(), costs, strict=True)
                if c is not None
            ),
            Fraction(0),
        )
        if None in costs or Fraction(self.objective) < total:
            yield "the objective is below that of the probabilities"
        if self.lower_bound > self.proof.certificate.lower_bound:
            yield "the lower bound is above the one that is proved"
        wide = self.proof.certificate.problem
        given = [*wide.group_caps] + ([] if wide.cost_budgets is None else [wide.cost_budgets])
        for real, bound in zip(self._expected_limits(chances.tolist()), given, strict=True):
            if any(Fraction(y) < x for x, y in zip(real, bound.tolist(), strict=True)):
                yield "a limit of the bound is tighter than the real one"

    def _expected_limits(self, chances: list[float]) -> Iterator[list[Fraction]]:
        """``π`` times each round's own caps, level by level, then its rates; as fractions."""
        depth = max(len(one.levels) for one in self.problems)
        rates: list[Fraction] = []
        tree: list[list[Fraction]] = [[] for _ in range(depth + 1)]
        for one, chance in zip(self.problems, map(Fraction, chances), strict=True):
            own = [caps.tolist() for _, _, caps in one.levels]
            own += [[one.budget]] * (depth + 1 - len(own))
            for level, caps in zip(tree, own, strict=True):
                level += [chance * Fraction(cap) for cap in caps]
            for values in (one.model_budgets, one.cost_budgets):
                rates += [] if values is None else [chance * Fraction(x) for x in values.tolist()]
        yield from tree
        if rates:
            yield rates


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
        ConvergenceError: the dual could not be maximised.
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
    return RoundsSolution(
        problems=given,
        chances=shares,
        budget=float(budget),
        probabilities=parts,
        objective=proof.objective,
        lower_bound=proof.certificate.lower_bound,
        proof=proof,
        seconds=time.perf_counter() - start,
    )


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
    try:
        given = np.array(chances, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"chances must be numbers, got {chances!r:.60}") from error
    if given.shape != (size,):
        raise InvalidProblemError(f"chances has shape {given.shape}; give one a problem, ({size},)")
    bad = ~((given > 0.0) & (given <= 1.0))
    if bad.any():
        raise InvalidProblemError(
            f"a chance is {given[bad][0]:g}; each must be above 0 and at most 1; leave out a state "
            "that never turns up"
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
