"""What a cell of a table means: one rule for every reader, whatever the format.

``RULES`` says it for cells of numbers in every role, ``NAME_RULES`` for the names of clients.
:func:`numbers_of` applies them to what a program holds: arrays, masks, pandas and polars frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.errors import InvalidProblemError, in_one_line

#: Texts that mean "there is no value here": R writes NA, spreadsheets #N/A, databases null, Python
#: None, pandas <NA> and NaT. "nan" is not among them: it is a number that went wrong.
MISSING_WORDS = frozenset(
    ("", "NA", "N/A", "n/a", "#N/A", "#NA", "null", "NULL", "None", "<NA>", "NaT")
)


class Role(StrEnum):
    """What the numbers of a table are for."""

    SCORE = "score, norm, loss"
    SAMPLES = "samples"
    PROCESSORS = "processors"
    LIMIT = "limit"
    PRICE = "price"


class Meaning(StrEnum):
    """What is made of a cell."""

    VALUE = "its value"
    NOT_AVAILABLE = "not available"
    REFUSED = "refused"


class Cell(StrEnum):
    """The kinds of cells that hold no ordinary number, and 0."""

    ZERO = "0"
    EMPTY = "empty, or spaces"
    WORD = "`NA`, `N/A`, `#N/A`, `null`, `None`, `<NA>`, `NaT`"
    NULL = "null of Parquet and polars, pandas `<NA>` and `NaT`, `None`"
    MASKED = "masked in NumPy"
    NAN = "NaN: `nan`, or a float that is not a number"
    PANDAS_NAN = "NaN in a pandas column of floats"
    PANDAS_NULL = "null in a Parquet file by pandas, in a column of floats"
    INFINITY = "infinity"
    NEGATIVE = "below 0"
    TEXT = "other text"
    BOOLEAN = "true, false"


class Name(StrEnum):
    """The kinds of names that do not simply name one client of the fleet."""

    DUPLICATE = "the same name twice"
    UNKNOWN = "a name that the fleet does not have"
    MISSING = "a client of the fleet without a row"
    BLANK = "empty, or a missing value"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one kind of cell means.

    Attributes:
        meanings: for every role.
        why: what it stands for, and the remedy where it is refused.
    """

    meanings: Mapping[Role, Meaning]
    why: str


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """What one kind of name means: in words, as names are matched and not computed with."""

    means: str


def _everywhere(meaning: Meaning, **other: Meaning) -> dict[Role, Meaning]:
    return {role: other.get(role.name.lower(), meaning) for role in Role}


_ABSENT = _everywhere(
    Meaning.NOT_AVAILABLE,
    processors=Meaning.REFUSED,
    limit=Meaning.REFUSED,
    price=Meaning.NOT_AVAILABLE,
)
_NO_NUMBER = _everywhere(Meaning.REFUSED)

#: Every kind of cell, with what it means in every role.
RULES: Mapping[Cell, Rule] = {
    Cell.ZERO: Rule(
        meanings=_everywhere(
            Meaning.VALUE, samples=Meaning.NOT_AVAILABLE, processors=Meaning.REFUSED
        ),
        why="A score of 0 is available and drawn by a floor only; no samples, no training.",
    ),
    Cell.EMPTY: Rule(
        meanings=_ABSENT,
        why="The client is offline for that model; a price may be missing nowhere else.",
    ),
    Cell.WORD: Rule(meanings=_ABSENT, why="As an empty cell."),
    Cell.NULL: Rule(meanings=_ABSENT, why="As an empty cell."),
    Cell.MASKED: Rule(meanings=_ABSENT, why="As an empty cell."),
    Cell.NAN: Rule(
        meanings=_NO_NUMBER,
        why="A client that diverged, by name: mend it, or mark it as not available.",
    ),
    Cell.PANDAS_NAN: Rule(
        meanings=_NO_NUMBER,
        why="pandas writes a missing cell and a diverged client alike: "
        "`frame.convert_dtypes()` says that they are missing.",
    ),
    Cell.PANDAS_NULL: Rule(
        meanings=_ABSENT,
        why="As a null, with a warning of how many: pandas writes a NaN as a null, so a client "
        "that diverged looks missing. Look for NaN, then save `frame.convert_dtypes()`.",
    ),
    Cell.INFINITY: Rule(meanings=_NO_NUMBER, why="A client that diverged, by name."),
    Cell.NEGATIVE: Rule(meanings=_NO_NUMBER, why="None of these is ever below 0."),
    Cell.TEXT: Rule(meanings=_NO_NUMBER, why="Give a number."),
    Cell.BOOLEAN: Rule(
        meanings=_NO_NUMBER,
        why="Give a number; who may be drawn is said by empty cells, or `available`.",
    ),
}

