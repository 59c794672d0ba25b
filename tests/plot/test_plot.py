"""Every figure says what it shows, and draws what it was given."""

import subprocess
import sys
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from roundlot import plot
from roundlot.plot.canvas import thin
from roundlot.plot.style import plain
from roundlot.run.records import BoundSummary, MethodBound, SimulationRecord

SIZE = np.array([4.0, 2.0, 1.0, 0.5, 0.0])
TOTAL = np.array([1.0, 1.0, 0.5, 0.25, 0.0])


def simulated(method, off):
    return SimulationRecord(
        method=method,
        design="independent",
        predicted=2.0,
        realised=2.0 * off,
        low=2.0 * (off - 0.01),
        high=2.0 * (off + 0.01),
        confidence=0.99,
        rounds=1000,
        seconds=0.5,
        device="cpu",
        weight_mean=np.ones(1),
        weight_predicted=np.ones(1),
        weight_realised=np.ones(1),
    )


def bound():
    after = np.array([1.0, 10.0, 100.0])
    return BoundSummary(
        quantity="E F(w) − F*",
        target=0.1,
        constants={},
        theorems=(),
        methods=(
            MethodBound(method="optimum", rounds_to_target=10.0, rounds=after, error=1 / after),
            MethodBound(
                method="uniform", rounds_to_target=np.inf, rounds=after, error=np.full(3, 2.0)
            ),
        ),
    )


ROWS = [
    {"name": "uniform", "ratio": 2.5, "variance_is": "exact"},
    {"name": "optimum", "ratio": 1.0, "variance_is": "exact"},
    {"name": "round-robin", "ratio": 3.0, "variance_is": "at least"},
    {"name": "biased", "ratio": float("inf")},
    {"name": "left out", "ratio": None, "skipped": "no losses"},
    {"name": "unknown", "ratio": float("nan")},
]
DRAW = {
    "inclusion": lambda ax: plot.plot_inclusion(SIZE, TOTAL, capped=TOTAL >= 1, level=0.5, ax=ax),
    "models": lambda ax: plot.plot_models(np.outer(TOTAL, [0.7, 0.3]), ["a", "b"], ax=ax),
    "comparison": lambda ax: plot.plot_comparison(ROWS, ax=ax),
    "prediction": lambda ax: plot.plot_prediction([simulated("a", 1.0)], ax=ax),
    "bound": lambda ax: plot.plot_bound(bound(), ax=ax),
    "water": lambda ax: plot.plot_water(SIZE, TOTAL, np.ones(5), level=0.5, ax=ax),
}


@pytest.mark.parametrize("name", DRAW)
def test_figure_is_labelled_and_uses_the_axes_given(name):
    mine = Figure().add_subplot()
    assert DRAW[name](mine) is mine
    own = DRAW[name](None)
    for ax in (mine, own):
        assert ax.get_xlabel()
        assert ax.get_ylabel() or [text.get_text() for text in ax.get_yticklabels()]
        assert ax.has_data()


@pytest.mark.parametrize("name", DRAW)
def test_nothing_is_cut_off_at_the_edge(name):
    figure = DRAW[name](None).figure
    with plot.paper_style():
        figure.draw_without_rendering()
        box, frame = figure.get_tightbbox(), figure.bbox_inches
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= frame.x1 + 0.01
    assert box.y1 <= frame.y1 + 0.01


@pytest.mark.parametrize("name", ["inclusion", "comparison"])
def test_files_are_the_same_every_time_and_hold_no_date(name, tmp_path):
    for kind in ("svg", "pdf"):
        files = [tmp_path / f"{turn}.{kind}" for turn in range(2)]
        for path in files:
            plot.save_figure(DRAW[name](None).figure, path)
        first, second = (path.read_bytes() for path in files)
        assert first == second
        assert b"CreationDate" not in first
        assert b"dc:date" not in first


def test_the_users_settings_neither_leak_in_nor_out(tmp_path):
    clean = plot.svg_text(DRAW["models"](None).figure)
    with matplotlib.rc_context({"font.size": 20.0, "axes.grid": True}):
        assert plot.svg_text(DRAW["models"](None).figure) == clean
        assert matplotlib.rcParams["font.size"] == 20.0


def test_inclusion_marks_capped_and_threshold():
    ax = DRAW["inclusion"](None)
    labels = ax.get_legend_handles_labels()[1]
    assert "at its cap (2)" in labels
    assert "below its cap (2)" in labels
    thresholds = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert any(np.allclose(place, 2.0) for place in thresholds)


