"""What a key of a setup may hold, and the tables made of such keys.

A section is a frozen dataclass whose fields are made by `key`: default, check and words stand there
and nowhere else, for the TOML file and for the option of the command line alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar, Self

from roundlot.setup.kinds import command_of
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_seen

Check = Callable[[Any, str], Any]


def key(default: Any, check: Check, words: str = "") -> Any:
    """A field that a setup may set: its default, what it may hold, what it says of itself."""
    return field(default=default, metadata={"check": check, "words": words})


def part(check: Check, absent: Any = None, *, name: str = "") -> Any:
    """A field that is read by ``check`` in any case, from ``absent`` if the setup says nothing.

    ``name`` is what the TOML calls it, if not as the field is called.
    """
    return field(metadata={"check": check, "absent": absent, "name": name})


def section(kind: type[Section], *, optional: bool = False) -> Any:
    """A field that holds a section; one that is not there has its defaults, or is None."""
    if optional:
        return field(default=None, metadata={"check": kind.read, "name": kind.table})
    return part(kind.read, {}, name=kind.table)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A finite number of at least ``low`` (above it if ``above``) and at most ``high``.

    ``endless`` also lets infinity through, where it stands for no limit.
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    endless: bool = False

    def __call__(self, value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidProblemError(f"{place} is {_shown(value)}; give a number")
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        enough = result > self.low if self.above else result >= self.low
        known = math.isfinite(result) or (self.endless and isinstance(value, float))
        if known and enough and result <= self.high:
            return result
        wanted = self._range()
        if math.isfinite(self.low) and self.high == math.inf and not (known or self.endless):
            wanted = wanted.replace("a number", "a finite number", 1)
        raise InvalidProblemError(f"{place} is {result:g}; give {wanted}")

    def _range(self) -> str:
        bound = f"{'above' if self.above else 'at least'} {self.low:g}"
        least = bound if math.isfinite(self.low) else "finite"
        most = f" and at most {self.high:g}" if math.isfinite(self.high) else ""
        return f"a number {least}{most}{', inf for no limit' if self.endless else ''}"


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A whole number from ``low`` to ``high``; by default as many as float64 tells apart."""

    low: int
    high: int = 2**53

    def __call__(self, value: Any, place: str) -> int:
        fits = isinstance(value, int) and not isinstance(value, bool)
        if not fits or not self.low <= value <= self.high:
            raise InvalidProblemError(
                f"{place} is {_shown(value)}; give a whole number from {self.low} to {self.high}"
            )
        return int(value)


@dataclass(frozen=True)
class Choice:
    """One of a few words; a function gives them where a heavy module knows them."""

    options: tuple[str, ...] | Callable[[], Iterable[str]]

    def words(self) -> tuple[str, ...]:
        """The words, in order."""
        return tuple(self.options() if callable(self.options) else self.options)

    def __call__(self, value: Any, place: str) -> str:
        words = self.words()
        if value not in words:
            shown = ", ".join(map(repr, words))
            hint = closest(value, words) if isinstance(value, str) else f"give one of {shown}"
            raise InvalidProblemError(f"{place} is {_shown(value)}; {hint}")
        return str(value)


@dataclass(frozen=True)
class Either:
    """One ``word``, or what ``other`` allows."""

    word: str
    other: Check

    def __call__(self, value: Any, place: str) -> Any:
        if isinstance(value, str):
            if value != self.word:
                raise InvalidProblemError(f"{place} is {value!r}; give {self.word!r} or a number")
            return value
        return self.other(value, place)


def optional(item: Check) -> Check:
    """What ``item`` allows, or None."""

    def check(value: Any, place: str) -> Any:
        return None if value is None else item(value, place)

    return check