#: Every kind of name that is not simply a client's.
NAME_RULES: Mapping[Name, NameRule] = {
    Name.DUPLICATE: NameRule(
        means="one more processor of that client in a table of scores; refused elsewhere"
    ),
    Name.UNKNOWN: NameRule(means="refused, by name"),
    Name.MISSING: NameRule(means="refused, by name; an offline client has a row of empty cells"),
    Name.BLANK: NameRule(means="refused, by row"),
}

#: How a format says "not available".
ABSENT_IN: Mapping[str, str] = {
    "csv": "leave the cell empty",
    "parquet": "write a null",
    "npy": "write an .npz with the arrays scores and available, or 0",
    "npz": "set available to false there",
    "array": "mask it (numpy.ma) or set available to False there",
    "pandas": "use <NA> (frame.convert_dtypes())",
    "polars": "use null",
}


def diverged(place: str, kind: str) -> InvalidProblemError:
    """The refusal of a NaN; ``place`` names the cell, ``kind`` is a key of ``ABSENT_IN``."""
    return InvalidProblemError(
        f"{place} is nan, not a number: mend or drop what diverged; "
        f"for what is not available {ABSENT_IN[kind]}"
    )


class Numbers(NamedTuple):
    """Numbers as they came, and where there are none.

    Attributes:
        values: float64, 0 where missing; NaN and infinities are still there, for who names them.
        missing: of the same shape.
    """

    values: FloatArray
    missing: BoolArray


def numbers_of(values: Any, name: str, row: Callable[[int], str] | None = None) -> Numbers:
    """Numbers of an array, a mask, nested sequences, a pandas or polars frame or column.

    Args:
        values: of any shape; ``None``, ``<NA>``, nulls, masked entries and ``MISSING_WORDS`` are
            missing.
        name: what they are, for errors.
        row: of a column, what the cell of a row is called in errors; its number by default.

    Raises:
        InvalidProblemError: text, a boolean, or a NaN in a pandas column of floats, which may be
            either a missing cell or a client that diverged.
    """
    library = type(values).__module__.partition(".")[0]
    if library in ("pandas", "polars") and hasattr(values, "columns"):
        columns = [
            numbers_of(values[label] if library == "polars" else values.iloc[:, at], name)
            for at, label in enumerate(values.columns)
        ]
        if not columns:
            return _nothing()
        return Numbers(*(np.column_stack(parts) for parts in zip(*columns, strict=True)))
    if library == "pandas" and hasattr(values, "dtype"):  # NA and NaT have none
        return _of_pandas(values, name, row)
    if library == "polars":
        return _of_objects(np.array(values.to_list(), dtype=object), name, row)
    return _of_array(values, name, row)


def _nothing() -> Numbers:
    return Numbers(np.zeros((0, 0)), np.zeros((0, 0), dtype=np.bool_))


