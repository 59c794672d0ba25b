"""Prices of rows of which nothing moves."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.decimals import ZERO
from roundlot.solvers.digits.entries import draw
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess

BEYOND = Decimal("1.000001")  # of the way to where an entry starts to move


def free_idle_prices(equations: Equations, guess: Guess, clipped: bool) -> None:
    """Prices of rows of which nothing moves go to where something does, or to 0."""
    draw(equations, guess, clipped)
    kappa, moments = equations.kappa(guess.prices), equations.moments_at(guess.weights)
    low, high, moves = equations.low, equations.high, (guess.at == 0) | (guess.at == 2)
    for r in np.flatnonzero(guess.rows).tolist():
        left = equations.left(r, guess.p)
        if not left or moves[equations.some[r]].any():
            continue
        if not clipped:
            if left > 0:
                guess.rows[r], guess.prices[r] = False, ZERO
            continue
        ways = []  # by how much its price has to change
        for e, count in zip(equations.some[r].tolist(), equations.counts[r], strict=True):
            end = high[e] if guess.at[e] > 0 else low[e]
            if moments[e] > 0 and end > 0:
                ways.append((moments[e] / (end * end) - kappa[e]) / count)
        ways = [x for x in ways if (x > 0) == (left < 0) and x]
        if left > 0:
            step = max(ways, default=-guess.prices[r])
            if guess.prices[r] + step <= 0:
                guess.rows[r], guess.prices[r] = False, ZERO
                continue
        else:
            step = min(ways, default=ZERO)
        guess.prices[r] += step * BEYOND
    for j in np.flatnonzero(guess.held).tolist() if clipped else ():
        room = equations.room(j, guess)
        if not room or moves[equations.some_moments[j]].any():
            continue
        shares = []
        for e in equations.some_moments[j].tolist():
            end = high[e] if guess.at[e] > 0 else low[e]
            if kappa[e] > 0 and moments[e] > 0:
                shares.append(kappa[e] * end * end / moments[e])
        shares = [x for x in shares if (x > 1) == (room < 0)]
        if shares and room > 0:
            guess.weights[j] *= max(shares) / BEYOND
        elif shares:
            guess.weights[j] *= min(shares) * BEYOND
    draw(equations, guess, clipped)
