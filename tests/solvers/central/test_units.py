"""Floors of sums that equal the limits around them: met to the last bit, judged in fractions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.central.units import in_units

GRAIN = 2.0**-24
V, S = 12, 3
CLIENT, GROUP = np.arange(V) // 2, np.arange(V) // 4


def inside(seed: int, models: int) -> np.ndarray:
    """Probabilities whose sums are exact in float64."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.round(rng.uniform(0.02, 0.9 / models, (V, models)) / GRAIN) * GRAIN)


def total(values: Iterable[float]) -> Fraction:
    return sum((Fraction(float(x)) for x in values), Fraction(0))


def tight(p: np.ndarray, scores: np.ndarray, **more: object) -> rl.Problem:
    """Clients and models come to just what they come to at ``p``, and all of them to the budget."""
    clients = np.bincount(CLIENT, weights=p.sum(axis=1))
    given = {"budget": float(p.sum()), "client": CLIENT, "client_cap": clients, **more}
    return rl.Problem(scores, client_floor=clients, model_floors=p.sum(axis=0), **given)


@pytest.mark.parametrize("models", [1, S])
@pytest.mark.parametrize("seed", range(4))
def test_sums_that_floors_and_caps_set_are_met_exactly(seed: int, models: int) -> None:
    p = inside(seed, models)
    scores = np.random.default_rng(seed).lognormal(0.0, 3.0, p.shape)
    solution = rl.solve(tight(p, scores))
    found = solution.probabilities
    for c in range(CLIENT.max() + 1):
        assert total(found[c == CLIENT].ravel()) == total(p[c == CLIENT].ravel())
    for s in range(models):
        assert total(found[:, s]) == total(p[:, s])
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_floors_of_models_that_use_up_the_budget_beside_groups_at_their_caps() -> None:
    p = inside(0, 1)
    caps = np.bincount(GROUP, weights=p[:, 0]) * [1.0, 1.0, 1.5]
    floor = float(p.sum())
    scores = np.random.default_rng(1).lognormal(0.0, 3.0, p.shape)
    solution = rl.solve(
        rl.Problem(scores, budget=floor, groups=[GROUP], group_caps=[caps], model_floors=[floor])
    )
    assert total(solution.probabilities.ravel()) == Fraction(floor)
    assert solution.certificate.gap < 1e-12


def test_rounding_is_taken_back_by_digits_that_are_fine_enough() -> None:
    """0.6 is no sum of 0.3 and of numbers near 1e-20: what is added to these meets it."""
    p = np.array([[0.3], [0.3], [1e-20]])
    problem = rl.Problem(
        [[1.0]] * 3, budget=0.6, client=[0, 0, 0], client_cap=[0.6], client_floor=[0.6]
    )
    found = in_units(problem, p)
    assert found is not None
    assert total(found.ravel()) == Fraction(0.6)
    assert found[:, 0] == pytest.approx([0.3, 0.3, 0.0], abs=1e-15)
    assert (found > 0.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_without_scores_sums_that_are_set_are_met_too(seed: int) -> None:
    p = inside(seed, 1)
    solution = rl.solve(tight(p, np.zeros(p.shape), model_budgets=p.sum(axis=0)))
    for c in range(CLIENT.max() + 1):
        assert total(solution.probabilities[c == CLIENT].ravel()) == total(p[c == CLIENT].ravel())
    assert solution.objective == 0.0


def test_what_is_no_number_is_not_dealt_out() -> None:
    problem = rl.Problem([[1.0], [1.0]], budget=0.5, model_floors=[0.5])
    assert in_units(problem, np.array([[np.nan], [0.25]])) is None
