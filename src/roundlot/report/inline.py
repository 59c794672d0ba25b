"""Figures and formulas as SVG that can stand in a page beside others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from roundlot.plot.style import paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CLUTTER = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_NAMES = re.compile(r'(\bid="|href="#|url\(#)')
_OPENING = re.compile(r"<svg\b[^>]*>")
_BLACKBOARD = re.compile(r"\\mathbb\{\w\}")
_ORDER = re.compile(r"\\(le|ge|ne)(?![a-zA-Z])")
_BOX = re.compile(r'viewBox="([^"]*)"')


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


def _tight(figure: Figure) -> str:
    import io

    stream = io.StringIO()
    figure.savefig(
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
    return Markup(body[: opening.start()] + start + body[opening.end() :])
