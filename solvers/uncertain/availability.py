"""Clients that are online by chance: the best probabilities to draw those who are.

A client that is online with chance ``α`` and then drawn with probability ``p`` trains with
probability ``α p``, and its update counts ``1/(α p)`` times: unbiased. Given who is online,
draws are independent; where clients' being online is not, the variance has a further part,
``Σ_{i≠j} (α_ij/(α_i α_j) − 1) ⟨u_i, u_j⟩``, that no ``p`` changes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from roundlot.solvers.proof.answer import ProvedDesign, closely_proved
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.uncertain.expectation import Expected, expected, kept
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.certificates.claim import claim_of
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import OnlinePlan
from roundlot.theory.positions import by_position
from roundlot.theory.problem.given import Column, Given
from roundlot.theory.problem.problem import require_problem
from roundlot.theory.problem.unlimited import unlimited


@dataclass(frozen=True, kw_only=True, eq=False)
class OnlineSolution(ProvedDesign):
    """Probabilities to draw those who are online.

    Attributes:
        problem: the problem.
        online: ``(V,)``, ``α``, each row's chance of being online.
        probabilities: ``(V, S)``, given that the row is online; within caps, floors and ceilings.
        inclusion: ``(V, S)``, ``α p``, what updates are divided by.
        objective: ``Σ λ a²/(α p)``, rounded up.
        lower_bound: no probabilities cost less.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    online: FloatArray = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    inclusion: FloatArray = field(repr=False)
    objective: float
    lower_bound: float
    proof: Expected = field(repr=False)
    seconds: float

    _method: ClassVar[str] = "solve_online"

    @property
    def _value(self) -> float:
        return self.objective

    def _record(self) -> dict[str, Any]:
        return {
            "objective": self.objective,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "variance": self.variance,
            "seconds": self.seconds,
            "online": self.online,
            **self._design(),
        }

    @property
    def variance(self) -> float:
        """``Σ λ a² (1/(α p) − 1)``, with clients online independently."""
        scores = self.problem.scores
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            left = scores / self.inclusion * scores * (1.0 - self.inclusion)
        return float(np.sum(np.where(scores > 0.0, left, 0.0) @ self.problem.model_weights))

    def claim(self) -> OnlinePlan:
        """What is said to be proved, as its judge reads it."""
        return OnlinePlan(
            part=Part(
                problem=self.problem,
                probabilities=self.probabilities,
                prices=claim_of(self.proof.certificate).prices,
                chance=self.online,
                apart=True,
            ),
            objective=self.objective,
            lower_bound=self.lower_bound,
            gap=self.gap,
        )


@by_position()
def solve_online(problem: Problem, online: Column) -> OnlineSolution:
    """The probabilities of least variance when clients are online by chance.

    Args:
        problem: scores and limits. ``processor_cap``, ``client_cap``, ``floor`` and ``ceiling``
            hold for those who are online, and so does ``client_floor``; ``budget``,
            ``group_caps``, ``group_floors``, ``model_budgets``, ``model_floors`` and
            ``cost_budgets`` hold for expected draws, over who is online and over the lot. Ceilings
            of variances are of ``Σ_v a² (1/(α p) − 1)``.
        online: scalar or ``(V,)``, or by name: the chance of each row of being online, above 0 and
            at most 1. All processors of a client with a cap or a floor have the same.

    Raises:
        InvalidProblemError: a chance that is not above 0 and at most 1. Who is never online is
            ``available=False``.
        InfeasibleError: no probabilities satisfy the limits, or keep the ceilings.
        ConvergenceError: the gap stayed above 1e-9, or float64 does not hold the objective.
    """
    start = time.perf_counter()
    require_problem(problem)
    chance = read_only(_chances(problem, online))
    check_feasible(_of_those_online(problem))
    proof = _proof(problem, chance)
    found = OnlineSolution(
        problem=problem,
        online=chance,
        probabilities=proof.probabilities,
        inclusion=read_only(proof.probabilities * chance[:, None]),
        objective=proof.objective,
        lower_bound=proof.certificate.user_bound,
        proof=proof,
        seconds=time.perf_counter() - start,
    )
    if problem.model_variance_ceilings is not None:
        above = next(found.claim().above_ceilings(), None)
        if above is not None:
            raise ConvergenceError(
                f"ceilings leave no room for rounding: {above}; raise it a little"
            )
    return closely_proved(
        found, found.objective, greatest=float(problem.scores.max()), budget=problem.budget
    )


def _proof(problem: Problem, chance: FloatArray) -> Expected:
    found = expected(problem, chance, np.ones_like(chance), judged=True)
    if found.sure and not problem.sum_floors():
        return found
    part = Part(
        problem=problem,
        probabilities=found.probabilities,
        prices=claim_of(found.certificate).prices,
        chance=chance,
        apart=True,
    )
    try:
        return replace(found, probabilities=kept(part, _of_those_online(problem)))
    except ConvergenceError:
        if problem.sum_floors():
            raise
        return expected(problem, chance, np.ones_like(chance))  # what misses by an ulp is refused


def _of_those_online(problem: Problem) -> Problem:
    """The limits alone that hold for those who are online."""
    free = unlimited(problem.available, problem.processor_cap, problem.ceiling)
    nothing: dict[str, Any] = dict.fromkeys(("model_budgets", "costs", "cost_budgets"))
    nothing |= {
        "model_variance_ceilings": None,
        "groups": (),
        "group_caps": (),
        "group_floors": (),
        "model_floors": None,
    }
    return changed(problem, budget=free, **nothing)


def _chances(problem: Problem, online: Column) -> FloatArray:
    given = Given(names=problem.names, shape=problem.scores.shape)
    table = given.by_row(online, "online")
    bad = np.flatnonzero(~((table > 0.0) & (table <= 1.0)))
    if bad.size:
        row = int(bad[0])
        raise InvalidProblemError(
            f"online of {problem.names.row(row)} is {table[row]:g}; give a chance above 0 and at "
            "most 1, and available=False to who is never online"
        )
    return table
