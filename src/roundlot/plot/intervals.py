"""A row a name, with what it is about 0: paired differences, predictions, claims of an audit."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, note_size, nothing, part_of
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain
from roundlot.run.records import SimulationRecord
from roundlot.theory import InvalidProblemError
from roundlot.user_text import joined_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.simulate.training import Bench
    from roundlot.simulate.workers import WorkerBench
    from roundlot.train.result import TrainingResult, WorkersResult
    from roundlot.verify import Audit, Verdict

#: Outcome: marker, colour, filled.
_LOOKS = {
    "supported": ("o", BLUE, True),
    "refuted": ("D", ORANGE, False),
    "inconclusive": ("s", DARK, False),
}
_LEAST = 0.05  # the axis never spans less
_WIDE, _LONG = 26, 60


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """The names at the left from the top down, the line at 0, a grid for the numbers."""
    ax.axvline(0.0, color=DARK, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.margins(x=0.12)


def draw_interval(ax: Axes, place: float, low: float, middle: float, high: float) -> None:
    """A dot with its interval; an open diamond where the interval misses 0."""
    covers = not (low > 0.0 or high < 0.0)
    ax.errorbar(
        middle,
        place,
        xerr=[[max(middle - low, 0.0)], [max(high - middle, 0.0)]],
        marker="o" if covers else "D",
        markerfacecolor=BLUE if covers else "white",
        color=BLUE if covers else ORANGE,
        linestyle="",
        elinewidth=1.2,
        capsize=2.5,
    )


def plot_differences(
    bench: Bench | WorkerBench | TrainingResult | WorkersResult,
    baseline: str | None = None,
    measure: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Each method less ``baseline`` at the end of training, mean over seeds and its interval.

    Give a bench, or the result of a training. Differences are taken within a seed, each seed a
    grey dot below its method. An interval that misses 0 is drawn with an open diamond; one seed
    has none. ``baseline`` is the result's own unless given, ``measure`` the bench's first.

    Raises:
        InvalidProblemError: no bench, no baseline; an unknown method or measure.
    """
    of: Any = part_of(bench, "bench")
    if not hasattr(of, "difference"):
        raise InvalidProblemError(
            f"{type(of).__name__} has no paired differences; give a Bench or a WorkerBench"
        )
    baseline = baseline or getattr(bench, "baseline", None)
    if baseline is None:
        raise InvalidProblemError(f"baseline is None; name one of {', '.join(of.methods)}")
    told = measure or of.measures[0]
    against = of.values(baseline, told)
    others = [name for name in of.methods if name != baseline]
    with canvas(ax, height=max(1.3, 0.75 + 0.24 * len(others))) as ax:
        name_rows(ax, [plain(name) for name in others])
        drawn = [
            place
            for place, name in enumerate(others)
            if _row(ax, place, of.values(name, told) - against, of.difference(name, baseline, told))
        ]
        if not drawn:
            nothing(ax, f"no other method has a finite {told.replace('_', ' ')}")
        ax.set_xlabel(
            f"{told.replace('_', ' ')}, less that of {plain(baseline)}{_confidence_of(of)}"
        )
    return ax


def _row(ax: Axes, place: int, own: Any, mean: Any) -> bool:
    """Whether there was anything finite to draw."""
    if not np.isfinite(own).all():
        return False
    half = mean.half if own.size > 1 else 0.0
    if own.size > 1:
        ax.plot(own, np.full(own.size, place + 0.27), ".", color=GREY, markersize=2.5)
    draw_interval(ax, place, mean.mean - half, mean.mean, mean.mean + half)
    return True


def _confidence_of(bench: Any) -> str:
    seeds = len(bench.seeds)
    if seeds < 2:
        return "\n(one seed)"
    return f"\n({100 * bench.confidence:g} % intervals; grey: each of {seeds} seeds)"


def plot_prediction(
    records: RunResult | Sequence[SimulationRecord], *, ax: Axes | None = None
) -> Axes:
    """Realised over predicted variance less 1, in percent, with each confidence interval.

    Give the result of a run, or its records. An interval that misses 0 is drawn with an open
    diamond. Methods that drew the same share a line; those without a finite positive prediction
    are left out.
    """
    given: Sequence[SimulationRecord] = part_of(records, "simulation")
    rows = [row for row in given if row.predicted > 0 and np.isfinite(row.predicted)]
    alike: dict[tuple[float, ...], list[str]] = {}
    for row in rows:
        ends = tuple(100 * (v / row.predicted - 1) for v in (row.low, row.realised, row.high))
        alike.setdefault(tuple(round(end, 6) for end in ends), []).append(row.method)
    with canvas(ax, height=max(1.2, 0.6 + 0.2 * len(alike))) as ax:
        name_rows(ax, [plain(joined_names(names)) for names in alike.values()])
        if not alike:
            nothing(ax, "no method has a prediction above 0")
        for place, ends in enumerate(alike):
            draw_interval(ax, place, *ends)
        ax.set_xlabel(f"realised − predicted variance (%){_level(rows)}")
    return ax


