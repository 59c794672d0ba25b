"""Prices of floors and of caps of the same sums, both far above their difference."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import certify
from roundlot.solvers.proof.certificate import Certificate
from roundlot.theory.certificates import claim_of
from roundlot.theory.certificates.arithmetic import EXACT
from roundlot.theory.certificates.numbers import numbers_of

GRAIN = 2.0**-20


def both_ways(clients: int, more: float) -> tuple[rl.Problem, Certificate]:
    """Clients whose floors are their caps, so that any price of both is worth nothing."""
    rng = np.random.default_rng(clients)
    owner = np.arange(2 * clients) // 2
    sums = np.round(rng.uniform(0.2, 0.8, clients) / GRAIN) * GRAIN
    problem = rl.Problem(
        rng.lognormal(size=(2 * clients, 3)),
        budget=float(sums.sum()),
        client=owner,
        client_cap=sums,
        client_floor=sums,
    )
    solution = rl.solve(problem)
    prices = solution.prices
    extra = more * float(max(prices.levels[0].max(), prices.floors[0].max()))
    large = replace(prices, levels=(prices.levels[0] + extra,), floors=(prices.floors[0] + extra,))
    return problem, certify(problem, solution.probabilities, large)


@pytest.mark.parametrize("clients", [20, 100])
def test_prices_that_cancel_cost_no_digits(clients: int) -> None:
    _, proof = both_ways(clients, 1e6)
    assert proof.gap < 1e-13
    exactly = numbers_of(claim_of(proof), exact=True)
    assert Fraction(proof.lower_bound) <= exactly.bound
    assert exactly.objective.high / exactly.bound - 1 <= Fraction(proof.gap)


def test_the_judge_keeps_the_digits_without_fractions() -> None:
    problem, proof = both_ways(100, 1e4)
    assert problem.scores.size > EXACT
    found, exactly = (numbers_of(claim_of(proof), exact=x) for x in (False, True))
    assert Fraction(proof.lower_bound) <= found.bound <= exactly.bound
