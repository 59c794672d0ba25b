"""Audits for a pytest suite: one line each, a readable failure."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from roundlot.verify.audits.auditing import audit
from roundlot.verify.audits.record import Audit


def assert_audit(sampler: Any, **claims: Any) -> Audit:
    """Fail unless every check of `audit` supports its claim; keywords as there.

    Raises:
        AssertionError: a claim is refuted or the rounds were too few; the message is the report.
        InvalidProblemError: as `audit`.
    """
    found = audit(sampler, **claims)
    # Raised, not asserted: ``python -O`` must not turn a failing audit into a passing one.
    if not found.passed:
        raise AssertionError(str(found))
    return found


def assert_inclusion(sampler: Any, probabilities: npt.ArrayLike, **options: Any) -> Audit:
    """Fail unless every client is drawn as often as ``probabilities`` (V,) or (V, S) say.

    Raises:
        AssertionError, InvalidProblemError: as `assert_audit`.
    """
    return assert_audit(sampler, claimed=probabilities, checks=("inclusion",), **options)


def assert_unbiased(
    sampler: Any,
    weights: npt.ArrayLike | None = None,
    *,
    updates: Any = None,
    claimed: npt.ArrayLike | None = None,
    **options: Any,
) -> Audit:
    """Fail unless the mean aggregation weight of everybody is ``weights`` (V,) or (V, S).

    For a sampler of aggregates give ``updates`` instead: the mean aggregate must be their sum.

    Raises:
        AssertionError, InvalidProblemError: as `assert_audit`; also if the sampler returns
            neither weights nor an aggregate, as nothing can then be biased.
    """
    found = assert_audit(
        sampler,
        weights=weights,
        updates=updates,
        claimed=claimed,
        checks=("weights", "aggregate"),
        **options,
    )
    if not any("unbiased" in verdict.claim for verdict in found.verdicts):
        raise AssertionError(
            "the sampler returned neither weights nor an aggregate: return (indices, weights)\n"
            f"{found}"
        )
    return found


def assert_within_budget(
    sampler: Any, budget: float, *, every_draw: bool = False, **options: Any
) -> Audit:
    """Fail if more than ``budget`` are drawn on average, or, if asked for, in any round.

    Raises:
        AssertionError, InvalidProblemError: as `assert_audit`.
    """
    rule = "every draw" if every_draw else "average"
    return assert_audit(sampler, budget=budget, budget_rule=rule, checks=("budget",), **options)
