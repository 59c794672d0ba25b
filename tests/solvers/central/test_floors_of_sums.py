"""Floors of clients', groups' and models' sums: values by hand, by fractions and by cvxpy."""

from __future__ import annotations

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot.solvers.central.floors import forced_of
from roundlot.solvers.central.forcing import priced
from roundlot.solvers.central.program import program
from roundlot.theory import InfeasibleError


def exactly_feasible(problem: rl.Problem, p: np.ndarray) -> bool:
    """Whether every limit holds for the floats as fractions."""
    table = [[Fraction(x) for x in row] for row in p.tolist()]
    for limit in problem.limits():
        for row, bound in enumerate(limit.bound.reshape(-1).tolist()):
            v, s, weight = (x.tolist() for x in limit.entries(row))
            pairs = zip(v, s, weight, strict=True)
            total = sum((table[i][j] * Fraction(w) for i, j, w in pairs), Fraction(0))
            if limit.is_box and not problem.available[v[0], s[0]]:
                continue
            if (total < Fraction(bound)) if limit.at_least else (total > Fraction(bound)):
                return False
    return True


def test_a_client_without_a_score_is_heard() -> None:
    # Client b has no score: it gets its floor of 1/5, and the others share the rest of the
    # budget, 4/5, in proportion to their scores 1 and 2: (1 + 2)² / (4/5) = 11.25.
    problem = rl.Problem([[1.0], [0.0], [2.0]], budget=1.0, client_floor=0.2)
    solution = rl.solve(problem)
    np.testing.assert_allclose(solution.probabilities[:, 0], [4 / 15, 0.2, 8 / 15], rtol=1e-12)
    assert solution.objective == pytest.approx(11.25, rel=1e-13)
    # a unit more of the budget saves 9 / (4/5)² = 14.0625, a unit less of b's floor as much
    assert solution.prices.budget == pytest.approx(14.0625, rel=1e-9)
    assert solution.prices.floors[0][1] == pytest.approx(14.0625, rel=1e-9)


def test_a_model_keeps_its_share() -> None:
    # Scores 1 and 3, budget 1: freely 1/4 and 3/4. A floor of 1/2 of the first leaves 1/2 for the
    # second: 1/(1/2) + 9/(1/2) = 20. Its price: 36 of a draw, less 4 that the first pays itself.
    solution = rl.solve(rl.Problem([[1.0, 3.0]], budget=1.0, model_floors=[0.5, 0.0]))
    np.testing.assert_allclose(solution.probabilities, [[0.5, 0.5]], rtol=1e-12)
    assert solution.objective == pytest.approx(20.0, rel=1e-13)
    assert solution.prices.floors[0][0] == pytest.approx(32.0, rel=1e-9)


