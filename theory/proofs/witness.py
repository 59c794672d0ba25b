"""The instance that attains a tight bound, as data: vectors instead of products of vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sympy

from roundlot.theory.proofs.assumptions import Kind
from roundlot.theory.proofs.citations import Reading, numbers_of, readings
from roundlot.theory.proofs.expressions import Expression, Vector, product_symbol
from roundlot.theory.proofs.trees import tree

if TYPE_CHECKING:
    from roundlot.theory.proofs.facts import Lemma
    from roundlot.theory.proofs.theorem import Summand, Theorem

Data = dict[str, Any]
Values = dict[Expression, Expression]


def witness_data(theorem: Theorem, declared: Data) -> Data | None:
    """The witness of ``theorem`` for its data ``declared`` so far; None if it has none.

    What the cited theorems' instances give is added. What is given nowhere is left out, which the
    kernel refuses; of products of vectors only those that are not zero need to be given.
    """
    if theorem.witness is None:
        return None
    values = _in_free_numbers(
        attained_values(theorem), {p.symbol for p in theorem.domain.parameters}
    )
    return {
        "text": theorem.witness.text,
        **_values_data(values, declared),
        "totals": [
            [_summand(lemma, one) for one in summands]
            for lemma, summands in zip(_totals(theorem), theorem.witness.summands, strict=False)
        ],
    }


def attained_values(theorem: Theorem) -> Values:
    """The values of everything that the instance gives, its cited theorems' instances included."""
    witness = theorem.witness
    values: Values = {} if witness is None else _sympified(witness.values)
    for symbol, value in _definitions(theorem):
        values.setdefault(value, symbol)
    for lemma, reading in readings(theorem):
        for unknown, value in _cited_values(lemma, reading).items():
            values.setdefault(unknown, value)
    return _resolved(values, {p.symbol for p in theorem.domain.parameters})


def _definitions(theorem: Theorem) -> list[tuple[Expression, Expression]]:
    """Parameters that stand for a single unknown, which is thereby given."""
    parameters = {p.symbol for p in theorem.domain.parameters}
    found = []
    for fact in (fact for step in theorem.steps for fact in step.facts):
        if fact.assumption is not None and fact.assumption.kind is Kind.DEFINITION:
            symbol, value = (fact.assumption.objects[role] for role in ("symbol", "value"))
            if isinstance(value, Vector) or symbol not in parameters:
                continue
            if value.is_Symbol or value.is_Function:
                found.append((symbol, value))
    return found


def _sympified(values: Mapping[Expression, Expression]) -> Values:
    return {sympy.sympify(k): sympy.sympify(v) for k, v in values.items()}


def _cited_values(lemma: Lemma, reading: Reading) -> Values:
    """What a cited theorem's instance says of the unknowns here, and what its left side is."""
    found: Values = dict(reading.ties)
    for unknown, value in attained_values(lemma.theorem).items():
        ours = reading.apply(unknown)
        if (ours.is_Symbol or ours.is_Function) and ours not in found:
            found[ours] = reading.apply(value)
    bounded, left = sympy.sympify(lemma.left), reading.apply(lemma.theorem.claim.left)
    if left != bounded:
        found.setdefault(bounded, left)
    return found


def _resolved(values: Values, parameters: set[Expression]) -> Values:
    """Values in parameters alone; a parameter on a right side is any number of its range."""
    unknowns = {k: v for k, v in values.items() if k not in parameters}
    for _ in range(len(unknowns)):
        again = {k: v.subs({**unknowns}, simultaneous=True) for k, v in unknowns.items()}
        if again == unknowns:
            break
        unknowns = again
    given = {k: v for k, v in values.items() if k in parameters}
    return unknowns | given


def _in_free_numbers(values: Values, parameters: set[Expression]) -> Values:
    """The unknowns' values with those that the parameters are given put in."""
    given = {k: v for k, v in values.items() if k in parameters}
    rest = {k: v for k, v in values.items() if k not in parameters}
    return {k: sympy.cancel(v.subs(given, simultaneous=True)) for k, v in rest.items()} | given


