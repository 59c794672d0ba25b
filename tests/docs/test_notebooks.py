"""The tutorials run as they stand there, in a kernel of their own, and leave nothing behind."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nbclient", reason="notebooks are run by nbclient: roundlot[dev]")
pytest.importorskip("ipykernel", reason="notebooks run in ipykernel: roundlot[dev]")

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
METADATA = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
#: Needs an environment of its own: shown without results on the web, skipped here without Flower.
FLOWER = "flower.ipynb"
SLOW = ("audit.ipynb", "fair-training.ipynb", "links.ipynb", "own-fleet.ipynb")


def case(book: Path) -> Any:
    """A notebook as a parameter, those that take long marked as slow: the site runs them all."""
    marks = [pytest.mark.slow] if book.name in SLOW else []
    return pytest.param(book, marks=marks, id=book.stem)


def own_kernel() -> AsyncKernelManager:
    """This interpreter, whatever kernels are installed under the name python3."""
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    one = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    manager = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(argv=command, display_name="own", language="python", env=one)
    return manager


def files_of(folder: Path) -> dict[Path, int]:
    """Every file below the folder with the time it was last written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=BOOKS, ids=lambda book: book.stem)
def book(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.mark.parametrize("book", [case(book) for book in BOOKS])
def test_notebook_runs_and_writes_nothing(book: Path, tmp_path: Path) -> None:
    if book.name == FLOWER and importlib.util.find_spec("flwr") is None:
        pytest.skip("Flower is an optional dependency: roundlot[flower]")
    before = files_of(FOLDER.parent)
    notebook = nbformat.read(book, as_version=4)
    NotebookClient(
        notebook, km=own_kernel(), timeout=240, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs), "no figure is shown"
    assert not list(tmp_path.iterdir())
    assert files_of(FOLDER.parent) == before


def test_notebook_is_valid_and_clean(book: Path) -> None:
    notebook = nbformat.read(book, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    off = {"mystnb": {"execution_mode": "off"}} if book.name == FLOWER else {}
    assert notebook.metadata == {**METADATA, **off}
    for cell in notebook.cells:
        assert cell.metadata == {}, cell.id
        assert re.fullmatch(r"[a-z][a-z-]*", cell.id), "ids are words, the same in every version"
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), "clear outputs: " + cell.id


def test_notebook_is_written_as_editors_write_it(book: Path) -> None:
    text = book.read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"


def test_notebook_names_no_place_of_a_machine(book: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(book, as_version=4).cells)
    assert not re.findall(r"(?<![\w:/.)])~?/\w+/\w*|\b[A-Z]:\\", text)


def test_notebook_says_what_is_learnt_and_what_comes_next(book: Path) -> None:
    words = [cell.source for cell in nbformat.read(book, as_version=4).cells if is_text(cell)]
    assert words[0].startswith("# ")
    assert "You will learn to" in words[0]
    assert "## What to do next" in words[-1]


def test_links_lead_somewhere(book: Path) -> None:
    for cell in filter(is_text, nbformat.read(book, as_version=4).cells):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", cell.source):
            assert (FOLDER / target).exists(), target


def test_index_lists_every_notebook() -> None:
    listed = (FOLDER / "index.md").read_text("utf-8")
    for book in BOOKS:
        assert f"]({book.name})" in listed
        assert re.search(rf"^{book.stem}$", listed, re.MULTILINE)


def is_text(cell: Any) -> bool:
    return bool(cell.cell_type == "markdown")
