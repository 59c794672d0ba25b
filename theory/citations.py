"""A cited theorem as data: what its names stand for, and what its left side is called here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from roundlot.theory.factoring import factor, is_zero
from roundlot.theory.gram import Expression, product_symbol
from roundlot.theory.readings import Reading, numbers_of, whole_numbers
from roundlot.theory.trees import UnwritableError, gram_vectors, tree

if TYPE_CHECKING:
    from roundlot.theory.exporting import Writer
    from roundlot.theory.facts import Fact, Lemma

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
