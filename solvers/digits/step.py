"""All prices and weights by one share of a step."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.decimals import ONE, Digits
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess

FARTHEST = Decimal("0.7")  # by so much, relative, a price falls at a step
#: Beyond where an entry leaves its end, relative: its square is below the last digit that counts.
PAST = Decimal("1e-40")

#: Before a step and after it.
_Change = tuple[Digits, Digits]


def move(
    equations: Equations, guess: Guess, step: tuple[list[Decimal], ...], *, stops: bool
) -> None:
    """All by one share of a step, so short that no entry's price or moment comes near 0.

    One that ``stops`` goes no farther than to where the first entry leaves the end of its box:
    there the slopes change.
    """
    rows, held = np.flatnonzero(guess.rows), np.flatnonzero(guess.held)
    # what a row lacks is had by a lower price, what a variance has above by a higher one
    more = guess.prices.copy()
    weights = guess.weights.copy()
    more[rows] -= np.array(step[0], dtype=object) if rows.size else 0
    weights[held] -= np.array(step[1], dtype=object) if held.size else 0
    share = ONE
    free = guess.at == 0
    kappa = equations.kappa(guess.prices), equations.kappa(more)
    moments = equations.moments_at(guess.weights), equations.moments_at(weights)
    if stops:
        share = _to_first_change(equations, guess, kappa, moments)
    for before, after in (kappa, moments):
        for x, y in zip(before[free], after[free], strict=True):
            if y < (ONE - FARTHEST) * x and x > 0:
                share = min(share, FARTHEST * x / (x - y))
    finite = np.flatnonzero(equations.is_norm & guess.held).tolist()
    for j in () if equations.worst else finite:
        x, y = guess.weights[j], weights[j]
        if y < (ONE - FARTHEST) * x:
            share = min(share, FARTHEST * x / (x - y))
    guess.prices = guess.prices + share * (more - guess.prices)
    guess.weights = guess.weights + share * (weights - guess.weights)
    flat = np.flatnonzero(guess.at == 2)
    for e, x in zip(flat.tolist(), step[2], strict=True):
        guess.p[e] += share * x
    if step[3]:
        guess.top -= share * step[3][0]


def _to_first_change(
    equations: Equations, guess: Guess, kappa: _Change, moments: _Change
) -> Decimal:
    """The share of a step at which the first entry leaves the end of its box."""
    share = ONE
    for e in np.flatnonzero((guess.at == 1) | (guess.at == -1)).tolist():
        high = guess.at[e] > 0
        square = (equations.high[e] if high else equations.low[e]) ** 2
        # what holds it there, before and after
        held, after = (
            (m[e] - k[e] * square) * (1 if high else -1)
            for k, m in zip(kappa, moments, strict=True)
        )
        end = -PAST * moments[0][e]
        if square and held > 0 and after < end:
            share = min(share, (held - end) / (held - after))
    return share
