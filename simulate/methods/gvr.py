"""GVR: probabilities of least variance for the norms of this round's updates.

Needs everybody's update norm, so everybody trains every model in every round; only those drawn send
their updates. With norms known exactly this is the optimum: nothing unbiased with these budgets and
independent draws has less variance, if the variance of a model counts by ``1/γ²`` of its learning
rate. That is how the authors' code has it: it divides updates by the rate, so that a rate does not
decide which model gets the budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roundlot.simulate.methods.composed import (
    Composed,
    Norms,
    check_norms,
    proposed,
    update_norms,
)
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import LeastVariance
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class GradientNorm(Composed):
    """The optimum for the norms of the updates.

    Attributes:
        norms: "per rate", as published: updates over the model's learning rate; "per local time",
            over local steps times rate; or "raw".

    Raises:
        InvalidProblemError: unknown norms.
    """

    rule = LeastVariance(sizes="norms")
    norms: Norms = "per rate"
    name: str = "GVR"
    source: str = "Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "norms of all updates"
    trains_all_clients: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} \frac{\|G_{vs}\|}{\gamma_s}\Big)^2 "
        r"\frac{1}{p_{vs}}"
    )

    def __post_init__(self) -> None:
        check_norms(self.norms)

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)`` by the norms that everybody present tells."""
        return proposed(round_, self.rule, norms=update_norms(round_, self.norms))
