"""The page of stragglers: axes that end before the flat tail, and sentences that hold."""

import html
import math
import re

import numpy as np
import pytest

from roundlot.plot import plot_deadlines, plot_finish, plot_rounds
from roundlot.plot.figures import straggler_figures
from roundlot.straggle import StraggleSettings, straggle
from roundlot.straggle.job import chance_done
from roundlot.straggle.page import WHO_ROUNDS, headline, last_workers, render_straggle


@pytest.fixture(scope="module")
def heavy():
    from roundlot.fleet import default_setup

    settings = StraggleSettings(
        workers=4, batch=16, unit=2, model="pareto", shape=1.05, rounds=500, time_limit=2.0
    )
    return straggle(default_setup().fleet, settings)


def test_axes_end_before_the_flat_tail(heavy) -> None:
    """The axis of the search, a quantile of 0.999, is more than ten times as long."""
    assert heavy.best.tried[-1] > 10 * heavy.horizon
    shares, times = heavy.laws[0].shares, heavy.workers.stragglers
    done = chance_done(times, shares, np.array([heavy.horizon]))
    assert done[0] == pytest.approx(0.9, abs=0.02)
    ax = plot_finish(heavy)
    end = ax.get_xlim()[1]
    lines = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    t, chance = lines["all workers"].T
    assert t[-1] == pytest.approx(end)
    assert chance[t <= 0.2 * end].max() < 0.8  # it still rises on the other four fifths
    assert chance[-1] > 0.85
    axes = plot_deadlines(heavy)
    low, high = axes.get_xlim()
    assert axes.get_xscale() == "log"
    assert low <= heavy.deadline <= high
    assert high == pytest.approx(end)


def test_rounds_are_those_that_were_drawn(heavy) -> None:
    ax = plot_rounds(heavy)
    law = heavy.laws[1]
    drawn = law.rule.draw(heavy.workers.stragglers, law.shares, 40, seed=0).seconds
    over = np.cumsum(drawn + heavy.workers.network.seconds)
    (line,) = [one for one in ax.get_lines() if one.get_label().startswith("fastest worker")]
    assert np.allclose(line.get_xdata()[1:31], over[:30])
    assert np.array_equal(line.get_ydata()[1:31], np.arange(1, 31))


def test_the_page_says_what_binds(heavy) -> None:
    page = render_straggle(heavy, straggler_figures(heavy))
    last = last_workers(heavy)
    assert sum(row["last"] for row in last) == pytest.approx(1.0)
    assert last[0]["speed"] == min(heavy.workers.speed)
    assert html.escape(headline(heavy)).replace("&#x27;", "&#39;") in page
    assert f"{heavy.cut:.0%} of the rounds are cut" in page
    drawn = heavy.laws[0].rule.draw(heavy.workers.stragglers, heavy.laws[0].shares, 20_000, seed=9)
    seen = float(np.mean(drawn.seconds > heavy.deadline))
    assert abs(seen - heavy.cut) < 5 * 0.5 / math.sqrt(WHO_ROUNDS) + 0.01
    assert not re.search(r"\bnan\b|>inf<", page)
    assert page.count("<figure") >= 3
    assert 'href="rounds.svg"' in page
