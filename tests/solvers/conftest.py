"""Problems of every shape, and the checks every solution must pass."""

import math
import warnings
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from roundlot.solvers import Solution, solve
from roundlot.theory import Problem, RoundlotWarning


@pytest.fixture(scope="session")
def random_problem() -> Callable[[int], Problem]:
    """A small problem for a seed: ties, zeros, floors, ceilings, caps, availability, weights."""

    def make(seed: int) -> Problem:
        rng = np.random.default_rng(seed)
        shape = tuple(rng.integers(1, 6, 2))
        scores = rng.lognormal(0.0, rng.choice([0.5, 2.0]), shape) * (rng.random(shape) < 0.85)
        if rng.random() < 0.3:
            scores = np.ceil(scores)
        limits = {}
        if rng.random() < 0.5:
            limits["ceiling"] = rng.uniform(0.1, 1.0)
        if rng.random() < 0.5:
            most = min(0.1, limits.get("ceiling", 1.0))
            limits["floor"] = rng.uniform(0.0, most, shape) * rng.integers(0, 2, shape)
        if rng.random() < 0.5:
            limits["processor_cap"] = rng.uniform(0.5, 2.0, shape[0])
        if rng.random() < 0.3:
            limits["available"] = rng.random(shape) < 0.8
            limits["allow_unreachable"] = True
        if rng.random() < 0.3:
            limits["model_weights"] = rng.uniform(0.1, 10.0, shape[1])
        least = np.sum(limits.get("floor", 0.0))
        budget = float(rng.uniform(0.05, 1.1) * shape[0] + 1.01 * least)
        return Problem(scores, budget=budget, **limits)

    return make


@pytest.fixture(scope="session")
def quietly() -> Callable[..., Solution]:
    """``solve`` without the news that a budget is above what can be used."""

    def run(problem: Problem, **options: str) -> Solution:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RoundlotWarning)
            return solve(problem, **options)

    return run


@pytest.fixture(scope="session")
def assert_feasible() -> Callable[[Problem, np.ndarray], None]:
    """Feasible as real numbers: fractions for the rows, a correctly rounded sum for the total."""

    def check(problem: Problem, design: np.ndarray) -> None:
        floor, ceiling = problem.bounds
        assert np.all(design >= floor)
        assert np.all(design <= ceiling)
        for row, cap in zip(design.tolist(), problem.processor_cap.tolist(), strict=True):
            assert sum(map(Fraction, row)) <= Fraction(cap)
        assert math.fsum([*design.ravel().tolist(), -problem.budget]) <= 0.0

    return check


@pytest.fixture(scope="session")
def random_family() -> Callable[[int], Problem]:
    """A small problem for a seed with clients, trees, budgets per model and costs, in any mix."""

    def make(seed: int) -> Problem:
        rng = np.random.default_rng(seed)
        shape = V, S = int(rng.integers(1, 13)), int(rng.integers(1, 6))
        scores = rng.lognormal(0.0, rng.choice([0.0, 0.5, 2.0, 5.0]), shape)
        scores *= rng.random(shape) < rng.choice([1.0, 0.85, 0.4])
        limits = {}
        if rng.random() < 0.4:
            limits["ceiling"] = rng.uniform(0.1, 1.0)
        if rng.random() < 0.4:
            most = min(0.1, limits.get("ceiling", 1.0))
            limits["floor"] = rng.uniform(0.0, most, shape) * rng.integers(0, 2, shape)
        if rng.random() < 0.4:
            limits["processor_cap"] = rng.uniform(0.5, 2.0, V)
        if rng.random() < 0.3:
            limits["available"] = rng.random(shape) < 0.8
            limits["allow_unreachable"] = True
        if rng.random() < 0.3:
            limits["model_weights"] = rng.uniform(0.1, 10.0, S)
        floor = np.broadcast_to(limits.get("floor", 0.0), shape) * limits.get("available", 1.0)

        def above(least):
            return least * 1.01 + rng.uniform(0.05, 1.2, np.shape(least)) * rng.choice([0.2, 1, 3])

        def within(label):
            return above(np.bincount(label, weights=floor.sum(axis=1)))

        if rng.random() < 0.5:
            client = rng.permutation(rng.integers(0, max(1, V // 2) + 1, V))
            limits |= {"client": client, "client_cap": within(client)}
            if rng.random() < 0.6:
                levels = [client // 2, client // 4][: rng.integers(1, 3)]
                limits |= {"groups": levels, "group_caps": [within(label) for label in levels]}
        if rng.random() < 0.5:
            limits["model_budgets"] = above(floor.sum(axis=0)) * rng.choice([1.0, 5.0])
        if rng.random() < 0.5:
            costs = rng.lognormal(0.0, 1.0, (rng.integers(1, 6), *shape))
            costs *= rng.random(costs.shape) < rng.choice([1.0, 0.5])
            if rng.random() < 0.2:
                costs[-1] = costs[0]
            share = rng.uniform(0.02, 0.6, len(costs))
            spent = 1.01 * (costs * floor).sum(axis=(1, 2)) + 1e-9
            limits |= {"costs": costs, "cost_budgets": spent + share * costs.sum(axis=(1, 2))}
        budget = rng.uniform(0.05, 1.1) * V + 1.01 * floor.sum()
        return Problem(scores, budget=float(budget), **limits)

    return make


@pytest.fixture(scope="session")
def assert_within_limits(assert_feasible) -> Callable[[Problem, np.ndarray], None]:
    """Every limit of the family as fractions, without tolerance."""

    def check(problem: Problem, design: np.ndarray) -> None:
        assert_feasible(problem, design)
        table = [[Fraction(p) for p in row] for row in design.tolist()]
        for _, label, caps in problem.levels:
            for g, cap in enumerate(caps.tolist()):
                members = [row for row, owner in zip(table, label, strict=True) if owner == g]
                assert sum(map(sum, members), Fraction(0)) <= Fraction(cap)
        if problem.model_budgets is not None:
            for column, budget in zip(
                zip(*table, strict=True), problem.model_budgets.tolist(), strict=True
            ):
                assert sum(column) <= Fraction(budget)
        if problem.costs is not None:
            for cost, budget in zip(
                problem.costs.tolist(), problem.cost_budgets.tolist(), strict=True
            ):
                taken = sum(
                    Fraction(c) * p
                    for row, ps in zip(cost, table, strict=True)
                    for c, p in zip(row, ps, strict=True)
                )
                assert taken <= Fraction(budget)

    return check
