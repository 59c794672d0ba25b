"""Split and deadline together: several splits, each with its best deadline."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from roundlot.solvers.stragglers.deadline import BestDeadline, best_deadline
from roundlot.solvers.stragglers.split import (
    TIME_LIMIT,
    Split,
    best_split,
    equalised_split,
    even_split,
    judged,
    proportional_split,
)
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import ConvergenceError, RoundlotWarning


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A split and the best deadline for it."""

    split: Split
    deadline: BestDeadline


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """The candidates, and the one that makes seconds × variance least.

    Each split carries its own bound and gap (best split for its deadline, on its sample), each
    deadline its own (best deadline for its split); the pair as a whole has no certificate.
    """

    candidates: tuple[Candidate, ...] = field(repr=False)
    best: Candidate


def best_plan(
    stragglers: Stragglers,
    batch: int,
    *,
    communication: float = 0.0,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    least: int = 1,
) -> Plan:
    """Even, proportional, equalised and sample-average splits, each with its best deadline.

    The sample-average split is solved at the proportional split's best deadline. When its program
    has no answer within its time, the others are all there is.

    Args:
        stragglers: the workers.
        batch: ``B``, units in all.
        communication: seconds that every round takes beside computing.
        seed: of the sample.
        time_limit: seconds for each mixed-integer program.
        least: units that every worker gets at least, in the sample-average split and the best.

    Raises:
        InvalidProblemError, InfeasibleError: as `best_split`.
        ConvergenceError: as `best_split`, when no other split gives every worker so much.

    Warns:
        RoundlotWarning: the program has no answer within its time.
    """

    def with_deadline(split: Split) -> Candidate:
        found = best_deadline(stragglers, split.shares, communication=communication)
        return Candidate(split=split, deadline=found)

    makers = {"even": even_split, "proportional": proportional_split, "equalised": equalised_split}
    simple = {name: make(stragglers, batch) for name, make in makers.items()}
    candidates = [
        with_deadline(judged(stragglers, shares, name, seed=seed + 1))
        for name, shares in simple.items()
    ]
    moment = candidates[1].deadline.seconds
    try:
        sampled = best_split(
            stragglers, batch, deadline=moment, seed=seed, time_limit=time_limit, least=least
        )
        candidates.append(with_deadline(sampled))
    except ConvergenceError as error:
        if all(c.split.shares.min() < least for c in candidates):
            raise
        warnings.warn(f"{error}; the best of the simple splits is taken", RoundlotWarning, 2)
    allowed = [c for c in candidates if c.split.shares.min() >= least]
    best = min(allowed, key=lambda c: c.deadline.value)
    return Plan(candidates=tuple(candidates), best=best)
