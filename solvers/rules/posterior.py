"""Posterior second moment: Kalman filters on log-norms, and ``p ∝ √E[a² | seen]``.

Model of a pair: its log-norm ``x`` is normal around a common level with variance ``prior``, moves
as ``x ← level + ρ (x − level) + ε``, ``Var ε = q``, ``ρ = √(1 − q/prior)`` (a random walk that
stays within the prior), and is seen, when drawn, with a normal error of variance ``noise``. The
level is the mean log-norm of the first round that shows any.

How fast norms move is not known: there is a filter for each rate ``q`` in ``rates``, weighted by
the probability it gave to what was seen. Given a rate the posterior is normal, ``N(μ, σ²)``, so
``E[a²] = exp(2μ + 2σ²)``, and the rule of least *expected* variance is the optimum for the root
of its average over rates. What was not drawn for long has a larger ``σ²`` and is drawn again:
exploring needs no extra rule. It is exact Bayes for that model, given the level; no guarantee for
others.

Source: Kalman (1960) for the filter; the rule is the optimum's, on the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.information import Observed
from roundlot.solvers.rules.sampler import OnlineSampler, State, proportional, weighted
from roundlot.theory.arrays import FloatArray

# A norm below this share of the unit is read as this: the logarithm of 0 is no number.
_LEAST = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief(State):
    """Normal posteriors of log-norms ``√λ a`` of the coming round, in the state's unit.

    Attributes:
        mean: ``(H, V, S)``, less the level, for each rate.
        variance: ``(H, V, S)``.
        evidence: ``(H,)``, log-probability of what was seen, for each rate.
        level: what unseen log-norms are expected to be.
    """

    mean: FloatArray
    variance: FloatArray
    evidence: FloatArray
    level: float = 0.0

    @property
    def belief(self) -> FloatArray:
        """``(H,)``, posterior probabilities of the rates."""
        chance = np.exp(self.evidence - self.evidence.max())
        return np.asarray(chance / chance.sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Posterior(OnlineSampler):
    """The optimum for the root of the posterior second moment.

    Attributes:
        rates: variances of a round's step of a log-norm, each in ``[0, prior]``, equally likely.
        noise: variance of the error of an observed log-norm, above 0.
        prior: variance of log-norms between pairs, above 0.
    """

    rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 1e-1)
    noise: float = 1e-3
    prior: float = 1.0
    share: float = 0.05
    name: str = "posterior"
    source: str = "Kalman 1960; the optimum on the posterior second moment"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \frac{E[a_{vs}^2 \mid \text{seen}]}{p_{vs}}, \qquad "
        r"E[a^2] = e^{2\mu + 2\sigma^2}"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        return proportional(state, self.expected(state))

    def expected(self, state: State) -> FloatArray:
        """``(V, S)``, ``√E[a² | seen]`` of the coming round, ``√λ a``, up to a common factor."""
        assert isinstance(state, Belief)
        logs = state.mean + state.variance
        logs = np.where(state.problem.available, logs - logs.max(), -np.inf)
        return np.asarray(np.sqrt(np.tensordot(state.belief, np.exp(2.0 * logs), axes=1)))

    def _start(self, state: State) -> Belief:
        shape = (len(self.rates), *state.problem.scores.shape)
        return Belief(
            **vars(state),
            mean=np.zeros(shape),
            variance=np.full(shape, self.prior),
            evidence=np.zeros(len(self.rates)),
        )

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, Belief)
        seen = past.seen
        logs = np.log(np.maximum(np.where(seen, weighted(state, past), 1.0), _LEAST))
        level = state.level
        if state.unit > 0.0 and not state.evidence.any() and seen.any():
            level = float(logs[seen].mean())
        surprise = np.where(seen, logs - level - state.mean, 0.0)
        spread = state.variance + self.noise
        gain = np.where(seen, state.variance / spread, 0.0)
        likelihood = np.where(seen, -0.5 * (surprise**2 / spread + np.log(spread)), 0.0)
        rate = np.array(self.rates)[:, None, None]
        keep = np.sqrt(1.0 - rate / self.prior)
        return replace(
            state,
            level=level,
            mean=keep * (state.mean + gain * surprise),
            variance=keep**2 * state.variance * (1.0 - gain) + rate,
            evidence=state.evidence + likelihood.sum(axis=(1, 2)),
        )
