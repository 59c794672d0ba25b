"""Records in one line, whatever they hold; printed bounds rounded to the safe side."""

import math
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory.text import LONGEST, rounded_down, rounded_up, short_repr


@dataclass(eq=False)
class Record:
    first: object = None
    second: object = None
    hidden: object = field(default="nobody sees this", repr=False)

    __repr__ = short_repr


def test_arrays_by_shape_and_numbers_short() -> None:
    assert repr(Record(np.zeros((40, 2)), 1 / 3)) == "Record(first=array(40 x 2), second=0.333333)"
    assert repr(Record(np.array([1.0, 2.5]), np.float64(2))) == "Record(first=[1. , 2.5], second=2)"
    assert repr(Record({"a": 1, "b": 2}, (1, "x"))) == "Record(first=2 items, second=(1, 'x'))"
    assert repr(Record(tuple(range(9)), np.bool_(True))) == "Record(first=9 items, second=True)"
    assert repr(Record(Record(1), "word")) == "Record(first=Record(...), second='word')"


def test_nothing_is_left_out_of_sight_and_what_is_long_is_cut() -> None:
    assert repr(Record(None, ())) == "Record()"
    assert repr(Record("x" * 500, 3)) == f"Record(first='{'x' * 40}...', second=3)"


values = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=300),
    st.lists(st.text(max_size=200), max_size=6),
    st.dictionaries(st.text(), st.integers()),
    st.integers(0, 50).map(np.arange),
    st.integers(0, 50).map(lambda n: np.zeros((n, 3))),
)


@given(values, values)
def test_always_one_short_line(first, second) -> None:
    text = repr(Record(first, second))
    assert text.startswith("Record(")
    assert text.endswith(")")
    assert len(text.splitlines()) == 1
    assert len(text) <= LONGEST + len("Record(, ...)")


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
