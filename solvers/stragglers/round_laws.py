"""What an end of rounds does to these workers, on average: a round's length and the units done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.counts import (
    Counts,
    IndependentCounts,
    MixedCounts,
    SampledCounts,
)
from roundlot.solvers.stragglers.expected_ends import Seconds, expected_end, late_by_formula
from roundlot.solvers.stragglers.round_ends import Deadline, FastestWorker, FullWait, RoundEnd
from roundlot.solvers.stragglers.times import Reach, Stragglers, checked_shares
from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.kinds import as_annotated
from roundlot.theory.positions import by_position
from roundlot.theory.text import short_repr

SAMPLE = 60_000  # rounds: standard errors of a few thousandths, in about a second
SAMPLE_SEED = 0x5EED


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundLaw:
    """A rule on these workers.

    Attributes:
        rule: when the round ends.
        shares: ``(n,)`` units planned.
        seconds: ``E T``, computing only.
        counts: the law of the units done: exact and independent for a deadline and a full wait, a
            sample of rounds for the fastest worker, whose end makes the counts dependent.
    """

    rule: RoundEnd
    shares: IntArray
    seconds: Seconds
    counts: Counts = field(repr=False)

    __repr__ = short_repr

    @property
    def planned(self) -> int:
        """``B``, units planned in all."""
        return int(self.shares.sum())

    @as_annotated
    def seconds_per_information(self, communication: float = 0.0) -> float:
        """``(E T + communication) E[1/N | N >= 1] / P(N >= 1)``: seconds × variance of a step.

        An empty round takes its time and makes no step, so a step costs ``1/P(N >= 1)`` rounds.
        """
        somebody = 1.0 - float(self.counts.chance_of_nobody)
        return (self.seconds.value + communication) * float(self.counts.mean_inverse) / somebody


@by_position()
def round_law(
    rule: RoundEnd,
    stragglers: Stragglers,
    shares: npt.ArrayLike,
    *,
    sample: int = SAMPLE,
    round_: int | None = None,
) -> RoundLaw:
    """The law of a round.

    Args:
        rule: `Deadline`, `FastestWorker` or `FullWait`.
        stragglers: the workers.
        shares: ``(n,)`` units planned for each.
        sample: rounds drawn where the counts depend on each other.
        round_: which round from the start, for slowness that has not settled and for traces in
            order; None: in the long run.

    Raises:
        InvalidProblemError: malformed shares, a rule of another kind, a sample without rounds.
        InfeasibleError: a deadline before anybody can finish a unit.
    """
    if sample < 1 or (round_ is not None and round_ < 0):
        raise InvalidProblemError(
            f"sample is {sample} and round_ {round_}; give at least 1 round, and one from 0"
        )
    planned = checked_shares(shares, stragglers.workers)
    stragglers = stragglers.in_round(round_)
    if isinstance(rule, FullWait):
        counts: Counts = _all_done(planned)
        seconds = expected_end(stragglers, planned, "max", round_=round_)
    elif isinstance(rule, Deadline):
        counts = deadline_counts(stragglers, planned, rule.seconds, round_=round_)
        seconds = expected_end(stragglers, planned, "max", deadline=rule.seconds, round_=round_)
    elif isinstance(rule, FastestWorker):
        seconds = expected_end(stragglers, planned, "min", round_=round_)
        if stragglers.measured is not None:
            counts = _measured_counts(rule, stragglers, planned)
        else:
            drawn = rule.draw(stragglers.memoryless(round_), planned, sample, seed=SAMPLE_SEED)
            counts = SampledCounts(counts=drawn.counts)
    else:
        raise InvalidProblemError(
            f"no law is known for the rule {rule!r}; give a Deadline, FastestWorker or FullWait"
        )
    return RoundLaw(rule=rule, shares=planned, seconds=seconds, counts=counts)


def deadline_counts(
    stragglers: Stragglers, shares: IntArray, deadline: float, *, round_: int | None = None
) -> Counts:
    """Chances of every count at the deadline.

    Raises:
        InfeasibleError: nobody can have done a unit by then.
    """
    if np.isinf(deadline):
        return _all_done(shares)
    stragglers = stragglers.in_round(round_)
    if stragglers.measured is not None:
        return _measured_counts(Deadline(seconds=deadline), stragglers, shares)
    kinds = stragglers.conditions(round_)
    counts = mixed_counts(
        [chance for chance, _ in kinds],
        [counts_at(calm.reach(int(shares.max()), deadline), shares, deadline) for _, calm in kinds],
    )
    if not counts.chance_of_nobody < 1.0:
        calm = kinds[0][1]
        earliest = float(np.min((calm.seconds * calm.law.quantile(0.0))[shares > 0]))
        raise InfeasibleError(
            f"the deadline of {deadline:g} s is before anybody finishes: the first unit takes at "
            f"least {earliest:g} s; lengthen the deadline or make the units smaller"
        )
    return counts


def _measured_counts(rule: RoundEnd, stragglers: Stragglers, shares: IntArray) -> SampledCounts:
    """Counts of all measured rounds.

    Raises:
        InfeasibleError: nobody has done a unit in any of them.
    """
    measured = stragglers.measured
    assert measured is not None
    finish = measured[:, :, None] * np.arange(1, int(shares.max()) + 1)
    counts = rule.apply(finish, shares).counts
    if not counts.any():
        raise InfeasibleError(
            f"nobody finishes anything in any measured round: the first unit takes at least "
            f"{measured[:, shares > 0].min():g} s; lengthen the deadline"
        )
    return SampledCounts(counts=counts, complete=True)


def mixed_counts(chances: Sequence[float], kinds: Sequence[IndependentCounts]) -> Counts:
    """The law of rounds of several kinds; that of the kind itself where there is one."""
    if len(kinds) == 1:
        return kinds[0]
    return MixedCounts(chances=tuple(chances), kinds=tuple(kinds))


def counts_at(reach: Reach, shares: IntArray, moment: float) -> IndependentCounts:
    """Chances of every count at a moment within the reach's horizon, and their bracket."""
    at = np.asarray(moment)
    done = reach.at(at)
    low, high = reach.bracket(at)
    error = float(np.max(np.maximum(high - done, done - low)))
    rows = []
    for worker, share in enumerate(shares):
        falling = np.append(done[worker, : share + 1], 0.0)
        rows.append(np.maximum(falling[:-1] - falling[1:], 0.0))
    return IndependentCounts(masses=tuple(rows), error=error)


def _all_done(shares: IntArray) -> IndependentCounts:
    return IndependentCounts(masses=tuple(np.eye(share + 1)[share] for share in shares))


def chance_late(
    stragglers: Stragglers, shares: IntArray, t: FloatArray, *, reach: Reach
) -> FloatArray:
    """``P(T > t)`` for the last finish ``T``, of the shape of ``t``."""
    if reach.exact:
        return late_by_formula(stragglers, shares, "max")(t)
    busy = np.flatnonzero(shares)
    return np.asarray(1.0 - reach.at(t)[..., busy, shares[busy]].prod(axis=-1))
