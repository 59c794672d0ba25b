"""The problem in what is expected before it is known who is online, or which round it is.

Row ``v`` comes into play with chance ``α_v``, and is then drawn with probabilities ``p``. In
``P = α p``, its chances of being drawn at all, objective and limits keep their form: ``Σ a²/(α p) =
Σ a²/P``, expected sums are sums of ``P``, and limits that hold whenever the row is in play become
``α`` times as tight. So every limit, solver and certificate of a `Problem` serves here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.proof.certificate import Certificate, certify
from roundlot.solvers.solution import Solution
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only

ROUNDED = 1.0 - 2.0**-52  # of a quotient: below the real one, whichever way it was rounded


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
    """

    problem: Problem = field(repr=False)
    chance: FloatArray = field(repr=False)
    factor: FloatArray = field(repr=False)
    solution: Solution = field(repr=False)
    certificate: Certificate = field(repr=False)
    probabilities: FloatArray = field(repr=False)

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
    problem: Problem, chance: FloatArray, factor: FloatArray, outer: Problem | None = None
) -> Expected:
    """Solve a problem whose rows come into play with chances ``(V,)`` in ``(0, 1]``.

    ``outer`` has the expected limits for the bound, where those of ``problem`` are rounded inwards.

    Raises:
        InvalidProblemError: a client with a cap whose processors have different chances.
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the dual could not be maximised.
    """
    solution = solve_sum(_scaled(problem, chance, factor, inwards=True))
    wide = _scaled(outer or problem, chance, factor, inwards=False)
    with np.errstate(under="ignore"):
        p = solution.probabilities / chance[:, None]
    exact = np.frexp(chance)[0] == 0.5
    p = np.where(exact[:, None], p, p * ROUNDED)
    return Expected(
        problem=problem,
        chance=chance,
        factor=factor,
        solution=solution,
        certificate=certify(wide, solution.probabilities, solution.multipliers),
        probabilities=read_only(np.maximum(p, problem.bounds[0])),
    )


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
    if problem.client is not None and problem.client_cap is not None:
        put["client_cap"] = _times(problem.client_cap, _of_clients(problem, chance), high)
    return changed(problem, **put)


def _of_clients(problem: Problem, chance: FloatArray) -> FloatArray:
    """``(N,)``, the chance of each client: the same for all of its processors."""
    assert problem.client is not None
    assert problem.client_cap is not None
    of_client = np.ones(problem.client_cap.size)
    of_client[problem.client] = chance
    differ = np.flatnonzero(of_client[problem.client] != chance)
    if differ.size:
        raise InvalidProblemError(
            f"{problem.names.row(int(differ[0]))} has another chance than the other processors of "
            "its client; with client_cap give a client one chance"
        )
    return of_client


def _times(values: FloatArray, chance: FloatArray, towards: float) -> FloatArray:
    """The product, one ulp towards ``towards`` where it may have been rounded; never below 0."""
    with np.errstate(under="ignore"):
        product = values * chance
        exact = (np.frexp(chance)[0] == 0.5) & (product >= 2.0**-1000) | (product == 0.0)
        return np.asarray(np.where(exact, product, np.nextafter(product, towards)))
