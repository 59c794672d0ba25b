"""Dynamic regret: what a sampler loses against the optimum of every single round.

``f_t(p) = Σ λ a_t²/p`` is the objective of round ``t``, ``p_t`` what the sampler played knowing
only what its earlier draws showed, ``p*_t`` the optimum for the norms of that round, at one budget:
``regret = Σ_t f_t(p_t) − f_t(p*_t)``. Relative regret divides by ``Σ_t f_t(p*_t)``. The draws are
simulated (independent processors), so the regret is random: repeat it over seeds.

Source: Zhao et al. (arXiv 2112.14332) for dynamic regret of samplers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.solvers.exact import exact
from roundlot.solvers.online.drift import Drift
from roundlot.solvers.online.rehearsal import drawn
from roundlot.solvers.online.sampler import OnlineSampler
from roundlot.theory import InvalidProblemError, moments
from roundlot.theory.random_streams import ONLINE_DRAWS
from roundlot.theory.showing import short_repr

FloatArray = npt.NDArray[np.float64]


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
