"""Every method beside the optimum: its variance, and its proved bound on the error."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import (
    Look,
    along,
    canvas,
    legend_above,
    legend_height,
    looks,
    note_size,
    nothing,
)
from roundlot.plot.style import BLUE, DARK, GREEN, GREY, plain, typeset
from roundlot.run.records import BoundSummary, MethodBound
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.user_text import excess, joined_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Comparison


Records = Sequence[Mapping[str, Any]]
_NAME = 26  # letters of a line of names beside a bar


def plot_comparison(records: Comparison | RunResult | Records, *, ax: Axes | None = None) -> Axes:
    """Bars of each method's variance over the optimum's, the best on top.

    Give a comparison, the result of a run, or records of a comparison: they need ``name`` and
    ``ratio``; ``variance_is`` other than "exact" hatches the bar (the
    variance is at least, or at most, that), and a ``skipped`` reason or a ratio that is no number
    leaves the method out. Methods that would get the same number share a bar. An infinite ratio
    runs to the edge. The axis is logarithmic beyond a factor of 10.
    """
    rows = _bars(row for row in comparison_records(records) if is_drawn(row))
    ratios = [float(row["ratio"]) for _, row in rows]
    finite = [ratio for ratio in ratios if np.isfinite(ratio) and ratio > 0.0] or [1.0]
    logarithmic = max(finite) > 10.0
    edge = max(finite) * (6.0 if logarithmic else 1.25)
    start = 0.8 * min(1.0, *finite) if logarithmic else 0.0
    names = [textwrap.fill(plain(name, 3 * _NAME), _NAME) for name, _ in rows]
    lines = sum(max(1, name.count("\n") * 0.7 + 1) for name in names)
    with canvas(ax, height=max(1.2, 0.55 + 0.17 * lines)) as ax:
        for place, ((_, row), ratio) in enumerate(zip(rows, ratios, strict=True)):
            _bar(ax, place, row, ratio, start, edge)
        if rows:
            ax.axvline(1.0, color=DARK, linewidth=0.8)
        else:
            nothing(ax, "no method has a variance to compare")
        if logarithmic:
            ax.set_xscale("log")
        ax.set_xlim(start, edge)
        ax.set_yticks(range(len(rows)), names)
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        ax.set_xlabel("update variance relative to the optimum", loc="right")
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


def _bars(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """A record for each number that is written, the least first, with the names that share it."""
    groups: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((_text(row), is_exact(row)), []).append(row)
    bars = [(_names(group), group[0]) for group in groups.values()]
    return sorted(bars, key=lambda bar: round(float(bar[1]["ratio"]), 9))


def _names(group: Sequence[Mapping[str, Any]]) -> str:
    names = [str(row["name"]) for row in group]
    joined = joined_names(names)
    short = len(joined) <= 2 * _NAME or len(names) == 1
    return joined if short else f"{names[0]} and {len(names) - 1} more"


def _text(row: Mapping[str, Any]) -> str:
    ratio = float(row["ratio"])
    exact = is_exact(row) or np.isinf(ratio)
    sign = "" if exact else "≤ " if row.get("variance_is") == "at most" else "≥ "
    return f"{sign}{excess(ratio)}"


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
    inside = np.isinf(ratio)
    ax.annotate(
        _text(row),
        (end, place),
        xytext=(-3 if inside else 3, 0),
        textcoords="offset points",
        va="center",
        ha="right" if inside else "left",
        fontsize=note_size(ax),
        color="white" if inside and exact else DARK,
    )


def plot_bound(bound: BoundSummary | RunResult, *, ax: Axes | None = None) -> Axes:
    """One line per method on logarithmic axes, the target, and a dot where a line reaches it.

    A bar to the left of the dot ends at the rounds that no step sizes fixed in advance undercut on
    the function that the bound names. Methods of the same numbers of rounds share a line. Give a
    bound, or the result of a run that has one.

    Raises:
        InvalidProblemError: a run without a bound.
    """
    bound = _summary(bound)
    lines = _lines(bound.methods)
    with canvas(ax, height=2.2 + legend_height(len(lines))) as ax:
        style = list(looks(str(k) for k in range(len(lines))).values())
        for (label, method), look in zip(lines, style, strict=True):
            _curve(ax, method, label, bound.target, look)
            _least(ax, method.rounds, bound.least(method), look)
        ax.axhline(bound.target, color=GREY, linestyle=(0, (1, 2)), linewidth=1.0)
        ax.annotate(
            f"target {bound.target:.3g}",
            (0.01, bound.target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=note_size(ax),
            color=DARK,
        )
        if any(np.isfinite(line.get_xdata()).any() for line in ax.lines[:-1]):
            ax.set_xscale("log")
            ax.set_yscale("log")
        else:
            nothing(ax, "no number of rounds is proved to suffice")
        ax.set_xlabel("rounds")
        ax.set_ylabel(typeset(textwrap.fill(f"bound on {plain(bound.quantity, 90)}", 32)))
        if bound.methods:
            legend_above(ax, title="method (rounds to the target)")
    return ax


def _summary(given: BoundSummary | RunResult) -> BoundSummary:
    found = given if isinstance(given, BoundSummary) else getattr(given, "bound", None)
    if not isinstance(found, BoundSummary):
        raise InvalidProblemError(
            f"{type(given).__name__} has no bound to draw; run with an objective that has one"
        )
    return found


def _lines(methods: Sequence[MethodBound]) -> list[tuple[str, MethodBound]]:
    """A label and a method for every line: those with the same rounds would cover each other."""
    groups: dict[tuple[str, str], list[MethodBound]] = {}
    for method in methods:
        groups.setdefault((method.model, _rounds(method)), []).append(method)
    return [(_label(group, when), group[0]) for (_, when), group in groups.items()]


def _label(group: Sequence[MethodBound], when: str) -> str:
    name = joined_names([method.method for method in group])
    name = f"{name}, {group[0].model}" if group[0].model else name
    return f"{plain(name, 40)} ({when})"


def _rounds(method: MethodBound) -> str:
    if not np.isfinite(method.rounds_to_target):
        return "none proved" if method.refusal else "never"
    least = method.rounds_at_least
    rounds = f"{method.rounds_to_target:,.0f}"
    return f"at least {least:,.0f}, {rounds}" if least else rounds


def _least(ax: Axes, rounds: FloatArray, least: FloatArray, look: Look) -> None:
    """The error no step sizes fixed in advance get below, dashed in the colour of the method."""
    shown = (rounds > 0) & (least > 0)
    keep = along(int(shown.sum()))
    dashed = {"color": look["color"], "linestyle": (0, (4, 2)), "linewidth": 0.8}
    if len(keep):
        ax.plot(rounds[shown][keep], least[shown][keep], **dashed)


def _curve(ax: Axes, method: MethodBound, label: str, target: float, look: Look) -> None:
    shown = (method.rounds > 0) & (method.error > 0) & np.isfinite(method.error)
    reached = np.isfinite(method.rounds_to_target)
    least = method.rounds_at_least if reached else 0.0
    rounds, error = method.rounds[shown], method.error[shown]
    keep = along(len(rounds))
    ax.plot(rounds[keep], error[keep], label=label, **look)
    if reached and method.rounds_to_target > 0:
        ax.plot(method.rounds_to_target, target, marker="o", linestyle="", color=look["color"])
        if least:
            ends = (least, method.rounds_to_target)
            ax.plot(ends, (target, target), marker="|", color=look["color"], linewidth=1.0)
