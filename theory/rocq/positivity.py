"""Deciding that a rational function is non-negative: factor, then look at the coefficients.

SymPy's own assumptions cannot decide such questions. After a substitution that turns a range into
positive symbols (``L = μ + ℓ``, ``γ = 2/(L + μ + s)``) the sign can be read off the coefficients.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sympy

from roundlot.theory.proofs.domain import Domain
from roundlot.theory.proofs.expressions import Expression, factor_list


@dataclass(frozen=True, kw_only=True)
class Signs:
    """Which symbols are positive and which are only non-negative; all others may be anything."""

    positive: frozenset[Expression] = field(default_factory=frozenset)
    nonnegative: frozenset[Expression] = field(default_factory=frozenset)

    @property
    def known(self) -> frozenset[Expression]:
        """Every symbol whose sign is known."""
        return self.positive | self.nonnegative


def signs_of(domain: Domain) -> Signs:
    """The signs of a range's free parameters and of its slacks."""
    free = [p for p in domain.parameters if p.symbol not in domain.chart]
    slacks = [c for c in domain.conditions if c.slack is not None]
    return Signs(
        positive=frozenset(
            [p.symbol for p in free if p.positive] + [c.slack for c in slacks if c.strict]
        ),
        nonnegative=frozenset(
            [p.symbol for p in free if not p.positive and not p.signed]
            + [c.slack for c in slacks if not c.strict]
        ),
    )


def charted(domain: Domain, expression: Expression) -> Expression:
    """``expression`` written in a range's free parameters and slacks."""
    return sympy.sympify(expression).subs(domain.chart, simultaneous=True)


def is_nonnegative(expression: Expression, signs: Signs) -> bool:
    """Whether the coefficients prove ``expression >= 0`` for all values the signs allow.

    ``False`` means "not proved", not "wrong".
    """
    return _sign(expression, signs, strict=False)


def is_positive(expression: Expression, signs: Signs) -> bool:
    """Whether the coefficients prove ``expression > 0`` for all values the signs allow."""
    return _sign(expression, signs, strict=True)


def _sign(expression: Expression, signs: Signs, *, strict: bool) -> bool:
    numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(expression)))
    if sympy.expand(numerator) == 0:
        return not strict
    below = _product_sign(denominator, signs, strict=True)
    above = _product_sign(numerator, signs, strict=strict)
    return above * below > 0


def _product_sign(polynomial: Expression, signs: Signs, *, strict: bool) -> int:
    """1 or -1 if every factor has a proved sign (strict: and cannot vanish), else 0."""
    constant, factors = factor_list(polynomial)
    total = 1 if constant > 0 else -1
    for factor, power in factors:
        sign = _factor_sign(factor, signs, strict=strict)
        if sign == 0 and not (power % 2 == 0 and not strict):
            return 0
        total *= sign**power if sign else 1
    return total


def _factor_sign(factor: Expression, signs: Signs, *, strict: bool) -> int:
    symbols = sorted(factor.free_symbols, key=str)
    if not set(symbols) <= signs.known or not factor.is_polynomial(*symbols):
        return 0
    terms = sympy.Poly(factor, *symbols).terms() if symbols else [((), factor)]
    found = {1 if coefficient > 0 else -1 for _, coefficient in terms}
    if len(found) != 1 or (strict and not _cannot_vanish(terms, symbols, signs.positive)):
        return 0
    return int(found.pop())


def _cannot_vanish(
    terms: list[tuple[Any, Any]], symbols: list[Any], positive: Collection[Any]
) -> bool:
    return any(
        all(power == 0 or symbol in positive for symbol, power in zip(symbols, powers, strict=True))
        for powers, _ in terms
    )