def test_comparison_draws_the_best_first_and_hatches_bounds():
    ax = DRAW["comparison"](None)
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["optimum", "uniform", "round-robin", "biased"]
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [False, False, True, False]
    assert [round(bar.get_width(), 6) for bar in ax.patches] == [1.0, 2.5, 3.0, 3.75]
    said = [text.get_text() for text in ax.texts]
    assert said == ["0.0\u202f%", "+150\u202f%", "≥ +200\u202f%", "∞"]


def test_methods_with_one_number_share_a_bar_and_a_line():
    rows = [
        {"name": name, "ratio": 1.0 + 1e-7 * k} for k, name in enumerate(("best", "a 1", "a 2"))
    ]
    ax = plot.plot_comparison([*rows, {"name": "bound", "ratio": 1.0, "variance_is": "at most"}])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["best, a 1 to 2", "bound"]
    many = [{"name": f"method {'abcdefgh'[k]}", "ratio": 1.0} for k in range(8)]
    (label,) = plot.plot_comparison(many).get_yticklabels()
    assert label.get_text() == "method a and 7 more"
    ax = plot.plot_prediction([simulated("one", 1.0), simulated("two", 1.0), simulated("x", 1.1)])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["one, two", "x"]


def test_comparison_turns_logarithmic_beyond_ten():
    ax = plot.plot_comparison([*ROWS, {"name": "far", "ratio": 50.0}])
    assert ax.get_xscale() == "log"
    assert DRAW["comparison"](None).get_xscale() == "linear"


def test_prediction_opens_the_marker_of_an_interval_that_misses():
    ax = plot.plot_prediction([simulated("good", 1.001), simulated("bad", 1.05)])
    marks = [container.lines[0] for container in ax.containers]
    assert [mark.get_marker() for mark in marks] == ["o", "D"]
    assert np.allclose([float(mark.get_xdata()[0]) for mark in marks], [0.1, 5.0])


def test_bound_marks_who_reaches_the_target():
    ax = DRAW["bound"](None)
    assert ax.get_legend_handles_labels()[1] == ["optimum (10)", "uniform (never)"]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [(10.0, 0.1)]


def test_bound_shows_what_no_steps_undercut_and_who_is_refused():
    after = np.array([1.0, 10.0, 100.0])
    method = MethodBound(
        method="optimum",
        rounds_to_target=10.0,
        rounds=after,
        error=1 / after,
        rounds_at_least=7.0,
    )
    refused = MethodBound(
        method="greedy",
        rounds_to_target=np.inf,
        rounds=after[:0],
        error=after[:0],
        refusal="biased",
    )
    summary = BoundSummary(
        quantity="a", target=0.1, constants={}, theorems=(), methods=(method, refused)
    )
    ax = plot.plot_bound(summary)
    labels = ax.get_legend_handles_labels()[1]
    assert labels == ["optimum (at least 7, 10)", "greedy (none proved)"]
    (bar,) = (line for line in ax.lines if line.get_marker() == "|")
    assert list(bar.get_xdata()) == [7.0, 10.0]


def test_names_are_no_formulas_and_end_somewhere():
    assert plain("$x$") == r"\$x\$"
    assert plain("a" * 50, 10) == "a" * 9 + "…"
    assert plain("a\nb") == "a\ufffdb"
    ax = plot.plot_comparison([{"name": r"$\broken{$", "ratio": 1.0}])
    assert "<svg" in plot.svg_text(ax.figure)


def test_thinning_keeps_the_ends_and_bounds_the_count():
    x = np.linspace(0.0, 1.0, 100_000)
    kept = thin(x, x)
    assert len(kept) <= 301
    assert kept[0] == 0
    assert kept[-1] == 99_999


def test_no_score_at_all_is_still_a_figure():
    zero = np.zeros(3)
    plot.svg_text(plot.plot_inclusion(zero, zero, capped=zero > 0).figure)
    plot.svg_text(plot.plot_models(np.zeros((3, 1)), ["a"]).figure)
    nowhere = MethodBound(method="a", rounds_to_target=np.inf, rounds=zero[:0], error=zero[:0])
    plot.svg_text(plot.plot_bound(replace(bound(), methods=(nowhere,))).figure)
    plot.svg_text(plot.plot_water(zero, zero, np.ones(3), level=1.0).figure)


def test_import_is_light():
    code = (
        "import sys, roundlot.plot, roundlot.report, roundlot.run.result;"
        "print([m for m in ('matplotlib', 'jinja2', 'polars', 'torch') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
