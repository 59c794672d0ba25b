"""A baseline without an auction: in random order, everybody is paid what they ask.

Each model has an equal part of the budget; whoever comes and asks for no more than what is left of
it is hired. Asking for more than one's cost pays, so this is no rule for strangers.
"""

from __future__ import annotations

import random
from fractions import Fraction

from roundlot.solvers.auctions.bids import Bid, Table, exact_budget, exact_columns
from roundlot.solvers.auctions.hiring import Hiring


def random_order(bids: Table, budget: Bid, *, seed: int = 0) -> Hiring:
    """Hires in random order while the money lasts.

    Args:
        bids: ``(N, S)`` finite numbers of at least 0, None for no bid.
        budget: ``B >= 0`` for all models together.
        seed: of the order, another for every model.

    Raises:
        InvalidProblemError: a bid or a budget that is NaN, infinite, negative or no number; rows
            of different lengths.
    """
    total = exact_budget(budget)
    columns = exact_columns(bids)
    chance = random.Random(seed)
    winners: list[tuple[int, ...]] = []
    payments: list[tuple[Fraction, ...]] = []
    for column in columns:
        left, hired = Fraction(total) / len(columns), {}
        for bidder in chance.sample(range(len(column)), len(column)):
            bid = column[bidder]
            if bid is not None and bid <= left:
                hired[bidder] = Fraction(bid)
                left -= bid
        winners.append(tuple(hired))
        payments.append(tuple(hired.values()))
    return Hiring(
        winners=tuple(winners),
        payments=tuple(payments),
        budget=total,
        scope="not truthful: everybody is paid what they ask",
    )
