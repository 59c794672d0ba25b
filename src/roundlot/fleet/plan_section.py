"""``[plan]``: what `roundlot solve` is to find instead of the least variance under a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roundlot.setup.fields import (
    Number,
    Section,
    key,
    mapping,
    named,
    number_or_text,
    per_model,
    texts,
)
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural

#: What each kind of plan is asked for by, in words, and the key that asks.
KINDS = {
    "several": "variables",
    "rounds": "rounds",
    "uncertain": "highest",
    "online": "online",
    "least cost": "cost",
    "least budget": "variance_ceiling",
}
#: Which keys go with which other.
_PAIRS = (
    ("highest", "deviations"),
    ("rounds", "shared_budget"),
    ("variables", "variable_ceilings"),
)
_CEILING = Number(low=0, above=True)


@dataclass(frozen=True, kw_only=True)
class PlanSettings(Section, table="plan"):
    """``[plan]``: one of six questions beside the least variance; no key asks for none.

    ``variance_ceiling`` alone asks for the least budget, with ``cost`` (a number, or a table by
    client and model) for the least cost. ``variables`` names a table of scores for each quantity
    and ``variable_ceilings`` a ceiling for each: the least ``cost`` (1 a draw) that keeps them all.
    ``highest`` is a table of scores, of which ``deviations`` are reached at most. ``online`` is the
    chance of being online, for all or in a table with the columns ``client`` and ``online``.
    ``rounds`` names further setups or tables, which share ``shared_budget`` with this one; with
    ``chances``, this one's first, one of them takes place.
    """

    variance_ceiling: float | tuple[Any, ...] | None = key(
        None,
        per_model(_CEILING, alone=True),
        "Find the least budget, or with a cost the least cost, that keeps every model's variance "
        "under this.",
    )
    cost: float | str | None = key(
        None, number_or_text(Number(low=0)), "What a draw costs: a number, or a table."
    )
    variables: tuple[tuple[str, str], ...] | None = key(
        None, mapping, "Tables of scores, one a quantity, whose variances are kept under ceilings."
    )
    variable_ceilings: tuple[tuple[str, float], ...] | None = key(
        None, named(_CEILING), "Most variance of each quantity."
    )
    highest: str | None = key(
        None, number_or_text(None), "Table of how high every score may be, at least the score."
    )
    deviations: float | None = key(
        None, Number(low=0), "How many scores are higher at most; need not be whole."
    )
    online: float | str | None = key(
        None,
        number_or_text(Number(low=0, high=1, above=True)),
        "Chance of being online: a number, or a table with columns client and online.",
    )
    rounds: tuple[str, ...] | None = key(
        None, texts, "Setups or tables of further rounds that share a budget."
    )
    shared_budget: float | None = key(
        None, Number(low=0, above=True), "Most draws of all rounds together."
    )
    chances: tuple[float, ...] | None = key(
        None,
        per_model(_CEILING),
        "Chance of each round, this one's first, if only one takes place.",
    )

    def __post_init__(self) -> None:
        for one, other in _PAIRS:
            given, wanted = getattr(self, one), getattr(self, other)
            if (given is None) != (wanted is None):
                raise InvalidProblemError(f"plan.{one} and plan.{other} need each other")
        if self.chances is not None and self.rounds is None:
            raise InvalidProblemError("plan.chances needs plan.rounds")
        if self.chances is not None and len(self.chances) != 1 + len(self.rounds or ()):
            raise InvalidProblemError(
                f"plan.chances has {len(self.chances)} {plural(len(self.chances), 'number')} for "
                f"{1 + len(self.rounds or ())} rounds; give one each, this one's first"
            )
        if self.cost is not None and self.variance_ceiling is None and self.variables is None:
            raise InvalidProblemError("plan.cost needs plan.variance_ceiling or plan.variables")
        asked = [name for name in _ASKING if getattr(self, name) is not None]
        if len(asked) > 1:
            raise InvalidProblemError(
                f"plan.{asked[0]} and plan.{asked[1]} ask two questions; leave out one"
            )
        odd = dict(self.variables or ()).keys() ^ dict(self.variable_ceilings or ()).keys()
        if odd:
            raise InvalidProblemError(
                f"plan.variables and plan.variable_ceilings must name the same quantities; "
                f"{min(odd)!r} is in one of them only"
            )

    @property
    def kind(self) -> str | None:
        """Of ``KINDS``; None where nothing is asked."""
        return next((kind for kind, name in KINDS.items() if getattr(self, name) is not None), None)


_ASKING = ("variance_ceiling", "variables", "highest", "online", "rounds")