def _values_data(values: Values, declared: Data) -> Data:
    numbers = numbers_of(declared)
    sequences = [one["name"] for one in declared.get("sequences", [])]
    unknowns = [u["name"] for u in declared.get("unknowns", [])]
    free = {str(symbol) for value in values.values() for symbol in value.free_symbols}
    # Of an unknown nothing may be said: it is any number if others are told by it, else no matter.
    found: Data = {name: name if name in free else 0 for name in unknowns}
    found |= {str(k): tree(v) for k, v in values.items() if str(k) in numbers}
    return {
        "values": found,
        "sequences": [
            {"name": name, **formula}
            for name in sequences
            if (formula := _formula(name, values)) is not None
        ],
        **_vectors_data(values, declared),
    }


def _formula(name: str, values: Values) -> Data | None:
    """The sequence's value at its index, which the instance gives among others."""
    for term, value in values.items():
        if term.is_Function and term.func.__name__ == name and term.args[0].is_Symbol:
            return {"index": str(term.args[0]), "value": tree(value)}
    return None


def _vectors_data(values: Values, declared: Data) -> Data:
    """Vectors with the given products, as multiples of orthogonal ones: one at a time, each the
    combination of those before it and a new one. Those that cannot be zero come first.
    """
    cells = {
        tuple(p["of"][1:]): p["sign"]
        for p in declared["parameters"]
        if not isinstance(p["of"], str)
    }
    nonzero = {u for (u, v), sign in cells.items() if u == v and sign == "positive"}
    names = sorted(declared.get("vectors", []), key=lambda one: one not in nonzero)

    free = {symbol for value in values.values() for symbol in value.free_symbols}

    def product(one: str, other: str) -> Expression:
        symbol = product_symbol(one, other)
        is_free = symbol in free or (one, other) in cells or (other, one) in cells
        return values.get(symbol, symbol if is_free else sympy.Integer(0))

    basis: dict[str, Expression] = {}
    vectors: dict[str, dict[str, Expression]] = {}
    for name in names:
        multiples: dict[str, Expression] = {}
        for other, known in vectors.items():
            rest = product(name, other) - sum(
                multiples.get(b, 0) * c * basis[b] for b, c in known.items() if b != other
            )
            rest = sympy.cancel(rest)
            if other in basis and rest != 0:
                multiples[other] = sympy.cancel(rest / basis[other])
        square = sympy.cancel(
            product(name, name) - sum(c**2 * basis[b] for b, c in multiples.items())
        )
        if square != 0:
            basis[name] = square
            multiples[name] = sympy.Integer(1)
        vectors[name] = multiples
    return {
        "basis": [{"name": name, "square": tree(sympy.factor(s))} for name, s in basis.items()],
        "vectors": {
            name: {other: tree(c) for other, c in multiples.items()}
            for name, multiples in vectors.items()
        },
    }


def _totals(theorem: Theorem) -> list[Lemma]:
    """The theorems that are added up, here and behind those cited, in the kernel's order."""
    found: list[Lemma] = []
    for fact in (fact for step in theorem.steps for fact in step.facts):
        if fact.lemma is not None:
            found += [fact.lemma] if fact.lemma.sums else _totals(fact.lemma.theorem)
    return found


def _summand(lemma: Lemma, summand: Summand) -> Data:
    """The cited theorem's own instance, at the index that the summand is."""
    at = _sympified(summand.values)
    varying = {k: v for k, v in at.items() if str(k) != lemma.theorem.data.get("induction")}
    values = {
        k: sympy.cancel(v.subs(varying, simultaneous=True))
        for k, v in attained_values(lemma.theorem).items()
        if k not in at
    }
    return {"weight": tree(summand.weight), **_values_data(values | at, lemma.theorem.data)}
