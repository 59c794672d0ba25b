"""Random auctions whose every share of the budget, and every middle, is a whole number."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from roundlot.solvers.auctions.bids import Amount
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import NamedStream

Row = tuple[Amount | None, ...]
_COSTS = 20


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Auctions with costs ``0 … 20`` units and budgets up to 10 units per bidder and model.

    A unit is ``2 S lcm(1 … N)``, so that comparisons are between whole numbers.

    Attributes:
        count: how many auctions.
        bidders, models: the least and the most.
        models_per_bidder: how many models each bidder can do; None for all.

    Raises:
        InvalidProblemError: a count below 1, or a range that is empty or starts below 1.
    """

    count: int
    bidders: tuple[int, int]
    models: tuple[int, int]
    models_per_bidder: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InvalidProblemError(f"instances is {self.count}; search at least 1")
        for name in ("bidders", "models"):
            low, high = getattr(self, name)
            if not 1 <= low <= high:
                raise InvalidProblemError(f"{name} go from {low} to {high}; start at 1, end above")
        if self.models_per_bidder is not None and self.models_per_bidder < 1:
            raise InvalidProblemError(
                f"models_per_bidder is {self.models_per_bidder}; give at least 1"
            )

    def draw(self, seed: int) -> Iterator[tuple[tuple[Row, ...], Amount]]:
        """Tables of costs, each with its budget."""
        chance = NamedStream.AUCTIONS.generator(seed)
        for _ in range(self.count):
            n, s = chance.randint(*self.bidders), chance.randint(*self.models)
            unit = 2 * s * math.lcm(*range(1, n + 1))
            table = tuple(self._row(chance, s, unit) for _ in range(n))
            yield table, unit * chance.randint(0, 10 * n * s)

    def _row(self, chance: random.Random, models: int, unit: int) -> Row:
        able = chance.sample(range(models), min(models, self.models_per_bidder or models))
        costs = [unit * chance.randint(0, _COSTS) for _ in range(models)]
        return tuple(cost if model in able else None for model, cost in enumerate(costs))
