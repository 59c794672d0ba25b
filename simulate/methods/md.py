"""MD sampling: a multinomial draw by data size, *with replacement*, and a plain mean.

Every round makes ``n = ⌈Σ p⌉`` draws of a pair, ``p`` its expected number of draws; a pair that is
drawn twice weighs twice. Caps hold on average only: a processor that is drawn for two models trains
both, one after the other. The run's design does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.composed import proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled, step_of
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.data_size import Multinomial, trials
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import MD


@dataclass(frozen=True, kw_only=True)
class MultinomialSampling(Labelled):
    """With replacement, by data size."""

    name: str = "MD"
    source: str = "Li et al., MLSys 2020; Li et al., ICLR 2020, scheme I"
    estimator = Estimator(weighs="draws")
    needs: ClassVar[str] = "data sizes"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{k=1}^{n} \frac{d_{v_k s}}{B_{v_k}\, p_{v_k s}}\, G_{v_k s}\, [s_k "
        r"= s], \qquad \Pr[(v_k, s_k) = (v, s)] = \frac{p_{vs}}{n}, \quad p_{vs} \propto "
        r"\frac{d_{vs}}{B_v}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Each draw of a pair weighs ``(d / B) / p``."""
        expected = proposed(round_, Multinomial())
        drawn = _draw(expected, MD.generator(round_.seed, round_.index))
        share = np.divide(round_.weights, expected, out=np.zeros_like(expected), where=expected > 0)
        fresh = np.zeros(round_.present.shape)
        np.add.at(fresh, round_.federation.client, drawn * share)
        picks = np.where(drawn.any(axis=1), drawn.argmax(axis=1), -1)
        return memory, step_of(round_, picks=picks, fresh=tuple(fresh.T.copy()))


def _draw(expected: FloatArray, chance: np.random.Generator) -> IntArray:
    """``(V, S)``, how often each pair is drawn."""
    draws = trials(expected)
    shares = np.append(expected.ravel() / draws, 0.0)
    shares[-1] = max(0.0, 1.0 - shares.sum())
    return chance.multinomial(draws, shares / shares.sum())[:-1].reshape(expected.shape)
