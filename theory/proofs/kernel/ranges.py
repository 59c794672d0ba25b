"""The range of a theorem: its names, the signs of its parameters, and a chart that covers it."""

from __future__ import annotations

from collections.abc import Callable

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import (
    NONNEGATIVE,
    ONE,
    POSITIVE,
    ZERO,
    Ratio,
    Signs,
    atom,
)
from roundlot.theory.proofs.kernel.documents import (
    Condition,
    Definition,
    Substitution,
    Theorem,
    Tree,
    names_in,
    spoken_of,
)
from roundlot.theory.proofs.kernel.scopes import (
    SOME_INDEX,
    Cell,
    RefusedError,
    Scope,
    name_key,
    product_atom,
    product_key,
    sequence_atoms,
    sequence_key,
    whole_parts,
)
from roundlot.theory.proofs.kernel.words import check_spelling

_SOME = next(iter(SOME_INDEX.atoms)).key


def names_of(theorem: Theorem) -> list[str]:
    """The numbers that a theorem speaks of: those that a citation must say what they stand for."""
    parameters = [p.of for p in theorem.parameters if isinstance(p.of, str)]
    return [*parameters, *(u.name for u in theorem.unknowns), *(r.name for r in theorem.roots)]


def check_names(theorem: Theorem) -> None:
    """Raise UnreadableError if one name means two things; slacks are fresh."""
    for tree in (*(p.of for p in theorem.parameters), *(c.of for c in theorem.chart)):
        cell_of(theorem, tree)
    for definition in theorem.definitions:
        if theorem.induction in set(names_in(definition.value)) - {definition.index}:
            raise UnreadableError(f"{definition.name} varies with an index that it does not name")
    numbers = [*names_of(theorem), *(d.name for d in theorem.definitions if d.index is None)]
    numbers += [c.slack for c in theorem.conditions if c.slack is not None]
    sequences = [s.name for s in theorem.sequences]
    sequences += [d.name for d in theorem.definitions if d.index is not None]
    indices = [d.index for d in theorem.definitions if d.index is not None]
    check_spelling([*numbers, *sequences, *theorem.vectors, *indices])
    groups = {
        "name": numbers,
        "sequence": sequences,
        "vector": list(theorem.vectors),
        "assumption": [a.name for a in theorem.assumptions],
        "condition": [c.name for c in theorem.conditions],
        "step": [s.name for s in theorem.steps],
        "charted parameter": [repr(c.of) for c in theorem.chart],
        "parameter": [repr(p.of) for p in theorem.parameters],
    }
    for what, names in groups.items():
        for name in names:
            if names.count(name) > 1:
                raise UnreadableError(f"{name} is the {what} of two things")


def cell_of(theorem: Theorem, tree: Tree) -> Cell | None:
    """The two vectors whose product ``tree`` is; None for a name.

    Raises:
        UnreadableError: it is neither a name nor the product of two named vectors.
    """
    match tree:
        case str():
            return None
        case ["dot", str(u), str(v)] if u in theorem.vectors and v in theorem.vectors:
            return (min(u, v), max(u, v))
    raise UnreadableError(f"{str(tree)[:60]} is neither a name nor a product of two named vectors")


def _key(theorem: Theorem, tree: Tree) -> str:
    cell = cell_of(theorem, tree)
    return name_key(tree) if cell is None else product_key(*cell)


def _signs(theorem: Theorem) -> Signs:
    """The signs of parameters and unknowns; a squared norm is at least 0 whatever is said."""
    known = {product_key(v, v): NONNEGATIVE for v in theorem.vectors}
    known |= {name_key(u.name): u.sign for u in theorem.unknowns}
    known |= {name_key(r.name): NONNEGATIVE for r in theorem.roots}
    for parameter in theorem.parameters:
        sign, key = parameter.sign, _key(theorem, parameter.of)
        known[key] = sign if key not in known or sign == POSITIVE else known[key]
    return Signs({**known, _SOME: NONNEGATIVE})


def _whole(theorem: Theorem) -> frozenset[str]:
    parameters = [_key(theorem, p.of) for p in theorem.parameters if p.whole]
    return frozenset([*parameters, *(name_key(u.name) for u in theorem.unknowns if u.whole), _SOME])


def _plain(theorem: Theorem, signs: Signs | None) -> Scope:
    """Every name stands for itself."""
    return Scope(
        names={name: atom(name_key(name), name) for name in names_of(theorem)},
        vectors={v: {v: ONE} for v in theorem.vectors},
        products=product_atom,
        sequences={s.name: _terms(s.name, s.sign, signs) for s in theorem.sequences},
        signs=signs,
        whole=_whole(theorem),
    )


