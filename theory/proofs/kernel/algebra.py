"""Exact rational functions and their signs: a fraction times atoms and factors with powers.

A sum is expanded into a polynomial and becomes one factor; a product keeps its factors, so that a
sign can be read off each of them. Two functions are equal if their difference expands to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple, TypeVar

from roundlot.theory.json_text import UnreadableError

# Bounds on the work of one document, far above what the catalogue needs.
MOST_TERMS = 20_000
MOST_DIGITS = 2_000
MOST_POWER = 64
MOST_PRODUCTS = 20_000_000  # of two terms, in all: about a minute

_products: ContextVar[list[int]] = ContextVar("products of two terms so far")


@contextmanager
def bounded_work() -> Iterator[None]:
    """Within it, a computation beyond ``MOST_PRODUCTS`` ends with UnreadableError."""
    token = _products.set([0])
    try:
        yield
    finally:
        _products.reset(token)


def _spend(products: int) -> None:
    spent = _products.get([0])
    spent[0] += products
    if spent[0] > MOST_PRODUCTS:
        raise UnreadableError(f"it needs more than {MOST_PRODUCTS} products of terms, the limit")


class Atom(NamedTuple):
    """Something of which only a sign may be known; ``key`` tells it from every other."""

    key: str
    text: str


Base = TypeVar("Base")
Monomial = tuple[tuple[Atom, int], ...]
Terms = dict[Monomial, int]


@dataclass(frozen=True)
class Polynomial:
    """A primitive polynomial of several terms: whole coefficients without a common divisor."""

    terms: tuple[tuple[Monomial, int], ...]

    def __str__(self) -> str:
        shown = [_term(monomial, coefficient) for monomial, coefficient in self.terms[:6]]
        return " + ".join(shown) + (" + ..." if len(self.terms) > len(shown) else "")


@dataclass(frozen=True)
class Ratio:
    """``coefficient · Π atom^power · Π factor^power``; powers may be negative."""

    coefficient: Fraction
    atoms: Mapping[Atom, int]
    factors: Mapping[Polynomial, int]

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing, identically."""
        return self.coefficient == 0

    def __mul__(self, other: Ratio) -> Ratio:
        coefficient = self.coefficient * other.coefficient
        if not coefficient:
            return ZERO
        _limit_digits(coefficient)
        atoms = _powers_added(self.atoms, other.atoms)
        return Ratio(coefficient, atoms, _powers_added(self.factors, other.factors))

    def __pow__(self, power: int) -> Ratio:
        """Raises UnreadableError beyond the largest power; a negative power needs a non-zero."""
        if abs(power) > MOST_POWER:
            raise UnreadableError(f"a power of {power} is beyond the limit of {MOST_POWER}")
        if power == 0:
            return ONE
        coefficient = self.coefficient**power
        _limit_digits(coefficient)
        atoms = {a: p * power for a, p in self.atoms.items()}
        return Ratio(coefficient, atoms, {f: p * power for f, p in self.factors.items()})

    def __neg__(self) -> Ratio:
        return Ratio(-self.coefficient, self.atoms, self.factors)

    def __sub__(self, other: Ratio) -> Ratio:
        return total((self, -other))

    def __add__(self, other: Ratio) -> Ratio:
        return total((self, other))

    def __str__(self) -> str:
        if self.is_zero:
            return "0"
        parts = [_power(str(a.text), p) for a, p in self.atoms.items()]
        parts += [_power(f"({f})", p) for f, p in self.factors.items()]
        return " · ".join(
            [*([] if self.coefficient == 1 and parts else [str(self.coefficient)]), *parts]
        )


ZERO = Ratio(Fraction(0), {}, {})
ONE = Ratio(Fraction(1), {}, {})


def constant(value: int | Fraction) -> Ratio:
    """A number."""
    number = Fraction(value)
    _limit_digits(number)
    return Ratio(number, {}, {}) if number else ZERO


def atom(key: str, text: str) -> Ratio:
    """One atom."""
    return Ratio(Fraction(1), {Atom(key, text): 1}, {})


