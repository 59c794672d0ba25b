"""Probabilities, step size and local steps chosen together for the fewest certified rounds."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot import solvers
from roundlot.solvers.schemes.codesign_search import (
    Point,
    best_step,
    descend,
    evaluate,
    least_of,
    least_rounds,
    within,
)
from roundlot.solvers.schemes.codesign_task import Task, task_of
from roundlot.solvers.schemes.codesigned import Choice, Codesign
from roundlot.solvers.schemes.kinds import independent_kinds
from roundlot.solvers.schemes.rounds import RoundsCertificate, certify_rounds
from roundlot.solvers.schemes.scheme import briefly
from roundlot.solvers.schemes.steps_certificate import certify_steps
from roundlot.solvers.schemes.steps_search import StepsPoint, least_steps, priced
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError
from roundlot.theory.missing_numbers import names_missing

KINDS = 12  # of clients, at most, where whole rounds are certified
_SLACK = 1.02  # rounds that are certified beside those that were counted
_DIGITS = 4  # of the step size: short, so that proofs are
_TRIES = 4
_ALTERNATIONS = 2
_GAIN = 1e-3  # relative, for which it goes on
_HOPE = 2.0  # a start is not followed whose price is so many times the best so far
METHODS = ("rounds", "expected smoothness")
JOINT, LEAST, UNIFORM = "co-design", "least variance, then best step", "uniform, then best step"


@names_missing(
    {
        "problem": "a roundlot.Problem of one model, a row a client",
        "smoothness": "L of the clients, in F/x²",
        "strong_convexity": "μ > 0 of the clients, in F/x²",
        "initial": "‖x_0 − x*‖² at most, in x²",
        "target": "the squared distance to reach, in x²",
        "heterogeneity": "ζ², the weighted sum of squared client gradients, in F²/x²",
    }
)
def codesign(
    problem: Problem,
    *,
    smoothness: Any,
    strong_convexity: Any,
    initial: float,
    target: float,
    heterogeneity: Any,
    weights: Any = None,
    variance: Any = 0.0,
    local_steps: Any = (1, 2, 4, 8),
    price: str = "rounds",
    local_seconds: Any = 0.0,
    upload_seconds: Any = 0.0,
    draw_seconds: Any = 0.0,
    overhead: float = 0.0,
    method: str = "auto",
) -> Codesign:
    """Whom to draw how often, with which step and how many local steps, to a proved target.

    A round is one of federated averaging with independent draws, as in `certify_rounds`. The
    rounds that are certified to bring ``E‖x − x*‖²`` from ``initial`` to ``target``, or the
    seconds that they take, are made few over probabilities within the problem's limits, one step
    size for all, and the numbers of local steps given. The problem is not convex: the answer is a
    local optimum from several starts, never worse than the usual choices beside it.

    Args:
        problem: one model, a row a client. Its limits hold; its scores give "least variance".
        smoothness, strong_convexity: ``L > μ > 0``; one number or ``(V,)``.
        initial: ``‖x_0 − x*‖²`` at most.
        target: ``E‖x − x*‖²`` to reach, below ``initial``.
        heterogeneity: ``Σ w_i ‖∇f_i(x*)‖²`` at most; or ``(V,)``, ``‖∇f_i(x*)‖²`` of each.
        weights: ``(V,)``, ``w > 0`` in ``F = Σ w_i f_i``; those of the problem by default.
        variance: of a mini-batch gradient; one number or ``(V,)``.
        local_steps: ``K``, a number or several to try.
        price: "rounds" or "seconds".
        local_seconds, upload_seconds, draw_seconds: of a local step, an upload and a draw; one
            number or ``(V,)``. Clients work at the same time; draws are served one by one.
        overhead: seconds of every round.
        method: "rounds" certifies whole rounds by semidefinite programs, of up to 12 kinds of
            clients; "expected smoothness" is a closed form for one step a round and fleets of
            any size; "auto" takes the first where it can.

    Raises:
        AssumptionError: ``0 < μ < L`` fails for a client.
        InfeasibleError: no step size was found with which the target is proved; or the limits
            cannot be met.
        InvalidProblemError: another number out of range.
        ConvergenceError: a proof did not survive rounding.
    """
    task = task_of(
        problem,
        weights=weights,
        smoothness=smoothness,
        strong_convexity=strong_convexity,
        variance=variance,
        heterogeneity=heterogeneity,
        initial=initial,
        target=target,
        local_steps=local_steps,
        price=price,
        local_seconds=local_seconds,
        upload_seconds=upload_seconds,
        draw_seconds=draw_seconds,
        overhead=overhead,
    )
    if _wants_rounds(task, method):
        return _of_rounds(task)
    return _of_steps(task)


def _wants_rounds(task: Task, method: object) -> bool:
    kinds, words = len(task.firsts), ("auto", *METHODS)
    if not isinstance(method, str) or method not in words:
        raise InvalidProblemError(f"method is {briefly(method)}; give one of {', '.join(words)}")
    if method == METHODS[0] and kinds > KINDS:
        raise InvalidProblemError(
            f"there are {kinds} kinds of clients; whole rounds are certified of {KINDS} at most: "
            "give clients that differ little the same numbers, or method='expected smoothness'"
        )
    return method == METHODS[0] or (method == "auto" and kinds <= KINDS)


def _of_rounds(task: Task) -> Codesign:
    starts = {name: _ladder(task, p) for name, p in _usual(task).items()}
    reached = {name: min(points, key=_price) for name, points in starts.items()}
    others = {name: point for name, point in reached.items() if math.isfinite(point.price)}
    if not others:
        raise _unreached()
    best = min(others.values(), key=_price)
    first = {point.local_steps: point for point in _columns(starts)}
    for point in sorted(first.values(), key=_price):  # every number of local steps that may win
        if point.price <= _HOPE * best.price:
            best = min(best, _improved(task, point), key=_price)
    for ladder in starts.values():  # from the other starts, at the best number of local steps
        for point in ladder:
            fresh = point is not first.get(point.local_steps)
            if fresh and point.local_steps == best.local_steps and math.isfinite(point.price):
                best = min(best, _improved(task, point), key=_price)
    named = {JOINT: best, **{name: _stepped(task, one, best) for name, one in others.items()}}
    choices = {name: _certified(task, name, point) for name, point in named.items()}
    return _of_choices(task, choices, METHODS[0], best)


def _of_steps(task: Task) -> Codesign:
    """One step a round, which has to be among the numbers of local steps given to try."""
    if 1 not in task.local_steps:
        raise InvalidProblemError(
            f"local_steps has no 1, and expected smoothness proves rounds of one step: add 1, or "
            f"certify whole rounds, of up to {KINDS} kinds of clients ({len(task.firsts)} here)"
        )
    n = len(task.weights)
    low, high = task.bounds
    least = np.clip(
        solvers.solve(task.problem).probabilities[:, 0], np.maximum(low, 1e-6 * high), high
    )
    usual = {
        LEAST: solvers.lowered(task.problem, least[:, None])[:, 0],
        UNIFORM: solvers.solve(task.problem.with_scores(np.ones((n, 1)))).probabilities[:, 0],
    }
    best = least_steps(task, list(usual.values()))
    points = {JOINT: best, **{name: priced(task, p) for name, p in usual.items()}}
    choices = {name: _choice_of_steps(task, name, point) for name, point in points.items()}
    reached = {name: one for name, one in choices.items() if one is not None}
    if JOINT not in reached:
        raise _unreached()
    return _of_choices(task, reached, METHODS[1], None)


def _choice_of_steps(task: Task, name: str, point: StepsPoint) -> Choice | None:
    if not math.isfinite(point.rounds):
        return None
    certificate = certify_steps(task, point)
    return Choice(
        name=name,
        probabilities=point.probabilities,
        step=float(certificate.claim.step),
        local_steps=1,
        rounds=certificate.claim.rounds,
        round_seconds=task.seconds.of(point.probabilities, 1)[0],
        certificate=certificate,
    )


def _unreached() -> InfeasibleError:
    return InfeasibleError(
        "no step size was found with which the target is proved; raise the target or the budget"
    )


def _of_choices(
    task: Task, choices: dict[str, Choice], method: str, best: Point | None
) -> Codesign:
    """The cheapest choice by its own name, for a usual one may win by a whole round."""

    def cost(one: Choice) -> float:
        return one.rounds if task.price == "rounds" else one.seconds

    chosen = min(choices.values(), key=cost)
    return Codesign(
        best=chosen,
        others=tuple(one for one in choices.values() if one is not chosen),
        price=task.price,
        target=task.target,
        method=method,
        lower_bound=None if best is None else _lower_bound(task, best, chosen),
        clients=tuple(task.problem.names.plain_rows(task.problem.n_processors)),
    )


def _lower_bound(task: Task, point: Point, chosen: Choice) -> int | None:
    """At the step of the choice; the tangents may touch at any probabilities."""
    if chosen.local_steps != point.local_steps:
        return None
    try:
        return least_rounds(task, point, chosen.step)
    except ConvergenceError:
        return None


def _price(point: Point) -> float:
    return point.price


def _usual(task: Task) -> dict[str, FloatArray]:
    """Probabilities ``(kinds,)`` that do not look at the step, and another start."""
    n = len(task.weights)
    least = task.per_kind(solvers.solve(task.problem).probabilities[:, 0])
    low, high = (task.per_kind(bound) for bound in task.bounds)
    least = within(task, np.clip(np.maximum(least, 1e-6 * high), low, high))
    return {LEAST: least, UNIFORM: least_of(task, np.ones(n))}


def _ladder(task: Task, probabilities: FloatArray) -> list[Point]:
    """The best step for every number of local steps."""
    found: list[Point] = []
    guess = 1.0 / float(task.smoothness.max())
    for count in task.local_steps:
        point = best_step(task, probabilities, count, guess / math.sqrt(count))
        found.append(point)
    return found


def _columns(starts: dict[str, list[Point]]) -> list[Point]:
    """By the number of local steps: the best start."""
    found = [min(points, key=_price) for points in zip(*starts.values(), strict=True)]
    return [point for point in found if math.isfinite(point.price)]


def _improved(task: Task, start: Point) -> Point:
    """Step and probabilities together, then in turns: the step has kinks that stop the first."""
    best = descend(task, start)
    for _ in range(_ALTERNATIONS):
        before = best.price
        stepped = best_step(task, best.probabilities, best.local_steps, best.step)
        best = min(best, stepped, key=_price)
        best = min(best, descend(task, best), key=_price)
        if best.price >= before * (1.0 - _GAIN):
            break
    return best


def _stepped(task: Task, point: Point, best: Point) -> Point:
    """With the step of the best, if that is better: so nothing that is gained is a step's."""
    if point.local_steps != best.local_steps:
        return point
    return min(point, evaluate(task, point.probabilities, best.step, best.local_steps), key=_price)


