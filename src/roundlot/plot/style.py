"""The look of the figures, and files that come out the same bytes every time."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from roundlot.files import write_bytes
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, DARK = "#8a8a8a", "#333333"


#: Inches, of one and of both columns of a two-column page.
WIDTHS = {1: 3.45, 2: 7.1}
HEIGHT = 2.3
_INDEXED = re.compile(r"(?<![^\W_])([^\W\d_])_(\w+)(\*?)")


@contextmanager
def paper_style(*, columns: int = 1) -> Iterator[None]:
    """The shipped style on top of matplotlib's defaults, whatever the user's own settings.

    Inside, new figures are as wide as one column or two; after it, all settings are as before.

    Raises:
        InvalidProblemError: ``columns`` is neither 1 nor 2.
    """
    import matplotlib

    width = _width(columns)
    with matplotlib.rc_context(), as_file(files("roundlot.plot") / "paper.mplstyle") as path:
        matplotlib.rcdefaults()
        matplotlib.rc_file(path)
        matplotlib.rcParams["figure.figsize"] = (width, HEIGHT)
        yield


def new_axes(*, height: float | None = None, columns: int = 1) -> Axes:
    """Axes on a figure of their own, one column wide or two; ``height`` in inches.

    Raises:
        InvalidProblemError: ``columns`` is neither 1 nor 2.
    """
    from matplotlib.figure import Figure

    with paper_style(columns=columns):
        figure = Figure()
        if height is not None:
            figure.set_figheight(height)
        return figure.add_subplot()


def _width(columns: int) -> float:
    if columns not in WIDTHS:
        raise InvalidProblemError(f"columns is {columns!r:.40}; a page has 1 or 2")
    return WIDTHS[columns]


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write ``figure`` to ``path`` (.svg, .pdf or .png), without dates: the same bytes each time.

    Fonts are embedded in a PDF as TrueType; an SVG holds letters as outlines.

    Raises:
        InvalidProblemError: another ending.
        OSError: the place cannot be written.
    """
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in ("svg", "pdf", "png"):
        raise InvalidProblemError(f"{path} is no figure's name; end it in .svg, .pdf or .png")
    dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
    # In memory first: matplotlib trips over a PDF that it cannot go on with, as on a full disk.
    drawn = io.BytesIO()
    with paper_style(), _quiet():
        figure.savefig(drawn, format=kind, metadata=dates)
    write_bytes(path, drawn.getvalue())


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


def plain(text: str, most: int = 28) -> str:
    """A user's name as a label: cut to ``most`` characters, and no formula however many dollars."""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in short).replace("$", r"\$")


def typeset(label: str) -> str:
    """A label in plain text with its symbols as type: ``w_s*`` gets an index and a raised star."""
    return _INDEXED.sub(lambda m: f"${m[1]}_{{{m[2]}}}^{{{m[3]}}}$", label).replace("^{}", "")