def _level(rows: Sequence[SimulationRecord]) -> str:
    levels = {row.confidence for row in rows}
    return f",\n{100 * levels.pop():g} % intervals" if len(levels) == 1 else ""


def plot_audit(audit: Audit | Sequence[Verdict], *, ax: Axes | None = None) -> Axes:
    """Each claim's estimate less what was expected, in percent of it, marked by its outcome.

    Give what ``roundlot.verify.audit`` found, or verdicts. The grey bar holds the discrepancies
    that the check is not sure to see; beyond the axis it ends at the edge. Where 0 was expected
    the estimate is a share already. A claim that is exact has no bar; the budget has one above 0
    alone, as fewer draws break no claim. A claim over many pairs shows the most doubtful one.

    Raises:
        InvalidProblemError: no verdicts to draw.
    """
    rows = _verdicts(audit)
    labels = [textwrap.fill(plain(_short(row.claim), _LONG), _WIDE) for row in rows]
    lines = sum(label.count("\n") + 1 for label in labels)
    with canvas(ax, height=max(1.5, 0.75 + 0.16 * lines) + legend_height(4)) as ax:
        name_rows(ax, labels)
        edge = _edge(rows)
        if not rows:
            nothing(ax, "no claim was checked")
        for place, row in enumerate(rows):
            _bar(ax, place, row, edge)
            _mark(ax, place, row, edge)
        _legend_entries(ax, rows)
        ax.set_xlim(-100.0 * edge, 100.0 * edge)
        ax.set_xlabel("seen − claimed (% of the claimed)")
        legend_above(ax)
    return ax


def _verdicts(given: Any) -> list[Verdict]:
    rows = getattr(given, "verdicts", given)
    if not isinstance(rows, Sequence) or not all(hasattr(row, "detectable") for row in rows):
        raise InvalidProblemError(
            f"{type(given).__name__} holds no verdicts; give what roundlot.verify.audit returns"
        )
    return list(rows)


def _short(claim: str) -> str:
    """Without what stands in brackets."""
    return claim.split(" (")[0]


def _off(row: Verdict) -> float:
    """Relative discrepancy; infinite for an exact claim that failed where 0 was expected."""
    if row.expected != 0.0:
        return (row.estimate - row.expected) / abs(row.expected)
    exact = row.false_alarm == 0.0 and row.miss == 0.0
    return row.estimate * math.inf if exact and row.estimate else row.estimate


def _edge(rows: Sequence[Verdict]) -> float:
    """Half the width of the axis: all that was seen, and the bars of the claims supported."""
    seen = [abs(_off(row)) for row in rows]
    bars = [row.detectable for row in rows if row.outcome == "supported"]
    return 1.25 * max((v for v in (*seen, *bars) if math.isfinite(v)), default=0.0) or _LEAST


def _bar(ax: Axes, place: int, row: Verdict, edge: float) -> None:
    width = min(row.detectable, edge)
    if not width > 0.0:
        return
    low = 0.0 if row.claim.startswith("budget") else -width
    ax.barh(
        place,
        100.0 * (width - low),
        left=100.0 * low,
        height=0.55,
        color=GREY,
        alpha=0.35,
        zorder=0,
    )


def _mark(ax: Axes, place: int, row: Verdict, edge: float) -> None:
    off = _off(row)
    if math.isnan(off):
        ax.annotate(
            "nothing to see",
            (0.0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=note_size(ax),
            color=DARK,
        )
        return
    marker, colour, filled = _LOOKS[row.outcome]
    ax.plot(
        100.0 * float(np.clip(off, -0.97 * edge, 0.97 * edge)),
        place,
        marker=marker,
        linestyle="",
        color=colour,
        markerfacecolor=colour if filled else "white",
        clip_on=False,
    )


def _legend_entries(ax: Axes, rows: Sequence[Verdict]) -> None:
    """A mark of every outcome that there is, and the bar."""
    for outcome, (marker, colour, filled) in _LOOKS.items():
        count = sum(row.outcome == outcome for row in rows)
        if count:
            face = colour if filled else "white"
            ax.plot(
                [],
                [],
                marker=marker,
                linestyle="",
                color=colour,
                markerfacecolor=face,
                label=f"{outcome} ({count})",
            )
    if any(row.detectable > 0.0 for row in rows):
        ax.fill_between([], [], color=GREY, alpha=0.35, linewidth=0, label="not surely seen")
