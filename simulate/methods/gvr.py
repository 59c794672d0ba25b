"""GVR: probabilities of least variance for the norms of this round's updates.

Needs everybody's update norm, so everybody trains every model in every round; only those drawn send
their updates. With norms known exactly this is the optimum: nothing unbiased with these budgets and
independent draws has less variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roundlot.simulate.methods.composed import Composed
from roundlot.solvers.rules import LeastVariance


@dataclass(frozen=True, kw_only=True)
class GradientNorm(Composed):
    """The optimum for the norms of the updates."""

    rule = LeastVariance(sizes="norms")
    name: str = "GVR"
    source: str = "Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "norms of all updates"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} \|G_{vs}\|\Big)^2 "
        r"\frac{1}{p_{vs}}"
    )
