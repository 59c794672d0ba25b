"""StaleVR: what everybody sent last, with the best ``β``, sampled by what it leaves unexplained.

Needs everybody's fresh update in every round, to tell ``β* = ⟨G, h⟩/‖h‖²`` and ``‖G − β* h‖``: the
joint optimum over probabilities and ``β``. Only those drawn send an update.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.methods.aggregation import blocks
from roundlot.simulate.methods.choosing import best_for
from roundlot.simulate.methods.estimator import CORRECTED, Estimator, Labelled
from roundlot.simulate.methods.remembered import (
    best_factor,
    corrected_step,
    nothing_remembered,
    updates_of,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class StaleOptimal(Labelled):
    """Stale updates with the optimal factor."""

    name: str = "StaleVR"
    source: str = "Zhang et al., arXiv 2504.05138"
    estimator: ClassVar[Estimator] = CORRECTED
    needs: ClassVar[str] = "all updates, memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \beta_{is} h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta_{vs} h_{vs}\right), \qquad "
        r"\beta_{is} = \frac{\langle G_{is}, h_{is} \rangle}{\|h_{is}\|^2}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: the last update of everybody, none yet."""
        return nothing_remembered(federation, parameters)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody trains; draw by ``(d/B) ‖G − β* h‖``; those drawn correct their ``β* h``."""
        beta, residual = _fit(memory, round_)
        lot = round_.draw(best_for(round_, residual, floor=1e-6))
        done = corrected_step(round_, memory, beta, lot)
        return done.memory, done.step


def _fit(memory: Memory, round_: Round) -> tuple[FloatArray, FloatArray]:
    """``(N, S)`` each: ``β*`` and ``‖G − β* h‖`` of everybody present, else 0."""
    beta, residual = (np.zeros(round_.present.shape) for _ in range(2))
    for model in range(len(round_.parameters)):
        for some in blocks(np.flatnonzero(round_.present[:, model])):
            updates, old = round_.told(model, some), updates_of(memory, model)[some]
            beta[some, model] = best_factor(updates, old)
            factors = torch.as_tensor(beta[some, [model]], device=old.device).to(old.dtype)
            left = torch.linalg.vector_norm(updates - factors[:, None] * old, dim=1)
            residual[some, model] = left.double().cpu()
    return beta, residual
