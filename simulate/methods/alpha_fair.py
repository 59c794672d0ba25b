"""FedFairMMFL: ``m_s ∝ f_s^(α−1)`` draws of model ``s``, with exact budgets or as published.

``f_s`` is the mean loss of model ``s`` by data, so models that are behind get more. ``α = 1`` gives
equal shares, ``α = inf`` everything to the worst model. A processor still trains one model at a
time.

With exact budgets every model's draw is, within its budget, the optimum for its scores. As
published, processors are active with the same probability, and whoever is active draws a model with
chance ``∝ f_s^(α−1)``. With ``past_shares`` a client's chance of a model is
``P(s|i) ∝ P(s) (1 − share of its past trainings that went to s)``: those who trained a model often
give way to those who have not. Probabilities are known, so those drawn weigh ``d / (B p)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.composed import never_zero, update_norms
from roundlot.simulate.methods.estimator import Labelled, unbiased_step
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice

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
        require_choice(self.scores, "scores", get_args(Scores))

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
            sizes = update_norms(round_)
        return never_zero(sizes, round_.present)


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


def check_alpha(alpha: Any) -> None:
    """Raise InvalidProblemError unless ``α`` is a number of at least 1, perhaps infinite."""
    number = isinstance(alpha, int | float) and not isinstance(alpha, bool)
    if not number or math.isnan(alpha) or alpha < 1.0:
        raise InvalidProblemError(
            f"alpha is {alpha!r}; it must be at least 1 (equal shares), or inf (worst model only)"
        )


def model_losses(round_: Round) -> tuple[FloatArray, FloatArray]:
    """``(N, S)``, everybody's losses, and ``(S,)``, their means by data: NaN if nobody is there."""
    losses = round_.losses()
    means = (round_.data_weights * losses).sum(axis=0)
    return losses, np.where(round_.present.any(axis=0), means, np.nan)


def fair_shares(losses: FloatArray, alpha: float) -> FloatArray:
    """``(S,)``, ``f_s^(α−1) / Σ f^(α−1)``: 1 is equal shares, inf shares out among the worst.

    Args:
        losses: ``(S,)``, ``f_s >= 0``; NaN for models that nobody can train, which get nothing.
        alpha: at least 1.

    Source: Siew et al., arXiv 2404.13841, from ``min Σ f_s^α``.
    """
    known = ~np.isnan(losses)
    top = np.max(losses, where=known, initial=0.0)
    if top <= 0.0:
        relative = known.astype(np.float64)
    elif math.isinf(alpha):
        relative = (np.where(known, losses, -1.0) == top).astype(np.float64)
    else:
        relative = np.where(known, np.where(known, losses, 0.0) / top, 0.0) ** (alpha - 1.0) * known
    return np.asarray(relative / max(relative.sum(), 1.0e-300))


def model_budgets(round_: Round, shares: FloatArray) -> FloatArray:
    """``(S,)``, the budget by shares; what a model's processors cannot take goes to the others."""
    room = round_.available.sum(axis=0).astype(np.float64)
    budgets = np.zeros(len(shares))
    left = min(round_.budget, float(round_.available.any(axis=1).sum()))
    open_ = (shares > 0.0) & (room > 0.0)
    while left > 1e-12 and open_.any():
        offer = left * np.where(open_, shares, 0.0) / shares[open_].sum()
        taken = np.minimum(offer, room - budgets)
        budgets += taken
        left -= float(taken.sum())
        full = budgets >= room
        if not (full & open_).any():
            break
        open_ &= ~full
    return budgets


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
