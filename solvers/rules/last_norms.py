"""Last-seen norms with a floor: the optimum's rule on what each pair had when last drawn.

``LastSeen`` is told the norms; ``LastNorm`` is its online form, which keeps the memory itself.

Needs memory only: every upload leaves its norm behind. A pair that was never seen counts as the
largest one seen, so that it is tried. A share of every probability is uniform, because a norm that
was small long ago says little now and ``p`` must not follow it to 0.

Source: El Hanchi and Stephens (NeurIPS 2020), AVARE, which lets the floor fall over the rounds and
draws with replacement; here the floor is a constant share of uniform probabilities.
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
