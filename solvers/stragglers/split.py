"""How many units of a global batch each worker gets: three splits, judged alike.

- `proportional_split`: to speed, rounded by largest remainders.
- `equalised_split`: unit after unit to the worker who would finish soonest with it: for times
  without chance this makes the last finish earliest.
- `best_split`: a mixed-integer program over drawn rounds (sample average), solved by HiGHS, with
  its lower bound; the answer is judged afterwards apart from the sample, which flatters it: by the
  expected seconds of a full wait, or on fresh rounds at a deadline.

`best_plan` takes each of them with the best deadline for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.stragglers.deadline import BestDeadline, best_deadline
from roundlot.solvers.stragglers.expected_ends import expected_end
from roundlot.solvers.stragglers.round_ends import Deadline, FullWait
from roundlot.solvers.stragglers.split_program import Program, deadline_program, full_wait_program
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import warn
from roundlot.theory.kinds import is_whole
from roundlot.theory.positions import by_position

SAMPLES = 60  # rounds in a program: HiGHS ends in seconds
SAMPLES_OF_STEPS = 400  # When a worker's units all take equally long the program is small.
FRESH = 20_000  # rounds that judge a split: a standard error below 1 %
TIME_LIMIT = 20.0  # seconds
CONTRADICTION = 1e-6  # relative, by which HiGHS's bound may be above its own answer: its tolerance


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """A split of the batch.

    Attributes:
        shares: ``(n,)`` units.
        method: what found it.
        deadline: seconds; infinite for a full wait.
        value: on the sample, what the program makes small: seconds to the last finish for a full
            wait, ``E[1/N]`` at a deadline. NaN for the splits that know no sample.
        lower_bound: no split has less on the sample. NaN likewise.
        fresh, fresh_error: the same apart from the sample: expected seconds of a full wait, the
            tail integrated, and how far off they may be; at a deadline the mean over fresh rounds,
            and its standard error.
        samples: rounds in the sample.
    """

    shares: IntArray = field(repr=False)
    method: str
    deadline: float
    value: float
    lower_bound: float
    fresh: float
    fresh_error: float
    samples: int = 0

    @property
    def gap(self) -> float:
        """Relative distance of the value from its bound."""
        return max(0.0, self.value / self.lower_bound - 1.0) if self.lower_bound > 0 else math.inf


def proportional_split(stragglers: Stragglers, batch: int) -> IntArray:
    """``(n,)`` units in proportion to speed, by largest remainders; they add up to ``batch``."""
    _check_batch(batch)
    speed = 1.0 / stragglers.seconds
    wanted = batch * speed / speed.sum()
    shares = np.floor(wanted).astype(np.int64)
    left = batch - int(shares.sum())
    shares[np.argsort(shares - wanted, kind="stable")[:left]] += 1
    return np.asarray(shares)


def equalised_split(stragglers: Stragglers, batch: int) -> IntArray:
    """``(n,)`` units, adding up to ``batch``, that make the last mean finish earliest."""
    _check_batch(batch)
    shares = np.zeros(stragglers.workers, dtype=np.int64)
    for _ in range(batch):
        shares[np.argmin((shares + 1) * stragglers.seconds)] += 1
    return shares


def even_split(stragglers: Stragglers, batch: int) -> IntArray:
    """``(n,)`` units, as equal as can be."""
    _check_batch(batch)
    n = stragglers.workers
    return np.asarray(batch // n + (np.arange(n) < batch % n), dtype=np.int64)


@by_position()
def best_split(
    stragglers: Stragglers,
    batch: int,
    *,
    deadline: float = math.inf,
    samples: int | None = None,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    least: int = 0,
) -> Split:
    """The best split on a sample of rounds.

    Without a deadline it makes the mean last finish earliest; with one, the mean of ``1/N`` least,
    an empty round counting as ``1/N = 2``.

    Args:
        stragglers: the workers.
        batch: ``B``, units in all.
        deadline: seconds.
        samples: rounds drawn for the program; by default as many as it can take.
        seed: of the sample; fresh rounds come from another.
        time_limit: seconds for the program.
        least: units that every worker gets at least; 1 keeps Horvitz-Thompson possible.

    Raises:
        InvalidProblemError: a batch, sample or limit out of range.
        InfeasibleError: the least shares do not fit the batch, or in no drawn round anybody
            finishes a unit by the deadline.
        ConvergenceError: the program has no answer within its time, or a bound above it.
    """
    _check_batch(batch)
    if samples is None:
        small = stragglers.per == "step" and math.isinf(deadline)
        samples = SAMPLES_OF_STEPS if small else SAMPLES
    if samples < 1 or not time_limit > 0.0 or least < 0:
        raise InvalidProblemError(
            f"samples is {samples}, time_limit {time_limit}, least {least}: give at least 1 "
            "sample, a time above 0 and a share of at least 0"
        )
    if least * stragglers.workers > batch:
        raise InfeasibleError(
            f"{stragglers.workers} workers with {least} units or more exceed a batch of {batch}"
        )
    Deadline(seconds=deadline)
    finish = stragglers.memoryless().finish(samples, batch, seed=seed)
    if math.isinf(deadline):
        program = full_wait_program(finish, stragglers, batch, least)
    else:
        if not (finish[:, :, 0] <= deadline).any():
            raise InfeasibleError(
                f"the deadline of {deadline:g} s is before anybody finishes in any of {samples} "
                "rounds; lengthen it or make the units smaller"
            )
        program = deadline_program(finish, batch, deadline, least)
    shares, bound = _solved(program, time_limit)
    value = float(_values(finish, shares, deadline).mean())
    if bound > value * (1.0 + CONTRADICTION):
        raise ConvergenceError(
            f"HiGHS claims that no split is below {bound:.9g} and gives one of {value:.9g}; take "
            "other samples, or report this"
        )
    fresh, error = fresh_value(stragglers, shares, deadline=deadline, seed=seed + 1)
    return Split(
        shares=shares,
        method="sample-average MILP",
        deadline=deadline,
        value=value,
        lower_bound=min(bound, value),
        fresh=fresh,
        fresh_error=error,
        samples=samples,
    )


def judged(
    stragglers: Stragglers,
    shares: IntArray,
    method: str,
    *,
    deadline: float = math.inf,
    seed: int = 1,
) -> Split:
    """A given split, judged apart from any sample."""
    fresh, error = fresh_value(stragglers, shares, deadline=deadline, seed=seed)
    return Split(
        shares=shares,
        method=method,
        deadline=deadline,
        value=math.nan,
        lower_bound=math.nan,
        fresh=fresh,
        fresh_error=error,
    )


def fresh_value(
    stragglers: Stragglers,
    shares: IntArray,
    *,
    deadline: float = math.inf,
    seed: int = 1,
    rounds: int = FRESH,
) -> tuple[float, float]:
    """What a split is worth, and how far off that may be.

    Without a deadline the expected last finish, integrated: the mean of drawn rounds would miss the
    tail of a heavy law. With one, the mean over drawn ``rounds`` and its standard error.
    """
    if math.isinf(deadline):
        last = expected_end(stragglers, shares, "max")
        return last.value, last.error
    apart = stragglers.memoryless()  # rounds of a spell are no sample of their law
    chunk = max(1, 2_000_000 // (stragglers.workers * int(shares.max())))
    values = [
        _values(
            apart.finish(min(chunk, rounds - r), int(shares.max()), seed=seed, start=r),
            shares,
            deadline,
        )
        for r in range(0, rounds, chunk)
    ]
    joined = np.concatenate(values)
    return float(joined.mean()), float(joined.std() / math.sqrt(rounds))


def _values(finish: FloatArray, shares: IntArray, deadline: float) -> FloatArray:
    if math.isinf(deadline):
        return FullWait().apply(finish, shares).seconds
    total = Deadline(seconds=deadline).apply(finish, shares).counts.sum(axis=1)
    return np.where(total > 0, 1.0 / np.maximum(total, 1), 2.0)


def _solved(program: Program, time_limit: float) -> tuple[IntArray, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    result = milp(
        program.cost,
        integrality=program.whole,
        bounds=Bounds(program.lowest, program.highest),
        constraints=LinearConstraint(program.rows, program.least, program.most),
        options={"time_limit": time_limit, "mip_rel_gap": 1e-4},
    )
    if result.x is None:
        raise ConvergenceError(
            f"HiGHS found no split within the time limit of {time_limit:g} s; allow more time, or "
            "take fewer samples or mini-batches"
        )
    bound = getattr(result, "mip_dual_bound", None)
    return program.shares(result.x), -math.inf if bound is None else float(bound)


def _check_batch(batch: int) -> None:
    if not is_whole(batch) or batch < 1:
        raise InvalidProblemError(f"batch is {batch!r}; give a whole number of at least 1 unit")


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
        warn(f"{error}; the best of the simple splits is taken")
    allowed = [c for c in candidates if c.split.shares.min() >= least]
    best = min(allowed, key=lambda c: c.deadline.value)
    return Plan(candidates=tuple(candidates), best=best)
