"""A cited theorem as data: what its names stand for, and what its left side is called here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sympy

from roundlot.theory.gram import Expression
from roundlot.theory.positivity import is_zero
from roundlot.theory.trees import UnwritableError, atoms, gram_vectors, tree

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
    names, ties = substitution(lemma)
    cited = {
        "theorem": lemma.theorem.name,
        "substitution": _substitution(writer, lemma, names),
    }
    terms = [_term(writer, {"cited": cited}, multiplier, fact.name)]
    return terms + _ties(writer, lemma, names, ties, multiplier)


def substitution(
    lemma: Lemma,
) -> tuple[dict[Expression, Expression], dict[Expression, Expression]]:
    """What the cited theorem's numbers stand for; and the products that are given values here.

    A left side that is a single unknown of the cited theorem stands for what is bounded here.
    """
    claim = lemma.theorem.claim
    given = {sympy.sympify(k): sympy.sympify(v) for k, v in lemma.substitution.items()}
    ties = {k: v for k, v in given.items() if gram_vectors(k) is not None and k != v}
    names = {k: v for k, v in given.items() if gram_vectors(k) is None}
    parameters = [p.symbol for p in lemma.theorem.domain.parameters]
    left = sympy.sympify(claim.left)
    is_unknown = left.is_Symbol and gram_vectors(left) is None and left not in parameters
    if is_unknown and left not in names:
        names[left] = sympy.sympify(lemma.left)
    return names, ties


def _term(writer: Writer, use: Data, multiplier: Expression, name: str) -> Data:
    return {"use": use, "times": writer.write(sympy.factor(multiplier)), "name": name}


def _substitution(writer: Writer, lemma: Lemma, names: Mapping[Expression, Expression]) -> Data:
    """Every name of the cited theorem: what is not given stands for the same name here."""
    cited = lemma.theorem.data
    given = {str(symbol): value for symbol, value in names.items()}
    numbers: Data = {}
    for name, sign in numbers_of(cited).items():
        value = given.pop(name, sympy.Symbol(name))
        numbers[name] = writer.write(value)
        _give_sign(writer, value, sign)
    if given:
        raise UnwritableError(f"{lemma.theorem.name} has no number {next(iter(given))}")
    sequences = {one["name"]: one["sign"] for one in cited.get("sequences", [])}
    for name, sign in sequences.items():
        writer.declare_sequence(name, sign)
    vectors = cited.get("vectors", [])
    writer.vectors |= dict.fromkeys(vectors)
    return {
        "names": numbers,
        "vectors": {name: name for name in vectors},
        "sequences": {name: name for name in sequences},
    }


def numbers_of(cited: Data) -> dict[str, str]:
    """The numbers that a theorem's data speaks of, with their signs."""
    parameters = {p["of"]: p["sign"] for p in cited["parameters"] if isinstance(p["of"], str)}
    unknowns = {u["name"]: u["sign"] for u in cited.get("unknowns", [])}
    return {**parameters, **unknowns, **{r["name"]: "nonnegative" for r in cited.get("roots", [])}}


def _give_sign(writer: Writer, value: Expression, sign: str) -> None:
    """Unknowns and sequences are declared of the sign that is needed; parameters are not."""
    if value.is_Symbol and gram_vectors(value) is None:
        writer.declare_unknown(value.name, sign)
    elif value.is_Function:
        writer.declare_sequence(value.func.__name__, sign)


def _ties(
    writer: Writer,
    lemma: Lemma,
    names: Mapping[Expression, Expression],
    ties: Mapping[Expression, Expression],
    multiplier: Expression,
) -> list[Data]:
    """Equalities that say which product a value is, and what the left side is called here."""
    claim = lemma.theorem.claim
    left, right = (
        sympy.sympify(side).subs(names, simultaneous=True) for side in (claim.left, claim.right)
    )
    ours = sympy.sympify(lemma.left)
    sign = -1 if claim.lower else 1
    changing = right
    found = []
    if not is_zero(left - ours):
        if is_zero(left.subs(ties) - ours):
            changing = right - left
        elif (len(atoms(ours)) == 1 and atoms(ours)[0] == ours) or ours.is_Function:
            name = writer.assume(
                f"{ours} is the left side of {lemma.theorem.name}",
                "definition",
                {"symbol": writer.write(ours), "value": writer.write(left)},
            )
            found.append(_term(writer, {"assumption": name}, -sign * multiplier, name))
        else:
            raise UnwritableError(f"{lemma.theorem.name} is cited with another left side")
    elif ties:
        changing = right - left
    for product, value in ties.items():
        slope = sympy.diff(changing, product)
        if any(slope.has(other) for other in ties):
            raise UnwritableError(f"{lemma.theorem.name} is not linear in {product}")
        if slope != 0:
            name = writer.assume(f"{value} is {product}", *_tie(writer, value, product))
            found.append(_term(writer, {"assumption": name}, sign * multiplier * slope, name))
    return found


def _tie(writer: Writer, value: Expression, product: Expression) -> tuple[str, Data]:
    if value.is_Symbol or value.is_Function:
        return "definition", {"symbol": writer.write(value), "value": writer.write(product)}
    return "given equality", {"left": writer.write(value), "right": writer.write(product)}


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
