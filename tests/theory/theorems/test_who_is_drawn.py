"""Draws and choices that are not those of independent clients: what the theorems' numbers mean."""

import math

import numpy as np
import pytest

from roundlot.theory.theorems import named

P, CLIENTS, ROUNDS = 0.1, 3600, 10


def _mean_gradient(step: float) -> float:
    """Of clients ``x²/2`` that all report together or not at all, from x = 1 and no memory."""
    report = np.array([[1 - step / P, -step * (1 - 1 / P)], [1.0, 0.0]])
    keep = np.array([[1.0, -step], [0.0, 1.0]])
    moments = np.array([1.0, 0.0, 0.0, 0.0])
    after = P * np.kron(report, report) + (1 - P) * np.kron(keep, keep)
    total = 0.0
    for _ in range(ROUNDS):
        total += moments[0]
        moments = after @ moments
    return total / ROUNDS


def _bound(root: float, step: float) -> float:
    numbers = {"probability": P, "staleness": 1.0, "memory_noise": 0.0, "batch_noise": 0.0}
    numbers |= {"client_smoothness": 1.0, "value": 0.5, "rounds": ROUNDS}
    return float(named("stale_updates").evaluate(memory_root=root, step=step, **numbers))


def test_clients_that_report_together_have_a_root_of_their_own() -> None:
    alone = math.sqrt((1 / P - 1) / CLIENTS)
    short = min(0.5, P / (4 * alone))
    assert _mean_gradient(short) > _bound(alone, short)
    together = math.sqrt(1 / P - 1)
    step = P / (4 * together)
    assert _mean_gradient(step) <= _bound(together, step)


def test_the_skew_at_the_optimum_is_of_those_chosen_at_the_point() -> None:
    """Of ``w²/2`` and ``(w − 3)²/2``, weights 0.6 and 0.4, the second is chosen at w = −5."""
    best, point = 1.2, -5.0
    spread = 0.6 * best**2 / 2 + 0.4 * (best - 3) ** 2 / 2
    least = (point - 3) ** 2 / (0.6 * point**2 + 0.4 * (point - 3) ** 2)
    step = 0.999 / (1 + least)
    truth = (point - step * (point - 3) - best) ** 2
    given = {"client_smoothness": 1.0, "strong_convexity": 1.0, "heterogeneity": spread}
    given |= {"step": step, "squared_distance": (point - best) ** 2, "least_skew": least}
    theorem = named("skewed_step")
    assert truth <= theorem.evaluate(skew=(best - 3) ** 2 / 2 / spread, **given)
    assert truth > theorem.evaluate(skew=best**2 / 2 / spread, **given)


@pytest.mark.parametrize("name", ["scaffold", "stale_updates"])
def test_rounds_that_need_unbiased_weights_say_so(name) -> None:
    assert named(name).requirements.sampling == "unbiased"
