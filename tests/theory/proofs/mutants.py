"""Every way to break the structure of a proof in one place, in a fixed order."""

from collections.abc import Iterator
from typing import Any

from roundlot.theory.proofs.kernel.algebra import SIGNS
from roundlot.theory.proofs.kernel.documents import RELATIONS, SHOWS

Data = dict[str, Any]
Path = tuple[str | int, ...]
Mutant = tuple[str, Data]

ELSEWHERE = "one_step"  # a theorem that is cited in place of another
OTHER_KINDS = {"given": "given equality", "given equality": "given"}
FLAGS = ("whole", "strict", "tight")
SINGLE_TREES = ("value", "square", "goal", "greater", "smaller", "slack_value", "left", "right")
TREES = ("of", *SINGLE_TREES, "times", "weight", "range", "norm", "sum", "term")
SETS = ("parameters", "unknowns", "vectors", "roots", "conditions", "chart", "assumptions")
SETS = (*SETS, "sequences", "terms", "sums", "basis")  # lists whose order says nothing
MAPS = ("names", "vectors", "sequences", "values", "objects")


def mutants(data: Data) -> Iterator[Mutant]:
    """Each with the name of its place and of what was done there."""
    for path, part in places(data, ()):
        for what, other in changes(data, path, part):
            yield f"{'.'.join(map(str, path))} {what}", placed(data, path, other)
        if is_tree(path):
            for index_path, index in indices(part, path):
                mutant = placed(data, index_path, ["+", index, 1])
                yield f"{'.'.join(map(str, index_path))} a term later", mutant
    yield from inductions(data)


def places(part: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every part of a theorem, expressions as a whole."""
    yield path, part
    if is_tree(path):
        return
    for key, one in part.items() if isinstance(part, dict) else _numbered(part):
        yield from places(one, (*path, key))


def _numbered(part: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(part if isinstance(part, list) else ())


def is_tree(path: Path) -> bool:
    """Whether an expression or a vector stands there."""
    inside_map = len(path) > 1 and path[-2] in MAPS and isinstance(path[-1], str)
    return inside_map or (bool(path) and path[-1] in TREES)


def indices(tree: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The indices of terms of sequences in an expression."""
    if isinstance(tree, list) and tree[:1] == ["at"]:
        yield (*path, 2), tree[2]
    for key, one in tree.items() if isinstance(tree, dict) else _numbered(tree):
        yield from indices(one, (*path, key))


def changes(data: Data, path: Path, part: Any) -> Iterator[tuple[str, Any]]:
    """What else may stand in a place."""
    key = path[-1] if path else ""
    if is_tree(path) or not isinstance(part, list | dict):
        yield from retyped(data, path, part)
    elif isinstance(part, list):
        yield from shortened(part)
        yield from repeated(part)
        yield from turned(part) if key in SETS else reordered(part)
    else:
        yield from without_a_key(part)
        yield from other_kind(part) if "kind" in part else ()
        yield from other_use(data, part) if key == "use" else ()


def shortened(part: list[Any]) -> Iterator[tuple[str, Any]]:
    for at in range(len(part)):
        yield f"without {at}", part[:at] + part[at + 1 :]


def repeated(part: list[Any]) -> Iterator[tuple[str, Any]]:
    for at, one in enumerate(part):
        yield f"with {at} twice", [*part[:at], one, *part[at:]]


def reordered(part: list[Any]) -> Iterator[tuple[str, Any]]:
    for at in range(len(part) - 1):
        yield f"with {at} late", [*part[:at], part[at + 1], part[at], *part[at + 2 :]]


def turned(part: list[Any]) -> Iterator[tuple[str, Any]]:
    """One other order of a list whose order says nothing."""
    if len(part) > 1:
        yield "turned round", part[::-1]


def without_a_key(part: Data) -> Iterator[tuple[str, Any]]:
    for key in part:
        yield f"without {key}", {k: one for k, one in part.items() if k != key}


def retyped(data: Data, path: Path, part: Any) -> Iterator[tuple[str, Any]]:
    """Another word of the same sort; an expression with one more, of the other sign, or nothing."""
    key = path[-1]
    words = {"sign": SIGNS, "relation": RELATIONS, "shows": SHOWS, "whole": (True, False)}
    words |= dict.fromkeys(FLAGS, (True, False))
    if key in words:
        yield from ((f"as {word}", word) for word in words[key] if word != part)
    elif isinstance(part, dict) or part in data.get("vectors", []):
        multiples = {part: 1} if isinstance(part, str) else part
        for name, multiple in multiples.items():
            yield f"with one {name} more", {**multiples, name: ["+", multiple, 1]}
    elif path[-2:-1] == ("sequences",):
        others = [one["name"] for one in data.get("sequences", [])]
        yield from ((f"as {name}", name) for name in others if name != part)
    elif is_tree(path):
        yield "plus 1", ["+", part, 1]
        if part != 0:
            yield "negated", ["-", part]


def other_kind(part: Data) -> Iterator[tuple[str, Any]]:
    """The assumption as an inequality or equality of another kind."""
    yield "as 1 >= 0", {**part, "kind": "given", "objects": {"greater": 1, "smaller": 0}}
    if part["kind"] in OTHER_KINDS:
        kind = OTHER_KINDS[part["kind"]]
        roles = ("left", "right") if kind == "given equality" else ("greater", "smaller")
        one, other = part["objects"].values()
        for turn, sides in (("", (one, other)), (" turned", (other, one))):
            yield f"as {kind}{turn}", {**part, "kind": kind, "objects": _sides(roles, sides)}


def _sides(roles: tuple[str, str], sides: tuple[Any, Any]) -> dict[str, Any]:
    return dict(zip(roles, sides, strict=True))


def other_use(data: Data, part: Data) -> Iterator[tuple[str, Any]]:
    """A term that uses something else."""
    yield "as the hypothesis", {"hypothesis": True}
    yield "as 1 >= 0", {"range": 1}
    for step in data["steps"]:
        yield f"as step {step['name']}", {"step": step["name"]}
    for assumption in data.get("assumptions", []):
        if part != {"assumption": assumption["name"]}:
            yield f"as assumption {assumption['name']}", {"assumption": assumption["name"]}
    if "cited" in part:
        for name in (data["name"], ELSEWHERE):
            if name != part["cited"]["theorem"]:
                yield f"as theorem {name}", {"cited": {**part["cited"], "theorem": name}}


def inductions(data: Data) -> Iterator[Mutant]:
    """An induction over another whole number, or over one where there is none."""
    for parameter in data.get("parameters", []):
        if parameter["of"] != data.get("induction"):
            yield f"induction over {parameter['of']}", {**data, "induction": parameter["of"]}


def placed(part: Any, path: Path, other: Any) -> Any:
    """``part`` with something else in one place; the rest is shared."""
    if not path:
        return other
    key, *rest = path
    if isinstance(part, dict):
        return {**part, key: placed(part[key], tuple(rest), other)}
    return [*part[:key], placed(part[key], tuple(rest), other), *part[int(key) + 1 :]]
