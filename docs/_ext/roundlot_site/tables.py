"""Public names that are tables, numbers or records: what is written above them in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


@cache
def remarks(package: str) -> dict[str, str]:
    """The ``#:`` comments above names at the left margin, in a package and those within it."""
    folder = Path(str(import_module(package).__file__)).parent
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.py")):
        found |= dict(_remarks(file.read_text("utf-8")))
    return found


def _remarks(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"((?:^#:.*\n)+)^(\w+)\b[^\n]*=", text, re.MULTILINE):
        yield match[2], " ".join(line.removeprefix("#:").strip() for line in match[1].splitlines())


def members(value: Any) -> list[str]:
    """The names of what a table holds; nothing for other things."""
    if isinstance(value, dict):
        return [str(key) for key in value]
    if isinstance(value, tuple):
        return [item if isinstance(item, str) else str(getattr(item, "name", "")) for item in value]
    return []


def entry(package: str, name: str, value: Any) -> str:
    """The entry of a table in the reference."""
    parts = [f".. py:data:: {name}\n   :module: {package}\n   :type: {type(value).__name__}\n"]
    remark = remarks(package).get(name, "")
    held = ", ".join(f"``{word}``" for word in members(value) if word)
    parts += [f"   {text}\n" for text in (remark, held) if text]
    return "\n".join(parts)
