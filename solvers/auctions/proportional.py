"""The proportional-share rule: as many of the cheapest as can each have an equal share.

Of the bids ``b_(1) <= b_(2) <= …`` the largest ``k`` with ``b_(k) <= B/k`` are hired, and each is
paid ``min(B/k, b_(k+1))``, with ``b_(n+1)`` infinite: the largest bid with which it would still
have been hired. So nobody gains by bidding anything but their cost, nobody is paid less than they
bid, and the budget is kept.

Source: Singer, FOCS 2010, for bidders of equal value; a budget per model as in Siew et al.,
arXiv 2404.13841.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from roundlot.solvers.auctions.bids import (
    Amount,
    Bid,
    Column,
    Table,
    cheapest_first,
    exact_budget,
    exact_column,
    exact_columns,
)
from roundlot.solvers.auctions.hiring import Hiring, at_one_price

_ONE = "truthful: one model, bidders of equal value, a private cost each"
_SEVERAL = (
    "truthful, also for bidders on several models: bidders of equal value, private costs that add "
    "up, everybody able to do all they are hired for"
)


def proportional_share(bids: Sequence[Bid], budget: Bid) -> Hiring:
    """Hires for one model.

    Args:
        bids: ``(N,)`` finite numbers of at least 0, None for no bid. Floats are taken exactly; of
            equal bids the earlier bidder goes first.
        budget: ``B >= 0``; nothing is spent beyond it, exactly.

    Raises:
        InvalidProblemError: a bid or a budget that is NaN, infinite, negative or no number.
    """
    total = exact_budget(budget)
    column = exact_column(bids)
    order = cheapest_first(column)
    count = affordable(column, order, total)
    price = price_for(column, order, total, count)
    return at_one_price([order[:count]], [price], total, _ONE)


def equal_split(bids: Table, budget: Bid) -> Hiring:
    """Hires for several models: an equal part ``B/S`` of the budget each, that rule on each.

    Args:
        bids: ``(N, S)``; see `proportional_share`.
        budget: for all models together.

    Raises:
        InvalidProblemError: see `proportional_share`; rows of different lengths.
    """
    total = exact_budget(budget)
    columns = exact_columns(bids)
    winners, prices = [], []
    for column in columns:
        order = cheapest_first(column)
        count = affordable(column, order, total, len(columns))
        winners.append(order[:count])
        prices.append(price_for(column, order, total, count, len(columns)))
    return at_one_price(winners, prices, total, _SEVERAL)


def affordable(column: Column, order: list[int], budget: Amount, parts: int = 1) -> int:
    """The largest ``k`` with ``b_(k) <= B / (parts k)``; both sides are monotone in ``k``."""
    for place, bidder in enumerate(order):
        bid = column[bidder]
        if bid is not None and bid * (place + 1) * parts > budget:
            return place
    return len(order)


def price_for(
    column: Column, order: list[int], budget: Amount, count: int, parts: int = 1
) -> Fraction:
    """``min(B / (parts k), b_(k+1))`` for ``k = count``; 0 if nobody is hired."""
    if not count:
        return Fraction(0)
    share = Fraction(budget) / (parts * count)
    following = column[order[count]] if count < len(order) else None
    return share if following is None else min(share, Fraction(following))
