"""Expectations over the few outcomes of one processor's draw, exactly."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from roundlot.theory.gram import Expression

# A statement about two models s and t needs three outcomes only, however many models there are:
# the processor drew s, it drew t, or it did anything else.


def expectation(outcomes: Iterable[tuple[Expression, Expression]]) -> Expression:
    """``Σ probability × value``, expanded."""
    return sympy.expand(sympy.Add(*(chance * value for chance, value in outcomes)))
