"""A round of a federation: who was drawn, with which probability and weight, and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from roundlot.simulate.designs import Design
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """The draw of one round among the ``V`` nodes that are there.

    Attributes:
        round: its number.
        rows: ``(V,)``, the node of every position.
        shares: ``(V, S)``, ``d``: shares of the data; columns sum to 1, or to 0 where a model has
            no data.
        rule: the design drawn by.
        picks: ``(V,)``, the model each trains, −1 for none.
    """

    round: int
    rows: IntArray
    shares: FloatArray
    rule: Design
    picks: IntArray

    @property
    def probabilities(self) -> FloatArray:
        """``(V, S)``, exactly those drawn with."""
        return self.rule.probabilities

    @property
    def drawn(self) -> IntArray:
        """Positions of those drawn."""
        return np.flatnonzero(self.picks >= 0)

    def probability(self, position: int) -> float:
        """``p`` of the model that this position drew."""
        return float(self.probabilities[position, self.picks[position]])

    def weight(self, position: int) -> float:
        """``d / p`` of the model that this position drew: Horvitz-Thompson."""
        share = float(self.shares[position, self.picks[position]])
        return share / self.probability(position)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRecord:
    """A round as the server saw it.

    Attributes:
        round: its number.
        keys: ``(V,)``, who was there.
        probabilities: ``(V, S)``.
        shares: ``(V, S)``, ``d``.
        picks: ``(V,)``, the model each drew, −1 for none.
        replied: ``(V,)``, who of those drawn was heard.
        aggregate_weight: ``(S,)``, the weights of those heard, summed; 1 on average.
        label: "unbiased", on which condition, or "biased: " and why.
        refused: key and reason of every reply that was dropped as bad.
    """

    round: int
    keys: tuple[str, ...]
    probabilities: FloatArray
    shares: FloatArray
    picks: IntArray
    replied: BoolArray
    aggregate_weight: FloatArray
    label: str
    refused: Mapping[str, str]


def round_metrics(
    record: RoundRecord,
    draw: Draw,
    losses: Mapping[int, float],
    factors: FloatArray,
    loss_key: str,
) -> dict[str, int | float | list[float]]:
    """What a round tells its caller: counts, weights, whether it is biased, losses.

    Losses ``(S,)`` are unbiased means that scatter as the step does; left out unless all who were
    heard told theirs.

    Args:
        record: of the round.
        draw: of the round.
        losses: told, by position.
        factors: ``(V,)``, what makes up for lost replies.
        loss_key: the name of the losses.
    """
    metrics: dict[str, int | float | list[float]] = {
        "drawn": len(draw.drawn),
        "replied": int(record.replied.sum()),
        "expected-draws": float(draw.probabilities.sum()),
        "aggregate-weight": [float(weight) for weight in record.aggregate_weight],
        "biased": int(record.label.startswith("biased")),
    }
    if losses and len(losses) == metrics["replied"]:
        means = np.zeros(len(record.aggregate_weight))
        for at, loss in losses.items():
            means[draw.picks[at]] += draw.weight(at) * factors[at] * loss
        metrics[loss_key] = means.tolist()
    return metrics
