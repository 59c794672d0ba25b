"""Straggler models: how long each worker takes for each unit of work, as frozen records.

A unit is a mini-batch. Worker ``i`` takes ``seconds_i`` times a random factor of mean 1, drawn anew
for every mini-batch, or once for a whole step: then all units of a worker's step share the factor.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.laws import NEAR, Law, make_law
from roundlot.solvers.stragglers.mixture import Mixture
from roundlot.solvers.stragglers.slowness import Slowness
from roundlot.solvers.stragglers.sums import SumLaws
from roundlot.solvers.stragglers.traces import Trace
from roundlot.solvers.stragglers.uniforms import uniform
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.kinds import as_annotated
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position, fields_by_position

Per = Literal["step", "mini-batch"]


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class Stragglers:
    """Workers and the law of their compute times.

    Attributes:
        seconds: ``(n,)``, mean seconds of a worker's unit of work, finite and above 0.
        law: of the random factor, mean 1.
        per: whether the factor is drawn for every "mini-batch" or once for every "step".
        slowness: spells of slow steps and shocks, for times per step; then ``seconds`` are those of
            a fast worker in a round without a shock. None: rounds are independent.

    Raises:
        InvalidProblemError: no workers, a time that is not finite and above 0, an unknown ``per``,
            slowness of single mini-batches.
    """

    seconds: FloatArray = field(repr=False)
    law: Law
    per: Per = "mini-batch"
    slowness: Slowness | None = None

    def __post_init__(self) -> None:
        seconds = numbers_or_nan(self.seconds, "seconds")
        if seconds.ndim != 1 or not seconds.size:
            raise InvalidProblemError(f"seconds has shape {seconds.shape}; give one per worker")
        wrong = np.flatnonzero(~(np.isfinite(seconds) & (seconds > 0.0)))
        if wrong.size:
            raise InvalidProblemError(
                f"worker {wrong[0]} takes {seconds[wrong[0]]} seconds for a unit of work; give a "
                "finite number above 0, or leave the worker out"
            )
        require_choice(self.per, "per", get_args(Per))
        if self.slowness is not None and self.per != "step":
            raise InvalidProblemError(
                "slowness stays for a whole step and times are drawn per mini-batch; give "
                'per = "step", or take the slowness out'
            )
        if isinstance(self.law, Trace):
            _require_own_rounds(self.law, seconds.size, self.per, self.slowness)
        seconds.flags.writeable = False
        object.__setattr__(self, "seconds", seconds)

    @property
    def workers(self) -> int:
        """``n``."""
        return int(self.seconds.size)

    @as_annotated
    def draw(self, rounds: int, units: int, *, seed: int = 0, start: int = 0) -> FloatArray:
        """``(rounds, n, units)``, seconds of every unit.

        Round ``r`` is a function of ``seed``, ``start + r`` and ``units`` alone, in any chunking.

        Raises:
            InvalidProblemError: a negative number, a seed outside ``[0, 2^64)``.
        """
        for name, value in (("rounds", rounds), ("units", units), ("start", start)):
            if value < 0:
                raise InvalidProblemError(f"{name} is {value}; give at least 0")
        if isinstance(self.law, Trace):
            factor = self._traced(self.law, rounds, seed, start)[:, :, None]
        else:
            each = units if self.per == "mini-batch" else min(units, 1)
            chance = uniform(rounds, self.workers * each, seed=seed, start=start)
            factor = self.law.quantile(chance).reshape(rounds, self.workers, each)
        if self.slowness is not None:
            slow = self.slowness.factors(rounds, self.workers, seed=seed, start=start)
            factor = factor * slow[:, :, None]
        return np.asarray(np.broadcast_to(factor, (rounds, self.workers, units)) * self._column)

    def _traced(self, trace: Trace, rounds: int, seed: int, start: int) -> FloatArray:
        """``(rounds, n)`` factors of measured rounds."""
        if trace.order == "in order":
            return trace.rows(np.arange(start, start + rounds))
        if trace.order == "independent":
            return trace.quantile(uniform(rounds, self.workers, seed=seed, start=start))
        chance = uniform(rounds, 1, seed=seed, start=start)[:, 0]
        return trace.rows(np.floor(chance * len(trace.factors)).astype(np.int64))

    @property
    def measured(self) -> FloatArray | None:
        """``(R, n)`` seconds of a unit in measured rounds that are taken whole; else None."""
        if isinstance(self.law, Trace) and self.law.together:
            return np.asarray(self.law.factors * self.seconds)
        return None

    def in_round(self, round_: int | None) -> Stragglers:
        """Who they are in a round of a trace that is taken in order; else as they are."""
        trace = self.law
        if round_ is None or not isinstance(trace, Trace) or trace.order != "in order":
            return self
        factors = trace.rows(np.array([round_]))
        known = Trace(factors=np.ones_like(factors), order=trace.order)
        return replace(self, seconds=self.seconds * factors[0], law=known)

    def conditions(self, round_: int | None = None) -> tuple[tuple[float, Stragglers], ...]:
        """What a round may be like, with chances; in each the workers are independent.

        Args:
            round_: which round from the stated start; None: one in the long run.
        """
        slowness = self.slowness
        if self.measured is not None:
            raise InvalidProblemError("workers of measured rounds are not independent")
        if slowness is None:
            return ((1.0, self),)
        share = slowness.chance_slow(round_)
        law, seconds = self.law, self.seconds
        if share > 0.0 and slowness.factor > 1.0:
            law = Mixture(base=law, factor=slowness.factor, share=share)
            seconds = seconds * law.unit
        calm = Stragglers(seconds=seconds, law=law, per=self.per)
        if slowness.shock == 0.0:
            return ((1.0, calm),)
        shocked = Stragglers(seconds=seconds * slowness.shock_factor, law=law, per=self.per)
        return (1.0 - slowness.shock, calm), (slowness.shock, shocked)

    def memoryless(self, round_: int | None = None) -> Stragglers:
        """Workers whose rounds are independent, each with the law of that one round."""
        if isinstance(self.law, Trace) and self.law.together:
            return replace(self, law=replace(self.law, order="rounds"))
        if self.slowness is None:
            return self
        return replace(self, slowness=self.slowness.memoryless(round_))

    @as_annotated
    def finish(self, rounds: int, units: int, *, seed: int = 0, start: int = 0) -> FloatArray:
        """``(rounds, n, units)``, the moments at which every unit is done; as `draw`."""
        return np.cumsum(self.draw(rounds, units, seed=seed, start=start), axis=2)

    @as_annotated
    def reach(self, most: int, horizon: float) -> Reach:
        """How likely each worker has done ``k <= most`` units at moments up to ``horizon``."""
        scaled = horizon / float(self.seconds.min())
        sums = None
        if self.per == "mini-batch" and most > 0:
            sums = SumLaws.of(self.law, most, scaled)
        return Reach(stragglers=self, most=most, sums=sums)

    @property
    def _column(self) -> FloatArray:
        return np.asarray(self.seconds[:, None])


def _require_own_rounds(trace: Trace, workers: int, per: str, slowness: Slowness | None) -> None:
    if trace.factors.shape[1] != workers:
        raise InvalidProblemError(
            f"the trace has {trace.factors.shape[1]} workers and there are {workers}"
        )
    if per != "step":
        raise InvalidProblemError('a trace has a time for every round; give per = "step"')
    if slowness is not None:
        raise InvalidProblemError("a trace has slow rounds of its own; take the slowness out")


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """``P(worker i has done k units at t)``, exact where a formula is known, else in a bracket."""

    stragglers: Stragglers
    most: int
    sums: SumLaws | None = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether a formula is known."""
        return self.sums is None or self.sums.tables is None

    def at(self, t: npt.ArrayLike) -> FloatArray:
        """``(*t.shape, n, most + 1)`` probabilities."""
        x = np.asarray(t, dtype=np.float64)[..., None] / self.stragglers.seconds
        return self._per_step(x) if self.sums is None else self.sums.at(x)

    def bracket(self, t: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds on `at`."""
        x = np.asarray(t, dtype=np.float64)[..., None] / self.stragglers.seconds
        if self.sums is None:
            value = self._per_step(x)
            return value, value
        return self.sums.bracket(x)

    def _per_step(self, x: FloatArray) -> FloatArray:
        law = self.stragglers.law
        done = [law.cdf(x / count) for count in range(1, self.most + 1)]
        return np.stack([np.ones(x.shape), *done], axis=-1)


@by_position()
def stragglers_from_speed(
    speed: npt.ArrayLike,
    *,
    samples: float = 1.0,
    model: str = "exponential",
    per: Per = "mini-batch",
    shift: float | None = None,
    shape: float | None = None,
    measured: npt.ArrayLike | None = None,
) -> Stragglers:
    """Workers of these speeds.

    Args:
        speed: ``(n,)``, samples per second.
        samples: in a unit of work.
        model, shift, shape: as in `make_law`.
        measured: ``(k,)``, as in `make_law`.
        per: "mini-batch" or "step".

    Raises:
        InvalidProblemError: a speed that is not finite and above 0, and as `make_law`.
    """
    rates = numbers_or_nan(speed, "speed").reshape(-1)
    wrong = np.flatnonzero(~(np.isfinite(rates) & (rates > 0.0)))
    if wrong.size:
        raise InvalidProblemError(
            f"worker {wrong[0]} has speed {rates[wrong[0]]:g}: it never finishes anything; give a "
            "finite speed above 0, or leave the worker out"
        )
    law = make_law(model, shift=shift, shape=shape, measured=measured)
    return Stragglers(seconds=samples / rates, law=law, per=per)


def checked_shares(shares: npt.ArrayLike, workers: int) -> IntArray:
    """``(n,)`` units planned for each worker: whole numbers, none negative, not all 0.

    Raises:
        InvalidProblemError: otherwise.
    """
    table = numbers_or_nan(shares, "shares")
    whole = table.shape == (workers,) and np.all(table == np.floor(table)) and np.all(table >= 0)
    if not whole or not table.any():
        raise InvalidProblemError(
            f"shares must be {workers} whole numbers of at least 0, not all of them 0"
        )
    return np.asarray(table, dtype=np.int64)


def counts_by(finish: FloatArray, moments: FloatArray, shares: IntArray) -> IntArray:
    """``(R, n)``, planned units done at ``moments`` (R,), from ``finish`` (R, n, units)."""
    limit = moments[:, None, None] * (1.0 + NEAR)
    planned = np.arange(finish.shape[2])[None, None, :] < shares[None, :, None]
    return np.asarray(np.sum((finish <= limit) & planned, axis=2), dtype=np.int64)
