"""FedStale: everybody's last update times one fixed ``β``, corrected by a random draw.

``β = 0`` is random sampling, ``β = 1`` FedVARP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.checks import check_share
from roundlot.simulate.methods.choosing import proposed
from roundlot.simulate.methods.estimator import CORRECTED, Estimator, Labelled
from roundlot.simulate.methods.remembered import corrected_step, nothing_remembered
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel


@dataclass(frozen=True, kw_only=True)
class FedStale(Labelled):
    """Stale updates with one factor for all.

    Attributes:
        beta: the factor, in [0, 1].

    Raises:
        InvalidProblemError: a factor out of its range.
    """

    beta: float = 0.5
    name: str = "FedStale"
    source: str = "Rodio and Neglia, ECAI 2024"
    estimator: ClassVar[Estimator] = CORRECTED
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \beta h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta h_{vs}\right)"
    )

    def __post_init__(self) -> None:
        check_share(self.beta, "beta")

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: the last update of everybody, none yet."""
        return nothing_remembered(federation, parameters)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw at random; those drawn correct ``β`` times their last update."""
        lot = round_.draw(proposed(round_, RandomModel()))
        done = corrected_step(round_, memory, np.full(round_.present.shape, self.beta), lot)
        return done.memory, done.step