def _terms(name: str, sign: str, signs: Signs | None) -> Callable[[Ratio], Ratio]:
    """The terms of a sequence, each of the sign that the sequence is declared to have."""

    def term(index: Ratio) -> Ratio:
        if signs is not None:
            signs.learn(sequence_key(name, index), sign)
        return sequence_atoms(name)(index)

    return term


def defined(scope: Scope, definitions: tuple[Definition, ...]) -> Scope:
    """The scope with the abbreviations; each may use those before it, so none is circular."""
    for definition in definitions:
        if definition.index is None:
            scope = scope.with_names({definition.name: scope.read(definition.value)})
        else:
            scope = scope.with_sequence(definition.name, _formula(scope, definition))
    return scope


def _formula(scope: Scope, definition: Definition) -> Callable[[Ratio], Ratio]:
    index = definition.index or ""
    return lambda at: scope.with_names({index: at}).read(definition.value)


def scope_of(theorem: Theorem) -> Scope:
    """The names as the chart writes them, so that signs can be read off; without definitions.

    Raises:
        RefusedError: the chart does not cover the range, or a slack need not have its sign.
    """
    raw = _plain(theorem, _signs(theorem))
    slacks = {c.slack: _slack_value(raw, c) for c in theorem.conditions if c.slack is not None}
    signs, whole = _signs(theorem), set(_whole(theorem))
    for condition in theorem.conditions:
        if condition.slack is not None:
            key = name_key(condition.slack)
            signs.learn(key, POSITIVE if condition.strict else NONNEGATIVE)
            whole |= {key} if _is_whole(slacks[condition.slack], raw.whole) else set()
    plain = _plain(theorem, signs)
    charted = [c.of for c in theorem.chart]
    free = {n: value for n, value in plain.names.items() if n not in charted}
    free |= {name: atom(name_key(name), name) for name in slacks}
    chart_scope = Scope(
        names=free,
        vectors=plain.vectors,
        products=_except({cell for c in charted if (cell := cell_of(theorem, c))}),
        sequences={},
        signs=signs,
        whole=frozenset(whole),
    )
    algebra = Scope(
        names={**raw.names, **slacks},
        vectors=raw.vectors,
        products=product_atom,
        sequences={},
        signs=None,
        whole=frozenset(whole),
    )
    cells: dict[Cell, Ratio] = {}
    names = dict(plain.names)
    for entry in theorem.chart:
        _declared(theorem, entry.of)
        if not (algebra.read(entry.value) - raw.read(entry.of)).is_zero:
            raise RefusedError(f"the chart of {raw.read(entry.of)} does not cover its range")
        cell, value = cell_of(theorem, entry.of), chart_scope.read(entry.value)
        signs.learn_value(value, next(p.sign for p in theorem.parameters if p.of == entry.of))
        if cell is None:
            names[entry.of] = value
        else:
            cells[cell] = value
    return Scope(
        names=names,
        vectors=plain.vectors,
        products=lambda u, v: cells.get((min(u, v), max(u, v))) or product_atom(u, v),
        sequences=plain.sequences,
        signs=signs,
        whole=frozenset(whole),
    )


def restricting(theorem: Theorem, index: str) -> Condition | None:
    """A condition that leaves out an index, as ``t >= 3`` does, but not ``j <= t`` for inner ``j``.

    Inner numbers are parameters of at least 0 of which the claim does not speak: they may differ
    from index to index. All conditions on them must hold at every index where they are 0.
    """
    claimed = spoken_of(theorem, theorem.claim.left, theorem.claim.right)
    named = {c.name: spoken_of(theorem, c.greater, c.smaller) for c in theorem.conditions}
    near = {name for names in named.values() if index in names for name in names}
    free = {p.of for p in theorem.parameters if isinstance(p.of, str) and p.sign == NONNEGATIVE}
    inner = (free & near) - claimed - {index}
    touched = [c for c in theorem.conditions if named[c.name] & {index, *inner}]
    raw = _plain(theorem, _signs(theorem)).with_names(dict.fromkeys(inner, ZERO))
    stated = tuple((_difference(raw, c), c.strict) for c in theorem.conditions if c not in touched)
    for condition in touched:
        needed = _difference(raw, condition)
        if condition.strict or not is_shown(needed, raw, stated, strict=False):
            return condition
    return None


def _difference(scope: Scope, condition: Condition) -> Ratio:
    return scope.read(condition.greater) - scope.read(condition.smaller)


def _declared(theorem: Theorem, tree: Tree) -> None:
    if tree not in [p.of for p in theorem.parameters]:
        raise UnreadableError(f"the chart writes {tree}, which is no parameter")


