"""Factors of polynomials, found the same way every time.

SymPy's multivariate factorisation tries random points: from an unlucky state of its generator it
can run for minutes where it needs milliseconds. The factors do not depend on the points.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sympy
from sympy.core import random as points

from roundlot.theory.gram import Expression


def factor(expression: Expression) -> Expression:
    """The expression as a product."""
    with _same_points():
        return sympy.factor(expression)


def factor_list(polynomial: Expression) -> tuple[Any, list[tuple[Expression, int]]]:
    """``(constant, [(factor, power), ...])``."""
    with _same_points():
        constant, factors = sympy.factor_list(polynomial)
    return constant, list(factors)


def is_zero(expression: Expression) -> bool:
    """Whether a rational expression cancels to zero identically, over exact rationals."""
    numerator, _ = sympy.fraction(sympy.together(expression))
    return bool(sympy.expand(numerator) == 0)


@contextmanager
def _same_points() -> Iterator[None]:
    state = points.rng.getstate()
    points.rng.seed(0)
    try:
        yield
    finally:
        points.rng.setstate(state)
