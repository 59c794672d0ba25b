"""Floors of sums of clients, groups and models with clients online by chance, and over rounds."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers
from roundlot.cli import main
from roundlot.solvers.uncertain.whole_numbers import small_solution

THIRDS = [0.3, 0.7, 0.9]


def one(scores, **limits):  # type: ignore[no-untyped-def]
    return rl.Problem(scores, **limits)


def test_a_client_floor_holds_for_who_is_online_by_hand(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Chances 1/2: P = p/2 sums to 1/2; 1 and 3 share it as 1/8 and 3/8, but 0.4/2 is the floor."""
    found = solvers.solve_online(one([[1.0], [3.0]], budget=0.5, client_floor=[0.4, 0.0]), 0.5)
    assert found.probabilities.ravel() == pytest.approx([0.4, 0.6], rel=1e-12)
    assert found.objective == pytest.approx(1 / 0.2 + 9 / 0.3, rel=1e-12)
    assert found.gap < 1e-11
    assert main(["check", str(found.save(tmp_path / "online.json"))]) == 0
    for forged in (
        dataclasses.replace(found, lower_bound=found.lower_bound * (1 + 1e-9)),
        dataclasses.replace(found, probabilities=np.array([[0.39], [0.61]])),
    ):
        assert not forged.verify()


def test_floors_of_groups_and_models_are_of_expected_draws_by_hand() -> None:
    """Model 0 gets 0.6 of one expected draw, P = 0.3 each; model 1 the rest, 0.1 and 0.3."""
    scores = [[1.0, 1.0], [1.0, 3.0]]
    found = solvers.solve_online(one(scores, budget=1.0, model_floors=[0.6, 0.0]), [0.5, 0.75])
    expected = [[0.3, 0.1], [0.3, 0.3]]
    assert found.inclusion == pytest.approx(np.array(expected), rel=1e-9)
    assert found.verify(), found.complaints()
    grouped = solvers.solve_online(
        one([[1.0], [1.0], [4.0]], budget=1.0, groups=["a", "a", "b"], group_floors={"a": 0.5}),
        [0.3, 0.7, 0.9],
    )
    assert grouped.inclusion.ravel() == pytest.approx([0.25, 0.25, 0.5], rel=1e-9)
    assert grouped.verify(), grouped.complaints()


@pytest.mark.filterwarnings("ignore::roundlot.RoundlotWarning")
def test_a_floor_at_the_cap_is_met_to_the_last_bit() -> None:
    scores = [[1.0, 2.0], [3.0, 1.0], [2.0, 0.0]]
    found = solvers.solve_online(one(scores, budget=2.5, client_floor=1.0), THIRDS)
    assert (found.probabilities.sum(axis=1) == 1.0).all()
    assert found.verify(), found.complaints()


@pytest.mark.filterwarnings("ignore::roundlot.RoundlotWarning")
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"client_floor": [0.1, 1.2, 0.0]}, "floor 1.2 of client 1 is 0.2 above 1, .*lower it to"),
        ({"client_floor": 1.0, "budget": 1.8}, "1.9, 0.1 above the budget 1.8; .* would fit"),
        ({"model_floors": [0.5, 2.0]}, "floor 2 of model 1 is 0.1 above 1.9, .*lower it to"),
    ],
)
def test_what_cannot_be_met_is_named(limits, words) -> None:  # type: ignore[no-untyped-def]
    problem = one([[1.0, 2.0], [3.0, 1.0], [2.0, 0.0]], **{"budget": 3.0, **limits})
    with pytest.raises(rl.InfeasibleError, match=words):
        solvers.solve_online(problem, THIRDS)


def test_processors_of_a_client_with_a_floor_have_one_chance() -> None:
    problem = one([[1.0], [1.0]], budget=1, client=["x", "x"], client_floor=0.5)
    with pytest.raises(rl.InvalidProblemError, match="client_cap or client_floor"):
        solvers.solve_online(problem, [0.3, 0.4])


def test_rounds_keep_floors_of_clients_by_hand() -> None:
    """Client 0 of the first round gets 0.5; what is left goes to 1, 2 and 2 in proportion."""
    rounds = [
        one([[1.0], [1.0]], budget=2, client_floor=[0.5, 0.0]),
        one([[2.0], [2.0]], budget=2),
    ]
    found = solvers.solve_rounds(rounds, budget=1)
    assert np.concatenate(found.probabilities).ravel() == pytest.approx([0.5, 0.1, 0.2, 0.2])
    assert found.objective == pytest.approx(52.0, rel=1e-11)
    assert found.verify(), found.complaints()


