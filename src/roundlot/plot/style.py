"""The look of the figures, and files that come out the same bytes every time."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.files import replaced_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, DARK = "#8a8a8a", "#333333"


@contextmanager
def paper_style() -> Iterator[None]:
    """The shipped style on top of matplotlib's defaults, whatever the user's own settings."""
    import matplotlib

    with matplotlib.rc_context(), as_file(files("roundlot.plot") / "paper.mplstyle") as path:
        matplotlib.rcdefaults()
        matplotlib.rc_file(path)
        yield


def new_axes(*, height: float | None = None) -> Axes:
    """Axes on a figure of one column's width; ``height`` in inches."""
    from matplotlib.figure import Figure

    with paper_style():
        figure = Figure()
        if height is not None:
            figure.set_figheight(height)
        return figure.add_subplot()


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write ``figure`` to ``path`` (.svg, .pdf or .png), without dates: the same bytes each time.

    Raises:
        OSError: the place cannot be written.
    """
    kind = Path(path).suffix.lstrip(".").lower()
    dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
    with paper_style(), _quiet(), replaced_file(path) as part:
        figure.savefig(part, format=kind, metadata=dates)


def svg_text(figure: Figure) -> str:
    """The figure as SVG, the same text each time."""
    stream = io.StringIO()
    with paper_style(), _quiet():
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without remarks on the age of matplotlib's fonts, or on letters that they do not have."""
    logger = logging.getLogger("fontTools")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        logger.setLevel(before)


def legend_above(ax: Axes, *, title: str | None = None) -> None:
    """A legend over the axes, where it covers no data; two columns when the labels are short."""
    _, labels = ax.get_legend_handles_labels()
    if not labels:
        return
    columns = 2 if max(map(len, labels)) <= 26 else 1
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(-0.19, 1.0),
        ncols=columns,
        title=title,
        alignment="left",
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=1.9,
        fontsize=6.5,
        title_fontsize=6.5,
    )


def legend_height(entries: int, *, titled: bool = True) -> float:
    """Inches that a legend of so many entries takes at most, in two columns."""
    return 0.145 * ((entries + 1) // 2 + titled)


def plain(text: str, most: int = 28) -> str:
    """A user's name as a label: cut to ``most`` characters, and no formula however many dollars."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in short).replace("$", r"\$")


def thin(x: npt.ArrayLike, y: npt.ArrayLike, *, cells: int = 300) -> npt.NDArray[np.intp]:
    """Indices of points that keep the picture: the first of each cell of a ``cells²`` grid."""
    keys = [_cell(np.asarray(values, dtype=np.float64), cells) for values in (x, y)]
    _, first = np.unique(keys[0] * (cells + 1) + keys[1], return_index=True)
    return np.sort(first)


def _cell(values: npt.NDArray[np.float64], cells: int) -> npt.NDArray[np.int64]:
    if not values.size:
        return np.zeros(0, dtype=np.int64)
    low, span = values.min(), np.ptp(values)
    scale = cells / span if span > 0 else 0.0
    return np.asarray((values - low) * scale, dtype=np.int64)
