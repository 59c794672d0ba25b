"""Whole capacities: exact sums, everybody within one of the wish, whatever the speeds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import apportion
from roundlot.theory import InvalidProblemError

speeds_strategy = st.lists(
    st.one_of(st.integers(1, 5).map(float), st.floats(1e-6, 1e6)), min_size=1, max_size=8
)


@given(sizes=st.lists(st.integers(0, 400), min_size=1, max_size=8), speeds=speeds_strategy)
def test_sums_are_exact_and_everybody_is_within_one(sizes, speeds):
    table = apportion(sizes, speeds)
    assert table.sum(axis=0).tolist() == sizes
    whole = sum(map(Fraction, speeds))
    for j, speed in enumerate(speeds):
        wish = [size * Fraction(speed) / whole for size in sizes]
        assert all(abs(int(c) - w) < 1 for c, w in zip(table[j], wish, strict=True))
        assert abs(int(table[j].sum()) - sum(wish)) < 1


@given(size=st.integers(0, 1000), speeds=speeds_strategy)
def test_one_class_follows_the_largest_remainders(size, speeds):
    column = apportion([size], speeds)[:, 0]
    whole = sum(map(Fraction, speeds))
    rest = [size * Fraction(s) / whole % 1 for s in speeds]
    floors = [size * Fraction(s) / whole // 1 for s in speeds]
    raised = [r for r, c, f in zip(rest, column, floors, strict=True) if int(c) > f]
    kept = [r for r, c, f in zip(rest, column, floors, strict=True) if int(c) == f]
    if raised and kept:
        assert float(min(raised)) >= float(max(kept)) - 1e-9


def test_rounding_each_class_alone_would_lose_totals():
    """Ten classes of 5 points for speeds 3 and 2 in 7 workers: rows must not drift."""
    speeds = [3, 2, 2, 1, 1, 1, 1]
    table = apportion([5] * 10, speeds)
    assert table.sum() == 50
    assert np.abs(table.sum(axis=1) - 50 * np.array(speeds) / 11).max() < 1


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_named(speed):
    with pytest.raises(InvalidProblemError, match="worker 1"):
        apportion([10], [1.0, speed])


def test_negative_class_is_refused():
    with pytest.raises(InvalidProblemError, match="class sizes"):
        apportion([3, -1], [1.0])
