"""A black box that draws, held against what it is said to do; in a test suite, one line each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.positions import by_position
from roundlot.verify.audits.claims import Claims, gather
from roundlot.verify.audits.inclusion import BudgetCheck
from roundlot.verify.audits.plan import CHECKS, DISCREPANCY, MOST_ROUNDS, AuditOptions, plan
from roundlot.verify.audits.record import Audit
from roundlot.verify.audits.source import Source, call_style, is_design
from roundlot.verify.audits.streaming import Batch, StreamingCheck, blank, cut, joined
from roundlot.verify.audits.tally import Tally, nothing_tested, soundness
from roundlot.verify.audits.variance import SquaredErrors, VarianceCheck, predict
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS

FIRST = 256  # rounds that show what kind of sampler this is
_LEAST_ROUNDS = 1_000  # so that facts are worth reading even where nothing is claimed
_BATCH_ENTRIES = 500_000  # numbers of a batch, a few MB
_LARGEST_BATCH = 8_192  # rounds; a refusal stops after a batch
# A design that is simulated costs something to prepare at every call, and lists no draws.
_SIMULATED = 4_096
Progress = Callable[[int, int], None]


@by_position()
def audit(
    sampler: Any,
    *,
    claimed: Any = None,
    weights: npt.ArrayLike | None = None,
    updates: Any = None,
    problem: Any = None,
    budget: float | None = None,
    budget_rule: str = "average",
    design: Any = None,
    rarest: float | None = None,
    variance_bound: float | None = None,
    n_clients: int | None = None,
    names: Sequence[Hashable] | None = None,
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
    index, a NaN) is a verdict, not an exception. What cannot be read is an exception: nothing is
    then said of the sampler.

    Args:
        sampler: a callable that draws one round (see `roundlot.verify.audits.source`), or a
            `Design`.
        claimed: inclusion probabilities ``(V,)`` or ``(V, S)``, or a record with
            ``probabilities``. Without them probabilities are estimated, with intervals.
        weights: ``(V,)`` or ``(V, S)``, what full participation would give everybody: the mean of
            the aggregation weights that the sampler returns must be this.
        updates: weighted updates, one ``(V, dim)`` table per model, or an `Updates` record: for
            aggregates, and for the variance.
        problem: a `Problem`: its budget and scores are used, and its optimum is solved for.
        budget: most draws of a round; ``budget_rule`` says "average" or "every draw".
        design: how draws are claimed to be coupled: a name in ``DESIGNS`` ("independent",
            "systematic", ...) or a `Design`; it predicts the variance, and "independent" is tested
            itself. None claims nothing: the variance is then reported, not judged.
        rarest: a stated bound: nobody with a weight is drawn more rarely than this, and no weight
            is above its target over this. Needed to refuse a mean that is too small where
            probabilities are not claimed.
        variance_bound: a stated bound on ``E‖Δ − Σu‖²``, for the mean of an aggregate.
        n_clients: ``V``, if nothing else says it (one model).
        names: of the clients, in order: draws may then hold names instead of indices.
        form: how to read a draw, "auto" by default.
        replacement: repeated indices are meant; a claimed probability is that of being drawn at
            least once, and weights of repeats add up. It does not tell their variance, which is
            then reported, not judged.
        checks: which checks to make.
        rounds: how many, or "auto": as many as the discrepancy needs, up to ``most_rounds``.
        discrepancy: relative error that a supporting verdict must rule out.
        false_alarm, miss: error rates of the whole audit.
        stop_early: stop at the first refusal.
        seed: of the generators or seeds that the sampler is given.
        progress: called with (rounds done, rounds wanted).

    Raises:
        UnreadableDrawError: a round that cannot be read, or could mean two things.
        InvalidProblemError: claims that cannot be true (a NaN, a probability above 1, a sum above
            the budget), arguments outside their range, shapes that differ.
    """
    options = AuditOptions(
        checks=checks,
        rounds=rounds,
        most_rounds=most_rounds,
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
        stop_early=stop_early,
        seed=seed,
    )
    if progress is not None and not callable(progress):
        raise InvalidProblemError(f"progress is a {type(progress).__name__}; give a function")
    if not is_design(sampler):
        call_style(sampler)  # nothing else matters if it cannot be called
    claims = gather(
        sampler,
        claimed=claimed,
        weights=weights,
        updates=updates,
        problem=problem,
        budget=budget,
        budget_rule=budget_rule,
        design=sampler if is_design(sampler) else design,
        form=form,
        n_clients=n_clients,
        replacement=replacement,
        names=names,
        rarest=rarest,
        variance_bound=variance_bound,
    )
    source = Source(sampler, claims.layout, seed=int(seed), replacement=replacement)
    return _made(source, claims, options, progress)


