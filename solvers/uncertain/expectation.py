"""The problem in what is expected before it is known who is online, or which round it is.

Row ``v`` comes into play with chance ``α_v``, and is then drawn with probabilities ``p``. In
``P = α p``, its chances of being drawn at all, objective and limits keep their form: ``Σ a²/(α p) =
Σ a²/P``, expected sums are sums of ``P``, and limits that hold whenever the row is in play become
``α`` times as tight. So every limit, solver and certificate of a `Problem` serves here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roundlot.solvers.central.floors import fitter
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.proof.accepted import LOOSEN
from roundlot.solvers.proof.certificate import Certificate, certify
from roundlot.solvers.solution import Solution
from roundlot.solvers.uncertain.equations import met_exactly
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.certificates.part import Part

ROUNDED = 1.0 - 2.0**-52  # of a quotient: below the real one, whichever way it was rounded
LESS = (2.0**-50, 2.0**-46, 2.0**-40, 1.0)  # parts of what is above floors, to give up
HARDLY = 2.0**-50  # of a floor: what is above it by less is rounding
RAISED = 1.0 + 2.0**-49  # of floors of sums whose probabilities are rounded so


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """A problem in ``P``, solved, and both of its readings: what is given and what is expected.

    Attributes:
        problem: whose processors' and clients' caps, floors and ceilings hold whenever a row is in
            play, and whose other limits hold on expected sums.
        chance: ``(V,)``, ``α``.
        factor: ``(V,)``: a row's score counts ``factor`` times.
        solution: in ``P``, of limits rounded inwards.
        certificate: its bound is of limits and scores rounded outwards: it holds for the real ones.
        probabilities: ``(V, S)``, ``p``, given that the row is in play.
        sure: whether limits were rounded inwards, so that ``probabilities`` keep the real ones.
    """

    problem: Problem = field(repr=False)
    chance: FloatArray = field(repr=False)
    factor: FloatArray = field(repr=False)
    solution: Solution = field(repr=False)
    certificate: Certificate = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    sure: bool = True

    @property
    def objective(self) -> float:
        """``Σ λ (factor a)²/(α p)``, rounded up."""
        wanted = self.problem.scores > 0.0
        counted = np.broadcast_to(self.factor[:, None], wanted.shape)[wanted]
        weights = np.broadcast_to(self.problem.model_weights, wanted.shape)[wanted]
        a = self.problem.scores[wanted] * counted
        drawn = (self.probabilities * self.chance[:, None])[wanted]
        with np.errstate(over="ignore", under="ignore", divide="ignore"):
            terms = a / drawn * a * weights
        if not np.isfinite(terms).all():
            return math.inf
        try:
            return math.fsum(terms.tolist()) * (1.0 + 2.0**-49)
        except OverflowError:
            return math.inf


def expected(
    problem: Problem,
    chance: FloatArray,
    factor: FloatArray,
    outer: Problem | None = None,
    *,
    judged: bool = False,
) -> Expected:
    """Solve a problem whose rows come into play with chances ``(V,)`` in ``(0, 1]``.

    ``outer`` has the expected limits for the bound, where those of ``problem`` are rounded inwards.
    ``judged`` says that the answer is brought within the real limits where it is not ``sure``.

    Raises:
        InvalidProblemError: a client with a cap whose processors have different chances.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the dual could not be maximised.
    """
    wide = _scaled(outer or problem, chance, factor, inwards=False)
    narrow = _scaled(problem, chance, factor, inwards=True)
    judged = judged or bool(problem.sum_floors())
    solution, p, sure = _solved(problem, wide, chance, narrow, judged)
    return Expected(
        problem=problem,
        chance=chance,
        factor=factor,
        solution=solution,
        certificate=certify(wide, solution.probabilities, solution.multipliers),
        probabilities=read_only(p),
        sure=sure,
    )


def _solved(
    problem: Problem, wide: Problem, chance: FloatArray, narrow: Problem, judged: bool
) -> tuple[Solution, FloatArray, bool]:
    """In ``P``, ``p``, and whether it is sure of its limits.

    Where rounding leaves nothing inside limits rounded inwards, they are rounded outwards.
    Such probabilities are not within the limits for certain: who asks has them judged.
    """
    floor, ceiling = problem.bounds
    exact = (np.frexp(chance)[0] == 0.5)[:, None]

    def given_in_play(solution: Solution) -> FloatArray:
        with np.errstate(under="ignore"):
            p = solution.probabilities / chance[:, None]
        return np.maximum(np.where(exact, p, p * ROUNDED), floor)

    if not judged or exact.all():
        solution = solve_sum(narrow)
        return solution, given_in_play(solution), True
    try:
        solution = solve_sum(narrow)
        return solution, given_in_play(solution), True
    except (InfeasibleError, ConvergenceError):
        solution = solve_sum(wide)  # if this is infeasible, too, then so is the problem
        with np.errstate(under="ignore"):
            p = solution.probabilities / chance[:, None]
        return solution, np.clip(p, floor, ceiling), False


def kept(part: Part, own: Problem) -> FloatArray:
    """``(V, S)``, the part's probabilities, within its limits to the last bit.

    Args:
        part: whose probabilities rounding may have carried outside a limit.
        own: the same problem with those limits only that hold for rows in play.

    Raises:
        ConvergenceError: naming a limit that leaves no room for rounding.
    """
    if next(part.exceeded(), None) is None:
        return part.probabilities
    inside = replace(part, probabilities=fitter(own)(part.probabilities))
    broken = next(inside.exceeded(), None)
    floor, p = own.bounds[0], inside.probabilities
    for share in LESS if broken is not None else ():
        less = np.where(p - floor <= HARDLY * floor, floor, floor + (p - floor) * (1.0 - share))
        lower = replace(part, probabilities=np.minimum(p, less))
        if next(lower.exceeded(), None) is None:
            return read_only(lower.probabilities)
    exact = met_exactly(inside) if broken is not None else None
    if exact is not None:
        return exact.probabilities
    if broken is not None:
        raise ConvergenceError(f"limits leave no room for rounding: {broken}; {LOOSEN}")
    return read_only(inside.probabilities)


def _scaled(problem: Problem, chance: FloatArray, factor: FloatArray, *, inwards: bool) -> Problem:
    """The problem in ``P``, limits rounded inwards or outwards."""
    rows = chance[:, None]
    low, high = (np.inf, -np.inf) if inwards else (-np.inf, np.inf)
    put: dict[str, Any] = {
        "scores": _times(problem.scores, factor[:, None], -np.inf),
        "processor_cap": _times(problem.processor_cap, chance, high),
        "floor": _times(problem.floor, rows, low),
        "ceiling": _times(problem.ceiling, rows, high),
    }
    if problem.client is not None:
        of_client = _of_clients(problem, chance)
        if problem.client_cap is not None:
            put["client_cap"] = _times(problem.client_cap, of_client, high)
        if problem.client_floor is not None:
            put["client_floor"] = _times(problem.client_floor, of_client, low)
    return (
        _raised(changed(problem, **put)) if inwards and _rounds(chance) else changed(problem, **put)
    )


def _rounds(chance: FloatArray) -> bool:
    """Whether dividing by the chances may round."""
    return bool((np.frexp(chance)[0] != 0.5).any())


def _raised(problem: Problem) -> Problem:
    """With floors of sums above the real ones, and ceilings below, by what ``ROUNDED`` takes."""
    put: dict[str, Any] = {"group_floors": tuple(x * RAISED for x in problem.group_floors)}
    ceilings = problem.model_variance_ceilings
    if ceilings is not None:  # quotients that are rounded down have larger variances
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            allowed = ceilings + np.square(problem.scores).sum(axis=0)
            lower = np.maximum(ceilings - LESS[0] * allowed, 0.5 * ceilings)
        put["model_variance_ceilings"] = np.where(np.isinf(ceilings), np.inf, lower)
    for name in ("client_floor", "model_floors"):
        if getattr(problem, name) is not None:
            put[name] = getattr(problem, name) * RAISED
    return changed(problem, **put)


def _of_clients(problem: Problem, chance: FloatArray) -> FloatArray:
    """``(N,)``, the chance of each client with limits: the same for all of its processors."""
    assert problem.client is not None
    limits = [x.size for x in (problem.client_cap, problem.client_floor) if x is not None]
    of_client = np.ones(max(limits, default=0))
    if not of_client.size:
        return of_client
    of_client[problem.client] = chance
    differ = np.flatnonzero(of_client[problem.client] != chance)
    if differ.size:
        raise InvalidProblemError(
            f"{problem.names.row(int(differ[0]))} has another chance than the other processors of "
            "its client; with client_cap or client_floor give a client one chance"
        )
    return of_client


def _times(values: FloatArray, chance: FloatArray, towards: float) -> FloatArray:
    """The product, one ulp towards ``towards`` where it may have been rounded; never below 0."""
    with np.errstate(under="ignore"):
        product = values * chance
        exact = (np.frexp(chance)[0] == 0.5) & (product >= 2.0**-1000) | (product == 0.0)
        return np.asarray(np.where(exact, product, np.nextafter(product, towards)))
