"""FedFairMMFL as published: whoever is active draws a model with chance ``∝ f_s^(α−1)``.

Processors are active with the same probability. With ``past_shares`` a client's chance of a model
is ``P(s|i) ∝ P(s) (1 − share of its past trainings that went to s)``: those who trained a model
often give way to those who have not. Probabilities are known, so those drawn weigh ``d / (B p)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.methods.fairness import check_alpha, fair_shares, model_losses
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class AlphaFairDraw(Labelled):
    """A random draw of models, in favour of those that are behind.

    Attributes:
        alpha: at least 1; finite, since a model with chance 0 is never trained.
        past_shares: whether a client's past trainings count.

    Raises:
        InvalidProblemError: an ``α`` below 1 or infinite.
    """

    alpha: float = 3.0
    past_shares: bool = False
    source: str = "Siew et al., arXiv 2404.13841"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"p_{vs} = q\, P(s \mid v), \qquad P(s \mid v) \propto f_s^{\alpha - 1}"
    )

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        if math.isinf(self.alpha):
            raise InvalidProblemError("alpha is inf; give a number, or use 'alpha-fair' for inf")

    @property
    def name(self) -> str:
        """With past shares it is the Bayesian draw."""
        return "Bayesian α-fair draw" if self.past_shares else "α-fair draw"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``trained`` ``(N, S)``: how often each client trained each model."""
        return {"trained": np.zeros((federation.n_clients, federation.n_models))}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody tells their losses; who is active draws a model and weighs ``d/(B p)``."""
        trained = np.asarray(memory["trained"])
        _, means = model_losses(round_)
        shares = fair_shares(means, self.alpha)
        chance = np.broadcast_to(shares, trained.shape)
        if self.past_shares:
            chance = chance * _rest(trained)
        lot = round_.draw(_table(round_, chance))
        step = unbiased_step(round_, lot)
        heard = np.stack(step.fresh_weights, axis=1) > 0.0
        return {"trained": trained + heard}, replace(step, figures={"model share": shares})


def _rest(trained: FloatArray) -> FloatArray:
    """``(N, S)``, one less the smoothed share of past trainings: never 0."""
    smoothed = trained + 1.0
    return np.asarray(1.0 - smoothed / (smoothed.sum(axis=1, keepdims=True) + 1.0))


def _table(round_: Round, chance: FloatArray) -> FloatArray:
    """``(V, S)``: the same total for every processor that can train anything."""
    rows = np.where(round_.available, chance[round_.federation.client], 0.0)
    totals = rows.sum(axis=1, keepdims=True)
    active = int(np.count_nonzero(totals))
    each = min(1.0, float(round_.budget) / max(active, 1))
    table = np.divide(each * rows, totals, out=np.zeros_like(rows), where=totals > 0.0)
    # Rounded down, so that no row of a certain processor exceeds 1.
    return np.asarray(table * (1.0 - 2.0**-50))
