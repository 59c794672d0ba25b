"""Expressions of proofs: vectors as linear forms over named vectors, factors, expectations, words.

Every product of two vectors is an entry of the Gram matrix of the named ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core import random as points

Expression = Any  # a SymPy expression; SymPy carries no types


@dataclass(frozen=True, eq=False)
class Vector:
    """A linear combination ``Σ c_k b_k`` of named vectors ``b_k`` with symbolic coefficients.

    Nothing is known of the ``b_k`` but their (expected) inner products, which are symbols: an
    identity that cancels over these symbols holds in every dimension and for every joint law.
    """

    coefficients: Mapping[str, Expression]

    def __add__(self, other: Vector) -> Vector:
        names = [*self.coefficients, *(n for n in other.coefficients if n not in self.coefficients)]
        return Vector({n: self._of(n) + other._of(n) for n in names})

    def __neg__(self) -> Vector:
        return Vector({n: -c for n, c in self.coefficients.items()})

    def __sub__(self, other: Vector) -> Vector:
        return self.__add__(other.__neg__())

    def __mul__(self, factor: Expression) -> Vector:
        return Vector({n: sympy.sympify(factor) * c for n, c in self.coefficients.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Expression) -> Vector:
        return Vector({n: c / sympy.sympify(divisor) for n, c in self.coefficients.items()})

    def _of(self, name: str) -> Expression:
        return self.coefficients.get(name, sympy.Integer(0))

    def __str__(self) -> str:
        parts = sum(c * sympy.Symbol(n) for n, c in self.coefficients.items())
        return str(parts)


def vectors(*names: str) -> tuple[Vector, ...]:
    """Independent named vectors, e.g. ``e, d = vectors("e", "∇F")``."""
    return tuple(Vector({name: sympy.Integer(1)}) for name in names)


def product_symbol(first: str, second: str) -> Expression:
    """The symbol of the (expected) inner product of two named vectors."""
    if first == second:
        return sympy.Symbol(f"‖{first}‖²")
    low, high = sorted((first, second))
    return sympy.Symbol(f"⟨{low},{high}⟩")


def inner(first: Vector, second: Vector) -> Expression:
    """``⟨first, second⟩`` as a linear form in the Gram symbols."""
    return sympy.Add(
        *(
            a * b * product_symbol(m, n)
            for m, a in first.coefficients.items()
            for n, b in second.coefficients.items()
        )
    )


def norm2(vector: Vector) -> Expression:
    """``‖vector‖²`` as a linear form in the Gram symbols."""
    return inner(vector, vector)


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


# A statement about two models s and t needs three outcomes only, however many models there are:
# the processor drew s, it drew t, or it did anything else.


def expectation(outcomes: Iterable[tuple[Expression, Expression]]) -> Expression:
    """``Σ probability × value``, expanded."""
    return sympy.expand(sympy.Add(*(chance * value for chance, value in outcomes)))


_TEX = {
    "‖": r"\|",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "²": "^2",
    "∇": r"\nabla ",
    "⁺": "^{+}",
    "⋆": r"^{\star}",
    "₀": "_0",
    "¹": "^1",
    "₁": "_1",
    "ₙ": "_n",
    "ā": r"\bar{a}",
    "¯": r"\bar ",
    "α": r"\alpha ",
    "β": r"\beta ",
    "γ": r"\gamma ",
    "δ": r"\delta ",
    "ε": r"\varepsilon ",
    "ζ": r"\zeta ",
    "ι": r"\iota ",
    "η": r"\eta ",
    "θ": r"\theta ",
    "κ": r"\kappa ",
    "ν": r"\nu ",
    "ω": r"\omega ",
    "φ": r"\varphi ",
    "Φ": r"\Phi ",
    "Σ": r"\Sigma ",
    "√": r"\sqrt",
    "ℓ": r"\ell ",
    "λ": r"\lambda ",
    "μ": r"\mu ",
    "ξ": r"\xi ",
    "π": r"\pi ",
    "χ": r"\chi ",
    "ψ": r"\psi ",
    "ρ": r"\rho ",
    "σ": r"\sigma ",
    "τ": r"\tau ",
    "Γ": r"\Gamma ",
    "Δ": r"\Delta ",
}


#: Marks over the letter before them.
_OVER = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
_MARKED = re.compile(f"(\\\\[A-Za-z]+|[A-Za-z])\\s*([{''.join(_OVER)}])")


def to_latex(expression: Expression) -> str:
    """A SymPy expression in LaTeX, norms and inner products included."""
    names = {s: _symbol(s.name) for s in sympy.sympify(expression).free_symbols}
    return _tex(str(sympy.latex(expression, symbol_names=names, order="rev-lex")))


def _symbol(name: str) -> str:
    """``VarH`` and ``Varₙ`` are variances, other names letters with their marks."""
    if name.startswith("Var") and len(name) > 3:
        of = {"ₙ": "N"}.get(name[3:], name[3:])
        return rf"\operatorname{{Var}}({_tex(of)})"
    return _tex(name)


def _tex(text: str) -> str:
    for character, command in _TEX.items():
        text = text.replace(character, command)
    return _MARKED.sub(lambda found: rf"\{_OVER[found[2]]}{{{found[1]}}}", text)


def plain(expression: Expression) -> str:
    """An expression in plain text, with ``^`` for powers and no multiplication signs in the way."""
    return str(expression).replace("**", "^").replace("*", "·")
