"""Who was hired, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from roundlot.solvers.auctions.bids import Amount, Bid, exact
from roundlot.theory.arrays import FloatArray


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
