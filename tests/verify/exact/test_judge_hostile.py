"""Honest certificates of hostile problems are proved; the bound agrees with fractions by hand."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.theory import ConvergenceError, InfeasibleError, Problem, RoundlotWarning
from roundlot.theory.certificates import Claim, Goal, Prices, claim_of, examine
from roundlot.theory.certificates.bound import Program, exact_bound, float_bound
from roundlot.theory.certificates.variances import sums
from roundlot.verify.exact import judge

OBJECTIVES: list[dict[str, Any]] = [
    {},
    {"objective": "max"},
    {"objective": "fair", "alpha": 3.0},
    {"objective": "participation", "participation_weight": 0.5},
]


def hostile(seed: int, scale: float) -> Problem:
    """Ties, zeros, wide scores, floors that equal ceilings, tight budgets, any limits at once."""
    random = np.random.default_rng(seed)
    rows, models = int(random.integers(2, 9)), int(random.integers(1, 4))
    shape = (rows, models)
    scores = random.choice([0.0, 1.0, 1.0, 2.0, 3.0], shape) * random.choice(
        [1.0, 1.0, 1e-3, 1e-8], shape
    )
    available = random.random(shape) < 0.9
    ceiling = random.choice([1.0, 0.5, 0.25], shape)
    floor = np.where(random.random(shape) < 0.3, random.choice([0.0, 0.01, 0.125], shape), 0.0)
    if seed % 5 == 0:
        floor = np.where(random.random(shape) < 0.3, ceiling / 4, floor)
        ceiling = np.where(random.random(shape) < 0.5, np.maximum(floor, 1e-3), ceiling)
    floor = np.minimum(floor, ceiling)
    taken = float(np.where(available, floor, 0.0).sum())
    limits: dict[str, Any] = {}
    if seed % 2:
        limits |= {"client": np.arange(rows) // 2, "client_cap": taken + 0.6}
    if seed % 3 == 0:
        limits |= {"groups": np.arange(rows) // 4, "group_caps": taken + 0.8}
    if seed % 7 < 3:
        limits |= {"model_budgets": taken + random.uniform(0.1, 1.0, models)}
    if seed % 11 < 4:
        costs = random.choice([0.0, 1.0, 1e-6, 1e6], (2, *shape))
        low = np.where(available, floor, 0.0)
        spent = (costs * low).sum(axis=(1, 2))
        limits |= {"costs": costs, "cost_budgets": spent * 1.01 + 0.1 * costs.max() + 1e-9}
    budget = max(taken * float(random.choice([1.0 + 1e-9, 1.5])), 1e-3) + 0.1 * (seed % 4)
    return Problem(
        scores * scale,
        budget=budget,
        processor_cap=max(taken, 0.5),
        available=available,
        floor=floor,
        ceiling=ceiling,
        model_weights=random.choice([1.0, 1e-3, 7.0], models),
        weights=random.random(shape) * scale,
        **limits,
        allow_unreachable=True,
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-145, 1e-100, 1e-9, 1.0, 1e9, 1e100, 1e140]),
    options=st.sampled_from(OBJECTIVES),
)
def test_honest_certificates_are_proved(seed: int, scale: float, options: dict[str, Any]) -> None:
    problem = hostile(seed, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        try:
            solution = solve(problem, **options)
        except (InfeasibleError, ConvergenceError):
            assume(False)
    found = examine(claim_of(solution.certificate, solution=solution))
    assert found.complaints == ()
    if solution.certificate.gap < math.inf and found.objective > 1e-280:
        assert found.proved, found.undecided


def exact_objective(problem: Problem, design: np.ndarray) -> Fraction:
    """``Σ λ a²/p``, entry by entry."""
    total = Fraction(0)
    for (v, s), score in np.ndenumerate(problem.scores):
        if score > 0.0:
            weight, p = Fraction(float(problem.model_weights[s])), Fraction(float(design[v, s]))
            total += weight * Fraction(float(score)) ** 2 / p
    return total


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.0, 1.0))
def test_no_feasible_design_goes_below_any_prices(seed: int, share: float) -> None:
    """Prices drawn at random, designs drawn at random: weak duality in fractions, both ways."""
    problem = hostile(seed, 1.0)
    random = np.random.default_rng(seed + 1)
    floor, ceiling = problem.bounds
    design = floor + share * (ceiling - floor) * random.random(floor.shape)
    room = Problem(problem.scores, budget=float(design.sum()) + 1.0, processor_cap=99.0)
    assume(not np.any((problem.scores > 0.0) & (design == 0.0)))
    roomy = replace_limits(problem, design, room.budget)
    prices = Prices(
        budget=float(random.exponential()),
        processors=random.exponential(size=problem.n_processors),
        levels=(),
        models=np.zeros(problem.n_models),
        costs=np.zeros(0),
        exponent=int(random.integers(-3, 3)),
    )
    program = Program(problem=roomy, factors=roomy.model_weights, prices=prices)
    least = exact_objective(roomy, design)
    exact, floats = exact_bound(program), float_bound(program)
    assert exact <= least
    assert floats <= exact * (1 + Fraction(1, 10**30)) + Fraction(1, 10**300)
    size = abs(exact) + sum(Fraction(y) for y in prices.processors) * 1000
    assert floats >= exact - size / 10**12


def replace_limits(problem: Problem, design: np.ndarray, budget: float) -> Problem:
    """The boxes of a problem, and sums that a design keeps."""
    return Problem(
        problem.scores,
        budget=budget,
        processor_cap=design.sum(axis=1) * 1.1 + 0.01,
        available=problem.available,
        floor=problem.floor,
        ceiling=problem.ceiling,
        model_weights=problem.model_weights,
        allow_unreachable=True,
    )


@pytest.mark.parametrize("size", [20, 600])
def test_sums_enclose_the_fractions(size: int) -> None:
    random = np.random.default_rng(size)
    scores = random.lognormal(0.0, 30.0, (size, 2))
    design = random.random((size, 2)) ** 9 + 1e-30
    found = sums(scores, np.minimum(design, 1.0))
    for s in range(2):
        pairs = list(
            zip(scores[:, s].tolist(), np.minimum(design, 1.0)[:, s].tolist(), strict=True)
        )
        moment = sum(Fraction(a) ** 2 / Fraction(p) for a, p in pairs)
        variance = sum(Fraction(a) ** 2 * (1 / Fraction(p) - 1) for a, p in pairs)
        assert found.moments[s].low <= moment <= found.moments[s].high
        assert found.variances[s].low <= variance <= found.variances[s].high
        assert found.moments[s].high - found.moments[s].low <= moment / 10**14


def two_clients(**changed: Any) -> Claim:
    """Scores 1 and 3, one draw: ``p = a/4``, price 16, objective 16, variance 16 − 10."""
    said: dict[str, Any] = {
        "problem": Problem([[1.0], [3.0]], budget=1.0),
        "goal": Goal(),
        "probabilities": np.array([[0.25], [0.75]]),
        "prices": Prices(
            budget=16.0,
            processors=np.zeros(2),
            levels=(),
            models=np.zeros(1),
            costs=np.zeros(0),
        ),
        "objective": 16.0,
        "lower_bound": 16.0,
        "gap": 0.0,
        "variance": 6.0,
    }
    return Claim(**(said | changed))


def test_a_bound_without_a_margin_is_proved_for_many_pairs_too() -> None:
    """600 scores of 1, 300 draws: ``p = 1/2``, price 4, objective 1200, to the last bit."""
    ones = np.ones((600, 1))
    prices = replace(two_clients().prices, budget=4.0, processors=np.zeros(600))
    exact = {"objective": 1200.0, "lower_bound": 1200.0, "gap": 0.0, "variance": 600.0}
    claim = two_clients(
        problem=Problem(ones, budget=300.0), probabilities=ones / 2, prices=prices, **exact
    )
    assert judge(claim).proved, judge(claim).reasons
    above = replace(claim, lower_bound=math.nextafter(1200.0, math.inf))
    assert not judge(above).proved


@pytest.mark.parametrize("exponent", [-600, -500, -40, 0, 40, 400, 500])
def test_the_unit_of_prices_does_not_matter(exponent: int) -> None:
    unit = 2.0**exponent
    claim = two_clients(problem=Problem([[unit], [3.0 * unit]], budget=1.0))
    prices = replace(claim.prices, exponent=exponent)
    with np.errstate(over="ignore"):
        numbers = {"objective": 16.0 * unit**2 if abs(exponent) < 520 else 0.0}
    numbers |= {"lower_bound": numbers["objective"], "gap": 0.0}
    scaled = replace(claim, prices=prices, variance=0.375 * numbers["objective"], **numbers)
    judgement = judge(scaled)
    if abs(exponent) < 510:
        assert judgement.proved, judgement.reasons
    else:
        assert "state it in another unit" in str(judgement)


def test_a_score_that_vanishes_beside_the_others_is_still_drawn_or_refused() -> None:
    problem = Problem([[2e-300], [5e-16]], budget=1e-300, groups=[0, 0], group_caps=1.0)
    solution = solve(problem)
    judgement = judge(claim_of(solution.certificate, solution=solution))
    if solution.probabilities[0, 0] == 0.0:
        assert solution.certificate.gap == math.inf
        assert "variance is infinite" in judgement.reasons[0]
        assert not solution.certificate.verify()


def test_a_right_certificate_at_a_tiny_scale_is_proved() -> None:
    floor = [[7.5e-302, 7.5e-301, 7.5e-302, 0.0]]
    problem = Problem([[1.0, 3.0, 2.0, 2.0]], budget=0.36, processor_cap=1e-300, floor=floor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        solution = solve(problem)
    assert judge(claim_of(solution.certificate, solution=solution)).proved


@pytest.mark.parametrize("tiny", [-5e-324, -1e-310, -1.0])
def test_a_sign_is_seen_before_any_scaling(tiny: float) -> None:
    prices = two_clients().prices
    for changed in (
        {"budget": tiny},
        {"processors": np.array([0.0, tiny])},
        {"models": np.array([tiny])},
    ):
        for exponent in (-1000, 0, 1000):
            wrong = replace(prices, exponent=exponent, **changed)
            assert "negative" in judge(two_clients(prices=wrong)).reasons[0]
