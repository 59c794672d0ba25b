"""Last-seen norm: the optimum's rule on what each pair showed last, above a share of uniform.

The online form of the approximation "last seen": it keeps the memory itself.

Source: El Hanchi and Stephens (NeurIPS 2020), AVARE, with a constant floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from roundlot.solvers.approximations.information import Observed
from roundlot.solvers.approximations.last_seen import tried
from roundlot.solvers.online.sampler import FloatArray, OnlineSampler, State, proportional, weighted


@dataclass(frozen=True, kw_only=True, eq=False)
class Memory(State):
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
        assert isinstance(state, Memory)
        return proportional(state, tried(state.last))

    def _start(self, state: State) -> Memory:
        return Memory(**vars(state), last=np.full(state.problem.scores.shape, np.nan))

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, Memory)
        return replace(state, last=np.where(past.seen, weighted(state, past), state.last))
