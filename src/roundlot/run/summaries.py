"""From the records of solvers and fleets to those that a result stores, and why in words."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.fleet import Fleet, describe
from roundlot.run.records import FleetSummary, ReferenceSummary, SolutionSummary
from roundlot.solvers import Solution
from roundlot.theory.arrays import FloatArray
from roundlot.theory.problem import Problem
from roundlot.verify.exact.judgement import judge_solution


def fleet_summary(fleet: Fleet) -> FleetSummary:
    """A fleet in a few numbers."""
    facts = describe(fleet)
    return FleetSummary(
        n_clients=facts.n_clients,
        n_processors=facts.n_processors,
        models=facts.models,
        availability=np.array(facts.clients_per_model) / facts.n_clients,
        samples=np.array(facts.samples_per_model, dtype=np.int64),
        processors={str(count): n for count, n in facts.processors_per_client.items()},
        speed=facts.speed or (),
        link=facts.link or (),
    )


def solution_summary(solution: Solution) -> SolutionSummary:
    """What the solver found, and whether the judge of certificates proves it."""
    certificate = solution.certificate
    return SolutionSummary(
        method=solution.method,
        budget=solution.problem.budget,
        objective=solution.objective,
        variance=solution.variance,
        model_variance=solution.model_variance,
        lower_bound=certificate.lower_bound,
        gap=certificate.gap,
        rigorous=judge_solution(solution).proved,
        seconds=solution.seconds,
        price=price(solution),
        level=water_level(solution),
        notes=solution.notes,
    )


def reference_summary(solution: Solution, reference: Solution) -> ReferenceSummary:
    """The independent solver's answer; the difference is of the objectives, relative."""
    scale = abs(solution.objective) or 1.0
    return ReferenceSummary(
        method=reference.method,
        objective=reference.objective,
        difference=(reference.objective - solution.objective) / scale,
        seconds=reference.seconds,
    )


def price(solution: Solution) -> float | None:
    """What one more expected draw would save of the objective; None for other objectives."""
    return solution.price if solution.is_priced else None


def water_level(solution: Solution) -> float | None:
    """The ``t`` of ``q_v = min(c_v, t M_v)``; None where the optimum has another form."""
    level, problem = solution.threshold, solution.problem
    plain = not problem.floor.any() and bool(
        (problem.ceiling >= problem.processor_cap[:, None]).all()
    )
    return level if level is not None and plain and math.isfinite(level) else None


def processor_reasons(
    problem: Problem, probabilities: npt.ArrayLike, *, level: float | None = None
) -> tuple[str, ...]:
    """One phrase per processor ``(V,)``: at its cap, at the floor, free, or without a score.

    Who is free but for a cap of its client or group is told so.

    ``level`` is the ``t`` of ``q_v = min(c_v, t M_v)``; with it, a processor at its cap says how
    much it wants. Totals within 1e-9 of a limit count as being there.
    """
    table = np.asarray(probabilities, dtype=np.float64)
    totals, scores = table.sum(axis=1), problem.weighted_scores.sum(axis=1)
    floors = problem.bounds[0].sum(axis=1)
    shared = _shared(problem, totals)
    return tuple(
        f"its {shared[v]} is at its cap" if reason == "free" and v in shared else reason
        for v, reason in enumerate(
            _reason(*row, level)
            for row in zip(totals, scores, problem.processor_cap, floors, strict=True)
        )
    )


def _shared(problem: Problem, totals: FloatArray) -> dict[int, str]:
    """Whose client or group is at its cap, and which of them; the finest if several are."""
    found: dict[int, str] = {}
    for name, label, caps in reversed(problem.levels):
        full = np.bincount(label, weights=totals, minlength=caps.size) >= caps * (1.0 - 1e-9)
        found |= dict.fromkeys(np.flatnonzero(full[label]).tolist(), name)
    return found


def _reason(total: float, score: float, cap: float, floor: float, level: float | None) -> str:
    if score == 0.0:
        return "floor, no score" if floor > 0.0 else "no score"
    if total >= cap * (1.0 - 1e-9):
        wants = "" if level is None else f": wants {level * score:.4g}, gets {total:.4g}"
        return f"at its cap{wants}"
    if floor > 0.0 and total <= floor * (1.0 + 1e-9):
        return "at the floor"
    return "free"
