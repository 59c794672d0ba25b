"""Nothing, one, a million, alike, NaN, infinite, zero: a figure, or one line that says why."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot import plot
from roundlot.plot.canvas import looks

ODD = [0.0, 1.0, 1e-300, 1e300, np.nan, np.inf, -1.0]
numbers = st.lists(st.one_of(st.sampled_from(ODD), st.floats(0.0, 1.0)), max_size=6)


def said(ax: Any) -> str:
    return " ".join(text.get_text() for text in ax.texts)


@pytest.mark.filterwarnings("error")
@settings(max_examples=12)
@given(values=numbers, level=st.sampled_from([None, 0.0, 0.5, 2.0]))
def test_any_numbers_make_an_inclusion_figure(values: list[float], level: float | None) -> None:
    array = np.array(values, dtype=float)
    ax = plot.plot_inclusion(array, array[::-1], capped=array >= 1.0, level=level)
    assert plot.svg_text(ax.figure)


@pytest.mark.filterwarnings("error")
@settings(max_examples=8)
@given(values=numbers)
def test_any_numbers_make_a_table_of_models_and_water(values: list[float]) -> None:
    array = np.array(values, dtype=float)
    assert plot.svg_text(plot.plot_models(array[:, None], ["a"]).figure)
    ax = plot.plot_water(array, np.minimum(array, 1.0), np.ones(array.size), level=0.7)
    assert plot.svg_text(ax.figure)


@pytest.mark.filterwarnings("error")
def test_numbers_at_the_ends_of_the_floats_have_no_place_on_an_axis() -> None:
    far = np.array([1e-300, 0.5, 1e300, 1.7e308])
    for level in (1e-300, 0.5, 1e300):
        ax = plot.plot_inclusion(far, far, capped=np.zeros(4, dtype=bool), level=level)
        assert plot.svg_text(ax.figure)
        assert ax.lines[0].get_xdata().tolist() == [0.5]
    ax = plot.plot_models(far[:, None], ["a"])
    assert ax.lines[0].get_ydata().tolist() == [0.5]
    assert plot.svg_text(plot.plot_water(far, np.minimum(far, 1.0), far, level=0.7).figure)


def test_empty_figures_say_why() -> None:
    none: list[Any] = []
    assert "no processor" in said(plot.plot_inclusion(none, none, capped=none))
    assert "no probability" in said(plot.plot_models(np.zeros((3, 2)), ["a", "b"]))
    assert "no processor" in said(plot.plot_water(none, none, none, level=1.0))
    assert "no method" in said(plot.plot_comparison([]))
    assert "no method" in said(plot.plot_prediction([]))
    assert "nobody" in said(plot.plot_training({}))
    assert "no step" in said(plot.plot_step_variance({}))
    assert "nobody" in said(plot.plot_workers({}))
    assert "agree" in said(plot.plot_consensus({}))
    assert "no design" in said(plot.plot_designs({}))


def test_a_model_without_accuracy_says_so(make_history: Any) -> None:
    run = make_history(classifies=False)
    assert "nobody has a finite accuracy" in said(plot.plot_training(run))
    assert not said(plot.plot_training(run, measure="loss"))
    bare = replace(run, squared_error=np.full_like(run.squared_error, np.nan))
    assert "measure=True" in said(plot.plot_step_variance(bare))
    assert "'gamma'" in said(plot.plot_round_figure(run, "gamma"))


def test_histories_come_as_bench_mapping_sequence_or_alone(make_history: Any) -> None:
    runs = [make_history("a", seed) for seed in (0, 1)]
    bench = SimpleNamespace(histories={"a": runs}, confidence=0.9)
    given = [bench, SimpleNamespace(bench=bench), {"a": runs}, runs]
    drawn = [plot.plot_training(one).lines[0].get_ydata() for one in given]
    for values in drawn[1:]:
        np.testing.assert_array_equal(values, drawn[0])
    titles = [plot.plot_training(one).get_legend().get_title().get_text() for one in given[1:3]]
    assert titles == [f"method (mean of 2 seeds; band: {c} % interval)" for c in (90, 95)]
    alone = plot.plot_training(runs[0])
    assert alone.get_legend().get_title().get_text() == "method"
    assert not alone.collections


def test_seeds_of_different_lengths_and_strangers_are_refused(
    make_history: Any, make_worker_history: Any
) -> None:
    for draw, make in (
        (plot.plot_training, make_history),
        (plot.plot_step_variance, make_history),
        (plot.plot_workers, make_worker_history),
        (plot.plot_consensus, make_worker_history),
    ):
        with pytest.raises(rl.InvalidProblemError, match="same rounds"):
            draw({"a": [make(rounds=4), make(rounds=8)]})
        with pytest.raises(rl.InvalidProblemError, match="histories"):
            draw(3.0)
        with pytest.raises(rl.InvalidProblemError, match="histories"):
            draw({"a": [1.0]})
    with pytest.raises(rl.InvalidProblemError, match="confidence"):
        plot.plot_training([make_history()], confidence=1.0)


def test_arrays_that_do_not_fit_are_refused_in_one_line(solution: rl.Solution) -> None:
    with pytest.raises(rl.InvalidProblemError, match="totals does not fit"):
        plot.plot_inclusion([1.0], [1.0, 2.0], capped=[False])
    with pytest.raises(rl.InvalidProblemError, match="no numbers"):
        plot.plot_inclusion(["x"], [1.0], capped=[False])
    with pytest.raises(rl.InvalidProblemError, match=r"give \(V, S\)"):
        plot.plot_models([1.0], ["a"])
    with pytest.raises(rl.InvalidProblemError, match="1 name for 2 models"):
        plot.plot_models(solution, ["a"])
    with pytest.raises(rl.InvalidProblemError, match="level is None"):
        plot.plot_water([1.0], [1.0], [1.0])
    with pytest.raises(rl.InvalidProblemError, match="no probabilities"):
        plot.plot_prices(solution.problem)
    with pytest.raises(rl.InvalidProblemError, match="no theorem"):
        plot.plot_theorem("fermat")
    with pytest.raises(rl.InvalidProblemError, match="no schedules"):
        plot.plot_sweep([])
    with pytest.raises(rl.InvalidProblemError, match="no bound"):
        plot.plot_bound(solution)
    with pytest.raises(rl.InvalidProblemError, match="relative_to"):
        plot.plot_designs({}, relative_to=0.0)


def test_bars_are_for_few_processors() -> None:
    many = rl.solve(rl.Problem(np.ones((61, 1)), budget=2))
    with pytest.raises(rl.InvalidProblemError, match="plot_water"):
        plot.plot_sharing(many)


def test_sharing_shows_what_the_cap_sends_on() -> None:
    solution = rl.solve(rl.Problem([[5.0], [2.4], [1.0], [0.7], [0.5], [0.4]], budget=3.0))
    for raised in (False, True):
        ax = plot.plot_sharing(solution, raised=raised)
        labels = ax.get_legend_handles_labels()[1]
        assert any("0.50 draws" in label for label in labels)
        tops = [bar.get_y() + bar.get_height() for bar in ax.patches[-6:]]
        wish = 0.3 * solution.problem.scores[:, 0]
        np.testing.assert_allclose(tops, solution.probabilities[:, 0] if raised else wish)


def test_lines_of_prices_have_the_slope_of_the_solvers_price() -> None:
    solution = rl.solve(rl.Problem([[2.0, 0.9], [1.8, 0.5], [1.5, 0.3]], budget=1.0))
    ax = plot.plot_prices(solution)
    x, y = ax.lines[0].get_data()
    # one budget, no cap that binds: p = m a / Σ a
    assert y[1] / x[1] == pytest.approx(1.0 / solution.problem.scores.sum())


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_one_processor_and_a_million_make_small_figures(size: int) -> None:
    scores = np.random.default_rng(0).lognormal(size=size)
    caps, totals = np.ones(size), np.minimum(1.0, 0.3 * scores)
    axes = [
        plot.plot_inclusion(scores, totals, capped=totals >= 1.0, level=0.3),
        plot.plot_models(totals[:, None], ["a"]),
        plot.plot_water(scores, totals, caps, level=0.3),
    ]
    for ax in axes:
        assert len(plot.svg_text(ax.figure)) < 1_500_000


def test_a_million_rounds_are_thinned(make_history: Any) -> None:
    run = make_history(rounds=1_000_000)
    for ax in (plot.plot_training(run, measure="loss"), plot.plot_step_variance(run)):
        assert all(len(line.get_xdata()) <= 2000 for line in ax.lines)


def test_equal_scores_and_equal_curves_are_drawn(make_history: Any) -> None:
    ax = plot.plot_inclusion(np.ones(5), np.full(5, 0.4), capped=np.zeros(5, dtype=bool))
    assert plot.svg_text(ax.figure)
    same = [make_history("a", 0)] * 3
    assert plot.svg_text(plot.plot_training({"a": same, "b": same}).figure)


def test_names_of_users_are_no_formulas_anywhere(make_history: Any, solution: Any) -> None:
    name = r"$\broken{$"
    for ax in (
        plot.plot_training({name: [make_history()]}),
        plot.plot_models(solution, [name, "b"]),
        plot.plot_prices(solution, [name, "b"]),
    ):
        assert plot.svg_text(ax.figure)


def test_lines_differ_without_colour() -> None:
    seven = looks("abcdefg")
    assert len({str(look["linestyle"]) for look in seven.values()}) == 7
    assert (
        len({(look["color"], str(look["linestyle"])) for look in looks(range(14)).values()}) == 14
    )


def test_a_processor_alone_beyond_its_cap_is_hatched():
    ax = plot.plot_water([5.0, 1.0, 0.5], [1.0, 0.3, 0.15], np.ones(3), level=0.3)
    (beyond,) = (shape for shape in ax.collections if shape.get_hatch())
    path = beyond.get_paths()[0]
    assert path.contains_point((1.0, 1.25))  # it gets 1 and wants 5 · 0.3
    assert not path.contains_point((2.0, 0.5))
