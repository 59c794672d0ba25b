"""Which checks an audit makes, and what each may spend of the error rate."""

from __future__ import annotations

import math
from collections.abc import Callable

from roundlot.verify.aggregate_check import AggregateCheck
from roundlot.verify.audit_options import AuditOptions
from roundlot.verify.batches import Batch
from roundlot.verify.budget_check import BudgetCheck
from roundlot.verify.claims import Claims
from roundlot.verify.inclusion_checks import InclusionCheck
from roundlot.verify.independence_check import IndependenceCheck
from roundlot.verify.rounds_check import RoundsCheck
from roundlot.verify.rules import name_of
from roundlot.verify.squared_error import Prediction, SquaredErrors
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.variance_check import VarianceCheck
from roundlot.verify.verdict import share
from roundlot.verify.weights_check import WeightsCheck

Maker = Callable[[float], StreamingCheck]


def plan(
    claims: Claims,
    first: Batch,
    errors: SquaredErrors,
    prediction: Prediction | None,
    *,
    options: AuditOptions,
) -> tuple[list[StreamingCheck], float]:
    """The checks that these claims and this kind of draw allow, and the share of each.

    One share more is left for rounds that are all the same.
    """
    makers = [
        *_of_draws(claims, first, options),
        *_of_steps(claims, first, errors, prediction, options),
    ]
    rate = share(options.false_alarm, len(makers) + 1)
    return [make(rate) for make in makers], rate


def _of_draws(claims: Claims, first: Batch, options: AuditOptions) -> list[Maker]:
    """Who is drawn: how often, how many, and what it depends on."""
    checks, layout, p = options.checks, claims.layout, claims.probabilities
    stepped = first.aggregate is not None
    rest = {"miss": options.miss, "discrepancy": options.discrepancy}
    design = None if claims.design is None else name_of(claims.design)
    makers: list[Maker] = []
    if p is not None and not stepped and "inclusion" in checks:
        makers.append(lambda rate: InclusionCheck(p, layout, rate=rate, **rest))
    # A turn that comes round in a cycle depends on the one before.
    if p is not None and "rounds" in checks and design != "turns":
        makers.append(lambda rate: RoundsCheck(layout, rate=rate, miss=options.miss))
    if design == "independent" and not stepped and "independence" in checks:
        makers.append(lambda rate: IndependenceCheck(layout, rate=rate, miss=options.miss))
    if claims.budget is not None and not stepped and "budget" in checks:
        limit, rule = claims.budget, claims.budget_rule
        most = math.inf if claims.replacement else float(layout.n_pairs)
        makers.append(lambda rate: BudgetCheck(limit, rule, most=most, rate=rate, **rest))
    return makers


def _of_steps(
    claims: Claims,
    first: Batch,
    errors: SquaredErrors,
    prediction: Prediction | None,
    options: AuditOptions,
) -> list[Maker]:
    """What the drawn weigh: mean and variance."""
    rest = {"miss": options.miss, "discrepancy": options.discrepancy}
    makers: list[Maker] = []
    if claims.weights is not None and first.weight is not None and "weights" in options.checks:
        makers.append(lambda rate: WeightsCheck(claims, rate=rate, **rest))
    stepped = first.aggregate is not None
    if stepped and errors.full is not None and "aggregate" in options.checks:
        makers.append(lambda rate: AggregateCheck(claims, rate=rate, **rest))
    if prediction is not None:
        makers.append(lambda rate: VarianceCheck(errors, prediction, rate=rate, **rest))
    return makers
