"""StaleVR: what everybody sent last, with the best ``β``, sampled by what it leaves unexplained.

StaleVR needs everybody's fresh update in every round, to tell ``β* = ⟨G, h⟩/‖h‖²`` and
``‖G − β* h‖``: the joint optimum over probabilities and ``β``. Only those drawn send an update.

StaleVRE takes ``β`` and the residual's norm from the last time a client was heard. It needs memory
only: nobody trains but those drawn. Whoever was never heard counts as an average client, so nobody
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_share
from roundlot.simulate.methods.composed import Composed, proposed
from roundlot.simulate.methods.estimator import blocks
from roundlot.simulate.methods.stale_memory import (
    Corrected,
    best_factor,
    corrected_step,
    updates_of,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import LeastVariance
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class StaleOptimal(Composed):
    """Stale updates with the optimal factor."""

    rule = LeastVariance(sizes="residuals", floor=1e-6)
    estimator = Corrected()
    name: str = "StaleVR"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "all updates, memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \beta_{is} h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta_{vs} h_{vs}\right), \qquad "
        r"\beta_{is} = \frac{\langle G_{is}, h_{is} \rangle}{\|h_{is}\|^2}"
    )

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody trains; draw by ``(d/B) ‖G − β* h‖``; those drawn correct their ``β* h``."""
        beta, residual = _fit(memory, round_)
        lot = round_.draw(proposed(round_, self.rule, residuals=residual))
        correction = corrected_step(round_, memory, beta, lot)
        return correction.memory, correction.step


@dataclass(frozen=True, kw_only=True)
class Remeasured(Corrected):
    """Corrected with everybody's own ``β``, measured anew when a client is heard."""

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """The last updates, and ``(N, S)``: ``beta``, and ``residual`` NaN for unheard."""
        shape = (federation.n_clients, federation.n_models)
        return {
            **super().start(federation, parameters),
            "beta": np.ones(shape),
            "residual": np.full(shape, np.nan),
        }

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Those drawn correct ``β h`` and are measured anew."""
        beta, seen = np.asarray(memory["beta"]), np.asarray(memory["residual"])
        correction = corrected_step(round_, memory, beta, lot)
        # A first update has nothing to be compared with: its factor stays 1.
        measured = ~np.isnan(correction.fitted) & ~np.isnan(seen)
        return {
            **correction.memory,
            "beta": np.where(measured, correction.fitted, beta),
            "residual": np.where(np.isnan(correction.residual), seen, correction.residual),
        }, correction.step


@dataclass(frozen=True, kw_only=True)
class StaleEstimated(Composed):
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

    @property
    def rule(self) -> LeastVariance:
        """Least variance for the residuals remembered."""
        return LeastVariance(sizes="residuals", floor=self.floor)

    @property
    def estimator(self) -> Remeasured:
        """Corrected by those drawn; without a floor some are never drawn."""
        return Remeasured(never="" if self.floor > 0.0 else "a residual of 0 is never drawn")

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)`` by remembered residuals."""
        return proposed(round_, self.rule, residuals=_filled(np.asarray(memory["residual"])))


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


def _filled(seen: FloatArray) -> FloatArray:
    """``(N, S)``: what was seen, and the model's mean of it, 1 if there is none, elsewhere."""
    known = ~np.isnan(seen)
    means = np.sum(seen, axis=0, where=known) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, seen, np.where(known.any(axis=0), means, 1.0))
