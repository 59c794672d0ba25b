"""Power-of-choice: a few candidates by data size, of which those of largest loss are trained.

Needs data sizes, and losses of the candidates: one forward pass each. Models take turns. In the
turn of model ``s`` the server draws ``d`` candidates by data size, with replacement, and trains the
``m`` draws of largest loss (``⌊budget⌋``; a processor drawn twice counts twice); their updates
are averaged plainly. Ties go to the client, then the processor, that comes first.

Biased on purpose: clients of large loss get more weight than their data. With ``F`` the data share
of those ahead in the order, ``w`` one's own and ``g(x) = E min(m, Bin(d, x))``, a processor's
expected number of draws is ``g(F + w) − g(F)``, so its weight is that over ``m`` instead of ``w``;
and it is drawn at all with probability
``P(Bin(d, F) < m) − (1 − w)^d P(Bin(d, F/(1 − w)) < m)``. Both are exact, so the comparison states
the bias: the share of weight that is moved to others (total variation, mean over models).

The paper draws candidates without replacement; its inclusion probabilities have no closed form.
It has one model; turns are this project's way to several. Limits cannot be steered: a floor, cap or
ceiling that the rule breaks is a reason to skip it.

Source: Cho, Wang, Joshi (AISTATS 2022), π_pow-d; convergence to a biased point in the same paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import limits
from roundlot.solvers.rules.rule import DesignName, Rule, known
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray, IntArray

_ROUNDING = 1e-12
MOST_DRAWS = 2**40  # of a round; whoever trains at all trains at far fewer


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerOfChoice(Rule):
    """The draws of largest loss among candidates drawn by data size.

    Attributes:
        candidates: how many times ``m`` candidates are drawn, at least 1; 1 is data size itself.
    """

    candidates: int = 2
    name: str = "power-of-choice"
    needs: str = "data sizes, candidates' losses"
    source: str = "Cho, Wang, Joshi, AISTATS 2022"
    design: DesignName = "candidates"
    requires: tuple[str, ...] = ("weights", "losses")
    formula: ClassVar[str] = (
        r"E[\text{draws of } v] = g(F_v + w_v) - g(F_v), \qquad g(x) = E \min(m, "
        r"\mathrm{Bin}(d, x))"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, probability to be trained; the draw counts are in `mean_weights`.

        Raises:
            InfeasibleError: a budget below 1, or a limit that the rule does not keep.
        """
        whole = limits(problem)
        table = self.included(problem, information, np.arange(problem.n_processors))
        table = table / problem.n_models
        for name, bad in (
            ("floor", table < whole.lower * (1 - _ROUNDING)),
            ("ceiling", table > whole.upper * (1 + _ROUNDING)),
            ("cap", table.sum(axis=1, keepdims=True) > whole.cap[:, None] * (1 + _ROUNDING)),
        ):
            if bad.any():
                row = int(np.argwhere(bad)[0, 0])
                raise InfeasibleError(
                    f"power-of-choice breaks the {name} of {problem.names.row(row)}: losses "
                    "decide, not limits; drop the limit or the rule"
                )
        return whole.settle(np.maximum(table - whole.lower, 0.0), np.zeros(table.shape, np.bool_))

    def included(self, problem: Problem, information: Information, owner: IntArray) -> FloatArray:
        """``(V, S)``, within each model's turn: probability that a run of processors is trained.

        A run is a stretch in the order of losses that belongs to one ``owner`` ``(V,)``; its
        probability stands at its first processor, 0 at the others. With an owner per processor
        these are inclusion probabilities; with the client as owner, those of a message.
        """
        draws, chosen = self._counts(problem)
        table = np.zeros(problem.scores.shape)
        for model, (order, size) in enumerate(_orders(problem, information)):
            new = np.ones(len(order), dtype=np.bool_)
            new[1:] = owner[order][1:] != owner[order][:-1]
            run = np.cumsum(new) - 1
            first, mass = order[new], np.bincount(run, weights=size[order]).astype(np.float64)
            ahead = np.cumsum(mass) - mass
            table[first, model] = _included(ahead, mass, draws, chosen)
        return table

    def mean_weights(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, the weight each update gets on average; columns sum to 1, as data does."""
        draws, chosen = self._counts(problem)
        table = np.zeros(problem.scores.shape)
        for model, (order, size) in enumerate(_orders(problem, information)):
            edges = np.append(0.0, np.minimum(np.cumsum(size[order]), 1.0))
            table[order, model] = np.diff(_kept(edges, draws, chosen)) / chosen
        return table

    def moved(self, problem: Problem, information: Information) -> float:
        """The share of a model's weight that goes to others than its data, mean over models."""
        mean = self.mean_weights(problem, information)
        due = _shares(problem, information)
        held = due.sum(axis=0) > 0.0
        apart = 0.5 * np.abs(mean - due).sum(axis=0)[held]
        return float(apart.mean()) if held.any() else 0.0

    def _counts(self, problem: Problem) -> tuple[int, int]:
        chosen = math.floor(min(problem.budget, MOST_DRAWS))
        if chosen < 1:
            raise InfeasibleError(
                f"power-of-choice trains whole draws; the budget {problem.budget:g} is below 1"
            )
        return self.candidates * chosen, chosen


def _shares(problem: Problem, information: Information) -> FloatArray:
    """``(V, S)``, data shares among the available; columns sum to 1 or are 0."""
    sizes = np.where(problem.available, known(information.weights, "weights"), 0.0)
    top = sizes.max(axis=0, initial=0.0)
    scaled = np.divide(sizes, top, out=np.zeros_like(sizes), where=top > 0.0)
    return np.asarray(scaled / np.maximum(scaled.sum(axis=0), 1.0))


def _orders(problem: Problem, information: Information) -> list[tuple[IntArray, FloatArray]]:
    """Per model: processors that hold data, largest loss first, and the shares ``(V,)``."""
    losses, shares = known(information.losses, "losses"), _shares(problem, information)
    client = information.client
    owner = np.arange(problem.n_processors) if client is None else client
    orders = []
    for loss, share in zip(losses.T, shares.T, strict=True):
        order = np.lexsort((owner, -loss))
        orders.append((order[share[order] > 0.0], share))
    return orders


def _included(ahead: FloatArray, own: FloatArray, draws: int, chosen: int) -> FloatArray:
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