def test_floors_that_use_up_the_budget_are_kept_exactly() -> None:
    problem = rl.Problem([[1.0, 2.0], [0.0, 1.0], [2.0, 3.0]], budget=0.375, client_floor=0.125)
    solution = rl.solve(problem)
    assert solution.probabilities.sum(axis=1).tolist() == [0.125, 0.125, 0.125]
    # within each client in proportion to the scores: (9 + 1 + 25) / (1/8)
    assert solution.objective == pytest.approx(280.0, rel=1e-12)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_floors_of_nested_groups_and_of_pairs_agree_with_a_cone_solver() -> None:
    rng = np.random.default_rng(5)
    problem = rl.Problem(
        rng.lognormal(size=(12, 2)) * (rng.random((12, 2)) < 0.7),
        budget=3.0,
        client=np.arange(12) // 2,
        client_floor=0.3,
        client_cap=0.9,
        groups=[np.arange(12) // 4, np.arange(12) // 12],
        group_caps=[1.2, 2.9],
        group_floors=[[0.9, 0.0, 0.8], None],
        model_floors=[1.4, 0.2],
        model_budgets=[2.0, 1.5],
        floor=0.01,
    )
    exact, conic = rl.solve(problem), rl.solve(problem, method="conic")
    assert exact.certificate.gap < 1e-12
    assert exactly_feasible(problem, exact.probabilities)
    assert exactly_feasible(problem, conic.probabilities)
    assert conic.objective == pytest.approx(exact.objective, rel=1e-6)
    assert conic.objective >= exact.objective * (1 - 1e-13)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_random_floors_agree_with_cvxpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, models = int(rng.integers(2, 8)), int(rng.integers(1, 3))
    scores = rng.lognormal(size=(count, models)) * (rng.random((count, models)) < 0.7)
    known = rng.random((count, models)) / models  # probabilities that keep all limits
    client = np.sort(rng.integers(0, count, count))
    client = np.unique(client, return_inverse=True)[1]
    sums = np.bincount(client, known.sum(axis=1))
    floors = 0.9 * sums * (rng.random(sums.size) < 0.7)
    least = 0.9 * known.sum(axis=0)
    budget = 1.05 * known.sum()
    problem = rl.Problem(
        scores, budget=budget, client=client, client_floor=floors, model_floors=least
    )
    solution = rl.solve(problem)
    p = cp.Variable(scores.shape)
    member = (client[:, None] == np.arange(sums.size)).astype(float)
    wanted = scores > 0
    cost = cp.sum(cp.multiply(scores[wanted] ** 2, cp.inv_pos(p[wanted]))) if wanted.any() else 0.0
    limits = [p >= 0, cp.sum(p, axis=1) <= 1, cp.sum(p) <= budget]
    limits += [member.T @ cp.sum(p, axis=1) >= floors, cp.sum(p, axis=0) >= least]
    reference = cp.Problem(cp.Minimize(cost), limits)
    reference.solve(solver=cp.CLARABEL)
    assert solution.objective == pytest.approx(float(reference.value), rel=1e-6, abs=1e-9)
    assert exactly_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"client_floor": 0.1, "budget": 0.3}, "floor of 0.0999899 on each of its 3"),
        ({"client_floor": [0.1, 1.25, 0]}, "the floor 1.25 of client 1 is 0.25 above 1"),
        ({"model_floors": [1.5, 1.0]}, "floors of models sum to 2.5, 0.5 above the budget 2"),
        (
            {"model_floors": [1.5, 0.0], "model_budgets": [1.25, 1.0]},
            "the floor 1.5 of model 0 is 0.25 above 1.25.*lower it to 1.24987",
        ),
        (
            {"groups": [0, 0, 1], "group_floors": [1.75, 0.5]},
            "floors sum to 2.25, 0.25 above the budget 2.*or a budget of 2.25023",
        ),
        (
            {"client_floor": 0.5, "groups": [0, 0, 1], "group_caps": [0.75, 1.0]},
            "floors sum to 1, 0.25 above the cap 0.75 of group 0; a floor of 0.374962 on each of",
        ),
        (
            {"model_floors": [0.875, 0], "costs": [[1, 0], [2, 0], [3, 0]], "cost_budgets": [0.75]},
            "cannot be met together: the floor 0.875 of model 0, the budget 0.75 of cost row 0",
        ),
    ],
)
def test_what_cannot_be_met_is_told_with_what_would_do(limits: dict, said: str) -> None:
    given_ = {"budget": 2.0, **limits}
    with pytest.raises(InfeasibleError, match=said):
        rl.solve(rl.Problem([[1.0, 2.0], [1.0, 3.0], [2.0, 0.5]], **given_))


def test_one_floor_for_all_is_asked_of_those_who_can_be_drawn() -> None:
    available = [[True, True], [False, False], [False, True]]
    scores = np.ones((3, 2))
    solution = rl.solve(rl.Problem(scores, budget=1.5, available=available, client_floor=0.5))
    assert solution.probabilities[1].tolist() == [0.0, 0.0]
    named = rl.Problem(scores, budget=1.5, available=available, client_floor=[0.0, 0.5, 0.0])
    with pytest.raises(InfeasibleError, match="nothing of it is available"):
        rl.solve(named)


def test_floors_by_name_leave_the_others_free() -> None:
    problem = rl.Problem(
        [[1.0], [0.0], [4.0]], budget=1.0, clients=["ann", "bob", "eve"], client_floor={"bob": 0.2}
    )
    p = rl.solve(problem).probabilities[:, 0]
    np.testing.assert_allclose(p, [0.16, 0.2, 0.64], rtol=1e-12)
    assert [limit.title(1) for limit in problem.sum_floors()] == ["client 'bob'"]


