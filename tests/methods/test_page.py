"""The page of methods lists them all, with their settings."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from roundlot.simulate.methods import METHODS

PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text("utf-8")
ROWS = {
    cells[1].strip(" `"): cells
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := line.split("|")) == 8
}


def test_the_page_lists_every_method_and_no_other() -> None:
    assert set(ROWS) == set(METHODS)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_its_row_names_settings_and_label(name: str) -> None:
    file, record = METHODS[name]
    made = getattr(import_module(f"roundlot.simulate.methods.{file}"), record)()
    settings = {field.name for field in fields(made)} - {"name", "source", "label"}
    assert set(re.findall(r"`(\w+)`", ROWS[name][6])) == settings
    assert ROWS[name][4].strip() == made.needs
    assert ROWS[name][5].split()[0].strip(",") == made.label.split()[0].strip(":,")
