"""LVR and max-min: the rule of least variance with losses in place of norms.

Needs one forward pass of every model on every client, and no training. A loss stands in for the
norm of an update, so the budget goes to clients and models that are still bad. Max-min makes the
largest of the models' variances as small as the budget allows, instead of their sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roundlot.simulate.argument_checks import check_share
from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.estimator import Estimator
from roundlot.solvers.rules import LeastVariance, Loss


@dataclass(frozen=True, kw_only=True)
class LossBased(Composed):
    """Proportional to weighted losses, up to caps.

    Attributes:
        floor: a loss below this share of the model's mean loss counts as that share: a client that
            fits its data perfectly is still heard, and the step stays unbiased. In [0, 1].

    Raises:
        InvalidProblemError: a floor out of its range.
    """

    floor: float = 0.01
    name: str = "LVR"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = Loss.formula

    def __post_init__(self) -> None:
        check_share(self.floor, "floor")

    @property
    def rule(self) -> LeastVariance:
        """Least variance for the losses."""
        return LeastVariance(sizes="losses", floor=self.floor, unheard_models=self.floor > 0.0)

    @property
    def estimator(self) -> Estimator:
        """Horvitz-Thompson; without a floor some are never drawn."""
        return Estimator(never="" if self.floor > 0.0 else "a loss of 0 is never drawn")


@dataclass(frozen=True, kw_only=True)
class MaxMin(Composed):
    """Probabilities whose worst model has the least variance, by losses."""

    rule = LeastVariance(sizes="losses", floor=0.01, objective="max", unheard_models=True)
    name: str = "max-min"
    source: str = "the worst-model objective of Siew et al., arXiv 2404.13841, on variances"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \max_s \sum_v \Big(\frac{d_{vs}}{B_v} f_{vs}\Big)^2 "
        r"\Big(\frac{1}{p_{vs}} - 1\Big)"
    )
