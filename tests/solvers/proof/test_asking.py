"""What entries pay beside floors of sums, against fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot import solvers
from roundlot.solvers.proof.asking import asked_beside
from roundlot.theory.certificates import examine

PRICES = st.floats(0.0, 1e6) | st.sampled_from([1.0, 1.0 - 2.0**-53, 1.0 + 2.0**-52, 1e-300])


@given(
    st.tuples(PRICES, PRICES, PRICES, PRICES, PRICES, PRICES),
    st.lists(st.floats(1e-6, 1e6), min_size=4, max_size=4),
)
def test_what_is_paid_is_within_its_width_of_the_truth(
    prices: tuple[float, ...], costs: list[float]
) -> None:
    problem = rl.Problem(
        [[1.0, 2.0]],
        budget=1.0,
        costs=np.reshape(costs, (2, 1, 2)),
        cost_budgets=[1.0, 2.0],
        model_floors=[0.1, 0.2],
    )
    total, caps, *_, weighted = problem.sum_limits()
    y = (prices[0], prices[1], prices[2:4], prices[4:])
    kappa, width = asked_beside(
        [(total, np.array([y[0]])), (caps, np.array([y[1]])), (weighted, np.array(y[2]))],
        [(problem.sum_floors()[0], np.array(y[3]))],
        slice(None),
    )
    for s in range(2):
        exact = Fraction(y[0]) + Fraction(y[1]) - Fraction(y[3][s])
        exact += sum(Fraction(y[2][k]) * Fraction(costs[2 * k + s]) for k in range(2))
        assert abs(Fraction(float(kappa[0, s])) - exact) <= Fraction(float(width[0, s]))
        most = 2.0**-51 * abs(kappa[0, s]) + 2.0**-80 * sum(prices) * max(1.0, *costs)
        assert width[0, s] <= most + 1e-300


def test_a_floor_worth_all_but_nothing_less_than_a_draw_proves_the_least_budget() -> None:
    # The ceiling is far above what 1/4 leaves: the floor is the answer, a draw above it is worth
    # some 1e-18, and what entries pay is the difference of two prices next to 1.
    problem = rl.Problem([[1e-9, 3e-9, 2e-9]] * 2, budget=2.0, model_floors=[0.25, 0.25, 0.25])
    found = solvers.least_budget(problem, [1e2, 1e2, 1e2])
    assert abs(found.budget - 0.75) <= 1e-15
    assert found.gap < 1e-13
    assert not examine(found.claim()).complaints
