"""Figures of one row a name: paired differences, and the claims of an audit."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot import plot
from roundlot.simulate.training import Bench
from roundlot.simulate.workers import WorkerBench
from roundlot.verify import Verdict


def verdict(claim: str = "inclusion", **changes: Any) -> Verdict:
    numbers: dict[str, Any] = {
        "outcome": "supported",
        "estimate": 0.22,
        "expected": 0.2,
        "detectable": 0.3,
        "false_alarm": 1e-9,
        "miss": 1e-3,
        "rounds": 100,
        "statistic": 0.0,
        "threshold": 1.0,
    }
    return Verdict(claim=claim, **(numbers | changes))


def said(ax: Any) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def middles(ax: Any) -> list[float]:
    return [float(box.lines[0].get_xdata()[0]) for box in ax.containers]


def test_rows_are_the_bench_s_own_differences(make_history: Any) -> None:
    runs = {
        name: tuple(make_history(name, 3 * k + s) for s in range(3)) for k, name in enumerate("abc")
    }
    bench = Bench(
        histories={
            name: tuple(replace(run, seed=s) for s, run in enumerate(row))
            for name, row in runs.items()
        },
        seeds=(0, 1, 2),
    )
    for given in (bench, SimpleNamespace(bench=bench)):
        ax = plot.plot_differences(given, "b", "worst_loss")
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names == ["a", "c"]
        expected = [bench.difference(name, "b", "worst_loss") for name in names]
        assert middles(ax) == pytest.approx([gap.mean for gap in expected])
        for box, gap in zip(ax.containers, expected, strict=True):
            (left, right) = box.lines[2][0].get_segments()[0][:, 0]
            assert (left, right) == pytest.approx((gap.low, gap.high))
            misses = gap.low > 0 or gap.high < 0
            assert box.lines[0].get_marker() == ("D" if misses else "o")
    assert "95 % intervals" in ax.get_xlabel()


def test_a_bench_of_workers_and_one_seed(make_worker_history: Any) -> None:
    runs = {name: (make_worker_history(name),) for name in ("a", "b")}
    ax = plot.plot_differences(WorkerBench(histories=runs, seeds=(0,)), "a")
    assert "objective, less that of a" in ax.get_xlabel()
    assert "one seed" in ax.get_xlabel()
    assert middles(ax) == [0.0]


def test_differences_without_numbers_or_without_a_bench(make_history: Any, bench: Bench) -> None:
    blind = {name: (make_history(name, classifies=False),) for name in ("a", "b")}
    assert "finite accuracy" in said(plot.plot_differences(Bench(histories=blind, seeds=(0,)), "a"))
    with pytest.raises(rl.InvalidProblemError, match="give a Bench"):
        plot.plot_differences({}, "a")  # type: ignore[arg-type]
    with pytest.raises(rl.InvalidProblemError, match="name one of a, b"):
        plot.plot_differences(bench)
    own = plot.plot_differences(SimpleNamespace(bench=bench, baseline="b"))
    assert "less that of b" in own.get_xlabel()
    with pytest.raises(rl.InvalidProblemError, match="method is 'z'"):
        plot.plot_differences(bench, "z")
    with pytest.raises(rl.InvalidProblemError, match="measure is 'height'"):
        plot.plot_differences(bench, "a", "height")


def marks(ax: Any) -> list[tuple[str, float]]:
    """Outcome by its marker, and where it stands, of every claim."""
    names = {"o": "supported", "D": "refuted", "s": "inconclusive"}
    return [
        (names[line.get_marker()], float(line.get_xdata()[0]))
        for line in ax.lines
        if line.get_marker() in names and len(line.get_xdata())
    ]


def bars(ax: Any) -> list[tuple[float, float]]:
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]


def test_claims_are_percent_of_what_was_claimed_with_what_is_not_surely_seen() -> None:
    ax = plot.plot_audit(
        [
            verdict(),
            verdict("unbiased", outcome="refuted", estimate=0.1),
            verdict("budget is kept", outcome="inconclusive", expected=4.0, estimate=3.0,
                    detectable=9.0),
            verdict("aggregate", expected=0.0, estimate=0.01, detectable=0.05),
        ]
    )  # fmt: skip
    assert marks(ax) == [
        ("supported", pytest.approx(10.0)),
        ("refuted", pytest.approx(-50.0)),
        ("inconclusive", pytest.approx(-25.0)),
        ("supported", pytest.approx(1.0)),
    ]
    edge = ax.get_xlim()[1]
    assert edge == pytest.approx(62.5)  # the bar of what is not decided does not squeeze the rest
    assert np.allclose(bars(ax), [(-30, 30), (-30, 30), (0, edge), (-5, 5)])


def test_exact_claims_have_no_bar_and_stand_at_the_edge_when_they_fail() -> None:
    exact = {"expected": 0.0, "detectable": 0.0, "false_alarm": 0.0, "miss": 0.0}
    ax = plot.plot_audit(
        [
            verdict("well formed", estimate=0.0, **exact),
            verdict("vary", estimate=1.0, outcome="refuted", **exact),
        ]
    )
    assert not bars(ax)
    (held, failed) = marks(ax)
    assert held == ("supported", 0.0)
    assert failed[0] == "refuted"
    assert 0.9 * ax.get_xlim()[1] < failed[1] < ax.get_xlim()[1]


def test_an_audit_of_nothing_and_a_stranger() -> None:
    empty = verdict("claims", outcome="inconclusive", estimate=np.nan, expected=np.nan,
                    detectable=np.inf)  # fmt: skip
    ax = plot.plot_audit([empty])
    assert "nothing to see" in said(ax)
    assert plot.svg_text(ax.figure)
    assert "no claim" in said(plot.plot_audit([]))
    for stranger in (3.0, [1.0]):
        with pytest.raises(rl.InvalidProblemError, match="no verdicts"):
            plot.plot_audit(stranger)  # type: ignore[arg-type]
