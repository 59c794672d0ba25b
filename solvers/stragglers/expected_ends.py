"""How long rounds take on average: ``E T = ∫ P(T > t) dt``, the tail integrated, never sampled.

With a heavy tail most of the mean may lie in rounds that no sample holds. For independent workers
``P(last > t) = 1 − Π F_i(t)``. Up to a far moment ``H`` it is integrated as it is; beyond, it is
the sum of the workers' own tails less the chance that several are late at once:

    0 <= Σ_i E (S_i − H)^+ − ∫_H^∞ P(last > t) dt <= Σ_{i<j} P(S_i > H) E (S_j − H)^+

and the workers' own tails are known, for ``E S_i`` is. The bound on the right falls like the square
of a tail, so the answer is good where the mean itself converges slowly.

Exponential times of one unit each give ``E max = H_n μ`` and ``E min = μ/n``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from roundlot.solvers.stragglers.sum_ladder import RATIO, SumLadder
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory.arrays import FloatArray, IntArray

Kind = Literal["max", "min"]
FAR = 1e6  # Times the slowest mean share: beyond, tails are bounded instead of integrated.
NEVER = 1e-17  # a chance that adds nothing to a sum of chances in float64
POINTS = 2**14  # of a bracketed integral between two scales
FEWEST_POINTS = 2000
WORK = 4_000_000  # points times workers between two scales
MOST_KINKS = 30  # Where a law begins the integrand has a corner; quadrature likes to know of some.
EARLY = 1e-3  # a chance to have ended by a moment below which the integrand is as good as 1
MOST_DECADES = 330  # of moments that float64 holds
LEVELS = (1.0 - 1e-6, 0.9999, 0.99, 0.5, 0.01, 1e-4, 1e-6)  # chances that a steep fall may hide
HALVINGS = 60  # of an interval, to where a level is met
PRECISE = 1e-9  # relative to the expected time, in each part


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
    round_: int | None = None,
) -> Seconds:
    """``E min(T, deadline)``, ``T`` the last or first moment at which a share is done.

    Args:
        stragglers: the workers.
        shares: ``(n,)`` units; workers with none are left out.
        kind: "max" for the last, "min" for the first.
        deadline: seconds.
        round_: which round from the start, for slowness that has not settled and for traces in
            order; None: in the long run.
    """
    stragglers = stragglers.in_round(round_)
    measured = stragglers.measured
    if measured is not None:
        busy = shares > 0
        last = measured[:, busy] * shares[busy]
        ends = last.max(axis=1) if kind == "max" else last.min(axis=1)
        value = float(np.minimum(ends, deadline).mean())
        return Seconds(value=value, error=0.0, how="mean of the measured rounds")
    parts = [
        (chance, _independent(calm, shares, kind, deadline))
        for chance, calm in stragglers.conditions(round_)
    ]
    if len(parts) == 1:
        return parts[0][1]
    return Seconds(
        value=sum(chance * one.value for chance, one in parts),
        error=sum(chance * one.error for chance, one in parts),
        how=parts[0][1].how,
    )


def _independent(stragglers: Stragglers, shares: IntArray, kind: Kind, deadline: float) -> Seconds:
    crew = _Crew.of(stragglers, shares)
    points = crew.moments()
    if points is not None:
        inside = np.append(points[points < deadline], min(deadline, float(points[-1])))
        left = np.concatenate(([0.0], inside[:-1]))
        widths = np.diff(np.concatenate(([0.0], inside)))
        value = float(_end(crew.late(left), kind) @ widths)
        return Seconds(value=value, error=0.0, how="exact sum")
    scales = crew.scales(deadline, kind)
    if crew.formula:
        return _quadrature(crew, scales, kind, deadline)
    return _bracketed(crew, scales, kind, deadline)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Crew:
    """The workers that have something to do: mean seconds of a unit (m,), units (m,)."""

    stragglers: Stragglers
    seconds: FloatArray
    units: IntArray

    @classmethod
    def of(cls, stragglers: Stragglers, shares: IntArray) -> _Crew:
        busy = shares > 0
        crew = replace(
            stragglers,
            seconds=stragglers.seconds[busy],
            law=stragglers.law.of(np.flatnonzero(busy)),
        )
        return cls(stragglers=crew, seconds=crew.seconds, units=shares[busy])

    @property
    def whole(self) -> FloatArray:
        """``(m,)``, mean seconds of the shares."""
        return self.seconds * self.units

    @property
    def one_factor(self) -> bool:
        """Whether a share takes a random factor times its mean."""
        return self.stragglers.per == "step" or bool((self.units == 1).all())

    @property
    def formula(self) -> bool:
        """Whether the chances have one."""
        return self.one_factor or self.stragglers.law.sum_cdf(1, 1.0) is not None

    def moments(self) -> FloatArray | None:
        """All moments at which a share can be done, if they are finitely many and known."""
        law = self.stragglers.law
        if law.support is None or not (self.one_factor or law.variance == 0.0):
            return None
        values = law.support if law.support.ndim == 2 else law.support[:, None]
        return np.unique(self.whole * values)

    def late(self, t: FloatArray) -> FloatArray:
        """``(*t.shape, m)``, chances that a share is not done, by a formula."""
        law, x = self.stragglers.law, t[..., None] / self.seconds
        if self.one_factor:
            return np.asarray(1.0 - law.cdf(x / self.units))
        done = law.sum_cdf(self.units, x)
        assert done is not None
        return np.asarray(1.0 - done)

    def rest(self, t: float) -> FloatArray:
        """``(m,)``, at least ``E (S − t)^+``: ``Σ (X_j − t/k)^+`` is above it; equal for one."""
        return np.asarray(self.whole * self.stragglers.law.excess(t / self.whole))

    def scales(self, deadline: float, kind: Kind) -> FloatArray:
        """Moments from 0, each several times the one before, to the deadline or far enough.

        The first belongs to the worker that decides: the slowest for the last end, the fastest for
        the first end.
        """
        law, largest = self.stragglers.law, float(self.whole.max())
        found = [0.0, 0.25 * (largest if kind == "max" else float(self.whole.min()))]
        while found[-1] < FAR * largest:
            # S > t needs a unit above t/k.
            each = 1.0 - law.cdf(found[-1] / self.whole)
            if float(self.units @ each) < NEVER:
                break
            found.append(found[-1] * RATIO)
        inside = [t for t in found if t < deadline]
        return np.array([*inside, deadline] if math.isfinite(deadline) else inside)


def _end(late: FloatArray, kind: Kind) -> FloatArray:
    """Chance that the last (first) of the workers, along the last axis, is late."""
    value = 1.0 - (1.0 - late).prod(axis=-1) if kind == "max" else late.prod(axis=-1)
    return np.asarray(value)


def _tail(late: FloatArray, rest: FloatArray, kind: Kind) -> tuple[float, float]:
    """Bounds on ``∫_H^∞ P(end > t) dt``, from chances at ``H`` and the workers' own tails."""
    if kind == "max" or late.size == 1:
        several = 0.5 * float(late.sum() * rest.sum() - late @ rest)
        return max(float(rest.sum()) - several, float(rest.max())), float(rest.sum())
    others = [np.delete(late, i).prod() for i in range(late.size)]
    return 0.0, float(np.min(rest * np.array(others)))


