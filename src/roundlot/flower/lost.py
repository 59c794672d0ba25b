"""Replies that never come: what makes up for them, and what that leaves of "unbiased".

Every round is in one of three states. *unbiased*: the mean step over all draws is everybody's.
*conditional*: it is, on a condition that the label names and that no server can check.
*biased*: it is not, and the label says why, with the size of the bias where that can be computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from roundlot.flower.settings import is_number
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from roundlot.flower.memory import Memory
    from roundlot.flower.rounds import Draw
    from roundlot.simulate.designs import Design

ReplyRate = float | Mapping[str, float] | str
State = Literal["unbiased", "conditional", "biased"]
UNBIASED = "unbiased"
#: Drawn so often without a reply: no factor stands for such a node.
SILENT = 5
#: Bets against equal loss, as shares of the largest bet, on "lost" (> 0) or "replied" (< 0), with
#: the share of the money that each starts with. All of it on "lost" finds who is always lost in
#: the fewest rounds, a third finds who is lost more often than others.
BETS, MONEY = np.array([1.0, 1 / 3, -1 / 3]), np.array([0.5, 0.25, 0.25])
#: By Ville's inequality equal loss makes the mean of all money reach this in one run of 20.
EVIDENCE = 20.0


def state_of(label: str) -> State:
    """Which of the three a label says."""
    if label == UNBIASED:
        return "unbiased"
    return "biased" if label.startswith("biased") else "conditional"


def conditional(reason: str) -> str:
    """The label of a round that is unbiased on a condition."""
    return f"conditional: {reason}"


def biased(reason: str) -> str:
    """The label of a round that is not."""
    return f"biased: {reason}"


def joined(*labels: str) -> str:
    """One label for all: the worst of the states, with every reason for it or for a condition."""
    reasons = [label.partition(": ")[2] for label in labels if label != UNBIASED]
    if not reasons:
        return UNBIASED
    worst = "biased" if any(state_of(label) == "biased" for label in labels) else "conditional"
    ordered = sorted((label for label in labels if label != UNBIASED), key=state_of)
    return f"{worst}: " + "; ".join(label.partition(": ")[2] for label in ordered)


def check_reply_rate(rate: object) -> None:
    """Refuse what is not a rate in (0, 1], rates by key, "equal" or "seen".

    Raises:
        InvalidProblemError: anything else.
    """
    values = list(rate.values()) if isinstance(rate, Mapping) else [rate]
    for value in values:
        if isinstance(value, str) and value in ("equal", "seen") and value is rate:
            continue
        if not (is_number(value) and 0.0 < value <= 1.0):
            raise InvalidProblemError(
                f"reply_rate is {value!r}; give a rate above 0, at most 1, a mapping from "
                "client-key to rate, 'equal' or 'seen'"
            )


def reply_factors(
    rate: ReplyRate, draw: Draw, replied: BoolArray, keys: Sequence[str], memory: Memory
) -> tuple[FloatArray, str]:
    """What to multiply ``d / p`` by for those who replied, and what that makes of the step.

    - "equal": ``n / k`` if ``k`` of the ``n`` drawn replied. If all are equally likely to be lost,
      the step has, given the draw and that somebody replied, the mean of that draw's. Draws whose
      replies are all lost are missing from the mean over draws, and small draws more often so:
      `equal_means`. With a fixed number of draws the step is unbiased given that somebody
      replied, and short of everybody's over all rounds; with any other design it is neither.
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
        ``(V,)`` factors, and "unbiased", "conditional: " and on what, or "biased: " and why.
    """
    drawn = draw.drawn
    lost = int((~replied[drawn]).sum())
    factors = np.ones(len(draw.rows))
    if rate == "equal":
        if len(drawn) and lost < len(drawn):
            factors[:] = len(drawn) / (len(drawn) - lost)
        label = _equal(draw, lost, memory)
    elif rate == "seen":
        asked, came = memory.drawn[draw.rows], memory.replied[draw.rows]
        factors[drawn] = ((asked + 1.0) / (came + 1.0))[drawn, draw.picks[drawn]]
        estimated = lost or np.any(factors != 1.0)
        label = biased("reply rates are estimated from earlier rounds") if estimated else UNBIASED
    else:
        factors, label = _given(rate, draw, replied, keys)
    return factors, _silent(
        _unequal(label, rate, draw, replied, keys, memory), draw, replied, keys, memory
    )


def equal_means(rule: Design, lost: float) -> tuple[FloatArray, float] | None:
    """What "equal" makes of the weights if every reply is lost with the same probability.

    A node that is drawn among ``n`` weighs, in the mean over losses, ``1 − q^n`` times ``d / p``:
    all but the rounds of which nothing is left. For independent draws the mean over ``n`` is
    ``1 − q ∏ (1 − P_j (1 − q))`` over all others, where ``P_j`` is the probability that ``j`` is
    drawn.

    Args:
        rule: the design.
        lost: ``q``, the probability that a reply is lost.

    Returns:
        ``(V,)``, the mean weight over all rounds as a multiple of the share ``d``, 1 if unbiased;
        and the probability that somebody replies, which the first is to be divided by to get the
        mean over rounds with a reply. None for a design whose number of draws is neither fixed
        nor that of independent draws.
    """
    chances = rule.probabilities.sum(axis=1)
    if fixed_number(rule):
        kept = 1.0 - lost ** round(float(chances.sum()))
        return np.full(len(chances), kept), kept
    if rule.name != "independent":
        return None
    nothing = 1.0 - chances * (1.0 - lost)  # this node is not drawn, or lost
    others = np.array([np.prod(np.delete(nothing, at)) for at in range(len(nothing))])
    return 1.0 - lost * others, 1.0 - float(np.prod(nothing))


def fixed_number(rule: Design | None) -> bool:
    """Whether every draw of a design has the same number of nodes: its sum of ``p`` is whole."""
    if rule is None:
        return False
    if bool(np.all(np.isin(rule.probabilities.sum(axis=1), (0.0, 1.0)))):
        return True  # the same nodes every round
    total = float(rule.probabilities.sum())
    return rule.guarantees.fixed_total and abs(total - round(total)) < 1e-9


def loss_bets(draw: Draw, replied: BoolArray, chances: FloatArray) -> FloatArray:
    """``(n, B)``: what this round multiplies the money of every bet on every node drawn by.

    A fair bet: its mean is 1 if node ``i`` is lost with probability ``chances[i]``, so a large
    product says that it is not. Where the chance is 0 or 1 there is nothing to bet on.

    Args:
        draw: of the round.
        replied: ``(V,)``.
        chances: ``(n,)``, that the reply of those drawn is lost; under equal loss, given that
            ``k`` of ``n`` are, ``k / n`` each.

    Source: Ville (1939); Shafer (JRSS A, 2021).
    """
    lost = ~replied[draw.drawn]
    chance = np.where(lost, chances, 1.0 - chances)
    open_ = (chances > 0.0) & (chances < 1.0)
    won = 1.0 / np.where(open_, chance, 1.0)
    size = np.abs(BETS)
    hit = np.where(BETS > 0.0, lost[:, None], ~lost[:, None])
    return np.where(open_[:, None], 1.0 - size + size * hit * won[:, None], 1.0)


def loss_chances(
    rate: ReplyRate, draw: Draw, replied: BoolArray, keys: Sequence[str]
) -> FloatArray:
    """``(n,)``, how likely those drawn were to be lost, by what ``rate`` assumes of them."""
    drawn = draw.drawn
    if isinstance(rate, str):
        return np.full(len(drawn), float((~replied[drawn]).mean()) if len(drawn) else 0.0)
    rates = _rates(rate, [keys[draw.rows[at]] for at in drawn])
    return 1.0 - rates


def _equal(draw: Draw, lost: int, memory: Memory) -> str:
    drawn = len(draw.drawn)
    gone = int((memory.drawn - memory.replied).sum()) + lost
    if not gone:
        return UNBIASED
    rule = getattr(draw, "rule", None)
    fixed = fixed_number(rule)
    # A lost reply more of each, so that one round does not make a rate of 0 or 1.
    rate = (gone + 1.0) / (int(memory.drawn.sum()) + drawn + 2.0)
    means = None if rule is None else equal_means(rule, rate)
    if drawn and lost == drawn:
        missing = "" if means is None else f" (about {means[1]:.1%} of rounds have a reply)"
        return biased(
            f"all {drawn} replies were lost, so this round is skipped and its whole step is "
            f"missing{missing}; give reply_rate a number to make up for such rounds"
        )
    if fixed and means is not None:
        return conditional(
            f"unbiased given that somebody replies, if all {drawn} nodes drawn were equally likely "
            f"to be lost ({lost} lost now); over all rounds the step is {1.0 - means[1]:.2g} of "
            "itself short"
        )
    size = ""
    if means is not None:
        size = (
            f": at this rate of loss clients weigh {_between(means[0])} times their share over all "
            f"rounds, {_between(means[0] / means[1])} times given that somebody replies"
        )
    return biased(
        f"the ratio of drawn to replied makes up for {lost} of {drawn} replies, and how many are "
        f"drawn varies{size}; choose a design with a fixed number (design='pivotal', a whole "
        "budget) or give reply_rate a number"
    )


def _between(values: FloatArray) -> str:
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"{low} to {high}"


def _rates(rate: float | Mapping[str, float] | str, names: Sequence[str]) -> FloatArray:
    if isinstance(rate, Mapping):
        return np.array([float(rate.get(name, 1.0)) for name in names])
    return np.full(len(names), float(rate))


def _given(
    rate: ReplyRate, draw: Draw, replied: BoolArray, keys: Sequence[str]
) -> tuple[FloatArray, str]:
    gone: IntArray = draw.drawn[~replied[draw.drawn]]
    names = [keys[row] for row in draw.rows]
    rates = _rates(rate, names)
    sure = [names[position] for position in gone if rates[position] == 1.0]
    if sure:
        return 1.0 / rates, biased(
            f"{len(gone)} of {len(draw.drawn)} replies were lost, that of {sure[0]!r} "
            "although its reply_rate is 1; set it to the rate you expect, or 'equal'"
        )
    if np.all(rates == 1.0):
        return 1.0 / rates, UNBIASED
    return 1.0 / rates, conditional(
        "unbiased if nodes reply at the given rates, whatever they have to say"
    )


def _unequal(
    label: str,
    rate: ReplyRate,
    draw: Draw,
    replied: BoolArray,
    keys: Sequence[str],
    memory: Memory,
) -> str:
    """The label, or "biased" if the replies of the run speak against what ``rate`` assumes."""
    if rate == "seen" or not len(memory.money):
        return label
    money = memory.money.copy()
    rows = draw.rows[draw.drawn]
    money[rows] *= loss_bets(draw, replied, loss_chances(rate, draw, replied, keys))
    asked = memory.drawn.sum(axis=1)
    asked[rows] += 1
    total = money @ MONEY
    if not asked.any() or total[asked > 0].mean() < EVIDENCE:
        return label
    worst = int(np.argmax(np.where(asked > 0, total, 0.0)))
    came = int(memory.replied[worst].sum()) + int(replied[draw.rows == worst].sum())
    what = (
        "not all nodes are equally likely to be lost"
        if rate == "equal"
        else ("nodes do not reply at the given rates")
    )
    return joined(
        biased(f"{what}: {keys[worst]!r} replied to {came} of {asked[worst]} draws"), label
    )


def _silent(label: str, draw: Draw, replied: BoolArray, keys: Sequence[str], memory: Memory) -> str:
    asked = memory.drawn[draw.rows].sum(axis=1) + (draw.picks >= 0)
    came = memory.replied[draw.rows].sum(axis=1) + replied
    never = np.flatnonzero((asked >= SILENT) & (came == 0))
    if not len(never):
        return label
    names = ", ".join(repr(keys[draw.rows[position]]) for position in never[:3])
    return joined(
        biased(
            f"{len(never)} nodes were drawn {SILENT} times or more and never replied, such as "
            f"{names}"
        ),
        label,
    )
