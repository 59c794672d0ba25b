"""Which checks an audit makes, and what each may spend of the error rate."""

from __future__ import annotations

from collections.abc import Callable

from roundlot.verify.aggregate_check import AggregateCheck
from roundlot.verify.audit_options import AuditOptions
from roundlot.verify.batches import Batch
from roundlot.verify.budget_check import BudgetCheck
from roundlot.verify.claims import Claims
from roundlot.verify.inclusion_checks import InclusionCheck, SuccessionCheck
from roundlot.verify.squared_error import SquaredErrors
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.variance_check import VarianceCheck
from roundlot.verify.verdict import share
from roundlot.verify.weights_check import WeightsCheck


def plan(
    claims: Claims,
    first: Batch,
    errors: SquaredErrors,
    prediction: tuple[float, float] | None,
    *,
    options: AuditOptions,
) -> list[StreamingCheck]:
    """The checks that these claims and this kind of draw allow; they share the error rate."""
    checks = options.checks
    p, w, stepped = claims.probabilities, claims.weights, first.aggregate is not None
    makers: list[Callable[[float], StreamingCheck]] = []
    rest = {"miss": options.miss, "discrepancy": options.discrepancy}
    if p is not None and not stepped:
        if "inclusion" in checks:
            makers.append(lambda rate: InclusionCheck(p, claims.layout, rate=rate, **rest))
        if "rounds" in checks and claims.design != "turns":
            makers.append(lambda rate: SuccessionCheck(p, rate=rate, miss=rest["miss"]))
    if w is not None and first.weight is not None and "weights" in checks:
        scatter = None if claims.replacement else p  # p bounds Var c only without repeats
        makers.append(lambda rate: WeightsCheck(w, scatter, claims.layout, rate=rate, **rest))
    if stepped and errors.full is not None and "aggregate" in checks:
        makers.append(lambda rate: AggregateCheck(claims, rate=rate, **rest))
    if prediction is not None:
        makers.append(lambda rate: VarianceCheck(errors, *prediction, rate=rate, **rest))
    if claims.budget is not None and not stepped and "budget" in checks:
        limit, rule = claims.budget, claims.budget_rule
        makers.append(lambda rate: BudgetCheck(limit, rule, rate=rate, **rest))
    rate = share(options.false_alarm, max(len(makers), 1))
    return [make(rate) for make in makers]
