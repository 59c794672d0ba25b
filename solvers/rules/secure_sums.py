"""Sampling by norms from secure sums only, never an individual norm: clipped, and AOCS.

``Clipped`` is ``p = min(cap, m a / Σ a)`` with nothing redistributed. It needs one secure sum; what
the clipping cuts off is not spent, so the expected draws may fall short of the budget.

``Aggregated``, AOCS, needs ``j + 1`` secure sums for ``j`` rescalings. Start from
``q_v = min(c_v, m M_v / Σ M)``; then, ``j`` times, multiply the totals below their caps by
``C = (m − Σ_capped c) / Σ_free q`` and clip again, and stop when nothing is left to share. Rows
split their total by ``a``. Each rescaling spends what the last clipping cut off; repeated long
enough it ends at the optimum.

Source: Chen, Horváth, Richtárik (TMLR 2022), Algorithm 2, for one model and caps of 1; here on the
row totals ``M_v = Σ_s a_vs`` and with any caps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.filling import rescale, split
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import Limits, limits
from roundlot.solvers.rules.rule import Rule, known
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Clipped(Rule):
    """Proportional to the norms, clipped at the caps."""

    name: str = "clipped"
    needs: str = "a secure sum of norms"
    source: str = "Chen, Horváth, Richtárik, TMLR 2022, first step of Algorithm 2"
    requires: tuple[str, ...] = ("scores",)
    formula: ClassVar[str] = (
        r"q_v = \min\Big(c_v, \frac{m M_v}{\sum_w M_w}\Big), \qquad p_{vs} = q_v "
        r"\frac{a_{vs}}{M_v}, \quad M_v = \sum_s a_{vs}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from the norms."""
        bounds, scores = limits(problem), known(information.scores, "scores")
        return split(scores, clipped_totals(scores, bounds)[0], bounds)


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregated(Rule):
    """AOCS with a number of rescalings.

    Attributes:
        rescalings: how many, at least 1; each costs a round of secure sums.
    """

    rescalings: int
    needs: str = "secure sums of norms"
    source: str = "Chen, Horváth, Richtárik, TMLR 2022, Algorithm 2"
    requires: tuple[str, ...] = ("scores",)
    formula: ClassVar[str] = (
        r"q_v \leftarrow \min(c_v, C q_v), \qquad C = \frac{m - \sum_{\text{capped}} "
        r"c_v}{\sum_{\text{free}} q_v}, \qquad p_{vs} = q_v \frac{a_{vs}}{M_v}"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from the norms."""
        bounds, scores = limits(problem), known(information.scores, "scores")
        totals, caps = clipped_totals(scores, bounds)
        for _ in range(self.rescalings):
            totals = _rescaled(totals, caps, bounds.budget_left)
        return split(scores, totals, bounds)


def aocs(rescalings: int) -> Aggregated:
    """AOCS with this many rescalings, named after them."""
    return Aggregated(name=f"AOCS {rescalings}", rescalings=rescalings)


def clipped_totals(scores: FloatArray, bounds: Limits) -> tuple[FloatArray, FloatArray]:
    """``(q, c)``, each ``(V,)``: clipped row totals beyond the floors, and what clips them."""
    scaled = np.where(bounds.room > 0.0, rescale(scores), 0.0)
    caps = np.minimum(bounds.row_room, np.where(scaled > 0.0, bounds.room, 0.0).sum(axis=1))
    norms = scaled.sum(axis=1)
    whole = float(norms.sum())
    share = norms / whole if whole > 0.0 else norms
    return np.minimum(caps, bounds.budget_left * share), caps


def _rescaled(totals: FloatArray, caps: FloatArray, budget: float) -> FloatArray:
    capped = totals >= caps
    free = float(totals[~capped].sum())
    left = budget - float(totals[capped].sum())
    if free <= 0.0 or left <= free:
        return totals
    grown = np.divide(totals, free, out=np.zeros_like(totals), where=~capped) * left
    return np.asarray(np.where(capped, totals, np.minimum(caps, grown)))
