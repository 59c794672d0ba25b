"""Bound against truth, for every theorem: on an instance computed without the theorem."""

import numpy as np
import pytest

from roundlot.plot.style import svg_text
from roundlot.plot.theorems import PICTURES, picture, plot_theorem
from roundlot.theory import CATALOGUE
from roundlot.theory.theorems import named

LOWER = {t.name for t in CATALOGUE if t.claim.lower}


def test_every_theorem_has_a_picture():
    assert list(PICTURES) == [t.name for t in CATALOGUE]


@pytest.mark.parametrize("name", list(PICTURES))
def test_the_truth_keeps_the_bound(name):
    shown = picture(name)
    room = 1e-8 * (np.abs(shown.bound).max() + 1e-300)
    assert shown.x.shape == shown.bound.shape == shown.truth.shape
    assert len(shown.x) >= 8
    if named(name).relation == "exact":
        np.testing.assert_allclose(shown.truth, shown.bound, atol=room)
    elif name in LOWER:
        assert np.all(shown.truth >= shown.bound - room)
    else:
        assert np.all(shown.truth <= shown.bound + room)


@pytest.mark.parametrize(
    "name", ["water_filling", "stale_best", "best_steps", "pooled_batch", "batch_sum"]
)
def test_tight_bounds_are_met_or_nearly(name):
    shown = picture(name)
    close = 3 if name == "best_steps" else 1e-5
    np.testing.assert_allclose(shown.truth, shown.bound, rtol=close)


def test_a_bound_that_is_a_little_too_small_is_seen():
    shown = picture("one_step")
    assert np.any(shown.truth > 0.5 * shown.bound)


@pytest.mark.parametrize("name", ["water_filling", "decentralised", "consensus", "local_steps"])
def test_formulas_on_the_axes_are_typeset(name):
    assert "<svg" in svg_text(plot_theorem(picture(name)).get_figure())


def test_drawing():
    axes = plot_theorem(picture("one_step"))
    assert len(axes.lines) == 2
    assert "step size" in axes.get_xlabel()
