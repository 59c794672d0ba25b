"""The page of a run and that of a training, from the record and the drawn figures.

It opens with the result in one sentence, and how sure of it one can be in a second.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.report.merged import bounded, compared, judged, left_out, simulated
from roundlot.report.numbers import number
from roundlot.report.tables import processor_index, result_tables
from roundlot.report.template import inline_formula, render
from roundlot.theory.text import plural, rounded_up
from roundlot.user_text import excess

if TYPE_CHECKING:
    from roundlot.plot.figures import Figure
    from roundlot.run.records import ReferenceSummary
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
_SAME = 1e-6  # an interior-point reference stops at about 1e-8; beyond this it disagrees

OUTCOMES = ("supported", "refuted", "inconclusive")


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
        gap=_gap(result),
        compared=compared(result.comparison),
        left_out=left_out(result.comparison),
        simulated=simulated(result.simulation),
        bounded=() if result.bound is None else bounded(result.bound.methods),
        verdicts=judged(result.verdicts),
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


def headline(result: RunResult) -> str:
    """The gain over uniform sampling, or over the best other method when uniform is not there."""
    budget = f"{number(result.solution.budget)} expected draws per round"
    other = _yardstick(result)
    if other is None:
        return f"At {budget}, the least update variance is {number(result.solution.variance)}."
    name, ratio, exact = other
    if math.isinf(ratio):
        return f"At {budget}, the optimum has a finite update variance; {name} does not."
    if ratio < 1.0 + 1e-9:
        return f"At {budget}, no probabilities have less update variance than {name}."
    least = "" if exact else "at least "
    return f"At {budget}, {name} has {least}{_factor(ratio)}."


def confidence(result: RunResult) -> str:
    """The gap, the reference and the verdicts, in one sentence each."""
    solution = result.solution
    gap = _gap(result)
    best = "No probabilities within the limits have less variance than the optimum"
    proof = (
        f"{best}: proved, to a relative gap of {gap}."
        if solution.rigorous
        else f"{best}, to a relative gap of {gap} computed in floating point."
    )
    parts = [proof]
    if result.reference is not None:
        parts.append(_reference(result.reference))
    if result.verdicts:
        parts.append(verdict_sentence(count_outcomes(result.verdicts)))
    return " ".join(parts)


def _gap(result: RunResult) -> str:
    """Rounded up: a gap is never said to be smaller than it is."""
    return number(rounded_up(max(result.solution.gap, 0.0), 2), 2)


def count_outcomes(verdicts: tuple[Mapping[str, Any], ...]) -> Counter[str]:
    """How many verdicts of each outcome there are."""
    return Counter(str(verdict.get("outcome")) for verdict in verdicts)


def verdict_sentence(counts: Counter[str]) -> str:
    """``Of 4 checks of the predictions: 3 supported, none refuted, 1 inconclusive.``"""
    total = sum(counts.values())
    checks = f"{total} {plural(total, 'check')}"
    parts = [f"{counts[outcome] or 'none'} {outcome}" for outcome in OUTCOMES]
    return f"Of {checks} of the predictions: {', '.join(parts)}."


def _yardstick(result: RunResult) -> tuple[str, float, bool] | None:
    rows = [row for row in result.comparison if _ratio(row) is not None]
    uniform = [row for row in rows if str(row.get("name")).lower() == "uniform"]
    others = sorted((row for row in rows if _ratio(row) != 1.0), key=lambda row: _ratio(row) or 0.0)
    if not uniform and not others:
        return None
    chosen = (uniform or others)[0]
    name = "uniform sampling" if uniform else str(chosen["name"])
    return name, float(chosen["ratio"]), str(chosen.get("variance_is", "exact")) == "exact"


def _ratio(row: Mapping[str, Any]) -> float | None:
    value = row.get("ratio")
    return None if value is None or row.get("skipped") or math.isnan(value) else float(value)


def _reference(reference: ReferenceSummary) -> str:
    difference = number(abs(reference.difference), 2)
    if abs(reference.difference) < _SAME:
        return f"An independent solver finds the same optimum (relative difference {difference})."
    return f"An independent solver finds another value: the relative difference is {difference}."


def _factor(ratio: float) -> str:
    if ratio >= 10.0:
        return f"{excess(ratio)} the optimum's update variance"
    percent = "less than 0.05\u202f%" if ratio < 1.0005 else excess(ratio).removeprefix("+")
    return f"{percent} more update variance than the optimum"
