"""StaleVR: what everybody sent last, with the best ``β``, sampled by what it leaves unexplained.

StaleVR needs everybody's fresh update in every round, to tell ``β* = ⟨G, h⟩/‖h‖²`` and
``‖G − β* h‖``: the joint optimum over probabilities and ``β``. Only those drawn send an update.

StaleVRE needs memory only: nobody trains but those drawn. The residual's norm is from the last time
a client was heard. As published, ``β`` is 0.9 in the round after and falls by ``(0.9 − β*)/τ`` a
round, not below 0, with ``β*`` of the last time, ``τ`` rounds after the time before; it stays at
0.9 as long as a client was heard once only. `StaleFitted` takes ``β*`` itself, from 1 on. Whoever
was never heard counts as an average client, so nobody is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_share
from roundlot.simulate.methods.composed import Composed, Norms, check_norms, norm_units, proposed
from roundlot.simulate.methods.estimator import blocks
from roundlot.simulate.methods.stale_memory import (
    Corrected,
    Correction,
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
    """Stale updates with the optimal factor.

    Attributes:
        norms: of residuals, which are the scores: "per rate", as published, "per local time" or
            "raw"; see `roundlot.simulate.methods.composed.norm_units`.

    Raises:
        InvalidProblemError: unknown norms.
    """

    rule = LeastVariance(sizes="residuals", floor=1e-6)
    norms: Norms = "per rate"
    estimator = Corrected()
    name: str = "StaleVR"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "all updates, memory"
    trains_all_clients: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} \beta_{is} h_{is} + \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \beta_{vs} h_{vs}\right), \qquad "
        r"\beta_{is} = \frac{\langle G_{is}, h_{is} \rangle}{\|h_{is}\|^2}"
    )

    def __post_init__(self) -> None:
        check_norms(self.norms)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody trains; draw by ``(d/B) ‖G − β* h‖``; those drawn correct their ``β* h``."""
        beta, residual = _fit(memory, round_, self.norms)
        lot = round_.draw(proposed(round_, self.rule, residuals=residual))
        correction = corrected_step(round_, memory, beta, lot)
        return correction.memory, correction.step


@dataclass(frozen=True, kw_only=True)
class Remembering(Corrected):
    """Corrected with everybody's own ``β``; it and the residual are from when one was heard.

    Attributes:
        norms: of the residuals.
    """

    norms: Norms = "per rate"

    def seen(self, memory: Memory, round_: Round, correction: Correction) -> FloatArray:
        """``(N, S)``, residuals in units: of those drawn, else the last; NaN for unheard."""
        residual = np.array(memory["residual"])
        for model in range(residual.shape[1]):
            drawn = np.flatnonzero(~np.isnan(correction.residual[:, model]))
            unit = norm_units(round_, model, drawn, self.norms)
            residual[drawn, model] = correction.residual[drawn, model] / unit
        return residual


@dataclass(frozen=True, kw_only=True)
class Decaying(Remembering):
    """``β`` falls in a line from a first value, as steeply as it would have had to the last time.

    Attributes:
        beta: the first value, in the round after a client was heard.
    """

    beta: float = 0.9

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """The last updates, and ``(N, S)``: ``residual``, ``drawn`` −1 for never, ``decay``."""
        shape = (federation.n_clients, federation.n_models)
        return {
            **super().start(federation, parameters),
            "residual": np.full(shape, np.nan),
            "drawn": np.full(shape, -1, dtype=np.int64),
            "decay": np.zeros(shape),
        }

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Those drawn correct ``β h``, and tell how much ``β`` should have lost in a round."""
        heard, decay = np.asarray(memory["drawn"]), np.asarray(memory["decay"])
        idle = round_.index - heard - 1
        beta = np.where(heard < 0, self.beta, np.maximum(0.0, self.beta - decay * idle))
        correction = corrected_step(round_, memory, beta, lot)
        drawn = ~np.isnan(correction.fitted)
        # A first update has nothing to be compared with: its factor does not decay.
        slope = np.where(heard < 0, 0.0, (self.beta - correction.fitted) / (idle + 1))
        return {
            **correction.memory,
            "residual": self.seen(memory, round_, correction),
            "drawn": np.where(drawn, round_.index, heard),
            "decay": np.where(drawn, slope, decay),
        }, correction.step


@dataclass(frozen=True, kw_only=True)
class Remeasured(Remembering):
    """``β`` is what would have been best when the client was heard last."""

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
            "residual": self.seen(memory, round_, correction),
        }, correction.step


_ESTIMATE = (
    r"\Delta_s = \sum_i d_{is} \hat\beta_{is} h_{is} + \sum_{v \text{ drew } s} "
    r"\frac{d_{vs}}{B_v\, p_{vs}} \left(G_{vs} - \hat\beta_{vs} h_{vs}\right)"
)


@dataclass(frozen=True, kw_only=True)
class StaleEstimated(Composed):
    """Stale updates with a factor that decays, as published.

    Attributes:
        beta: the factor in the round after a client was heard, in [0, 1].
        floor: a residual below this share of the model's mean counts as that share: old estimates
            must not rule anybody out. In [0, 1].
        norms: of residuals, which are the scores: "per rate", "per local time" or "raw".

    Raises:
        InvalidProblemError: a factor or a floor out of its range, or unknown norms.
    """

    beta: float = 0.9
    floor: float = 0.1
    norms: Norms = "per rate"
    name: str = "StaleVRE"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = _ESTIMATE + (
        r", \qquad \hat\beta = 0.9 \text{ when drawn}, \quad \hat\beta \leftarrow \max\Big(0, "
        r"\hat\beta - \frac{0.9 - \beta^*}{\tau}\Big) \text{ a round}"
    )

    def __post_init__(self) -> None:
        check_share(self.beta, "beta")
        check_share(self.floor, "floor")
        check_norms(self.norms)

    @property
    def rule(self) -> LeastVariance:
        """Least variance for the residuals remembered."""
        return LeastVariance(sizes="residuals", floor=self.floor, unheard_models=self.floor > 0.0)

    @property
    def estimator(self) -> Decaying:
        """Corrected by those drawn; without a floor some are never drawn."""
        return Decaying(beta=self.beta, norms=self.norms, never=_never(self.floor))

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)`` by remembered residuals."""
        return proposed(round_, self.rule, residuals=_filled(np.asarray(memory["residual"])))


