"""The unbiased step: ``w + Σ f (d / p) (w_i − w)`` over those who replied, never self-normalised.

Replies may never come: the factors ``f`` make up for them where the step can stay unbiased, and the
label says so when it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.flower.memory import Memory
from roundlot.flower.rounds import Draw
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

ReplyRate = float | Mapping[str, float] | str
UNBIASED = "unbiased"
#: Drawn so often and never heard: no factor stands for such a node.
SILENT = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregate:
    """One model's step in a round.

    Attributes:
        step: ``(P,)``, to be added to the model.
        weight: ``H``, the sum of the weights of those heard; 1 on average.
    """

    step: FloatArray
    weight: float


def aggregate(
    draw: Draw, model: int, updates: Mapping[int, FloatArray], factors: FloatArray, size: int
) -> Aggregate:
    """``Σ f (d/p) (w_i − w)`` over the positions heard of one model.

    Its mean is ``Σ d (w_i − w)`` over everybody there, if ``f`` makes up for lost replies. The
    weights of a round sum to 1 on average, not in every round: dividing by their sum would bias
    the step toward those who are drawn often.

    Args:
        draw: of the round.
        model: its number.
        updates: ``w_i − w``, ``(P,)``, of every position heard.
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
    """``Σ d β h`` over everybody there, plus ``Σ f (d/p) (w_i − w − β h)`` over those heard.

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

    - "equal": ``n / k`` with ``k`` of the ``n`` drawn heard. If all were equally likely to be lost,
      whatever they had to say, those heard are a plain random sample of those drawn: given the draw
      and that somebody was heard, the step has the mean of that draw's. Over draws it is short of
      those whose replies were all lost, unless the number drawn is fixed; so a round says
      "unbiased" alone only while no reply was ever lost.
    - a number ``r``, or one a key: ``1 / r``. Unbiased if a node drawn replies with probability
      ``r``, whatever it has to say. With ``r = 1`` a lost reply makes the step biased.
    - "seen": ``1 / r`` with ``r`` the share of earlier draws a node replied to, one more of each
      counted. Biased by the error of ``r``, less so as rounds go by.

    Args:
        rate: one of these.
        draw: of the round; ``draw.drawn`` must not be counted in ``memory`` yet.
        replied: ``(V,)``, who was heard.
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
        asked, heard = memory.drawn[draw.rows], memory.replied[draw.rows]
        factors[drawn] = ((asked + 1.0) / (heard + 1.0))[drawn, draw.picks[drawn]]
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
    heard = memory.replied[draw.rows].sum(axis=1) + replied
    never = np.flatnonzero((asked >= SILENT) & (heard == 0))
    if not len(never):
        return label
    names = ", ".join(repr(keys[draw.rows[position]]) for position in never[:3])
    return (
        f"biased: {len(never)} nodes were drawn {SILENT} times or more and never replied, "
        f"such as {names}"
    )
