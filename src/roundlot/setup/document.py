"""The TOML of a setup: found by name or path, changed by key, its ``[full]`` laid over it."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from roundlot.setup.reading import existing_file, read_text, reason
from roundlot.theory import InvalidProblemError
from roundlot.theory.json_text import long_number

_BUDGETS = ("budget", "budget_fraction")

_DATA = (".csv", ".tsv", ".json", ".parquet", ".npy", ".npz")  # endings of tables and data sets
_TRAINING = (
    "a setup of training (.toml, with [tasks] and methods), or the name of one that "
    "`roundlot train --list` shows"
)
_MOST_PARTS = 40  # of a dotted key: the time to parse one grows with their square
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s*+\.\s*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{_MOST_PARTS}}}")


def shipped_setups() -> dict[str, str]:
    """Names of the setups that come with roundlot, and what each says it is about."""
    folder = files("roundlot.data") / "train"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    texts = {name.removesuffix(".toml"): (folder / name).read_text("utf-8") for name in names}
    return {name: str(tomllib.loads(body).get("about", "")) for name, body in texts.items()}


def found_document(source: str | os.PathLike[str]) -> tuple[dict[str, Any], Path | None] | None:
    """The document of a shipped name, or of a file and its path; None where neither is meant.

    Raises:
        InvalidProblemError: a file that cannot be read, or is no TOML.
    """
    named = str(source)
    shipped = files("roundlot.data") / "train" / f"{named}.toml"
    if named.replace("-", "").replace("_", "").isalnum() and shipped.is_file():
        return parsed_toml(shipped.read_text("utf-8"), f"setup {named}"), None
    if not named.endswith(".toml") and not Path(source).exists():
        return None
    place = existing_file(source, "setup")
    return read_toml(place, "setup", _TRAINING), place


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """With some keys changed, such as ``{"run.rounds": 20}``; None drops a key.

    One of ``budget`` and ``budget_fraction`` takes the place of the other.
    """
    out = copy.deepcopy(dict(document))
    for place, value in changes.items():
        section, _, name = place.rpartition(".")
        table = out.setdefault(section, {}) if section else out
        for key in _BUDGETS if name in _BUDGETS else (name,):
            table.pop(key, None)
        if value is not None:
            table[name] = value
    return out


def merged(document: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` with the sections of ``over`` laid over its own, key by key."""
    out = {key: value for key, value in document.items() if key != "full"}
    for name, value in over.items():
        old = out.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        out[name] = {**old, **value} if both else value  # type: ignore[dict-item]
    run = out.get("run", {})
    if isinstance(run, Mapping) and set(_BUDGETS) <= set(run):
        given = "budget" if "budget" in over.get("run", {}) else "budget_fraction"
        out["run"] = {
            key: value for key, value in run.items() if key == given or key not in _BUDGETS
        }
    return out


def read_toml(place: Path, noun: str, wanted: str) -> dict[str, Any]:
    """The document in a file.

    Args:
        place: of the file.
        noun: what it is to be, for errors: "setup".
        wanted: what to give in the place of a table: "a setup (.toml)".

    Raises:
        InvalidProblemError: a table or a data set, by its ending; no UTF-8; as `parsed_toml`.
    """
    if place.suffix.lower() in _DATA:
        raise InvalidProblemError(
            f"{noun} {place} is a {place.suffix.lower()} file, not TOML; give {wanted}"
        )
    return parsed_toml(read_text(place, noun), f"{noun} {place}")


def parsed_toml(content: str, what: str) -> dict[str, Any]:
    """The document in ``content``; ``what`` names it in errors: "setup mine.toml".

    Raises:
        InvalidProblemError: a syntax error, or tables in tables too deep to read.
    """
    if _LONG_KEY.search(content):
        raise InvalidProblemError(f"{what} has a key of {_MOST_PARTS} parts or more; shorten it")
    try:
        return tomllib.loads(content)
    except RecursionError as error:
        raise InvalidProblemError(f"{what} nests too deep for TOML") from error
    except ValueError as error:
        if long := long_number(content, error):
            raise InvalidProblemError(f"{what}: {long}") from error
        raise InvalidProblemError(f"{what} is not TOML: {reason(error)}") from error
