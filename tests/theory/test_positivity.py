"""Signs read off coefficients: never claimed where they fail, found where a proof needs them."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory.positivity import Signs, is_nonnegative, is_positive, is_zero

x, y, z = sympy.symbols("x y z")
SIGNS = Signs(positive=frozenset({x}), nonnegative=frozenset({y}))


@pytest.mark.parametrize(
    "expression", [x + y, x / (x + y), (x - y) ** 2, -x * (-1 - y), (x**2 + y) / x, x - x]
)
def test_proved(expression):
    assert is_nonnegative(expression, SIGNS)


@pytest.mark.parametrize("expression", [x - y, -x, z, x * z, 1 / y, x / (x - y) ** 2, x - 1])
def test_not_proved(expression):
    assert not is_nonnegative(expression, SIGNS)


def test_strictly_positive_needs_a_term_that_cannot_vanish():
    assert is_positive(x + y, SIGNS)
    assert is_positive(1 + y, SIGNS)
    assert not is_positive(y, SIGNS)
    assert not is_positive((x - y) ** 2, SIGNS)


@given(
    coefficients=st.lists(st.integers(-3, 3), min_size=6, max_size=6),
    below=st.lists(st.integers(-2, 2), min_size=3, max_size=3),
)
def test_whatever_is_proved_holds_at_points(coefficients, below):
    monomials = [1, x, y, x * y, x**2, y**2]
    expression = sum(c * m for c, m in zip(coefficients, monomials, strict=True))
    divisor = sum(c * m for c, m in zip(below, [1, x, y], strict=True))
    if divisor == 0 or not is_nonnegative(expression / divisor, SIGNS):
        return
    for a in (sympy.Rational(1, 9), 1, 7):
        for b in (0, sympy.Rational(1, 9), 1, 7):
            assert (expression / divisor).subs({x: a, y: b}) >= 0


def test_zero_is_decided_over_exact_rationals():
    assert is_zero(1 / x - 1 / (x + y) - y / (x * (x + y)))
    assert not is_zero(sympy.Rational(1, 10**30) * x)
