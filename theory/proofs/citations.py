"""A cited theorem as data: what its names stand for, and what its left side is called here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from roundlot.theory.proofs.expressions import (
    Expression,
    Vector,
    factor,
    inner,
    is_zero,
    product_symbol,
)
from roundlot.theory.proofs.trees import UnwritableError, atoms, gram_vectors, tree

if TYPE_CHECKING:
    from roundlot.theory.proofs.facts import Fact, Lemma
    from roundlot.theory.proofs.writing import Writer

Data = dict[str, Any]


def citation_terms(writer: Writer, fact: Fact, lemma: Lemma, multiplier: Expression) -> list[Data]:
    """The terms that a cited theorem becomes: its claim, and what ties its names to ours.

    Raises:
        UnwritableError: the fact is not what the cited theorem says.
    """
    if lemma.sums:
        return [_term(writer, {"cited": _added_up(writer, lemma)}, multiplier, fact.name)]
    if not is_zero(lemma.expression - fact.expression):
        raise UnwritableError(f"'{fact.name}' is not an instance of {lemma.theorem.name}")
    reading = writer.readings[id(lemma)]
    cited = {"theorem": lemma.theorem.name, "substitution": _substitution(writer, lemma, reading)}
    terms = [_term(writer, {"cited": cited}, multiplier, fact.name)]
    return terms + _ties(writer, lemma, reading, multiplier)


def _term(writer: Writer, use: Data, multiplier: Expression, name: str) -> Data:
    return {"use": use, "times": writer.write(factor(multiplier)), "name": name}


def _substitution(writer: Writer, lemma: Lemma, reading: Reading) -> Data:
    """Every name of the cited theorem, with what it stands for here."""
    cited = lemma.theorem.data
    signs, whole = numbers_of(cited), whole_numbers(cited)
    unknown = [name for name in reading.numbers if name not in signs]
    if unknown:
        raise UnwritableError(f"{lemma.theorem.name} has no number {unknown[0]}")
    names = {}
    for name, value in reading.numbers.items():
        names[name] = writer.write(value)
        _give_sign(writer, value, signs[name], name in whole)
    for parameter in (p for p in cited["parameters"] if not isinstance(p["of"], str)):
        value = reading.apply(product_symbol(*parameter["of"][1:]))
        if value.is_Symbol:
            writer.declare_product(value, parameter["sign"])
    for one in cited.get("sequences", []):
        writer.declare_sequence(reading.sequences[one["name"]], one["sign"])
    return {
        "names": names,
        "vectors": {name: writer.write_vector(v) for name, v in reading.vectors.items()},
        "sequences": dict(reading.sequences),
    }


def _give_sign(writer: Writer, value: Expression, sign: str, whole: bool) -> None:
    """Unknowns and sequences are declared of the sign that is needed; parameters are not."""
    if value.is_Symbol and gram_vectors(value) is None:
        writer.declare_unknown(value.name, sign, whole=whole)
    elif value.is_Function:
        writer.declare_sequence(value.func.__name__, sign)


def _ties(writer: Writer, lemma: Lemma, reading: Reading, multiplier: Expression) -> list[Data]:
    """Equalities that say which product a value is, and what the left side is called here."""
    claim = lemma.theorem.claim
    left, right = reading.apply(claim.left), reading.apply(claim.right)
    ours = sympy.sympify(lemma.left)
    sign = -1 if claim.lower else 1
    changing, found = right, []
    if is_zero(left.xreplace(dict(reading.ties)) - ours):
        changing = right - left
    elif ours.is_Symbol or ours.is_Function:
        name = f"{ours} is the left side of {lemma.theorem.name}"
        name = _equal(writer, name, ours, left)
        found.append(_term(writer, {"assumption": name}, -sign * multiplier, name))
    else:
        raise UnwritableError(f"{lemma.theorem.name} is cited with another left side")
    for product, value in reading.ties.items():
        slope = sympy.diff(changing, product)
        if any(slope.has(other) for other in reading.ties):
            raise UnwritableError(f"{lemma.theorem.name} is not linear in {product}")
        if slope != 0:
            name = _equal(writer, f"{product} has its value", product, value)
            found.append(_term(writer, {"assumption": name}, -sign * multiplier * slope, name))
    return found


def _equal(writer: Writer, name: str, symbol: Expression, value: Expression) -> str:
    """What a name of ours, or one of the cited theorem's, stands for."""
    objects = {"symbol": writer.write(symbol), "value": writer.write(value)}
    return writer.assume(name, "definition", objects)


