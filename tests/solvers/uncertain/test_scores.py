"""Scores known up to a deviation: values by hand, and against a cone solver."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot import solvers


def test_one_of_two_alike_may_deviate() -> None:
    """By symmetry p = 1/2 each: 1/p + 1/p and one deviation of 3 over 1/2."""
    problem = rl.Problem([[1.0], [1.0]], budget=1)
    found = solvers.solve_uncertain(problem, [[2.0], [2.0]], deviations=1)
    np.testing.assert_allclose(found.probabilities, 0.5, rtol=1e-14)
    assert found.objective == pytest.approx(10.0, rel=1e-14)
    assert found.gap < 1e-13
    assert found.verify()


def test_one_of_two_unlike() -> None:
    """Scores 1 and 3, the first up to 2: the worst is 4/p + 9/(1−p), least at 2/5."""
    found = solvers.solve_uncertain(
        rl.Problem([[1.0], [3.0]], budget=1), [[2.0], [3.0]], deviations=1
    )
    np.testing.assert_allclose(found.probabilities[:, 0], [0.4, 0.6], rtol=1e-14)
    assert found.objective == pytest.approx(25.0, rel=1e-14)


@pytest.mark.parametrize(("count", "value"), [(0, 4.0), (0.5, 7.0), (2, 16.0), (5, 16.0)])
def test_how_many_deviate(count: float, value: float) -> None:
    found = solvers.solve_uncertain(
        rl.Problem([[1.0], [1.0]], budget=1), [[2.0], [2.0]], deviations=count
    )
    assert found.objective == pytest.approx(value, rel=1e-14)
    assert found.verify()


def cone_optimum(a, high, p_limits, count):  # type: ignore[no-untyped-def]
    cp = pytest.importorskip("cvxpy")
    p, theta = cp.Variable(a.shape, nonneg=True), cp.Variable(nonneg=True)
    unit = (high**2).sum()
    extra = cp.multiply((high**2 - a**2) / unit, cp.inv_pos(p)) - theta
    cost = cp.sum(cp.multiply(a**2 / unit, cp.inv_pos(p))) + count * theta + cp.sum(cp.pos(extra))
    budget, floor = p_limits
    limits = [cp.sum(p, axis=1) <= 1, cp.sum(p) <= budget, p >= floor, p <= 1]
    return cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL) * unit


@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 3)),
    count=st.sampled_from([0.0, 1.0, 2.5, 4.0, 100.0]),
    floors=st.booleans(),
)
def test_agrees_with_a_cone_solver(
    seed: int, shape: tuple[int, int], count: float, floors: bool
) -> None:
    rng = np.random.default_rng(seed)
    a = rng.lognormal(size=shape)
    high = a * (1.0 + rng.random(shape))
    budget = 0.6 * shape[0]
    floor = 0.3 * budget / a.size if floors else 0.0
    found = solvers.solve_uncertain(
        rl.Problem(a, budget=budget, floor=floor), high, deviations=count
    )
    assert found.gap < 1e-12
    assert found.verify(), found.complaints()
    assert found.objective == pytest.approx(cone_optimum(a, high, (budget, floor), count), rel=1e-5)


def test_worst_case_is_that_of_all_sets() -> None:
    """The objective is the largest over every set of two that deviate."""
    rng = np.random.default_rng(3)
    a = rng.lognormal(size=(5, 1))
    high = a * 1.7
    found = solvers.solve_uncertain(rl.Problem(a, budget=2), high, deviations=2)
    p = found.probabilities[:, 0]
    worst = max(
        sum((high if v in chosen else a)[v, 0] ** 2 / p[v] for v in range(5))
        for chosen in combinations(range(5), 2)
    )
    assert found.objective == pytest.approx(worst, rel=1e-13)
    assert found.objective >= worst * (1 - 1e-15)


def test_forged_shares_and_bounds_are_seen() -> None:
    found = solvers.solve_uncertain(
        rl.Problem([[1.0], [2.0], [1.5]], budget=1), [[2.0], [3.0], [2.0]], deviations=1
    )
    assert found.verify()
    for change in (
        {"shares": np.ones((3, 1))},
        {"objective": found.objective * (1 - 1e-10)},
        {"lower_bound": found.lower_bound * (1 + 1e-10)},
        {"deviations": 2.0},
        {"probabilities": np.ones((3, 1))},
        {"problem": rl.Problem([[1.0], [2.0], [1.5]], budget=1.5)},
    ):
        assert not dataclasses.replace(found, **change).verify(), change


@pytest.mark.parametrize(
    ("more", "highest", "count", "words"),
    [
        ({}, [[0.5], [2.0]], 1, r"highest\[0, 0\] is 0.5"),
        ({}, [[np.nan], [2.0]], 1, r"highest\[0, 0\] is nan"),
        ({}, [[1.0, 2.0]], 1, r"shape \(1, 2\)"),
        ({}, [[2.0], [2.0]], -1, "deviations is -1"),
        ({}, [[2.0], [2.0]], np.nan, "deviations is nan"),
    ],
)
def test_refusals(more, highest, count, words) -> None:  # type: ignore[no-untyped-def]
    problem = rl.Problem([[1.0], [1.0]], budget=1, **more)
    with pytest.raises(rl.InvalidProblemError, match=words):
        solvers.solve_uncertain(problem, highest, deviations=count)


def test_extreme_scores() -> None:
    for unit in (1e-150, 1e150):
        found = solvers.solve_uncertain(
            rl.Problem([[unit], [unit], [0.0]], budget=1),
            [[2 * unit], [2 * unit], [0.0]],
            deviations=1,
        )
        np.testing.assert_allclose(found.probabilities[:, 0], [0.5, 0.5, 0.0], rtol=1e-14)


@pytest.mark.parametrize("deviations", [0.25, 1, 1.5, 2])
def test_a_score_of_0_that_may_be_higher_is_drawn_where_draws_are_left(deviations):
    # the first is capped at 1 and the second has the other half: 1 and 3 more; 0.25/0.5 more
    problem = rl.Problem([[1.0], [0.0]], budget=1.5)
    found = solvers.solve_uncertain(problem, [[2.0], [0.5]], deviations=deviations)
    more = 3.0 * min(1.0, deviations) + 0.5 * max(0.0, deviations - 1.0)
    assert found.objective == pytest.approx(1.0 + more, rel=1e-12)
    assert found.verify()
