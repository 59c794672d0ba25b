"""Who may be drawn, and who is to be drawn rather: by node, name, tag or metric."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from roundlot.flower.settings import is_number
from roundlot.theory import InvalidProblemError
from roundlot.theory.kinds import is_whole


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """What is known of a node before a draw.

    Attributes:
        node: its number in the framework.
        key: what it calls itself, or "node " and its number.
        tags: from its answer to the survey: ``ConfigRecord({"tags": ["wifi", "gpu"]})``.
        metrics: the numbers it told last, in the survey or in a reply.
    """

    node: int
    key: str
    tags: frozenset[str] = frozenset()
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Eligible:
    """A node may be drawn if it fulfils everything that is given here.

    Attributes:
        nodes: its number is one of these.
        keys: its key is one of these.
        tags: it has all of these tags.
        without: it has none of these tags.
        at_least: metrics and what they must reach; a node that never told the metric does not.
        at_most: metrics and what they must not exceed; the same.

    Raises:
        InvalidProblemError: a string where several strings belong; a bound that is not a number.
    """

    nodes: Collection[int] | None = None
    keys: Collection[str] | None = None
    tags: Collection[str] = ()
    without: Collection[str] = ()
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("keys", "tags", "without"):
            words = getattr(self, name)
            if isinstance(words, str):
                raise InvalidProblemError(f"{name} is {words!r}; give a list: {name}=[{words!r}]")
            if words is not None and not isinstance(words, Collection):
                raise InvalidProblemError(f"{name} is {words!r}; give a list of texts")
        if self.nodes is not None and (
            isinstance(self.nodes, str)
            or not isinstance(self.nodes, Collection)
            or not all(is_whole(node) for node in self.nodes)
        ):
            raise InvalidProblemError(
                f"nodes are {self.nodes!r:.60}; give a list of whole numbers, nodes=[...]"
            )
        for name in ("at_least", "at_most"):
            bounds = getattr(self, name)
            if not isinstance(bounds, Mapping):
                raise InvalidProblemError(
                    f'{name} is {bounds!r:.60}; give metrics and bounds: {name}={{"battery": 0.3}}'
                )
            for metric, bound in bounds.items():
                if not is_number(bound) and bound not in (np.inf, -np.inf):
                    raise InvalidProblemError(f"{name}[{metric!r}] is {bound!r}; give a number")

    def __call__(self, facts: NodeFacts) -> bool:
        """Whether this node may be drawn."""
        nan = float("nan")
        return (
            (self.nodes is None or facts.node in self.nodes)
            and (self.keys is None or facts.key in self.keys)
            and facts.tags.issuperset(self.tags)
            and facts.tags.isdisjoint(self.without)
            and all(facts.metrics.get(name, nan) >= low for name, low in self.at_least.items())
            and all(facts.metrics.get(name, nan) <= high for name, high in self.at_most.items())
        )


class NobodyError(InvalidProblemError):
    """Nobody who is there may be drawn, or holds a sample: there is no round to draw."""


#: Who may be drawn: a record of conditions, or a function of what is known of a node.
Eligibility = Callable[[NodeFacts], bool]
#: A factor for the score of every node: by key, by "tag:" and a tag, or a function of the facts.
Priorities = Mapping[str, float] | Callable[[NodeFacts], float]


def priority(priorities: Priorities, facts: NodeFacts) -> float:
    """The factor of one node: the product of those of its key and its tags; 1 if there is none.

    Raises:
        InvalidProblemError: a factor that is not finite and above 0: who must not be drawn is not
            eligible.
    """
    if callable(priorities):
        factors = [priorities(facts)]
    else:
        names = [facts.key, *(f"tag:{tag}" for tag in sorted(facts.tags))]
        factors = [priorities.get(name, 1.0) for name in names]
    for factor in factors:
        if not (is_number(factor) and factor > 0.0):
            text = f"{factor:g}" if is_number(factor) else repr(factor)
            raise InvalidProblemError(
                f"the priority of {facts.key!r} is {text}; give a finite number above 0, and "
                "leave out nodes by `eligible`"
            )
    return float(np.prod(factors))