def _except(cells: set[Cell]) -> Callable[[str, str], Ratio]:
    """Products of vectors, but not those that the chart writes: it must not be circular."""

    def product(u: str, v: str) -> Ratio:
        if (min(u, v), max(u, v)) in cells:
            raise UnreadableError(f"the chart writes {product_atom(u, v)} by itself")
        return product_atom(u, v)

    return product


def _slack_value(raw: Scope, condition: Condition) -> Ratio:
    """The slack, which must be a positive multiple of what the condition says to be positive."""
    value = raw.read(condition.slack_value)
    difference = raw.read(condition.greater) - raw.read(condition.smaller)
    assert raw.signs is not None
    if difference.is_zero or not raw.signs.is_positive(value * difference**-1):
        raise RefusedError(f"the slack of '{condition.name}' need not have its sign")
    return value


def _is_whole(value: Ratio, whole: frozenset[str]) -> bool:
    """Whether a slack such as ``K − 1`` is a whole number."""
    try:
        _, multiples = whole_parts(value, negative=True)
    except UnreadableError:
        return False
    return whole.issuperset(multiples)


def substituted(cited: Theorem, substitution: Substitution, outer: Scope) -> Scope:
    """The scope in which a cited theorem is read: all of its names, and no others, are given.

    Raises:
        UnreadableError: a name is not given, or is none of the cited theorem's.
    """
    names = {name: outer.read(tree) for name, tree in substitution.names.items()}
    vectors = {name: outer.vector(tree) for name, tree in substitution.vectors.items()}
    for what, wanted, given in (
        ("number", names_of(cited), substitution.names),
        ("vector", cited.vectors, substitution.vectors),
        ("sequence", [s.name for s in cited.sequences], substitution.sequences),
    ):
        for name in (
            *(n for n in given if n not in wanted),
            *(n for n in wanted if n not in given),
        ):
            problem = "has no" if name in given else "is not told its"
            raise UnreadableError(f"theorem {cited.name} {problem} {what} {name}")
    sequences = {name: outer.sequence(target) for name, target in substitution.sequences.items()}
    scope = Scope(
        names=names,
        vectors=vectors,
        products=outer.products,
        sequences=sequences,
        signs=outer.signs,
        whole=outer.whole,
    )
    return defined(scope, cited.definitions)


def check_roots(theorem: Theorem, scope: Scope) -> None:
    """Raise RefusedError unless every square of a root is shown to be at least 0."""
    for root in theorem.roots:
        _check_sign(scope, theorem, scope.read(root.square), NONNEGATIVE, f"{root.name}²")


def check_range(theorem: Theorem, scope: Scope) -> None:
    """Raise RefusedError unless the signs that a theorem asks for are shown in ``scope``."""
    for parameter in theorem.parameters:
        value = scope.read(parameter.of)
        _check_sign(scope, theorem, value, parameter.sign, str(parameter.of))
        if parameter.whole:
            scope.check_whole(value)
    for unknown in theorem.unknowns:
        _check_sign(scope, theorem, scope.read(unknown.name), unknown.sign, unknown.name)
        if unknown.whole:
            scope.check_whole(scope.read(unknown.name))
    for root in theorem.roots:
        _check_sign(scope, theorem, scope.read(root.name), NONNEGATIVE, root.name)
    for sequence in theorem.sequences:
        term = scope.sequence(sequence.name)(SOME_INDEX)
        _check_sign(scope, theorem, term, sequence.sign, sequence.name)


def _check_sign(scope: Scope, theorem: Theorem, value: Ratio, sign: str, name: str) -> None:
    assert scope.signs is not None
    shown = {POSITIVE: scope.signs.is_positive, NONNEGATIVE: scope.signs.is_nonnegative}
    if sign in shown and not shown[sign](value):
        raise RefusedError(f"{theorem.name} needs {name} {sign}, which is not shown of {value}")


def check_conditions(
    theorem: Theorem, scope: Scope, stated: tuple[tuple[Ratio, bool], ...]
) -> None:
    """Raise RefusedError unless every condition is shown in ``scope``, or stated there."""
    for condition in theorem.conditions:
        needed = scope.read(condition.greater) - scope.read(condition.smaller)
        if not is_shown(needed, scope, stated, strict=condition.strict):
            raise RefusedError(f"{theorem.name} needs {condition.name}, which is not shown")


def is_shown(
    needed: Ratio, scope: Scope, stated: tuple[tuple[Ratio, bool], ...], *, strict: bool
) -> bool:
    """Whether ``needed`` has its sign by coefficients, or is what a condition states."""
    assert scope.signs is not None
    prove = scope.signs.is_positive if strict else scope.signs.is_nonnegative
    if prove(needed):
        return True
    return any(
        (strict_too or not strict) and (needed - other).is_zero for other, strict_too in stated
    )