@pytest.mark.parametrize("chances", [None, [0.3, 0.7]])
def test_rounds_keep_floors_of_models_each_by_itself(chances, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Without its floor the first round would get a fifth: 1 and 1 against 4 and 4."""
    rounds = [one([[1.0], [1.0]], budget=2, model_floors=1.0), one([[4.0], [4.0]], budget=2)]
    found = solvers.solve_rounds(rounds, budget=2 if chances is None else 1, chances=chances)
    assert np.concatenate(found.probabilities).ravel() == pytest.approx([0.5] * 4)
    assert main(["check", str(found.save(tmp_path / "rounds.json"))]) == 0
    less = [dataclasses.replace(rounds[0], model_floors=np.array([1.1])), rounds[1]]
    assert not dataclasses.replace(found, problems=tuple(less)).verify()


def test_rounds_of_all_kinds_of_floors_agree_with_a_cone_solver() -> None:
    cp = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(5)
    groups = np.arange(6) // 3
    kinds = [
        {"client": np.arange(6) // 2, "client_floor": [0.6, 0.1, 0.3], "model_floors": [0.9, 0.2]},
        {"groups": groups, "group_floors": [0.2, 1.0], "model_budgets": [0.9, 1.2]},
        {"client": np.arange(6) // 2, "client_floor": 0.4, "client_cap": 0.8},
    ]
    rounds = [rl.Problem(rng.lognormal(size=(6, 2)), budget=2.5, **kind) for kind in kinds]
    ps = [cp.Variable((6, 2), nonneg=True) for _ in rounds]
    cost = sum(
        cp.sum(cp.multiply(x.scores**2, cp.inv_pos(p))) for x, p in zip(rounds, ps, strict=True)
    )
    limits = [cp.sum(p) <= 2.5 for p in ps] + [cp.sum(p, axis=1) <= 1 for p in ps]
    limits.append(cp.sum(sum(ps)) <= 4.5)
    for c, low in enumerate([0.6, 0.1, 0.3]):
        limits.append(cp.sum(ps[0][2 * c : 2 * c + 2]) >= low)
        limits.append(cp.sum(ps[2][2 * c : 2 * c + 2]) >= 0.4)
        limits.append(cp.sum(ps[2][2 * c : 2 * c + 2]) <= 0.8)
    limits.append(cp.sum(ps[0], axis=0) >= np.array([0.9, 0.2]))
    limits += [cp.sum(ps[1][:3]) >= 0.2, cp.sum(ps[1][3:]) >= 1.0]
    limits.append(cp.sum(ps[1], axis=0) <= np.array([0.9, 1.2]))
    wanted = cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL)
    found = solvers.solve_rounds(rounds, budget=4.5)
    assert found.objective == pytest.approx(wanted, rel=1e-6)
    assert found.gap < 1e-11
    assert found.verify(), found.complaints()


@pytest.mark.parametrize(
    ("floor", "budget", "words"),
    [
        (0.5, 0.75, "all problems come to 1, 0.25 above the shared budget 0.75; raise it"),
        (1.5, 5.0, "problem 0: .* 0.5 above 1"),
    ],
)
def test_rounds_that_cannot_be_met_are_named(floor: float, budget: float, words: str) -> None:
    rounds = [one([[1.0], [1.0]], budget=5, client_floor=floor), one([[1.0]], budget=5)]
    with pytest.raises(rl.InfeasibleError, match=words):
        solvers.solve_rounds(rounds, budget=budget)


@pytest.mark.parametrize("seed", range(6))
def test_floors_that_are_the_budget_are_met_to_the_last_digit(seed: int) -> None:
    """Sums of products have 106 digits; each of them is its floor itself."""
    rng = np.random.default_rng(seed)
    scores, online = rng.lognormal(size=(5, 2)), rng.uniform(0.2, 1.0, 5)
    floors = rng.integers(8, 60, 2) * 2.0**-10
    found = solvers.solve_online(
        one(scores, budget=float(floors.sum()), model_floors=floors), online
    )
    chances = [Fraction(x) for x in online.tolist()]
    for column, floor in zip(found.probabilities.T.tolist(), floors.tolist(), strict=True):
        drawn = sum(a * Fraction(p) for a, p in zip(chances, column, strict=True))
        assert drawn == Fraction(floor)
    assert found.verify()
    assert found.gap < 1e-11
    # free pairs of a model share its floor by their scores: p = f a / (sum of a), at these sizes
    best = sum((a.sum() ** 2) / f for a, f in zip(scores.T, floors, strict=True))
    assert found.objective == pytest.approx(best, rel=1e-11)


def test_floors_of_clients_that_are_the_budget_exactly() -> None:
    floors, online = [0.1, 0.2, 0.3], [0.25, 0.5, 0.75]
    used = sum(Fraction(f) * Fraction(a) for f, a in zip(floors, online, strict=True))
    budget = float(used)
    while Fraction(budget) < used:
        budget = float(np.nextafter(budget, 1.0))
    problem = one(np.ones((3, 1)), budget=budget, client_floor=floors)
    found = solvers.solve_online(problem, online)
    assert found.probabilities.ravel().tolist() == floors
    assert found.verify()


def test_two_chances_of_53_digits_meet_no_floor_exactly() -> None:
    """Of two clients one solution in 2**53 is whole: none is near, and what gives room is said."""
    scores, online, floors = [[1.0], [2.0]], [1 / 3, 0.7], np.array([0.03125])
    with pytest.raises(rl.ConvergenceError, match=r"lower the floors of sums.*by 1e-13"):
        solvers.solve_online(one(scores, budget=0.03125, model_floors=floors), online)
    for room in (
        {"budget": 0.03125, "model_floors": floors * (1.0 - 1e-13)},
        {"budget": 0.03125 * (1.0 + 1e-13), "model_floors": floors},
    ):
        plan = solvers.solve_online(one(scores, **room), online)
        assert plan.verify()
        assert plan.gap < 1e-9


@pytest.mark.parametrize("room", [0, 2**30])
def test_small_whole_numbers_solve_the_equation(room: int) -> None:
    factors = [5129387461234567, 7012345678912343, 4771234987612349, 8112349876543211]
    for least in (-(2**40) - 3, 12345678901, 2**53 + 1):
        found = small_solution(factors, least, room)
        assert found is not None
        assert least <= sum(map(int.__mul__, factors, found)) <= least + room
        assert max(map(abs, found)) < 2**30
    assert small_solution([6, 10, 14], 7, 0) is None
    assert small_solution([6], 12, 0) == [2]
