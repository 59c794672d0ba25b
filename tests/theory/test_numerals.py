"""Printed bounds are bounds: rounded to the safe side, by exact decimals."""

import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory.text import rounded_down, rounded_up


@given(
    value=st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300) | st.just(0.0),
    digits=st.integers(1, 9),
)
def test_as_printed_it_is_on_the_safe_side_and_near(value: float, digits: int) -> None:
    low = Decimal(f"{rounded_down(value, digits):.{digits}g}")
    high = Decimal(f"{rounded_up(value, digits):.{digits}g}")
    assert low <= Decimal(value) <= high
    assert high - low <= abs(Decimal(value)) * Decimal(10) ** (1 - digits)


def test_by_hand() -> None:
    assert (rounded_down(0.9999999996, 9), rounded_up(1.04e-12, 2)) == (0.999999999, 1.1e-12)
    assert (rounded_down(2.5, 2), rounded_up(2.5, 2)) == (2.5, 2.5)
    assert rounded_up(math.inf, 2) == math.inf
    assert math.isnan(rounded_down(math.nan, 2))
