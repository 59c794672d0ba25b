"""q-FedAvg for the objective of q-FFL, ``Σ f_i^(q+1)/(q+1)``, and another step towards it.

q-FedAvg is the published step. With ``L = 1/γ`` and ``Δw_i = L G_i`` it is

    ``Δ = Σ f_i^q Δw_i / Σ (q f_i^(q−1) ‖Δw_i‖² + L f_i^q)``

over those drawn: the step length follows from an estimate of how curved ``f^(q+1)`` is. They are
drawn by data, as in the paper and in the experiments of the public code, whose baseline has uniform
draws. A loss counts as at least 1e-10, as there. ``q = 0`` is a plain mean over those drawn. Each
model has a step of its own.

The tilted step is not published: those drawn weigh ``d_i f_i^q`` over their probability, so it is
an estimate of the gradient of ``Σ d_i f_i^(q+1)/(q+1)``, scaled by ``Σ d_i f_i^q`` so that weights
are shares again: unbiased for that, biased for the mean loss. ``q = 0`` is the random draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.methods.composed import Composed, check_losses, losses_as_scores
from roundlot.simulate.methods.estimator import Estimator, blocks, combined, over_probability
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import DataSize, RandomModel, Rule
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice

Draws = Literal["data", "uniform"]
_LEAST_LOSS = 1e-10  # of the public code: a power below 0 of a loss of 0 would be infinite


@dataclass(frozen=True, kw_only=True)
class ByCurvature(Estimator):
    """The published step, of those drawn; they alone tell their losses.

    Attributes:
        q: the power of the loss.
    """

    q: float

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Those drawn tell their losses, train, and are added up."""
        made = [self._of(round_, lot, model) for model in range(len(round_.parameters))]
        return memory, Step(
            directions=tuple(direction for direction, _ in made),
            picks=lot.picks,
            fresh_weights=tuple(weights for _, weights in made),
            probabilities=lot.probabilities,
        )

    def _of(self, round_: Round, lot: Lot, model: int) -> tuple[Tensor | None, FloatArray]:
        """The step of a model, and ``(N,)`` weights of the updates in it."""
        drawn, start = lot.clients(model), round_.parameters[model]
        weights = np.zeros(round_.present.shape[0])
        if not drawn.size:
            return None, weights
        told = round_.some_losses(model, drawn)
        check_losses(round_, model, told)
        losses = told[drawn] + _LEAST_LOSS
        constant = 1.0 / round_.rate(model)
        factors = constant * losses**self.q
        total = torch.zeros_like(start, dtype=torch.float64)
        curvature = factors.copy()
        for some in blocks(np.arange(drawn.size)):
            updates = round_.updates(model, drawn[some])
            total += combined(factors[some], updates)
            squares = torch.linalg.vector_norm(constant * updates.double(), dim=1).square().cpu()
            curvature[some] += self.q * losses[some] ** (self.q - 1.0) * squares.numpy()
        weights[drawn] = factors / curvature.sum()
        return (total / curvature.sum()).to(start.dtype), weights


@dataclass(frozen=True, kw_only=True)
class QFedAvg(Composed):
    """Draws by data, the published step.

    Attributes:
        q: at least 0.
        draws: by "data", or "uniform": processors alike, each with one of its models.

    Raises:
        InvalidProblemError: a ``q`` below 0 or not finite; other draws.
    """

    q: float = 1.0
    draws: Draws = "data"
    name: str = "q-FedAvg"
    source: str = "Li, Sanjabi, Beirami, Smith, ICLR 2020, Algorithm 2"
    needs: ClassVar[str] = "losses of those drawn"
    formula: ClassVar[str] = (
        r"\Delta_s = \frac{\sum_{i \text{ drew } s} f_{is}^q\, G_{is} / \gamma_s}{\sum_{i \text{ "
        r"drew } s} \big(q f_{is}^{q-1} \|G_{is}\|^2 / \gamma_s^2 + f_{is}^q / \gamma_s\big)}"
    )

    def __post_init__(self) -> None:
        _check_power(self.q)
        require_choice(self.draws, "draws", get_args(Draws))

    @property
    def rule(self) -> Rule:
        """Whom to draw."""
        return DataSize() if self.draws == "data" else RandomModel()

    @property
    def estimator(self) -> ByCurvature:
        """The published step."""
        tilt = "" if self.q == 0.0 else "clients of large loss weigh more"
        return ByCurvature(q=self.q, weighs="number", tilt=tilt)


@dataclass(frozen=True, kw_only=True)
class TiltedByLoss(Estimator):
    """Those drawn weigh their share of ``d f^q`` over ``B p``; everybody tells their losses.

    Attributes:
        q: the power of the loss.
    """

    q: float

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``."""
        losses = losses_as_scores(round_)
        tiny = np.finfo(np.float64).tiny
        top = np.maximum(losses.max(axis=0), tiny)
        tilted = round_.data_weights * (losses / top) ** self.q
        shares = tilted / np.maximum(tilted.sum(axis=0), tiny)
        return over_probability(lot, round_.for_processors(shares))


@dataclass(frozen=True, kw_only=True)
class QTilted(Composed):
    """Random draws, weights by data and loss.

    Attributes:
        q: at least 0.

    Raises:
        InvalidProblemError: a ``q`` below 0 or not finite.
    """

    rule = RandomModel()
    q: float = 1.0
    name: str = "q-tilted"
    source: str = "for the objective of Li, Sanjabi, Beirami, Smith, ICLR 2020"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{v \text{ drew } s} \frac{w_{vs}}{B_v\, p_{vs}}\, G_{vs}, \qquad "
        r"w_{is} = \frac{d_{is} f_{is}^q}{\sum_j d_{js} f_{js}^q}"
    )

    def __post_init__(self) -> None:
        _check_power(self.q)

    @property
    def estimator(self) -> TiltedByLoss:
        """Horvitz-Thompson for weights by data and loss."""
        tilt = "" if self.q == 0.0 else "clients of large loss weigh more"
        return TiltedByLoss(q=self.q, tilt=tilt)


def _check_power(q: Any) -> None:
    number = isinstance(q, int | float) and not isinstance(q, bool)
    if not number or not np.isfinite(q) or q < 0.0:
        raise InvalidProblemError(f"q is {q!r}; it must be a finite number of at least 0")
