"""What all that binds is missed by."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.decimals import ONE, ZERO
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess


def missed(equations: Equations, guess: Guess) -> list[Decimal]:
    """Of rows, then of variances, then of entries without a moment, then of the norm."""
    found = [equations.left(r, guess.p) for r in np.flatnonzero(guess.rows).tolist()]
    found += [equations.room(j, guess) for j in np.flatnonzero(guess.held).tolist()]
    flat = np.flatnonzero(guess.at == 2)
    if flat.size:
        found += equations.kappa(guess.prices)[flat].tolist()
    if equations.has_top(guess):
        norm = equations.is_norm & guess.held
        found.append(sum(guess.weights[norm], ZERO) - ONE)
    return found


def relative_size(equations: Equations, guess: Guess, residual: list[Decimal]) -> Decimal:
    """The largest of them, each beside what its row comes to."""
    units = [
        max(abs(equations.bounds[r]), equations.used(r, guess.p))
        for r in np.flatnonzero(guess.rows).tolist()
    ]
    units += [equations.spent(j, guess.p) for j in np.flatnonzero(guess.held).tolist()]
    flat = np.flatnonzero(guess.at == 2)
    units += [_greatest(equations, e, guess) for e in flat.tolist()]
    if equations.has_top(guess):
        units.append(ONE)
    return max(
        (abs(x) / (unit or ONE) for x, unit in zip(residual, units, strict=True)), default=ZERO
    )


def _greatest(equations: Equations, e: int, guess: Guess) -> Decimal:
    """The largest term of what an entry pays."""
    most: Decimal = abs(equations.cost[e])
    for r in np.flatnonzero(guess.rows).tolist():
        if equations.all_counts[r][e]:
            most = max(most, abs(guess.prices[r]))
    return most
