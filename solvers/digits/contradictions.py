"""What the end of a round contradicts: it is told again which limits bind."""

from __future__ import annotations

from decimal import Decimal

from roundlot.solvers.digits.decimals import ZERO, Digits
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.guess import Guess

DONE = Decimal("1e-30")  # relative: what rows miss at the end


def contradicted(equations: Equations, guess: Guess) -> bool:
    """Whether anything contradicts what was taken to bind; then it is told again."""
    changed = False
    kappa, moments = equations.kappa(guess.prices), equations.moments_at(guess.weights)
    for e in range(len(guess.p)):
        low, high, now = equations.low[e], equations.high[e], guess.at[e]
        m, k, p = moments[e], kappa[e], guess.p[e]
        new = now
        if now in (0, 2):
            new = -1 if p < low else 1 if p > high else now
        elif (now == -1 and (m > k * low * low if m > 0 else k < 0)) or (
            now == 1 and (m < k * high * high if m > 0 else k > 0)
        ):
            new = 0 if m > 0 else 2
        if new != now:
            guess.at[e], changed = new, True
    for r in range(len(equations.bounds)):
        if guess.rows[r]:
            if guess.prices[r] < 0:
                guess.rows[r], guess.prices[r], changed = False, ZERO, True
        elif equations.left(r, guess.p) < -DONE * max(abs(equations.bounds[r]), DONE):
            guess.rows[r], changed = True, True
    for j in range(len(equations.is_norm)):
        if equations.is_norm[j] and not equations.worst:
            continue
        if guess.held[j]:
            if guess.weights[j] < 0:
                guess.held[j], guess.weights[j], changed = False, ZERO, True
        elif not guess.p[equations.some_moments[j]].all():
            if not _begun(equations, j, guess, kappa):
                raise ArithmeticError
            guess.held[j], changed = True, True
        elif equations.room(j, guess) < -DONE * equations.spent(j, guess.p):
            guess.held[j], changed = True, True
    return changed


def _begun(equations: Equations, j: int, guess: Guess, kappa: Digits) -> bool:
    """A weight for a row of variances with pairs that nothing else asks for; if it has any."""
    free = [
        (int(e), m)
        for e, m in zip(equations.some_moments[j], equations.moments[j], strict=True)
        if not guess.p[e] and kappa[e] > 0
    ]
    if not free:
        return False
    others = [
        m / guess.p[e]
        for e, m in zip(equations.some_moments[j], equations.moments[j], strict=True)
        if guess.p[e]
    ]
    room = equations.allowed[j] - sum(others, ZERO)
    if room <= 0:
        return False
    guess.weights[j] = (sum(((m * kappa[e]).sqrt() for e, m in free), ZERO) / room) ** 2
    for e, _ in free:
        guess.at[e] = 0
    return True
