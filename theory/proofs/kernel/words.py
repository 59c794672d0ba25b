"""What a proof says, in plain text, and how names are spelled so that it is what was judged."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, combining, name, normalize

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.documents import (
    Assumption,
    Citation,
    Condition,
    Definition,
    Substitution,
    Theorem,
    Tree,
    names_in,
)

_LOOSEST, _PRODUCT, _POWER, _BASE = 0, 1, 2, 3
_RELATIONS = {"upper": "<=", "lower": ">=", "exact": "="}


def text(tree: Tree, tightness: int = _LOOSEST) -> str:
    """An expression or a vector as a formula, with the parentheses that it needs there."""
    match tree:
        case dict():
            return " + ".join(_multiple(name, factor) for name, factor in tree.items()) or "0"
        case ["+", *parts]:
            return _within(" + ".join(text(p) for p in parts), tightness > _LOOSEST)
        case ["-", one]:
            return _within(f"-{text(one, _PRODUCT)}", tightness > _LOOSEST)
        case ["-", one, other]:
            return _within(f"{text(one)} - {text(other, _PRODUCT)}", tightness > _LOOSEST)
        case ["*", *parts]:
            return _within("·".join(text(p, _PRODUCT) for p in parts), tightness > _PRODUCT)
        case ["/", above, below]:
            shown = f"{text(above, _PRODUCT)}/{text(below, _POWER)}"
            return _within(shown, tightness > _PRODUCT)
        case ["^", base, power]:
            return _within(f"{text(base, _BASE)}^{text(power, _BASE)}", tightness > _POWER)
        case ["at", name, index]:
            return f"{spelled(name)}({text(index)})"
        case ["dot", one, other]:
            u, v = text(one), text(other)
            return f"‖{u}‖²" if u == v else f"⟨{u}, {v}⟩"
        case int():
            return _within(str(tree), tree < 0 and tightness > _LOOSEST)
        case str():
            return spelled(tree)
    return str(tree)


def spelled(name: str) -> str:
    """A name as it stands; in brackets if it could be taken for an expression."""
    marks = name.replace("_", "").replace("'", "")
    plain = all(c.isalnum() or c in "⁺⋆∇" or combining(c) for c in marks)
    return name if plain and not name[0].isdigit() else f"[{name}]"


def _multiple(name: str, factor: Tree) -> str:
    return spelled(name) if factor == 1 else f"{text(factor, _PRODUCT)}·{spelled(name)}"


def _within(shown: str, needed: bool) -> str:
    return f"({shown})" if needed else shown


def claim(theorem: Theorem) -> str:
    """The claim on one line, and where it is attained."""
    left, right = text(theorem.claim.left), text(theorem.claim.right)
    return f"{left} {_RELATIONS[theorem.relation]} {right}{_attained(theorem)}"


def _attained(theorem: Theorem) -> str:
    """That it is attained, and the parameters for which alone that is shown."""
    if theorem.witness is None:
        return ""
    values = theorem.witness.values
    fixed = [p.of for p in theorem.parameters if isinstance(p.of, str) and p.of in values]
    where = ", ".join(f"{spelled(name)} = {text(values[name])}" for name in fixed)
    free = any(True for name in fixed for _ in names_in(values[name]))
    where += ", with any numbers of the range on the right" if free else ""
    return f" (attained at {where})" if where else " (attained)"


def assumption(theorem: str, given: Assumption) -> str:
    """An assumption on one line: its name, its kind, its objects, and which theorem's it is."""
    objects = ", ".join(f"{role} {text(tree)}" for role, tree in given.objects.items())
    return f"{theorem}: {given.name} ({given.kind}: {objects})"


def condition(given: Condition) -> str:
    """A condition on one line."""
    return f"{text(given.greater)} {'>' if given.strict else '>='} {text(given.smaller)}"


def total(theorem: Theorem, citation: Citation) -> str:
    """That a cited theorem holds at every index, and what its sums are called."""
    sums = [f"{text(one.sum)} is the sum of {text(one.term)}" for one in citation.sums]
    rests = f"{theorem.name}: the range of {citation.theorem} and all that it rests on"
    return f"{rests}, for {citation.over}, where, with weights >= 0, {', '.join(sums)}"


def within(said: str, theorem: Theorem, named: set[str]) -> str:
    """What is said with these names: of every index, and with what they abbreviate."""
    index = f", for every {spelled(str(theorem.induction))}" if theorem.induction in named else ""
    short = [_definition(d) for d in theorem.definitions if d.name in named]
    return said + index + (f", where {', '.join(short)}" if short else "")


def told(names: Substitution, named: set[str]) -> tuple[list[str], set[str]]:
    """What some names stand for in a citing theorem, and the names that are used for it."""
    given = [*names.names.items(), *names.vectors.items(), *names.sequences.items()]
    pairs = [(name, tree) for name, tree in given if name in named]
    said = [f"{spelled(n)} is {text(tree)}" for n, tree in pairs if tree not in (n, {n: 1})]
    return said, {word for _, tree in pairs for word in names_in(tree)}


def _definition(one: Definition) -> str:
    index = "" if one.index is None else f"({spelled(one.index)})"
    return f"{spelled(one.name)}{index} is {text(one.value)}"


def declared(theorem: Theorem) -> list[str]:
    """The range: signs of parameters, unknowns and sequences, conditions, abbreviations."""
    signs = {"positive": " > 0", "nonnegative": " >= 0"}
    found = [f"{text(p.of)}{signs[p.sign]}" for p in theorem.parameters if p.sign in signs]
    found += [f"{text(p.of)} is a whole number" for p in theorem.parameters if p.whole]
    found += [f"{spelled(u.name)}{signs[u.sign]}" for u in theorem.unknowns if u.sign in signs]
    found += [f"{spelled(u.name)} is a whole number" for u in theorem.unknowns if u.whole]
    found += [
        f"{spelled(s.name)}(k){signs[s.sign]} for every k"
        for s in theorem.sequences
        if s.sign in signs
    ]
    found += [condition(c) for c in theorem.conditions]
    found += [_definition(d) for d in theorem.definitions]
    return found + [
        f"{spelled(r.name)} is the square root of {text(r.square)}" for r in theorem.roots
    ]


_ALIKE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")  # Greek that looks Latin
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_KINDS = ("Lm", "No", "Sm", "Ps", "Pe", "Mn")  # indices, exponents, ∇, brackets, bars


def check_spelling(names: Iterable[str]) -> None:
    """Raise UnreadableError if a name could be taken for another, or for a power of another."""
    known: dict[str, str] = {}
    for one in dict.fromkeys(names):
        strange = [c for c in one if not _is_plain(c)]
        if strange or one != one.strip() or not one:
            what = f"has the character {strange[0]!a}" if strange else "begins or ends with nothing"
            raise UnreadableError(f"the name {one!a} {what}")
        other = known.setdefault(normalize("NFKC", one).translate(_ALIKE), one)
        if other != one:
            raise UnreadableError(f"the names {one!a} and {other!a} look alike")
    for one in known.values():
        if one.rstrip(_SUPERSCRIPTS) in known.values() and one[-1] in _SUPERSCRIPTS:
            raise UnreadableError(f"the name {one} looks like a power of another name")


def _is_plain(character: str) -> bool:
    """ASCII, a Latin or Greek letter, a mark of mathematics."""
    if character.isascii():
        return character.isprintable()
    if character in "‖ℓ":
        return True
    is_letter = category(character) in ("Ll", "Lu")
    if is_letter:
        return name(character).startswith(("LATIN", "GREEK"))
    return category(character) in _KINDS
