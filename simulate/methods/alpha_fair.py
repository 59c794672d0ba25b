"""FedFairMMFL with exact budgets: ``m_s ∝ f_s^(α−1)`` draws of model ``s``, at least variance.

``f_s`` is the mean loss of model ``s`` by data, so models that are behind get more. Within its
budget every model's draw is the optimum for its scores; a processor still trains one model at a
time. ``α = 1`` gives equal budgets, ``α = inf`` everything to the worst model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.methods.fairness import (
    check_alpha,
    fair_shares,
    model_budgets,
    model_losses,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

Scores = Literal["data size", "loss", "norm"]


@dataclass(frozen=True, kw_only=True)
class AlphaFair(Labelled):
    """A budget per model by its loss, solved exactly.

    Attributes:
        alpha: at least 1, perhaps inf.
        scores: what the draw within a model goes by: "data size", "loss", or the "norm" of updates.

    Raises:
        InvalidProblemError: an ``α`` below 1, or unknown scores.
    """

    alpha: float = 3.0
    scores: Scores = "data size"
    name: str = "FedFairMMFL"
    source: str = "Siew et al., arXiv 2404.13841, with exact budgets per model"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"m_s = m\, \frac{f_s^{\alpha - 1}}{\sum_t f_t^{\alpha - 1}}, \qquad p \in \arg\min_p "
        r"\left\{ \sum_{v,s} \frac{a_{vs}^2}{p_{vs}} : \sum_v p_{vs} \le m_s \right\}"
    )

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        if self.scores not in get_args(Scores):
            raise InvalidProblemError(
                f"scores is {self.scores!r}; choose one of {', '.join(map(repr, get_args(Scores)))}"
            )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody tells their losses; each model's budget is drawn at least variance."""
        losses, means = model_losses(round_)
        budgets = model_budgets(round_, fair_shares(means, self.alpha))
        lot = round_.draw(self._probabilities(round_, losses, budgets))
        step = unbiased_step(round_, lot)
        return memory, replace(step, figures={"model budget": budgets})

    def _probabilities(self, round_: Round, losses: FloatArray, budgets: FloatArray) -> FloatArray:
        sizes = self._sizes(round_, losses)
        scores = np.where(budgets > 0.0, round_.weights * sizes[round_.federation.client], 0.0)
        spent = budgets > 0.0
        if not scores.any():
            return np.asarray(scores)
        limits = np.where(spent, budgets, 1.0)  # a model without scores spends nothing
        solution = solve(round_.problem(scores, model_budgets=limits))
        return np.asarray(solution.probabilities)

    def _sizes(self, round_: Round, losses: FloatArray) -> FloatArray:
        """``(N, S)``, what stands for the norm of an update, nowhere 0 for those present."""
        if self.scores == "data size":
            return np.ones(round_.present.shape)
        sizes = losses
        if self.scores == "norm":
            models = range(len(round_.parameters))
            sizes = np.stack([round_.update_norms(model) for model in models], axis=1)
        means = sizes.sum(axis=0) / np.maximum(round_.present.sum(axis=0), 1)
        return np.asarray(np.maximum(sizes, np.maximum(0.01 * means, np.finfo(np.float64).tiny)))
