"""A round of a federation: who was drawn with which probability, the unbiased step, what happened.

The step is ``w + Σ f (d / p) (w_i − w)`` over those who replied, never self-normalised. Replies may
never come: the factors ``f`` make up for them where the step can stay unbiased, and the label says
so when it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.flower.memory import Memory
from roundlot.simulate.designs import Design
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

ReplyRate = float | Mapping[str, float] | str
UNBIASED = "unbiased"
#: Drawn so often without a reply: no factor stands for such a node.
SILENT = 5


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
        replied: ``(V,)``, who of those drawn replied.
        aggregate_weight: ``(S,)``, the weights of those who replied, summed; 1 on average.
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

    Losses ``(S,)`` are unbiased means that scatter as the step does; left out unless all who
    replied told theirs.

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


def check_reply_rate(rate: object) -> None:
    """Refuse what is not a rate in (0, 1], rates by key, "equal" or "seen".

    Raises:
        InvalidProblemError: anything else.
    """
    values = list(rate.values()) if isinstance(rate, Mapping) else [rate]
    for value in values:
        if isinstance(value, str) and value in ("equal", "seen") and value is rate:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value <= 1.0:
            raise InvalidProblemError(
                f"reply_rate is {value!r}; give a rate above 0, at most 1, a mapping from "
                "client-key to rate, 'equal' or 'seen'"
            )


def reply_factors(
    rate: ReplyRate, draw: Draw, replied: BoolArray, keys: Sequence[str], memory: Memory
) -> tuple[FloatArray, str]:
    """What to multiply ``d / p`` by for those who replied, and what that makes of the step.

    - "equal": ``n / k`` if ``k`` of the ``n`` drawn replied. If all were equally likely to be lost,
      whatever they had to say, those who replied are a plain random sample of those drawn: given
      the draw and that somebody replied, the step has the mean of that draw's. Over draws it is
      short of those whose replies were all lost, unless the number drawn is fixed; so a round says
      "unbiased" alone only while no reply was ever lost.
    - a number ``r``, or one a key: ``1 / r``. Unbiased if a node drawn replies with probability
      ``r``, whatever it has to say. With ``r = 1`` a lost reply makes the step biased.
    - "seen": ``1 / r`` with ``r`` the share of earlier draws a node replied to, one more of each
      counted. Biased by the error of ``r``, less so as rounds go by.

    Args:
        rate: one of these.
        draw: of the round; ``draw.drawn`` must not be counted in ``memory`` yet.
        replied: ``(V,)``, who replied.
        keys: of every row.
        memory: how often everybody was drawn and replied.

    Returns:
        ``(V,)`` factors, and "unbiased", or "unbiased" and on which condition, or "biased: " and
        why.
    """
    drawn = draw.drawn
    gone = drawn[~replied[drawn]]
    lost = len(gone)
    factors = np.ones(len(draw.rows))
    if rate == "equal":
        if len(drawn) and lost < len(drawn):
            factors[:] = len(drawn) / (len(drawn) - lost)
        label = _equal(lost, len(drawn), before=bool((memory.drawn > memory.replied).any()))
    elif rate == "seen":
        asked, came = memory.drawn[draw.rows], memory.replied[draw.rows]
        factors[drawn] = ((asked + 1.0) / (came + 1.0))[drawn, draw.picks[drawn]]
        label = (
            "biased: reply rates are estimated from earlier rounds"
            if lost or np.any(factors != 1.0)
            else UNBIASED
        )
    else:
        factors, label = _given(rate, draw, gone, keys)
    return factors, _silent(label, draw, replied, keys, memory)


def _equal(lost: int, drawn: int, *, before: bool) -> str:
    if not lost and not before:
        return UNBIASED
    if not drawn:
        return f"{UNBIASED} given the draw: nobody was drawn"
    if lost == drawn:
        return f"biased: all {drawn} replies were lost, so this round is skipped"
    return (
        f"{UNBIASED} given the draw if all {drawn} nodes drawn were equally likely to be lost, "
        f"whatever they had to say ({lost} lost)"
    )


def _given(
    rate: ReplyRate, draw: Draw, gone: IntArray, keys: Sequence[str]
) -> tuple[FloatArray, str]:
    names = [keys[row] for row in draw.rows]
    rates = np.ones(len(names))
    if isinstance(rate, Mapping):
        rates = np.array([float(rate.get(name, 1.0)) for name in names])
    elif not isinstance(rate, str):
        rates[:] = rate
    sure = [names[position] for position in gone if rates[position] == 1.0]
    if sure:
        return 1.0 / rates, (
            f"biased: {len(gone)} of {len(draw.drawn)} replies were lost, that of {sure[0]!r} "
            "although its reply_rate is 1; set it to the rate you expect, or 'equal'"
        )
    told = "unbiased if nodes reply at the given rates, whatever they have to say"
    return 1.0 / rates, told if np.any(rates != 1.0) else UNBIASED


def _silent(label: str, draw: Draw, replied: BoolArray, keys: Sequence[str], memory: Memory) -> str:
    asked = memory.drawn[draw.rows].sum(axis=1) + (draw.picks >= 0)
    came = memory.replied[draw.rows].sum(axis=1) + replied
    never = np.flatnonzero((asked >= SILENT) & (came == 0))
    if not len(never):
        return label
    names = ", ".join(repr(keys[draw.rows[position]]) for position in never[:3])
    return (
        f"biased: {len(never)} nodes were drawn {SILENT} times or more and never replied, "
        f"such as {names}"
    )
