"""That a bound is attained: an instance in which every assumption holds and both sides agree.

Vectors are multiples of orthogonal ones whose squared lengths are at least 0, so their products
belong to vectors that exist. A witness may leave parameters free: it is then one instance for
each of their values. On its right sides a parameter's name stands for any number of its range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import ONE, ZERO, Ratio, total
from roundlot.theory.proofs.kernel.documents import (
    Definition,
    Instance,
    Theorem,
    Tree,
    Values,
    Witness,
    spoken_of,
)
from roundlot.theory.proofs.kernel.hypotheses import Hypothesis, Proved, Stated, Total, gap
from roundlot.theory.proofs.kernel.ranges import check_conditions, check_range, defined, names_of
from roundlot.theory.proofs.kernel.scopes import SOME_INDEX, RefusedError, Scope


def check_witness(proved: Proved, scope: Scope, stated: Stated) -> None:
    """Raise RefusedError unless the witness is an instance that attains the bound."""
    theorem = proved.theorem
    if theorem.witness is None:
        raise RefusedError("it is called tight without an instance that attains it")
    if not theorem.tight or theorem.relation == "exact":
        raise RefusedError("an instance attains a bound that is called tight, no other")
    try:
        _check(proved, theorem.witness, scope, stated)
    except RefusedError as refusal:
        raise RefusedError(refusal.reason, f"witness '{theorem.witness.text}'") from None


def _check(proved: Proved, witness: Witness, scope: Scope, stated: Stated) -> None:
    theorem = proved.theorem
    if theorem.induction in witness.values:
        raise RefusedError(f"it attains the bound at one {theorem.induction} only")
    parameters = [p.of for p in theorem.parameters if isinstance(p.of, str)]
    known = {name: scope.names[name] for name in parameters}
    inside = _scope(theorem, witness, scope, known)
    check_range(theorem, inside)
    check_conditions(theorem, inside, stated)
    totals = [h for h in proved.hypotheses if h.total is not None]
    if len(totals) != len(witness.totals):
        raise RefusedError(f"it gives {len(witness.totals)} of {len(totals)} lists of instances")
    for hypothesis in proved.hypotheses:
        if hypothesis.total is None:
            _check_hypothesis(hypothesis, inside)
    for hypothesis, instances in zip(totals, witness.totals, strict=True):
        assert hypothesis.total is not None
        _check_total(hypothesis.total, instances, hypothesis.reach(inside), scope)
    if theorem.induction is not None:
        after = scope.with_names({theorem.induction: scope.name(theorem.induction) + ONE})
        _check_constants(theorem, inside, _scope(theorem, witness, after, known))
    difference = gap(theorem, inside)
    if inside.read(theorem.claim.left).is_zero and theorem.claim.left != 0:
        raise RefusedError("both sides are 0 in it, whatever stands before them")
    if not difference.is_zero:
        raise RefusedError(f"not attained: {difference} is between both sides")


def _scope(theorem: Theorem, given: Values, outer: Scope, known: Mapping[str, Ratio]) -> Scope:
    """The scope in which every name of ``theorem`` has its value in the instance."""
    names = dict(known)
    for name, tree in given.values.items():
        names[name] = outer.read(tree)
    sequences = [d.name for d in given.sequences]
    _check_complete("number", names_of(theorem), list(names))
    _check_complete("vector", theorem.vectors, list(given.vectors))
    _check_complete("sequence", [s.name for s in theorem.sequences], sequences)
    lengths = _lengths(given, outer)
    inside = Scope(
        names=names,
        vectors={n: _multiples(tree, lengths, outer) for n, tree in given.vectors.items()},
        products=lambda u, v: lengths[u] if u == v else ZERO,
        sequences={d.name: _formula(outer, d) for d in given.sequences},
        signs=outer.signs,
        whole=outer.whole,
    )
    return defined(inside, theorem.definitions)


def _scope_at(
    cited: Theorem, one: Instance, outer: Scope, common: Mapping[str, Ratio], *, every_index: bool
) -> Scope:
    """The scope of an instance at its own index, or at any: its values may vary with the index."""
    index = cited.induction
    if index is None or index not in one.values:
        return _scope(cited, one, outer, common)
    at = SOME_INDEX if every_index else outer.read(one.values[index])
    return _scope(cited, one, outer.with_names({index: at}), common).with_names({index: at})


def _formula(scope: Scope, sequence: Definition) -> Callable[[Ratio], Ratio]:
    index = sequence.index or ""
    return lambda at: scope.with_names({index: at}).read(sequence.value)


def _check_complete(what: str, wanted: Sequence[str], given: Sequence[str]) -> None:
    """Raise RefusedError unless exactly the names of a kind are given."""
    for name in wanted:
        if name not in given:
            raise RefusedError(f"it does not give the {what} {name}")
    for name in given:
        if name not in wanted or given.count(name) > 1:
            raise UnreadableError(f"the witness gives the {what} {name} in vain")


def _lengths(given: Values, outer: Scope) -> dict[str, Ratio]:
    """The squared lengths of orthogonal vectors, shown to be at least 0."""
    assert outer.signs is not None
    lengths = {one.name: outer.read(one.square) for one in given.basis}
    if len(lengths) < len(given.basis):
        raise UnreadableError("the witness names two orthogonal vectors alike")
    for name, square in lengths.items():
        if not outer.signs.is_nonnegative(square):
            raise RefusedError(f"the squared length {square} of {name} is not shown >= 0")
    return lengths


def _multiples(tree: Tree, lengths: Mapping[str, Ratio], outer: Scope) -> dict[str, Ratio]:
    """A vector as its multiples of the orthogonal ones."""
    if not isinstance(tree, dict) or not set(tree) <= set(lengths):
        raise UnreadableError(f"{str(tree)[:60]} are not multiples of the orthogonal vectors")
    return {name: outer.read(multiple) for name, multiple in tree.items()}


def _check_hypothesis(hypothesis: Hypothesis, inside: Scope) -> None:
    value = hypothesis.value(inside)
    assert inside.signs is not None
    holds = value.is_zero if hypothesis.is_equality else inside.signs.is_nonnegative(value)
    if not holds:
        raise RefusedError(f"it is not shown to meet {hypothesis}")


def _check_constants(theorem: Theorem, now: Scope, later: Scope) -> None:
    """What the claim speaks of may not differ from index to index; other unknowns may."""
    named = spoken_of(theorem, theorem.claim.left, theorem.claim.right) - {theorem.induction}
    pairs = [(now.name(n), later.name(n)) for n in names_of(theorem) if n in named]
    vectors = [v for v in theorem.vectors if v in named]
    products = [["dot", u, v] for u in vectors for v in vectors]
    pairs += [(now.read(product), later.read(product)) for product in products]
    sequences = [s.name for s in theorem.sequences if s.name in named]
    pairs += [(now.sequence(n)(SOME_INDEX), later.sequence(n)(SOME_INDEX)) for n in sequences]
    if any(not (one - other).is_zero for one, other in pairs):
        raise RefusedError(f"what the claim speaks of varies with {theorem.induction}")


def _check_total(total_: Total, instances: tuple[Instance, ...], home: Scope, outer: Scope) -> None:
    """Every instance meets the cited theorem's range and hypotheses; the sums are theirs.

    ``home`` is where the sums are named, in the instance; ``outer`` that of free parameters.
    """
    cited, citation = total_.proved.theorem, total_.citation
    assert outer.signs is not None
    common = {name: home.read(tree) for name, tree in citation.substitution.names.items()}
    found: list[list[Ratio]] = [[] for _ in citation.sums]
    for one in instances:
        weight = outer.read(one.weight)
        if not outer.signs.is_nonnegative(weight):
            raise RefusedError(f"the weight {weight} is not shown >= 0")
        scope = _scope_at(cited, one, outer, common, every_index=False)
        check_range(cited, scope)
        check_conditions(cited, scope, ())
        anywhere = _scope_at(cited, one, outer, common, every_index=True)
        _check_constants(cited, scope, anywhere)
        for hypothesis in total_.proved.hypotheses:
            if hypothesis.total is not None:
                raise RefusedError("a sum of sums has no instance here")
            _check_hypothesis(hypothesis, anywhere)
        for parts, term in zip(found, citation.sums, strict=True):
            parts.append(weight * scope.read(term.term))
    for parts, term in zip(found, citation.sums, strict=True):
        if not (total(parts) - home.read(term.sum)).is_zero:
            raise RefusedError(f"{term.sum} is not the sum of the instances")
