"""The max-min rule: the same number of winners for every model, as many as all can afford.

With ``k_s`` the number that model ``s`` can afford of its part ``B/S``, every model hires its
``k = min_s k_s`` cheapest bidders and pays each ``min(B/(S k), b_s(k+1))``. No model gets fewer
than it could under any common number. A bidder on one model cannot gain by misstating its cost. One
on several can: its bid for one model moves ``k``, and with it what it is paid by another.

Source: the max-min objective of Siew et al., arXiv 2404.13841, with proportional shares.
"""

from __future__ import annotations

from roundlot.solvers.auctions.bids import (
    Bid,
    Table,
    cheapest_first,
    exact_budget,
    exact_columns,
)
from roundlot.solvers.auctions.hiring import Hiring, at_one_price
from roundlot.solvers.auctions.proportional import affordable, price_for

_SCOPE = "truthful for bidders on one model each; not for bidders on several"


def max_min(bids: Table, budget: Bid) -> Hiring:
    """Hires equally many for every model.

    Args:
        bids: ``(N, S)`` finite numbers of at least 0, None for no bid.
        budget: ``B >= 0`` for all models together.

    Raises:
        InvalidProblemError: a bid or a budget that is NaN, infinite, negative or no number; rows
            of different lengths.
    """
    total = exact_budget(budget)
    columns = exact_columns(bids)
    parts = len(columns)
    orders = [cheapest_first(column) for column in columns]
    rows = list(zip(columns, orders, strict=True))
    count = min((affordable(column, order, total, parts) for column, order in rows), default=0)
    return at_one_price(
        [order[:count] for order in orders],
        [price_for(column, order, total, count, parts) for column, order in rows],
        total,
        _SCOPE,
    )
