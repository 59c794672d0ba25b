"""Curves of training keep their look from figure to figure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from roundlot.plot.training import plot_round_figure, plot_step_variance, plot_training


def _run(**figures: Any) -> Any:
    measured = np.full((4, 2), 0.5)
    return SimpleNamespace(
        evaluated=np.arange(3),
        mean_accuracy=np.linspace(0.1, 0.5, 3),
        squared_error=measured,
        predicted_variance=measured,
        figures=figures,
    )


def test_a_method_looks_the_same_in_all_figures() -> None:
    runs = {"a": [_run()] * 2, "b": [_run(beta=np.ones(4))] * 2}
    looks = {
        (line.get_color(), line.get_linestyle())
        for ax in (
            plot_training(runs),
            plot_step_variance(runs),
            plot_round_figure(runs, "beta", "β"),
        )
        for line in ax.lines
        if line.get_label() == "b"
    }
    assert len(looks) == 1


def test_models_out_of_turn_do_not_hide_the_rounds() -> None:
    run = _run()
    run.squared_error = np.where(np.arange(8).reshape(4, 2) % 2, np.nan, 0.5)
    run.predicted_variance = run.squared_error
    ax = plot_step_variance({"a": [run]})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [0.5] * 4)
