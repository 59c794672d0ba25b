"""Several models in one table of arrays, which is what Flower hands around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from roundlot.theory import InvalidProblemError

Value = TypeVar("Value")


def join_models(models: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """One table whose names are ``model/array``: ``ArrayRecord(join_models(...))`` starts a run.

    Raises:
        InvalidProblemError: no models; a model's name with a slash; a model without arrays.
    """
    if not models:
        raise InvalidProblemError("there are no models; give at least one, by name")
    out: dict[str, Value] = {}
    for name, arrays in models.items():
        if "/" in name:
            raise InvalidProblemError(f"a model is called {name!r}; leave out the slash")
        if not arrays:
            raise InvalidProblemError(f"model {name!r} has no arrays")
        out.update({f"{name}/{key}": value for key, value in arrays.items()})
    return out


def split_models(
    arrays: Mapping[str, Value], names: Sequence[str] | None = None
) -> dict[str, dict[str, Value]]:
    """The tables that were joined, by model.

    Args:
        arrays: the joined table.
        names: the models expected, in this order; else as they come.

    Raises:
        InvalidProblemError: an array that belongs to none of the models; a model without arrays.
    """
    out: dict[str, dict[str, Value]] = {name: {} for name in names or ()}
    for key, value in arrays.items():
        name, slash, inner = key.partition("/")
        if not slash or (names is not None and name not in out):
            known = ", ".join(map(repr, names or ())) or "any"
            raise InvalidProblemError(
                f"array {key!r} belongs to no model ({known}); name arrays 'model/array', as "
                "join_models does"
            )
        out.setdefault(name, {})[inner] = value
    for name, inner_arrays in out.items():
        if not inner_arrays:
            raise InvalidProblemError(f"model {name!r} has no arrays named '{name}/...'")
    return out
