"""SymPy expressions and vectors as plain data: nested lists, names, whole numbers."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from roundlot.theory.proofs.expressions import Expression, Vector

Tree = Any  # JSON
_NORM, _PRODUCT = re.compile(r"‖(.+)‖²"), re.compile(r"⟨(.+),(.+)⟩")


class UnwritableError(ValueError):
    """A proof that cannot even be written as data; the message says what has no place there."""


def gram_vectors(symbol: Expression) -> tuple[str, str] | None:
    """The two vectors whose product a symbol stands for, if it does."""
    if norm := _NORM.fullmatch(str(symbol)):
        return norm[1], norm[1]
    if product := _PRODUCT.fullmatch(str(symbol)):
        return product[1], product[2]
    return None


def tree(expression: Expression) -> Tree:
    """A SymPy expression as nested lists.

    Raises:
        UnwritableError: a function or number that the format does not have.
    """
    expression = sympy.sympify(expression)
    if expression.is_Integer:
        return int(expression)
    if expression.is_Rational:
        return ["/", int(expression.p), int(expression.q)]
    if expression.is_Symbol:
        pair = gram_vectors(expression)
        return expression.name if pair is None else ["dot", *pair]
    if isinstance(expression, AppliedUndef):
        return ["at", expression.func.__name__, tree(expression.args[0])]
    if expression.is_Add:
        return ["+", *map(tree, expression.args)]
    if expression.is_Pow and not expression.exp.is_Rational:
        return ["^", tree(expression.base), tree(expression.exp)]
    if expression.is_Mul or (expression.is_Pow and expression.exp.is_Integer):
        return _quotient(expression)
    raise UnwritableError(f"{expression} has no place in a proof over the rationals")


def _quotient(expression: Expression) -> Tree:
    above: list[Tree] = []
    below: list[Tree] = []
    for part in sympy.Mul.make_args(expression):
        base, power = part.as_base_exp()
        if part.is_Rational:
            above += [] if part.p == 1 else [int(part.p)]
            below += [] if part.q == 1 else [int(part.q)]
        elif power.is_Integer:
            one = tree(base) if abs(power) == 1 else ["^", tree(base), abs(int(power))]
            (above if power > 0 else below).append(one)
        else:
            above.append(tree(part))
    top = 1 if not above else above[0] if len(above) == 1 else ["*", *above]
    return ["/", top, below[0] if len(below) == 1 else ["*", *below]] if below else top


def vector_tree(vector: Vector) -> Tree:
    """A vector as its multiples of named ones."""
    return {name: tree(multiple) for name, multiple in vector.coefficients.items()}


def atoms(expression: Expression) -> list[Expression]:
    """The symbols and the terms of sequences in an expression, in a fixed order."""
    expression = sympy.sympify(expression)
    found = expression.free_symbols | expression.atoms(AppliedUndef)
    return sorted(found, key=str)
