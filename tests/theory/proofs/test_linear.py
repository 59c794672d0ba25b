"""Multipliers by linear algebra over rational functions, against cases solved by hand."""

import time

import pytest
import sympy

from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.steps import multipliers
from roundlot.theory.theorems import CATALOGUE

a, b, c, p, t = sympy.symbols("a b c p t")
f = sympy.Function("f")


@pytest.mark.parametrize(
    ("target", "terms", "scalars", "by_hand"),
    [
        (a, (a * (1 - p),), (p,), (1 / (1 - p),)),
        (2 * a + b, (a - b, b), (), (2, 3)),
        (a / p + b / (1 - p), (a, b / p), (p,), (1 / p, p / (1 - p))),
        (a * c + b * c, (c,), (a, b), (a + b,)),
        (p * f(t) + t, (f(t), 1), (p,), (p, t)),  # an index of a sequence may enter
        (p ** (t + 2) * a, (a * p**t,), (p, t), (p**2,)),  # one power, whichever way it is written
        (sympy.Rational(2, 3) * a, (a / 2,), (), (sympy.Rational(4, 3),)),
        (a, (a, 2 * a), (), (1, 0)),  # what is left open is 0
    ],
)
def test_multipliers_by_hand(target, terms, scalars, by_hand) -> None:
    found = multipliers(target, terms, scalars)
    assert [sympy.simplify(x - y) for x, y in zip(found, by_hand, strict=True)] == [0] * len(terms)


def test_the_earlier_of_two_contradicting_equations_is_met() -> None:
    """``a + b`` is no multiple of ``a + 2b``; the coefficient of ``a`` is compared first."""
    assert multipliers(a + b, (a + 2 * b,), ()) == (1,)


def test_the_square_of_a_sum_is_found() -> None:
    x, y = vectors("x", "y")
    found = multipliers(norm2(x + p * y), (norm2(x), inner(x, y), norm2(y)), (p,))
    assert found == (1, 2 * p, p**2)


def test_a_theorem_is_checked_in_a_quarter_of_a_second() -> None:
    """In the mean, of this process alone, so that neighbours on the machine do not count."""
    for theorem in CATALOGUE:
        theorem.__dict__.pop("multipliers", None)
        theorem.__dict__.pop("data", None)
    started = time.process_time()
    failed = [str(x) for x in (one.check() for one in CATALOGUE) if not x]
    assert not failed
    assert time.process_time() - started < 0.25 * len(CATALOGUE)
