"""Loops and short cuts of limits on several processors, against fractions and differences."""

from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import kernels
from roundlot.solvers.coupled.newton import Dual
from roundlot.solvers.coupled.program import UNUSABLE, program, spent_rows
from roundlot.solvers.proof.feasibility import usable_budget
from roundlot.solvers.proof.sums import rooms, rough_sums

UNIT = 2.0**-53


def exactly(costs, table):
    return sum(
        Fraction(c) * Fraction(p) for c, p in zip(costs.tolist(), table.tolist(), strict=True)
    )


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 1024, 1055, 2500])
def test_a_rough_sum_is_above_the_truth_by_80_units_at_most(size):
    rng = np.random.default_rng(size)
    costs, table = rng.lognormal(0.0, 6.0, size), rng.random(size)
    truth, found = exactly(costs, table), Fraction(kernels.rough_weighted_sum(costs, table))
    assert truth <= found <= truth * (1 + Fraction(80 * UNIT))


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 64, 1055])
def test_a_long_sum_is_as_near_the_truth_as_it_says(size):
    rng = np.random.default_rng(size)
    values = rng.lognormal(0.0, 30.0, size)
    high, low, width = (Fraction(x) for x in kernels.wide_faithful_sum(values))
    truth = sum(map(Fraction, values.tolist()), Fraction(0))
    assert abs(truth - high - low) <= width <= truth * Fraction(UNIT)


def cost_row(budget, floor, rows=40):
    rng = np.random.default_rng(7)
    costs = rng.lognormal(0.0, 2.0, (1, rows, 3))
    problem = rl.Problem(
        rng.random((rows, 3)), costs=costs, cost_budgets=[budget], budget=9.0, floor=floor
    )
    return problem.sum_limits()[-1], problem.bounds[0]


@pytest.mark.parametrize("part", [1e-9, 0.03, 0.0312, 0.0313, 0.5, 1.0 - 1e-12])
def test_what_floors_leave_of_a_cost_row_is_right_to_its_last_digits(part):
    limit, floor = cost_row(1.0, 1e-3)
    costs = limit.weights[0].reshape(-1)
    used = exactly(costs, floor.reshape(-1))
    limit, floor = cost_row(float(used) / part, 1e-3)
    truth = Fraction(float(limit.bound[0])) - used
    assert abs(Fraction(float(rooms(limit, floor)[0])) - truth) <= 4 * Fraction(UNIT) * truth


def test_costs_beyond_float64_are_infinite_not_missing():
    limit, floor = cost_row(1.0, 1e-3)
    limit.weights.flags.writeable = True
    limit.weights[:] = 1e307
    with np.errstate(over="ignore"):
        assert rough_sums(limit, np.full_like(floor, 900.0)).tolist() == [np.inf]


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 10])
def test_the_hessian_is_the_difference_of_sums(rows):
    rng = np.random.default_rng(rows)
    scores = rng.lognormal(0.0, 0.5, (300, 3))
    costs = rng.lognormal(0.0, 0.5, (rows, 300, 3))
    problem = rl.Problem(
        scores,
        budget=60.0,
        model_budgets=[20.0, 21.0, 22.0],
        costs=costs,
        cost_budgets=60.0 * costs.mean(axis=(1, 2)) * rng.uniform(0.5, 0.9, rows),
    )
    dual = Dual(program=program(problem))
    eta = rng.uniform(0.5, 1.5, dual.program.active.sum())
    eta *= (dual.program.tables.scores.sum() / 60.0) ** 2 * 60.0 / eta.sum()
    _, hessian = dual.evaluate(eta)
    hessian = hessian.copy()
    for i, price in enumerate(eta.tolist()):
        step = np.zeros_like(eta)
        step[i] = 1e-5 * price
        above, below = (dual.evaluate(eta + side * step, curved=False)[0] for side in (1.0, -1.0))
        fall = (below - above) / (2.0 * step[i])
        assert np.allclose(fall, hessian[i], rtol=2e-3, atol=1e-6 * np.abs(hessian).max())


@pytest.mark.parametrize("scored", [True, False])
@pytest.mark.parametrize("room", [0.0, 2.0**-70, 2.0**-48, 2.0**-44, 1.0])
def test_limits_that_floors_use_up_are_found_wherever_the_least_floor_is(room, scored):
    rng = np.random.default_rng(3)
    scores, floor = rng.random((200, 2)), np.full((200, 2), 1e-3)
    floor[150, 1] = 2.0**-20  # behind the rows that are looked at first
    if not scored:
        scores[:] = 0.0
    problem = rl.Problem(
        scores,
        budget=5.0,
        floor=floor,
        costs=rng.uniform(0.5, 2.0, (2, 200, 2)),
        cost_budgets=[9.0, 9.0],
        model_budgets=[3.0, 3.0],
        client=np.arange(200) // 4,
        client_cap=1.0,
    )
    limits = problem.sum_limits()
    left = tuple(np.full(limit.size, room) for limit in limits)
    low = np.where(scores > 0.0, floor, np.inf)
    for limit, found in zip(limits, spent_rows(scores, floor, limits, left), strict=True):
        for row in range(limit.size):
            v, s, weight = limit.entries(row)
            least = (weight * low[v, s]).min()
            if limit.labels is not None and least == np.inf:
                least = 0.0  # a group without scores is left to its rows
            assert found[row] == (room <= UNUSABLE * least), (limit.name, row)


@pytest.mark.parametrize("cap", [1.0, 0.7])
@pytest.mark.parametrize("ceiling", [1.0, 0.1, 1.0 / 3.0])
def test_one_number_for_all_is_used_as_the_same_number_for_each(ceiling, cap):
    scores = np.ones((7, 3))
    one = rl.Problem(scores, budget=1.0, ceiling=ceiling, processor_cap=cap)
    each = rl.Problem(
        scores, budget=1.0, ceiling=np.full((7, 3), ceiling), processor_cap=np.full(7, cap)
    )
    assert usable_budget(one) == usable_budget(each)


def test_groups_whose_rows_lie_apart_are_summed_as_those_that_lie_together():
    rng = np.random.default_rng(5)
    table, label = rng.lognormal(0.0, 9.0, (60, 3)), rng.integers(0, 4, 60)
    high, low = np.zeros(5), np.zeros((5, 2))
    kernels.sum_by_label(table, label, high, low)
    for group in range(5):
        truth = sum(map(Fraction, table[label == group].reshape(-1).tolist()))
        found = Fraction(float(high[group])) + Fraction(float(low[group, 0]))
        assert abs(found - truth) <= Fraction(float(low[group, 1])) * 180 * Fraction(2 * UNIT)


def test_a_certificate_has_the_same_bits_on_two_threads():
    scores = np.random.default_rng(2).lognormal(size=(140_000, 2))
    problem = rl.Problem(scores, budget=30_000.0)
    solved = rl.solve(problem)
    found = []
    for count in (1, 2):
        with rl.solvers.threads(count):
            proof = rl.solvers.certify(problem, solved.probabilities, solved.multipliers)
            found.append((proof.lower_bound, proof.objective, proof.gap, proof.variance_gap))
    assert found[0] == found[1]


def test_a_probability_that_is_no_number_is_refused_in_any_piece():
    scores = np.random.default_rng(2).lognormal(size=(140_000, 1))
    p = np.full((140_000, 1), 0.1)
    for row in (3, 139_999):
        wrong = p.copy()
        wrong[row, 0] = np.nan
        with pytest.raises(rl.InvalidProblemError, match=rf"probabilities\[{row}, 0\]"):
            rl.solvers.certify(rl.Problem(scores, budget=20_000.0), wrong)
