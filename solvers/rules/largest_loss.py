"""Rules that take those of largest loss among candidates: what they have in common.

Models take turns. In the turn of model ``s`` the server asks candidates for their losses, one
forward pass each, and trains the ``m = ⌊budget⌋`` of largest loss; their updates are averaged
plainly. Ties go to the client, then the processor, that comes first.

Biased on purpose: clients of large loss get more weight than their data. How much is computed
exactly, so a comparison states the bias: the share of weight that is moved to others (total
variation, mean over models). Limits cannot be steered: a floor, cap or ceiling that the rule
breaks is a reason to skip it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import DesignName, Rule, known
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray

_ROUNDING = 1e-12
MOST_DRAWS = 2**40  # of a round; whoever trains at all trains at far fewer


@dataclass(frozen=True, kw_only=True, eq=False)
class PlainAverage:
    """A plain mean over those trained, on average over rounds.

    Attributes:
        weights: ``(V, S)``, the weight each update gets within its model's turn; columns sum to 1,
            or are 0 for a model without data.
        due: ``(V, S)``, its share of the data.
        messages: distinct (client, model) messages of a round.
    """

    weights: FloatArray
    due: FloatArray
    messages: float

    @property
    def moved(self) -> float:
        """The share of a model's weight that goes to others than its data, mean over models."""
        held = self.due.sum(axis=0) > 0.0
        apart = 0.5 * np.abs(self.weights - self.due).sum(axis=0)[held]
        return float(apart.mean()) if held.any() else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class LargestLoss(Rule):
    """Candidates by data size, of whom those of largest loss are trained.

    Attributes:
        candidates: how many times ``m`` candidates are drawn, at least 1.
    """

    candidates: int = 2
    needs: str = "data sizes, candidates' losses"
    design: DesignName = "candidates"
    requires: tuple[str, ...] = ("weights", "losses")

    @abstractmethod
    def included(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, within each model's turn: probability that a processor is trained."""

    @abstractmethod
    def average(self, problem: Problem, information: Information) -> PlainAverage:
        """What the plain mean of a round is on average.

        Raises:
            InfeasibleError: a budget below 1.
        """

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, probability to be trained; shares of the weight are in `average`.

        Raises:
            InfeasibleError: a budget below 1, or a limit that the rule does not keep.
        """
        whole = limits(problem)
        table = self.included(problem, information) / problem.n_models
        for name, bad in (
            ("floor", table < whole.lower * (1 - _ROUNDING)),
            ("ceiling", table > whole.upper * (1 + _ROUNDING)),
            ("cap", table.sum(axis=1, keepdims=True) > whole.cap[:, None] * (1 + _ROUNDING)),
        ):
            if bad.any():
                row = int(np.argwhere(bad)[0, 0])
                raise InfeasibleError(
                    f"{self.name} breaks the {name} of {problem.names.row(row)}: losses decide, "
                    "not limits; drop the limit or the rule"
                )
        return whole.settle(np.maximum(table - whole.lower, 0.0), np.zeros(table.shape, np.bool_))

    def counts(self, problem: Problem) -> tuple[int, int]:
        """Candidates and draws of a turn.

        Raises:
            InfeasibleError: a budget below 1.
        """
        chosen = math.floor(min(problem.budget, MOST_DRAWS))
        if chosen < 1:
            raise InfeasibleError(
                f"{self.name} trains whole draws; the budget {problem.budget:g} is below 1"
            )
        return self.candidates * chosen, chosen


def data_shares(problem: Problem, information: Information) -> FloatArray:
    """``(V, S)``, data shares among the available; columns sum to 1 or are 0."""
    sizes = np.where(problem.available, known(information.weights, "weights"), 0.0)
    top = sizes.max(axis=0, initial=0.0)
    scaled = np.divide(sizes, top, out=np.zeros_like(sizes), where=top > 0.0)
    return np.asarray(scaled / np.maximum(scaled.sum(axis=0), 1.0))
