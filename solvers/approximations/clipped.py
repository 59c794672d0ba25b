"""Proportional and clipped: ``p = min(cap, m a / Σ a)``, with nothing redistributed.

Needs one secure sum of norms. Rows get ``q_v = min(c_v, m M_v / Σ M)`` and split it by ``a``. What
the clipping cuts off is not spent, so the expected draws may fall short of the budget.

Source: the first step of AOCS, Chen, Horváth, Richtárik (TMLR 2022), Algorithm 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.approximations.approximation import Approximation, FloatArray, known
from roundlot.solvers.approximations.filling import rescale, split
from roundlot.solvers.approximations.information import Information
from roundlot.solvers.approximations.limits import Limits, limits
from roundlot.theory import Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Clipped(Approximation):
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


def clipped_totals(scores: FloatArray, bounds: Limits) -> tuple[FloatArray, FloatArray]:
    """``(q, c)``, each ``(V,)``: clipped row totals beyond the floors, and what clips them."""
    scaled = np.where(bounds.room > 0.0, rescale(scores), 0.0)
    caps = np.minimum(bounds.row_room, np.where(scaled > 0.0, bounds.room, 0.0).sum(axis=1))
    norms = scaled.sum(axis=1)
    whole = float(norms.sum())
    share = norms / whole if whole > 0.0 else norms
    return np.minimum(caps, bounds.budget_left * share), caps