@dataclass(frozen=True, kw_only=True)
class StaleFitted(Composed):
    """Stale updates with the factor that would have been best when a client was heard last.

    Attributes:
        floor: a residual below this share of the model's mean counts as that share: old estimates
            must not rule anybody out. In [0, 1].
        norms: of residuals, which are the scores: "per rate", "per local time" or "raw".

    Raises:
        InvalidProblemError: a floor out of its range, or unknown norms.
    """

    floor: float = 0.1
    norms: Norms = "per rate"
    name: str = "StaleVRE, last fit"
    source: str = "after Zhang et al., arXiv 2504.05138, with another estimate of β"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = _ESTIMATE + (r", \qquad \hat\beta = \beta^* \text{ when drawn last}")

    def __post_init__(self) -> None:
        check_share(self.floor, "floor")
        check_norms(self.norms)

    @property
    def rule(self) -> LeastVariance:
        """Least variance for the residuals remembered."""
        return LeastVariance(sizes="residuals", floor=self.floor, unheard_models=self.floor > 0.0)

    @property
    def estimator(self) -> Remeasured:
        """Corrected by those drawn; without a floor some are never drawn."""
        return Remeasured(norms=self.norms, never=_never(self.floor))

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)`` by remembered residuals."""
        return proposed(round_, self.rule, residuals=_filled(np.asarray(memory["residual"])))


def _never(floor: float) -> str:
    return "" if floor > 0.0 else "a residual of 0 is never drawn"


def _fit(memory: Memory, round_: Round, norms: Norms) -> tuple[FloatArray, FloatArray]:
    """``(N, S)`` each: ``β*`` and ``‖G − β* h‖`` in units of everybody present, else 0."""
    beta, residual = (np.zeros(round_.present.shape) for _ in range(2))
    for model in range(len(round_.parameters)):
        for some in blocks(np.flatnonzero(round_.present[:, model])):
            updates, old = round_.told(model, some), updates_of(memory, model)[some]
            beta[some, model] = best_factor(updates, old)
            factors = torch.as_tensor(beta[some, [model]], device=old.device).to(old.dtype)
            left = torch.linalg.vector_norm(updates - factors[:, None] * old, dim=1)
            unit = norm_units(round_, model, some, norms)
            residual[some, model] = left.double().cpu().numpy() / unit
    return beta, residual


def _filled(seen: FloatArray) -> FloatArray:
    """``(N, S)``: what was seen, and the model's mean of it, 1 if there is none, elsewhere.

    A mean of 0 says nothing of those never heard: they count as the mean of the other models.
    """
    known = ~np.isnan(seen)
    means = np.sum(seen, axis=0, where=known) / np.maximum(known.sum(axis=0), 1)
    large = means > 0.0
    others = float(means[large].mean()) if large.any() else 1.0
    unheard = np.where(known.any(axis=0), np.where(large, means, others), 1.0)
    return np.where(known, seen, unheard)
