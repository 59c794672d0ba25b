"""Every public figure: draws on the axes given, leaves settings alone, can be saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import roundlot as rl
from roundlot import plot
from roundlot.run.records import BoundSummary, MethodBound, SimulationRecord
from roundlot.solvers import optimal_path

FIGURES = [name for name in plot.__all__ if name.startswith("plot_")]
Draw = Callable[..., Any]


def some(names: list[str], step: int) -> list[Any]:
    """All names, those between every ``step`` marked as slow."""
    return [
        pytest.param(name, marks=[pytest.mark.slow] if k % step else [])
        for k, name in enumerate(names)
    ]


def realised(method: str, off: float) -> SimulationRecord:
    return SimulationRecord(
        method=method,
        design="independent",
        predicted=2.0,
        realised=2.0 * off,
        low=1.98 * off,
        high=2.02 * off,
        confidence=0.99,
        rounds=1000,
        seconds=0.5,
        device="cpu",
        weight_mean=np.ones(1),
        weight_predicted=np.ones(1),
        weight_realised=np.ones(1),
    )


def proved() -> BoundSummary:
    after = np.array([1.0, 10.0, 100.0])
    return BoundSummary(
        quantity="E F(w) − F*",
        target=0.1,
        constants={},
        theorems=(),
        methods=(
            MethodBound(method="optimum", rounds_to_target=10.0, rounds=after, error=1 / after),
        ),
    )


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """``draw(name, ax=None)``: the figure of that name from a small record of its kind."""

    def get(name: str) -> Any:
        return request.getfixturevalue(name)

    def runs(make: str) -> Any:
        return {name: [get(make)(name, seed) for seed in (0, 1)] for name in ("a", "b")}

    trained, workers = "make_history", "make_worker_history"
    calls: dict[str, Callable[[Any], Any]] = {
        "plot_audit": lambda ax: plot.plot_audit(get("audited"), ax=ax),
        "plot_bound": lambda ax: plot.plot_bound(proved(), ax=ax),
        "plot_class_shares": lambda ax: plot.plot_class_shares(get("dealt")[0], ax=ax),
        "plot_comparison": lambda ax: plot.plot_comparison(
            rl.compare(get("solution").problem), ax=ax
        ),
        "plot_consensus": lambda ax: plot.plot_consensus(runs(workers), ax=ax),
        "plot_contraction": lambda ax: plot.plot_contraction(
            [
                {"name": "half", "rho": 0.6, "matchings": 2.5},
                {"name": "all", "rho": 0.5, "matchings": 5.0},
            ],
            against="matchings",
            ax=ax,
        ),
        "plot_deadlines": lambda ax: plot.plot_deadlines(get("straggling"), ax=ax),
        "plot_decision": lambda ax: plot.plot_decision(get("decided"), ax=ax),
        "plot_descents": lambda ax: plot.plot_descents(get("straggling"), ax=ax),
        "plot_designs": lambda ax: plot.plot_designs(*get("simulated"), ax=ax),
        "plot_differences": lambda ax: plot.plot_differences(get("bench"), "a", ax=ax),
        "plot_finish": lambda ax: plot.plot_finish(get("straggling"), ax=ax),
        "plot_finish_times": lambda ax: plot.plot_finish_times(*get("dealt"), ax=ax),
        "plot_inclusion": lambda ax: plot.plot_inclusion(get("solution"), ax=ax),
        "plot_links": lambda ax: plot.plot_links(get("link_designs")[0], ax=ax),
        "plot_matchings": lambda ax: plot.plot_matchings(get("link_designs")[0], ax=ax),
        "plot_models": lambda ax: plot.plot_models(get("solution"), ax=ax),
        "plot_path": lambda ax: plot.plot_path(
            optimal_path(get("solution").problem), budget=0.5, ax=ax
        ),
        "plot_prediction": lambda ax: plot.plot_prediction(
            [realised("optimum of 4 models", 1.0), realised("b", 1.2)], ax=ax
        ),
        "plot_prices": lambda ax: plot.plot_prices(get("solution"), ax=ax),
        "plot_round_figure": lambda ax: plot.plot_round_figure(runs(trained), "beta", ax=ax),
        "plot_rounds": lambda ax: plot.plot_rounds(get("straggling"), ax=ax),
        "plot_shard_values": lambda ax: plot.plot_shard_values(*get("dealt"), ax=ax),
        "plot_sharing": lambda ax: plot.plot_sharing(get("solution"), ax=ax),
        "plot_step_variance": lambda ax: plot.plot_step_variance(runs(trained), ax=ax),
        "plot_sweep": lambda ax: plot.plot_sweep(get("link_designs"), ax=ax),
        "plot_theorem": lambda ax: plot.plot_theorem("one_step", ax=ax),
        "plot_training": lambda ax: plot.plot_training(runs(trained), ax=ax),
        "plot_water": lambda ax: plot.plot_water(get("solution"), ax=ax),
        "plot_workers": lambda ax: plot.plot_workers(runs(workers), ax=ax),
    }
    assert sorted(calls) == FIGURES, "a new figure needs a line here"
    return lambda name, ax=None: calls[name](ax)


@pytest.mark.parametrize("name", FIGURES)
def test_it_draws_on_the_axes_given_and_changes_no_setting(name: str, draw: Draw) -> None:
    import matplotlib.pyplot as plt

    with matplotlib.rc_context({"font.size": 13.0, "lines.linewidth": 4.0}):
        mine = Figure(layout="constrained").add_subplot()
        size = mine.xaxis.label.get_fontsize()
        settings, open_before = dict(matplotlib.rcParams), plt.get_fignums()
        assert draw(name, mine) is mine
        assert dict(matplotlib.rcParams) == settings
        assert plt.get_fignums() == open_before
    assert mine.lines or mine.patches or mine.collections
    assert mine.xaxis.label.get_fontsize() == size
    legend = mine.get_legend()
    if legend is not None:  # as large as the user's labels want it
        assert legend.get_texts()[0].get_fontsize() == pytest.approx(size * 6.5 / 7.5)


@pytest.mark.parametrize("name", FIGURES)
def test_its_own_figure_is_one_column_and_says_what_it_shows(name: str, draw: Draw) -> None:
    settings = dict(matplotlib.rcParams)
    ax = draw(name)
    assert dict(matplotlib.rcParams) == settings
    assert ax.figure.get_figwidth() == 3.45
    assert ax.get_title() or ax.get_xlabel()
    assert ax.get_title() or ax.get_ylabel() or ax.get_yticklabels()


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_cut_off_and_the_legend_covers_no_data(name: str, draw: Draw) -> None:
    ax = draw(name)
    figure = ax.figure
    with plot.paper_style():
        figure.draw_without_rendering()
        box, frame = figure.get_tightbbox(), figure.bbox_inches
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= frame.x1 + 0.01
    assert box.y1 <= frame.y1 + 0.01
    if (legend := ax.get_legend()) is not None:
        assert legend.get_window_extent().y0 >= ax.get_window_extent().y1 - 1.0


@pytest.mark.parametrize("name", some(FIGURES, 6))
def test_it_is_saved_in_every_format(name: str, draw: Draw, tmp_path: Any) -> None:
    figure = draw(name).figure
    for kind, start in (("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")):
        path = tmp_path / f"figure.{kind}"
        plot.save_figure(figure, path)
        assert path.read_bytes().startswith(start)
    assert b"/Type3" not in (tmp_path / "figure.pdf").read_bytes()


@pytest.mark.parametrize("name", some(FIGURES, 3))
def test_two_of_them_stand_side_by_side_on_a_page(name: str, draw: Draw) -> None:
    with plot.paper_style(columns=2):
        figure = Figure()
        left, right = figure.subplots(1, 2)
        draw(name, left)
        draw(name, right)
        figure.draw_without_rendering()
        one, other = (ax.get_tightbbox() for ax in (left, right))
    assert figure.get_figwidth() == 7.1
    assert one.x1 <= other.x0 + 4.0  # pixels


def test_a_page_has_one_column_or_two() -> None:
    with pytest.raises(rl.InvalidProblemError, match="columns is 3"), plot.paper_style(columns=3):
        pass
    with pytest.raises(rl.InvalidProblemError, match="columns"):
        plot.new_axes(columns=0)


def test_a_figure_is_saved_under_a_name_that_says_how(tmp_path: Any) -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"\.svg, \.pdf or \.png"):
        plot.save_figure(plot.new_axes().figure, tmp_path / "figure.jpeg")
