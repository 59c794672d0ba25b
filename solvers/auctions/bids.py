"""Bids and budgets as the exact numbers they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

from roundlot.theory import InvalidProblemError

Bid = Any  # a whole number, a fraction, a float (NumPy's too); None where nobody bids
Table = Sequence[Sequence[Bid]]
Amount = int | Fraction
Column = list[Amount | None]


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
                f"bidder {bidder} bids for {len(row)} models and bidder 0 for {n_models}; "
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
