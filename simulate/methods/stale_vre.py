"""StaleVRE: as StaleVR, with ``β`` and the residual's norm from the last time a client was heard.

Needs memory only: nobody trains but those drawn. Whoever was never heard counts as an average
client, so nobody is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.checks import check_share
from roundlot.simulate.methods.choosing import best_for
from roundlot.simulate.methods.estimator import Estimator, Labelled
from roundlot.simulate.methods.remembered import corrected_step, nothing_remembered
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class StaleEstimated(Labelled):
    """Stale updates with the factor seen last.

    Attributes:
        floor: a residual below this share of the model's mean counts as that share: old estimates
            must not rule anybody out. In [0, 1].

    Raises:
        InvalidProblemError: a floor out of its range.
    """

    floor: float = 0.1
    name: str = "StaleVRE"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \hat\beta_{is} h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \hat\beta_{vs} h_{vs}\right)"
    )

    def __post_init__(self) -> None:
        check_share(self.floor, "floor")

    def put_together(self) -> Estimator:
        """How the step is put together with these settings."""
        return Estimator(
            memory="corrected", never="" if self.floor > 0.0 else "a residual of 0 is never drawn"
        )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """The last updates, and ``(N, S)``: ``beta``, and ``residual`` NaN for unheard."""
        shape = (federation.n_clients, federation.n_models)
        return {
            **nothing_remembered(federation, parameters),
            "beta": np.ones(shape),
            "residual": np.full(shape, np.nan),
        }

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw by remembered residuals; those drawn correct ``β h`` and are measured anew."""
        beta, seen = np.asarray(memory["beta"]), np.asarray(memory["residual"])
        lot = round_.draw(best_for(round_, _filled(seen), floor=self.floor))
        done = corrected_step(round_, memory, beta, lot)
        # A first update has nothing to be compared with: its factor stays 1.
        measured = ~np.isnan(done.fitted) & ~np.isnan(seen)
        return {
            **done.memory,
            "beta": np.where(measured, done.fitted, beta),
            "residual": np.where(np.isnan(done.residual), seen, done.residual),
        }, done.step


def _filled(seen: FloatArray) -> FloatArray:
    """``(N, S)``: what was seen, and the model's mean of it, 1 if there is none, elsewhere."""
    known = ~np.isnan(seen)
    means = np.sum(seen, axis=0, where=known) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, seen, np.where(known.any(axis=0), means, 1.0))
