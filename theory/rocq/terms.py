"""SymPy expressions written in Rocq: real numbers, natural numbers where one counts, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import sympy
from sympy.core.function import AppliedUndef

from roundlot.theory.proofs.expressions import Expression

_SUM, _PRODUCT, _POWER, _ATOM = range(4)


@dataclass(frozen=True, kw_only=True)
class Count:
    """A natural number: how it is written as such, and as a real number."""

    natural: str
    real: str


ZERO = Count(natural="O", real="0")


def counted(natural: str) -> Count:
    """The natural number of that text."""
    return Count(natural=natural, real=f"INR {natural}")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What symbols and functions are called; ``powers`` say what an abbreviation stands for."""

    reals: Mapping[Expression, str] = field(default_factory=dict)
    counts: Mapping[Expression, Count] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    powers: Mapping[str, tuple[Expression, Expression]] = field(default_factory=dict)

    def having(
        self,
        *,
        reals: Mapping[Expression, str] | None = None,
        counts: Mapping[Expression, Count] | None = None,
        functions: Mapping[str, str] | None = None,
    ) -> Scope:
        """The same with more names."""
        return replace(
            self,
            reals={**self.reals, **(reals or {})},
            counts={**self.counts, **(counts or {})},
            functions={**self.functions, **(functions or {})},
        )


def real(expression: Expression, scope: Scope) -> str:
    """``expression`` as a real number."""
    return _text(sympy.sympify(expression), scope)[0]


def wrapped(text: str) -> str:
    """``text`` as one word: a name, a number, or something in brackets."""
    if text.replace("_", "").isalnum():
        return text
    depth, closes = 0, []
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and depth == 0:
            closes.append(position)
    whole = text[0] == "(" and closes[:1] == [len(text) - 1]
    return text if whole else f"({text})"


def natural(expression: Expression, scope: Scope) -> str:
    """``expression`` as a natural number: a symbol, a number, or one of them and a constant."""
    expression = sympy.sympify(expression)
    if expression.is_Symbol:
        return scope.counts[expression].natural
    if expression.is_Integer and expression >= 0:
        return "O" if expression == 0 else f"{int(expression)}%nat"
    constant, rest = expression.as_coeff_Add()
    if not constant.is_Integer:
        raise ValueError(f"{expression} is not a whole number")
    above = [p for p in sympy.Add.make_args(rest) if not p.could_extract_minus_sign()]
    below = [-p for p in sympy.Add.make_args(rest) if p.could_extract_minus_sign()]
    parts = " + ".join(natural(p, scope) for p in above)
    parts += "".join(f" - {natural(p, scope)}" for p in below)
    if constant == 1 and rest.is_Symbol:
        return f"(S {parts})"
    sign = "+" if constant > 0 else "-"
    return f"({parts} {sign} {abs(int(constant))})%nat" if constant else f"({parts})%nat"


def _text(expression: Expression, scope: Scope) -> tuple[str, int]:
    if expression.is_Rational:
        return _rational(expression)
    if expression.is_Symbol:
        return _symbol(expression, scope)
    if isinstance(expression, AppliedUndef):
        return _applied(expression, scope)
    if expression.is_Add:
        return _sum(expression, scope), _SUM
    if expression.is_Pow and not expression.exp.is_Integer:
        base = _wrapped(expression.base, scope, _ATOM)
        return f"{base} ^ {natural(expression.exp, scope)}", _POWER
    if expression.is_Pow and expression.exp > 0:
        return f"{_wrapped(expression.base, scope, _ATOM)} ^ {int(expression.exp)}", _POWER
    if expression.is_Mul or expression.is_Pow:
        return _quotient(expression, scope), _PRODUCT
    raise ValueError(f"{expression} cannot be written in Rocq")


def _rational(number: Expression) -> tuple[str, int]:
    if number < 0:
        return f"- {_rational(-number)[0]}", _SUM
    if number.q == 1:
        return str(number.p), _ATOM
    return f"{number.p} / {number.q}", _PRODUCT


def _symbol(symbol: Expression, scope: Scope) -> tuple[str, int]:
    text = scope.counts[symbol].real if symbol in scope.counts else scope.reals[symbol]
    return text, _ATOM if text.isidentifier() or text[0] in "(0" else _POWER