def total(parts: Iterable[Ratio]) -> Ratio:
    """The sum: what all parts have in common stays outside, the rest is expanded."""
    present = [part for part in parts if not part.is_zero]
    if len(present) < 2:
        return present[0] if present else ZERO
    atoms = _common([part.atoms for part in present])
    factors = _common([part.factors for part in present])
    scale = lcm(*(part.coefficient.denominator for part in present))
    found: Terms = {}
    for part in present:
        rest_atoms = _powers_added(part.atoms, {a: -p for a, p in atoms.items()})
        rest = _powers_added(part.factors, {f: -p for f, p in factors.items()})
        whole = part.coefficient.numerator * (scale // part.coefficient.denominator)
        for monomial, times in _expanded(rest_atoms, rest).items():
            found[monomial] = found.get(monomial, 0) + whole * times
    return _factored(found) * Ratio(Fraction(1, scale), atoms, factors)


def _common(powers: list[Mapping[Base, int]]) -> dict[Base, int]:
    """The least power of everything; zero where a part has none."""
    bases = dict.fromkeys(base for part in powers for base in part)
    least = {base: min(p.get(base, 0) for p in powers) for base in bases}
    return {base: power for base, power in least.items() if power}


def _expanded(atoms: Mapping[Atom, int], factors: Mapping[Polynomial, int]) -> Terms:
    terms: Terms = {tuple(sorted(atoms.items())): 1}
    for factor, power in sorted(factors.items(), key=lambda item: len(item[0].terms)):
        for _ in range(power):
            terms = _product(terms, factor)
    return terms


def _product(terms: Terms, factor: Polynomial) -> Terms:
    _spend(len(terms) * len(factor.terms))
    found: Terms = {}
    for left, a in terms.items():
        for right, b in factor.terms:
            monomial = _joined(left, right)
            found[monomial] = found.get(monomial, 0) + a * b
    if len(found) > MOST_TERMS:
        raise UnreadableError(f"an expression of more than {MOST_TERMS} terms is beyond the limit")
    return found


def _joined(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for base, power in right:
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted(powers.items()))


def _factored(terms: Terms) -> Ratio:
    """A polynomial as its content, its common atoms and one primitive factor."""
    kept = {m: c for m, c in terms.items() if c}
    if not kept:
        return ZERO
    atoms = _common([dict(monomial) for monomial in kept])
    content = gcd(*kept.values())
    lowered = {a: -p for a, p in atoms.items()}
    primitive = sorted(
        (tuple(sorted(_powers_added(dict(m), lowered).items())), c // content)
        for m, c in kept.items()
    )
    sign = -1 if primitive[0][1] < 0 else 1
    if len(primitive) == 1:
        return Ratio(Fraction(content * sign), atoms, {})
    factor = Polynomial(tuple((m, sign * c) for m, c in primitive))
    return Ratio(Fraction(content * sign), atoms, {factor: 1})


def _powers_added(left: Mapping[Base, int], right: Mapping[Base, int]) -> Mapping[Base, int]:
    if not right:
        return left
    found = dict(left)
    for base, power in right.items():
        found[base] = found.get(base, 0) + power
    return {base: power for base, power in found.items() if power}


def _limit_digits(number: Fraction) -> None:
    size = max(abs(number.numerator), number.denominator).bit_length()
    if size > MOST_DIGITS * 10 // 3:  # some 10/3 bits a decimal digit
        raise UnreadableError(f"a number of more than {MOST_DIGITS} digits is beyond the limit")


def _term(monomial: Monomial, coefficient: int) -> str:
    parts = [_power(a.text, p) for a, p in monomial]
    return "·".join([*([] if coefficient == 1 and parts else [str(coefficient)]), *parts])


def _power(text: str, power: int) -> str:
    return text if power == 1 else f"{text}^{power}"


ANY, NONNEGATIVE, POSITIVE = "any", "nonnegative", "positive"
SIGNS = (ANY, NONNEGATIVE, POSITIVE)


class Signs:
    """The signs of atoms; those not named may be anything."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """``known`` maps keys of atoms to signs."""
        self._known = dict(known)
        self._factors: dict[Polynomial, str] = {}

    def learn(self, key: str, sign: str) -> None:
        """The sign of one more atom."""
        self._known[key] = sign

    def learn_value(self, value: Ratio, sign: str) -> None:
        """The sign of a charted parameter, which its formula need not show: ``p = 1 − r``."""
        factors = list(value.factors.items())
        if sign != ANY and len(factors) == 1 and factors[0][1] == 1:
            rest = Ratio(value.coefficient, value.atoms, {})
            if self.is_positive(rest):
                self._factors[factors[0][0]] = sign

    def is_nonnegative(self, value: Ratio) -> bool:
        """Whether the coefficients prove ``value >= 0``; false means "not shown"."""
        return value.is_zero or self._sign(value, strict=False) > 0

    def is_positive(self, value: Ratio) -> bool:
        """Whether the coefficients prove ``value > 0``."""
        return self.is_nonzero(value) and self._sign(value, strict=True) > 0

    def is_nonzero(self, value: Ratio) -> bool:
        """Whether the coefficients prove that ``value`` cannot vanish."""
        return not value.is_zero and self._sign(value, strict=True) != 0

    def _sign(self, value: Ratio, *, strict: bool) -> int:
        """1 or -1 if every factor has a shown sign (strict: and cannot vanish), else 0."""
        sign = 1 if value.coefficient > 0 else -1
        for atom, power in value.atoms.items():
            # What stands below a fraction bar was shown non-zero where it was read.
            sign *= self._of_power(self._atom(atom, strict=strict or power < 0), power, strict)
        for factor, power in value.factors.items():
            sign *= self._of_power(self._factor(factor, strict=strict or power < 0), power, strict)
        return sign

    @staticmethod
    def _of_power(sign: int, power: int, strict: bool) -> int:
        """An even power is at least zero, whatever it is a power of."""
        if power % 2 == 0:
            return 1 if sign or not strict else 0
        return sign

    def _atom(self, atom: Atom, *, strict: bool) -> int:
        sign = self._known.get(atom.key, ANY)
        return int(sign == POSITIVE or (sign == NONNEGATIVE and not strict))

    def _factor(self, factor: Polynomial, *, strict: bool) -> int:
        """The sign of a sum whose terms all have one sign, or that is known as a whole."""
        whole = self._factors.get(factor, ANY)
        if whole == POSITIVE or (whole == NONNEGATIVE and not strict):
            return 1
        signs = {1 if coefficient > 0 else -1 for _, coefficient in factor.terms}
        monomials = [monomial for monomial, _ in factor.terms]
        if len(signs) > 1 or not all(self._monomial(m, strict=False) for m in monomials):
            return 0
        if strict and not any(self._monomial(m, strict=True) for m in monomials):
            return 0
        return signs.pop()

    def _monomial(self, monomial: Monomial, *, strict: bool) -> bool:
        return all(
            self._of_power(self._atom(atom, strict=strict), power, strict)
            for atom, power in monomial
        )
