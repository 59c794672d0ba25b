"""Short marks of code, by which a kept result knows whether it was computed by the same.

A mark is a digest of what the code says: comments, docstrings and layout do not count, nor does the
version of Python that reads it (`roundlot.theory.code_text`).
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from roundlot.theory.code_text import code_text

_DIGITS = 12


def code_mark(modules: Iterable[str], within: Sequence[str] = ()) -> str:
    """The mark of modules by their dotted names, and of all that they import, in turn.

    Args:
        modules: of ours.
        within: modules, or packages with all that is in them, that imports are followed into.
    """
    found: dict[str, str] = {}
    ahead = list(modules)
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        found[name], imports = _module(name)
        ahead += [one for one in imports if _is_within(one, within)]
    return _digest(f"{name}\n{found[name]}" for name in sorted(found))


def file_mark(path: Path) -> str:
    """The mark of a Python file; of its bytes where it cannot be parsed.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    try:
        return _digest([code_text(ast.parse(content))])
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last: nested too deep
        return hashlib.sha256(content).hexdigest()[:_DIGITS]


@cache
def _module(name: str) -> tuple[str, tuple[str, ...]]:
    """What a module says, and the dotted names that it imports; nothing of what is no module."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:  # a name in a module, not a module in a package
        spec = None
    if spec is None or spec.origin is None:
        return "", ()
    tree = ast.parse(Path(spec.origin).read_bytes())
    return code_text(tree), tuple(_imports(tree))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _is_within(name: str, within: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in within)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:_DIGITS]
