"""Points of a run are those of training itself; constants of quadratics come out of one."""

import numpy as np
import pytest

from roundlot.simulate import tasks
from roundlot.simulate.measuring import MeasuringPlan, Objective, measure_constants, record_points
from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import Federation, LocalPlan, train
from roundlot.theory import InvalidProblemError

PLAN = LocalPlan(epochs=1, batch_size=4, learning_rate=0.05)


MADE = tasks.quadratics(n_clients=4, samples=60, dimension=3, seed=0)


def federation() -> Federation:
    return Federation(tasks=MADE.tasks)


def test_points_are_those_of_training() -> None:
    fleet = federation()
    rounds, points = record_points(
        fleet, Random(), rounds=6, plans=(PLAN,), budget=2, points=4, seed=3
    )
    assert rounds == (0, 2, 4, 6)
    history = train(fleet, Random(), rounds=6, plan=PLAN, budget=2, seed=3)
    np.testing.assert_array_equal(points[-1], history.parameters[0].astype(np.float64))
    assert points.shape == (4, 3)


def test_quadratics_give_their_own_constants() -> None:
    fleet = federation()
    task = fleet.tasks[0]
    rounds, points = record_points(
        fleet, Random(), rounds=10, plans=(PLAN,), budget=2, points=5, seed=0
    )
    found = measure_constants(
        Objective(task=task, plan=PLAN), points, MeasuringPlan(points=5, steps=3), rounds=rounds
    )
    known = MADE.constants[0]
    eigenvalues = [np.linalg.eigvalsh(h) for h in known.hessians]
    mean = np.linalg.eigvalsh(np.einsum("n,nij->ij", known.data_weights, known.hessians))
    for name, value in {
        "smoothness": mean[-1],
        "strong_convexity": mean[0],
        "client_smoothness": max(e[-1] for e in eigenvalues),
        "client_strong_convexity": min(e[0] for e in eigenvalues),
        "initial": float(np.sum((points[0] - known.optimum) ** 2)),
    }.items():
        assert found[name].low - 1e-6 <= value <= found[name].high + 1e-6, name
    assert mean[0] - 1e-9 <= found["step_smoothness"].low
    assert found["step_smoothness"].high <= mean[-1] + 1e-6


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidProblemError, match="model is 4"):
        record_points(federation(), Random(), rounds=1, plans=(PLAN,), budget=1, model=4)
