"""The optimum, and its rule for what stands for the norms of updates: losses, memory, residuals.

Losses need one forward pass of every model on every client, and no training. Between models a loss
has no common scale, so give losses in comparable units or set the problem's model weights, which
enter here as they do in the optimum (``√λ``).

``Loss`` is the cheap form, which shares the budget in one pass. A zero loss gives ``p = 0`` where
the floor is 0. If the update there is not zero the step is biased by that update: the comparison
reports how much score is never drawn. A floor repairs it.

``LeastVariance`` solves for the optimum, for any stand-in, and may floor it at a share of the
model's mean, so that nobody whose update is not known to be zero has probability 0.

Source: Zhang et al. (arXiv 2504.05138), LVR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from roundlot import solvers
from roundlot.solvers.rules.filling import fill
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import Rule, known
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

Sizes = Literal["norms", "losses", "last_norms", "residuals"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum(Rule):
    """The optimum itself, for the norms that are the problem's scores."""

    name: str = "optimum"
    needs: str = "norms of all updates"
    source: str = "Chen, Horváth, Richtárik, TMLR 2022; Zhang et al., ICDCS 2024"
    formula: ClassVar[str] = r"p \in \arg\min_p \sum_{v,s} \frac{a_{vs}^2}{p_{vs}}"

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, within any limits of the problem."""
        return solvers.solve(problem).probabilities


@dataclass(frozen=True, kw_only=True, eq=False)
class Loss(Rule):
    """Proportional to weighted losses."""

    name: str = "loss"
    needs: str = "losses: one forward pass"
    source: str = "Zhang et al., arXiv 2504.05138 (LVR)"
    requires: tuple[str, ...] = ("weights", "losses")
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} f_{vs}\Big)^2 \frac{1}{p_{vs}}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from losses and weights."""
        weights = known(information.weights, "weights")
        losses = known(information.losses, "losses")
        scale = max(float(losses.max()), np.finfo(np.float64).tiny)
        sizes = weights * (losses / scale) * np.sqrt(problem.model_weights)
        return fill(sizes, limits(problem))


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastVariance(Rule):
    """Probabilities of least variance for updates of these sizes, solved exactly.

    Attributes:
        sizes: the field of `Information` that stands for ``‖G‖``; NaN where a pair was never heard,
            which counts as the model's mean.
        floor: a size below this share of the model's mean counts as that share.
        objective: of the solver: the models' "sum" of variances, or their "max".
        unheard_models: whether a model of which nothing but zeros is known counts as the mean of
            the others; else it is not drawn while others are.
    """

    sizes: Sizes
    floor: float = 0.0
    objective: Literal["sum", "max"] = "sum"
    unheard_models: bool = False
    name: str = "least variance"
    needs: str = "what stands for the norms of updates"
    source: str = "Chen, Horváth, Richtárik, TMLR 2022; Zhang et al., ICDCS 2024"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} \hat g_{vs}\Big)^2 \frac{1}{p_{vs}}, "
        r"\qquad \hat g = \text{what stands for } \|G\|"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "requires", ("weights", self.sizes))

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: the optimum for weights times sizes, within any limits of the problem."""
        weights = known(information.weights, "weights")
        sizes = known(getattr(information, self.sizes), self.sizes)
        seen, available = sizes, problem.available
        if information.client is not None:  # a client counts once, whatever it runs on
            first = _first(information.client)
            seen, available = seen[first], available[first]
        means = mean_sizes(seen, available, unheard_models=self.unheard_models)
        scores = weights * at_least(sizes, problem.available, means, self.floor)
        # Nothing is known of any update: any probabilities do, so take those of equal updates.
        if not scores.any():
            scores = weights
        return solvers.solve(problem.with_scores(scores), objective=self.objective).probabilities


def mean_sizes(seen: FloatArray, available: BoolArray, *, unheard_models: bool) -> FloatArray:
    """``(S,)``, the mean of what was seen ``(n, S)``, NaN where nothing was, of the available."""
    heard = ~np.isnan(seen) & available
    means = np.sum(seen, axis=0, where=heard) / np.maximum(heard.sum(axis=0), 1)
    if unheard_models:
        # One model's scale says nothing of another's: an unheard one counts as their mean.
        large = means > 0.0
        means = np.where(large, means, means[large].mean() if large.any() else 1.0)
    return np.asarray(means)


def at_least(seen: FloatArray, available: BoolArray, means: FloatArray, floor: float) -> FloatArray:
    """``(V, S)``: what was seen, the mean where nothing was, and no less than a share of it."""
    sizes = np.maximum(seen, floor * means)
    unheard = np.isnan(sizes)
    if unheard.any():
        sizes = np.where(unheard, means, sizes)
    return np.where(available, sizes, 0.0)


def filled(seen: FloatArray, available: BoolArray, floor: float) -> FloatArray:
    """``(V, S)``: what was seen, the model's mean where nothing was, and no less than the floor.

    Equal for a model of which nothing, or nothing but zeros, was seen.
    """
    return at_least(seen, available, mean_sizes(seen, available, unheard_models=True), floor)


def _first(client: IntArray) -> IntArray:
    """``(N,)``, the first processor of each client, by their numbers ``(V,)`` from 0."""
    first = np.full(int(client.max(initial=-1)) + 1, -1, dtype=np.int64)
    first[client[::-1]] = np.arange(len(client))[::-1]
    return first[first >= 0]
