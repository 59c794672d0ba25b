"""Verdicts on solutions, by the judge of certificates and by another solver, and on theorems."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from roundlot import theory
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import infeasibilities
from roundlot.theory.certificates.variances import never_drawn, sums
from roundlot.theory.kinds import as_annotated
from roundlot.verify.exact.judgement import judge_solution
from roundlot.verify.tests.verdict import Outcome, Verdict, check_discrepancy

OPTIMALITY = 1e-6  # a relative gap: a millionth of the objective
AGREEMENT = 1e-4  # ten times what a repaired cone solver is off by


@as_annotated
def check_certificate(solution: Any, *, discrepancy: float = OPTIMALITY) -> Verdict:
    """Verdict on "these probabilities are feasible and within ``discrepancy`` of the best".

    The judge in `roundlot.verify.exact` computes feasibility, objective, variance, bound and gap
    from the problem, the probabilities and the prices; it knows no solver. Refuted if a limit is
    violated by any amount, if a larger lower bound or a smaller gap is claimed than the prices
    prove, or if a stated number is not that of the probabilities. Inconclusive if all is in order
    but less than ``discrepancy`` is proved, or if a number is outside the range of float64.

    Args:
        solution: a record with ``problem``, ``probabilities``, ``objective`` and ``certificate``
            (``lower_bound``, ``gap``, ``multipliers``), or the answer of ``least_budget`` or
            ``least_cost``.
        discrepancy: the largest relative gap that counts as optimal.

    Raises:
        InvalidProblemError: no such record, a discrepancy that is not finite and at least 0.
    """
    check_discrepancy(discrepancy, open_=False)
    if not hasattr(solution, "problem"):
        raise InvalidProblemError(_no_solution("solution", solution))
    judgement = judge_solution(solution)
    found = judgement.findings
    if found.complaints:
        outcome: Outcome = "refuted"
    else:
        optimal = judgement.proved and found.gap <= discrepancy
        outcome = "supported" if optimal else "inconclusive"
    return Verdict.exact(
        "feasible and optimal",
        len(found.complaints),
        outcome=outcome,
        estimate=found.objective,
        expected=found.lower_bound,
        detectable=found.gap,
        rounds=judgement.entries,
        detail="; ".join(judgement.reasons)
        or f"objective against its lower bound{_unit(found.unit)}; proved gap {found.gap:.2g}",
    )


def _no_solution(name: str, given: Any) -> str:
    return f"{name} is a {type(given).__name__}; give what solve returns"


def _unit(unit: int) -> str:
    return f", in units of 4**{unit}" if unit else ""


@as_annotated
def check_reference(solution: Any, reference: Any, *, discrepancy: float = AGREEMENT) -> Verdict:
    """Verdict on "two solutions of one problem cost the same", both recomputed here.

    The first must be feasible exactly and no worse than ``reference`` by ``discrepancy``; a
    reference that is cheaper by more refutes it, one that is dearer by more refutes the agreement.

    Args:
        solution, reference: records with ``problem`` and ``probabilities``.
        discrepancy: relative difference of the objectives that is tolerated; a cone solver that
            is repaired to exact feasibility is good to some 1e-5.

    Raises:
        InvalidProblemError: solutions of different problems, or none; a discrepancy that is not
            finite and at least 0.
    """
    check_discrepancy(discrepancy, open_=False)
    for name, one in (("solution", solution), ("reference", reference)):
        if not (hasattr(one, "problem") and hasattr(one, "probabilities")):
            raise InvalidProblemError(_no_solution(name, one))
    problem = solution.problem
    if not np.array_equal(problem.scores, reference.problem.scores):
        raise InvalidProblemError("the two solutions are of different problems")
    p, other = (np.asarray(s.probabilities, dtype=np.float64) for s in (solution, reference))
    complaints = list(infeasibilities(problem, p))
    mine, theirs = _cost(problem, p), _cost(problem, other)
    apart = _apart(mine, theirs)
    if not apart <= discrepancy:
        complaints.append(f"objectives differ by {apart:.3g} relative")
    return Verdict.exact(
        "an independent solver finds the same optimum",
        len(complaints),
        estimate=_float(mine),
        expected=_float(theirs),
        detectable=discrepancy,
        rounds=int(p.size),
        detail="; ".join(complaints)
        or f"relative difference of the objectives {apart:.2g}, largest difference of a "
        f"probability {np.abs(p - other).max():.2g}",
    )


def _cost(problem: Problem, design: FloatArray) -> Fraction | None:
    """``Σ λ a²/p``; None where it is infinite."""
    if never_drawn(problem.scores, design).any():
        return None
    pairs = zip(problem.model_weights.tolist(), sums(problem.scores, design).moments, strict=True)
    return sum((Fraction(weight) * moment.high for weight, moment in pairs), Fraction(0))


def _apart(mine: Fraction | None, theirs: Fraction | None) -> float:
    if mine is None or theirs is None:
        return math.inf
    return float(abs(mine - theirs) / theirs) if theirs else float(mine > 0)


def _float(value: Fraction | None) -> float:
    if value is None or value > Fraction(float(np.finfo(np.float64).max)):
        return math.inf
    return float(value)


@cache
def check_theorems() -> Verdict:
    """Verdict on every theorem of the catalogue: the kernel judges each proof as plain data.

    Seconds of work on proofs that do not change while a process runs: done once in each.
    """
    checks = [theorem.check() for theorem in theory.CATALOGUE]
    failed = [str(check) for check in checks if not check.passed]
    proved = len(checks) - len(failed)
    return Verdict.exact(
        "every theorem follows from its assumptions",
        len(failed),
        estimate=float(proved),
        expected=float(len(checks)),
        rounds=len(checks),
        detail="; ".join(failed) or "the kernel judged every proof as plain data",
    )
