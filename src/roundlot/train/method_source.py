"""``[[methods]]``: which methods train, under which names, with which settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any

from roundlot.fleet.files import closest
from roundlot.fleet.values import text
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.simulate.training import Method

_LONGEST = 60  # characters of a method's name in a file's
_FIXED = ("name", "source", "label")


@dataclass(frozen=True, kw_only=True)
class MethodSource:
    """A method of ``roundlot.simulate.methods.METHODS`` and its settings."""

    name: str
    method: str
    settings: Mapping[str, Any]

    def make(self) -> Method:
        """The method's record.

        Raises:
            InvalidProblemError: an unknown method or setting, or a value that it refuses.
        """
        kind = method_class(self.method)
        known = [item.name for item in fields(kind) if item.name not in _FIXED]
        for given in self.settings:
            if given not in known:
                raise InvalidProblemError(
                    f"method {self.method!r} has no setting {given!r}; {closest(given, known)}"
                )
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in self.settings.items()}
        try:
            made = kind(**plain)
        except TypeError as error:
            raise InvalidProblemError(f"method {self.method!r}: {error}; set it") from error
        return made  # type: ignore[no-any-return]


def method_class(name: str) -> type[Any]:
    """The class of a method in ``METHODS``.

    Raises:
        InvalidProblemError: an unknown name.
    """
    from roundlot.simulate.methods import METHODS

    if name not in METHODS:
        raise InvalidProblemError(f"no method is called {name!r}; {closest(name, METHODS)}")
    home, kind = METHODS[name]
    found: type[Any] = getattr(import_module(f"roundlot.simulate.methods.{home}"), kind)
    return found


def read_methods(values: Any) -> tuple[MethodSource, ...]:
    """A list of names, and of tables with ``method``, perhaps ``name``, and settings.

    Raises:
        InvalidProblemError: no methods, an entry without ``method``, two of one name.
    """
    if not isinstance(values, list | tuple) or not values:
        raise InvalidProblemError('methods are missing; give methods = ["random", "gvr"], say')
    sources = tuple(_read(one, f"methods[{index}]") for index, one in enumerate(values))
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InvalidProblemError(
                f"two methods are called {name!r}; give one of them another name"
            )
    files = [file_name(name) for name in names]
    for name, file in zip(names, files, strict=True):
        if files.count(file) > 1:
            raise InvalidProblemError(
                f"method {name!r} would share the file {file!r} with another; rename one of them"
            )
    return sources


def file_name(name: str) -> str:
    """A method's name as part of a file's: letters, digits, dots and dashes, in lower case.

    A name of another script, or a long one, gets a mark of its own: what is left of it need not
    tell it from others.
    """
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "method"
    if name.isascii() and len(plain) <= _LONGEST:
        return plain
    return f"{plain[:_LONGEST]}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def chosen(sources: Sequence[MethodSource], wanted: Sequence[str]) -> tuple[MethodSource, ...]:
    """Those of these names; a name of ``METHODS`` that is not among them comes with its defaults.

    Raises:
        InvalidProblemError: an unknown name.
    """
    by_name = {source.name: source for source in sources}
    for name in wanted:
        if name not in by_name:
            method_class(name)
            by_name[name] = MethodSource(name=name, method=name, settings={})
    return tuple(by_name[name] for name in dict.fromkeys(wanted))


def _read(values: Any, place: str) -> MethodSource:
    if isinstance(values, str):
        return MethodSource(name=values, method=values, settings={})
    if not isinstance(values, Mapping) or "method" not in values:
        raise InvalidProblemError(f'{place} is {values!r:.40}; give a name, or method = "gvr"')
    rest = dict(values)
    method = text(rest.pop("method"), f"{place}.method")
    name = text(rest.pop("name", method), f"{place}.name")
    return MethodSource(name=name, method=method, settings=rest)
