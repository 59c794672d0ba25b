"""The problem in what is expected before it is known who is online, or which round it is.

Row ``v`` comes into play with chance ``α_v``, and is then drawn with probabilities ``p``. In
``P = α p``, its chances of being drawn at all, objective and limits keep their form: ``Σ a²/(α p) =
Σ a²/P``, expected sums are sums of ``P``, and limits that hold whenever the row is in play become
``α`` times as tight. So every limit, solver and certificate of a `Problem` serves here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.proof.certificate import Certificate, certify
from roundlot.solvers.solution import Solution
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only, same
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.problem import Structure

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

    def complaints(self, problem: Problem) -> Iterator[str]:
        """Why the bound would not be one for ``problem``: its judge, and rounding in fractions."""
        wide = self.certificate.problem
        own = ("scores", "processor_cap", "floor", "ceiling", "client_cap")
        if wide != changed(problem, **{name: getattr(wide, name) for name in own}):
            yield "the bound is that of another problem"
            return
        if not same(self.problem.scores, problem.scores):
            yield "the scores are not those of the problem"
        found = self.certificate.findings()
        yield from (*found.complaints, *found.undecided)
        yield from self._narrow(problem)

    def _narrow(self, one: Problem) -> Iterator[str]:
        """Where the problem of the bound would not contain the real one."""
        wide = self.certificate.problem
        if one.client is not None and one.client_cap is not None and wide.client_cap is not None:
            of_client = dict(zip(one.client.tolist(), self.chance.tolist(), strict=True))
            for client, chance in of_client.items():
                real = Fraction(chance) * Fraction(float(one.client_cap[client]))
                if Fraction(float(wide.client_cap[client])) < real:
                    yield "a client's cap of the bound is tighter than the real one"
                    return
        rows = [Fraction(a) for a in self.chance.tolist()]
        for given, wider, most in (
            (one.processor_cap[:, None], wide.processor_cap[:, None], True),
            (one.floor, wide.floor, False),
            (one.ceiling, wide.ceiling, True),
        ):
            for row, value, other in zip(rows, given, wider, strict=True):
                for x, y in zip(value.tolist(), other.tolist(), strict=True):
                    real = row * Fraction(x)
                    if (Fraction(y) < real) if most else (Fraction(y) > real):
                        yield "a limit of the bound is tighter than the real one"
                        return
        for f, value, other in zip(self.factor.tolist(), one.scores, wide.scores, strict=True):
            for x, y in zip(value.tolist(), other.tolist(), strict=True):
                if Fraction(y) > Fraction(f) * Fraction(x):
                    yield "a score of the bound is above the real one"
                    return


def exceeded(problem: Problem, probabilities: FloatArray, chance: FloatArray) -> Iterator[str]:
    """Limits that ``p`` breaks: those in play at once, all others in expectation; exactly."""
    yield from infeasibilities(_in_play(problem), probabilities)
    share = [Fraction(a) for a in chance.tolist()]
    for limit in problem.sum_limits():
        if limit.structure is Structure.PROCESSORS or limit.name == "client":
            continue
        for row in range(limit.size):
            v, s, weight = limit.entries(row)
            pairs = zip(v.tolist(), s.tolist(), weight.tolist(), strict=True)
            spent = sum(
                (
                    share[i] * Fraction(w) * Fraction(float(probabilities[i, k]))
                    for i, k, w in pairs
                ),
                Fraction(0),
            )
            if spent > Fraction(float(limit.bound[row])):
                yield f"{limit.title(row)} is above its {limit.word} in expectation"


def second_moment(
    problem: Problem, probabilities: FloatArray, chance: FloatArray, factor: FloatArray
) -> Fraction | None:
    """``Σ λ (factor a)²/(α p)``, exactly; None where a positive score is never drawn."""
    total = Fraction(0)
    weights = [Fraction(x) for x in problem.model_weights.tolist()]
    for v, s in np.argwhere(problem.scores > 0.0).tolist():
        drawn = Fraction(float(probabilities[v, s])) * Fraction(float(chance[v]))
        if drawn <= 0:
            return None
        score = Fraction(float(problem.scores[v, s])) * Fraction(float(factor[v]))
        total += weights[s] * score * score / drawn
    return total


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


def _in_play(problem: Problem) -> Problem:
    """The limits that hold whenever a row is in play: the others are on expected sums."""
    kept = problem.client_cap is not None
    bare = problem.plain()
    if kept:
        bare = changed(bare, client=problem.client, client_cap=problem.client_cap)
    return changed(bare, budget=float(np.finfo(np.float64).max))
