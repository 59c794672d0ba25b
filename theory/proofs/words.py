"""What a proof says, in plain text: expressions, claims, assumptions."""

from __future__ import annotations

from roundlot.theory.proofs.documents import Assumption, Theorem
from roundlot.theory.proofs.scopes import Tree

_LOOSEST, _PRODUCT, _POWER = 0, 1, 2
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
            return f"{text(base, _POWER)}^{text(power, _POWER)}"
        case ["at", name, index]:
            return f"{name}({text(index)})"
        case ["dot", one, other]:
            u, v = text(one), text(other)
            return f"‖{u}‖²" if u == v else f"⟨{u}, {v}⟩"
    return str(tree)


def _multiple(name: str, factor: Tree) -> str:
    return name if factor == 1 else f"{text(factor, _PRODUCT)}·{name}"


def _within(shown: str, needed: bool) -> str:
    return f"({shown})" if needed else shown


def claim(theorem: Theorem) -> str:
    """The claim on one line."""
    left, right = text(theorem.claim.left), text(theorem.claim.right)
    return f"{left} {_RELATIONS[theorem.relation]} {right}" + (
        " (attained)" if theorem.tight else ""
    )


def assumption(theorem: str, given: Assumption) -> str:
    """An assumption on one line: its name, its kind, its objects, and which theorem's it is."""
    objects = ", ".join(f"{role} {text(tree)}" for role, tree in given.objects.items())
    return f"{theorem}: {given.name} ({given.kind}: {objects})"


def declared(theorem: Theorem) -> list[str]:
    """The range: signs of parameters, unknowns and sequences, conditions, abbreviations."""
    signs = {"positive": " > 0", "nonnegative": " >= 0"}
    found = [f"{text(p.of)}{signs[p.sign]}" for p in theorem.parameters if p.sign in signs]
    found += [f"{text(p.of)} is a whole number" for p in theorem.parameters if p.whole]
    found += [f"{u.name}{signs[u.sign]}" for u in theorem.unknowns if u.sign in signs]
    found += [
        f"{s.name}(k){signs[s.sign]} for every k" for s in theorem.sequences if s.sign in signs
    ]
    for c in theorem.conditions:
        relation = ">" if c.strict else ">="
        found.append(f"{text(c.greater)} {relation} {text(c.smaller)}")
    for d in theorem.definitions:
        index = "" if d.index is None else f"({d.index})"
        found.append(f"{d.name}{index} is {text(d.value)}")
    return found + [f"{r.name} is the square root of {text(r.square)}" for r in theorem.roots]
