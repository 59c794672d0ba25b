"""What every figure draws on: axes in the paper's style or the user's, no more points than show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import DARK, GREY, new_axes, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

Look = Mapping[str, Any]
IntArray = npt.NDArray[np.intp]

#: Marks that differ without colour.
MARKERS = "osD^vP*X"

#: What stays the figure's own on the user's axes: the weight of the marks, not fonts or sizes.
_MARKS = (
    "lines.linewidth",
    "lines.markersize",
    "hatch.linewidth",
    "legend.frameon",
    "legend.borderaxespad",
    "grid.color",
    "grid.linewidth",
)
_NOTE = 6.5 / 7.5  # size of a note beside that of an axis label
_LETTER = 0.55  # mean width of a letter beside its size
_OVERHANG = 0.45  # inches that a legend may begin left of the axes
_MOST_COLUMNS = 4
_BARE, _LABELS = 0.77, 0.75  # height of axes before layout, a share; inches of what is not axes
_TALL = 7.0  # points; no mark of a legend is larger
_DECADES = 50.0  # an axis that spans less gets plain numbers
_RANKS = 400  # points of a sorted curve: more than a column has dots
_ALONG = 2000  # points of a curve over rounds: as many as a page has dots
_FAR = 1e200  # beyond it, or below its inverse, ticks of an axis overflow


@contextmanager
def canvas(ax: Axes | None, *, height: float) -> Iterator[Axes]:
    """The axes given, under their owner's settings, or new ones of one column, ``height`` inches.

    No setting of matplotlib is different afterwards.
    """
    import matplotlib

    if ax is None:
        with paper_style():
            yield new_axes(height=height)
    else:
        with matplotlib.rc_context(_paper()[0]):
            yield ax


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A colour and dashes for every name, by its place among all of them."""
    cycle = _paper()[1]
    return {name: cycle[k % len(cycle)] for k, name in enumerate(names)}


@cache
def _paper() -> tuple[Any, tuple[Look, ...]]:
    from matplotlib import rcParams

    with paper_style():
        settings: Any = rcParams
        return {name: settings[name] for name in _MARKS}, tuple(settings["axes.prop_cycle"])


def part_of(given: Any, name: str) -> Any:
    """What a record has under ``name``, or what was given itself."""
    return getattr(given, name, given)


def note_size(ax: Axes) -> float:
    """Points of a note on these axes: a little less than their labels have."""
    return float(ax.xaxis.label.get_fontsize()) * _NOTE


def figure_of(ax: Axes) -> Figure:
    """The figure that the axes stand on; that of the page where they are in a part of one."""
    return ax.figure.figure


def note_on_level(ax: Axes, level: float, text: str, *, at: Literal["left", "right"]) -> None:
    """A note just above a horizontal line, at an end of the axes."""
    ax.annotate(
        text,
        (0.99 if at == "right" else 0.01, level),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha=at,
        fontsize=note_size(ax),
        color=DARK,
    )


def nothing(ax: Axes, why: str) -> None:
    """Say in the middle of the axes why they are empty."""
    ax.text(
        0.5,
        0.5,
        why,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=note_size(ax),
        color=GREY,
        wrap=True,
    )


