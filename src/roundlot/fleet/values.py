"""What a key of a setup may hold, and frozen sections made of such keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from typing import Any, TypeVar

from roundlot.fleet.files import closest
from roundlot.theory import InvalidProblemError

Check = Callable[[Any, str], Any]
Section = TypeVar("Section")


def key(default: Any, check: Check) -> Any:
    """A dataclass field that a setup may set, with its default and what it may hold."""
    return field(default=default, metadata={"check": check})


def number(*, low: float = -math.inf, high: float = math.inf, above: bool = False) -> Check:
    """A finite number of at least ``low`` (above it if ``above``) and at most ``high``."""

    def check(value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidProblemError(f"{place} is {_shown(value)}; give a number")
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        if math.isfinite(result) and (result > low if above else result >= low) and result <= high:
            return result
        raise InvalidProblemError(f"{place} is {result:g}; give {_range(low, high, above)}")

    return check


def whole(*, low: int, high: int = 2**53) -> Check:
    """A whole number from ``low`` to ``high``."""

    def check(value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise InvalidProblemError(
                f"{place} is {_shown(value)}; give a whole number from {low} to {high}"
            )
        return value

    return check


def choice(*options: str) -> Check:
    """One of a few words."""

    def check(value: Any, place: str) -> str:
        if value not in options:
            hint = closest(value, options) if isinstance(value, str) else f"valid: {options}"
            raise InvalidProblemError(f"{place} is {_shown(value)}; {hint}")
        return str(value)

    return check


def word_or(word: str, other: Check) -> Check:
    """``word``, or what ``other`` allows."""

    def check(value: Any, place: str) -> Any:
        if isinstance(value, str):
            if value != word:
                raise InvalidProblemError(f"{place} is {value!r}; give {word!r} or a number")
            return value
        return other(value, place)

    return check


def text(value: Any, place: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a text")
    return value


def texts(value: Any, place: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple) or not value:
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a list of names")
    return tuple(text(item, place) for item in value)


def mapping(value: Any, place: str) -> tuple[tuple[str, str], ...]:
    """A table from texts to texts, as pairs in order."""
    if not isinstance(value, Mapping) or not value:
        raise InvalidProblemError(f"{place} is {_shown(value)}; give a table, label = model")
    return tuple((str(name), text(item, f"{place}.{name}")) for name, item in value.items())


def named(item: Check) -> Check:
    """A table from names to what ``item`` allows, as pairs in order."""

    def check(value: Any, place: str) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, Mapping) or not value:
            raise InvalidProblemError(f"{place} is {_shown(value)}; give a table, name = number")
        return tuple((str(name), item(one, f"{place}.{name}")) for name, one in value.items())

    return check


def per_model(item: Check) -> Check:
    """A table from models to what ``item`` allows, or a list in the models' order."""

    def check(value: Any, place: str) -> tuple[Any, ...]:
        if isinstance(value, Mapping):
            return tuple(named(item)(value, place))
        if not isinstance(value, list | tuple) or not value:
            raise InvalidProblemError(
                f"{place} is {_shown(value)}; give a table, model = number, or a list of numbers"
            )
        return tuple(item(one, f"{place}[{index}]") for index, one in enumerate(value))

    return check


def read_section(cls: type[Section], values: Any, name: str) -> Section:
    """A section of a setup from its TOML table; unknown keys and unfit values are named."""
    if not isinstance(values, Mapping):
        raise InvalidProblemError(f"[{name}] is {_shown(values)}; give a section of keys")
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    unknown = [given for given in values if given not in known]
    if unknown:
        raise InvalidProblemError(
            f"[{name}] has no key {unknown[0]!r}; {closest(unknown[0], known)}"
        )
    checked = {
        given: known[given].metadata["check"](value, f"{name}.{given}")
        for given, value in values.items()
    }
    missing = [item for item in known if known[item].default is MISSING and item not in checked]
    if missing:
        raise InvalidProblemError(f"[{name}] needs the key {missing[0]!r}")
    return cls(**checked)


def _range(low: float, high: float, above: bool) -> str:
    least = f"{'above' if above else 'at least'} {low:g}" if math.isfinite(low) else "finite"
    return f"a number {least}" + (f" and at most {high:g}" if math.isfinite(high) else "")


def _shown(value: Any) -> str:
    try:
        return repr(value)[:60]
    except ValueError:  # an integer of more digits than Python prints
        return "a number of thousands of digits"
