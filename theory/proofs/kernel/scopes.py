"""Reading an expression: what its names stand for here.

An expression is a whole number, a name, or a list: ``["+", a, b, ...]``, ``["-", a]``,
``["-", a, b]``, ``["*", a, b, ...]``, ``["/", a, b]``, ``["^", a, n]``, ``["at", sequence, n]``,
``["dot", u, v]``. A vector is a name or an object ``{name: expression}``, the multiples of named
vectors. Substituting is reading in another scope: a theorem that is cited is read in a scope in
which its names stand for expressions of the theorem that cites it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import (
    NONNEGATIVE,
    ONE,
    POSITIVE,
    ZERO,
    Ratio,
    Signs,
    atom,
    constant,
    total,
)
from roundlot.theory.proofs.kernel.documents import Tree

MOST_DEPTH = 100
# An index of which nothing is known but that it is whole: what holds for it holds for every index.
SOME_INDEX = atom(repr(("any index",)), "k")

Vector = Mapping[str, Ratio]
Cell = tuple[str, str]


class RefusedError(ValueError):
    """A proof that does not stand; ``where`` names the theorem and the step that fails."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.where = where


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What names, vectors, their products and sequences stand for.

    ``signs`` are those of the atoms; ``None`` reads a formula as algebra alone, in which dividing
    by something that may vanish is allowed. ``whole`` are the keys of atoms that are whole numbers
    of at least 0.
    """

    names: Mapping[str, Ratio]
    vectors: Mapping[str, Vector]
    products: Callable[[str, str], Ratio]
    sequences: Mapping[str, Callable[[Ratio], Ratio]]
    signs: Signs | None
    whole: frozenset[str]

    def with_names(self, names: Mapping[str, Ratio]) -> Scope:
        """The same scope, in which some names stand for something else."""
        return replace(self, names={**self.names, **names})

    def with_sequence(self, name: str, terms: Callable[[Ratio], Ratio]) -> Scope:
        """The same scope, with one more sequence."""
        return replace(self, sequences={**self.sequences, name: terms})

    def sequence(self, name: str) -> Callable[[Ratio], Ratio]:
        """The terms of a sequence by their index."""
        return _known(self.sequences, name, "sequence")  # type: ignore[no-any-return]

    def name(self, name: str) -> Ratio:
        """What a name stands for."""
        return _known(self.names, name, "name")  # type: ignore[no-any-return]

    def read(self, tree: Tree, depth: int = 0) -> Ratio:
        """The rational function that an expression stands for.

        Raises:
            UnreadableError: an unknown name or operation, or one beyond a limit.
            RefusedError: a division by something that is not shown to be non-zero.
        """
        if depth > MOST_DEPTH:
            raise UnreadableError(f"an expression nested deeper than {MOST_DEPTH} is too deep")
        if isinstance(tree, int) and not isinstance(tree, bool):
            return constant(tree)
        if isinstance(tree, str):
            return self.name(tree)
        if not isinstance(tree, list) or not tree or not isinstance(tree[0], str):
            raise UnreadableError(f"{_short(tree)} is not an expression")
        operation, *parts = tree
        if operation == "at":
            return self._at(parts, depth)
        if operation == "dot":
            return self._dot(parts, depth)
        return self._arithmetic(operation, [self.read(part, depth + 1) for part in parts])

    def _arithmetic(self, operation: str, parts: list[Ratio]) -> Ratio:
        match operation, parts:
            case "+", [_, *_]:
                return total(parts)
            case "-", [one]:
                return -one
            case "-", [one, other]:
                return one - other
            case "*", [_, *_]:
                product = ONE
                for part in parts:
                    product = product * part
                return product
            case "/", [above, below]:
                return above * self._power(below, constant(-1))
            case "^", [base, exponent]:
                return self._power(base, exponent)
        raise UnreadableError(f"no operation {operation!r} of {len(parts)} parts")

    def _power(self, base: Ratio, exponent: Ratio) -> Ratio:
        fixed, multiples = whole_parts(exponent)
        if fixed < 0:
            if base.is_zero or (self.signs is not None and not self.signs.is_nonzero(base)):
                raise RefusedError(f"it divides by {base}, which is not shown to be non-zero")
            if multiples:
                raise UnreadableError(f"{exponent} may be negative as an exponent")
        found = base**fixed
        for key, (text, multiple) in multiples.items():
            found = found * self._endless(base, key, text) ** multiple
        return found

    def _endless(self, base: Ratio, key: str, text: str) -> Ratio:
        """``base^t`` as an atom: ``base^(t + 1)`` is ``base · base^t`` for whole t >= 0."""
        if key not in self.whole:
            raise RefusedError(f"{text} is an exponent but not declared whole")
        if base.is_zero or base == ONE:
            raise UnreadableError(f"a power of {base} needs no exponent {text}")
        name = repr(("power", _canonical(base), key))
        if self.signs is not None and self.signs.is_nonnegative(base):
            self.signs.learn(name, POSITIVE if self.signs.is_positive(base) else NONNEGATIVE)
        return atom(name, f"({base})^{text}")

    def _at(self, parts: list[Tree], depth: int) -> Ratio:
        if len(parts) != 2 or not isinstance(parts[0], str):
            raise UnreadableError('a term of a sequence is ["at", sequence, index]')
        index = self.read(parts[1], depth + 1)
        self.check_whole(index)
        return self.sequence(parts[0])(index)

    def check_whole(self, index: Ratio) -> None:
        """Raise RefusedError unless it is a whole number of at least 0 for all values."""
        try:
            _, multiples = whole_parts(index)
        except UnreadableError:
            raise RefusedError(f"{index} is not shown to be a whole number") from None
        if not self.whole.issuperset(multiples):
            raise RefusedError(f"{index} is not shown to be a whole number")
        if self.signs is not None and not self.signs.is_nonnegative(index):
            raise RefusedError(f"{index} is not shown to be at least 0")

    def _dot(self, parts: list[Tree], depth: int) -> Ratio:
        if len(parts) != 2:
            raise UnreadableError('a product of vectors is ["dot", u, v]')
        one, other = (self.vector(part, depth + 1) for part in parts)
        return total(a * b * self.products(u, v) for u, a in one.items() for v, b in other.items())

    def vector(self, tree: Tree, depth: int = 0) -> Vector:
        """The multiples of independent vectors that a vector stands for."""
        if isinstance(tree, str):
            return _known(self.vectors, tree, "vector")  # type: ignore[no-any-return]
        if not isinstance(tree, dict):
            raise UnreadableError(f"{_short(tree)} is not a vector")
        found: dict[str, Ratio] = {}
        for name, multiple in tree.items():
            factor = self.read(multiple, depth + 1)
            for base, share in _known(self.vectors, name, "vector").items():
                found[base] = found.get(base, ZERO) + factor * share
        return found


def whole_parts(value: Ratio, *, negative: bool = False) -> tuple[int, dict[str, tuple[str, int]]]:
    """``c + Σ k·t`` as ``c`` and ``{key of t: (text of t, k)}``, whole numbers all, ``k > 0``.

    With ``negative`` any whole ``k`` is taken.

    Raises:
        UnreadableError: anything else.
    """
    fixed, multiples = 0, {}
    for monomial, coefficient in _terms(value):
        if not monomial:
            fixed = coefficient
        elif len(monomial) == 1 and monomial[0][1] == 1 and (negative or coefficient > 0):
            multiples[monomial[0][0].key] = (monomial[0][0].text, coefficient)
        else:
            raise UnreadableError(f"{value} is neither a whole number nor a sum of indices")
    return fixed, multiples


def _terms(value: Ratio) -> list[tuple[Any, int]]:
    """The terms of a sum of atoms with whole coefficients."""
    if value.is_zero:
        return []
    whole = value.coefficient.denominator == 1
    scale = value.coefficient.numerator
    if whole and not value.factors:
        return [(tuple(sorted(value.atoms.items())), scale)]
    if whole and not value.atoms and list(value.factors.values()) == [1]:
        (factor,) = value.factors
        return [(monomial, scale * coefficient) for monomial, coefficient in factor.terms]
    raise UnreadableError(f"{value} is neither a whole number nor a sum of indices")


def _canonical(value: Ratio) -> Any:
    """A text that differs for different functions; it tells atoms apart."""
    factors = sorted((repr(f.terms), p) for f, p in value.factors.items())
    return str(value.coefficient), sorted(value.atoms.items()), factors


def sequence_atoms(name: str) -> Callable[[Ratio], Ratio]:
    """The terms of a sequence of which nothing is known: one atom for each index."""
    return lambda index: atom(sequence_key(name, index), f"{name}({index})")


def sequence_key(name: str, index: Ratio) -> str:
    """What tells one term of a sequence from every other atom."""
    return repr(("at", name, _canonical(index)))


def name_key(name: str) -> str:
    """What tells a name from every other atom."""
    return repr(("name", name))


def product_key(one: str, other: str) -> str:
    """What tells the product of two vectors from every other atom."""
    return repr(("dot", *sorted((one, other))))


def product_atom(one: str, other: str) -> Ratio:
    """The product of two vectors of which nothing is known."""
    low, high = sorted((one, other))
    return atom(product_key(one, other), f"‖{low}‖²" if low == high else f"⟨{low},{high}⟩")


def _known(among: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in among:
        raise UnreadableError(f"unknown {what} {_short(name)}")
    return among[name]


def _short(tree: Tree) -> str:
    text = repr(tree)
    return text if len(text) < 60 else text[:57] + "..."
