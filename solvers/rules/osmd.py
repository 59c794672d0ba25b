"""OSMD: mirror descent, ``p ← projection of p exp(−η ∇)``.

The loss of a round is ``f(p) = Σ a²/p``, its gradient ``−a²/p²``, estimated without bias by
``−1{drawn} a²/p³``. The mirror map is the entropy ``Σ p log p``, so a step multiplies, and the
projection back onto the limits is in Kullback-Leibler divergence: ``clip(κ_v p̃, l, u)``, ``κ_v``
the same for all processors below their caps. That is the form of the optimum with scores ``p̃``,
so the same exact solver does it. Floors (a share of uniform) keep ``1/p³`` bounded.

A step of a pair is capped at a factor of ``e``: one draw of a pair of small ``p`` would otherwise
throw all other pairs to their floors.

Source: Zhao, Wang, Liu, Zhang, Zhou, Chen, Kolar (JMLR 2025; arXiv 2112.14332), Algorithm 1; theirs
draws with replacement. The step size is a setting here; the paper also learns it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.information import Observed
from roundlot.solvers.rules.sampler import OnlineSampler, State, proportional, uniform, weighted
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Point(State):
    """Where mirror descent stands: ``point`` is ``(V, S)``, feasible."""

    point: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class OSMD(OnlineSampler):
    """Online stochastic mirror descent.

    Attributes:
        rate: ``η``, in units of ``p̄²`` per mean squared norm of the first round, ``p̄`` the mean
            probability: a typical pair then moves by this share in a round, on average.
    """

    share: float = 0.4
    rate: float = 0.02
    name: str = "OSMD"
    source: str = "Zhao et al., JMLR 2025, arXiv 2112.14332"
    formula: ClassVar[str] = (
        r"p \leftarrow \mathrm{proj}\Big( p\, \exp\Big( \eta\, \frac{1\{\text{drawn}\}\, "
        r"a^2}{p^3} \Big) \Big)"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        assert isinstance(state, Point)
        return state.point

    def _start(self, state: State) -> Point:
        return Point(**vars(state), point=uniform(state))

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, Point)
        if not past.seen.any():
            return state
        mean = float(state.point[state.problem.available].mean())
        norms, relative = weighted(state, past), past.probabilities / mean
        gradient = np.divide(
            norms * norms, relative**3 * mean, out=np.zeros(norms.shape), where=past.seen
        )
        step = np.minimum(self.rate * gradient, 1.0)
        return replace(state, point=proportional(state, state.point * np.exp(step)))
