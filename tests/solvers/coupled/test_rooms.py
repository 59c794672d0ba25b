"""Limits of which floors leave little, a last bit or nothing: the optimum all the same."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.solvers.kernels import exact_over, exact_weighted_over
from roundlot.solvers.proof.sums import rooms
from roundlot.theory import InfeasibleError, Problem

V, S = 12, 2
LABELS = np.arange(V) // 6


def _above(exactly: Fraction) -> float:
    """The least float that is not below a fraction."""
    near = float(exactly)
    return near if Fraction(near) >= exactly else math.nextafter(near, math.inf)


def _sum(values: Any) -> Fraction:
    return sum(map(Fraction, np.ravel(values).tolist()), Fraction(0))


def _limits(floor: np.ndarray, room: float) -> dict[str, dict[str, Any]]:
    """Every kind of limit, ``room`` above what floors use of it, relative, rounded up."""

    def over(values: Any) -> float:
        return _above(_sum(values) * (1 + Fraction(room)))

    halves = [over(floor[g == LABELS]) for g in range(2)]
    return {
        "budget": {"budget": over(floor)},
        "caps": {"budget": 99.0, "processor_cap": [over(row) for row in floor]},
        "caps and budget": {
            "budget": over(floor),
            "processor_cap": [over(row) for row in floor],
        },
        "clients": {"budget": 99.0, "client": LABELS, "client_cap": halves},
        "tree": {
            "budget": 99.0,
            "groups": [np.arange(V) // 3, LABELS],
            "group_caps": [9.0, halves],
        },
        "models": {"budget": 99.0, "model_budgets": [over(column) for column in floor.T]},
        "costs": {
            "budget": 99.0,
            "costs": np.full((1, V, S), 0.5),
            "cost_budgets": [over(floor * 0.5)],
        },
        "all": {
            "budget": over(floor),
            "client": LABELS,
            "client_cap": halves,
            "model_budgets": [over(column) for column in floor.T],
            "costs": np.full((1, V, S), 0.25),
            "cost_budgets": [over(floor * 0.25)],
        },
    }


@pytest.mark.filterwarnings("ignore:budget")
@pytest.mark.parametrize("kind", _limits(np.full((V, S), 0.1), 0.0))
@pytest.mark.parametrize("room", [0.0, 2.0**-53, 2.0**-51])
def test_a_limit_that_floors_use_up_has_one_answer(kind, room, assert_within_limits):
    floor = np.full((V, S), 0.1)
    scores = np.random.default_rng(3).lognormal(size=(V, S))
    problem = Problem(scores, floor=floor, **_limits(floor, room)[kind])
    solution = solve(problem)
    assert_within_limits(problem, solution.probabilities)
    assert np.allclose(solution.probabilities, floor, rtol=2e-14, atol=0.0)
    assert solution.certificate.gap < 1e-13
    assert solution.certificate.verify()


@pytest.mark.filterwarnings("ignore:budget")
@pytest.mark.parametrize("kind", ["budget", "clients", "tree", "models", "costs"])
@pytest.mark.parametrize("room", [1e-2, 1e-4, 1e-8, 1e-12, 1e-15])
def test_pairs_without_a_floor_share_what_floors_leave(kind, room, assert_within_limits):
    """Of equal floors and scores alike: ``Σ a²/l + (Σ a₀)² / room`` for each row of a limit."""
    floor = np.full((V, S), 0.1)
    floor[::3] = 0.0
    scores = np.random.default_rng(4).uniform(1.0, 2.0, (V, S))
    problem = Problem(scores, floor=floor, **_limits(floor, room)[kind])
    solution = solve(problem)
    limit = next(x for x in problem.sum_limits() if np.all(rooms(x, floor) < 0.1))
    expected = sum(
        Fraction(a) ** 2 / Fraction(low) for a, low in zip(*_pairs(scores, floor), strict=True)
    )
    for row in range(limit.size):
        v, s, weight = limit.entries(row)
        low = floor[v, s] == 0.0
        left = Fraction(float(limit.bound[row])) / Fraction(weight[0]) - _sum(floor[v, s])
        expected += _sum(scores[v, s][low]) ** 2 / left
        part = scores[v, s][low] / float(_sum(scores[v, s][low])) * float(left)
        assert np.allclose(solution.probabilities[v, s][low], part, rtol=1e-12, atol=0.0)
    assert_within_limits(problem, solution.probabilities)
    assert solution.objective == pytest.approx(float(expected), rel=1e-13)
    assert solution.certificate.gap < 2e-13
    assert solution.certificate.verify()


def _pairs(scores: np.ndarray, floor: np.ndarray) -> tuple[list[float], list[float]]:
    return scores[floor > 0.0].tolist(), floor[floor > 0.0].tolist()


@pytest.mark.filterwarnings("ignore:budget")
@pytest.mark.parametrize("kind", _limits(np.full((V, S), 0.1), 0.0))
def test_one_ulp_less_than_floors_use_is_infeasible_and_measured(kind):
    floor = np.full((V, S), 0.1)
    limits = _limits(floor, 0.0)[kind]
    (name,) = {
        "caps": ["processor_cap"],
        "caps and budget": ["processor_cap"],
        "clients": ["client_cap"],
        "tree": ["group_caps"],
    }.get(kind, [next(n for n in reversed(list(limits)) if n.endswith(("budget", "budgets")))])
    value = limits[name]
    if name == "group_caps":
        value = [value[0], np.nextafter(value[1], 0.0)]
    else:
        value = np.nextafter(value, 0.0)
    with pytest.raises(InfeasibleError, match=r"e-1[5678] above"):
        solve(Problem(np.ones((V, S)), floor=floor, **{**limits, name: value}))


@pytest.mark.filterwarnings("ignore:budget")
@pytest.mark.parametrize("limits", [{}, {"groups": [0, 0], "group_caps": 1.0}])
def test_no_pair_with_a_score_is_left_at_0(limits):
    solution = solve(Problem([[2e-300], [5e-16]], budget=1e-300, **limits))
    assert np.all(solution.probabilities > 0.0)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


@given(seed=st.integers(0, 10**6))
def test_sums_are_held_against_limits_in_exact_arithmetic(seed):
    random = np.random.default_rng(seed)
    values = 10.0 ** random.uniform(-30.0, 0.0, random.integers(1, 40))
    weights = random.lognormal(0.0, 3.0, values.size)
    for exactly, over in (
        (_sum(values), lambda limit: exact_over(values, limit)),
        (
            sum(
                Fraction(w) * Fraction(x)
                for w, x in zip(weights.tolist(), values.tolist(), strict=True)
            ),
            lambda limit: exact_weighted_over(weights, values, limit)[0],
        ),
    ):
        near = float(exactly)
        for limit in (math.nextafter(near, 0.0), near, math.nextafter(near, math.inf)):
            rest = exactly - Fraction(limit)
            assert over(limit) == pytest.approx(float(rest), rel=1e-14, abs=0.0)
            assert (over(limit) > 0.0) == (rest > 0)
