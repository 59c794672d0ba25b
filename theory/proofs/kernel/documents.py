"""A proof as data: its parts as records, refused as unreadable where the shape is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from roundlot.theory.json_text import UnreadableError, parse, version_of
from roundlot.theory.proofs.kernel.algebra import ANY, SIGNS

FORMAT, VERSION = "roundlot-proof", 1
MOST_CHARACTERS = 4_000_000  # the whole catalogue in one document is a tenth of it
MOST_ITEMS = 2_000  # in any one list
RELATIONS = ("upper", "lower", "exact")
SHOWS = ("claim", "base", "successor", "goal")

Tree = Any  # JSON: a whole number, a name, or a list that begins with an operation
Record = TypeVar("Record")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 400:
        raise UnreadableError(f"{str(value)[:40]!r} is not a name of 1 to 400 characters")
    if not value.isprintable() or value != value.strip():
        raise UnreadableError(f"the name {value[:40]!a} cannot be printed as it is")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UnreadableError(f"{str(value)[:40]!r} is neither true nor false")
    return value


def _tree(value: Any) -> Tree:
    return value  # read, and refused if it is no expression, where it is used


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise UnreadableError(f"{str(value)[:40]!r} is not one of {', '.join(choices)}")
        return str(value)

    return read


def _several(read: Callable[[Any], Record]) -> Callable[[Any], tuple[Record, ...]]:
    def read_all(value: Any) -> tuple[Record, ...]:
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise UnreadableError(f"{str(value)[:40]!r} is not a list of at most {MOST_ITEMS}")
        return tuple(read(one) for one in value)

    return read_all


def _mapping(read: Callable[[Any], Record]) -> Callable[[Any], Mapping[str, Record]]:
    def read_all(value: Any) -> Mapping[str, Record]:
        if not isinstance(value, dict) or len(value) > MOST_ITEMS:
            raise UnreadableError(f"{str(value)[:40]!r} is not an object of at most {MOST_ITEMS}")
        return {_text(key): read(one) for key, one in value.items()}

    return read_all


def _record(kind: type[Record]) -> Callable[[Any], Record]:
    """Reads an object whose keys are the fields of ``kind``, no more."""
    parts = fields(kind)  # type: ignore[arg-type]
    readers = {part.name: part.metadata["read"] for part in parts}
    needed = [p.name for p in parts if p.default is MISSING and p.default_factory is MISSING]

    def read(value: Any) -> Record:
        what = kind.__name__.lower()
        if not isinstance(value, dict):
            raise UnreadableError(f"{str(value)[:40]!r} is not an object that describes a {what}")
        wrong = [key for key in value if key not in readers]
        missing = [key for key in needed if key not in value]
        if wrong or missing:
            problem = f"unknown part {wrong[0]!r}" if wrong else f"no {missing[0]!r}"
            raise UnreadableError(f"a {what} has {problem}")
        return kind(**{key: readers[key](one) for key, one in value.items()})

    return read


def _by(read: Callable[[Any], Any]) -> Mapping[str, Any]:
    """How a field is read."""
    return {"read": read}


def _object(kind: type[Any]) -> Mapping[str, Any]:
    return _by(_record(kind))


def _list_of(kind: type[Any]) -> Mapping[str, Any]:
    return _by(_several(_record(kind)))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number of the range: a name, or a product of two vectors, with its sign."""

    of: Tree = field(metadata=_by(_tree))
    sign: str = field(metadata=_by(_one_of(SIGNS)), default=ANY)
    whole: bool = field(metadata=_by(_flag), default=False)


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A number, or a sequence of numbers, that assumptions speak of."""

    name: str = field(metadata=_by(_text))
    sign: str = field(metadata=_by(_one_of(SIGNS)), default=ANY)
    whole: bool = field(metadata=_by(_flag), default=False)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """``greater >= smaller`` (``>`` if strict); ``slack`` names ``slack_value``, of that sign."""

    name: str = field(metadata=_by(_text))
    greater: Tree = field(metadata=_by(_tree))
    smaller: Tree = field(metadata=_by(_tree))
    strict: bool = field(metadata=_by(_flag), default=False)
    slack: str | None = field(metadata=_by(_text), default=None)
    slack_value: Tree = field(metadata=_by(_tree), default=None)


@dataclass(frozen=True, kw_only=True)
class Charted:
    """A parameter, written in slacks and in parameters that are not charted."""

    of: Tree = field(metadata=_by(_tree))
    value: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Definition:
    """An abbreviation: of a number, or with ``index`` of a sequence."""

    name: str = field(metadata=_by(_text))
    value: Tree = field(metadata=_by(_tree))
    index: str | None = field(metadata=_by(_text), default=None)


@dataclass(frozen=True, kw_only=True)
class Root:
    """``name`` is the square root of ``square``, at least 0."""

    name: str = field(metadata=_by(_text))
    square: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """An inequality or equality of a kind, about objects by their role."""

    name: str = field(metadata=_by(_text))
    kind: str = field(metadata=_by(_text))
    objects: Mapping[str, Tree] = field(metadata=_by(_mapping(_tree)))


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """What the names of a cited theorem stand for."""

    names: Mapping[str, Tree] = field(metadata=_by(_mapping(_tree)), default_factory=dict)
    vectors: Mapping[str, Tree] = field(metadata=_by(_mapping(_tree)), default_factory=dict)
    sequences: Mapping[str, str] = field(metadata=_by(_mapping(_text)), default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sum:
    """One term of a claim that is added up: ``times · term``, whose sum over the index is named."""

    term: Tree = field(metadata=_by(_tree))
    times: Tree = field(metadata=_by(_tree))
    sum: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Citation:
    """An earlier theorem, under a substitution; with ``sums`` added up over an index."""

    theorem: str = field(metadata=_by(_text))
    substitution: Substitution = field(metadata=_object(Substitution), default=Substitution())
    sums: tuple[Sum, ...] = field(metadata=_list_of(Sum), default=())
    over: str = field(metadata=_by(_text), default="an index")


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a term of a step multiplies: exactly one of these."""

    assumption: str | None = field(metadata=_by(_text), default=None)
    step: str | None = field(metadata=_by(_text), default=None)
    condition: str | None = field(metadata=_by(_text), default=None)
    range: Tree = field(metadata=_by(_tree), default=None)
    cited: Citation | None = field(metadata=_object(Citation), default=None)
    hypothesis: bool = field(metadata=_by(_flag), default=False)
    norm: Tree = field(metadata=_by(_tree), default=None)
    square: Tree = field(metadata=_by(_tree), default=None)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A multiple of something that is at least 0, or 0."""

    use: Use = field(metadata=_object(Use))
    times: Tree = field(metadata=_by(_tree))
    name: str = field(metadata=_by(_text))


@dataclass(frozen=True, kw_only=True)
class Step:
    """The claim, its base or successor in an induction, or a goal of its own, as a sum of terms."""

    name: str = field(metadata=_by(_text))
    shows: str = field(metadata=_by(_one_of(SHOWS)))
    terms: tuple[Term, ...] = field(metadata=_list_of(Term))
    goal: Tree = field(metadata=_by(_tree), default=None)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Both sides."""

    left: Tree = field(metadata=_by(_tree))
    right: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Length:
    """One of several orthogonal vectors, by its squared length."""

    name: str = field(metadata=_by(_text))
    square: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Values:
    """Numbers, vectors as multiples of orthogonal ones, sequences by a formula."""

    values: Mapping[str, Tree] = field(metadata=_by(_mapping(_tree)), default_factory=dict)
    basis: tuple[Length, ...] = field(metadata=_list_of(Length), default=())
    vectors: Mapping[str, Tree] = field(metadata=_by(_mapping(_tree)), default_factory=dict)
    sequences: tuple[Definition, ...] = field(metadata=_list_of(Definition), default=())


