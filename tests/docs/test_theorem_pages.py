"""The pages on theorems say what the theorems say now."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_pages_are_current() -> None:
    pages = runpy.run_path(str(DOCS / "make_theorems.py"))["pages"]()
    assert {p.name for p in (DOCS / "theorems").glob("*.md")} == {p.name for p in pages} - {
        "theorems.md"
    }
    for place, text in pages.items():
        assert place.read_text("utf-8") == text, f"run python docs/make_theorems.py: {place.name}"
        assert place.name == "theorems.md" or place.with_suffix(".png").exists()
