"""A black box that draws, held against what it is said to do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.verify.aggregate_checks import AggregateCheck, VarianceCheck
from roundlot.verify.audit_record import Audit
from roundlot.verify.audit_tally import Tally
from roundlot.verify.budget_check import BudgetCheck
from roundlot.verify.claims import Claims, gather
from roundlot.verify.inclusion_checks import InclusionCheck, SuccessionCheck
from roundlot.verify.rounds_of import Batch, Source, is_design
from roundlot.verify.squared_error import SquaredErrors, predict
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import FALSE_ALARM, MISS, Verdict, check_rate, share
from roundlot.verify.weights_check import WeightsCheck

CHECKS = ("inclusion", "weights", "aggregate", "variance", "budget", "rounds")
DISCREPANCY = 0.05
MOST_ROUNDS = 1_000_000
_LEAST_ROUNDS = 1_000
_FIRST = 256
_BATCH_ENTRIES = 4_000_000
_LARGEST_BATCH = 8_192
# A design that is simulated costs something to prepare at every call, and lists no draws.
_SIMULATED = 4_096
Progress = Callable[[int, int], None]


def audit(
    sampler: Any,
    *,
    claimed: Any = None,
    weights: npt.ArrayLike | None = None,
    updates: Any = None,
    problem: Any = None,
    budget: float | None = None,
    budget_rule: str = "average",
    design: str | None = "independent",
    n_clients: int | None = None,
    form: str = "auto",
    replacement: bool = False,
    checks: Sequence[str] = CHECKS,
    rounds: int | str = "auto",
    most_rounds: int = MOST_ROUNDS,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    stop_early: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Draw from a sampler until it is known whether it does what it claims.

    All checks share ``false_alarm``, may be read after every batch, and stop the audit as soon as
    one of them refuses. A fault of the sampler (an exception, an index out of range, a repeated
    index, a changed shape) is a verdict, not an exception.

    Args:
        sampler: a callable that draws one round (see `roundlot.verify.samplers`), or a `Design`.
        claimed: inclusion probabilities ``(V,)`` or ``(V, S)``, or a record with
            ``probabilities``. Without them probabilities are estimated, with intervals.
        weights: ``(V,)`` or ``(V, S)``, what full participation would give everybody: the mean of
            the aggregation weights that the sampler returns must be this.
        updates: weighted updates, one ``(V, dim)`` table per model, or an `Updates` record: for
            aggregates, and for the variance.
        problem: a `Problem`: its budget and scores are used, and its optimum is solved for.
        budget: most draws of a round; ``budget_rule`` says "average" or "every draw".
        design: "independent" or "turns", how draws are claimed to be coupled: predicts the
            variance. None for anything else: the variance is then reported, not judged.
        n_clients: ``V``, if nothing else says it (one model).
        form: how to read a draw, "auto" by default.
        replacement: repeated indices are meant; a claimed probability is that of being drawn at
            least once, and weights of repeats add up.
        checks: which checks to make.
        rounds: how many, or "auto": as many as the discrepancy needs, up to ``most_rounds``.
        discrepancy: relative error that a supporting verdict must rule out.
        false_alarm, miss: error rates of the whole audit.
        stop_early: stop at the first refusal.
        seed: of the generators or seeds that the sampler is given.
        progress: called with (rounds done, rounds wanted).

    Raises:
        InvalidProblemError: claims that cannot be true (a NaN, a probability above 1, a sum above
            the budget), arguments outside their range, shapes that differ.
    """
    _refuse(checks, rounds, most_rounds, discrepancy, false_alarm, miss)
    claims = gather(
        sampler,
        claimed=claimed,
        weights=weights,
        updates=updates,
        problem=problem,
        budget=budget,
        budget_rule=budget_rule,
        design=getattr(sampler, "name", design) if is_design(sampler) else design,
        form=form,
        n_clients=n_clients,
    )
    began = time.perf_counter()
    source = Source(sampler, claims.layout, seed=seed, replacement=replacement)
    seeded = source.repeatable()
    errors = SquaredErrors(claims, source.design, seed)
    prediction = predict(claims) if "variance" in checks else None
    listing = list(checks) != ["variance"] or not errors.by_simulation
    first = source.take(_FIRST) if listing else _empty()
    planned = _plan(
        claims,
        first,
        errors,
        prediction,
        checks=checks,
        rates={"rate": false_alarm, "miss": miss, "discrepancy": discrepancy},
    )
    tally = Tally(claims, errors, known=prediction is not None)
    limit = int(rounds) if rounds != "auto" else int(most_rounds)
    done = 0
    batch = first
    while True:
        # The first batch was drawn to see what kind of sampler this is; it counts like any other.
        batch = _cut(batch, limit - done) if done + batch.rounds > limit else batch
        for check in planned:
            check.update(batch)
        tally.update(batch)
        done += batch.rounds
        wanted = limit if rounds != "auto" else _wanted(planned, limit)
        if progress is not None:
            progress(done, wanted)
        refused = stop_early and any(check.refuted for check in planned)
        if source.fault or done >= wanted or refused:
            break
        size = _next_size(done, claims) if listing else max(done, _SIMULATED)
        size = min(size, wanted - done)
        batch = source.take(size) if listing else _blank(done, size)
    verdicts = [*_soundness(source, tally, claims, false_alarm), *(c.verdict() for c in planned)]
    if not planned and source.fault is None:
        verdicts.append(_nothing_tested(done))
    budget_check = next((c for c in planned if isinstance(c, BudgetCheck)), None)
    return Audit(
        verdicts=tuple(verdicts),
        facts=tally.facts(
            source,
            reproducible=seeded,
            seconds=time.perf_counter() - began,
            budget_kept=budget_check.kept if budget_check and done else None,
            variance_predicted=None if prediction is None else prediction[0],
            variance=_simulated_variance(planned) if errors.by_simulation else None,
            interval_miss=miss,
            listed=listing,
        ),
        false_alarm=false_alarm,
        notes=tuple(tally.notes(source, planned, verdicts)),
    )


