"""Every script of the gallery runs, shows figures, and together they show every public figure."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import matplotlib
import pytest

from roundlot import plot

GALLERY = Path(__file__).parents[2] / "examples" / "gallery"
SCRIPTS = sorted(GALLERY.glob("plot_*.py"))
LONG = {"plot_decision.py", "plot_run.py", "plot_training.py"}


def test_every_figure_is_in_the_gallery() -> None:
    text = "".join(script.read_text("utf-8") for script in SCRIPTS)
    missing = [n for n in plot.__all__ if n.startswith("plot_") and f"{n}(" not in text]
    assert not missing


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_it_begins_with_a_title(script: Path) -> None:
    lines = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").splitlines()
    assert len(lines) > 3
    assert lines[1] == "=" * len(lines[0])


@pytest.mark.filterwarnings("ignore::roundlot.theory.RoundlotWarning")  # designs it does not draw
@pytest.mark.parametrize(
    "script",
    [pytest.param(s, marks=[pytest.mark.slow] if s.name in LONG else []) for s in SCRIPTS],
    ids=lambda path: path.name,
)
def test_it_runs(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: None)
    runpy.run_path(str(script), run_name="__main__")
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert figures
    for figure in figures:
        assert all(ax.has_data() for ax in figure.axes)
    plt.close("all")
    assert not list(tmp_path.iterdir())
