"""Whether bidders gain by misstating their costs: a search for profitable deviations, in fractions.

The outcome of a rule that compares bids with each other and with shares of the budget changes at
few places only: where a bid meets another's, or a share ``B/(S k)``. One bidder at a time tries
these places, the middles between them, more than all of them, nothing at all and no bid, on one
model or on several at once, while the others tell the truth. Comparisons are exact.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from roundlot.solvers.auctions import Hiring
from roundlot.solvers.auctions.hiring import Amount, exact_budget, exact_columns
from roundlot.theory import InvalidProblemError
from roundlot.theory.positions import by_position
from roundlot.theory.random_streams import NamedStream
from roundlot.verify.tests.verdict import MISS, Verdict, check_rate, decide

Rule = Callable[[Any, Any], Hiring]
_SHOWN = 5  # profitable deviations told of
Row = tuple[Amount | None, ...]
_COSTS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Deviation:
    """One bidder who gains by not telling the truth.

    Attributes:
        costs: everybody's true costs, a row per bidder. budget: of the auction.
        bidder: who gains. bids: what it bids, None for no bid.
        gain: utility above that of the truth.
    """

    costs: tuple[Row, ...]
    budget: Amount
    bidder: int
    bids: Row
    gain: Fraction


@dataclass(frozen=True, kw_only=True, eq=False)
class Deviations:
    """What a search found.

    Attributes:
        instances: auctions searched. tried: deviations tried in all of them.
        profitable: auctions in which somebody gains.
        joint: those of them in which the best deviation found changes bids for several models.
        examples: the largest gains relative to the budget, at most five.
        verdict: on the claim that nobody gains.
    """

    instances: int
    tried: int
    profitable: int
    joint: int
    examples: tuple[Deviation, ...]
    verdict: Verdict


@by_position()
def search_deviations(
    rule: Rule,
    costs: Sequence[Sequence[Any]] | None = None,
    budget: Any = None,
    *,
    instances: int = 3000,
    seed: int = 0,
    bidders: tuple[int, int] = (1, 6),
    models: tuple[int, int] = (1, 3),
    models_per_bidder: int | None = None,
    tries: int | None = 40,
    detect: float = 0.01,
) -> Deviations:
    """Search one auction, or random ones, for bidders who gain by misstating their costs.

    The verdict is "refuted" by any that gains. On random auctions it is "supported" if a share
    ``detect`` of auctions in which the search would find a gain could have stayed unseen with
    probability 0.001 at most; on one auction, if every candidate was tried.

    Args:
        rule: (bids ``(N, S)``, budget) to a hiring, as in `roundlot.solvers.auctions.AUCTIONS`.
        costs: ``(N, S)`` true costs, None where a bidder cannot do a model; random if not given.
        budget: of the payments, with ``costs``.
        instances: random auctions, of whole-numbered costs that tie now and then.
        seed: of auctions and tries.
        bidders, models: the least and the most of a random auction.
        models_per_bidder: how many models each bidder can do; None for all.
        tries: deviations of each bidder, drawn from all candidates; None for all of them.
        detect: see above.

    Raises:
        InvalidProblemError: costs without a budget, or an argument out of its range.
    """
    check_rate(detect, "detect")
    if tries is not None and tries < 1:
        raise InvalidProblemError(f"tries is {tries}; give at least 1, or None for all")
    auctions: Iterator[tuple[tuple[Row, ...], Amount]]
    if costs is not None:
        auctions, instances = iter([_given(costs, budget)]), 1
    else:
        auctions = Instances(
            count=instances, bidders=bidders, models=models, models_per_bidder=models_per_bidder
        ).draw(seed)
    chance = NamedStream.DEVIATIONS.generator(seed)
    found: list[Deviation] = []
    tried, everything = 0, True
    for table, total in auctions:
        best, count, all_ = _search(rule, table, total, tries, chance)
        tried, everything = tried + count, everything and all_
        if best is not None:
            found.append(best)
    detectable = 0.0 if costs is not None else 1.0 - MISS ** (1.0 / instances)
    powered = everything if costs is not None else detectable <= detect
    return Deviations(
        instances=instances,
        tried=tried,
        profitable=len(found),
        joint=sum(_changes(one) > 1 for one in found),
        examples=tuple(sorted(found, key=_relative_gain, reverse=True)[:_SHOWN]),
        verdict=_verdict(
            rule, len(found), instances, tried, detectable, powered, given=costs is not None
        ),
    )


def candidates(table: Sequence[Row], budget: Amount, bidder: int, model: int) -> Row:
    """Bids between which nothing changes: where something does, the middles, and no bid."""
    if table[bidder][model] is None:
        return (None,)
    others = {row[model] for place, row in enumerate(table) if place != bidder}
    parts = len(table[bidder])
    shares = {Fraction(budget) / (parts * k) for k in range(1, len(table) + 1)}
    points = sorted({Fraction(0)} | shares | {Fraction(bid) for bid in others if bid is not None})
    middles = [(low + high) / 2 for low, high in itertools.pairwise(points)]
    every = {*points, *middles, points[-1] + 1, Fraction(table[bidder][model])}  # type: ignore[arg-type]
    return (None, *(_plain(bid) for bid in sorted(every)))


def _search(
    rule: Rule, table: tuple[Row, ...], budget: Amount, tries: int | None, chance: random.Random
) -> tuple[Deviation | None, int, bool]:
    """The best deviation of an auction, how many were tried, and whether these were all."""
    truth = rule(table, budget)
    best: Deviation | None = None
    tried, everything = 0, True
    for bidder, own in enumerate(table):
        honest = truth.utility(bidder, own)
        options = [candidates(table, budget, bidder, model) for model in range(len(own))]
        rows, all_ = _rows(options, tries, chance)
        everything = everything and all_
        for bids in rows:
            if bids == own:
                continue
            tried += 1
            changed = rule((*table[:bidder], bids, *table[bidder + 1 :]), budget)
            gain = changed.utility(bidder, own) - honest
            if gain > (0 if best is None else best.gain):
                best = Deviation(costs=table, budget=budget, bidder=bidder, bids=bids, gain=gain)
    return best, tried, everything


def _rows(
    options: list[Row], tries: int | None, chance: random.Random
) -> tuple[list[Row] | Iterator[Row], bool]:
    """All combinations of bids for the models, or ``tries`` of them."""
    total = 1
    for one in options:
        total *= len(one)
    if tries is None or total <= tries:
        return itertools.product(*options), True
    return [_combination(options, place) for place in chance.sample(range(total), tries)], False


def _combination(options: list[Row], place: int) -> Row:
    bids = []
    for one in options:
        place, here = divmod(place, len(one))
        bids.append(one[here])
    return tuple(bids)


def _given(costs: Sequence[Sequence[Any]], budget: Any) -> tuple[tuple[Row, ...], Amount]:
    if budget is None:
        raise InvalidProblemError("costs came without a budget; give the budget of the payments")
    columns = exact_columns(costs)
    return tuple(zip(*columns, strict=True)), exact_budget(budget)


def _verdict(
    rule: Rule,
    profitable: int,
    instances: int,
    tried: int,
    detectable: float,
    powered: bool,
    *,
    given: bool,
) -> Verdict:
    name = getattr(rule, "__name__", type(rule).__name__)
    return Verdict(
        claim=f"nobody gains by misstating costs under {name}",
        outcome=decide(refuted=profitable > 0, powered=powered),
        estimate=float(profitable),
        expected=0.0,
        detectable=detectable,
        false_alarm=0.0,
        miss=0.0 if given else MISS,
        rounds=instances,
        statistic=float(profitable),
        threshold=1.0,
        detail=f"auctions in which a bidder gains; {tried} deviations tried, one bidder at a time; "
        "detectable is the absolute share of auctions with a gain that this search finds",
    )


def _changes(deviation: Deviation) -> int:
    pairs = zip(deviation.bids, deviation.costs[deviation.bidder], strict=True)
    return sum(bid != cost for bid, cost in pairs)


def _relative_gain(deviation: Deviation) -> Fraction:
    return deviation.gain / (deviation.budget or 1)


def _plain(value: Fraction) -> Amount:
    return value.numerator if value.denominator == 1 else value


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
