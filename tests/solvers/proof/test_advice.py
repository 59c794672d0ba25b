"""What a message advises works as it is printed, digit for digit, and is not much more."""

import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import least_cost_of_several, solve
from roundlot.theory import InfeasibleError, Problem


def advised(pattern: str, call: Any) -> float:
    with pytest.raises(InfeasibleError) as error:
        call()
    found = re.search(pattern, str(error.value))
    assert found, error.value
    return float(found[1])


@pytest.mark.parametrize("seed", range(8))
def test_ceilings_times_the_printed_factor_are_kept(seed):
    rng = np.random.default_rng(seed)
    rows, models = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    scores, budget = rng.lognormal(size=(rows, models)), 0.4 * rows
    ceilings = np.square(scores).sum(axis=0) * rng.uniform(0.02, 0.2, models)

    def solved(times):
        kept = Problem(scores, budget=budget, model_variance_ceilings=times * ceilings)
        return solve(kept)

    factor = advised(r"ceilings (\S+) times as high would do", lambda: solved(1.0))
    assert np.all(solved(factor).model_variance <= factor * ceilings)
    with pytest.raises(InfeasibleError):
        solved(factor * (1.0 - 2e-5))


@pytest.mark.parametrize("seed", range(4))
def test_ceilings_of_several_variances_times_the_printed_factor_are_kept(seed):
    rng = np.random.default_rng(seed)
    layers = rng.lognormal(size=(2, 4, 1))
    ceilings = np.square(layers).sum(axis=(1, 2)) * rng.uniform(0.02, 0.2, 2)

    def solved(times):
        problem = Problem(layers[0], budget=1.7)
        return least_cost_of_several(problem, layers, times * ceilings)

    factor = advised(r"ceilings (\S+) times as high would do", lambda: solved(1.0))
    assert solved(factor).verify()
    with pytest.raises(InfeasibleError):
        solved(factor * (1.0 - 2e-5))


def test_floors_of_a_half_on_twelve_pairs_need_six_draws():
    problem = Problem(np.ones((6, 2)), budget=5.0, floor=0.5)
    assert advised(r"or a budget of (\S+)$", lambda: solve(problem)) == 6.0
    assert solve(Problem(np.ones((6, 2)), budget=6.0, floor=0.5)).certificate.verify()


@given(st.lists(st.floats(1e-3, 0.5), min_size=2, max_size=12), st.booleans())
def test_the_budget_is_the_least_float_that_holds_the_floors(floors, by_cost):
    needed = sum(map(Fraction, floors))
    low = np.array(floors)[:, None]
    limit = {"costs": np.ones((1, len(floors), 1)), "cost_budgets": [1e-4]} if by_cost else {}
    budget = float(len(floors)) if by_cost else 1e-4
    problem = Problem(np.ones_like(low), budget=budget, floor=low, **limit)
    found = advised(r"or a \D*? of (\S+)$", lambda: solve(problem))
    assert Fraction(math.nextafter(found, 0.0)) < needed <= Fraction(found)
