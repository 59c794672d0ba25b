"""The least line above points: SciPy's linear program finds no lower one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from roundlot.theory import InvalidProblemError
from roundlot.theory.estimates.envelope import affine_envelope

NUMBERS = st.integers(0, 40).map(lambda k: k / 8)


@settings(max_examples=80, deadline=None)
@given(points=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_no_line_above_the_points_has_a_smaller_sum(points) -> None:
    e, v = np.array(points).T
    slope, level = affine_envelope(e, v)
    assert slope >= 0.0
    assert level >= 0.0
    assert np.all(2 * slope * e + level >= v * (1 - 1e-9))
    rows = np.column_stack([-2 * e, -np.ones_like(e)])
    best = linprog([2 * e.sum(), len(e)], A_ub=rows, b_ub=-v, bounds=[(0, None)] * 2)
    assert 2 * slope * e.sum() + len(e) * level == pytest.approx(best.fun, rel=1e-7, abs=1e-9)


def test_an_affine_variance_is_found_again() -> None:
    e = np.array([0.0, 0.1, 1.0, 5.0])
    assert affine_envelope(e, 2 * 3.0 * e + 0.5) == pytest.approx((3.0, 0.5))


@pytest.mark.parametrize(
    ("e", "v"), [([], []), ([1.0], [1.0, 2.0]), ([-1.0], [1.0]), ([0], [np.nan])]
)
def test_bad_points_are_refused(e, v) -> None:
    with pytest.raises(InvalidProblemError, match="excess"):
        affine_envelope(e, v)
