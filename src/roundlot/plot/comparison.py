"""The variance of every method beside that of the optimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import canvas, note_size, nothing
from roundlot.plot.style import BLUE, DARK, GREEN, GREY, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Comparison

Records = Sequence[Mapping[str, Any]]


def plot_comparison(records: Comparison | RunResult | Records, *, ax: Axes | None = None) -> Axes:
    """Bars of each method's variance over the optimum's, the best on top.

    Give a comparison, the result of a run, or records of a comparison: they need ``name`` and
    ``ratio``; ``variance_is`` other than "exact" hatches the bar (the
    variance is at least, or at most, that), and a ``skipped`` reason or a ratio that is no number
    leaves the method out. An infinite ratio runs to the edge. The axis is logarithmic beyond a
    factor of 10.
    """
    rows = sorted(
        (row for row in comparison_records(records) if is_drawn(row)),
        key=lambda row: round(float(row["ratio"]), 9),
    )
    ratios = [float(row["ratio"]) for row in rows]
    finite = [ratio for ratio in ratios if np.isfinite(ratio) and ratio > 0.0] or [1.0]
    logarithmic = max(finite) > 10.0
    edge = max(finite) * (6.0 if logarithmic else 1.25)
    start = 0.8 * min(1.0, *finite) if logarithmic else 0.0
    with canvas(ax, height=max(1.2, 0.55 + 0.17 * len(rows))) as ax:
        for place, (row, ratio) in enumerate(zip(rows, ratios, strict=True)):
            _bar(ax, place, row, ratio, start, edge)
        if rows:
            ax.axvline(1.0, color=DARK, linewidth=0.8)
        else:
            nothing(ax, "no method has a variance to compare")
        if logarithmic:
            ax.set_xscale("log")
        ax.set_xlim(start, edge)
        ax.set_yticks(range(len(rows)), [plain(str(row["name"])) for row in rows])
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        ax.set_xlabel("update variance relative to the optimum")
    return ax


def comparison_records(given: Comparison | RunResult | Records) -> Records:
    """A record per method, whatever holds them."""
    found: Any = getattr(given, "comparison", given)
    return list(found.to_records() if hasattr(found, "to_records") else found)


def is_drawn(row: Mapping[str, Any]) -> bool:
    """Whether a record of a comparison has a ratio to show."""
    ratio = row.get("ratio")
    return not row.get("skipped") and ratio is not None and not np.isnan(float(ratio))


def is_exact(row: Mapping[str, Any]) -> bool:
    """Whether the variance is the value itself, not a bound on it."""
    return str(row.get("variance_is", "exact")) == "exact"


def _bar(
    ax: Axes, place: int, row: Mapping[str, Any], ratio: float, start: float, edge: float
) -> None:
    exact, end = is_exact(row), min(ratio, edge)
    colour = GREY if np.isinf(ratio) else GREEN if ratio <= 1.0 + 1e-9 else BLUE
    ax.barh(
        place,
        end - start,
        left=start,
        height=0.68,
        color=colour if exact else "white",
        edgecolor=colour,
        hatch=None if exact else "////",
        linewidth=0.8,
    )
    sign = "" if exact else "≤ " if row.get("variance_is") == "at most" else "≥ "
    text = "∞" if np.isinf(ratio) else f"{sign}{_times(ratio)}"
    inside = np.isinf(ratio)
    ax.annotate(
        text,
        (end, place),
        xytext=(-3 if inside else 3, 0),
        textcoords="offset points",
        va="center",
        ha="right" if inside else "left",
        fontsize=note_size(ax),
        color="white" if inside and exact else DARK,
    )


def _times(ratio: float) -> str:
    if ratio >= 1000:
        return f"{ratio:,.0f}"
    return f"{ratio:.3f}" if ratio < 1.1 else f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}"
