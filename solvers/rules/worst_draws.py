"""Worst draws: processors drawn by data with replacement, of which the draws of largest loss train.

A relative of power-of-choice with a closed form for fleets of any size. The ``d`` candidates are
draws with replacement, and a processor drawn twice counts twice. With ``F`` the data share of those
ahead in the order of losses, ``w`` one's own and ``g(x) = E min(m, Bin(d, x))``, a processor's
expected number of draws is ``g(F + w) − g(F)``, so its weight is that over ``m`` instead of ``w``;
and it is drawn at all with probability
``P(Bin(d, F) < m) − (1 − w)^d P(Bin(d, F/(1 − w)) < m)``. Both are exact.

Source: after Cho, Wang, Joshi (AISTATS 2022), whose candidates are different clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.largest_loss import LargestLoss, PlainAverage, data_shares
from roundlot.solvers.rules.rule import known
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstDraws(LargestLoss):
    """The draws of largest loss among draws by data with replacement.

    Attributes:
        candidates: how many times ``m`` candidates are drawn, at least 1; 1 is data size itself.
    """

    name: str = "worst draws"
    source: str = "after Cho, Wang, Joshi, AISTATS 2022, with replacement"
    formula: ClassVar[str] = (
        r"E[\text{draws of } v] = g(F_v + w_v) - g(F_v), \qquad g(x) = E \min(m, "
        r"\mathrm{Bin}(d, x))"
    )

    def included(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, within each model's turn: probability that a processor is trained.

        Raises:
            InfeasibleError: a budget below 1.
        """
        return self._included(problem, information, np.arange(problem.n_processors))

    def _included(self, problem: Problem, information: Information, owner: IntArray) -> FloatArray:
        """The same of runs: stretches in the order of losses that belong to one ``owner``.

        A run's probability stands at its first processor, 0 at the others.
        """
        draws, chosen = self.counts(problem)
        table = np.zeros(problem.scores.shape)
        for model, (order, size) in enumerate(_orders(problem, information)):
            new = np.ones(len(order), dtype=np.bool_)
            new[1:] = owner[order][1:] != owner[order][:-1]
            run = np.cumsum(new) - 1
            first, mass = order[new], np.bincount(run, weights=size[order]).astype(np.float64)
            ahead = np.cumsum(mass) - mass
            table[first, model] = _drawn(ahead, mass, draws, chosen)
        return table

    def average(self, problem: Problem, information: Information) -> PlainAverage:
        """What the plain mean of a round is on average, a processor drawn twice counting twice.

        A client whose processors differ in loss counts as a message for each stretch of the order
        that is all its own.

        Raises:
            InfeasibleError: a budget below 1.
        """
        draws, chosen = self.counts(problem)
        owner, table = information.client, np.zeros(problem.scores.shape)
        owner = np.arange(problem.n_processors) if owner is None else owner
        for model, (order, size) in enumerate(_orders(problem, information)):
            edges = np.append(0.0, np.minimum(np.cumsum(size[order]), 1.0))
            table[order, model] = np.diff(_kept(edges, draws, chosen)) / chosen
        return PlainAverage(
            weights=table,
            due=data_shares(problem, information),
            messages=float(self._included(problem, information, owner).sum() / problem.n_models),
        )


def _orders(problem: Problem, information: Information) -> list[tuple[IntArray, FloatArray]]:
    """Per model: processors that hold data, largest loss first, and the shares ``(V,)``."""
    losses, shares = known(information.losses, "losses"), data_shares(problem, information)
    client = information.client
    owner = np.arange(problem.n_processors) if client is None else client
    orders = []
    for loss, share in zip(losses.T, shares.T, strict=True):
        order = np.lexsort((owner, -loss))
        orders.append((order[share[order] > 0.0], share))
    return orders


def _drawn(ahead: FloatArray, own: FloatArray, draws: int, chosen: int) -> FloatArray:
    """Drawn, with fewer than ``chosen`` draws ahead of it."""
    from scipy.stats import binom

    ahead = np.minimum(ahead, 1.0)
    rest = 1.0 - own
    never = np.divide(ahead, rest, out=np.zeros_like(ahead), where=rest > 0.0)
    within = binom.cdf(chosen - 1, draws, ahead)
    undrawn = np.power(np.maximum(rest, 0.0), draws)
    undrawn = undrawn * binom.cdf(chosen - 1, draws, np.minimum(never, 1.0))
    return np.asarray(np.clip(within - undrawn, 0.0, 1.0))


def _kept(edges: FloatArray, draws: int, chosen: int) -> FloatArray:
    """``E min(m, Bin(d, x))``: chosen draws that fall in the first ``x`` of the order."""
    from scipy.stats import binom

    below = draws * edges * binom.cdf(chosen - 2, draws - 1, edges)
    return np.asarray(below + chosen * binom.sf(chosen - 1, draws, edges))
