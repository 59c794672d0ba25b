"""Imports: no cycle, no long chain, own modules at the top of a file; no crowded folder."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("theory", "solvers", "simulate", "verify", "src/roundlot")
#: Modules one below the other, from the command line to a leaf.
LONGEST_CHAIN = 20
#: More files than this and a newcomer no longer sees what a folder holds.
CROWDED = 25
#: Folders whose files are entries of one list: a theorem, a method or a command is a file.
LISTS = ("theory/theorems", "simulate/methods", "src/roundlot/cli")


def _files() -> dict[str, Path]:
    found = {}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            parts = (
                path.relative_to(ROOT / "src" if folder.startswith("src") else ROOT)
                .with_suffix("")
                .parts
            )
            name = ".".join(parts if folder.startswith("src") else ("roundlot", *parts))
            found[name.removesuffix(".__init__")] = path
    return found


FILES = _files()


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not _only_for_types(child):
            yield from _at_run_time(child)


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in FILES else node.module


def imports() -> dict[str, set[str]]:
    """Who imports whom at run time, imports inside functions counted."""
    graph: dict[str, set[str]] = {}
    for module, path in FILES.items():
        nodes = _at_run_time(ast.parse(path.read_text()))
        graph[module] = {t for node in nodes for t in _targets(node) if t in FILES and t != module}
    return graph


def _inner_imports(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if any(target.split(".")[0] == "roundlot" for target in _targets(inner)):
                    yield inner.lineno  # type: ignore[attr-defined]


def test_no_module_imports_itself_by_a_detour() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail("a cycle of imports: " + " -> ".join(error.args[1]))


def test_chains_of_imports_are_short() -> None:
    graph, depth = imports(), defaultdict(lambda: (0, ""))
    for module in TopologicalSorter(graph).static_order():
        below = max((depth[t] for t in graph[module]), default=(0, ""))
        depth[module] = (below[0] + 1, f"{module} > {below[1]}")
    length, chain = max(depth.values())
    assert length <= LONGEST_CHAIN, chain


@pytest.mark.parametrize("folder", FOLDERS)
def test_own_modules_are_imported_at_the_top(folder: str) -> None:
    inside = (path for path in FILES.values() if path.is_relative_to(ROOT / folder))
    lines = [f"{path.relative_to(ROOT)}:{line}" for path in inside for line in _inner_imports(path)]
    assert not lines


def test_folders_show_what_they_hold() -> None:
    sizes = Counter(str(path.parent.relative_to(ROOT)) for path in FILES.values())
    crowded = {folder: n for folder, n in sizes.items() if n > CROWDED and folder not in LISTS}
    assert not crowded


def test_designs_load_numba_at_their_first_draw() -> None:
    script = (
        "import sys\n"
        "from roundlot.simulate import design\n"
        "assert 'numba' not in sys.modules\n"
        "drawn = design([[0.5, 0.25]], 'independent')\n"
        "assert 'numba' not in sys.modules\n"
        "drawn.draw(1)\n"
        "assert 'numba' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
