"""What norms are now, judged by those that were seen: the last ones, or a posterior of them.

Last-seen norms with a floor: the optimum's rule on what each pair had when last drawn.

``LastSeen`` is told the norms; ``LastNorm`` is its online form, which keeps the memory itself.

Needs memory only: every upload leaves its norm behind. A pair that was never seen counts as the
largest one seen, so that it is tried. A share of every probability is uniform, because a norm that
was small long ago says little now and ``p`` must not follow it to 0.

Source: El Hanchi and Stephens (NeurIPS 2020), AVARE, which lets the floor fall over the rounds and
draws with replacement; here the floor is a constant share of uniform probabilities.

Posterior second moment: Kalman filters on log-norms, and ``p ∝ √E[a² | seen]``.

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

from roundlot.solvers.rules.filling import fill, floored
from roundlot.solvers.rules.information import Information, Observed
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import Rule, known
from roundlot.solvers.rules.sampler import OnlineSampler, State, proportional, weighted
from roundlot.theory import Problem
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


@dataclass(frozen=True, kw_only=True, eq=False)
class LastSeen(Rule):
    """Proportional to remembered norms, above a share of uniform.

    Attributes:
        share: of the uniform probabilities that everybody keeps, in ``[0, 1]``.
    """

    share: float = 0.4
    name: str = "last seen"
    needs: str = "memory of norms"
    source: str = "El Hanchi and Stephens, NeurIPS 2020 (AVARE), constant floor"
    requires: tuple[str, ...] = ("last_norms",)
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \frac{\hat a_{vs}^2}{p_{vs}}, \qquad \hat a = \text{the "
        r"norm when last drawn}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from the norms that were last seen."""
        last = known(information.last_norms, "last_norms")
        sizes = tried(last) * np.sqrt(problem.model_weights)
        return fill(sizes, floored(problem, limits(problem), self.share))


@dataclass(frozen=True, kw_only=True, eq=False)
class LastNorms(State):
    """``last`` is ``(V, S)``, norms ``√λ a`` when last drawn, in the unit; NaN where never."""

    last: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class LastNorm(OnlineSampler):
    """Proportional to last-seen norms; the unseen count as the largest."""

    share: float = 0.4
    name: str = "last norm"
    source: str = "El Hanchi and Stephens, NeurIPS 2020 (AVARE)"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \frac{\hat a_{vs}^2}{p_{vs}}, \qquad \hat a = \text{the "
        r"norm when last drawn}"
    )

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round."""
        assert isinstance(state, LastNorms)
        return proportional(state, tried(state.last))

    def _start(self, state: State) -> LastNorms:
        return LastNorms(**vars(state), last=np.full(state.problem.scores.shape, np.nan))

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, LastNorms)
        return replace(state, last=np.where(past.seen, weighted(state, past), state.last))


def tried(norms: FloatArray) -> FloatArray:
    """The norms with the unseen, NaN, set to the largest seen; all 1 if nothing was seen."""
    seen = ~np.isnan(norms)
    top = float(norms[seen].max(initial=0.0))
    return np.where(seen, norms, top) if top > 0.0 else np.ones_like(norms)