def log_axis(ax: Axes, which: Literal["x", "y"] = "y", *, whole: bool = False) -> None:
    """A logarithmic axis whose ticks are plain numbers where it spans little, or ``whole`` ones."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

    axis = ax.xaxis if which == "x" else ax.yaxis
    (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    low, high = sorted(ax.get_xlim() if which == "x" else ax.get_ylim())
    if high > _DECADES * low or not 1e-3 <= low < high < 1e6:
        axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))  # all nine would overlap
        return
    if high < 5.0 * low:
        axis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10), integer=whole))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:,g}")
    axis.set_minor_formatter(NullFormatter())


def widen(ax: Axes) -> None:
    """Room about values that differ by rounding alone, so that they are drawn as what they are."""
    for limits, limit, scale in (
        (ax.get_xlim, ax.set_xlim, ax.get_xscale()),
        (ax.get_ylim, ax.set_ylim, ax.get_yscale()),
    ):
        low, high = limits()
        if not 0.0 < high - low < 1e-9 * abs(low):
            continue
        if scale == "log":
            limit(low / 2.0, high * 2.0)
        else:
            limit(low - 0.05 * abs(low), high + 0.05 * abs(high))


def bar_beside(ax: Axes, shades: Any, label: str) -> None:
    """A bar of colours beside the axes, of shapes: a page that loads nothing shows no pixels."""
    bar = figure_of(ax).colorbar(shades, ax=ax, fraction=0.04, pad=0.02)
    if bar.solids is not None:
        bar.solids.set_rasterized(False)
    bar.set_label(label, fontsize=note_size(ax))
    bar.ax.tick_params(labelsize=note_size(ax))


def legend_above(ax: Axes, *, title: str | None = None) -> None:
    """A legend over the axes, where it covers no data, in as many columns as there is room for."""
    _, labels = ax.get_legend_handles_labels()
    if not labels:
        return
    size = note_size(ax)
    columns = _columns(ax, labels, size)
    rows = -(-len(labels) // columns) + (title is not None)
    legend = ax.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        bbox_transform=_left_of(ax, rows * size / 48.0),
        ncols=columns,
        title=title,
        alignment="left",
        borderaxespad=0.2,
        columnspacing=1.0,
        handlelength=2.4,
        fontsize=size,
        title_fontsize=size,
        labelcolor=DARK,
    )
    for handle in legend.get_lines():
        handle.set_markersize(min(handle.get_markersize(), _TALL))


def legend_height(entries: int, *, titled: bool = True) -> float:
    """Inches that a legend of so many entries takes at most, in two columns."""
    return 0.145 * ((entries + 1) // 2 + titled)


def _left_of(ax: Axes, above: float) -> Transform:
    """Left of the axes, over their y label, unless it is longer than they are high.

    ``above`` is the height of the legend in inches.
    """
    from matplotlib.transforms import ScaledTranslation

    size = float(ax.yaxis.label.get_fontsize())
    label = max(map(len, ax.get_ylabel().split("\n"))) * size / 144.0
    high = ax.get_position().height * ax.figure.bbox.height / figure_of(ax).dpi / _BARE
    left = -_OVERHANG if label < high - _LABELS - above else 0.0
    return ax.transAxes + ScaledTranslation(left, 0.0, figure_of(ax).dpi_scale_trans)


def _columns(ax: Axes, labels: list[str], size: float) -> int:
    panel = ax.get_position().width * ax.figure.bbox.width / figure_of(ax).dpi
    entry = size * (4.2 + _LETTER * max(map(len, labels))) / 72.0
    return max(1, min(_MOST_COLUMNS, len(labels), int((panel + _OVERHANG) / entry)))


def thin(x: npt.ArrayLike, y: npt.ArrayLike, *, cells: int = 300) -> IntArray:
    """Indices of points that keep the picture: the first of each cell of a ``cells²`` grid."""
    keys = [_cell(np.asarray(values, dtype=np.float64), cells) for values in (x, y)]
    _, first = np.unique(keys[0] * (cells + 1) + keys[1], return_index=True)
    return np.sort(first)


def ranks(count: int, most: int = _RANKS) -> IntArray:
    """At most ``most`` indices, evenly spaced on a logarithmic axis, both ends included."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, most).round().astype(np.intp)) - 1


def along(count: int, most: int = _ALONG) -> IntArray:
    """At most ``most`` indices, evenly spaced, both ends included."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.intp)


def drawable(*columns: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which numbers have a place on logarithmic axes: in ``[1e-200, 1e200]`` in every column."""
    with np.errstate(invalid="ignore"):
        fits = [(values >= 1.0 / _FAR) & (values <= _FAR) for values in columns]
    return np.asarray(np.logical_and.reduce(fits))


def _cell(values: npt.NDArray[np.float64], cells: int) -> npt.NDArray[np.int64]:
    if not values.size:
        return np.zeros(0, dtype=np.int64)
    low, span = values.min(), np.ptp(values)
    scale = cells / span if span > 0 else 0.0
    return np.asarray((values - low) * scale, dtype=np.int64)
