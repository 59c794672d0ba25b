"""A method put together: a rule of `roundlot.solvers` for the draw, an estimator for the step."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import Information, Rule
from roundlot.theory.arrays import BoolArray, FloatArray


class Composed(Labelled, ABC):
    """A method that is a rule and an estimator."""

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """Whom to draw, from what everybody tells before the draw."""

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """What the estimator remembers before the first round."""
        return self.estimator.start(federation, parameters)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw by the rule, step by the estimator."""
        lot = self.draw(round_, self.probabilities(memory, round_))
        return self.estimator.step(memory, round_, lot)

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)`` by the rule, from what it requires of those who are there."""
        asked = self.rule.requires
        return proposed(
            round_,
            self.rule,
            norms=update_norms(round_) if "norms" in asked else None,
            losses=round_.losses() if "losses" in asked else None,
        )

    def draw(self, round_: Round, probabilities: FloatArray) -> Lot:
        """The lot of the round, by the run's design."""
        return round_.draw(probabilities)


def proposed(
    round_: Round,
    rule: Rule,
    *,
    able: BoolArray | None = None,
    norms: FloatArray | None = None,
    losses: FloatArray | None = None,
    residuals: FloatArray | None = None,
) -> FloatArray:
    """``(V, S)`` by a rule, from data sizes and what else clients told.

    Args:
        round_: who is there, with which weights and budget.
        rule: of `roundlot.solvers.rules`.
        able: ``(V, S)``, who may be drawn for what; by default all who are there.
        norms, losses, residuals: ``(N, S)``, see `Information`.
    """
    weights, client = round_.weights, round_.federation.client
    if able is None:
        problem = round_.problem(weights)
    elif able.any():
        problem = round_.problem(weights * able, available=able)
    else:
        return np.zeros(able.shape)
    return rule.propose(
        problem,
        Information(
            weights=weights,
            client=client,
            norms=None if norms is None else norms[client],
            losses=None if losses is None else losses[client],
            residuals=None if residuals is None else residuals[client],
        ),
    )


def update_norms(round_: Round) -> FloatArray:
    """``(N, S)``: everybody present trains every model and tells the norm of the update; else 0."""
    return np.stack([round_.update_norms(s) for s in range(len(round_.parameters))], axis=1)


def never_zero(sizes: FloatArray, present: BoolArray) -> FloatArray:
    """``(N, S)``, at least a hundredth of the mean of those present: nobody is left out."""
    means = sizes.sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    return np.asarray(np.maximum(sizes, np.maximum(0.01 * means, np.finfo(np.float64).tiny)))