def _made(
    source: Source, claims: Claims, options: AuditOptions, progress: Progress | None
) -> Audit:
    """Predict, plan, draw, judge."""
    began = time.perf_counter()
    errors = SquaredErrors(claims, source.design, int(options.seed))
    prediction = predict(claims) if "variance" in options.checks else None
    listed = not (options.only_variance and errors.by_simulation)
    rounds = Rounds(source, claims, options, listed=listed)
    planned, rate = plan(claims, rounds.first, errors, prediction, options=options)
    tally = Tally(claims, errors)
    rounds.read_until_known(planned, tally, progress)
    verdicts = [
        *soundness(source, tally, rate),
        *(check.verdict() for check in planned),
        *([] if planned or source.fault is not None else [nothing_tested(rounds.done)]),
    ]
    facts = tally.facts(
        source,
        reproducible=source.repeatable(),
        seconds=time.perf_counter() - began,
        budget_kept=_budget_kept(planned) if rounds.done else None,
        variance_predicted=None if prediction is None else prediction.mean,
        variance=_simulated_variance(planned) if errors.by_simulation else None,
        interval_miss=options.miss,
        listed=listed,
    )
    return Audit(
        verdicts=tuple(verdicts),
        facts=facts,
        false_alarm=options.false_alarm,
        notes=tuple(tally.notes(source, planned, verdicts)),
    )


def _budget_kept(planned: list[StreamingCheck]) -> str | None:
    return next((c.kept for c in planned if isinstance(c, BudgetCheck)), None)


def _simulated_variance(planned: list[StreamingCheck]) -> float | None:
    check = next((c for c in planned if isinstance(c, VarianceCheck)), None)
    return None if check is None or not check.rounds else check.process.mean * check.mean


class Rounds:
    """The rounds of an audit: where they come from, and who reads them.

    Attributes:
        listed: whether draws are listed; if not, the design is simulated without.
        done: rounds read so far.
    """

    def __init__(
        self, source: Source, claims: Claims, options: AuditOptions, *, listed: bool
    ) -> None:
        self.source, self.claims, self.options, self.listed = source, claims, options, listed
        self.done = 0
        # Drawn to see what kind of sampler this is; it counts like any other batch.
        self.first = self._first() if listed else blank(0, 0)

    def _first(self) -> Batch:
        """As many rounds as it takes to see somebody drawn."""
        batches = [self.source.take(min(FIRST, self.options.limit))]
        done = batches[0].rounds
        while not self.source.told and self.source.fault is None and done < self.options.limit:
            batches.append(self.source.take(min(done, _LARGEST_BATCH, self.options.limit - done)))
            done += batches[-1].rounds
        return batches[-1] if len(batches) == 1 else joined(batches, self.source.weighted)

    def read_until_known(
        self, planned: Sequence[StreamingCheck], tally: Tally, progress: Progress | None
    ) -> None:
        """Feed the checks until all have what they need, one refuses, or the sampler fails."""
        batch, limit = self.first, self.options.limit
        while True:
            batch = cut(batch, limit - self.done)
            for check in planned:
                check.update(batch)
            tally.update(batch)
            self.done += batch.rounds
            wanted = limit if self.options.rounds != "auto" else _wanted(planned, limit)
            if progress is not None:
                progress(self.done, wanted)
            refused = self.options.stop_early and any(check.refuted for check in planned)
            if self.source.fault or self.done >= wanted or refused:
                return
            batch = self._next(wanted - self.done, tally)

    def _next(self, most: int, tally: Tally) -> Batch:
        if not self.listed:
            return blank(self.done, min(max(self.done, _SIMULATED), most))
        return self.source.take(min(self._size(tally), most))

    def _size(self, tally: Tally) -> int:
        """Batches double, up to what fits in memory."""
        layout = self.claims.layout
        drawn = layout.n_processors if self.source.design is not None else tally.mean_draws
        wide = 1 + math.ceil(drawn) + sum(layout.dims or ())
        return max(64, min(self.done, _LARGEST_BATCH, _BATCH_ENTRIES // wide))


def _wanted(planned: Sequence[StreamingCheck], limit: int) -> int:
    most = max((check.needed() for check in planned), default=float(_LEAST_ROUNDS))
    return limit if not math.isfinite(most) else min(limit, max(_LEAST_ROUNDS, math.ceil(most)))


@by_position()
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


@by_position()
def assert_inclusion(sampler: Any, probabilities: npt.ArrayLike, **options: Any) -> Audit:
    """Fail unless every client is drawn as often as ``probabilities`` (V,) or (V, S) say.

    Raises:
        AssertionError, InvalidProblemError: as `assert_audit`.
    """
    return assert_audit(sampler, claimed=probabilities, checks=("inclusion",), **options)


@by_position()
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


@by_position()
def assert_within_budget(
    sampler: Any, budget: float, *, every_draw: bool = False, **options: Any
) -> Audit:
    """Fail if more than ``budget`` are drawn on average, or, if asked for, in any round.

    Raises:
        AssertionError, InvalidProblemError: as `assert_audit`.
    """
    rule = "every draw" if every_draw else "average"
    return assert_audit(sampler, budget=budget, budget_rule=rule, checks=("budget",), **options)
