"""What is to be said of a draw and its sizes, as labels: of any framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.flower.count import RoundCount
from roundlot.flower.lost import biased, conditional
from roundlot.flower.nodes import Nodes
from roundlot.flower.rounds import Draw
from roundlot.theory.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from roundlot.flower.policy import Policy


def before_replies(
    draw: Draw,
    nodes: Nodes,
    count: RoundCount,
    policy: Policy,
    *,
    who: str,
    model: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """All that is to be said of a draw as soon as it is made.

    Args:
        draw: of the round.
        nodes: who is who.
        count: of the rounds.
        policy: drawn by.
        who: "nodes" or "clients", for messages.
        model: the arrays that the round starts from, if they are known.
    """
    return (
        *unsaid_sizes(nodes.unsaid(draw.rows), len(draw.rows), who),
        *unreachable(draw, nodes.keys),
        *of_turns(draw),
        *count.claims(
            int(policy.seed or 0),
            [nodes.keys[row] for row in draw.rows],
            model,
            chosen=policy.chose_seed,
        ),
    )


def dropped_replies(number: int) -> tuple[str, ...]:
    """Biased if replies of nodes drawn were dropped, for then who is missing depends on them."""
    return (biased(f"{number} bad replies were dropped for what they held"),) if number else ()


def no_step(moved: bool) -> tuple[str, ...]:
    """Biased if a strategy made no step of the replies."""
    return () if moved else (biased("there is no step: the strategy returned no arrays"),)


def unreachable(draw: Draw, names: Sequence[str]) -> tuple[str, ...]:
    """Biased if somebody has data and probability 0: by a limit, or a rule without a floor."""
    never = np.flatnonzero(np.any((draw.shares > 0.0) & (draw.divisors <= 0.0), axis=1))
    if not len(never):
        return ()
    name = names[int(draw.rows[never[0]])]
    return (
        biased(
            f"{len(never)} of {len(draw.rows)} hold data and are drawn with probability 0, such as "
            f"{name!r}; give the rule a floor, widen the limits, or leave them out by `eligible`"
        ),
    )


def of_turns(draw: Draw) -> tuple[str, ...]:
    """Conditional where a model meets one block of nodes in a round."""
    if draw.over_turns is None:
        return ()
    return (
        conditional(
            f"unbiased over {draw.shares.shape[1]} rounds with the same nodes and from the same "
            "models: in one round a model meets one block of nodes"
        ),
    )


def unsaid_sizes(unsaid: int, there: int, who: str) -> tuple[str, ...]:
    """Conditional if some have not told how many samples they hold.

    Args:
        unsaid: how many.
        there: of how many.
        who: "nodes" or "clients".
    """
    if not unsaid:
        return ()
    return (
        conditional(
            f"unbiased if the {unsaid} of {there} {who} that have not told their number of samples "
            f"hold as much as assumed ({assumed(unsaid, there)})"
        ),
    )


def assumed(unsaid: int, there: int) -> str:
    """What those who did not tell their number of samples count as."""
    return "all count the same" if unsaid == there else "count as the others' mean"


def other_sizes(
    draw: Draw, names: Sequence[str], used: FloatArray, said: BoolArray, told: Mapping[int, float]
) -> tuple[str, ...]:
    """Biased if replies tell other numbers of samples than the draw's shares are made of.

    Where nobody had told a number before the draw, only ratios can differ.

    Args:
        draw: of the round.
        names: of every row.
        used: ``(V, S)``, the numbers that the shares are made of.
        said: ``(V, S)``, whether they were told before the draw.
        told: the number that came with a reply, by position.
    """
    worst, where, against = 1.0, -1, -1
    for model in range(used.shape[1]):
        positions = [at for at in told if draw.picks[at] == model]
        if not positions:
            continue
        anchor = -1 if said[:, model].any() else max(positions, key=lambda at: told[at])
        unit = 1.0 if anchor < 0 else told[anchor] / used[anchor, model]
        for at in positions:
            factor = _times(told[at], unit * float(used[at, model]))
            if factor > worst * (1.0 + 1e-9):
                worst, where, against = factor, at, anchor
    if where < 0:
        return ()
    name, number = names[int(draw.rows[where])], told[where]
    if against >= 0:
        other = names[int(draw.rows[against])]
        what = f"{name!r} holds {number:g} and {other!r} {told[against]:g}, counted as the same"
    else:
        what = f"{name!r} holds {number:g}, counted as {used[where, draw.picks[where]]:g}"
    return (biased(f"replies tell other numbers of samples than those that the draw used: {what}"),)


class Sizes:
    """The numbers of samples that a draw uses, kept until its replies tell theirs."""

    def __init__(self, draw: Draw, nodes: Nodes) -> None:
        self._draw, self._names = draw, nodes.keys
        self._used, self._said = nodes.samples(draw.rows), nodes.said(draw.rows)

    def against(self, told: Mapping[int, float]) -> tuple[str, ...]:
        """`other_sizes`, for what came with replies, by position."""
        return other_sizes(self._draw, self._names, self._used, self._said, told)


def _times(one: float, other: float) -> float:
    """How many times the larger is the smaller; infinite if one of them is 0."""
    low, high = sorted((one, other))
    return 1.0 if high == low else (high / low if low > 0.0 else float("inf"))
