"""Newton's method in decimals on the limits that bind, from prices that are nearly right.

With prices ``y`` of rows that bind and ``ω`` of variances, a free entry has
``p = √(M/κ)``, ``M = fixed + Σ ω m`` and ``κ = cost + Σ y G``. What is left are as many equations
as prices: each row comes to its bound. Residuals are taken in many digits and the matrix in
float64, so a step costs about what a pass over the table does, and a few give all digits. Which
limits bind, and which entries are at the ends of their boxes, is told by the prices; where the end
contradicts that, it is told again.
"""

from __future__ import annotations

import math
from contextlib import suppress
from decimal import Decimal

import numpy as np

from roundlot.solvers.digits.contradictions import DONE, contradicted
from roundlot.solvers.digits.decimals import ZERO
from roundlot.solvers.digits.equations import Equations
from roundlot.solvers.digits.first_guess import first_guess
from roundlot.solvers.digits.guess import Guess, Start
from roundlot.solvers.digits.idle_prices import free_idle_prices
from roundlot.solvers.digits.linear_system import Solve, linear_system
from roundlot.solvers.digits.path import Point
from roundlot.solvers.digits.question import Question
from roundlot.solvers.digits.residuals import missed, relative_size
from roundlot.solvers.digits.step import move

ROUNDS = 24  # times that it is told which limits bind
STEPS = 60  # of one round
WORK = 40_000  # pairs, each step: some seconds
SLOW = Decimal("0.25")  # a step that leaves more of what was missed has a new matrix


class Binding:
    """The equations of a question, solved; all within its context."""

    def __init__(self, given: Question) -> None:
        self.equations, self.work, self.clipped = _equations(given), WORK, False
        self.stops = False

    def followed(self, start: Start) -> Point | None:
        """The optimum, with prices that prove it, if Newton's method finds it.

        First with entries that stay at the ends of their boxes until prices are right, then with
        what each price says by itself, then so with steps that stop where that changes.
        """
        for self.clipped, self.stops in ((False, False), (True, False), (True, True)):
            self.work = WORK
            with suppress(ArithmeticError):
                found = self._followed(start)
                if found is not None:
                    return found
        return None

    def _followed(self, start: Start) -> Point | None:
        guess = first_guess(self.equations, start, self.clipped)
        seen: set[bytes] = set()
        for _ in range(ROUNDS):
            key = guess.at.tobytes() + guess.rows.tobytes() + guess.held.tobytes()
            if key in seen:
                return None
            seen.add(key)
            if not self._solved(guess):
                return None
            if not contradicted(self.equations, guess):
                return self._point(guess)
        return None

    def _solved(self, guess: Guess) -> bool:
        """Whether all that binds is met; prices and entries are changed in place."""
        solve: Solve | None = None
        size: Decimal | None = None
        for _ in range(STEPS):
            self.work -= len(guess.p)
            if self.work < 0:
                return False
            count = int(guess.rows.sum())
            free_idle_prices(self.equations, guess, self.clipped)
            if int(guess.rows.sum()) != count:
                solve = size = None
            residual = missed(self.equations, guess)
            before, size = size, relative_size(self.equations, guess, residual)
            if size <= DONE:
                return True
            if before is None or size > SLOW * before or self.clipped:
                solve = None
            if not math.isfinite(size):
                return False
            if solve is None:
                solve = linear_system(self.equations, guess)
                if solve is None:
                    return False
            move(self.equations, guess, solve(residual), stops=self.stops)
        return False

    def _point(self, guess: Guess) -> Point:
        none = np.full(0, ZERO)
        return Point(
            p=guess.p,
            z=none,
            below=none,
            above=none,
            prices=guess.prices,
            slacks=none,
            weights=guess.weights,
            rooms=none,
            tops=np.array([guess.top], dtype=object) if self.equations.worst else none,
        )


def _equations(given: Question) -> Equations:
    return Equations(
        low=given.low,
        high=given.high,
        fixed=given.fixed,
        cost=given.cost,
        bounds=[row.bound for row in given.rows],
        all_counts=[row.counts for row in given.rows],
        allowed=given.allowed,
        is_norm=given.is_norm,
        all_moments=given.moments,
        order=given.order,
    )
