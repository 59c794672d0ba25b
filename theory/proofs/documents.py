"""A proof as data: its parts as records, refused as unreadable where the shape is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from roundlot.theory.proofs.refusals import UnreadableError
from roundlot.theory.proofs.scopes import Tree
from roundlot.theory.proofs.signs import ANY, SIGNS

FORMAT, VERSION = "roundlot-proof", 1
MOST_CHARACTERS = 4_000_000  # the whole catalogue in one document is a tenth of it
MOST_ITEMS = 2_000  # in any one list
RELATIONS = ("upper", "lower", "exact")
SHOWS = ("claim", "base", "successor", "goal")

Record = TypeVar("Record")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 400:
        raise UnreadableError(f"{str(value)[:40]!r} is not a name of 1 to 400 characters")
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


def _part(read: Callable[[Any], Any], **default: Any) -> Any:
    return field(metadata={"read": read}, **default)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number of the range: a name, or a product of two vectors, with its sign."""

    of: Tree = _part(_tree)
    sign: str = _part(_one_of(SIGNS), default=ANY)
    whole: bool = _part(_flag, default=False)


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A number, or a sequence of numbers, that assumptions speak of."""

    name: str = _part(_text)
    sign: str = _part(_one_of(SIGNS), default=ANY)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """``greater >= smaller`` (``>`` if strict); ``slack`` names ``slack_value``, of that sign."""

    name: str = _part(_text)
    greater: Tree = _part(_tree)
    smaller: Tree = _part(_tree)
    strict: bool = _part(_flag, default=False)
    slack: str | None = _part(_text, default=None)
    slack_value: Tree = _part(_tree, default=None)


@dataclass(frozen=True, kw_only=True)
class Charted:
    """A parameter, written in slacks and in parameters that are not charted."""

    of: Tree = _part(_tree)
    value: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """An abbreviation: of a number, or with ``index`` of a sequence."""

    name: str = _part(_text)
    value: Tree = _part(_tree)
    index: str | None = _part(_text, default=None)


@dataclass(frozen=True, kw_only=True)
class Root:
    """``name`` is the square root of ``square``, at least 0."""

    name: str = _part(_text)
    square: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """An inequality or equality of a kind, about objects by their role."""

    name: str = _part(_text)
    kind: str = _part(_text)
    objects: Mapping[str, Tree] = _part(_mapping(_tree))


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """What the names of a cited theorem stand for."""

    names: Mapping[str, Tree] = _part(_mapping(_tree), default_factory=dict)
    vectors: Mapping[str, Tree] = _part(_mapping(_tree), default_factory=dict)
    sequences: Mapping[str, str] = _part(_mapping(_text), default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sum:
    """One term of a claim that is added up: ``times · term``, whose sum over the index is named."""

    term: Tree = _part(_tree)
    times: Tree = _part(_tree)
    sum: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Citation:
    """An earlier theorem, under a substitution; with ``sums`` added up over an index."""

    theorem: str = _part(_text)
    substitution: Substitution = _part(_record(Substitution), default=Substitution())
    sums: tuple[Sum, ...] = _part(_several(_record(Sum)), default=())
    over: str = _part(_text, default="an index")


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a term of a step multiplies: exactly one of these."""

    assumption: str | None = _part(_text, default=None)
    step: str | None = _part(_text, default=None)
    condition: str | None = _part(_text, default=None)
    range: Tree = _part(_tree, default=None)
    cited: Citation | None = _part(_record(Citation), default=None)
    hypothesis: bool = _part(_flag, default=False)
    norm: Tree = _part(_tree, default=None)
    square: Tree = _part(_tree, default=None)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A multiple of something that is at least 0, or 0."""

    use: Use = _part(_record(Use))
    times: Tree = _part(_tree)
    name: str = _part(_text)


@dataclass(frozen=True, kw_only=True)
class Step:
    """The claim, its base or successor in an induction, or a goal of its own, as a sum of terms."""

    name: str = _part(_text)
    shows: str = _part(_one_of(SHOWS))
    terms: tuple[Term, ...] = _part(_several(_record(Term)))
    goal: Tree = _part(_tree, default=None)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Both sides."""

    left: Tree = _part(_tree)
    right: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Length:
    """One of several orthogonal vectors, by its squared length."""

    name: str = _part(_text)
    square: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Values:
    """Numbers, vectors as multiples of orthogonal ones, sequences by a formula."""

    values: Mapping[str, Tree] = _part(_mapping(_tree), default_factory=dict)
    basis: tuple[Length, ...] = _part(_several(_record(Length)), default=())
    vectors: Mapping[str, Tree] = _part(_mapping(_tree), default_factory=dict)
    sequences: tuple[Definition, ...] = _part(_several(_record(Definition)), default=())


@dataclass(frozen=True, kw_only=True)
class Instance(Values):
    """One value of an index that a cited theorem is added up over, with its weight."""

    weight: Tree = _part(_tree)


@dataclass(frozen=True, kw_only=True)
class Witness(Values):
    """An instance that attains a bound, with one of every index that it adds up over."""

    text: str = _part(_text)
    totals: tuple[tuple[Instance, ...], ...] = _part(
        _several(_several(_record(Instance))), default=()
    )


@dataclass(frozen=True, kw_only=True)
class Theorem:
    """A statement and its proof."""

    name: str = _part(_text)
    relation: str = _part(_one_of(RELATIONS))
    claim: Claim = _part(_record(Claim))
    steps: tuple[Step, ...] = _part(_several(_record(Step)))
    parameters: tuple[Parameter, ...] = _part(_several(_record(Parameter)), default=())
    unknowns: tuple[Unknown, ...] = _part(_several(_record(Unknown)), default=())
    sequences: tuple[Unknown, ...] = _part(_several(_record(Unknown)), default=())
    vectors: tuple[str, ...] = _part(_several(_text), default=())
    definitions: tuple[Definition, ...] = _part(_several(_record(Definition)), default=())
    roots: tuple[Root, ...] = _part(_several(_record(Root)), default=())
    conditions: tuple[Condition, ...] = _part(_several(_record(Condition)), default=())
    chart: tuple[Charted, ...] = _part(_several(_record(Charted)), default=())
    assumptions: tuple[Assumption, ...] = _part(_several(_record(Assumption)), default=())
    induction: str | None = _part(_text, default=None)
    tight: bool = _part(_flag, default=False)
    witness: Witness | None = _part(_record(Witness), default=None)


_theorems = _several(_record(Theorem))


def theorems(document: Any) -> tuple[Theorem, ...]:
    """The theorems of a document, cited ones first.

    Raises:
        UnreadableError: it is not a document of this format and version.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableError(f'a proof is an object with "format": "{FORMAT}"')
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        raise UnreadableError(f"version {document.get('version')!r} is not {VERSION}")
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
    if len(text) > MOST_CHARACTERS:
        raise UnreadableError(f"{len(text)} characters are beyond the limit of {MOST_CHARACTERS}")
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float
        )
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    except UnreadableError:
        raise
    except ValueError as error:  # no JSON, or a number with more digits than Python reads
        raise UnreadableError(f"it is not JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("an object has the same key twice")
    return found


def _no_float(text: str) -> Any:
    raise UnreadableError(f'{text[:40]} is not exact: write a fraction as ["/", a, b]')
