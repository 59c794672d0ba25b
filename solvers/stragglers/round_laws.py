"""What an end of rounds does to these workers, on average: a round's length and the units done.

``E T = ∫ P(T > t) dt``. Exponential times of one unit each give ``E max = H_n μ`` and
``E min = μ/n``; in general an exact finite sum (laws with atoms), adaptive quadrature (where the
distribution function is a formula), a bracketed sum, or a mean over drawn rounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.counts import Counts, IndependentCounts, SampledCounts
from roundlot.solvers.stragglers.round_ends import Deadline, FastestWorker, FullWait, RoundEnd
from roundlot.solvers.stragglers.times import Reach, Stragglers, checked_shares
from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.positions import by_position
from roundlot.theory.text import short_repr

Kind = Literal["max", "min"]
SAMPLE = 60_000  # rounds: standard errors of a few thousandths, in about a second
SAMPLE_SEED = 0x5EED
POINTS = 2001  # of a bracketed sum over [0, deadline]
DRAWN = 40_000  # rounds of a drawn mean


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

    def seconds_per_information(self, communication: float = 0.0) -> float:
        """``(E T + communication) E[1/N | N >= 1] / P(N >= 1)``: seconds × variance of a step.

        An empty round takes its time and makes no step, so a step costs ``1/P(N >= 1)`` rounds.
        """
        somebody = 1.0 - float(self.counts.chance_of_nobody)
        return (self.seconds.value + communication) * float(self.counts.mean_inverse) / somebody


@by_position()
def round_law(
    rule: RoundEnd, stragglers: Stragglers, shares: npt.ArrayLike, *, sample: int = SAMPLE
) -> RoundLaw:
    """The law of a round.

    Args:
        rule: `Deadline`, `FastestWorker` or `FullWait`.
        stragglers: the workers.
        shares: ``(n,)`` units planned for each.
        sample: rounds drawn where the counts depend on each other.

    Raises:
        InvalidProblemError: malformed shares, a rule of another kind.
        InfeasibleError: a deadline before anybody can finish a unit.
    """
    planned = checked_shares(shares, stragglers.workers)
    if isinstance(rule, FullWait):
        counts: Counts = _all_done(planned)
        seconds = expected_end(stragglers, planned, "max")
    elif isinstance(rule, Deadline):
        counts = deadline_counts(stragglers, planned, rule.seconds)
        seconds = expected_end(stragglers, planned, "max", deadline=rule.seconds)
    elif isinstance(rule, FastestWorker):
        seconds = expected_end(stragglers, planned, "min")
        drawn = rule.draw(stragglers, planned, sample, seed=SAMPLE_SEED)
        counts = SampledCounts(counts=drawn.counts)
    else:
        raise InvalidProblemError(
            f"no law is known for the rule {rule!r}; give a Deadline, FastestWorker or FullWait"
        )
    return RoundLaw(rule=rule, shares=planned, seconds=seconds, counts=counts)


def deadline_counts(stragglers: Stragglers, shares: IntArray, deadline: float) -> IndependentCounts:
    """Chances of every count at the deadline.

    Raises:
        InfeasibleError: nobody can have done a unit by then.
    """
    if np.isinf(deadline):
        return _all_done(shares)
    counts = counts_at(stragglers.reach(int(shares.max()), deadline), shares, deadline)
    if not counts.chance_of_nobody < 1.0:
        busy = stragglers.seconds[shares > 0].min()
        earliest = busy * float(stragglers.law.quantile(0.0))
        raise InfeasibleError(
            f"the deadline of {deadline:g} s is before anybody finishes: the first unit takes at "
            f"least {earliest:g} s; lengthen the deadline or make the units smaller"
        )
    return counts


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


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """An expected time: ``value``, how far off it may be, and ``how`` it was found."""

    value: float
    error: float
    how: str

    def __str__(self) -> str:
        return f"{self.value:.6g} ± {self.error:.1g} s ({self.how})"


def expected_end(
    stragglers: Stragglers,
    shares: IntArray,
    kind: Kind,
    *,
    deadline: float = math.inf,
    seed: int = 0,
) -> Seconds:
    """``E min(T, deadline)``, ``T`` the last or first moment at which a share is done.

    Args:
        stragglers: the workers.
        shares: ``(n,)`` units; workers with none are left out.
        kind: "max" for the last, "min" for the first.
        deadline: seconds.
        seed: of the rounds that are drawn where there is no formula.
    """
    late = _late(stragglers, shares, kind)
    points = _breakpoints(stragglers, shares)
    if points is not None:
        inside = np.append(points[points < deadline], min(deadline, float(points[-1])))
        left = np.concatenate(([0.0], inside[:-1]))
        widths = np.diff(np.concatenate(([0.0], inside)))
        return Seconds(value=float(late(left) @ widths), error=0.0, how="exact sum")
    if stragglers.per == "step" or stragglers.law.sum_cdf(1, 1.0) is not None:
        return _quadrature(late, float((stragglers.seconds * shares).max()), deadline)
    if math.isfinite(deadline):
        return _bracketed(stragglers, shares, kind, deadline)
    return _drawn(stragglers, shares, kind, seed)


def chance_late(
    stragglers: Stragglers, shares: IntArray, t: FloatArray, *, reach: Reach
) -> FloatArray:
    """``P(T > t)`` for the last finish ``T``, of the shape of ``t``."""
    if reach.exact:
        return _chance_late(_done(stragglers, shares, t), "max")
    busy = np.flatnonzero(shares)
    return _chance_late(reach.at(t)[..., busy, shares[busy]], "max")


def _late(
    stragglers: Stragglers, shares: IntArray, kind: Kind
) -> Callable[[FloatArray], FloatArray]:
    """``t -> P(T > t)``, for laws with a formula."""

    def late(t: FloatArray) -> FloatArray:
        return _chance_late(_done(stragglers, shares, np.asarray(t, dtype=np.float64)), kind)

    return late


def _done(stragglers: Stragglers, shares: IntArray, t: FloatArray) -> FloatArray:
    """``(*t.shape, busy)``, chances that the shares are done."""
    busy = shares > 0
    x, count = t[..., None] / stragglers.seconds[busy], shares[busy]
    if stragglers.per == "step":
        return stragglers.law.cdf(x / count)
    formula = stragglers.law.sum_cdf(count, x)
    assert formula is not None
    return formula


def _breakpoints(stragglers: Stragglers, shares: IntArray) -> FloatArray | None:
    """All moments at which a share can be done, if they are finitely many and known."""
    atoms = stragglers.law.atoms
    if atoms is None or (stragglers.per == "mini-batch" and stragglers.law.variance > 0.0):
        return None
    busy = shares > 0
    whole = stragglers.seconds[busy] * shares[busy]
    return np.unique(whole[:, None] * atoms[None, :])


def _quadrature(late: Callable[[FloatArray], FloatArray], scale: float, deadline: float) -> Seconds:
    from scipy.integrate import quad

    edges = [edge for edge in (0.0, 0.25 * scale, scale, 4.0 * scale) if edge < deadline]
    edges.append(deadline)
    total = error = 0.0
    for low, high in pairwise(edges):
        part, doubt = quad(lambda t: float(late(np.asarray(t))), low, high, limit=400)
        total, error = total + part, error + doubt
    return Seconds(value=total, error=error, how="quadrature")


def _bracketed(stragglers: Stragglers, shares: IntArray, kind: Kind, deadline: float) -> Seconds:
    from scipy.integrate import trapezoid

    t = np.linspace(0.0, deadline, POINTS)
    reach = stragglers.reach(int(shares.max()), deadline)
    busy = np.flatnonzero(shares)
    low, high = (
        _chance_late(bound[:, busy, shares[busy]], kind) for bound in reversed(reach.bracket(t))
    )
    step = t[1]
    least, most = float(low[1:].sum() * step), float(high[:-1].sum() * step)
    middle = _chance_late(reach.at(t)[:, busy, shares[busy]], kind)
    value = float(trapezoid(middle, t))
    return Seconds(value=value, error=max(value - least, most - value), how="bracketed sum")


def _chance_late(done: FloatArray, kind: Kind) -> FloatArray:
    value = 1.0 - done.prod(axis=-1) if kind == "max" else (1.0 - done).prod(axis=-1)
    return np.asarray(value)


def _drawn(stragglers: Stragglers, shares: IntArray, kind: Kind, seed: int) -> Seconds:
    units = int(shares.max())
    chunk = max(1, 2_000_000 // (stragglers.workers * units))
    busy = np.flatnonzero(shares)
    ends = []
    for start in range(0, DRAWN, chunk):
        rounds = min(chunk, DRAWN - start)
        finish = stragglers.finish(rounds, units, seed=seed, start=start)
        last = finish[:, busy, shares[busy] - 1]
        ends.append(last.max(axis=1) if kind == "max" else last.min(axis=1))
    value = np.concatenate(ends)
    finite = math.isfinite(stragglers.law.variance)
    error = float(value.std() / math.sqrt(DRAWN)) if finite else math.inf
    how = f"mean of {DRAWN} rounds" + ("" if finite else ", of infinite variance")
    return Seconds(value=float(value.mean()), error=error, how=how)