def _plan(
    claims: Claims,
    first: Batch,
    errors: SquaredErrors,
    prediction: tuple[float, float] | None,
    *,
    checks: Sequence[str],
    rates: dict[str, float],
) -> list[StreamingCheck]:
    """The checks that these claims and this kind of draw allow; they share the error rate."""
    p, w, stepped = claims.probabilities, claims.weights, first.aggregate is not None
    makers: list[Callable[[float], StreamingCheck]] = []
    rest = {"miss": rates["miss"], "discrepancy": rates["discrepancy"]}
    if p is not None and not stepped:
        if "inclusion" in checks:
            makers.append(lambda rate: InclusionCheck(p, claims.layout, rate=rate, **rest))
        if "rounds" in checks and claims.design != "turns":
            makers.append(lambda rate: SuccessionCheck(p, rate=rate, miss=rest["miss"]))
    if w is not None and first.weight is not None and "weights" in checks:
        makers.append(lambda rate: WeightsCheck(w, p, claims.layout, rate=rate, **rest))
    if stepped and errors.full is not None and "aggregate" in checks:
        makers.append(lambda rate: AggregateCheck(claims, rate=rate, **rest))
    if prediction is not None:
        makers.append(lambda rate: VarianceCheck(errors, *prediction, rate=rate, **rest))
    if claims.budget is not None and not stepped and "budget" in checks:
        limit, rule = claims.budget, claims.budget_rule
        makers.append(lambda rate: BudgetCheck(limit, rule, rate=rate, **rest))
    rate = share(rates["rate"], max(len(makers), 1))
    return [make(rate) for make in makers]


