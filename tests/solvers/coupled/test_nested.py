"""Floors of sums by dual prices, against hand, the central path and a cone solver."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.central.floors import with_floors
from roundlot.solvers.central.nearly import within
from roundlot.solvers.central.slack import unpriced, without_floors
from roundlot.solvers.conic import conic
from roundlot.solvers.coupled.nested import nested_optimum
from roundlot.solvers.exact import exact
from roundlot.solvers.proof.certificate import Certificate, certify

V, S = 32, 3
ROWS = np.arange(V)
LIMITS: dict[str, dict[str, Any]] = {
    "clients": {"client": ROWS // 2, "client_cap": 0.9, "client_floor": 0.2},
    "groups": {
        "groups": [ROWS // 4, ROWS // 16],
        "group_caps": [1.3, 4.0],
        "group_floors": [0.55, 2.6],
    },
    "models": {"model_floors": [1.2, 2.0, 2.0]},
    "budgets": {"model_budgets": [2.5, 2.5, 3.0]},
    "costs": {"cost_budgets": [7.0, 8.0]},
    "floors": {"floor": 0.005},
    "caps": {"processor_cap": 0.5},
}
KINDS = [
    chosen
    for size in (1, 2, 3, len(LIMITS))
    for chosen in itertools.combinations(LIMITS, size)
    if {"clients", "groups", "models"} & {*chosen}
]


def problem_of(chosen: tuple[str, ...], *, zeros: bool, budget: float = 6.0) -> rl.Problem:
    rng = np.random.default_rng(len(chosen))
    scores = rng.lognormal(0.0, 1.5, (V, S))
    if zeros:
        scores[::4] = 0.0
    given: dict[str, Any] = {}
    for name in chosen:
        given |= LIMITS[name]
    if "costs" in chosen:
        given["costs"] = rng.uniform(0.5, 2.0, (2, V, S))
    return rl.Problem(scores, budget=budget, **given)


def found_by_dual(problem: rl.Problem) -> Certificate:
    start = unpriced(problem, exact(without_floors(problem))[1])
    found = nested_optimum(problem, start)
    p, prices = within(problem, found), found.prices
    for limit in problem.limits():
        over = limit.residuals(p)
        assert (over <= 1e-15 * np.maximum(1.0, limit.bound)).all()
    return certify(problem, p, prices)


CASES = [(chosen, zeros) for chosen in KINDS for zeros in (False, True)]
# Scores of 0 that only shared prices can place: the dual has kinks, and the path takes over.
KINKED = (("models", "costs"), True)


def test_where_the_dual_has_kinks_the_central_path_takes_over() -> None:
    problem = problem_of(KINKED[0], zeros=True)
    assert rl.solve(problem).certificate.gap < 1e-12


@pytest.mark.parametrize(("chosen", "zeros"), [case for case in CASES if case != KINKED])
def test_the_dual_finds_what_the_central_path_finds(chosen: tuple[str, ...], zeros: bool) -> None:
    problem = problem_of(chosen, zeros=zeros)
    found = found_by_dual(problem)
    other = certify(problem, *with_floors(problem))
    assert found.gap < 1e-12
    assert found.verify()
    assert found.lower_bound <= other.objective
    assert found.objective == pytest.approx(other.objective, rel=1e-11)


@pytest.mark.parametrize("chosen", [("clients",), ("groups", "costs"), ("clients", "models")])
def test_a_cone_solver_finds_the_same(chosen: tuple[str, ...]) -> None:
    problem = problem_of(chosen, zeros=True)
    found = found_by_dual(problem)
    p = conic(problem)[0]
    wanted = problem.scores > 0.0
    cost = float((problem.scores[wanted] ** 2 / p[wanted]).sum())
    assert found.objective == pytest.approx(cost, rel=1e-6)


def test_a_client_without_scores_takes_its_floor_from_the_others() -> None:
    scores = [[3.0, 1.0], [0.0, 0.0]]
    solution = rl.solve(rl.Problem(scores, budget=1.0, client_floor=0.25))
    assert solution.probabilities[0] == pytest.approx([9 / 16, 3 / 16], rel=1e-15)
    assert solution.probabilities[1].sum() == 0.25
    # a unit less of its floor is a unit more of the budget for the others: (3 + 1)² / 0.75²
    assert solution.prices.floors[0][1] == pytest.approx(16 / 0.75**2, rel=1e-14)


def test_a_floor_that_only_entries_at_their_ceilings_and_more_can_meet() -> None:
    """At 0.2 both scored pairs of the first client are at most; 0.1 comes from the third."""
    scores = [[1.0, 1.0, 0.0], [9.0, 9.0, 9.0]]
    problem = rl.Problem(
        scores, budget=1.2, client_floor=[0.5, 0.0], ceiling=[[0.2, 0.2, 1.0], [1.0, 1.0, 1.0]]
    )
    solution = rl.solve(problem)
    assert solution.probabilities[0] == pytest.approx([0.2, 0.2, 0.1], rel=1e-15)
    assert solution.probabilities[1] == pytest.approx([0.7 / 3] * 3, rel=1e-14)


def test_a_group_at_its_floor_holds_clients_at_theirs_and_at_their_caps() -> None:
    scores = [[8.0], [1.0], [1e-3], [40.0]]
    problem = rl.Problem(
        scores,
        budget=1.5,
        client=[0, 1, 2, 3],
        client_cap=0.5,
        client_floor=[0.0, 0.0, 0.3, 0.0],
        groups=[0, 0, 0, 1],
        group_floors=[1.0, 0.0],
    )
    # 0.5 at its cap, 0.3 at its floor, 0.2 is what is left of the group's floor of 1
    assert rl.solve(problem).probabilities[:, 0] == pytest.approx([0.5, 0.2, 0.3, 0.5], rel=1e-14)


@pytest.mark.parametrize("exponent", [-600, 600])
def test_powers_of_two_leave_the_bits(exponent: int) -> None:
    problem = problem_of(("clients", "groups", "models"), zeros=True)
    moved = problem.with_scores(np.ldexp(problem.scores, exponent))
    assert (rl.solve(problem).probabilities == rl.solve(moved).probabilities).all()


def test_a_group_filled_by_clients_without_scores_shares_among_them() -> None:
    """By the dual alone: 0.6 of two clients between 0.1 or 0 and 0.4, 0.4 is left of the budget."""
    problem = rl.Problem(
        [[0.0, 0.0], [0.0, 0.0], [3.0, 1.0]],
        budget=1.0,
        client=[0, 1, 2],
        client_cap=[0.4, 0.4, 1.0],
        client_floor=[0.1, 0.0, 0.0],
        groups=[0, 0, 1],
        group_floors=[0.6, 0.0],
    )
    start = unpriced(problem, exact(without_floors(problem))[1])
    p = nested_optimum(problem, start).probabilities
    assert p[:2].sum() == pytest.approx(0.6, rel=1e-14)
    assert (p[:2].sum(axis=1) <= 0.4 * (1.0 + 1e-15)).all()
    assert p[0].sum() >= 0.1
    assert p[2] == pytest.approx([0.3, 0.1], rel=1e-13)
