"""Every rule that a policy takes, against all draws of three nodes, in fractions. No Flower needed.

Nothing is listed here: a rule is tested because it is registered, and its labels are held to what
all its draws say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from roundlot.flower import Draw, Memory, Policy
from roundlot.flower.claims import of_turns, unreachable
from roundlot.flower.policy import RULES
from roundlot.solvers import rules
from roundlot.theory import InvalidProblemError

KEYS = ("ann", "bob", "cy")
SAMPLES = np.array([[5, 1], [2, 0], [1, 3]])
SHARES = [[Fraction(int(n), int(sum(column))) for n in column] for column in SAMPLES.T]
CLOSE = Fraction(1, 10**13)  # weights are floats, each within an ulp of d/p
REFUSALS = ("cannot be drawn here", "floor 0")
EVERY = (*RULES, *rules.RULES, rules.OPTIMUM)


def warm(zeros: bool) -> Memory:
    """What three nodes told, some of it 0 if asked for; node 1 never replied."""
    memory = Memory(n_models=2)
    memory.grow(3)
    for row, model, loss, size in ((0, 0, 2.0, 1.0), (0, 1, 1.0, 0.5), (2, 1, 3.0, 2.0)):
        if zeros and row == 0:
            loss = size = 0.0
        memory.hear(row, model, np.array([size, 0.0]), keep=True, rate=0.1)
        memory.hear(row, model, np.array([size, size]), keep=True, rate=0.1)
        memory.losses[row, model] = loss
    return memory


def name_of(rule: Any) -> str:
    return rule if isinstance(rule, str) else f"rule {rule.name}"


def policy_of(rule: Any) -> Policy | None:
    """None for a rule that is not for policies."""
    try:
        return Policy(budget=1.25, rule=rule, seed=1)
    except InvalidProblemError as error:
        if isinstance(rule, str) or not any(word in str(error) for word in REFUSALS):
            raise
        return None


def every_draw(policy: Policy, memory: Memory, rounds: int) -> Iterator[tuple[Draw, Fraction]]:
    for number in range(1, rounds + 1):
        draw = policy.draw(number, rows=np.arange(3), samples=SAMPLES.astype(float), memory=memory)
        for picks, chance in draw.rule.outcomes().items():
            yield replace(draw, picks=np.array(picks, dtype=np.int64)), chance / rounds


@pytest.mark.parametrize("zeros", [False, True], ids=["told", "zeros"])
@pytest.mark.parametrize("rule", EVERY, ids=name_of)
def test_every_rule_draws_what_its_labels_say(rule: Any, zeros: bool) -> None:
    policy = policy_of(rule)
    if policy is None:
        return
    memory = warm(zeros)
    first = next(every_draw(policy, memory, 1))[0]
    rounds = 2 if of_turns(first) else 1
    mean, total = [[Fraction(0)] * 3 for _ in range(2)], Fraction(0)
    for draw, chance in every_draw(policy, memory, rounds):
        total += chance
        for at in draw.drawn:
            mean[draw.picks[at]][at] += chance * Fraction(draw.weight(at)) if chance else 0
    assert total == 1
    holds = all(abs(mean[s][i] - SHARES[s][i]) < CLOSE for s in range(2) for i in range(3))
    assert holds == (not unreachable(first, KEYS))
    assert bool(of_turns(first)) == (rounds > 1)
    if rounds > 1:  # and no single round is everybody's, as the label says
        alone = [[Fraction(0)] * 3 for _ in range(2)]
        for draw, chance in every_draw(policy, memory, 1):
            for at in draw.drawn:
                alone[draw.picks[at]][at] += chance * Fraction(draw.weight(at)) if chance else 0
        assert alone != mean


def test_most_rules_are_taken() -> None:
    """What is refused is refused for a reason: who draws with other designs, or learns."""
    refused = {name_of(rule)[5:] for rule in EVERY if policy_of(rule) is None}
    assert {"MD", "clustered", "power-of-choice", "worst draws"} <= refused
    assert not refused & {"uniform", "round-robin", "turns", "data size", "loss", "optimum"}
