"""Power-of-choice: different candidates by data size, of whom those of largest loss are trained.

The server draws ``d`` different clients, one after the other, each by data size among those left,
and trains the ``m`` of largest loss. The probabilities to be trained are exact: see
`roundlot.solvers.rules.different_candidates`. A client with several processors is one candidate,
with the data of all and the mean of their losses by data, and trains on one of them, drawn by data.

The paper has one model; turns are this project's way to several.

Source: Cho, Wang, Joshi (AISTATS 2022), π_pow-d; convergence to a biased point in the same paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.different_candidates import chosen_first
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.largest_loss import LargestLoss, PlainAverage, data_shares
from roundlot.solvers.rules.rule import known
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerOfChoice(LargestLoss):
    """The clients of largest loss among different candidates drawn by data size.

    Attributes:
        candidates: how many times ``m`` candidates are drawn, at least 1.
    """

    name: str = "power-of-choice"
    source: str = "Cho, Wang, Joshi, AISTATS 2022"
    formula: ClassVar[str] = (
        r"T = \text{the } m \text{ of largest loss among } d \text{ different clients by data}, "
        r"\qquad \Delta_s = \frac{1}{m} \sum_{i \in T} G_{is}"
    )

    def included(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, within each model's turn: probability that a processor is trained.

        Raises:
            InfeasibleError: a budget below 1; too many clients and candidates to compute it.
        """
        draws, chosen = self.counts(problem)
        losses, shares = known(information.losses, "losses"), data_shares(problem, information)
        owner = information.client
        owner = np.arange(problem.n_processors) if owner is None else owner
        table = np.zeros(problem.scores.shape)
        for model, (loss, share) in enumerate(zip(losses.T, shares.T, strict=True)):
            sizes = np.bincount(owner, weights=share).astype(np.float64)
            order = _worst_first(owner, loss, share, sizes)
            if not len(order):
                continue
            chances = np.zeros(len(sizes))
            chances[order] = chosen_first(sizes[order], draws, chosen)
            each = np.divide(share, sizes[owner], out=np.zeros(len(share)), where=share > 0.0)
            table[:, model] = chances[owner] * each
        return table

    def average(self, problem: Problem, information: Information) -> PlainAverage:
        """What the plain mean of a round is on average: every client trained sends one message.

        Raises:
            InfeasibleError: as `included`.
        """
        table = self.included(problem, information)
        trained = table.sum(axis=0)
        return PlainAverage(
            weights=np.asarray(table / np.where(trained > 0.0, trained, 1.0)),
            due=data_shares(problem, information),
            messages=float(trained.sum() / problem.n_models),
        )


def _worst_first(
    owner: IntArray, loss: FloatArray, share: FloatArray, sizes: FloatArray
) -> IntArray:
    """Clients that hold data, largest loss first; of equal losses the first client."""
    holders = np.flatnonzero(sizes > 0.0)
    means = np.bincount(owner, weights=loss * share, minlength=len(sizes))
    lone = np.bincount(owner[share > 0.0], minlength=len(sizes)) == 1
    # The loss of a lone processor as it is: a mean by a share of 1 may round.
    means = np.divide(means, sizes, out=np.zeros(len(sizes)), where=sizes > 0.0)
    means[owner[(share > 0.0) & lone[owner]]] = loss[(share > 0.0) & lone[owner]]
    return np.asarray(holders[np.lexsort((holders, -means[holders]))])
