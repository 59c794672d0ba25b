"""q-FFL: clients of large loss weigh more, ``d_i f_i^q``, within every model.

The step is an estimate of the gradient of ``Σ d_i f_i^(q+1)/(q+1)``, scaled by
``Σ d_i f_i^q`` so that weights are shares again: unbiased for that, biased for the mean loss.
``q = 0`` is the random draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.estimator import Estimator, over_probability
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import RandomModel
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class TiltedByLoss(Estimator):
    """Those drawn weigh their share of ``d f^q`` over ``B p``; everybody tells their losses.

    Attributes:
        q: the power of the loss.
    """

    q: float

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``."""
        losses = round_.losses()
        tiny = np.finfo(np.float64).tiny
        top = np.maximum(losses.max(axis=0), tiny)
        tilted = round_.data_weights * (losses / top) ** self.q
        shares = tilted / np.maximum(tilted.sum(axis=0), tiny)
        federation = round_.federation
        rows = (shares / np.asarray(federation.processors)[:, None])[federation.client]
        return over_probability(lot, rows)


@dataclass(frozen=True, kw_only=True)
class QFFL(Composed):
    """Random draws, weights by data and loss.

    Attributes:
        q: at least 0.

    Raises:
        InvalidProblemError: a ``q`` below 0 or not finite.
    """

    rule = RandomModel()
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

    @property
    def estimator(self) -> TiltedByLoss:
        """Horvitz-Thompson for weights by data and loss."""
        tilt = "" if self.q == 0.0 else "clients of large loss weigh more"
        return TiltedByLoss(q=self.q, tilt=tilt)
