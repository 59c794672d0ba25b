"""MIFA: the mean of everybody's latest update, of this round for those drawn.

No ``1/p``: whoever was never drawn counts as an update of 0, and old updates as new ones.
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
from roundlot.simulate.methods.stale_memory import Renewal, nothing_remembered, updates_of
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
        """``updates s``: the last update of everybody, none yet."""
        return nothing_remembered(federation, parameters)

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``: the data weight of those drawn, 0 elsewhere."""
        return tuple(data_of_drawn(round_, lot, s) for s in range(len(round_.parameters)))

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """Refresh those drawn, step along the mean of all who are there."""
        models = range(len(round_.parameters))
        renewal = Renewal([updates_of(memory, model) for model in models])
        for model in models:
            for some in blocks(lot.clients(model)):
                renewal.add(model, some, round_.updates(model, some))
        renewal.write()
        return memory, Step(
            directions=tuple(_mean(round_, memory, model) for model in models),
            picks=lot.picks,
            fresh_weights=self.weights(round_, lot),
            probabilities=lot.probabilities,
        )


@dataclass(frozen=True, kw_only=True)
class MIFA(Composed):
    """The mean of what everybody said last."""

    rule = RandomModel()
    estimator = Latest()
    name: str = "MIFA"
    source: str = "Gu et al., NeurIPS 2021"
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} h_{is}, \qquad h_{is} \leftarrow G_{is} \text{ for those "
        r"drawn}"
    )


def _mean(round_: Round, memory: Memory, model: int) -> Tensor | None:
    """``Σ_i d_i h_i`` over those present; None if nobody is."""
    present = np.flatnonzero(round_.present[:, model])
    if not present.size:
        return None
    shares, table = round_.data_weights[:, model], updates_of(memory, model)
    total = sum((combined(shares[some], table[some]) for some in blocks(present)), start=0)
    assert isinstance(total, Tensor)
    return total.to(table.dtype)
