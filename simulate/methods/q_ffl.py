"""q-FFL: clients of large loss weigh more, ``d_i f_i^q``, within every model.

The step is an estimate of the gradient of ``Σ d_i f_i^(q+1)/(q+1)``, scaled by
``Σ d_i f_i^q`` so that weights are shares again: unbiased for that, biased for the mean loss.
``q = 0`` is the random draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import step_of
from roundlot.simulate.methods.choosing import proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class QFFL(Labelled):
    """Random draws, weights by data and loss.

    Attributes:
        q: at least 0.

    Raises:
        InvalidProblemError: a ``q`` below 0 or not finite.
    """

    q: float = 1.0
    name: str = "q-FFL"
    source: str = "Li, Sanjabi, Beirami, Smith, ICLR 2020"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_{v \text{ drew } s} \frac{w_{vs}}{B_v\, p_{vs}}\, G_{vs}, \qquad "
        r"w_{is} = \frac{d_{is} f_{is}^q}{\sum_j d_{js} f_{js}^q}"
    )

    def __post_init__(self) -> None:
        number = isinstance(self.q, int | float) and not isinstance(self.q, bool)
        if not number or not np.isfinite(self.q) or self.q < 0.0:
            raise InvalidProblemError(f"q is {self.q!r}; it must be a finite number of at least 0")

    def put_together(self) -> Estimator:
        """How the step is put together with these settings."""
        return Estimator(tilt="" if self.q == 0.0 else "clients of large loss weigh more")

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody tells their losses; those drawn weigh their share of ``d f^q`` over ``B p``."""
        losses = round_.losses()
        top = np.maximum(losses.max(axis=0), np.finfo(np.float64).tiny)
        tilted = round_.data_weights * (losses / top) ** self.q
        shares = tilted / np.maximum(tilted.sum(axis=0), np.finfo(np.float64).tiny)
        lot = round_.draw(proposed(round_, RandomModel()))
        federation = round_.federation
        rows = (shares / np.asarray(federation.processors)[:, None])[federation.client]
        fresh = tuple(lot.weights(model, rows[:, model]) for model in range(shares.shape[1]))
        step = step_of(round_, picks=lot.picks, fresh=fresh, probabilities=lot.probabilities)
        return memory, step
