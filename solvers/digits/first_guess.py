"""What binds at the start: what a price pays beside what a limit leaves."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.decimals import ONE, ZERO
from roundlot.solvers.digits.entries import draw
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess, Start

#: A pair without a second moment, so far inside its box, is where other limits leave it.
INSIDE = Decimal("1e-7")


def first_guess(equations: Equations, start: Start, clipped: bool) -> Guess:
    """Entries, rows and weights as the start has them."""
    held = np.array([w > 0 for w in start.weights], dtype=np.bool_)
    value = max(equations.value(start), Decimal("1e-999999"))
    rows = np.zeros(len(equations.bounds), dtype=np.bool_)
    for r, price in enumerate(start.prices):
        if price > 0:
            slack = max(ZERO, equations.left(r, start.p))
            size = max(abs(equations.bounds[r]), equations.used(r, start.p))
            # complementary: what it pays beside what it leaves
            rows[r] = price * size * size > slack * value
    for j in np.flatnonzero(held & ~equations.is_norm).tolist():
        spent = equations.spent(j, start.p)
        room = max(ZERO, equations.allowed[j] - spent)
        held[j] = start.weights[j] * spent * spent > room * value
    prices, weights = start.prices.copy(), start.weights.copy()
    prices[~rows], weights[~held] = ZERO, ZERO
    guess = Guess(
        p=start.p.copy(),
        prices=prices,
        weights=weights,
        top=ONE,
        at=np.zeros(len(start.p), dtype=np.int8),
        rows=rows,
        held=held,
    )
    kappa, moments = equations.kappa(prices), equations.moments_at(weights)
    for e, (k, m, p) in enumerate(zip(kappa, moments, start.p, strict=True)):
        low, high = equations.low[e], equations.high[e]
        if m > 0:
            guess.at[e] = _end_of(m, k, p, low, high)
        else:
            room = (high - low) * INSIDE
            inside = low + room < p < high - room
            guess.at[e] = 2 if inside else 1 if p - low > high - p else -1
    norm = np.flatnonzero(equations.is_norm & held)
    if norm.size:
        draw(equations, guess, clipped)
        guess.top = max(equations.spent(j, guess.p) - equations.allowed[j] for j in norm.tolist())
    return guess


def _end_of(m: Decimal, k: Decimal, p: Decimal, low: Decimal, high: Decimal) -> int:
    """Which end of its box an entry is held at: what a force exceeds beside how far it is away.

    Near 1 neither a price nor a probability alone tells.
    """
    if k <= 0:
        return 1
    if (m - k * high * high) * high > (high - p) * k * high * high:
        return 1
    if low > 0 and (k * low * low - m) * low > (p - low) * k * low * low:
        return -1
    return 0