def _of_pandas(column: Any, name: str, row: Callable[[int], str] | None) -> Numbers:
    """A column: NumPy's floats say NaN for both kinds, all other kinds tell them apart."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        array = np.array(column, dtype=np.float64)
        if np.isnan(array).any():
            at = int(np.argmax(np.isnan(array)))
            label = getattr(column, "index", range(array.size))[at]
            raise InvalidProblemError(
                f"{name}: column {str(column.name)[:40]!r}, row {str(label)[:40]!r} is NaN, which "
                "pandas writes for a missing cell and for a client that diverged: say which, "
                "frame.convert_dtypes() if it is missing (not available), or mend what diverged"
            )
        return Numbers(array, np.zeros(array.shape, dtype=np.bool_))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind != "O":
        return _of_array(np.asarray(column), name, row)
    return _of_objects(np.array(column.astype(object), dtype=object), name, row)


def _of_array(values: Any, name: str, row: Callable[[int], str] | None = None) -> Numbers:
    if isinstance(values, np.ma.MaskedArray):
        return _of_masked(np.ma.getdata(values), np.ma.getmaskarray(values), name)
    array = array_of(values, name)
    if array.dtype.kind in "iuf":
        with np.errstate(over="ignore"):  # a long double beyond float64 is refused as infinite
            numbers = np.array(array, dtype=np.float64, order="C")
        return Numbers(numbers, np.zeros(array.shape, dtype=np.bool_))
    if array.dtype.kind in "OUSb":
        objects = np.array(values, dtype=object) if array.dtype.kind == "U" else array
        objects = objects.astype(object)
        if row is None:
            _require_real(objects, name)
        return _of_objects(objects, name, row)
    raise _no_numbers(values, name)


def array_of(values: Any, name: str) -> Any:
    """As NumPy reads it, whatever it holds.

    Raises:
        InvalidProblemError: rows of different lengths, something masked, or a tensor that is no
            array: one that requires grad, lies on another device, or has no numbers.
    """
    if np.ma.is_masked(values):
        raise InvalidProblemError(f"{name} has masked entries; fill them in or leave them out")
    if getattr(values, "requires_grad", False):
        raise InvalidProblemError(
            f"{name} is a tensor that requires grad; give {name}.detach(): no gradient goes through"
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise _no_numbers(values, name) from error
    except (RuntimeError, TypeError) as error:
        raise InvalidProblemError(f"{name} cannot be read as numbers: {error!s:.120}") from error


def _require_real(objects: Any, name: str) -> None:
    """Refuses text and decimals in an array of a program: numbers there are real numbers.

    Raises:
        InvalidProblemError: naming the first.
    """
    for at, value in enumerate(objects.ravel()):
        if isinstance(value, str | bytes | Decimal) and not is_missing(value):
            kind = "a Decimal" if isinstance(value, Decimal) else "text"
            raise InvalidProblemError(
                f"{name} must be numbers; {_at(name, at, objects.shape)} is {kind}, "
                f"{str(value)[:40]!r}: give a real number, such as float(...)"
            )


def real_numbers(values: Any, name: str) -> FloatArray:
    """Real numbers of any shape in float64, none missing, for what has no cells to leave empty.

    Raises:
        InvalidProblemError: naming what is complex, true or false, text, masked or no array.
    """
    found, missing = numbers_of(values, name)
    if missing.any():
        where = _at(name, int(np.argmax(missing)), missing.shape)
        raise InvalidProblemError(f"{where} has no value; give a number")
    return found


def numbers_or_nan(values: Any, name: str) -> FloatArray:
    """Real numbers of any shape in float64, NaN where there is none.

    Raises:
        InvalidProblemError: as `real_numbers`, but for what is masked.
    """
    found, missing = numbers_of(values, name)
    return np.where(missing, np.nan, found)


def _of_masked(data: Any, mask: BoolArray, name: str) -> Numbers:
    if data.dtype.kind not in "iuf":  # what is masked may be something that no float holds
        return _of_objects(np.where(mask, None, data.astype(object)), name)
    return Numbers(np.where(mask, 0.0, data.astype(np.float64)), mask)


def _no_numbers(values: Any, name: str) -> InvalidProblemError:
    return InvalidProblemError(f"{name} must be numbers, got {in_one_line(values, 80)}")


def _of_objects(objects: Any, name: str, row: Callable[[int], str] | None = None) -> Numbers:
    flat = objects.ravel()
    values, missing = np.zeros(flat.size), np.zeros(flat.size, dtype=np.bool_)
    for at, value in enumerate(flat):
        if is_missing(value):
            missing[at] = True
        else:
            place = row(at) if row and objects.ndim == 1 else _at(name, at, objects.shape)
            values[at] = _number(value, name, place)
    return Numbers(values.reshape(objects.shape), missing.reshape(objects.shape))


def _at(name: str, at: int, shape: tuple[int, ...]) -> str:
    if not shape:
        return name
    return f"{name}[{', '.join(str(int(i)) for i in np.unravel_index(at, shape))}]"


def is_missing(value: Any) -> bool:
    """Whether a single value stands for "there is none": never a NaN."""
    if isinstance(value, str):
        return value.strip() in MISSING_WORDS
    return value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType")


def _number(value: Any, name: str, place: str) -> float:
    if isinstance(value, bool | np.bool_):
        raise InvalidProblemError(
            f"{place} is {value}; give a number, and who may be drawn as available"
        )
    try:
        if isinstance(value, str) and "_" in value:  # Python's own digits 1_000
            raise ValueError(value)
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidProblemError(
            f"{name} must be numbers; {place} is {in_one_line(value, 40)}"
        ) from error


def markdown() -> str:
    """The rules as the two tables of the documentation."""
    head = ["cell", *Role, "why"]
    lines = [head, ["---"] * len(head)]
    lines += [
        [kind.value, *(rule.meanings[role].value for role in Role), rule.why]
        for kind, rule in RULES.items()
    ]
    names = [["name", "what is done"], ["---", "---"]]
    names += [[kind.value, rule.means] for kind, rule in NAME_RULES.items()]
    return "\n\n".join(
        "\n".join(f"| {' | '.join(row)} |" for row in part) for part in (lines, names)
    )
