"""Auctions keep their budgets, pay what was asked at least, and hire who is cheaper first."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.auctions import (
    AUCTIONS,
    Hiring,
    equal_split,
    max_min,
    proportional_share,
    random_order,
)
from roundlot.theory import InvalidProblemError

Table = list[list[Any]]
RULES = tuple(AUCTIONS.values())
TRUTHFUL = (equal_split, max_min)

amounts = st.one_of(
    st.integers(0, 12),
    st.fractions(0, 12, max_denominator=7),
    st.floats(0.0, 1e300, allow_subnormal=True),
)


@st.composite
def tables(draw: st.DrawFn, least: int = 0) -> Table:
    models = draw(st.integers(1, 3))
    row = st.lists(st.none() | amounts, min_size=models, max_size=models)
    return draw(st.lists(row, min_size=least, max_size=6))


def by_trying_every_count(bids: list[Any], budget: Any) -> tuple[list[int], Fraction]:
    """The rule word for word, over all ``k``."""
    known = sorted((Fraction(bid), place) for place, bid in enumerate(bids) if bid is not None)
    best: tuple[list[int], Fraction] = ([], Fraction(0))
    for k in range(1, len(known) + 1):
        share = Fraction(budget) / k
        if known[k - 1][0] <= share:
            following = known[k][0] if k < len(known) else None
            price = share if following is None else min(share, following)
            best = ([place for _, place in known[:k]], price)
    return best


@given(bids=st.lists(st.none() | amounts, max_size=8), budget=amounts)
def test_proportional_share_is_the_rule_word_for_word(bids: list[Any], budget: Any) -> None:
    hiring = proportional_share(bids, budget)
    winners, price = by_trying_every_count(bids, budget)
    assert hiring.winners == (tuple(winners),)
    assert hiring.payments == ((price,) * len(winners),)


@given(bids=tables(), budget=amounts)
def test_equal_split_is_the_rule_on_every_part(bids: Table, budget: Any) -> None:
    hiring = equal_split(bids, budget)
    models = len(bids[0]) if bids else 0
    for model in range(models):
        column = [row[model] for row in bids]
        winners, price = by_trying_every_count(column, Fraction(budget) / models)
        assert hiring.winners[model] == tuple(winners)
        assert hiring.payments[model] == (price,) * len(winners)


@pytest.mark.parametrize("rule", RULES)
@given(bids=tables(), budget=amounts)
def test_budget_and_bids_are_kept_exactly(
    rule: Callable[..., Hiring], bids: Table, budget: Any
) -> None:
    hiring = rule(bids, budget)
    assert hiring.spent <= Fraction(budget)
    for model, (winners, payments) in enumerate(zip(hiring.winners, hiring.payments, strict=True)):
        assert len(set(winners)) == len(winners)
        for bidder, pay in zip(winners, payments, strict=True):
            assert pay >= Fraction(bids[bidder][model])


@pytest.mark.parametrize("rule", TRUTHFUL)
@given(bids=tables(least=1), budget=amounts, data=st.data())
def test_a_winner_who_asks_for_less_still_wins(
    rule: Callable[..., Hiring], bids: Table, budget: Any, data: st.DataObject
) -> None:
    hiring = rule(bids, budget)
    hired = [(bidder, m) for m, winners in enumerate(hiring.winners) for bidder in winners]
    if not hired:
        return
    bidder, model = data.draw(st.sampled_from(hired))
    lower = [list(row) for row in bids]
    lower[bidder][model] = Fraction(bids[bidder][model]) * data.draw(st.fractions(0, 1))
    assert bidder in rule(lower, budget).winners[model]


@given(bids=tables(least=1), budget=amounts)
def test_max_min_hires_equally_many_and_no_more_than_the_poorest_can(
    bids: Table, budget: Any
) -> None:
    alone = [len(winners) for winners in equal_split(bids, budget).winners]
    assert [len(winners) for winners in max_min(bids, budget).winners] == [min(alone)] * len(alone)


def test_known_figures() -> None:
    assert proportional_share([1, 2, 3, 4], 7).payments == ((3, 3),)
    assert proportional_share([1, 2, 3, 4], 40).payments == ((10, 10, 10, 10),)
    hiring = equal_split([[1, 2], [3, 1], [None, 0.5]], 10)
    assert hiring.winners == ((0,), (2, 1))
    assert hiring.spent == 7
    assert hiring.utility(2, [None, 0.5]) == Fraction(3, 2)
    assert hiring.utility(0, [1, 2]) == 2
    np.testing.assert_array_equal(
        hiring.payment_table(3), [[3, math.nan], [math.nan, 2], [math.nan, 2]]
    )


def test_ties_go_to_the_earlier_bidder_at_the_bid_itself() -> None:
    hiring = proportional_share([5, 5, 5], 10)
    assert hiring.winners == ((0, 1),)
    assert hiring.payments == ((5, 5),)


def test_edges() -> None:
    assert proportional_share([], 5).winners == ((),)
    assert proportional_share([None, None], 5).winners == ((),)
    assert equal_split([], 5).winners == ()
    assert max_min([], 5).spent == 0
    free = proportional_share([0, 1, 0], 0)
    assert (free.winners, free.spent) == (((0, 2),), 0)
    huge = proportional_share([10**400, 1.7e308], 2.0 * 10**307)
    assert huge.winners == ((),)
    assert proportional_share([10**400], 10**400).spent == 10**400
    assert max_min([[1, None], [1, None]], 5).winners == ((), ())


def test_numbers_of_numpy_are_exact() -> None:
    bids = np.array([[0.1, 2.0], [0.2, 1.0]])
    assert equal_split(bids, np.float64(3.0)) == equal_split(bids.tolist(), 3)
    assert (
        equal_split(np.array([[1], [2]]), np.int64(3)).winners == equal_split([[1], [2]], 3).winners
    )


def test_a_random_order_spends_in_turn() -> None:
    bids = [[1], [1], [1], [1]]
    orders = {random_order(bids, 2, seed=seed).winners for seed in range(40)}
    assert all(len(winners[0]) == 2 for winners in orders)
    assert len(orders) > 4


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("bids", "budget", "named"),
    [
        ([[1, math.nan]], 1, "bid of bidder 0 for model 1 is nan"),
        ([[1], [math.inf]], 1, "bid of bidder 1 for model 0 is inf"),
        ([[-1]], 1, "is -1; it must be at least 0"),
        ([[True]], 1, "is True; give a number"),
        ([["1"]], 1, "is '1'; give a number"),
        ([[Decimal(1)]], 1, "give a number"),
        ([[1, 2], [1]], 1, "bidder 1 bids for 1 model "),
        ([[1]], math.inf, "payment budget is inf"),
        ([[1]], math.nan, "payment budget is nan"),
        ([[1]], -2, "payment budget is -2"),
        ([[1]], None, "payment budget is None"),
    ],
)
def test_bad_bids_are_named(
    rule: Callable[..., Hiring], bids: Table, budget: Any, named: str
) -> None:
    with pytest.raises(InvalidProblemError, match=named):
        rule(bids, budget)