@dataclass(frozen=True, kw_only=True)
class Instance(Values):
    """One value of an index that a cited theorem is added up over, with its weight."""

    weight: Tree = field(metadata=_by(_tree))


@dataclass(frozen=True, kw_only=True)
class Witness(Values):
    """An instance that attains a bound, with one of every index that it adds up over."""

    text: str = field(metadata=_by(_text))
    totals: tuple[tuple[Instance, ...], ...] = field(
        metadata=_by(_several(_several(_record(Instance)))), default=()
    )


@dataclass(frozen=True, kw_only=True)
class Theorem:
    """A statement and its proof."""

    name: str = field(metadata=_by(_text))
    relation: str = field(metadata=_by(_one_of(RELATIONS)))
    claim: Claim = field(metadata=_object(Claim))
    steps: tuple[Step, ...] = field(metadata=_list_of(Step))
    parameters: tuple[Parameter, ...] = field(metadata=_list_of(Parameter), default=())
    unknowns: tuple[Unknown, ...] = field(metadata=_list_of(Unknown), default=())
    sequences: tuple[Unknown, ...] = field(metadata=_list_of(Unknown), default=())
    vectors: tuple[str, ...] = field(metadata=_by(_several(_text)), default=())
    definitions: tuple[Definition, ...] = field(metadata=_list_of(Definition), default=())
    roots: tuple[Root, ...] = field(metadata=_list_of(Root), default=())
    conditions: tuple[Condition, ...] = field(metadata=_list_of(Condition), default=())
    chart: tuple[Charted, ...] = field(metadata=_list_of(Charted), default=())
    assumptions: tuple[Assumption, ...] = field(metadata=_list_of(Assumption), default=())
    induction: str | None = field(metadata=_by(_text), default=None)
    tight: bool = field(metadata=_by(_flag), default=False)
    witness: Witness | None = field(metadata=_object(Witness), default=None)


_theorems = _several(_record(Theorem))


def theorems(document: Any) -> tuple[Theorem, ...]:
    """The theorems of a document, cited ones first.

    Raises:
        UnreadableError: it is not a document of this format and version.
    """
    version_of(document, FORMAT, (VERSION,))
    if set(document) != {"format", "version", "theorems"}:
        raise UnreadableError('a proof has the parts "format", "version", "theorems" alone')
    found = _theorems(document["theorems"])
    if not found:
        raise UnreadableError("it has no theorem")
    return found


def parsed(text: str) -> Any:
    """JSON without repeated keys, fractions with a point, or anything beyond the limits.

    Raises:
        UnreadableError: it is not that.
    """
    return parse(text, exact=True, most=MOST_CHARACTERS)


def names_in(tree: Tree) -> Iterator[str]:
    """Every name in an expression or a vector; no operation."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for part in tree[1:]:
            yield from names_in(part)
    elif isinstance(tree, dict):
        for name, part in tree.items():
            yield name
            yield from names_in(part)


def spoken_of(theorem: Theorem, *trees: Tree) -> set[str]:
    """The names in expressions, and those in the abbreviations and roots that they use."""
    found = {name for tree in trees for name in names_in(tree)}
    for root in theorem.roots:
        found |= set(names_in(root.square)) if root.name in found else set()
    for definition in reversed(theorem.definitions):
        found |= set(names_in(definition.value)) if definition.name in found else set()
    return found
