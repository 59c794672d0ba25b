"""The draw of a round among those who are there and eligible, for any framework."""

from __future__ import annotations

import numpy as np

from roundlot.flower.eligible import NobodyError
from roundlot.flower.memory import Memory
from roundlot.flower.nodes import Nodes
from roundlot.flower.policy import Policy
from roundlot.flower.rounds import Draw
from roundlot.theory.arrays import IntArray


def draw_lot(
    policy: Policy, round_: int, there: IntArray, nodes: Nodes, memory: Memory, *, who: str
) -> Draw:
    """Draw by the policy.

    Args:
        policy: whom to draw.
        round_: its number.
        there: ``(V,)``, rows of all who are there and known.
        nodes: who is who.
        memory: of earlier replies.
        who: "nodes" or "clients", for messages.

    Raises:
        NobodyError: nobody is eligible, or has a sample.
        InfeasibleError: limits that no probabilities satisfy.
    """
    facts = {int(row): nodes.facts(int(row)) for row in there}
    rows = np.array([row for row in there if policy.allows(facts[int(row)])], dtype=np.int64)
    if not len(rows):
        raise NobodyError(
            f"round {round_}: none of the {len(there)} {who} may be drawn; wait for others, or "
            "widen the policy's `eligible`"
        )
    return policy.draw(
        round_,
        rows=rows,
        samples=nodes.samples(rows),
        memory=memory,
        facts=[facts[int(row)] for row in rows],
    )
