"""What each processor wants and what its cap lets it have: all by rank, or a few as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation, is_allocated, of_one_length
from roundlot.plot.canvas import (
    canvas,
    drawable,
    legend_above,
    log_axis,
    note_on_level,
    nothing,
    ranks,
)
from roundlot.plot.style import BLUE, DARK, ORANGE
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]
_POINTS = 600  # steps of a picture, however many processors there are
_MOST = 60  # bars; more could not be told apart
_TICKS = 12  # scores under them


@overload
def plot_water(scores: Solution | RunResult, /, *, ax: Axes | None = None) -> Axes: ...
@overload
def plot_water(
    scores: npt.ArrayLike,
    totals: npt.ArrayLike,
    caps: npt.ArrayLike,
    *,
    level: float,
    ax: Axes | None = None,
) -> Axes: ...
def plot_water(
    scores: Any,
    totals: npt.ArrayLike = (),
    caps: npt.ArrayLike = (),
    *,
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Processors from the greatest score down: what they get, and the wish ``t M_v`` beyond it.

    Give a solution, the result of a run, or arrays: ``scores``, ``totals`` and ``caps`` are
    ``(V,)``, ``level`` is ``t``. The filled part is given, the hatched part is wanted beyond the
    cap and goes to the others by raising ``t``.

    Raises:
        InvalidProblemError: arrays of different lengths, or no finite level above 0: with floors,
            ceilings or coupled limits there is no one level for all.
    """
    if is_allocated(scores):
        of = allocation(scores)
        scores, totals, caps, level = of.scores, of.totals, of.caps, of.level
    if level is None or not 0.0 < level < np.inf:
        raise InvalidProblemError(
            f"level is {level}; the water has one finite level above 0 only without floors, "
            "ceilings and coupled limits: draw plot_inclusion instead"
        )
    size, given, cap = of_one_length(scores=scores, totals=totals, caps=caps)
    order = np.argsort(-size, kind="stable")
    with np.errstate(over="ignore", invalid="ignore"):
        has_place = drawable(size, level * size) & np.isfinite(given) & (given < 1e200)
    order = order[has_place[order]]
    with canvas(ax, height=2.6) as ax:
        if order.size:
            edges, keep = _steps(order)
            _fill(ax, edges, given[keep], level * size[keep])
            _cap_line(ax, cap[order])
            ax.set_xlim(left=0.5, right=len(order) + 0.5)
            log_axis(ax, "x", whole=True)
            log_axis(ax, "y")
        else:
            nothing(ax, "no processor has a score")
        ax.set_xlabel("rank of the processor, from the greatest score")
        ax.set_ylabel("draws expected per round")
        legend_above(ax)
    return ax


def _steps(order: npt.NDArray[np.intp]) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Left edges of at most some 600 steps, and who stands on each."""
    count = len(order)
    kept = ranks(count, _POINTS)
    return np.append(kept, count) + 0.5, order[np.append(kept, count - 1)]


def _fill(ax: Axes, edges: FloatArray, got: FloatArray, wish: FloatArray) -> None:
    low = _floor(got, wish)
    ax.fill_between(
        edges, low, got, step="post", color=BLUE, alpha=0.35, linewidth=0, label=r"given $q_v$"
    )
    beyond = wish > got * (1 + 1e-9)
    if beyond.any():
        ax.fill_between(
            edges,
            got,
            np.where(beyond, wish, got),  # `where=` would leave out a step that stands alone
            step="post",
            facecolor="none",
            edgecolor=ORANGE,
            hatch="////",
            linewidth=0,
            label="wanted beyond the cap",
        )
    wanted = r"wanted $t\,M_v$"
    ax.step(edges, got, where="post", color=BLUE, linestyle="-", linewidth=1.2)
    ax.step(edges, wish, where="post", color=ORANGE, linestyle="--", linewidth=1.0, label=wanted)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(bottom=low, top=1.2 * float(np.nanmax(np.maximum(got, wish))))


def _cap_line(ax: Axes, cap: FloatArray) -> None:
    top = ax.get_ylim()[1]
    if not len(cap) or np.ptp(cap) != 0 or not 0.0 < cap[0] < 30.0 * top:
        return
    ax.set_ylim(top=max(top, 1.4 * cap[0]))
    ax.axhline(cap[0], color=DARK, linewidth=0.7, linestyle=":")
    note_on_level(ax, cap[0], f"cap {cap[0]:g}", at="right")


def _floor(given: FloatArray, wish: FloatArray) -> float:
    positive = np.concatenate([given[given > 0], wish[wish > 0]])
    return float(positive.min()) * 0.6 if positive.size else 1e-3


def plot_sharing(
    solution: Solution | RunResult, *, raised: bool = True, ax: Axes | None = None
) -> Axes:
    """Every processor's draws a round as a bar, in the problem's order.

    With ``raised`` false, the budget shared by score, ``m M_v / Σ M``, and hatched what lies beyond
    the caps. With it, what the solution gives, and hatched what is beyond the share by score.

    Raises:
        InvalidProblemError: more than 60 processors, or none with a score.
    """
    of = allocation(solution)
    scores, given, caps = of.scores, of.totals, of.caps
    if not 0.0 < scores.sum() < np.inf or scores.size > _MOST:
        raise InvalidProblemError(
            f"{scores.size} processors with scores up to {scores.max(initial=0.0):g}; bars are for "
            f"at most {_MOST}, one with a score at least: draw plot_water instead"
        )
    wish = of.budget * scores / scores.sum()
    base = np.minimum(wish, given if raised else caps)
    extra = (given if raised else wish) - base
    told = "sent on by the caps" if raised else "beyond the cap"
    with canvas(ax, height=2.4) as ax:
        _bars(ax, base, np.zeros_like(base), "share by score, $m\\,M_v/\\sum M$", hatched=False)
        if (extra > 1e-9).any():
            _bars(ax, extra, base, f"{told} ({np.maximum(extra, 0.0).sum():.2f} draws)")
        _caps(ax, caps)
        step = -(-scores.size // _TICKS)
        ax.set_xticks(range(0, scores.size, step), [f"{a:.3g}" for a in scores[::step]])
        ax.set_xlabel("score $M_v$ of the processor")
        ax.set_ylabel("draws expected per round")
        ax.set_ylim(0.0, 1.18 * max(float((base + extra).max()), float(caps.max())))
        legend_above(ax)
    return ax


def _bars(
    ax: Axes, heights: FloatArray, base: FloatArray, label: str, *, hatched: bool = True
) -> None:
    colour = ORANGE if hatched else BLUE
    ax.bar(
        range(len(heights)),
        heights,
        bottom=base,
        edgecolor=colour,
        linewidth=0,
        facecolor="none" if hatched else colour,
        hatch="////" if hatched else None,
        alpha=None if hatched else 0.45,
        label=label,
    )


def _caps(ax: Axes, caps: FloatArray) -> None:
    if np.ptp(caps) > 0:
        places = np.arange(len(caps))
        ax.hlines(caps, places - 0.4, places + 0.4, color=DARK, linewidth=0.8, label="cap")
        return
    ax.axhline(caps[0], color=DARK, linewidth=0.8, linestyle=":")
    note_on_level(ax, caps[0], f"cap {caps[0]:g}", at="right")
