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