def _applied(application: Expression, scope: Scope) -> tuple[str, int]:
    name = application.func.__name__
    if name in scope.functions:
        return f"{scope.functions[name]} {natural(application.args[0], scope)}", _POWER
    index, value = scope.powers[name]
    return f"({real(value.subs(index, application.args[0]), scope)})", _ATOM


def _wrapped(expression: Expression, scope: Scope, level: int) -> str:
    text, own = _text(expression, scope)
    return text if own >= level else f"({text})"


def _sum(expression: Expression, scope: Scope) -> str:
    terms = expression.as_ordered_terms()
    first = [t for t in terms if not t.could_extract_minus_sign()]
    second = [t for t in terms if t.could_extract_minus_sign()]
    text = " + ".join(_wrapped(t, scope, _PRODUCT) for t in first)
    minus = "".join(f" - {_wrapped(-t, scope, _PRODUCT)}" for t in second)
    return (text + minus).strip()


def _quotient(expression: Expression, scope: Scope) -> str:
    above, below = [], []
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient < 0:
        return f"- {_wrapped(-expression, scope, _PRODUCT)}"
    for part in sympy.Mul.make_args(rest):
        if part.is_Pow and part.exp.is_Integer and part.exp < 0:
            below.append(part.base ** (-part.exp))
        elif part != 1:
            above.append(part)
    above = ([sympy.Integer(coefficient.p)] if coefficient.p != 1 or not above else []) + above
    below = ([sympy.Integer(coefficient.q)] if coefficient.q != 1 else []) + below
    top = " * ".join(_wrapped(p, scope, _POWER) for p in above)
    if not below:
        return top
    bottom = " * ".join(_wrapped(p, scope, _POWER) for p in below)
    return f"{top} / ({bottom})" if len(below) > 1 else f"{top} / {bottom}"


_WORDS = {
    "∇": "grad", "²": "2", "⁺": "_next", "̄": "_bar", "*": "_star", "Δ": "Delta", "Γ": "Gamma",
    "‖": "", "ₙ": "_n", "∞": "inf", "Σ": "Sum", "√": "sqrt", "ℓ": "ell",
}  # fmt: skip
_WORDS_OF_ROCQ = """
S O R I INR IZR nat pow Set Prop Type at by in of as end fun let if then else using where with match
return forall exists fix cofix for mod
"""
_WORDS_OF_THE_FILES = """
total room at_most less linked linked_above linked_equal difference same equal above below over
times_zero plus_zero from_zero sign nonzero identity written parts every goal hypothesis added
before one sum index_sign form here
"""
_TAKEN = frozenset((_WORDS_OF_ROCQ + _WORDS_OF_THE_FILES).split())


def identifier(text: str) -> str:
    """``text`` as letters, digits and underscores."""
    norm = re.fullmatch(r"‖(.*)‖²", text)
    if norm:
        return "norm2_" + identifier(norm[1])
    product = re.fullmatch(r"⟨(.*),(.*)⟩", text)
    if product:
        return f"{identifier(product[1])}_dot_{identifier(product[2])}"
    spelt = "".join(_letter(c) for c in unicodedata.normalize("NFD", text))
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", spelt)).strip("_")
    return plain if plain and plain[0].isalpha() else f"n{plain}"


def _letter(letter: str) -> str:
    if letter in _WORDS:
        return _WORDS[letter]
    name = unicodedata.name(letter, "")
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (FINAL )?(\w+).*", name)
    if greek:
        return greek[3].lower() if greek[1] == "SMALL" else greek[3].capitalize()
    digit = re.fullmatch(r"(SUBSCRIPT|SUPERSCRIPT) (\w+)", name)
    return str(unicodedata.digit(letter)) if digit and letter.isdigit() else letter


def free(wanted: str, used: Collection[str]) -> str:
    """``wanted``, or the first of ``wanted_``, ``wanted_2``, ... that is neither used nor taken."""
    taken = {*used, *_TAKEN}
    candidate, number = wanted, 1
    while candidate in taken:
        candidate = f"{wanted}_" if number == 1 else f"{wanted}_{number}"
        number += 1
    return candidate


def comment(text: str) -> str:
    """``text`` as a comment of a Rocq file, whatever stars, brackets and quotes it has."""
    inner = text.replace("*)", "* )").replace("(*", "( *").replace('"', "'")
    return f"(* {inner} *)"
