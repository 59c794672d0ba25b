"""A solution's feasibility and lower bound, worked out again without the solver's code.

For prices ``r >= 0`` of the budget and ``y_v >= 0`` of the processors' caps put ``κ_v = r + y_v``.
For any numbers ``z`` and any feasible ``p``, ``a²/p >= 2az − z²p``, hence

    ``Σ a²/p >= Σ_vs [2az + min((κ_v − z²) l, (κ_v − z²) u)] − Σ_v y_v c_v − r m``,

a polynomial that is tight at ``z = a/p*``, ``p* = clip(a/√κ_v, l, u)``: it matters little how well
``p*`` is rounded. Sums are correctly rounded (``math.fsum``) and every term carries a few rounding
errors at most, so ``SLACK`` times the sum of absolute terms encloses the exact value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem
from roundlot.verify.verdict import Verdict

FloatArray = npt.NDArray[np.float64]
SLACK = 16.0 * np.finfo(np.float64).eps
OPTIMALITY = 1e-6
AGREEMENT = 1e-4
_CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Enclosure:
    """A number known to lie between ``low`` and ``high``."""

    low: float
    high: float


def check_certificate(solution: Any, *, discrepancy: float = OPTIMALITY) -> Verdict:
    """Verdict on "this design is feasible and within ``discrepancy`` of the best".

    Refuted if a constraint is violated by any amount, if the certificate claims a larger lower
    bound or a smaller gap than its own multipliers prove, or if the stated objective is not that of
    the probabilities. Inconclusive if all is in order but the multipliers prove less than
    ``discrepancy``. The comparison is exact up to ``1e-14`` relative, which is accounted for.

    Args:
        solution: a record with ``problem``, ``probabilities``, ``objective`` and ``certificate``
            (``lower_bound``, ``gap``, ``multipliers`` with ``level``, ``rows``, ``exponent``).
        discrepancy: the largest relative gap that counts as optimal.
    """
    problem, certificate = solution.problem, solution.certificate
    if not hasattr(certificate.multipliers, "level"):
        return _of_every_limit(solution, discrepancy)
    p = np.asarray(solution.probabilities, dtype=np.float64)
    complaints = feasibility_complaints(problem, p)
    bad_prices = _price_complaints(problem, certificate.multipliers)
    gap, objective, bound = math.inf, math.nan, math.nan
    if p.shape == problem.scores.shape and not bad_prices:
        exponent = common_exponent(problem, certificate.multipliers)
        cost = objective_enclosure(problem, p, exponent)
        proved = lower_bound_enclosure(problem, certificate.multipliers, exponent)
        gap = _gap(cost.high, proved.low)
        objective, bound = _units(cost.high, exponent), _units(proved.low, exponent)
        complaints += _claim_complaints(solution, cost, proved, exponent)
    complaints += bad_prices
    return _optimality(complaints, objective, bound, gap, discrepancy, p.size)


def _of_every_limit(solution: Any, discrepancy: float) -> Verdict:
    """The verdict where prices of every limit come with the solution: the certificate's own audit.

    It shares no code with the solver; see :mod:`roundlot.solvers.family_audit`.
    """
    certificate, p = solution.certificate, np.asarray(solution.probabilities)
    complaints = list(certificate.complaints())
    if not np.array_equal(p, certificate.probabilities):
        complaints.append("the certificate is of another design")
    objective, bound, gap = certificate.objective, certificate.lower_bound, certificate.gap
    return _optimality(complaints, objective, bound, gap, discrepancy, p.size)


def _optimality(
    complaints: list[str],
    objective: float,
    bound: float,
    gap: float,
    discrepancy: float,
    entries: int,
) -> Verdict:
    optimal = gap <= discrepancy
    return Verdict(
        claim="feasible and optimal",
        outcome="refuted" if complaints else "supported" if optimal else "inconclusive",
        estimate=objective,
        expected=bound,
        detectable=gap,
        false_alarm=0.0,
        miss=0.0,
        rounds=entries,
        statistic=float(len(complaints)),
        threshold=1.0,
        detail="; ".join(complaints) or f"objective against its lower bound; proved gap {gap:.2g}",
    )


def check_reference(solution: Any, reference: Any, *, discrepancy: float = AGREEMENT) -> Verdict:
    """Verdict on "two solutions of one problem cost the same", both recomputed here.

    The first must be feasible exactly and no worse than ``reference`` by ``discrepancy``; a
    reference that is cheaper by more refutes it, one that is dearer by more refutes the agreement.

    Args:
        solution, reference: records with ``problem`` and ``probabilities``.
        discrepancy: relative difference of the objectives that is tolerated; a cone solver that
            is repaired to exact feasibility is good to some 1e-5.

    Raises:
        InvalidProblemError: solutions of different problems.
    """
    problem = solution.problem
    if not np.array_equal(problem.scores, reference.problem.scores):
        raise InvalidProblemError("the two solutions are of different problems")
    exponent = common_exponent(problem)
    p, other = (np.asarray(s.probabilities, dtype=np.float64) for s in (solution, reference))
    complaints = feasibility_complaints(problem, p)
    mine = objective_enclosure(problem, p, exponent).high
    theirs = objective_enclosure(problem, other, exponent).high
    apart = abs(mine - theirs) / theirs if theirs > 0.0 else float(mine > 0.0)
    if not apart <= discrepancy:
        complaints.append(f"objectives differ by {apart:.3g} relative")
    return Verdict(
        claim="agrees with the reference solution",
        outcome="refuted" if complaints else "supported",
        estimate=_units(mine, exponent),
        expected=_units(theirs, exponent),
        detectable=discrepancy,
        false_alarm=0.0,
        miss=0.0,
        rounds=int(p.size),
        statistic=float(len(complaints)),
        threshold=1.0,
        detail="; ".join(complaints)
        or f"objectives {apart:.2g} apart, probabilities {np.abs(p - other).max():.2g}",
    )


def feasibility_complaints(problem: Problem, probabilities: FloatArray) -> list[str]:
    """Every kind of constraint that the float64 probabilities violate, as real numbers.

    ``math.fsum`` rounds correctly, so the sign of each excess is exact.
    """
    p = probabilities
    if p.shape != problem.scores.shape:
        return [f"probabilities have shape {p.shape}, scores {problem.scores.shape}"]
    if not np.isfinite(p).all():
        return ["a probability is NaN or infinite"]
    low, high = problem.bounds
    said = []
    for name, excess in (("below its floor", low - p), ("above its ceiling", p - high)):
        if (excess > 0.0).any():
            v, s = (int(i) for i in np.unravel_index(int(np.argmax(excess)), p.shape))
            said.append(f"p[{v}, {s}] = {p[v, s]:.17g} is {name} by {excess[v, s]:.3g}")
    over = _row_excess(p, problem.processor_cap)
    if over.size and over.max() > 0.0:
        worst = int(np.argmax(over))
        said.append(f"processor {worst} exceeds its cap by {over[worst]:.3g}")
    if not problem.is_plain:
        from roundlot.solvers.family_audit import family_infeasibilities

        said += family_infeasibilities(problem, p)
    total = _sum(np.append(p, -problem.budget))
    if total > 0.0:
        said.append(f"the budget is exceeded by {total:.3g}")
    return said


def lower_bound_enclosure(problem: Problem, multipliers: Any, exponent: int) -> Enclosure:
    """The Lagrangian bound that these prices prove, in units of ``4**exponent``."""
    a = _scores(problem, exponent)
    low, high = problem.bounds
    shift = int(multipliers.exponent) - exponent
    rows = np.ldexp(np.asarray(multipliers.rows, dtype=np.float64), shift)
    root = np.broadcast_to(rows[:, None], a.shape)
    level = float(np.ldexp(float(multipliers.level), shift))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        best = np.clip(np.where(root > 0.0, a / root, high), low, high)
        z = np.where(a > 0.0, a / np.where(best > 0.0, best, 1.0), 0.0)
        at = np.where(z > root, high, low)
        prices = (root[:, 0] - level) * (root[:, 0] + level) * problem.processor_cap
        terms = np.concatenate(
            [
                (2.0 * a * z).ravel(),
                (root * root * at).ravel(),
                -(z * (z * at)).ravel(),
                -prices,
                [-level * level * problem.budget],
            ]
        )
    return _enclose(terms)


def objective_enclosure(problem: Problem, probabilities: FloatArray, exponent: int) -> Enclosure:
    """``Σ λ a²/p`` in units of ``4**exponent``; infinite where ``p = 0 < a``."""
    a = _scores(problem, exponent)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        terms = np.where(a > 0.0, a * (a / probabilities), 0.0)
    return _enclose(terms.ravel())


def _enclose(terms: FloatArray) -> Enclosure:
    if not np.isfinite(terms).all():
        return Enclosure(low=-math.inf, high=math.inf)
    total = _sum(terms)
    slack = SLACK * float(np.abs(terms).sum())
    return Enclosure(low=total - slack, high=total + slack)


def _sum(terms: FloatArray) -> float:
    """The real sum, correctly rounded, without a list of everything at once."""
    parts = (terms[first : first + _CHUNK].tolist() for first in range(0, terms.size, _CHUNK))
    return math.fsum(chain.from_iterable(parts))


def _row_excess(p: FloatArray, cap: FloatArray) -> FloatArray:
    """Exact sign of ``Σ_s p_vs − c_v``; rows that are clearly below are not summed exactly."""
    excess = p.sum(axis=1) - cap
    for v in np.flatnonzero(excess > -1e-9 * cap):
        excess[v] = math.fsum([*p[v].tolist(), -float(cap[v])])
    return np.asarray(excess, dtype=np.float64)


def _price_complaints(problem: Problem, multipliers: Any) -> list[str]:
    rows = np.asarray(multipliers.rows, dtype=np.float64)
    level = float(multipliers.level)
    if rows.shape != (problem.n_processors,):
        return [f"multipliers have shape {rows.shape}, not one per processor"]
    if not (np.isfinite(rows).all() and math.isfinite(level) and level >= 0.0):
        return ["a multiplier is negative, NaN or infinite"]
    return ["the price of a processor's cap is negative"] if (rows < level).any() else []


def _claim_complaints(
    solution: Any, cost: Enclosure, proved: Enclosure, exponent: int
) -> list[str]:
    certificate = solution.certificate
    claimed = _scaled(certificate.lower_bound, exponent)
    said = []
    if not claimed <= proved.high:
        said.append(
            f"lower bound {certificate.lower_bound:.17g} is claimed, "
            f"{_units(proved.high, exponent):.17g} is proved"
        )
    least_gap = cost.low / proved.high - 1.0 if proved.high > 0.0 else 0.0
    if math.isfinite(least_gap) and not certificate.gap >= least_gap - 1e-15:
        said.append(f"gap {certificate.gap:.3g} is claimed, {least_gap:.3g} is proved")
    stated = float(solution.objective)
    if math.isfinite(cost.high) and 1e-290 < stated < math.inf:
        ratio = _scaled(stated, exponent) / cost.high if cost.high > 0.0 else math.inf
        if not abs(ratio - 1.0) <= 1e-9:
            said.append(f"objective {stated:.17g} is not that of the probabilities")
    return said


def _gap(high: float, low: float) -> float:
    if high == 0.0:
        return 0.0
    return max((high - low) / low, 0.0) if low > 0.0 and math.isfinite(high) else math.inf


def common_exponent(problem: Problem, multipliers: Any = None) -> int:
    """A power of two near the largest weighted score or root of a price: squares stay in range."""
    largest = float(problem.scores.max())
    tops = (
        [_power(largest) + _power(float(np.sqrt(problem.model_weights.max())))] if largest else []
    )
    if multipliers is not None:
        root = max(float(np.max(multipliers.rows)), float(multipliers.level))
        tops += [_power(root) + int(multipliers.exponent)] if root > 0.0 else []
    return max(tops, default=0)


def _scores(problem: Problem, exponent: int) -> FloatArray:
    """``√λ a / 2**exponent``, three rounding errors at most."""
    shift = _power(float(problem.scores.max()))
    mantissas = np.ldexp(problem.scores, -shift) * np.sqrt(problem.model_weights)
    return np.asarray(np.ldexp(mantissas, shift - exponent), dtype=np.float64)


def _power(value: float) -> int:
    return int(np.frexp(value)[1])


def _units(value: float, exponent: int) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.ldexp(value, 2 * exponent))


def _scaled(value: float, exponent: int) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.ldexp(value, -2 * exponent))
