"""Arguments that are read by position: one with labels of its own is refused, never misread.

A pandas or polars object whose labels merely count, 0, 1, 2, ..., is as good as an array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from roundlot.theory.kinds import as_annotated
from roundlot.theory.labels import PLAIN, require_unlabelled

P = ParamSpec("P")
R = TypeVar("R")
Record = TypeVar("Record", bound=type)


def by_position(*aligned: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Of a function: refuses labelled arguments, but for those that it puts in order itself.

    And what is not as annotated, as `roundlot.theory.kinds.as_annotated`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names, read = tuple(signature(function).parameters), as_annotated(function)

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name, given in _named(names, args, kwargs):
                if not isinstance(given, PLAIN) and name not in aligned:
                    require_unlabelled(given, name)
            return read(*args, **kwargs)

        return checked

    return decorate


def fields_by_position(*aligned: str) -> Callable[[Record], Record]:
    """Of a record: as :func:`by_position`, of its fields."""

    def decorate(record: Record) -> Record:
        made: Any = record
        made.__init__ = by_position(*aligned)(made.__init__)
        return record

    return decorate


def _named(
    names: tuple[str, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    yield from zip(names, args, strict=False)
    yield from kwargs.items()
