"""What users call things: names beside arrays, and a word of advice for a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NamedTuple

from roundlot.theory.errors import InvalidProblemError, in_one_line

MOST_NAME = 10_000  # characters
#: Controls that no terminal shows but many obey, and marks that turn the text after them round;
#: line ends and tabs may stand in a name, and so may the joiners of some scripts and of emoji.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# More choices than this are not listed.
_MOST = 12
_LONGEST_COMPARED, _MOST_COMPARED = 100, 1000  # characters of a name, and names
_SHOWN = 60  # characters of a longer one


def as_name(value: Any, place: str) -> str:
    """A name as text, in composed characters and without spaces round it; numbers are written out.

    Raises:
        InvalidProblemError: there is none, or bytes.
    """
    if isinstance(value, bytes):
        raise InvalidProblemError(f"{place} is {value!r:.40}, bytes; give text, as by .decode()")
    text = unicodedata.normalize("NFC", str(value)).strip()
    missing = value is None or type(value).__name__ in ("NAType", "NaTType")
    if missing or not text or (isinstance(value, float) and value != value):
        raise InvalidProblemError(f"{place} has no name; fill it in")
    return require_seen(text, place, most=MOST_NAME)


def require_seen(text: str, place: str, *, most: int | None = None) -> str:
    """``text``, if it says what it shows: a terminal obeys some characters, or turns text round.

    Args:
        text: a name, or what a setup says.
        place: where it stands, for errors.
        most: characters.

    Raises:
        InvalidProblemError: a control character other than tabs and line ends, an override of the
            direction of writing, half a character; more characters than ``most``.
    """
    if most is not None and len(text) > most:
        raise InvalidProblemError(f"{place} has {len(text)} characters, {most} at most; shorten it")
    wrong = UNSEEN.search(text)
    if wrong:
        shown = text[max(0, wrong.start() - _SHOWN // 2) :][:_SHOWN]
        raise InvalidProblemError(
            f"{place} is {shown!r}, with {wrong[0]!r}, which is not shown but obeyed; take it out"
        )
    return text


def entries_of(values: object, wanted: str) -> list[Any]:
    """What a list, an array or another iterable holds; ``wanted`` is what to give instead.

    Raises:
        InvalidProblemError: a single text or value.
    """
    if isinstance(values, Iterable) and not isinstance(values, str | bytes):
        with suppress(TypeError):  # an array or a tensor without dimensions
            return list(values)
    raise InvalidProblemError(f"{wanted}, not {in_one_line(values)}")


def names_of(values: object, what: str) -> tuple[str, ...]:
    """Names as text, in their order; ``what`` is "client", "model", ...

    Raises:
        InvalidProblemError: a single text instead of several, an entry without a name, one name in
            two spellings that look alike.
    """
    given = entries_of(values, f"{what}: give a list of names")
    names = tuple(as_name(value, f"{what} {at}") for at, value in enumerate(given))
    if len(set(names)) < len(names) or not all(map(str.isascii, names)):
        _require_one_spelling(given, names, what)
    return names


def _require_one_spelling(given: Sequence[Any], names: Sequence[str], what: str) -> None:
    again = spelled_again([str(value) for value in given], names)
    if again:
        raise InvalidProblemError(
            f"{what} {names[again.at]!r} is spelled in two ways that look alike ({again.how}), "
            f"again at {again.at}; spell it in one"
        )


class Again(NamedTuple):
    """Where a name is spelled otherwise than before, and what differs."""

    at: int
    how: str


def spelled_again(given: Sequence[str], names: Sequence[str]) -> Again | None:
    """The first of ``names`` that was written in another way before; None where all are as one.

    A program that takes the two for two names, or for one, may be wrong either way.

    Args:
        given: as they are written.
        names: the same, in composed characters and without spaces round them.
    """
    first: dict[str, str] = {}
    for at, (written, name) in enumerate(zip(given, names, strict=True)):
        before = first.setdefault(name if name.isascii() else _shown(name), written)
        if before != written:
            return Again(at, _difference(before, written))
    return None


def _shown(name: str) -> str:
    """What of a name can be seen: no joiners, marks of direction or of byte order."""
    return "".join(letter for letter in name if unicodedata.category(letter) != "Cf")


def _difference(one: str, other: str) -> str:
    if one.strip() == other.strip():
        return "spaces around it"
    composed = {unicodedata.normalize("NFC", text.strip()) for text in (one, other)}
    return "Unicode NFC and NFD" if len(composed) == 1 else "characters that cannot be seen"


def require_one_level(columns: Any, table: str) -> None:
    """Refuse names of columns in levels: a MultiIndex of pandas, or tuples as keys.

    Raises:
        InvalidProblemError: with the first of them.
    """
    several = next((column for column in columns if isinstance(column, tuple)), None)
    if several is not None:
        raise columns_in_levels(table, several)


def columns_in_levels(table: str, column: object) -> InvalidProblemError:
    """The error for a table with a column such as ``('a', 'm')``."""
    return InvalidProblemError(
        f"{table} has columns in levels, such as {column!s:.60}; give each model one name, in "
        "pandas by frame.columns = ['-'.join(map(str, column)) for column in frame.columns]"
    )


def require_different(names: Sequence[str], what: str) -> None:
    """Refuses names of which one stands twice.

    Raises:
        InvalidProblemError: naming it.
    """
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise InvalidProblemError(f"{what} {twice!r} stands twice; name each once")


def closest(name: str, valid: Iterable[str]) -> str:
    """A remedy for a wrong name: the closest valid one, or all of them."""
    options = list(valid)
    meant = near(name, options)
    if meant:
        return f"did you mean {meant!r}?"
    shown = ", ".join(map(short, options[:_MOST])) + (", ..." if len(options) > _MOST else "")
    return f"valid: {shown}" if options else "there is none to choose from"


def near(name: str, options: Sequence[str]) -> str:
    """The option that is most like ``name``, or none; of very many, one with the same two ends.

    To compare two takes time by the product of their lengths.
    """
    if len(name) > _LONGEST_COMPARED:
        return ""
    alike = [text for text in options if len(text) <= _LONGEST_COMPARED]
    if len(alike) > _MOST_COMPARED:  # a slip of the finger leaves the first or the last letter
        ends = (name[:1], name[-1:])
        alike = [text for text in alike if (text[:1], text[-1:]) == ends][:_MOST_COMPARED]
    found = get_close_matches(name, alike, n=1, cutoff=0.6)
    return found[0] if found else ""


def short(name: str) -> str:
    """A name as messages have it: of a long one its beginning."""
    return name if len(name) <= _LONGEST_COMPARED else f"{name[:_SHOWN]}..."


def unknown(value: Any, what: str, valid: Iterable[str], *, also: str = "") -> InvalidProblemError:
    """The refusal of a choice that there is not, with the nearest one and all of them.

    ``also`` is what may be given besides a name: "give a function".
    """
    options = list(valid)
    listed = ", ".join(map(repr, options))
    alike = near(value, options) if isinstance(value, str) else ""
    meant = f"did you mean {alike!r}? " if alike else ""
    more = f", or {also}" if also else ""
    return InvalidProblemError(f"{what} is {in_one_line(value)}; {meant}choose from {listed}{more}")


def require_choice(value: Any, what: str, valid: Iterable[str], *, also: str = "") -> str:
    """``value``, which must be one of a few names; ``what`` says of what, as does ``also``.

    Raises:
        InvalidProblemError: another name, with the nearest one, or no name at all.
    """
    options = list(valid)
    if not isinstance(value, str):
        raise unknown(value, what, options, also=also)
    if value not in options:
        raise unknown(value, what, options, also=also)
    return value
