"""The search for gains by misstated costs finds them where there are some, and only there."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest

from roundlot.solvers.auctions import Hiring, equal_split, max_min, random_order
from roundlot.theory import InvalidProblemError
from roundlot.verify import search_deviations


def pay_as_bid(bids: Any, budget: Any) -> Hiring:
    """An equal split whose winners are paid what they ask."""
    hiring = equal_split(bids, budget)
    payments = tuple(
        tuple(Fraction(bids[bidder][model]) for bidder in winners)
        for model, winners in enumerate(hiring.winners)
    )
    return Hiring(winners=hiring.winners, payments=payments, budget=budget, scope="")


@pytest.mark.parametrize(
    ("instances", "detectable"), [(700, 0.01), pytest.param(3000, 0.0024, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "settings", [{"models": (1, 1), "tries": None, "bidders": (1, 5)}, {"tries": 12}]
)
def test_nobody_gains_under_an_equal_split(
    settings: dict[str, Any], instances: int, detectable: float
) -> None:
    found = search_deviations(equal_split, instances=instances, **settings)
    assert found.profitable == 0
    assert found.verdict.passed
    assert found.verdict.detectable < detectable
    assert found.tried > 50_000 * instances / 3000


def test_max_min_invites_bidders_on_several_models_to_misstate() -> None:
    found = search_deviations(max_min, instances=400)
    assert found.verdict.outcome == "refuted"
    assert found.profitable > 20
    assert 0 < found.joint <= found.profitable
    for one in found.examples:
        bids = list(one.costs)
        bids[one.bidder] = one.bids
        own = one.costs[one.bidder]
        honest = max_min(one.costs, one.budget).utility(one.bidder, own)
        assert max_min(bids, one.budget).utility(one.bidder, own) - honest == one.gain > 0


def test_max_min_is_safe_for_bidders_on_one_model() -> None:
    found = search_deviations(max_min, instances=700, models_per_bidder=1, tries=None)
    assert found.verdict.passed


@pytest.mark.parametrize("rule", [pay_as_bid, random_order])
def test_paying_what_is_asked_is_refuted(rule: Any) -> None:
    found = search_deviations(rule, instances=50)
    assert found.verdict.outcome == "refuted"
    assert found.profitable > 20


def test_candidates_miss_nothing_that_a_fine_grid_finds() -> None:
    """One auction: every bid in steps of 1/8 gains no more than the candidates do."""
    costs, budget = [[3, 3], [1, 0], [3, 0]], 9
    found = search_deviations(max_min, costs, budget, tries=None)
    honest = max_min(costs, budget)
    best = Fraction(0)
    grid = [Fraction(step, 8) for step in range(8 * 5 + 2)]
    for bidder, own in enumerate(costs):
        for bids in itertools.product(grid, grid):
            table = [list(bids) if place == bidder else row for place, row in enumerate(costs)]
            gain = max_min(table, budget).utility(bidder, own) - honest.utility(bidder, own)
            best = max(best, gain)
    assert best == found.examples[0].gain == Fraction(3, 2)


def test_one_auction_is_searched_whole_or_the_verdict_is_open() -> None:
    costs, budget = [[1, 2.5], [Fraction(1, 3), None]], 4.5
    whole = search_deviations(equal_split, costs, budget, tries=None)
    assert whole.verdict.passed
    assert whole.instances == 1
    some = search_deviations(equal_split, costs, budget, tries=2)
    assert some.verdict.outcome == "inconclusive"
    assert search_deviations(equal_split, instances=20).verdict.outcome == "inconclusive"


def test_the_same_seed_finds_the_same() -> None:
    first, again = (search_deviations(max_min, instances=60, seed=3) for _ in range(2))
    assert first.profitable == again.profitable
    assert [one.bids for one in first.examples] == [one.bids for one in again.examples]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"costs": [[1]]}, "without a budget"),
        ({"instances": 0}, "instances is 0"),
        ({"tries": 0}, "tries is 0"),
        ({"bidders": (3, 2)}, "bidders go from 3 to 2"),
        ({"models": (0, 2)}, "models go from 0"),
        ({"models_per_bidder": 0}, "models_per_bidder is 0"),
        ({"detect": 0.0}, "detect is 0.0"),
    ],
)
def test_bad_arguments_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidProblemError, match=named):
        search_deviations(equal_split, **settings)
