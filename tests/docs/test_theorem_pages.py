"""The pages on theorems say what the theorems say now."""

import json
import math
import re
import runpy
import shlex
from pathlib import Path

import pytest

from roundlot.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "theorems").glob("*.md"))


def test_pages_are_current() -> None:
    pages = runpy.run_path(str(DOCS / "make_theorems.py"))["pages"]()
    there = {p.name for kind in ("*.md", "*.v") for p in (DOCS / "theorems").glob(kind)}
    assert there == {p.name for p in pages} - {"theorems.md"}
    for place, text in pages.items():
        assert place.read_text("utf-8") == text, f"run python docs/make_theorems.py: {place.name}"
        assert place.name == "theorems.md" or place.with_suffix(".png").exists()


@pytest.mark.parametrize(
    "pages", [PAGES[::8], pytest.param(PAGES, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_the_calls_on_the_pages_run(pages: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    for page in pages:
        text = page.read_text("utf-8")
        (block,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        exec(compile(block, page.name, "exec"), {})
        printed = capsys.readouterr().out
        assert math.isfinite(float(printed)), page.name
        (command,) = re.findall(r"^\$ roundlot (bound \S+ --with .*)$", text, re.MULTILINE)
        assert main([*shlex.split(command), "--json"]) == 0, page.name
        (told,) = json.loads(capsys.readouterr().out)["methods"]
        assert math.isclose(told["bound"], float(printed), rel_tol=1e-9), page.name
