"""What Python code says, as text: the same for every layout, and for every version of Python.

Comments and docstrings are left out. Python's own `ast.unparse` and `ast.dump` write the same code
otherwise from version to version.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
#: How a thing was written, or what follows from where it stands; versions of Python differ in them.
_LAYOUT = ("ctx", "kind", "type_comment", "type_ignores")


def code_text(tree: ast.Module) -> str:
    """The syntax tree, one node or value a line, each before its parts; docstrings are taken out.

    Two trees have one text if and only if they say the same.
    """
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    lines: list[str] = []
    ahead: list[Any] = [tree]
    while ahead:  # no recursion: a sum of a thousand terms is a thousand deep
        item = ahead.pop()
        if isinstance(item, ast.AST):
            parts = dict(_parts(item))
            lines.append(f"{type(item).__name__} {' '.join(parts)}")
            ahead += reversed(parts.values())
        elif isinstance(item, list):
            lines.append(f"{len(item)}")
            ahead += reversed(item)
        else:
            lines.append(f"={item!a}")
    return "\n".join(lines)


def function_text(function: Callable[..., Any]) -> str:
    """What a function or class says, or its source as it is where that is part of a statement.

    Empty where nobody kept the source, as of what was typed into a console.
    """
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return ""
    try:
        return code_text(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(source.split())


def _parts(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What a node holds, by name, without what is absent: later versions have more fields."""
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.JoinedStr) and name == "values":
            value = _joined(value)
        nothing = value is None and not (isinstance(node, ast.Constant) and name == "value")
        absent = value == [] or nothing
        if name not in _LAYOUT and not absent:
            yield name, value


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, texts side by side as one."""
    out: list[ast.expr] = []
    for one in values:
        last = out[-1] if out else None
        if not isinstance(one, ast.Constant):
            out.append(one)
        elif isinstance(last, ast.Constant):
            out[-1] = ast.Constant(value=f"{last.value!s}{one.value!s}")
        elif one.value:
            out.append(one)
    return out
