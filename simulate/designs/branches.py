"""Every way a random procedure can go, with its exact probability.

A procedure is run down a path of decisions and goes on with true; it tells which decisions it met
and how likely each answer was. From that every other path follows, and the probabilities multiply
as rationals.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import TypeVar

from roundlot.theory import InvalidProblemError

Result = TypeVar("Result")
#: Answers so far, to be followed by true.
Path = list[bool]
#: Every decision met: the answer it got, and the probability of that answer.
Decisions = list[tuple[bool, Fraction]]
#: A decision: true with probability ``part / whole``.
Chance = Callable[[int, int], bool]

#: More branches than this are not followed.
MOST_BRANCHES = 100_000


def every_branch(run: Callable[[Path], tuple[Result, Decisions]]) -> dict[Result, Fraction]:
    """The exact law of what ``run`` returns.

    Raises:
        InvalidProblemError: more than ``MOST_BRANCHES`` branches.
    """
    law: dict[Result, Fraction] = {}
    waiting: list[Path] = [[]]
    followed = 0
    while waiting:
        followed += 1
        if followed > MOST_BRANCHES:
            raise InvalidProblemError(
                f"more than {MOST_BRANCHES} branches to follow; give a smaller fleet"
            )
        path = waiting.pop()
        result, decisions = run(path)
        law[result] = law.get(result, Fraction(0)) + prod(share for _, share in decisions)
        answers = [answer for answer, _ in decisions]
        waiting.extend([*answers[:met], False] for met in range(len(path), len(answers)))
    return law


def followed(procedure: Callable[[Chance], Result]) -> Callable[[Path], tuple[Result, Decisions]]:
    """A procedure that asks a ``Chance`` for every decision, as ``every_branch`` wants it."""

    def run(path: Path) -> tuple[Result, Decisions]:
        decisions: Decisions = []

        def chance(part: int, whole: int) -> bool:
            share = Fraction(part, whole)
            if share in (0, 1):
                return share == 1
            answer = path[len(decisions)] if len(decisions) < len(path) else True
            decisions.append((answer, share if answer else 1 - share))
            return answer

        return procedure(chance), decisions

    return run


def pick_model(row: list[int], chance: Chance) -> int:
    """A model with probability ``count / sum`` each, decision by decision."""
    left = sum(row)
    for model, count in enumerate(row[:-1]):
        if chance(count, left):
            return model
        left -= count
    return len(row) - 1
