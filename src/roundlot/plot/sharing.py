"""A few processors as bars: draws shared by score, and what caps send on to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation
from roundlot.plot.canvas import canvas, legend_above, note_on_level
from roundlot.plot.style import BLUE, DARK, ORANGE
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]
_MOST = 60
_TICKS = 12


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
