"""Several rounds, or several states of the fleet, under one budget.

Rounds that are planned together share a total of draws; states of the fleet, of which one turns up
by chance ``π``, share an expected number. Each keeps limits and a budget of its own. Their problems
are stacked, row under row, in what is expected: ``Σ_ω π_ω Σ λ a²/p`` is a sum program of all rows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.answer import Proved, closely_proved
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.reach import least_total, refuse_variance_ceilings
from roundlot.solvers.proof.scales import same_in_range
from roundlot.solvers.solution import probability_columns
from roundlot.solvers.uncertain.expectation import Expected, expected, kept
from roundlot.solvers.uncertain.stacking import joined, of_rounds, parts_of, stacked
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certificates.claim import claim_of
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import RoundsPlan
from roundlot.theory.kinds import real_number
from roundlot.theory.names import entries_of
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
            of_rounds(self.problems, prices),
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
    given = tuple(entries_of(problems, "give a list of problems, one for each round"))
    _require_alike(given)
    budget = real_number(budget, "budget")
    shares = None if chances is None else read_only(_checked_chances(chances, len(given)))
    weight = np.ones(len(given)) if shares is None else shares
    rows = np.repeat(weight, [one.n_processors for one in given])
    _check_each(given, weight, budget)
    inner, outer = (stacked(given, weight, budget, towards=to) for to in (0.0, np.inf))
    proof = expected(inner, rows, rows, outer)
    proof, parts = _kept(proof, given, shares, budget)
    found = RoundsSolution(
        problems=given,
        chances=shares,
        budget=budget,
        probabilities=parts,
        objective=proof.objective,
        lower_bound=proof.certificate.user_bound,
        proof=proof,
        seconds=time.perf_counter() - start,
    )
    greatest = max(float(one.scores.max()) for one in given)
    closely_proved(found, found.objective, greatest=greatest, budget=budget)
    if not _shared_price(proof) < np.inf:
        raise ConvergenceError(
            f"the price of a draw is above the range of float64 at a budget of {budget:g}; raise "
            f"the budget, or {same_in_range(greatest, budget)}"
        )
    return found


def _check_each(problems: tuple[Problem, ...], weight: FloatArray, budget: float) -> None:
    """Refuses floors of sums that a round, or the shared budget, cannot hold, in given numbers."""
    if not any(one.sum_floors() for one in problems):
        return
    least = 0.0
    for number, (one, chance) in enumerate(zip(problems, weight.tolist(), strict=True)):
        try:
            check_feasible(one)
            least += chance * least_total(one)
        except InfeasibleError as error:
            raise InfeasibleError(f"problem {number}: {error}") from None
    if least > budget * (1.0 + NEAR):
        raise InfeasibleError(
            f"the least draws of all problems come to {least:g}, {least - budget:g} above the "
            f"shared budget {budget:g}; raise it to that, or lower floors"
        )


def _kept(
    proof: Expected, problems: tuple[Problem, ...], chances: FloatArray | None, budget: float
) -> tuple[Expected, tuple[FloatArray, ...]]:
    """The probabilities of each problem, within its floors of sums to the last bit."""
    parts = parts_of(problems, proof.probabilities)
    if not any(one.sum_floors() for one in problems):
        return proof, parts
    split = of_rounds(problems, claim_of(proof.certificate).prices)
    inside = [
        kept(Part(problem=one, probabilities=p, prices=own), one) if one.sum_floors() else p
        for one, p, own in zip(problems, parts, split, strict=True)
    ]
    weight = [1.0] * len(inside) if chances is None else chances.tolist()
    spent = sum(
        Fraction(chance) * sum(map(Fraction, p.ravel().tolist()), Fraction(0))
        for chance, p in zip(weight, inside, strict=True)
    )
    if spent > Fraction(budget):
        raise ConvergenceError(
            f"floors leave no room for rounding below the shared budget {budget:g}; raise it by "
            f"{nearest(spent - Fraction(budget), up=True):.3g}"
        )
    return replace(proof, probabilities=joined(problems, inside)), tuple(inside)


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
