"""Online convex optimisation: Vrb and K-Vib follow the leader, OSMD descends by mirrors.

Vrb and K-Vib use unbiased estimates of the sums of squared norms so far. A pair that is drawn is
credited with ``a²/p``, nothing is forgotten: both approach the best *fixed* probabilities, and lag
behind norms that move.

Vrb, the variance reducer bandit, ``p ∝ √(Σ past a²/p + γ)``, is made for one draw from a
distribution over clients; with a budget ``m`` its probabilities are scaled to ``m`` and what
exceeds a cap is cut off, not redistributed (see "clipped"). The paper's mixing share falls with the
horizon; here it is constant.

K-Vib is for several independent draws: ``p = argmin Σ (Σ past a²/p + γ)/p`` subject to the limits,
solved by water-filling, so what a capped pair leaves goes to the others. The scores of that program
are the square *roots* ``√(Σ past a²/p + γ)``; the code published with the paper fills with the sums
themselves, which is proportional to squared norms and over-draws the large. The paper solves under
``p <= 1`` and mixes with uniform after; here the uniform share is a floor of the program, so the
result is optimal among the probabilities that keep it.

Source: Borsos, Krause, Levy (COLT 2018), Algorithm 1; Zeng, Xu, Pan, Luo, Wang, Tang (arXiv
2310.02698), Algorithm 2 and equation 10.

OSMD: mirror descent, ``p ← projection of p exp(−η ∇)``.

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

from roundlot.solvers.rules.filling import split
from roundlot.solvers.rules.information import Observed
from roundlot.solvers.rules.sampler import OnlineSampler, State, proportional, uniform, weighted
from roundlot.solvers.rules.secure_sums import clipped_totals
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums(State):
    """Past squared norms.

    Attributes:
        squares: ``(V, S)``, ``Σ_τ 1{drawn} a²/p``, in the state's unit squared. Its expectation is
            ``Σ_τ a²`` whatever was drawn.
    """

    squares: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FollowTheRegularised(OnlineSampler):
    """Follow the regularised leader on ``f_t(p) = Σ a_t²/p``.

    With the regulariser ``Σ γ/p`` the leader after ``t`` rounds minimises ``Σ (squares + γ) / p``.
    That is the program of the optimum with scores ``√(squares + γ)``: the *square root* of the
    accumulated squares.

    Attributes:
        regularisation: ``γ``, in mean squared norms of the first round.
    """

    regularisation: float = 10.0

    def leader(self, state: State) -> FloatArray:
        """``(V, S)``, the scores ``√(squares + γ)`` of the program that the leader solves."""
        assert isinstance(state, Sums)
        return np.sqrt(state.squares + self.regularisation)

    def _start(self, state: State) -> Sums:
        return Sums(**vars(state), squares=np.zeros(state.problem.scores.shape))

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, Sums)
        seen, norms = past.seen, weighted(state, past)
        new = np.divide(norms * norms, past.probabilities, out=np.zeros(seen.shape), where=seen)
        return replace(state, squares=state.squares + new)


@dataclass(frozen=True, kw_only=True, eq=False)
class KVib(FollowTheRegularised):
    """The regularised leader under all limits."""

    name: str = "K-Vib"
    source: str = "Zeng et al., arXiv 2310.02698, with the square root"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \frac{1}{p_{vs}} \Big( \sum_{\tau < t} "
        r"\frac{1\{\text{drawn}\}\, a_{vs\tau}^2}{p_{vs\tau}} + \gamma \Big)"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        return proportional(state, self.leader(state))


@dataclass(frozen=True, kw_only=True, eq=False)
class Vrb(FollowTheRegularised):
    """Proportional to the root of accumulated squares, clipped, above a share of uniform."""

    name: str = "Vrb"
    source: str = "Borsos, Krause, Levy, COLT 2018"
    formula: ClassVar[str] = (
        r"p_{vs} \propto \sqrt{\sum_{\tau < t} \frac{1\{\text{drawn}\}\, "
        r"a_{vs\tau}^2}{p_{vs\tau}} + \gamma}, \text{ clipped and mixed with uniform}"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        sizes = np.where(state.problem.available, self.leader(state), 0.0)
        return split(sizes, clipped_totals(sizes, state.limits)[0], state.limits)


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
