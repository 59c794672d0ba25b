"""Whole numbers of draws: against every allocation there is, and the exchange proof."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import allocate
from roundlot.theory import InfeasibleError, InvalidProblemError


def brute_force(a, draws, row_caps, pair_caps):
    best = np.inf
    choices = [
        range(1, int(min(draws, cap)) + 1) if score > 0.0 else range(1)
        for score, cap in zip(a.ravel(), pair_caps.ravel(), strict=True)
    ]
    for counts in itertools.product(*choices):
        n = np.reshape(counts, a.shape)
        if n.sum() <= draws and np.all(n.sum(axis=1) <= row_caps):
            best = min(best, float(np.sum(a[a > 0.0] ** 2 / n[a > 0.0])))
    return best


@settings(max_examples=80)
@given(seed=st.integers(0, 10**6))
def test_agrees_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 4)), int(rng.integers(1, 3)))
    a = rng.choice([0.0, 1.0, 1.0, 2.0, 3.5, 10.0], shape)
    draws = int(rng.integers(1, 8))
    row_caps = rng.integers(1, 6, shape[0]) if rng.random() < 0.5 else np.full(shape[0], 99)
    pair_caps = rng.integers(1, 5, shape) if rng.random() < 0.5 else np.full(shape, 99)
    best = brute_force(a, draws, row_caps, pair_caps)
    if best == np.inf:
        with pytest.raises(InfeasibleError):
            allocate(a, draws, row_caps=row_caps, pair_caps=pair_caps)
        return
    plan = allocate(a, draws, row_caps=row_caps, pair_caps=pair_caps)
    assert plan.objective == pytest.approx(best, rel=1e-12)
    assert plan.complaints() == ()
    assert plan.fractional_objective <= best * (1.0 + 1e-12)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_larger_tables_are_proved(seed):
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0.0, rng.choice([0.1, 3.0]), (20, 4)) * (rng.random((20, 4)) < 0.8)
    row_caps = rng.integers(4, 60, 20)
    plan = allocate(a, int(rng.integers(80, 1000)), row_caps=row_caps, model_weights=[1, 2, 3, 4])
    assert plan.verify()
    assert plan.fractional_objective <= plan.objective * (1.0 + 1e-12)
    assert plan.objective <= 2.0 * plan.fractional_objective


def test_one_draw_in_the_wrong_place_is_refused():
    plan = allocate([[3.0, 1.0], [2.0, 1.0]], 9, row_caps=[6, 6])
    worse = plan.counts.copy()
    worse[0, 0] -= 1
    assert "one more" in dataclasses.replace(plan, counts=worse).complaints()[0]
    worse[0, 1] += 1
    assert "from (0, 1) to (0, 0)" in dataclasses.replace(plan, counts=worse).complaints()[0]
    for place, step, words in (((0, 0), 9, "above"), ((1, 1), -plan.counts[1, 1], "never drawn")):
        wrong = plan.counts.copy()
        wrong[place] += step
        assert any(words in c for c in dataclasses.replace(plan, counts=wrong).complaints())


def test_extreme_scores_and_ties():
    plan = allocate([[1e300, 1e-300], [1.0, 1.0]], 10)
    assert plan.counts.tolist() == [[7, 1], [1, 1]]
    assert plan.verify()
    assert allocate(np.ones((3, 2)), 8).counts.tolist() == [[2, 2], [1, 1], [1, 1]]
    assert allocate(np.zeros((2, 2)), 5).counts.sum() == 0


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"draws": 3}, InfeasibleError, "give 4 draws"),
        ({"draws": 9, "row_caps": [1, 9]}, InfeasibleError, "raise its cap to 2"),
        ({"draws": 9, "pair_caps": 0}, InfeasibleError, "allow 1 draw"),
        ({"draws": 2.5}, InvalidProblemError, "whole"),
        ({"draws": -1}, InvalidProblemError, "at least 0"),
        ({"draws": 9, "row_caps": [1, 2, 3]}, InvalidProblemError, "row_caps"),
    ],
)
def test_wrong_input_is_named(options, error, words):
    with pytest.raises(error, match=words):
        allocate(np.ones((2, 2)), **options)
