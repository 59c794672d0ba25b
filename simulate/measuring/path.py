"""A run's points, what is measured at them, and the constants that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.measuring.objective import Objective
from roundlot.simulate.processes.group import Processes
from roundlot.simulate.runs.run import Progress, silent
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.run import FederatedRun
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.estimates.extremes import extreme_eigenvalues
from roundlot.theory.estimates.path import PathRecord, path_constants
from roundlot.theory.estimates.record import Constants
from roundlot.theory.intervals import ConfidenceInterval


@dataclass(frozen=True, kw_only=True)
class MeasuringPlan:
    """How much is measured, and how surely.

    Attributes:
        points: how many models of the run, evenly spread over its rounds, the first and the last
            among them.
        steps: of Lanczos' method for each Hessian; as many as there are parameters are exact, 0
            measures no curvature.
        clients: whether the curvature of every client is measured, too.
        confidence: of each constant, all points and clients at once.
        participation: the probability with which the variance of a step draws each client.
        seed: of the starts of Lanczos' method.

    Raises:
        InvalidProblemError: a value out of its range.
    """

    points: int = 8
    steps: int = 40
    clients: bool = True
    confidence: float = 0.95
    participation: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_count(self.points, "points", 2)
        check_count(self.steps, "steps", 0)
        if not 0.0 < self.confidence < 1.0:
            raise InvalidProblemError(f"confidence is {self.confidence:g}; give a number in (0, 1)")
        if not 0.0 < self.participation <= 1.0:
            raise InvalidProblemError(
                f"participation is {self.participation:g}; give a probability above 0, at most 1"
            )


def record_points(
    federation: Federation,
    method: Method,
    *,
    rounds: int,
    plans: Sequence[LocalPlan],
    budget: float,
    model: int = 0,
    points: int = 8,
    seed: int = 0,
    design: str = "independent",
    server_learning_rate: float = 1.0,
    restart: bool = True,
    progress: Progress = silent,
) -> tuple[tuple[int, ...], FloatArray]:
    """Train, and keep the parameters ``(T, dim)`` of one model after some of the rounds.

    The run is that of `roundlot.simulate.training.train` with the same arguments.

    Raises:
        TrainingError: a loss or a parameter that is not finite.
        InvalidProblemError: an argument out of its range.
    """
    check_count(rounds, "rounds", 1)
    if not 0 <= model < federation.n_models:
        raise InvalidProblemError(
            f"model is {model}; the federation has models 0 to {federation.n_models - 1}"
        )
    kept = np.unique(np.round(np.linspace(0, rounds, min(points, rounds + 1))).astype(np.int64))
    with Processes(1) as crew, single_thread():
        run = FederatedRun.of(
            federation,
            method,
            plans=tuple(plans),
            budget=budget,
            seed=seed,
            design=design,
            device="cpu",
            kind="auto",
            chunk=None,
            processes=crew,
            evaluate_every=rounds,
            server_learning_rate=server_learning_rate,
            measure=False,
            restart=restart,
            precision="float32",
        )
        run.begin()
        rows = []
        for index in range(rounds + 1):
            progress("train", index, rounds)
            if index in kept:
                rows.append(run.state.parameters[model].double().cpu().numpy())
            if index < rounds:
                run.step()
    return tuple(kept.tolist()), np.stack(rows)


def measure_path(
    objective: Objective,
    points: FloatArray,
    plan: MeasuringPlan,
    *,
    rounds: Sequence[int] = (),
    progress: Progress = silent,
) -> PathRecord:
    """Values, gradients, noise and curvature at the points ``(T, dim)`` of a run."""
    total, values, gradients, noise = len(points), [], [], []
    curvature: list[tuple[ConfidenceInterval, ConfidenceInterval]] = []
    of_clients: list[tuple[tuple[ConfidenceInterval, ConfidenceInterval], ...]] = []
    with single_thread():
        for t, point in enumerate(points):
            progress("measure", t, total)
            values.append(float(objective.weights @ objective.values(point)))
            gradients.append(objective.gradients(point))
            noise.append(objective.noise(point))
            if plan.steps:
                curvature.append(
                    _curvature(objective, point, objective.weights, plan, 2 * total, t)
                )
            if plan.steps and plan.clients:
                of_clients.append(_client_curvature(objective, point, plan, total, t))
        progress("measure", total, total)
    return PathRecord(
        weights=objective.weights,
        points=np.asarray(points, dtype=np.float64),
        values=np.array(values),
        gradients=np.stack(gradients),
        noise=np.stack(noise),
        curvature=tuple(curvature),
        client_curvature=tuple(of_clients),
        floor=objective.floor,
        rounds=tuple(rounds),
    )


def measure_constants(
    objective: Objective,
    points: FloatArray,
    plan: MeasuringPlan | None = None,
    *,
    rounds: Sequence[int] = (),
    progress: Progress = silent,
) -> Constants:
    """The constants of a task along a run, measured at some of its points ``(T, dim)``."""
    chosen = plan or MeasuringPlan()
    record = measure_path(objective, points, chosen, rounds=rounds, progress=progress)
    return path_constants(record, participation=chosen.participation)


def _curvature(
    objective: Objective,
    point: FloatArray,
    shares: FloatArray,
    plan: MeasuringPlan,
    parts: int,
    place: int,
) -> tuple[ConfidenceInterval, ConfidenceInterval]:
    """Both extreme eigenvalues; the errors of ``parts`` intervals together are the plan's."""
    return extreme_eigenvalues(
        objective.product(point, shares),
        objective.dimension,
        steps=plan.steps,
        confidence=1.0 - (1.0 - plan.confidence) / parts,
        seed=plan.seed + place,
    )


def _client_curvature(
    objective: Objective, point: FloatArray, plan: MeasuringPlan, points: int, place: int
) -> tuple[tuple[ConfidenceInterval, ConfidenceInterval], ...]:
    n = len(objective.clients)
    return tuple(
        _curvature(objective, point, row, plan, 2 * points * n, points + place * n + i)
        for i, row in enumerate(np.eye(n))
    )
