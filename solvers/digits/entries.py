"""Entries as prices say."""

from __future__ import annotations

from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess


def draw(equations: Equations, guess: Guess, clipped: bool) -> None:
    """Entries as prices say."""
    kappa, moments = equations.kappa(guess.prices), equations.moments_at(guess.weights)
    p = guess.p.copy()
    for e, at in enumerate(guess.at.tolist()):
        low, high, m, k = equations.low[e], equations.high[e], moments[e], kappa[e]
        if m > 0 and clipped:
            at = 1 if m >= k * high * high else -1 if m <= k * low * low else 0
            guess.at[e] = at
        elif not m and not at:
            guess.at[e] = at = -1
        if not at:
            p[e] = (m / k).sqrt() if k > 0 else high
        elif at != 2:
            p[e] = low if at < 0 else high
    guess.p = p
