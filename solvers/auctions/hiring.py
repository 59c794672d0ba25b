"""Who is hired, and for how much: proportional shares, also of several models, and a lottery.

Of the bids ``b_(1) <= b_(2) <= …`` the largest ``k`` with ``b_(k) <= B/k`` are hired, and each is
paid ``min(B/k, b_(k+1))``, with ``b_(n+1)`` infinite: the largest bid with which it would still
have been hired. So nobody gains by bidding anything but their cost, nobody is paid less than they
bid, and the budget is kept. Bids and budgets are the exact numbers they are.

Source: Singer, FOCS 2010, for bidders of equal value; a budget per model and the max-min objective
as in Siew et al., arXiv 2404.13841.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.text import plural

Bid = Any  # a whole number, a fraction, a float (NumPy's too); None where nobody bids
Table = Sequence[Sequence[Bid]]
Amount = int | Fraction
Column = list[Amount | None]

_ONE = "truthful: one model, bidders of equal value, a private cost each"
_SEVERAL = (
    "truthful, also for bidders on several models: bidders of equal value, private costs that add "
    "up, each bidder able to do all that it is hired for"
)
_EQUAL = "truthful for bidders on one model each; not for bidders on several"


@dataclass(frozen=True, kw_only=True)
class Hiring:
    """The outcome of an auction.

    Attributes:
        winners: for each model the bidders hired.
        payments: for each model what each of them is paid, in the same order.
        budget: what there was to spend on all models.
        scope: whom the rule gives no reason to misstate costs.
    """

    winners: tuple[tuple[int, ...], ...]
    payments: tuple[tuple[Fraction, ...], ...]
    budget: Amount
    scope: str

    @property
    def spent(self) -> Fraction:
        """What all winners are paid together."""
        return sum((pay for model in self.payments for pay in model), Fraction(0))

    def utility(self, bidder: int, costs: Sequence[Bid]) -> Fraction:
        """What a bidder is paid, less its true costs ``(S,)`` of the models it is hired for.

        Raises:
            InvalidProblemError: hired for a model whose cost is None, or no number.
        """
        gain = Fraction(0)
        for model, (winners, payments) in enumerate(zip(self.winners, self.payments, strict=True)):
            if bidder in winners:
                cost = exact(costs[model], f"cost of bidder {bidder} for model {model}")
                gain += payments[winners.index(bidder)] - cost
        return gain

    def payment_table(self, n_bidders: int) -> FloatArray:
        """``(N, S)``: payments as floats, NaN where nobody is hired."""
        table = np.full((n_bidders, len(self.winners)), np.nan)
        for model, (winners, payments) in enumerate(zip(self.winners, self.payments, strict=True)):
            for bidder, pay in zip(winners, payments, strict=True):
                table[bidder, model] = float(pay)
        return table


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


def max_min(bids: Table, budget: Bid) -> Hiring:
    """Hires equally many for every model, as many as all can afford.

    With ``k_s`` the number that model ``s`` can afford of its part ``B/S``, every model hires its
    ``k = min_s k_s`` cheapest bidders and pays each ``min(B/(S k), b_s(k+1))``. No model gets fewer
    than it could under any common number. A bidder on one model cannot gain by misstating its cost.
    One on several can: its bid for one model moves ``k``, and with it what another pays it.

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
        _EQUAL,
    )


def random_order(bids: Table, budget: Bid, *, seed: int = 0) -> Hiring:
    """Hires in random order, paid what they ask, while the money lasts: a baseline, no auction.

    Each model has an equal part of the budget; whoever comes and asks for no more than what is left
    of it is hired. Asking for more than one's cost pays, so this is no rule for strangers.

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
        scope="not truthful: each winner is paid what it asks",
    )


def at_one_price(
    winners: Sequence[Sequence[int]], prices: Sequence[Fraction], budget: Amount, scope: str
) -> Hiring:
    """Every winner of a model is paid the model's price."""
    return Hiring(
        winners=tuple(tuple(hired) for hired in winners),
        payments=tuple((price,) * len(hired) for hired, price in zip(winners, prices, strict=True)),
        budget=budget,
        scope=scope,
    )


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


def exact(value: Any, name: str) -> Amount:
    """A finite number of at least 0 without rounding: a float is the fraction that it stores.

    Raises:
        InvalidProblemError: NaN, an infinity, a negative number, something else; names it.
    """
    if type(value) is int:
        amount: Amount = value
    elif isinstance(value, bool) or not isinstance(value, Real):
        raise InvalidProblemError(f"{name} is {value!r}; give a number of at least 0")
    elif isinstance(value, Integral):
        amount = int(value)
    elif isinstance(value, Rational):
        amount = Fraction(value)
    elif not math.isfinite(value):
        raise InvalidProblemError(f"{name} is {value}; give a finite number, or None for no bid")
    else:
        amount = Fraction(float(value))
    if amount < 0:
        raise InvalidProblemError(f"{name} is {value}; it must be at least 0")
    return amount


def exact_budget(budget: Any) -> Amount:
    """The payment budget.

    Raises:
        InvalidProblemError: NaN, an infinity, a negative number.
    """
    if isinstance(budget, float) and not math.isfinite(budget):
        raise InvalidProblemError(f"payment budget is {budget}; give a finite number")
    return exact(budget, "payment budget")


def exact_columns(bids: Table) -> list[Column]:
    """``S`` columns of ``N`` bids each, None where a bidder does not bid for the model.

    Raises:
        InvalidProblemError: rows of different lengths, or a bid that is no finite number.
    """
    rows = list(bids)
    n_models = len(rows[0]) if rows else 0
    for bidder, row in enumerate(rows):
        if len(row) != n_models:
            raise InvalidProblemError(
                f"bidder {bidder} bids for {len(row)} {plural(len(row), 'model')} and bidder 0 "
                f"for {n_models}; "
                "give one bid per model, None for none"
            )
    return [exact_column([row[model] for row in rows], model) for model in range(n_models)]


def exact_column(bids: Sequence[Bid], model: int = 0) -> Column:
    """One model's bids; see `exact_columns`."""
    return [
        None if bid is None else exact(bid, f"bid of bidder {bidder} for model {model}")
        for bidder, bid in enumerate(bids)
    ]


def cheapest_first(column: Column) -> list[int]:
    """The bidders by bid; of equal bids the earlier bidder first."""
    known = [bidder for bidder, bid in enumerate(column) if bid is not None]
    return sorted(known, key=column.__getitem__)  # type: ignore[arg-type]
