"""Budget-feasible auctions: whom to hire for which model, and what to pay, in exact fractions."""

from collections.abc import Callable

from roundlot.solvers.auctions.hiring import (
    Bid,
    Hiring,
    Table,
    equal_split,
    max_min,
    proportional_share,
    random_order,
)

#: Rules for several models, by name: (bids ``(N, S)``, budget) to a hiring.
AUCTIONS: dict[str, Callable[[Table, Bid], Hiring]] = {
    "equal split": equal_split,
    "max-min": max_min,
    "random": random_order,
}

__all__ = ["AUCTIONS", "Hiring", "equal_split", "max_min", "proportional_share", "random_order"]