def _added_up(writer: Writer, lemma: Lemma) -> Data:
    """The claim's terms, each with what multiplies it and the name of its sum."""
    claim = lemma.theorem.claim
    sums = {sympy.sympify(k): sympy.sympify(v) for k, v in lemma.sums.items()}
    varying = {symbol for term in sums for symbol in term.free_symbols}
    times: dict[Expression, Expression] = {}
    for part in sympy.Add.make_args(sympy.expand(claim.gap)):
        fitting = [t for t in sums if not (part / t).free_symbols & varying]
        if len(fitting) != 1:
            raise UnwritableError(f"{part} is not among the terms that are added up")
        times[fitting[0]] = times.get(fitting[0], sympy.Integer(0)) + part / fitting[0]
    common = sorted({str(s) for multiple in times.values() for s in multiple.free_symbols})
    return {
        "theorem": lemma.theorem.name,
        "substitution": {"names": {name: name for name in common}},
        "sums": [
            {"term": tree(term), "times": tree(multiple), "sum": writer.write(sums[term])}
            for term, multiple in times.items()
        ],
        "over": lemma.over,
    }


if TYPE_CHECKING:
    from roundlot.theory.proofs.facts import Fact, Lemma
    from roundlot.theory.proofs.steps import Step
    from roundlot.theory.proofs.theorem import Theorem


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Values of a cited theorem's numbers, vectors and sequences; and products given a value.

    ``ties`` are products, or terms of sequences, of the cited theorem in our names, with the
    value that they are said to have here.
    """

    numbers: Mapping[str, Expression]
    vectors: Mapping[str, Vector]
    sequences: Mapping[str, str]
    ties: Mapping[Expression, Expression]

    def apply(self, expression: Expression) -> Expression:
        """An expression of the cited theorem, in our names."""
        return sympy.sympify(expression).xreplace({a: self._atom(a) for a in atoms(expression)})

    def _atom(self, atom: Expression) -> Expression:
        pair = gram_vectors(atom)
        if pair is not None:
            return inner(*(self.vectors[name] for name in pair))
        if atom.is_Symbol:
            return self.numbers.get(atom.name, atom)
        name = atom.func.__name__
        return sympy.Function(self.sequences.get(name, name))(self.apply(atom.args[0]))


def readings(theorem: Theorem) -> list[tuple[Lemma, Reading]]:
    """Every theorem that is cited one instance at a time, in the order of the steps.

    A name that the citing theorem does not use itself is its own in every citation: two citations
    of one theorem do not speak of the same vectors.
    """
    visible, found, counts = _visible(theorem), [], dict[str, int]()
    ranged = {p.symbol for p in theorem.domain.parameters}
    for fact in _facts(theorem.steps):
        if fact.lemma is not None and not fact.lemma.sums:
            name = fact.lemma.theorem.name
            counts[name] = counts.get(name, 0) + 1
            label = name if counts[name] == 1 else f"{name} ({counts[name]})"
            found.append((fact.lemma, _reading(fact.lemma, visible, label, ranged)))
    return found


def numbers_of(data: Data) -> dict[str, str]:
    """The numbers that a theorem's data speaks of, with their signs."""
    parameters = {p["of"]: p["sign"] for p in data["parameters"] if isinstance(p["of"], str)}
    unknowns = {u["name"]: u["sign"] for u in data.get("unknowns", [])}
    return {**parameters, **unknowns, **{r["name"]: "nonnegative" for r in data.get("roots", [])}}


def whole_numbers(data: Data) -> set[str]:
    """Those of them that are whole."""
    named = [(p["of"], p) for p in data["parameters"] if isinstance(p["of"], str)]
    named += [(u["name"], u) for u in data.get("unknowns", [])]
    return {name for name, one in named if one.get("whole")}


