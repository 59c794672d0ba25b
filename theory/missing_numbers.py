"""Every number that a call misses, named at once with its unit, in place of Python's own error."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from roundlot.theory.errors import InvalidProblemError

F = TypeVar("F", bound=Callable[..., Any])


def names_missing(
    needed: Mapping[str, str], *, either: Mapping[tuple[str, ...], str] | None = None
) -> Callable[[F], F]:
    """A function that names all arguments that are left out, or None, in one line.

    Args:
        needed: arguments that must be given, and what each is, with its unit.
        either: arguments of which one must be given, and what to say where none is.
    """

    def wrap(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            given = {
                name
                for name, value in signature.bind_partial(*args, **kwargs).arguments.items()
                if value is not None
            }
            missing = [f"{name} ({what})" for name, what in needed.items() if name not in given]
            if missing:
                missing += [
                    what for names, what in (either or {}).items() if given.isdisjoint(names)
                ]
                raise InvalidProblemError(
                    f"{function.__name__} is missing: {', '.join(missing)}; give them by name"
                )
            return function(*args, **kwargs)

        return cast("F", called)

    return wrap
