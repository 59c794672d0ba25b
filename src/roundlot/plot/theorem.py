"""A theorem's bound beside the truth of a small instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, log_axis, widen
from roundlot.plot.style import BLUE, ORANGE
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.gallery import Picture
    from roundlot.theory.theorem import Theorem

_TOUCH = 0.02  # of the bound


def plot_theorem(theorem: str | Theorem | Picture, *, ax: Axes | None = None) -> Axes:
    """The bound as a line, the truth as dots; the truth was computed without the theorem.

    Give a theorem of ``CATALOGUE``, its name, or a picture made by ``roundlot.gallery``.

    Raises:
        InvalidProblemError: no theorem of that name.
    """
    from roundlot.theory.theorems import named

    shown = _picture(theorem)
    proved = named(shown.theorem)
    with canvas(ax, height=2.2 + legend_height(1)) as ax:
        ax.plot(shown.x, shown.bound, color=BLUE, linestyle="-", label=_label(shown, proved))
        ax.plot(shown.x, shown.truth, color=ORANGE, linestyle="", marker=".", label="the instance")
        if shown.logarithmic:
            log_axis(ax)
        widen(ax)
        ax.set_xlabel(shown.x_label)
        ax.set_ylabel(f"${proved.claim.latex}$")
        legend_above(ax)
    return ax


def _label(shown: Picture, proved: Theorem) -> str:
    """A tight bound need not be attained by the instance that is drawn."""
    away = np.abs(np.asarray(shown.bound) - np.asarray(shown.truth))
    touched = (away <= _TOUCH * np.abs(shown.bound)).any()
    elsewhere = "" if touched or proved.relation != "tight" else " elsewhere"
    return f"theorem ({proved.relation}{elsewhere})"


def _picture(theorem: str | Theorem | Picture) -> Picture:
    from roundlot.gallery import PICTURES, Picture, picture

    if isinstance(theorem, Picture):
        return theorem
    name = theorem if isinstance(theorem, str) else theorem.name
    if name not in PICTURES:
        raise InvalidProblemError(
            f"no theorem is called {name!r:.60}; the names are those of roundlot.theory.CATALOGUE"
        )
    return picture(name)
