"""The page of a report, from the record and the drawn figures, all inside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from roundlot.plot.style import paper_style
from roundlot.report.figures import ReportFigure
from roundlot.report.headlines import confidence, count_outcomes, headline, verdict_sentence
from roundlot.report.numbers import number, percent, seconds, times
from roundlot.report.tables import processor_index, result_tables
from roundlot.user_text import printable

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure

    from roundlot.run.result import RunResult


_PROGRAM = (
    r"\min_{p}\ \sum_{v,s}\;\lambda_s\,\frac{a_{v,s}^2}{p_{v,s}}\qquad"
    r"\mathrm{subject\ to}\qquad\sum_s\;p_{v,s}\leq c_v,\quad"
    r"\sum_{v,s}\;p_{v,s}\leq m,\quad\ell_{v,s}\leq p_{v,s}\leq u_{v,s}"
)
_VARIANCE = (
    r"\Delta_s=\sum_{v\,\mathrm{drew}\,s}\;\frac{u_{v,s}}{p_{v,s}},\qquad"
    r"\sum_s\;\mathrm{Var}(\Delta_s)=\sum_{v,s}\;a_{v,s}^2\left(\frac{1}{p_{v,s}}-1\right),"
    r"\qquad a_{v,s}=\|u_{v,s}\|"
)
_RULE = r"p_{v,s}=q_v\,\frac{a_{v,s}}{M_v},\qquad q_v=\min(c_v,\ t\,M_v),\qquad M_v=\sum_s\;a_{v,s}"
_SHOWN = 12


def render_page(result: RunResult, figures: Sequence[ReportFigure]) -> str:
    """The page as HTML, complete in itself: style, figures and formulas are inside."""
    folder = files("roundlot.report")
    template = environment().from_string((folder / "page.html.jinja").read_text("utf-8"))
    return template.render(
        result=result,
        infinity=float("inf"),
        style=(folder / "page.css").read_text("utf-8"),
        headline=headline(result),
        confidence=confidence(result),
        figures={figure.key: figure for figure in figures},
        drawn={
            figure.key: inline_figure(figure.svg, key=figure.key, label=figure.title)
            for figure in figures
        },
        formulas=_formulas(result),
        reasons=_reason_counts(result),
        capped=_most_capped(result),
        per_model=_per_model(result),
        verdict_sentence=verdict_sentence(count_outcomes(result.verdicts)),
        setup=flatten(result.setup),
        tables=tuple(result_tables(result)),
        explorable=explorable(result),
    )


def explorable(result: RunResult) -> bool:
    """Whether a page to explore stands beside the report."""
    return result.exploring is not None and not result.exploring.unsupported


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
    environment.filters.update(number=number, times=times, percent=percent, seconds=seconds)
    return environment


def _visible(value: Any) -> Any:
    """Users' names without what would hide or turn round the text beside them."""
    return printable(value) if type(value) is str else value


def _short(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        shown = ", ".join(str(item) for item in value[:8])
        return shown if len(value) <= 8 else f"{shown}, … ({len(value)} in all)"
    text = "–" if value is None else str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _formulas(result: RunResult) -> dict[str, Any]:
    theorems = () if result.bound is None else result.bound.theorems
    return {
        "variance": inline_formula(_VARIANCE, key="f-variance"),
        "program": inline_formula(_PROGRAM, key="f-program"),
        "rule": inline_formula(_RULE, key="f-rule"),
        "theorems": [
            inline_formula(theorem.latex, key=f"f-theorem{place}")
            for place, theorem in enumerate(theorems)
        ],
    }


def _reason_counts(result: RunResult) -> list[tuple[str, int, float]]:
    """The kind of reason, how many processors have it, and the draws they use."""
    kinds = [reason.partition(":")[0] for reason in result.reasons]
    draws: dict[str, float] = {}
    for kind, total in zip(kinds, result.totals, strict=True):
        draws[kind] = draws.get(kind, 0.0) + float(total)
    return [(kind, count, draws[kind]) for kind, count in Counter(kinds).most_common(8)]


def _most_capped(result: RunResult) -> list[dict[str, Any]]:
    """The capped processors that want most beyond their cap, at most a dozen."""
    chosen = np.flatnonzero(result.capped)
    pressure = result.processor_scores[chosen] / result.processor_cap[chosen]
    chosen = chosen[np.argsort(-pressure, kind="stable")][:_SHOWN]
    index, scores, totals = processor_index(result.client), result.processor_scores, result.totals
    return [
        {
            "client": result.clients[int(result.client[row])],
            "processor": int(index[row]),
            "score": float(scores[row]),
            "total": float(totals[row]),
            "best": result.models[int(np.argmax(result.probabilities[row]))],
            "reason": result.reasons[row],
        }
        for row in chosen
    ]


def _per_model(result: RunResult) -> list[dict[str, Any]]:
    fleet, draws = result.fleet, result.probabilities.sum(axis=0)
    return [
        {
            "name": name,
            "availability": float(fleet.availability[column]),
            "samples": int(fleet.samples[column]),
            "draws": float(draws[column]),
            "variance": float(result.solution.model_variance[column]),
        }
        for column, name in enumerate(result.models)
    ]


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
