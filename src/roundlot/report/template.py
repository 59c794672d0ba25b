"""What every page is made with: templates that escape everything, figures and formulas inside."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from roundlot.plot.style import paper_style
from roundlot.report.numbers import more, number, percent, seconds
from roundlot.user_text import printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure as Drawing

    from roundlot.plot.figures import Figure

_CLUTTER = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')
_OPENING = re.compile(r"<svg\b[^>]*>")
_BLACKBOARD = re.compile(r"\\mathbb\{\w\}")
_ORDER = re.compile(r"\\(le|ge|ne)(?![a-zA-Z])")
_BOX = re.compile(r'viewBox="([^"]*)"')
_INDEX = re.compile(r"(?<![^\W_])([^\W\d_])_(\w+)")
_STAR = re.compile(r"(?<=[^\W\d_])(\*|⋆)(?!\w)")
_RELATION = {"&lt;=": "≤", "&gt;=": "≥"}


def render(
    template: str, result: Any, figures: Sequence[Figure], *, setup: Mapping[str, Any], **facts: Any
) -> str:
    """A page as HTML, complete in itself; ``template`` is the name of its file here."""
    folder = files("roundlot.report")
    page = environment().from_string((folder / template).read_text("utf-8"))
    return page.render(
        result=result,
        style=(folder / "page.css").read_text("utf-8"),
        figures={figure.key: figure for figure in figures},
        drawn={
            figure.key: inline_figure(figure.svg, key=figure.key, label=figure.title)
            for figure in figures
        },
        setup=flatten(setup),
        **facts,
    )


def flatten(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as ``("a.b", "value")`` pairs; long lists are cut to their beginning."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            pairs += flatten(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", _short(value)))
    return pairs


def environment() -> Environment:
    """Escapes everything; knows how numbers are written here."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        typeset=typeset, number=number, more=more, percent=percent, seconds=seconds
    )
    return environment


def typeset(text: str) -> Markup:
    """A condition in plain text as type: ``L_i <= x*`` with an index, a sign and a star raised."""
    shown = str(escape(printable(text)))
    for plain, sign in _RELATION.items():
        shown = shown.replace(plain, sign)
    shown = _STAR.sub("<sup>\u2217</sup>", _INDEX.sub(r"\1<sub>\2</sub>", shown))
    return Markup(shown)  # escaped above; only <sub> and <sup> were added # nosec B704


def _visible(value: Any) -> Any:
    """Users' names without what would hide or turn round the text beside them."""
    return printable(value) if type(value) is str else value


def _short(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        shown = ", ".join(str(item) for item in value[:8])
        return shown if len(value) <= 8 else f"{shown}, … ({len(value)} in all)"
    text = "–" if value is None else str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def inline_figure(svg: str, *, key: str, label: str) -> Markup:
    """A figure's SVG as an ``<svg>`` that fills its column; ``label`` is read out in its place."""
    return _embed(svg, key=key, label=label, size=False)


def inline_formula(latex: str, *, key: str, size: float = 13.0) -> Markup:
    """A formula in LaTeX as an ``<svg>``, or as its source where matplotlib cannot set it.

    Matplotlib sets a part of LaTeX without a LaTeX at hand: one line, no environments.
    """
    from matplotlib.figure import Figure

    source = latex.strip().strip("$")
    shown = source.replace(r"\frac", r"\dfrac").replace("^*", "^{*}")
    shown = _ORDER.sub(r"\\\1q", shown)
    shown = _BLACKBOARD.sub(r"\\mathrm{\g<0>}\\,", shown)
    with paper_style():
        figure = Figure(figsize=(0.1, 0.1))
        figure.set_layout_engine("none")
        figure.text(0.0, 0.0, f"${shown}$", fontsize=size)
        try:
            text = _tight(figure)
        except ValueError:
            return Markup('<code class="latex">{}</code>').format(source)
    return _embed(text, key=key, label=source, size=True)


def _tight(drawing: Drawing) -> str:
    stream = io.StringIO()
    drawing.savefig(
        stream,
        format="svg",
        bbox_inches="tight",
        pad_inches=0.02,
        transparent=True,
        metadata={"Date": None},
    )
    return stream.getvalue()


def _embed(svg: str, *, key: str, label: str, size: bool) -> Markup:
    body = _NAMES.sub(rf"\g<1>{key}-", _CLUTTER.sub("", svg)).strip()
    opening = _OPENING.search(body)
    box = _BOX.search(opening.group()) if opening else None
    if opening is None or box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    width, height = box.group(1).split()[2:]
    fixed = f' width="{width}pt" height="{height}pt"' if size else ""
    start = (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box.group(1)}"{fixed} '
        f'role="img" aria-label="{escape(label)}">'
    )
    whole = body[: opening.start()] + start + body[opening.end() :]
    return Markup(whole)  # a figure of ours, whose texts Matplotlib escapes # nosec B704
