"""Whole numbers of draws with several draws a stratum, and limits of models and groups."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot.theory import InfeasibleError, InvalidProblemError


def cost(scores: np.ndarray, counts: np.ndarray) -> Fraction:
    """``Σ a²/n`` as a fraction."""
    pairs = zip(scores.ravel().tolist(), counts.ravel().tolist(), strict=True)
    return sum((Fraction(a) ** 2 / n for a, n in pairs if a > 0), Fraction(0))


def best(scores, draws, least, rows, models, groups, caps) -> Fraction | None:
    """The least cost of all whole numbers within the limits, by trying them all."""
    found = None
    choices = [range(least, draws + 1) if a > 0 else [0] for a in scores.ravel()]
    for counts in product(*choices):
        if sum(counts) > draws:
            continue
        table = np.array(counts).reshape(scores.shape)
        sums = np.bincount(groups, table.sum(axis=1), len(caps))
        if (table.sum(axis=1) > rows).any() or (table.sum(axis=0) > models).any():
            continue
        if (sums > caps).any():
            continue
        value = cost(scores, table)
        found = value if found is None else min(found, value)
    return found


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_other_whole_numbers_are_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = ((2, 2), (3, 1), (1, 3), (2, 1))[int(rng.integers(4))]
    scores = rng.integers(0, 4, shape) * rng.choice([1.0, 0.5])
    draws, least = int(rng.integers(4, 9)), int(rng.integers(1, 3))
    rows, models = rng.integers(2, 7, shape[0]), rng.integers(2, 7, shape[1])
    groups = np.sort(rng.integers(0, 2, shape[0]))
    caps = rng.integers(3, 8, int(groups.max()) + 1)
    expected = best(scores, draws, least, rows, models, groups, caps)
    limits = {"row_caps": rows, "model_caps": models, "groups": groups, "group_caps": caps}
    if expected is None:
        with pytest.raises(InfeasibleError):
            rl.allocate(scores, draws, least=least, **limits)
        return
    found = rl.allocate(scores, draws, least=least, **limits)
    assert cost(scores, found.counts) == expected
    assert found.verify()
    assert found.fractional_objective <= float(expected) * (1 + 1e-9)


def test_two_of_each_stratum() -> None:
    # Freely 12 draws of scores 1, 2, 9 would be 1, 2, 9; two of each leave 8 for the others.
    free = rl.allocate([[1.0], [2.0], [9.0]], 12)
    assert free.counts.ravel().tolist() == [1, 2, 9]
    two = rl.allocate([[1.0], [2.0], [9.0]], 12, least=2)
    assert two.counts.ravel().tolist() == [2, 2, 8]
    assert two.verify()


def test_a_model_and_a_group_keep_their_shares() -> None:
    scores = [[4.0, 1.0], [4.0, 1.0], [4.0, 1.0]]
    found = rl.allocate(scores, 15, model_caps=[6, 20], groups=[0, 0, 1], group_caps=[8, 20])
    assert found.counts.sum(axis=0).tolist()[0] == 6
    assert found.counts[:2].sum() <= 8
    assert found.verify()


def test_an_allocation_that_is_not_best_is_not_proved() -> None:
    found = rl.allocate([[4.0, 1.0], [1.0, 2.0]], 9, model_caps=[4, 8])
    worse = np.array(found.counts)
    at = np.unravel_index(np.argmax(worse), worse.shape)
    worse[at] -= 1
    object.__setattr__(found, "counts", worse)
    assert not found.verify()


def test_caps_that_the_least_draws_do_not_fit_are_told() -> None:
    with pytest.raises(InfeasibleError, match=r"model 0 needs 4 draws .* raise its cap to 4"):
        rl.allocate([[1.0], [1.0]], 9, least=2, model_caps=3)
    with pytest.raises(InfeasibleError, match="group 1 needs 2 draws"):
        rl.allocate([[1.0], [1.0]], 9, least=2, groups=[0, 1], group_caps=[9, 1])
    with pytest.raises(InfeasibleError, match="give 4 draws"):
        rl.allocate([[1.0], [1.0]], 3, least=2)
    with pytest.raises(InvalidProblemError, match="least must be at least 1"):
        rl.allocate([[1.0], [1.0]], 3, least=0)
    with pytest.raises(InvalidProblemError, match="give groups and group_caps together"):
        rl.allocate([[1.0], [1.0]], 3, groups=[0, 1])
