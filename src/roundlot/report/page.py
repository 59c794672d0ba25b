"""The page of a run and that of a training, from the record and the drawn figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.report.headlines import confidence, count_outcomes, headline, verdict_sentence
from roundlot.report.tables import processor_index, result_tables
from roundlot.report.template import inline_formula, render

if TYPE_CHECKING:
    from roundlot.plot.figures import Figure
    from roundlot.run.result import RunResult
    from roundlot.train.result import TrainingOutcome


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


def render_page(result: RunResult, figures: Sequence[Figure]) -> str:
    """The page of a run."""
    return render(
        "page.html.jinja",
        result,
        figures,
        setup=result.setup,
        infinity=float("inf"),
        headline=headline(result),
        confidence=confidence(result),
        formulas=_formulas(result),
        reasons=_reason_counts(result),
        capped=_most_capped(result),
        per_model=_per_model(result),
        verdict_sentence=verdict_sentence(count_outcomes(result.verdicts)),
        tables=tuple(result_tables(result)),
        explorable=explorable(result),
    )


def render_training(result: TrainingOutcome[Any], figures: Sequence[Figure]) -> str:
    """The page of a training, of clients or of workers."""
    return render(
        result.template,
        result,
        figures,
        setup={name: value for name, value in result.setup.items() if name != "full"},
        headline=result.headline(),
        summary=result.summary(),
        tables=tuple(result.tables()),
    )


def explorable(result: RunResult) -> bool:
    """Whether a page to explore stands beside the report."""
    return result.exploring is not None and not result.exploring.unsupported


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
