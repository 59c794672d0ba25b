"""A method put together: a rule of `roundlot.solvers` for the draw, an estimator for the step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, get_args

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import Information, Rule
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.names import require_choice

Norms = Literal["per rate", "per local time", "raw"]


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
            losses=losses_as_scores(round_) if "losses" in asked else None,
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


def update_norms(round_: Round, norms: Norms = "per rate") -> FloatArray:
    """``(N, S)``: everybody present trains every model and tells the norm of the update; else 0.

    Args:
        round_: trains them.
        norms: what the norms are divided by, see `norm_units`.
    """
    columns = []
    for model in range(len(round_.parameters)):
        some = np.flatnonzero(round_.present[:, model])
        column = round_.update_norms(model)
        column[some] /= norm_units(round_, model, some, norms)
        columns.append(column)
    return np.stack(columns, axis=1)


def losses_as_scores(round_: Round) -> FloatArray:
    """``(N, S)``: the losses of those present, by which clients or models are weighed.

    Raises:
        InvalidProblemError: a loss below 0; names client and model.
    """
    losses = round_.losses()
    for model in range(losses.shape[1]):
        check_losses(round_, model, losses[:, model])
    return losses


def check_losses(round_: Round, model: int, losses: FloatArray) -> None:
    """Refuse losses ``(N,)`` of a model that cannot be weights.

    Raises:
        InvalidProblemError: a loss below 0, as losses of a user's own may be.
    """
    below = np.flatnonzero(losses < 0.0)
    if below.size:
        raise InvalidProblemError(
            f"the loss of client {below[0]} on {round_.federation.tasks[model].name!r} is "
            f"{losses[below[0]]:g}; this method weighs by losses, which must be at least 0: add a "
            "constant to the loss, or choose a method that does not need losses"
        )


def norm_units(round_: Round, model: int, clients: IntArray, norms: Norms) -> FloatArray:
    """``(k,)``: what the norms of these clients' updates are divided by before they are scores.

    An update is in proportion to the learning rate, so with raw norms a model of larger rate takes
    the budget. "per rate" divides by the model's rate: ``p`` is then of least variance where a
    model's variance counts by ``1/γ²``, and within a model nothing changes. "per local time"
    divides by steps times rate, each client's own: a mean gradient.
    """
    if norms == "raw":
        return np.ones(clients.size)
    if norms == "per rate":
        return np.full(clients.size, round_.rate(model))
    return round_.local_time(model, clients)


def check_norms(norms: object) -> None:
    """Raise InvalidProblemError unless it is one of `Norms`."""
    require_choice(norms, "norms", get_args(Norms))


def never_zero(sizes: FloatArray, present: BoolArray) -> FloatArray:
    """``(N, S)``, at least a hundredth of the mean of those present: nobody is left out."""
    means = sizes.sum(axis=0) / np.maximum(present.sum(axis=0), 1)
    return np.asarray(np.maximum(sizes, np.maximum(0.01 * means, np.finfo(np.float64).tiny)))
