"""Docstrings of this project for Sphinx: lists of attributes, and names in single backticks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.inspect import TypeAliasForwardRef

ITEM = re.compile(r"^    (?P<names>\w[\w, ]*): (?P<text>.*)$")


def listed(lines: list[str]) -> list[str]:
    """The lines with a section ``Attributes:`` as a list of its names."""
    if "Attributes:" not in lines:
        return lines
    start = lines.index("Attributes:")
    end = start + 1
    while end < len(lines) and (not lines[end] or lines[end].startswith("    ")):
        end += 1
    body = [_item(line) for line in lines[start + 1 : end]]
    return [*lines[:start], ":Attributes:", *body, *([""] if lines[end:] else []), *lines[end:]]


def _item(line: str) -> str:
    match = ITEM.match(line)
    if match is None:
        return "      " + line.strip() if line.strip() else ""
    names = ", ".join(f"``{name}``" for name in match["names"].split(", "))
    return f"    - {names}: {match['text']}"


def _docstring(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    lines[:] = listed(lines)


def _own_name(alias: TypeAliasForwardRef) -> str:
    return alias.name


def _role(places: Mapping[str, str]) -> Any:
    """A role that links a public name to its entry, and shows anything else as code."""

    def role(
        name: str, raw: str, text: str, *_: Any, **__: Any
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        target = places.get(text.removesuffix("()"))
        short = text.rpartition(".")[2] if target else text
        code = nodes.literal(raw, short, classes=["xref", "py", "py-obj"])
        if target is None:
            return [code], []
        link = pending_xref(
            raw, code, refdomain="py", reftype="obj", reftarget=target, refexplicit=True
        )
        return [link], []

    return role


def connect(app: Sphinx, places: Mapping[str, str]) -> None:
    """Read docstrings so; ``places`` are the full names by the names that docstrings use."""
    app.connect("autodoc-process-docstring", _docstring, priority=100)
    TypeAliasForwardRef.__repr__ = _own_name  # type: ignore[method-assign]  # FloatArray, in words
    app.add_role("known", _role(places))