def _quadrature(crew: _Crew, scales: FloatArray, kind: Kind, deadline: float) -> Seconds:
    from scipy.integrate import quad

    def integrand(t: float) -> float:
        return float(_end(crew.late(np.asarray(t)), kind))

    edges = _edges(crew, scales, kind)
    late = _end(crew.late(edges), kind)
    widths = np.diff(edges)
    lows, highs = widths * late[1:], widths * late[:-1]  # the integrand falls
    total = error = 0.0
    for k, (low, high) in enumerate(pairwise(edges.tolist())):
        # With full_output a part that is not precise enough says so by its error alone.
        part, doubt = quad(
            integrand, low, high, limit=400, epsabs=PRECISE * float(lows.sum()), full_output=1
        )[:2]
        total += float(np.clip(part, lows[k], highs[k]))
        error += min(doubt, float(highs[k] - lows[k]))
    if math.isinf(deadline):
        last = float(scales[-1])
        least, most = _tail(crew.late(np.asarray(last)), crew.rest(last), kind)
        total, error = total + 0.5 * (least + most), error + 0.5 * (most - least)
    return Seconds(value=total, error=error, how="tail integrated")


def _edges(crew: _Crew, scales: FloatArray, kind: Kind) -> FloatArray:
    """Where quadrature starts anew: at scales, corners, and where the chance meets a level.

    Between two of them the integrand is tame, be it all near 0 or within a hair of one moment.
    """
    first = float(scales[1])
    for _ in range(MOST_DECADES):
        if 1.0 - float(_end(crew.late(np.asarray(first)), kind)) <= EARLY:
            break
        first /= RATIO
        scales = np.insert(scales, 1, first)
    kinks = np.unique(crew.whole * float(crew.stragglers.law.quantile(0.0)))[:MOST_KINKS]
    edges = np.unique(np.concatenate((scales, kinks[kinks < scales[-1]])))
    late = _end(crew.late(edges), kind)
    levels = np.array([p for p in LEVELS if late[-1] < p < late[0]])
    place = np.searchsorted(-late, -levels)  # the first edge at or below the level
    low, high = edges[place - 1], edges[place]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = _end(crew.late(middle), kind) > levels
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.unique(np.concatenate((edges, high)))


