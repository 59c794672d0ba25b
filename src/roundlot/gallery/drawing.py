"""Drawing a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundlot.gallery.picture import Picture
from roundlot.plot.style import BLUE, ORANGE, new_axes, paper_style
from roundlot.theory.theorems import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_picture(shown: Picture, *, ax: Axes | None = None) -> Axes:
    """The bound as a line, the truth as dots."""
    ax = ax or new_axes(height=2.2)
    theorem = named(shown.theorem)
    with paper_style():
        ax.plot(shown.x, shown.bound, color=BLUE, label=f"theorem ({theorem.relation})")
        ax.plot(shown.x, shown.truth, color=ORANGE, linestyle="", marker=".", label="the instance")
        if shown.logarithmic:
            ax.set_yscale("log")
        ax.set_xlabel(shown.x_label)
        ax.set_ylabel(f"${theorem.claim.latex}$")
        ax.legend()
    return ax
