"""What users read is plain English: no phrase of a list that readers stumbled over."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from roundlot.cli.app import app

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/roundlot"
#: What is not said, and what is said in its place.
BANNED = {
    r"(to )?the same bits|bit for bit": "bit-identical",
    r"(not|be) told apart": "no significant difference",
    r"times less": "50 % more",
    r"agrees to": "an independent solver finds the same optimum",
    r"(ask|hear|tell)s? everybody": "only some clients can upload each round",
    r"everybody": "all clients",
    r"\b(un)?heard\b": "drawn, uploaded or replied",
    r"\bwhoever\b": "a client that",
    r"makes? small\b": "minimises",
    r"\bundercut": "no step sizes need fewer rounds",
    r"hold \w+ against": "compare with, or check",
    r"what it says it does": "what it claims",
    r"anew\b": "again",
    r"same probabilities, other draws": "all draw with the same probabilities",
    r"everything random": "all random numbers",
}
#: Flower's page keeps the names of its methods, such as `memory.hear`.
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/tutorials").glob("*.ipynb")),
    *sorted(SOURCE.glob("**/*.jinja")),
    *sorted(SOURCE.glob("**/*.toml")),
    SOURCE / "explore/words.js",
    SOURCE / "plot/figures.py",
]
#: Folders of the code; its texts are what errors, verdicts, notes and labels say.
FOLDERS = (ROOT / "theory", ROOT / "solvers", ROOT / "simulate", ROOT / "verify", SOURCE)
#: Values that programs give, not texts.
VALUES = {"everybody"}
ANY = re.compile("|".join(BANNED), re.IGNORECASE)
PARTS = re.compile(r"""["']\s+f?["']""")  # where one text ends a line and goes on in the next
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    text = page.read_text("utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells)
    return CODE.sub("", text) if page.suffix == ".md" else text


def texts(source: str) -> Iterator[str]:
    """Every string of a program but its docstrings."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def found(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [
        f"…{flat[max(0, hit.start() - 30) : hit.end() + 20]}…: say “{instead}”"
        for phrase, instead in BANNED.items()
        for hit in re.finditer(phrase, flat, re.IGNORECASE)
    ]


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            loaded = command.resolve_command(context, [name])[1]
            yield from commands(loaded, (*path, name))


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_file()], ids=lambda p: p.name)
def test_page_is_plain(page: Path) -> None:
    assert not found(prose(page))


def test_help_is_plain() -> None:
    paths = list(commands(typer.main.get_command(app)))
    assert ("fleet", "new") in paths
    for path in paths:
        shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "400"})
        assert shown.exit_code == 0
        assert not found(shown.output), path


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_texts_in_code_are_plain(folder: Path) -> None:
    linked = {other.name for other in FOLDERS if other != folder}
    for file in sorted(folder.glob("**/*.py")):
        if not linked.intersection(file.relative_to(folder).parts):
            source = file.read_text("utf-8")
            if ANY.search(" ".join(PARTS.sub("", source).split())):  # to read all would take long
                for text in texts(source):
                    assert text in VALUES or not found(text), file


def test_docstrings_are_no_texts() -> None:
    assert list(texts('"""Everybody."""\nx = "all clients"\n')) == ["all clients"]


@pytest.mark.parametrize("text", ["the same\nbits", "Hears everybody", "2.1 times less"])
def test_phrases_are_found(text: str) -> None:
    assert found(text)


def test_plain_words_are_not() -> None:
    assert not found("bit-identical; a shared client's upload; every client; 50 % more")
