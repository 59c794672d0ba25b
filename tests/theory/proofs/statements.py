"""What a theorem as data says, and how one that says something else is related to it."""

from typing import Any

from roundlot.theory.proofs.kernel.algebra import SIGNS

Data = dict[str, Any]

SAME = "the same statement by another proof"
MORE = "assumes more"
LESS = "assumes less"
WEAKER = "claims less"
CITED = "cites at other objects"
OTHER = "says something else"


def relation(data: Data, other: Data) -> str:
    """How what ``other`` says is related to what ``data`` says."""
    if _claim(data) != _claim(other):
        return WEAKER if _claims_less(data, other) else OTHER
    if not _cited(other) <= _cited(data):
        return CITED
    one, two = _assumed(data), _assumed(other)
    if one == two:
        return SAME
    if all(two.get(key, 0) >= level for key, level in one.items()):
        return MORE
    return LESS if all(one.get(key, 0) >= level for key, level in two.items()) else OTHER


def _claim(data: Data) -> tuple[str, ...]:
    parts = ("relation", "claim", "definitions", "roots", "tight", "induction")
    return tuple(repr(data.get(part)) for part in parts)


def _claims_less(data: Data, other: Data) -> bool:
    """An inequality in place of the equality, or a bound that is no longer called attained."""
    kept = {key: one for key, one in data.items() if key not in ("relation", "tight", "witness")}
    return kept == {key: other.get(key) for key in kept} and (
        data["relation"] in ("exact", other["relation"]) and not other.get("tight", False)
    )


def _cited(data: Data) -> set[str]:
    """The theorems that it cites, with what their names stand for: it assumes what they do."""
    terms = [term["use"] for step in data["steps"] for term in step["terms"]]
    return {_citation(use["cited"]) for use in terms if "cited" in use}


def _citation(cited: Data) -> str:
    sums = sorted(map(repr, cited.get("sums", [])))
    told = {key: one for key, one in cited.get("substitution", {}).items() if one}
    return repr((cited["theorem"], sorted(told.items()), sums))


def _assumed(data: Data) -> dict[str, int]:
    """How much it assumes of what: 1 for an inequality, 2 for a strict one or an equality."""
    found = {f"sign of {['dot', one, one]}": 1 for one in data.get("vectors", [])}
    for part in ("parameters", "unknowns", "sequences"):
        for one in data.get(part, []):
            of = one.get("of", one.get("name"))
            sign = SIGNS.index(one.get("sign", "any"))
            found[f"sign of {of}"] = max(sign, found.get(f"sign of {of}", 0))
            found[f"{of} is whole"] = int(one.get("whole", False))
    for one in data.get("conditions", []):
        key = f"{one['greater']} >= {one['smaller']}"
        found[key] = 1 + int(one.get("strict", False))
    for one in data.get("assumptions", []):
        found |= _level(one)
    return {key: level for key, level in found.items() if level}


def _level(assumption: Data) -> dict[str, int]:
    """An equality of two sides assumes more than an inequality between them."""
    kind, objects = assumption["kind"], list(assumption["objects"].values())
    if kind == "given equality":
        return {f"{one} >= {other}": 1 for one, other in (objects, objects[::-1])}
    if kind == "given":
        return {f"{objects[0]} >= {objects[1]}": 1}
    return {f"{kind} of {assumption['objects']}": 1}
