"""Clustered sampling: as many clusters of clients as draws, one draw from each, by data size.

Clusters draw independently, so the number of draws is fixed and large clients are not left out by
chance. The run's design does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.clustered import Clustered, clusters
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import CLUSTERED


@dataclass(frozen=True, kw_only=True)
class ClusteredSampling(Composed):
    """One pair per cluster of processors."""

    rule = Clustered()
    name: str = "clustered"
    source: str = "Fraboni et al., ICML 2021, Algorithm 1, with whole processors"
    needs: ClassVar[str] = "data sizes"
    formula: ClassVar[str] = (
        r"p_{vs} \propto \frac{d_{vs}}{B_v} \text{ within a cluster}, \quad \sum_{v \in k,\, "
        r"s} p_{vs} \le 1, \qquad \Delta_s = \sum_k \frac{d_{v_k s}}{B_{v_k}\, p_{v_k s}}\, "
        r"G_{v_k s}\, [s_k = s]"
    )

    def draw(self, round_: Round, probabilities: FloatArray) -> Lot:
        """One pair per cluster."""
        labels = clusters(round_.problem(round_.weights), round_.weights)
        random = CLUSTERED.generator(round_.seed, round_.index)
        return Lot(
            probabilities=probabilities,
            picks=_draw(probabilities, labels, random),
            client=round_.federation.client,
        )


def _draw(probabilities: FloatArray, labels: IntArray, chance: np.random.Generator) -> IntArray:
    """``(V,)``: in every cluster at most one processor with a model, the others idle."""
    picks = np.full(len(labels), -1, dtype=np.int64)
    for label in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == label)
        edges = np.cumsum(probabilities[rows])
        place = int(np.searchsorted(edges, chance.random(), side="right"))
        if place < edges.size:
            row, model = divmod(place, probabilities.shape[1])
            picks[rows[row]] = model
    return picks
