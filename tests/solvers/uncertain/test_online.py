"""Who is online by chance: values by hand, by enumeration, and against other formulations."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers


def test_by_hand() -> None:
    """In P = α p the caps are 1/2 and 1; (2/3, 1/3) would be best, so P = (1/2, 1/2)."""
    problem = rl.Problem([[2.0], [1.0]], budget=1)
    found = solvers.solve_online(problem, [0.5, 1.0])
    np.testing.assert_allclose(found.probabilities[:, 0], [1.0, 0.5], rtol=1e-15)
    assert found.objective == pytest.approx(4 / 0.5 + 1 / 0.5, rel=1e-14)
    assert found.variance == pytest.approx(4 * 1 + 1 * 1, rel=1e-14)
    assert found.gap < 1e-13
    assert found.verify()


def test_always_online_is_the_plain_problem() -> None:
    problem = rl.Problem(np.random.default_rng(0).lognormal(size=(20, 2)), budget=5, floor=0.01)
    found = solvers.solve_online(problem, 1.0)
    np.testing.assert_array_equal(found.probabilities, rl.solve(problem).probabilities)


def test_correlated_availability_adds_what_no_design_changes() -> None:
    """Two clients online together or not at all: enumerated over availability and draws."""
    u, alpha = np.array([2.0, -1.0]), 0.4
    extra = []
    for p in ([0.9, 0.3], [0.5, 0.8]):
        mean = second = 0.0
        for online, draws in product((0, 1), product((0, 1), repeat=2)):
            chance = alpha if online else 1 - alpha
            chance *= math.prod(
                (q if d else 1 - q) if online else float(not d)
                for q, d in zip(p, draws, strict=True)
            )
            step = sum(d * x / (alpha * q) for d, x, q in zip(draws, u, p, strict=True))
            mean, second = mean + chance * step, second + chance * step**2
        assert mean == pytest.approx(u.sum())
        own = sum(x**2 * (1 / (alpha * q) - 1) for x, q in zip(u, p, strict=True))
        extra.append(second - mean**2 - own)
    assert extra[0] == pytest.approx(extra[1])
    assert extra[0] == pytest.approx(2 * (alpha / alpha**2 - 1) * u[0] * u[1])


def test_limits_of_clients_hold_for_those_online() -> None:
    rng = np.random.default_rng(4)
    problem = rl.Problem(
        rng.lognormal(size=(6, 2)),
        budget=1.5,
        client=[0, 0, 1, 1, 2, 2],
        client_cap=0.7,
        model_budgets=[1.0, 0.8],
        floor=0.02,
    )
    online = np.repeat([0.3, 0.55, 0.9], 2)
    found = solvers.solve_online(problem, online)
    p = found.probabilities
    assert (p.reshape(3, 4).sum(axis=1) <= 0.7).all()
    assert ((online[:, None] * p).sum(axis=0) <= [1.0, 0.8]).all()
    assert found.gap < 1e-12
    assert found.verify(), found.complaints()
    # the same as scores a/√α whose draws cost α each
    other = rl.Problem(
        problem.scores / np.sqrt(online)[:, None],
        budget=2.1,
        client=problem.client,
        client_cap=0.7,
        floor=0.02,
        costs=[
            np.repeat(online[:, None], 2, axis=1),
            np.column_stack([online, 0 * online]),
            np.column_stack([0 * online, online]),
        ],
        cost_budgets=[1.5, 1.0, 0.8],
    )
    direct = rl.solve(other)
    assert found.objective == pytest.approx(direct.objective, rel=1e-10)


def test_by_name() -> None:
    problem = rl.Problem([[2.0], [1.0]], budget=1, clients=["ann", "bob"])
    found = solvers.solve_online(problem, {"bob": 1.0, "ann": 0.5})
    np.testing.assert_allclose(found.probabilities[:, 0], [1.0, 0.5], rtol=1e-15)


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.5, math.nan])
def test_chances_are_chances(chance: float) -> None:
    with pytest.raises(rl.InvalidProblemError, match="online"):
        solvers.solve_online(rl.Problem([[2.0], [1.0]], budget=1), [chance, 1.0])


def test_a_capped_client_has_one_chance() -> None:
    problem = rl.Problem([[2.0], [1.0]], budget=1, client=[0, 0], client_cap=1.0)
    with pytest.raises(rl.InvalidProblemError, match="one chance"):
        solvers.solve_online(problem, [0.5, 0.6])


def test_forged_answers_are_seen() -> None:
    problem = rl.Problem([[1.0], [2.0], [1.5]], budget=1, client=[0, 1, 2], client_cap=0.9)
    found = solvers.solve_online(problem, [0.5, 1.0, 0.8])
    tighter = solvers.solve_online(
        rl.Problem([[1.0], [2.0], [1.5]], budget=0.5, client=[0, 1, 2], client_cap=0.9),
        [0.5, 1.0, 0.8],
    )
    assert found.verify()
    for forged in (
        dataclasses.replace(found, objective=found.objective * (1 - 1e-12)),
        dataclasses.replace(found, lower_bound=found.lower_bound * (1 + 1e-12)),
        dataclasses.replace(found, probabilities=np.ones((3, 1))),
        dataclasses.replace(found, online=np.ones(3)),
        dataclasses.replace(found, problem=problem.with_scores([[0.5], [2.0], [1.5]])),
        dataclasses.replace(tighter, problem=problem),
    ):
        assert not forged.verify()


@pytest.mark.parametrize("seed", range(12))
def test_floors_that_use_up_the_budget_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 6))
    chance, floor = rng.uniform(0.2, 1.0, count), rng.uniform(0.05, 0.6, (count, 1))
    chances = [Fraction(x) for x in chance.tolist()]
    used = sum(a * Fraction(x) for a, x in zip(chances, floor[:, 0].tolist(), strict=True))
    budget = float(used)
    while Fraction(budget) < used:
        budget = float(np.nextafter(budget, 9.0))
    scores = rng.uniform(0.5, 3.0, (count, 1))
    for ulps in range(3):
        problem = rl.Problem(scores, budget=budget, floor=floor)
        found = solvers.solve_online(problem, chance)
        p = found.probabilities[:, 0]
        drawn = sum(a * Fraction(x) for a, x in zip(chances, p.tolist(), strict=True))
        assert drawn <= Fraction(budget), ulps
        assert (p >= floor[:, 0]).all()
        assert found.verify()
        budget = float(np.nextafter(budget, 9.0))
    below = float(used)
    while Fraction(below) >= used:
        below = float(np.nextafter(below, 0.0))
    with pytest.raises(rl.InfeasibleError, match="floors sum to"):
        solvers.solve_online(rl.Problem(scores, budget=below, floor=floor), chance)


def test_ceilings_are_of_the_variance_that_chance_leaves_by_hand() -> None:
    """Alike, P = 1/5 each; a ceiling of 3 of 1/P - 1 needs P = 1/4, which leaves 3/20."""
    problem = rl.Problem(
        [[1.0, 0.0], [0.0, 1.0]], budget=0.4, model_variance_ceilings=[3.0, np.inf]
    )
    found = solvers.solve_online(problem, [0.5, 1.0])
    assert found.inclusion[[0, 1], [0, 1]] == pytest.approx([0.25, 0.15], rel=1e-12)
    assert found.probabilities[0, 0] == pytest.approx(0.5, rel=1e-12)
    assert found.gap < 1e-12
    assert found.verify(), found.complaints()
    held = dataclasses.replace(problem, model_variance_ceilings=np.array([1.0, np.inf]))
    with pytest.raises(rl.InfeasibleError, match=r"1\.5 times its ceiling 1;"):
        solvers.solve_online(held, [0.4, 1.0])


@pytest.mark.parametrize("seed", range(3))
def test_ceilings_with_clients_online_by_chance_are_those_of_expected_draws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, online = rng.lognormal(size=(6, 2)), rng.uniform(0.3, 1.0, 6)
    limits = {"budget": 1.5, "model_budgets": [1.2, 1.0]}
    free = solvers.solve_online(rl.Problem(scores, **limits), online)
    variance = (scores**2 * (1.0 / free.inclusion - 1.0)).sum(axis=0)
    ceilings = [0.95 * variance[0], np.inf]
    problem = rl.Problem(scores, **limits, model_variance_ceilings=ceilings)
    found = solvers.solve_online(problem, online)
    drawn = rl.solve(
        rl.Problem(
            scores,
            **limits,
            processor_cap=online,
            ceiling=np.repeat(online[:, None], 2, axis=1),
            model_variance_ceilings=ceilings,
        )
    )
    assert found.objective == pytest.approx(drawn.objective, rel=1e-11)
    assert found.objective > free.objective
    assert found.verify(), found.complaints()
    lower = dataclasses.replace(
        problem, model_variance_ceilings=np.array([ceilings[0] * (1 - 1e-9), np.inf])
    )
    assert not dataclasses.replace(found, problem=lower).verify()
    bound = dataclasses.replace(found, lower_bound=found.lower_bound * (1 + 1e-9))
    assert not bound.verify()
