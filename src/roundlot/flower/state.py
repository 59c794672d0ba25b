"""A strategy's state: read with care, and as one file of JSON and NumPy arrays, without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.files import replaced_file
from roundlot.simulate.array_files import load_arrays
from roundlot.theory import InvalidProblemError

FORMAT = "roundlot.flower/state-1"
_HERE = "$array"  # stands for a table in the JSON


def save_state(path: str | Path, state: Mapping[str, Any]) -> None:
    """Write what ``strategy.state_dict()`` gave; the file is there whole or not at all.

    Args:
        path: of the file, such as ``lot.npz``.
        state: a state, or part of one.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    tables: dict[str, Any] = {}
    text = json.dumps(_without_tables(state, "", tables))
    folder = Path(path).parent
    if not folder.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {folder}")
    with replaced_file(path) as part, part.open("wb") as file:
        np.savez(file, json=np.frombuffer(text.encode(), dtype=np.uint8), **tables)


def load_state(path: str | Path) -> dict[str, Any]:
    """Read it again, for ``strategy.load_state_dict(...)``.

    Raises:
        FileNotFoundError: there is no such file.
        InvalidProblemError: a file of another kind.
    """
    try:
        tables = load_arrays(path)
        state = json.loads(tables.pop("json").tobytes())
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever a file of another kind makes a reader say
        raise InvalidProblemError(
            f"{path} is not a state of roundlot's Flower strategy ({error}); give a file that "
            "save_state wrote"
        ) from None
    whole: dict[str, Any] = _with_tables(state, tables)
    return whole


def restored(
    state: Any, form: str, what: str, parts: Mapping[str, Any]
) -> tuple[int, int, str | None]:
    """Fill these parts from a state; nothing of it is used before all of it was read.

    Args:
        state: what ``state_dict`` or `load_state` gave.
        form: the format expected.
        what: whose state it is, for messages.
        parts: new, empty ones with a ``load_state_dict``, by their names in the state.

    Returns:
        Seed, number of rounds, and of which model the state is, if it says so.

    Raises:
        InvalidProblemError: not a state of this format; a part is missing or cannot be read.
    """
    if not isinstance(state, Mapping) or state.get("format") != form:
        raise InvalidProblemError(
            f"this is not a state of {what} ({form}); give what state_dict() or load_state() "
            "returned"
        )
    missing = {"seed", "round", *parts} - set(state)
    if missing:
        raise InvalidProblemError(f"the state has no {min(missing)!r}; give a whole one")
    for name in ("seed", "round"):
        if isinstance(state[name], bool) or not isinstance(state[name], int):
            raise InvalidProblemError(
                f"the state's {name!r} is {state[name]!r:.60}; give a state as it was saved"
            )
    for name, part in parts.items():
        try:
            part.load_state_dict(state[name])
        except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
            raise InvalidProblemError(
                f"the state's {name!r} cannot be read ({type(error).__name__}: {error}); give a "
                "state as it was saved"
            ) from None
    model = state.get("model")
    return state["seed"], state["round"], None if model is None else str(model)


def _without_tables(value: Any, where: str, tables: dict[str, Any]) -> Any:
    if isinstance(value, np.ndarray):
        name = f"t{len(tables)}{where.replace('/', '.')}"
        tables[name] = value
        return {_HERE: name}
    if isinstance(value, Mapping):
        return {key: _without_tables(one, f"{where}/{key}", tables) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_tables(one, where, tables) for one in value]
    return value


def _with_tables(value: Any, tables: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        if set(value) == {_HERE}:
            return tables[value[_HERE]]
        return {key: _with_tables(one, tables) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_tables(one, tables) for one in value]
    return value