def _bracketed(crew: _Crew, scales: FloatArray, kind: Kind, deadline: float) -> Seconds:
    """By lattices: sums of lower and of upper bounds, and trapezes between them."""
    law, n = crew.stragglers.law, crew.units.size
    ladder = SumLadder.of(law, crew.units.tolist(), float(scales[-1] / crew.seconds.min()))
    points = int(np.clip(WORK // n, FEWEST_POINTS, POINTS))
    ends, several, own = np.zeros(3), np.zeros(3), np.zeros((3, n))
    for low, high in pairwise(scales):
        t = np.linspace(low, high, points + 1)
        none, total = np.ones((3, t.size)), np.zeros((3, t.size))
        for i, (second, units) in enumerate(zip(crew.seconds, crew.units, strict=True)):
            late = ladder.late(int(units), t / second)
            own[:, i] += _areas(late, t)
            none *= (1.0 - late) if kind == "max" else late
            total += late
        end = 1.0 - none if kind == "max" else none
        ends += _areas(end, t)
        several += _areas(np.maximum(total - end, 0.0), t)
    if math.isfinite(deadline):
        return _between(ends, "bracketed integral")
    last = float(scales[-1])
    late = np.array([ladder.late(int(k), np.array([last / s]))[:, 0] for s, k in _pairs(crew)]).T
    most = np.minimum(crew.rest(last), np.maximum(crew.whole - own[0], 0.0))
    least = np.where(crew.units == 1, most, np.clip(crew.whole - own[2], 0.0, most))
    rest = np.clip(crew.whole - own[1], least, most)
    if kind == "min" and n > 1:
        beyond = _tail(late[2], most, kind)[1]
        return _between(ends + beyond * np.array([0.0, 0.5, 1.0]), "tail bounded")
    together = 0.5 * float(late[2].sum() * most.sum() - late[2] @ most)
    low_, high_ = ends[0] + least.sum() - together, ends[2] + most.sum()
    # The same from the other side: all workers' means, less the time that several are late at once.
    whole = float(crew.whole.sum())
    low_ = max(low_, whole - several[2] - together)
    high_ = min(high_, whole - several[0])
    middle = float(np.clip(ends[1] + rest.sum() - 0.5 * together, low_, high_))
    return _between(np.array([low_, middle, high_]), "tail integrated")


def _pairs(crew: _Crew) -> list[tuple[float, int]]:
    return list(zip(crew.seconds.tolist(), crew.units.tolist(), strict=True))


def _areas(bounds: FloatArray, t: FloatArray) -> FloatArray:
    """``(3,)`` integrals of what falls: by its right ends, by trapezes, by its left ends."""
    step = t[1] - t[0]
    low, middle, high = bounds
    trapezes = float(middle.sum() - 0.5 * (middle[0] + middle[-1]))
    sums = [float(low[1:].sum()), trapezes, float(high[:-1].sum())]
    return np.asarray(np.array(sums) * step)


def _between(found: FloatArray, how: str) -> Seconds:
    low, value, high = (float(x) for x in found)
    return Seconds(value=value, error=max(value - low, high - value, 0.0), how=how)


def late_by_formula(
    stragglers: Stragglers, shares: IntArray, kind: Kind
) -> Callable[[FloatArray], FloatArray]:
    """``t -> P(T > t)``, of the shape of ``t``, for laws with a formula."""
    crew = _Crew.of(stragglers, shares)
    return lambda t: _end(crew.late(np.asarray(t, dtype=np.float64)), kind)
