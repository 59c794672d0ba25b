"""FedFairMMFL: ``m_s ∝ f_s^(α−1)`` draws of model ``s``, with exact budgets or as published.

``f_s`` says how far model ``s`` is behind: by "error rate", as published, ``100 (1 − accuracy)`` on
the server's data, which compares across numbers of classes; or by "loss", the clients' mean loss by
data, which does not: untrained, it is the logarithm of the number. ``α = 1`` gives equal shares,
``α = inf`` everything to the worst model. A processor still trains one model at a time.

With exact budgets every model's draw is, within its budget, the optimum for its scores. As
published, processors are active with the same probability, and whoever is active draws a model with
chance ``∝ f_s^(α−1)``. With ``past_shares`` a client's chance of a model is
``P(s|i) ∝ P(s) (1 − share of its past trainings that went to s)``: those who trained a model often
give way to those who have not. Every round counts ``past_decay`` times as much as the next, and 1
for each model beside what was trained, as in the public code.

Probabilities are known, so those drawn weigh ``d / (B p)``; with ``aggregate="mean"`` they are
averaged by data, as published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_positive
from roundlot.simulate.methods.composed import losses_as_scores, never_zero, update_norms
from roundlot.simulate.methods.estimator import Estimator, Labelled, unbiased_step
from roundlot.simulate.methods.fedavg import MeanOfDrawn
from roundlot.simulate.methods.group_sampling import Aggregate
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice

Scores = Literal["data size", "loss", "norm"]
Behind = Literal["error rate", "loss"]


@dataclass(frozen=True, kw_only=True)
class AlphaFair(Labelled):
    """A budget per model by how far it is behind, solved exactly.

    Attributes:
        alpha: at least 1, perhaps inf.
        scores: what the draw within a model goes by: "data size", "loss", or the "norm" of updates.
        by: what says how far a model is behind: its "error rate", or "loss".

    Raises:
        InvalidProblemError: an ``α`` below 1, unknown scores, or an unknown ``by``.
    """

    alpha: float = 3.0
    scores: Scores = "data size"
    by: Behind = "error rate"
    source: str = "Siew et al., arXiv 2404.13841, with exact budgets per model"
    needs: ClassVar[str] = "accuracy at the server"
    formula: ClassVar[str] = (
        r"m_s = m\, \frac{f_s^{\alpha - 1}}{\sum_t f_t^{\alpha - 1}}, \qquad p \in \arg\min_p "
        r"\left\{ \sum_{v,s} \frac{a_{vs}^2}{p_{vs}} : \sum_v p_{vs} \le m_s \right\}"
    )

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        require_choice(self.scores, "scores", get_args(Scores))
        require_choice(self.by, "by", get_args(Behind))

    @property
    def estimator(self) -> Estimator:
        """Horvitz-Thompson for models that have a budget."""
        return Estimator(where=where_drawn(self.alpha))

    @property
    def name(self) -> str:
        """With what it goes by, if not as published."""
        return "FedFairMMFL" if self.by == "error rate" else "FedFairMMFL by loss"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered.

        Raises:
            InvalidProblemError: error rates of a model that does not classify.
        """
        check_behind(self.by, federation)
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Each model's budget is drawn at least variance."""
        budgets = model_budgets(round_, fair_shares(behind(round_, self.by), self.alpha))
        lot = round_.draw(self._probabilities(round_, budgets))
        step = unbiased_step(round_, lot)
        return memory, replace(step, figures={"model budget": budgets})

    def _probabilities(self, round_: Round, budgets: FloatArray) -> FloatArray:
        sizes = self._sizes(round_)
        scores = np.where(budgets > 0.0, round_.weights * sizes[round_.federation.client], 0.0)
        spent = budgets > 0.0
        if not scores.any():
            return np.asarray(scores)
        room = round_.available.any(axis=0)
        limits = np.where(spent, budgets, 1.0 * room)  # a model without scores spends nothing
        solution = solve(round_.problem(scores, model_budgets=limits))
        return np.asarray(solution.probabilities)

    def _sizes(self, round_: Round) -> FloatArray:
        """``(N, S)``, what stands for the norm of an update, nowhere 0 for those present."""
        if self.scores == "data size":
            return np.ones(round_.present.shape)
        sizes = update_norms(round_) if self.scores == "norm" else losses_as_scores(round_)
        return never_zero(sizes, round_.present)


