"""MIFA: the mean of everybody's latest update, of this round for those drawn.

The mean is over all clients of the federation: whoever is away counts by the last update, and
whoever was never heard by 0. There is no ``1/p``. As published, an old update counts per unit of
the learning rate: if the rate decays, it counts with the rate of today.

`MIFAPresent` leaves out those who are away: a variant, which the paper does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.estimator import (
    Estimator,
    Remembers,
    Weighs,
    blocks,
    combined,
    data_of_drawn,
)
from roundlot.simulate.methods.stale_memory import (
    LAST_UPDATE,
    Renewal,
    nothing_remembered,
    updates_of,
)
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Latest(Estimator):
    """The mean by data of everybody's latest update, once those drawn have renewed theirs."""

    weighs: Weighs = "everybody"
    memory: Remembers = "instead"

    def start(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: everybody's last update, none yet; ``rates`` ``(N, S)`` at the time."""
        rates = np.ones((federation.n_clients, federation.n_models))
        return {**nothing_remembered(federation, parameters), "rates": rates}

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``: the data weight of those drawn, 0 elsewhere."""
        shares = self._shares(round_)
        return tuple(data_of_drawn(shares, lot, s) for s in range(len(round_.parameters)))

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Refresh those drawn, step along the mean."""
        models = range(len(round_.parameters))
        renewal = Renewal([updates_of(memory, model) for model in models])
        rates = np.array(memory["rates"])
        for model in models:
            for some in blocks(lot.clients(model)):
                renewal.add(model, some, round_.updates(model, some))
                rates[some, model] = round_.rate(model)
        renewal.write()
        today = np.array([round_.rate(model) for model in models])
        weights = self._shares(round_) * today / rates
        return {**memory, "rates": rates}, Step(
            directions=tuple(_mean(weights[:, s], updates_of(memory, s)) for s in models),
            picks=lot.picks,
            fresh_weights=self.weights(round_, lot),
            probabilities=lot.probabilities,
        )

    def _shares(self, round_: Round) -> FloatArray:
        return round_.weights_of_all if self.away else round_.data_weights


@dataclass(frozen=True, kw_only=True)
class MIFA(Composed):
    """The mean of what all clients said last."""

    rule = RandomModel()
    estimator = Latest(away=LAST_UPDATE)
    name: str = "MIFA"
    source: str = "Gu et al., NeurIPS 2021"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \gamma_t \sum_{i=1}^N d_{is} h_{is}, \qquad h_{is} \leftarrow "
        r"\frac{G_{is}}{\gamma_t} \text{ for those drawn}"
    )


@dataclass(frozen=True, kw_only=True)
class MIFAPresent(Composed):
    """The mean of what those who are there said last."""

    rule = RandomModel()
    estimator = Latest()
    name: str = "MIFA of those present"
    source: str = "a variant of Gu et al., NeurIPS 2021"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \gamma_t \sum_{i \text{ present}} d_{is} h_{is}, \qquad h_{is} \leftarrow "
        r"\frac{G_{is}}{\gamma_t} \text{ for those drawn}"
    )


def _mean(weights: FloatArray, table: Tensor) -> Tensor | None:
    """``Σ_i weight_i h_i``; None if nobody has a weight."""
    clients = np.flatnonzero(weights)
    if not clients.size:
        return None
    total = sum((combined(weights[some], table[some]) for some in blocks(clients)), start=0)
    assert isinstance(total, Tensor)
    return total.to(table.dtype)
