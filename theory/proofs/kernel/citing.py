"""What a cited theorem contributes: its own claim under a substitution, or added up."""

from __future__ import annotations

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import Ratio, total
from roundlot.theory.proofs.kernel.documents import Citation, Theorem
from roundlot.theory.proofs.kernel.hypotheses import Hypothesis, Proved, Total
from roundlot.theory.proofs.kernel.ranges import (
    cell_of,
    check_conditions,
    check_range,
    defined,
    names_in,
    scope_of,
    substituted,
)
from roundlot.theory.proofs.kernel.scopes import RefusedError, Scope

Stated = tuple[tuple[Ratio, bool], ...]


def gap(theorem: Theorem, scope: Scope) -> Ratio:
    """What the claim says to be at least 0, or to be 0."""
    left, right = scope.read(theorem.claim.left), scope.read(theorem.claim.right)
    return left - right if theorem.relation == "lower" else right - left


def instance(
    proved: Proved, citation: Citation, theorem: Theorem, scope: Scope, stated: Stated
) -> tuple[Ratio, tuple[Hypothesis, ...]]:
    """The cited claim in the scope of ``theorem``, and what it rests on here.

    Raises:
        RefusedError: a sign or a condition of the cited theorem is not shown.
    """
    cited = proved.theorem
    inner = substituted(cited, citation.substitution, scope)
    check_range(cited, inner)
    check_conditions(cited, inner, stated)
    rests = tuple(h.through(citation, cited, theorem) for h in proved.hypotheses)
    return gap(cited, inner), rests


def added_up(
    proved: Proved, citation: Citation, theorem: Theorem, scope: Scope
) -> tuple[Ratio, tuple[Hypothesis, ...]]:
    """``Σ_i w_i · claim at i`` with weights ``w_i >= 0``: every term's sum is a name of its own.

    The claim must be ``Σ times · term``, ``times`` common to all indices. That the cited
    theorem's range and hypotheses hold at every index is a hypothesis.
    """
    cited, sums = proved.theorem, citation.sums
    varying = {word for one in sums for word in names_in(one.term)}
    common = {word for one in sums for word in names_in(one.times)}
    if common != set(citation.substitution.names):
        raise RefusedError(f"what {cited.name}'s terms have in common is not given as it is used")
    if common & varying:
        raise RefusedError(f"what multiplies a term of {cited.name} varies with the index")
    if not all(_is_free(one.sum, theorem) for one in sums):
        raise RefusedError(f"the sums of {cited.name}'s terms are not names of their own")
    named = [repr(cell_of(theorem, one.sum) or one.sum) for one in sums]
    if len(set(named)) < len(named):
        raise RefusedError(f"two sums of {cited.name}'s terms have one name")
    plain = defined(scope_of(cited), cited.definitions)  # no term divides by what may be 0
    rest = gap(cited, plain) - total(plain.read(one.times) * plain.read(one.term) for one in sums)
    if not rest.is_zero:
        raise RefusedError(f"{rest} of {cited.name} is not among the terms that are added up")
    inner = scope.with_names(
        {name: scope.read(tree) for name, tree in citation.substitution.names.items()}
    )
    _check_common(cited, citation, inner)
    value = total(inner.read(one.times) * scope.read(one.sum) for one in sums)
    return value, (Hypothesis(theorem=theorem, total=Total(proved=proved, citation=citation)),)


def _is_free(tree: object, theorem: Theorem) -> bool:
    """Whether it is an unknown, a parameter or a product of two vectors, not an expression."""
    if isinstance(tree, str):
        parameters = [p.of for p in theorem.parameters]
        return tree in parameters or tree in [u.name for u in theorem.unknowns]
    return isinstance(tree, list) and tree[:1] == ["dot"] and cell_of(theorem, tree) is not None


def _check_common(cited: Theorem, citation: Citation, inner: Scope) -> None:
    """The signs that the cited theorem asks of what is common to all indices are shown here."""
    given = list(citation.substitution.names)
    kept = [p for p in cited.parameters if p.of in given]
    for parameter in kept:
        assert inner.signs is not None
        value = inner.read(parameter.of)
        shown = {
            "positive": inner.signs.is_positive(value),
            "nonnegative": inner.signs.is_nonnegative(value),
            "any": True,
        }
        if not shown[parameter.sign] or parameter.whole:
            raise RefusedError(f"{cited.name} needs {parameter.of} {parameter.sign}, not shown")
    unknown = [n for n in given if n not in [p.of for p in kept]]
    if unknown:
        raise UnreadableError(f"{unknown[0]} is no parameter of {cited.name}")
