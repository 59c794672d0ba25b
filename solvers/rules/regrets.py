"""Rules that learn on made-up rounds: norms that drift or stay, and the regret of a sampler.

Dynamic regret is what a sampler loses against the optimum of every single round.

``f_t(p) = Σ λ a_t²/p`` is the objective of round ``t``, ``p_t`` what the sampler played knowing
only what its earlier draws showed, ``p*_t`` the optimum for the norms of that round, at one budget:
``regret = Σ_t f_t(p_t) − f_t(p*_t)``. Relative regret divides by ``Σ_t f_t(p*_t)``. The draws are
simulated (independent processors), so the regret is random: repeat it over seeds.

Source: Zhao et al. (arXiv 2112.14332) for dynamic regret of samplers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.exact import exact
from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Observed
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.sampler import OnlineSampler, State, uniform
from roundlot.theory import InvalidProblemError, Problem, moments
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.random_streams import DRIFT, ONLINE_DRAWS, REHEARSAL
from roundlot.theory.text import short_repr

#: Numbers of 8 bytes that a made-up history may hold: 2 GB.
MOST_NUMBERS = 250_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Regret:
    """One run of a sampler.

    Attributes:
        sampler: its name.
        played: ``(T,)``, ``f_t(p_t)``.
        optimum: ``(T,)``, ``f_t(p*_t)``.
    """

    sampler: str
    played: FloatArray
    optimum: FloatArray

    __repr__ = short_repr

    @property
    def total(self) -> float:
        """``Σ_t f_t(p_t) − f_t(p*_t)``."""
        return float((self.played - self.optimum).sum())

    @property
    def relative(self) -> float:
        """The total over ``Σ_t f_t(p*_t)``."""
        return self.total / float(self.optimum.sum())

    def settled(self, skip: int) -> float:
        """The relative regret without the first ``skip`` rounds."""
        return float(self.played[skip:].sum() / self.optimum[skip:].sum()) - 1.0


def regret(sampler: OnlineSampler, drift: Drift, *, rounds: int = 400, seed: int = 0) -> Regret:
    """Play a sampler against drifting norms.

    Args:
        sampler: sees the norms of what it drew.
        drift: the norms, the limits.
        rounds: ``T >= 1``.
        seed: of the norms and of the draws; equal seeds give equal norms for every sampler.

    Raises:
        InvalidProblemError: fewer than one round.
        InfeasibleError: limits that nothing satisfies.
    """
    if rounds < 1:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 1")
    random = ONLINE_DRAWS.generator(seed)
    played, optimum = np.empty(rounds), np.empty(rounds)
    state = None
    for number, problem in enumerate(drift.rounds(rounds, seed=seed)):
        state = sampler.init(problem) if state is None else state
        p = sampler.probabilities(state)
        played[number] = moments.model_objective(problem.weighted_scores, p).sum()
        best = exact(problem)[0]
        optimum[number] = moments.model_objective(problem.weighted_scores, best).sum()
        seen = drawn(p, random.random(len(p)))
        state = sampler.update(state, p, np.where(seen, problem.scores, np.nan))
    return Regret(sampler=sampler.name, played=played, optimum=optimum)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stay(OnlineSampler):
    """Uniform over available pairs, whatever is seen."""

    name: str = "uniform"
    source: str = "McMahan et al., AISTATS 2017"

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, always the same."""
        return uniform(state)

    def _start(self, state: State) -> State:
        return state

    def _learn(self, state: State, past: Observed) -> State:
        return state


@dataclass(frozen=True, kw_only=True, eq=False)
class Drift:
    """A fleet whose log-norms walk: ``x ← ρ x + step ε``, ``ρ = √(1 − step²/spread²)``.

    ``x`` stays normal with deviation ``spread``; the pull ``ρ`` keeps a long run from ending with
    one client that outweighs all. ``step / spread`` small is a plain random walk.

    Attributes:
        processors: ``V``.
        models: ``S``.
        budget: ``m``.
        spread: deviation of log-norms between pairs.
        step: deviation of a log-norm's change in a round, at most ``spread``.
        jumps: share of log-norms that are drawn afresh in a round, besides.
    """

    processors: int = 60
    models: int = 2
    budget: float = 8.0
    spread: float = 1.0
    step: float = 0.02
    jumps: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.step <= self.spread:
            raise InvalidProblemError(
                f"step is {self.step:g}; give a number from 0 to the spread, {self.spread:g}"
            )
        if not 0.0 <= self.jumps <= 1.0:
            raise InvalidProblemError(f"jumps is {self.jumps:g}; give a share from 0 to 1")

    def rounds(self, count: int, *, seed: int = 0) -> Iterator[Problem]:
        """The problem of each round, its scores the norms of that round; the same for a seed."""
        random = DRIFT.generator(seed)
        shape = (self.processors, self.models)
        keep = math.sqrt(1.0 - (self.step / self.spread) ** 2) if self.spread > 0.0 else 1.0
        logs = self.spread * random.standard_normal(shape)
        for _ in range(count):
            yield Problem(np.exp(logs), budget=self.budget)
            logs = keep * logs + self.step * random.standard_normal(shape)
            if self.jumps > 0.0:
                fresh = random.random(shape) < self.jumps
                logs = np.where(fresh, self.spread * random.standard_normal(shape), logs)


#: Log-norms that move by 0.02 a round, of a spread of 1.
SLOW = Drift(step=0.02)
#: Log-norms that move by 0.3 a round, of a spread of 1.
FAST = Drift(step=0.3)
#: Norms that stay, then jump: no sampler here assumes that.
JUMPS = Drift(step=0.0, jumps=0.02, spread=1.5)


def rehearse(problem: Problem, *, rounds: int = 50, seed: int = 0) -> tuple[Observed, ...]:
    """What a server would have seen after uniform rounds, had the norms been these all along.

    It shows what rules with a memory can reach at best: norms that move make theirs worse.

    Args:
        problem: its scores are the norms, its limits hold in every round.
        rounds: ``>= 0``.
        seed: of the draws.

    Raises:
        InvalidProblemError: a negative number of rounds, or more than fit in RAM.
        InfeasibleError: limits that nothing satisfies.
    """
    if rounds < 0:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 0")
    most = max(1, MOST_NUMBERS // problem.scores.size)
    if rounds > most:
        raise InvalidProblemError(
            f"a history of {rounds} rounds does not fit in RAM; give at most {most} rounds of "
            f"{problem.scores.size} scores"
        )
    random = REHEARSAL.generator(seed)
    p = fill(problem.available.astype(np.float64), limits(problem))
    return tuple(
        Observed(probabilities=p, norms=np.where(drawn(p, chance), problem.scores, np.nan))
        for chance in random.random((rounds, problem.n_processors))
    )


def drawn(probabilities: FloatArray, chance: FloatArray) -> BoolArray:
    """``(V, S)``, who draws what: one model at most by a number in ``[0, 1)`` each."""
    edges = np.cumsum(probabilities, axis=1)
    below = edges - probabilities
    return np.asarray((below <= chance[:, None]) & (chance[:, None] < edges))
