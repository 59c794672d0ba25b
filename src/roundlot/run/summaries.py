"""From the records of solvers and fleets to those that a result stores."""

from __future__ import annotations

import math

import numpy as np

from roundlot.fleet import Fleet, describe
from roundlot.run.parts import FleetSummary, ReferenceSummary, SolutionSummary
from roundlot.solvers import Solution
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
