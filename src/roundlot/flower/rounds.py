"""A round of a federation: who was drawn with which probability, the unbiased step, what happened.

The step is ``w + Σ f (d / p) (w_i − w)`` over those who replied, never self-normalised; the factors
``f`` make up for replies that never came (`roundlot.flower.lost`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.flower.lost import UNBIASED as UNBIASED
from roundlot.flower.lost import ReplyRate as ReplyRate
from roundlot.flower.lost import State, biased, state_of
from roundlot.flower.lost import check_reply_rate as check_reply_rate
from roundlot.flower.lost import reply_factors as reply_factors
from roundlot.flower.memory import Memory
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
        over_turns: ``(V, S)``, where the round tells who may train what, the probabilities over a
            turn of every pair, which the weights divide by; else None.
    """

    round: int
    rows: IntArray
    shares: FloatArray
    rule: Design
    picks: IntArray
    over_turns: FloatArray | None = None

    @property
    def probabilities(self) -> FloatArray:
        """``(V, S)``, exactly those drawn with."""
        return self.rule.probabilities

    @property
    def divisors(self) -> FloatArray:
        """``(V, S)``, what weights divide by: ``p`` of the round, or over all turns."""
        return self.probabilities if self.over_turns is None else self.over_turns

    @property
    def drawn(self) -> IntArray:
        """Positions of those drawn."""
        return np.flatnonzero(self.picks >= 0)

    def probability(self, position: int) -> float:
        """``p`` of the model that this position drew."""
        return float(self.probabilities[position, self.picks[position]])

    def weight(self, position: int) -> float:
        """``d / p`` of the model that this position drew: Horvitz-Thompson."""
        pair = position, self.picks[position]
        return float(self.shares[pair]) / float(self.divisors[pair])


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundRecord:
    """A round as the server saw it.

    Attributes:
        round: its number.
        keys: ``(V,)``, who was there.
        probabilities: ``(V, S)``.
        shares: ``(V, S)``, ``d``.
        picks: ``(V,)``, the model each drew, −1 for none.
        replied: ``(V,)``, who of those drawn replied.
        aggregate_weight: ``(S,)``, the weights of those who replied, summed; 1 on average.
        label: "unbiased", "conditional: " and on what, or "biased: " and why.
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

    @classmethod
    def of(
        cls,
        draw: Draw,
        names: Sequence[str],
        *,
        replied: BoolArray,
        aggregate_weight: FloatArray,
        label: str,
        refused: Mapping[str, str],
    ) -> RoundRecord:
        """The record of a draw among nodes, of which all are named, and of what came back."""
        return cls(
            round=draw.round,
            keys=tuple(names[row] for row in draw.rows),
            probabilities=draw.probabilities,
            shares=draw.shares,
            picks=draw.picks,
            replied=replied,
            aggregate_weight=aggregate_weight,
            label=label,
            refused=refused,
        )

    @classmethod
    def of_nobody(cls, round_: int, n_models: int) -> RoundRecord:
        """The record of a round in which nobody might be drawn: it has no step."""
        return cls(
            round=round_,
            keys=(),
            probabilities=np.zeros((0, n_models)),
            shares=np.zeros((0, n_models)),
            picks=np.zeros(0, dtype=np.int64),
            replied=np.zeros(0, dtype=bool),
            aggregate_weight=np.zeros(n_models),
            label=biased("there is no step: nobody might be drawn"),
            refused={},
        )

    @property
    def state(self) -> State:
        """Which of the three the label says."""
        return state_of(self.label)


def plain_metrics(record: RoundRecord) -> dict[str, int | float | list[float]]:
    """What a round tells its caller without losses: counts, weights, whether it is biased."""
    return {
        "drawn": int((record.picks >= 0).sum()),
        "replied": int(record.replied.sum()),
        "expected-draws": float(record.probabilities.sum()),
        "aggregate-weight": [float(weight) for weight in record.aggregate_weight],
        "biased": int(record.state == "biased"),
        "conditional": int(record.state == "conditional"),
    }


def round_metrics(
    record: RoundRecord,
    draw: Draw,
    losses: Mapping[int, float],
    factors: FloatArray,
    loss_key: str,
) -> dict[str, int | float | list[float]]:
    """What a round tells its caller: `plain_metrics`, and losses.

    Losses ``(S,)`` are levels: means by the weights of those who replied, over the sum of these
    weights; a ratio, so not unbiased. NaN for a model that nobody trained; left out of a run of
    one model then, and wherever somebody who replied told none.

    Args:
        record: of the round.
        draw: of the round.
        losses: told, by position.
        factors: ``(V,)``, what makes up for lost replies.
        loss_key: the name of the losses.
    """
    metrics = plain_metrics(record)
    if losses and len(losses) == metrics["replied"]:
        sums, weights = np.zeros((2, len(record.aggregate_weight)))
        for at, loss in losses.items():
            weight = draw.weight(at) * float(factors[at])
            sums[draw.picks[at]] += weight * loss
            weights[draw.picks[at]] += weight
        heard = weights > 0.0
        metrics[loss_key] = np.where(heard, sums / np.where(heard, weights, 1.0), np.nan).tolist()
    return metrics


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregate:
    """One model's step in a round.

    Attributes:
        step: ``(P,)``, to be added to the model.
        weight: ``H``, the sum of the weights of those who replied; 1 on average.
    """

    step: FloatArray
    weight: float


def aggregate(
    draw: Draw, model: int, updates: Mapping[int, FloatArray], factors: FloatArray, size: int
) -> Aggregate:
    """``Σ f (d/p) (w_i − w)`` over the positions of one model that replied.

    Its mean is ``Σ d (w_i − w)`` over everybody there, if ``f`` makes up for lost replies. The
    weights of a round sum to 1 on average, not in every round: dividing by their sum would bias
    the step toward those who are drawn often.

    Args:
        draw: of the round.
        model: its number.
        updates: ``w_i − w``, ``(P,)``, of every position that replied.
        factors: ``(V,)``, ``f``.
        size: ``P``.

    Source: Horvitz and Thompson (JASA 1952).
    """
    step, total = np.zeros(size), 0.0
    for position, update in updates.items():
        weight = draw.weight(position) * float(factors[position])
        step += weight * update
        total += weight
    return Aggregate(step=step, weight=total)


def aggregate_stale(
    draw: Draw,
    model: int,
    updates: Mapping[int, FloatArray],
    factors: FloatArray,
    size: int,
    memory: Memory,
) -> Aggregate:
    """``Σ d β h`` over everybody there, plus ``Σ f (d/p) (w_i − w − β h)`` over those who replied.

    The mean is the same, for ``β h`` is known before the draw. Arguments as in ``aggregate``.

    Source: Zhang et al. (arXiv 2504.05138), StaleVRE; ``β = 1`` is Jhunjhunwala et al. (UAI 2022).
    """
    left = {}
    anchors = np.zeros(size)
    for position, row in enumerate(draw.rows):
        anchor = memory.anchor(int(row), model)
        if anchor is not None:
            anchors += draw.shares[position, model] * anchor
        if position in updates:
            left[position] = updates[position] - (0.0 if anchor is None else anchor)
    fresh = aggregate(draw, model, left, factors, size)
    return Aggregate(step=anchors + fresh.step, weight=fresh.weight)