def _certified(task: Task, name: str, point: Point) -> Choice:
    step = Fraction(f"{point.step:.{_DIGITS}g}")
    certificate = _proof(task, point, step)
    p = point.probabilities[task.labels]
    seconds, _ = task.seconds.of(p, point.local_steps)
    return Choice(
        name=name,
        probabilities=p,
        step=float(step),
        local_steps=point.local_steps,
        rounds=len(certificate.claim.uses),
        round_seconds=seconds,
        certificate=certificate,
    )


def _proof(task: Task, point: Point, step: Fraction) -> RoundsCertificate:
    """The fewest rounds that are certified to reach the target."""
    kinds = task.kinds
    scheme = independent_kinds(
        task.counts.tolist(), kinds.weights.tolist(), point.probabilities.tolist()
    )
    rounds = math.ceil(point.rounds * _SLACK) + 1
    for _ in range(_TRIES):
        found = certify_rounds(
            scheme,
            smoothness=kinds.smoothness,
            strong_convexity=kinds.strong_convexity,
            variance=kinds.variance,
            local_steps=point.local_steps,
            step=step,
            rounds=rounds,
            initial=task.initial,
            heterogeneity=task.heterogeneity,
        )
        try:
            return found.shortened(found.rounds_to(task.target))
        except InfeasibleError:
            rounds = math.ceil(1.1 * rounds) + 1
    raise InfeasibleError(
        f"after {rounds} rounds the target {task.target:g} is not proved; raise the target"
    )