def _soundness(source: Source, tally: Tally, claims: Claims, false_alarm: float) -> list[Verdict]:
    """Exact verdicts: every draw could be read, and draws are not always the same."""
    well = source.fault is None
    verdicts = [
        _exact(
            "draws are well formed" if well else source.fault_kind,
            good=well,
            rounds=tally.rounds,
            detail=source.fault or f"every round read as {source.form}",
        )
    ]
    stuck = tally.stuck(claims, false_alarm)
    if tally.rounds >= 2:
        detail = "every round drew the same" if stuck else ""
        verdicts.append(_exact("draws vary from round to round", not stuck, tally.rounds, detail))
    return verdicts


def _exact(claim: str, good: bool, rounds: int, detail: str) -> Verdict:
    return Verdict(
        claim=claim,
        outcome="supported" if good else "refuted",
        estimate=0.0 if good else 1.0,
        expected=0.0,
        detectable=0.0,
        false_alarm=0.0,
        miss=0.0,
        rounds=rounds,
        statistic=0.0 if good else 1.0,
        threshold=1.0,
        detail=detail,
    )


def _simulated_variance(planned: list[StreamingCheck]) -> float | None:
    check = next((c for c in planned if isinstance(c, VarianceCheck)), None)
    return None if check is None or not check.rounds else check.process.mean * check.mean


def _nothing_tested(rounds: int) -> Verdict:
    return Verdict(
        claim="the sampler does what it claims",
        outcome="inconclusive",
        estimate=math.nan,
        expected=math.nan,
        detectable=math.inf,
        false_alarm=0.0,
        miss=1.0,
        rounds=rounds,
        statistic=0.0,
        threshold=math.inf,
        detail="nothing was claimed, so nothing was tested: the facts are estimates",
    )


def _wanted(planned: list[StreamingCheck], limit: int) -> int:
    most = max((check.needed() for check in planned), default=float(_LEAST_ROUNDS))
    return limit if not math.isfinite(most) else min(limit, max(_LEAST_ROUNDS, math.ceil(most)))


def _next_size(done: int, claims: Claims) -> int:
    """Batches double, up to what fits in memory."""
    layout = claims.layout
    wide = layout.n_pairs + sum(layout.dims or ())
    return max(64, min(done, _LARGEST_BATCH, _BATCH_ENTRIES // wide))


def _empty() -> Batch:
    return _blank(0, 0)


def _blank(start: int, rounds: int) -> Batch:
    """Rounds whose draws are not listed: the variance is simulated by the design itself."""
    none = np.empty(0, dtype=np.int64)
    return Batch(
        start=start,
        rounds=rounds,
        turn=none,
        pair=none,
        weight=None,
        aggregate=None,
        draws=np.zeros(rounds, dtype=np.int64),
    )


def _cut(batch: Batch, rounds: int) -> Batch:
    keep = batch.turn < rounds
    return Batch(
        start=batch.start,
        rounds=rounds,
        turn=batch.turn[keep],
        pair=batch.pair[keep],
        weight=None if batch.weight is None else batch.weight[keep],
        aggregate=None if batch.aggregate is None else tuple(a[:rounds] for a in batch.aggregate),
        draws=batch.draws[:rounds],
    )


def _refuse(
    checks: Sequence[str],
    rounds: int | str,
    most_rounds: int,
    discrepancy: float,
    false_alarm: float,
    miss: float,
) -> None:
    unknown = [name for name in checks if name not in CHECKS]
    if unknown:
        raise InvalidProblemError(f"check {unknown[0]!r} is unknown; choose {', '.join(CHECKS)}")
    if isinstance(rounds, str) and rounds != "auto":
        raise InvalidProblemError(f"rounds is {rounds!r}; give a number or 'auto'")
    for name, number in (("rounds", rounds), ("most_rounds", most_rounds)):
        if not isinstance(number, str) and number < 1:
            raise InvalidProblemError(f"{name} is {number}; give at least 1")
    if not (math.isfinite(discrepancy) and discrepancy > 0.0):
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a number above 0")
    check_rate(false_alarm, "false_alarm")
    check_rate(miss, "miss")