@dataclass(frozen=True, kw_only=True)
class AlphaFairDraw(Labelled):
    """A random draw of models, in favour of those that are behind.

    Attributes:
        alpha: at least 1; finite, since a model with chance 0 is never trained.
        past_shares: whether a client's past trainings count.
        past_decay: what a past round counts beside the one after it, above 0, at most 1; None: 1.
            Only with past shares.
        by: what says how far a model is behind: its "error rate", or "loss".
        aggregate: "unbiased", or the published "mean" by data of those drawn.

    Raises:
        InvalidProblemError: an ``α`` below 1 or infinite, a decay out of its range or without past
            shares, an unknown ``by`` or aggregate.
    """

    alpha: float = 3.0
    past_shares: bool = False
    past_decay: float | None = None
    by: Behind = "error rate"
    aggregate: Aggregate = "unbiased"
    source: str = "Siew et al., arXiv 2404.13841"
    needs: ClassVar[str] = "accuracy at the server"
    formula: ClassVar[str] = (
        r"p_{vs} = q\, P(s \mid v), \qquad P(s \mid v) \propto f_s^{\alpha - 1}"
    )

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        if math.isinf(self.alpha):
            raise InvalidProblemError("alpha is inf; give a number, or use 'alpha-fair' for inf")
        require_choice(self.by, "by", get_args(Behind))
        require_choice(self.aggregate, "aggregate", get_args(Aggregate))
        if self.past_decay is not None:
            if not self.past_shares:
                raise InvalidProblemError(
                    f"past_decay is {self.past_decay!r}, but past trainings do not count; "
                    "set past_shares, or leave it out"
                )
            check_positive(self.past_decay, "past_decay")
            if self.past_decay > 1.0:
                raise InvalidProblemError(
                    f"past_decay is {self.past_decay!r}; it must be at most 1"
                )

    @property
    def name(self) -> str:
        """With past shares it is the Bayesian draw; with what it goes by, if not as published."""
        kind = "Bayesian α-fair draw" if self.past_shares else "α-fair draw"
        return kind if self.by == "error rate" else f"{kind} by loss"

    @property
    def estimator(self) -> Estimator:
        """How the step is put together with this aggregate."""
        if self.aggregate == "unbiased":
            return Estimator(where=where_drawn(self.alpha))
        return MeanOfDrawn()

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``past`` ``(N, S)``: what each client's past counts for each model.

        Raises:
            InvalidProblemError: error rates of a model that does not classify.
        """
        check_behind(self.by, federation)
        return {"past": np.zeros((federation.n_clients, federation.n_models))}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Who is active draws a model."""
        past = np.asarray(memory["past"])
        shares = fair_shares(behind(round_, self.by), self.alpha)
        chance = np.broadcast_to(shares, past.shape)
        if self.past_shares:
            chance = chance * rest_of_past(past)
        lot = round_.draw(_table(round_, chance))
        _, step = self.estimator.step({}, round_, lot)
        heard = np.stack(step.fresh_weights, axis=1) > 0.0
        decay = 1.0 if self.past_decay is None else self.past_decay
        return {"past": decay * past + 1.0 + heard}, replace(step, figures={"model share": shares})


def where_drawn(alpha: float) -> str:
    """The models that a round's step is unbiased for: one without errors has a share of 0."""
    return "" if alpha == 1.0 else "where a model has a share above 0"


def check_alpha(alpha: Any) -> None:
    """Raise InvalidProblemError unless ``α`` is a number of at least 1, perhaps infinite."""
    number = isinstance(alpha, int | float) and not isinstance(alpha, bool)
    if not number or math.isnan(alpha) or alpha < 1.0:
        raise InvalidProblemError(
            f"alpha is {alpha!r}; it must be at least 1 (equal shares), or inf (worst model only)"
        )


def check_behind(by: Behind, federation: Federation) -> None:
    """Refuse error rates of a model that has none.

    Raises:
        InvalidProblemError: a model that does not classify; names it.
    """
    for task in federation.tasks:
        if by == "error rate" and not task.classify:
            raise InvalidProblemError(
                f"{task.name!r} does not classify, so it has no error rate; set by = 'loss'"
            )


def behind(round_: Round, by: Behind) -> FloatArray:
    """``(S,)``, how far models are behind; NaN for those that nobody is there to train.

    Error rates are the server's, in percent; of losses the mean by data, which everybody tells.
    """
    if by == "error rate":
        told = 100.0 * round_.error_rates()
    else:
        told = (round_.data_weights * losses_as_scores(round_)).sum(axis=0)
    return np.where(round_.present.any(axis=0), told, np.nan)


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


def rest_of_past(past: FloatArray) -> FloatArray:
    """``(N, S)``, one less each model's share of a client's past; equal where there is none."""
    total, models = past.sum(axis=1, keepdims=True), past.shape[1]
    if models == 1:
        return np.ones(past.shape)
    equal = np.full(past.shape, 1.0 / models)
    return np.asarray(1.0 - np.divide(past, total, out=equal, where=total > 0.0))


def _table(round_: Round, chance: FloatArray) -> FloatArray:
    """``(V, S)``: the same total for every processor that can train anything."""
    rows = np.where(round_.available, chance[round_.federation.client], 0.0)
    totals = rows.sum(axis=1, keepdims=True)
    active = int(np.count_nonzero(totals))
    each = min(1.0, float(round_.budget) / max(active, 1))
    table = np.divide(each * rows, totals, out=np.zeros_like(rows), where=totals > 0.0)
    # Rounded down, so that no row of a certain processor exceeds 1.
    return np.asarray(table * (1.0 - 2.0**-50))