def test_rules_that_know_no_floors_of_sums_say_so() -> None:
    from roundlot import compare

    table = compare(rl.Problem([[1.0], [2.0], [3.0]], budget=1.0, client_floor=0.2))
    assert table.skipped
    assert all("client_floor" in row.reason for row in table.skipped)


def test_an_enclosure_in_fractions_contains_the_optimum() -> None:
    from roundlot.solvers import rational_enclosure

    proof = rational_enclosure(rl.Problem([[1.0, 3.0]], budget=1.0, model_floors=[0.5, 0.0]))
    assert proof.lower_bound <= 20 <= proof.objective
    assert proof.gap < 1e-13


def test_solvers_that_would_pass_over_them_refuse_them() -> None:
    from roundlot.theory import InvalidProblemError

    problem = rl.Problem([[1.0], [2.0]], budget=1.0, client_floor=0.2)
    with pytest.raises(InvalidProblemError, match="client"):
        rl.optimal_path(problem)


def test_limits_with_hardly_any_room_are_kept() -> None:
    # Sums within 1e-12 of each other from above and from below: the optimum is next to the centre.
    rng = np.random.default_rng(7)
    known = rng.random((8, 2)) / 2
    client = np.arange(8) // 2
    sums = np.bincount(client, known.sum(axis=1))
    problem = rl.Problem(
        rng.lognormal(size=(8, 2)),
        budget=known.sum() * (1 + 1e-12),
        client=client,
        client_floor=sums * (1 - 1e-12),
        client_cap=sums * (1 + 1e-12),
        model_floors=known.sum(axis=0) * (1 - 1e-12),
    )
    solution = rl.solve(problem)
    assert exactly_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-9


def test_a_thousand_clients_take_as_many_steps_as_a_few() -> None:
    from roundlot.solvers.central.floors import Entries, Path, forced

    rng = np.random.default_rng(1)
    for count in (20, 2000):
        scores = rng.lognormal(size=(count, 2)) * (rng.random((count, 1)) < 0.7)
        problem = rl.Problem(scores, budget=count / 5, client_floor=0.1)
        ready = program(problem)
        held = forced(ready.rows, ready.ceiling, problem.scores > 0.0)
        entries = Entries(
            scores=ready.scores, base=ready.base, floor=held.floor, ceiling=held.ceiling
        )
        found = Path(held.rows, entries, ready.draws).follow()
        assert found.steps < 40
        assert found.miss < 1e-12


def test_a_sum_that_is_set_takes_off_what_a_floor_above_it_offers() -> None:
    # The group's floor is all that its clients can have, 1/4 and 3/8, and the first of them has a
    # floor of 1/4, too: 1/12 and 1/6, 3/8, and 3/8 for the last, whose slope is 900 (8/3)² = 6400.
    problem = rl.Problem(
        [[1.0], [2.0], [1.0], [30.0]],
        budget=1.0,
        client=[0, 0, 1, 2],
        client_floor=[0.25, 0.0, 0.0],
        client_cap=[0.25, 0.375, 1.0],
        groups=[[0, 0, 0, 1]],
        group_floors=[[0.625, 0.0]],
        group_caps=[[1.0, 1.0]],
    )
    held = forced_of(program(problem))
    slopes = np.array([[144.0], [144.0], [64.0 / 9.0], [6400.0]])
    clients = np.array([144.0 - 6400.0, 64.0 / 9.0 - 6400.0, 0.0])
    nu = (np.zeros(4), clients, np.zeros(2), np.full(1, 6400.0))
    caps, floors = priced(held, (*nu, np.zeros(0)), np.zeros((4, 1)))
    paid = held.rows.spread(tuple(y - w for y, w in zip(caps, floors, strict=True)))
    assert paid == pytest.approx(slopes, rel=1e-12)
    assert floors[2].tolist() == [pytest.approx(6400.0 - 64.0 / 9.0), 0.0]  # the group's, once
