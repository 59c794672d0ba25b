"""The result in one sentence, and how sure of it one can be in a second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from roundlot.report.numbers import number
from roundlot.theory.text import rounded_up

if TYPE_CHECKING:
    from roundlot.run.result import RunResult

OUTCOMES = ("supported", "refuted", "inconclusive")


def headline(result: RunResult) -> str:
    """The gain over uniform sampling, or over the best other method when uniform is not there."""
    budget = f"{number(result.solution.budget)} expected draws per round"
    other = _yardstick(result)
    if other is None:
        return f"At {budget}, the least update variance is {number(result.solution.variance)}."
    name, ratio, exact = other
    if math.isinf(ratio):
        return f"At {budget}, the optimum has a finite update variance; {name} does not."
    if ratio < 1.0005:
        return f"At {budget}, no probabilities have less update variance than {name}."
    least = "" if exact else "at least "
    return (
        f"At {budget}, the optimum has {least}{_factor(ratio)} times less "
        f"update variance than {name}."
    )


def confidence(result: RunResult) -> str:
    """The gap, the reference and the verdicts, in one sentence each."""
    solution = result.solution
    proof = "proved" if solution.rigorous else "computed, in floating point,"
    gap = rounded_up(max(solution.gap, 0.0), 2)
    parts = [f"The optimum is {proof} to within {number(gap, 2)} (relative)."]
    if result.reference is not None:
        parts.append(
            f"{result.reference.method} agrees to {number(abs(result.reference.difference), 2)}."
        )
    if result.verdicts:
        parts.append(verdict_sentence(count_outcomes(result.verdicts)))
    return " ".join(parts)


def count_outcomes(verdicts: tuple[Mapping[str, Any], ...]) -> Counter[str]:
    """How many verdicts of each outcome there are."""
    return Counter(str(verdict.get("outcome")) for verdict in verdicts)


def verdict_sentence(counts: Counter[str]) -> str:
    """``Of 4 checks of the predictions: 3 supported, none refuted, 1 inconclusive.``"""
    total = sum(counts.values())
    checks = "1 check" if total == 1 else f"{total} checks"
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


def _factor(ratio: float) -> str:
    if ratio < 1.1:
        return f"{ratio:.4g}"
    return f"{ratio:.1f}" if ratio < 100 else number(round(ratio))
