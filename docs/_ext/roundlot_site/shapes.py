"""Whether a docstring says which shape its arrays have."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

ARRAY = re.compile(r"ArrayLike|FloatArray|IntArray|BoolArray|NDArray|ndarray")
SHAPE = re.compile(r"\([A-Za-z_0-9+. ]+,[^)]*\)|\bany shape\b|\bas (in|they)\b|\bone for each\b")


def _entries(text: str) -> dict[str, str]:
    """What the section ``Args:`` says of every argument."""
    section = re.search(r"^Args:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else []:
        head = re.match(r"    ([\w*, ]+): ?(.*)", line)
        if head:
            names = head[1].replace("*", "").split(", ")
            found |= dict.fromkeys(names, head[2])
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def silent(function: Callable[..., Any]) -> list[str]:
    """The arguments that are arrays and whose shape the docstring does not say.

    It stands with the argument, where there is a list of them, or anywhere in the prose.
    """
    text = inspect.getdoc(function) or ""
    said = _entries(text)
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if not ARRAY.search(str(parameter.annotation)):
            continue
        if not SHAPE.search(said.get(name, text)):
            found.append(name)
    return found