def switch(value: Any, place: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidProblemError(f"{place} is {value!r:.40}; give true or false")
    return value


def text(value: Any, place: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a text")
    return require_seen(value, place)


def texts(value: Any, place: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple) or not value:
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a list of names")
    return tuple(text(item, place) for item in value)


def mapping(value: Any, place: str) -> tuple[tuple[str, str], ...]:
    """A table from texts to texts, as pairs in order."""
    if not isinstance(value, Mapping) or not value:
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a table, label = model")
    return tuple(
        (require_seen(str(name), f"a name in {place}"), text(item, f"{place}.{name}"))
        for name, item in value.items()
    )


def named(item: Check) -> Check:
    """A table from names to what ``item`` allows, as pairs in order."""

    def check(value: Any, place: str) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, Mapping) or not value:
            raise InvalidProblemError(f"{place} is {_shown(value)}; give a table, name = number")
        return tuple(
            (require_seen(str(name), f"a name in {place}"), item(entry, f"{place}.{name}"))
            for name, entry in value.items()
        )

    return check


def either_named(item: Check) -> Check:
    """What ``item`` allows, or a table from names to it."""

    def check(value: Any, place: str) -> Any:
        return named(item)(value, place) if isinstance(value, Mapping) else item(value, place)

    return check


def per_model(item: Check, *, alone: bool = False) -> Check:
    """A table from models to what ``item`` allows, or a list in the models' order.

    ``alone`` also lets one number through, for all models.
    """

    def check(value: Any, place: str) -> Any:
        if isinstance(value, Mapping):
            return tuple(named(item)(value, place))
        if alone and isinstance(value, int | float) and not isinstance(value, bool):
            return item(value, place)
        if not isinstance(value, list | tuple) or not value:
            one = "one number for all, " if alone else ""
            raise InvalidProblemError(
                f"{place} is {_shown(value)}; give {one}a table, model = number, or a list of "
                "numbers"
            )
        return tuple(item(entry, f"{place}[{index}]") for index, entry in enumerate(value))

    return check


def number_or_text(item: Check | None) -> Check:
    """What ``item`` allows, or the name of a file; with None that name alone."""

    def check(value: Any, place: str) -> Any:
        return text(value, place) if item is None or isinstance(value, str) else item(value, place)

    return check


def one_or_many(item: Check) -> Check:
    """What ``item`` allows, or a list of it."""

    def check(value: Any, place: str) -> Any:
        if isinstance(value, list | tuple):
            if not value:
                raise InvalidProblemError(f"{place} is an empty list; give at least one number")
            return tuple(item(entry, f"{place}[{index}]") for index, entry in enumerate(value))
        return item(value, place)

    return check


class Section:
    """A table of a setup, called ``table`` in the TOML: a frozen dataclass of fields by `key`."""

    table: ClassVar[str] = ""

    def __init_subclass__(cls, *, table: str = "", **others: Any) -> None:
        super().__init_subclass__(**others)
        cls.table = table or cls.table

    @classmethod
    def read(cls, values: Any, place: str | None = None) -> Self:
        """The section of a TOML table; ``place`` is what errors call it, if not its name.

        Raises:
            InvalidProblemError: an unknown key, a value that does not fit, a key that is missing.
        """
        return cls(**cls.checked(values, cls.table if place is None else place))

    @classmethod
    def keys(cls) -> dict[str, Field[Any]]:
        """The fields that a TOML table may set, by their names there."""
        known = (item for item in fields(cls) if "check" in item.metadata)  # type: ignore[arg-type]
        return {item.metadata.get("name") or item.name: item for item in known}

    @classmethod
    def checked(cls, values: Any, place: str) -> dict[str, Any]:
        """The fields' values from a table; the whole of a setup has an empty ``place``."""
        if not isinstance(values, Mapping):
            raise InvalidProblemError(f"[{place}] is {_shown(values)}; give a section of keys")
        known = cls.keys()
        _require_known(values, known, place)
        checked = {}
        for name, item in known.items():
            if name in values or "absent" in item.metadata:
                given = values.get(name, item.metadata.get("absent"))
                check: Check = item.metadata["check"]
                checked[item.name] = check(given, f"{place}.{name}" if place else name)
            elif item.default is MISSING:
                raise InvalidProblemError(f"[{place}] needs the key {name!r}")
        return checked


def _require_known(values: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    """Refuse a section or key that nobody reads, with the closest that there is."""
    names = tuple(known)
    for name in values:
        if name not in names:
            kind = "section" if isinstance(values[name], dict) else "key"
            what = f"[{place}] has no key {name!r}" if place else f"there is no {kind} {name!r}"
            other = "" if place else command_of(name)
            if other and not any(command_of(mine) == other for mine in names):
                what += f", which a setup of `{other}` has"
            raise InvalidProblemError(f"{what}; {closest(name, names)}")


def _shown(value: Any) -> str:
    try:
        return repr(value)[:60]
    except ValueError:  # an integer of more digits than Python prints
        return "a number of thousands of digits"
