"""The claims of an audit: what was seen beside what was claimed, and what would not be seen."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, note_size, nothing
from roundlot.plot.intervals import name_rows
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.verify import Audit, Verdict

#: Outcome: marker, colour, filled.
_LOOKS = {
    "supported": ("o", BLUE, True),
    "refuted": ("D", ORANGE, False),
    "inconclusive": ("s", DARK, False),
}
_LEAST = 0.05  # the axis never spans less
_WIDE, _LONG = 26, 60


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
