"""Slowness that stays: workers that are slow for a while, and shocks that hit all at once.

Every worker is a Markov chain of two states: a fast one becomes slow with chance ``begin`` from a
round to the next, a slow one fast with chance ``end``. A slow step takes ``factor`` times as long.
In a round with a shock every worker takes ``shock_factor`` times as long; shocks are independent
of all else. A worker's speed is that of its fast state without a shock.

The mean of one round depends on that round's chances alone, not on how rounds go together: with
``p`` the chance of the slow state, workers are independent given the shock. Horvitz-Thompson is
unbiased in a round if it divides by the expected counts *of that round*: from a stated start these
move with ``p_r = π + (p_0 − π)(1 − begin − end)^r``, and only the stationary ones stay. That
neighbouring rounds are alike changes no mean of a step. Slowness that goes with the gradients does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.stragglers.uniforms import uniform
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.names import require_choice
from roundlot.theory.random_streams import KeyStream

#: In which state the workers are in round 0.
STARTS = ("stationary", "fast", "slow")
MOST_FACTOR = 1e6
BLOCK = 64  # rounds that are looked back on at first


@dataclass(frozen=True, kw_only=True)
class Slowness:
    """Spells of slow steps, worker by worker, and shocks for all.

    Attributes:
        factor: of a slow step's time, at least 1.
        begin, end: chances from a round to the next of a fast worker to become slow and of a slow
            one to become fast; ``begin = 0``: nobody becomes slow.
        start: one of `STARTS`; "stationary" draws round 0 by the chain's own law.
        shock: chance of a shock in a round.
        shock_factor: of everybody's time in such a round, at least 1.

    Raises:
        InvalidProblemError: a number out of range, a factor that nothing uses, a chain without a
            law of its own.
    """

    factor: float = 1.0
    begin: float = 0.0
    end: float = 1.0
    start: str = "stationary"
    shock: float = 0.0
    shock_factor: float = 1.0

    def __post_init__(self) -> None:
        require_choice(self.start, "slow_start", STARTS)
        for name, value in (("slow_begin", self.begin), ("slow_end", self.end)):
            if not 0.0 <= value <= 1.0:
                raise InvalidProblemError(f"{name} is {value:g}; give a chance from 0 to 1")
        if not 0.0 <= self.shock < 1.0:
            raise InvalidProblemError(f"shock is {self.shock:g}; give a chance below 1")
        for name, value in (("slow_factor", self.factor), ("shock_factor", self.shock_factor)):
            if not 1.0 <= value <= MOST_FACTOR:
                raise InvalidProblemError(f"{name} is {value:g}; give 1 to {MOST_FACTOR:g}")
        if self.begin + self.end == 0.0 and self.start == "stationary":
            raise InvalidProblemError(
                "slow_begin and slow_end are both 0: no worker ever changes, and there is no "
                'stationary start; give one of them, or slow_start = "fast" or "slow"'
            )

    @property
    def stationary(self) -> float:
        """``π``, the share of rounds that a worker is slow in the long run."""
        whole = self.begin + self.end
        return self.begin / whole if whole > 0.0 else float(self.start == "slow")

    @property
    def memory(self) -> float:
        """``1 − begin − end``, how much of a difference in chances is left a round later."""
        return 1.0 - self.begin - self.end

    def chance_slow(self, round_: int | None = None) -> float:
        """Chance that a worker is slow in a round; in the long run without one."""
        if round_ is None or self.start == "stationary":
            return self.stationary
        start = float(self.start == "slow")
        chance = self.stationary + (start - self.stationary) * self.memory**round_
        return min(max(chance, 0.0), 1.0)

    def memoryless(self, round_: int | None = None) -> Slowness:
        """The same law of one round, anew in every round."""
        chance = self.chance_slow(round_)
        return replace(self, begin=chance, end=1.0 - chance, start="stationary")

    def states(self, rounds: int, workers: int, *, seed: int, start: int = 0) -> BoolArray:
        """``(rounds, workers)``, who is slow in rounds ``start, ...``: of seed and round alone.

        A number below ``begin`` and ``1 − end`` makes a worker slow whatever it was, one above both
        makes it fast; in between a worker stays as it is (or changes, if the memory is negative).
        So a round is known from the last number before it that decides.
        """
        first = start
        known = np.zeros(workers, dtype=bool)
        state = np.zeros(workers, dtype=bool)
        flips = np.zeros(workers, dtype=bool)
        width = BLOCK
        while first > 1 and not known.all():  # round 0 has no step into it
            begin = max(1, first - width)
            block = self._decided(first - begin, workers, seed, begin)
            for decided in block[::-1]:
                new = ~known & (decided != _AS_BEFORE)
                state[new] = (decided[new] == _SLOW) ^ flips[new]
                known |= new
                if self.memory < 0.0:
                    flips ^= ~known
            first, width = begin, 2 * width
        if start > 0 and not known.all():
            initial = self._initial(workers, seed) ^ flips
            state = np.where(known, state, initial)
        found = np.empty((rounds, workers), dtype=bool)
        steps = self._decided(rounds, workers, seed, start)
        for r in range(rounds):
            if start + r == 0:
                state = self._initial(workers, seed)
            else:
                same = state if self.memory >= 0.0 else ~state
                state = np.where(steps[r] == _AS_BEFORE, same, steps[r] == _SLOW)
            found[r] = state
        return found

    def shocks(self, rounds: int, *, seed: int, start: int = 0) -> BoolArray:
        """``(rounds,)``, which rounds have a shock."""
        drawn = uniform(rounds, 1, seed=seed, start=start, stream=KeyStream.SHOCKS)
        return np.asarray(drawn[:, 0] < self.shock)

    def factors(self, rounds: int, workers: int, *, seed: int, start: int = 0) -> FloatArray:
        """``(rounds, workers)``, how many times as long as in a fast round without a shock."""
        slow = self.states(rounds, workers, seed=seed, start=start)
        shocked = self.shocks(rounds, seed=seed, start=start)
        each = np.where(slow, self.factor, 1.0)
        return np.asarray(each * np.where(shocked, self.shock_factor, 1.0)[:, None])

    def _initial(self, workers: int, seed: int) -> BoolArray:
        if self.start != "stationary":
            return np.full(workers, self.start == "slow")
        drawn = uniform(1, workers, seed=seed, start=0, stream=KeyStream.SLOWNESS)
        return np.asarray(drawn[0] < self.stationary)

    def _decided(self, rounds: int, workers: int, seed: int, start: int) -> FloatArray:
        """What the numbers of rounds say, in these of the steps into them."""
        drawn = uniform(rounds, workers, seed=seed, start=start, stream=KeyStream.SLOWNESS)
        low, high = sorted((self.begin, 1.0 - self.end))
        return np.where(drawn < low, _SLOW, np.where(drawn >= high, _FAST, _AS_BEFORE))


_FAST, _SLOW, _AS_BEFORE = 0.0, 1.0, 2.0