def _reading(lemma: Lemma, visible: set[str], label: str, ranged: set[Expression]) -> Reading:
    data, claim = lemma.theorem.data, lemma.theorem.claim
    given = {sympy.sympify(k): sympy.sympify(v) for k, v in lemma.substitution.items()}
    ours, left = sympy.sympify(lemma.left), sympy.sympify(claim.left)
    parameters = {p.symbol for p in lemma.theorem.domain.parameters}
    is_free = (
        left.is_Symbol and left not in given and (left not in parameters or gram_vectors(left))
    )
    if is_free and _same_kind(left, ours):
        given[left] = ours

    def our(name: str) -> str:
        return name if name in visible else f"{name} in {label}"

    signs = numbers_of(data)
    numbers = {n: sympy.Symbol(our(n)) for n in signs}
    tied = {
        k: v
        for k, v in given.items()
        if k.is_Symbol and gram_vectors(k) is None and _is_unsigned(v, signs.get(k.name), ranged)
    }
    numbers |= {k.name: sympy.Symbol(f"{k.name} in {label}") for k in tied}
    numbers |= {
        k.name: v
        for k, v in given.items()
        if k.is_Symbol and gram_vectors(k) is None and k not in tied
    }
    vectors = {v: Vector({our(v): sympy.Integer(1)}) for v in data.get("vectors", [])}
    given_vectors = {k: _multiple(k, v) for k, v in given.items()}
    vectors |= {k: v for pair in given_vectors.values() if pair is not None for k, v in (pair,)}
    sequences = {s["name"]: our(s["name"]) for s in data.get("sequences", [])}
    plain = Reading(numbers=numbers, vectors=vectors, sequences=sequences, ties={})
    ties = {
        plain.apply(k): v
        for k, v in given.items()
        if k in tied
        or (given_vectors[k] is None and (gram_vectors(k) is not None or k.is_Function))
    }
    ties = {k: v for k, v in ties.items() if k != v}
    return Reading(numbers=numbers, vectors=vectors, sequences=sequences, ties=ties)


def _is_unsigned(value: Expression, sign: str | None, ranged: set[Expression]) -> bool:
    """A formula with unknowns in it, where a sign is needed: it is given a name of that sign."""
    is_formula = not (value.is_Symbol or value.is_Function)
    return is_formula and sign not in (None, "any") and not set(atoms(value)) <= ranged


def _same_kind(left: Expression, ours: Expression) -> bool:
    """A single unknown stands for anything; a squared norm only for a squared norm."""
    return gram_vectors(left) is None or _multiple(left, ours) is not None


def _multiple(key: Expression, value: Expression) -> tuple[str, Vector] | None:
    """``‖v‖²`` given as ``c² ‖w‖²``: the vector ``v`` is ``c w``."""
    pair, norms = gram_vectors(key), [a for a in atoms(value) if gram_vectors(a) is not None]
    if pair is None or pair[0] != pair[1] or len(norms) != 1:
        return None
    other = gram_vectors(norms[0])
    factor = sympy.powdenest(sympy.sqrt(sympy.cancel(value / norms[0])), force=True)
    if other is None or other[0] != other[1] or not factor.is_rational_function():
        return None
    return pair[0], Vector({other[0]: factor})


def _facts(steps: Iterable[Step]) -> Iterable[Fact]:
    return (fact for step in steps for fact in step.facts)


def _visible(theorem: Theorem) -> set[str]:
    """The names that the theorem uses itself, outside of what the theorems that it cites hide."""
    domain, claim = theorem.domain, theorem.claim
    own: list[Expression] = [claim.left, claim.right, *claim.definitions]
    own += [p.symbol for p in domain.parameters]
    own += [side for c in domain.conditions for side in (c.greater, c.smaller)]
    for step in theorem.steps:
        own += [*([] if step.goal is None else [step.goal]), *(s.value for s in step.squares)]
    for fact in _facts(theorem.steps):
        if fact.lemma is None:
            own.append(fact.expression)
        else:
            own += [
                x for x in (fact.lemma.left, *fact.lemma.substitution.values()) if x is not None
            ]
            own += list(fact.lemma.sums.values())
    found: set[str] = set()
    for atom in (a for one in own for a in atoms(one)):
        pair = gram_vectors(atom)
        found |= set(pair) if pair else {atom.name if atom.is_Symbol else atom.func.__name__}
    return found
