"""How an audit is to be made: its options, which checks, and what each spends of the error rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real

from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import in_one_line
from roundlot.theory.kinds import MOST, is_whole
from roundlot.theory.names import entries_of
from roundlot.verify.agreement.designs import IN_PHASES, name_of
from roundlot.verify.audits.claims import Claims
from roundlot.verify.audits.inclusion import BudgetCheck, InclusionCheck, IndependenceCheck
from roundlot.verify.audits.rounds import RoundsCheck
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.audits.unbiased import AggregateCheck, WeightsCheck
from roundlot.verify.audits.variance import Prediction, SquaredErrors, VarianceCheck
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, check_rate, share

CHECKS = ("inclusion", "weights", "aggregate", "variance", "budget", "rounds", "independence")
DISCREPANCY = 0.05  # relative error that a support rules out
MOST_ROUNDS = 1_000_000  # minutes of a sampler that takes a tenth of a millisecond

Maker = Callable[[float], StreamingCheck]


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditOptions:
    """The arguments of `audit` that say nothing about the sampler, refused if out of range.

    Raises:
        InvalidProblemError: naming the argument.
    """

    checks: Sequence[str] = CHECKS
    rounds: int | str = "auto"
    most_rounds: int = MOST_ROUNDS
    discrepancy: float = DISCREPANCY
    false_alarm: float = FALSE_ALARM
    miss: float = MISS
    stop_early: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        one = isinstance(self.checks, str)
        names = [self.checks] if one else entries_of(self.checks, "checks: give a list of names")
        unknown = [name for name in names if not isinstance(name, str) or name not in CHECKS]
        if unknown or isinstance(self.checks, str):
            wrong = repr(unknown[0]) if unknown else f"{self.checks!r}, a text,"
            raise InvalidProblemError(
                f"check {wrong} is unknown; give some of ({', '.join(CHECKS)})"
            )
        if not isinstance(self.rounds, str) or self.rounds != "auto":
            _at_least(self.rounds, 1, "rounds", " or 'auto'")
        _at_least(self.most_rounds, 1, "most_rounds")
        _at_least(self.seed, 0, "seed")
        if not (_is_number(self.discrepancy) and self.discrepancy > 0.0):
            raise InvalidProblemError(
                f"discrepancy is {self.discrepancy}; give a finite number above 0"
            )
        check_rate(self.false_alarm, "false_alarm")
        check_rate(self.miss, "miss")

    @property
    def limit(self) -> int:
        """The most rounds that are drawn."""
        return int(self.most_rounds if self.rounds == "auto" else self.rounds)

    @property
    def only_variance(self) -> bool:
        """Whether no draw needs to be listed as long as the variance is known."""
        return list(self.checks) == ["variance"]


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
    if p is not None and "rounds" in checks and design not in IN_PHASES:
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


def _at_least(number: object, least: int, name: str, more: str = "") -> None:
    whole = is_whole(number) or (isinstance(number, float) and number.is_integer())
    if not whole or not least <= number <= MOST:  # type: ignore[operator]
        raise InvalidProblemError(
            f"{name} is {in_one_line(number)}; give a whole number from {least} on{more}"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)
