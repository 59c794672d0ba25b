"""Certificates re-checked independently: right ones pass, each corruption is refuted."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError, Problem
from roundlot.verify import check_certificate, check_reference

EXTRAS = [
    {},
    {"floor": 0.001, "ceiling": 0.3, "model_weights": [1.0, 2.0, 3.0]},
    {"model_weights": [1e-100, 1.0, 1e100]},
    {"processor_cap": 0.4},
]


def problem(seed=0, scale=1.0, rows=40, **extra):
    scores = np.random.default_rng(seed).uniform(size=(rows, 3)) ** 3 * scale
    return Problem(scores, budget=8.3, **extra)


def mutable(solution):
    c = solution.certificate
    m = c.multipliers
    return SimpleNamespace(
        problem=solution.problem,
        probabilities=solution.probabilities.copy(),
        objective=solution.objective,
        certificate=SimpleNamespace(
            lower_bound=c.lower_bound,
            gap=c.gap,
            multipliers=SimpleNamespace(level=m.level, rows=m.rows.copy(), exponent=m.exponent),
        ),
    )


@pytest.fixture
def found():
    return mutable(solve(problem()))


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("scale", [1e-140, 1e-100, 1.0, 1e100])
def test_solved_problems_are_supported(extra, scale):
    verdict = check_certificate(solve(problem(scale=scale, **extra)))
    assert verdict.passed, verdict.detail
    assert verdict.detectable < 1e-12


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_numbers_beyond_float64_are_judged_in_another_unit(scale):
    verdict = check_certificate(solve(problem(scale=scale)))
    assert verdict.passed, verdict.detail
    assert "in units of 4**" in verdict.detail


def test_any_prices_give_a_lower_bound(found):
    """Weak duality: worse multipliers prove less, never more."""
    for factor in (0.5, 0.9, 1.1, 2.0):
        c = found.certificate
        prices = SimpleNamespace(
            level=c.multipliers.level * factor,
            rows=c.multipliers.rows * factor,
            exponent=c.multipliers.exponent,
        )
        c2 = SimpleNamespace(lower_bound=0.0, gap=np.inf, multipliers=prices)
        other = SimpleNamespace(**(vars(found) | {"certificate": c2}))
        verdict = check_certificate(other)
        assert verdict.outcome == "inconclusive"
        assert verdict.expected < found.objective


def refuted(found, word):
    verdict = check_certificate(found)
    assert verdict.outcome == "refuted"
    assert word in verdict.detail
    return verdict


def test_a_lower_bound_too_high(found):
    found.certificate.lower_bound *= 1.0 + 1e-11
    refuted(found, "lower_bound")


def test_a_gap_too_small(found):
    found.probabilities *= 0.99
    found.objective /= 0.99
    refuted(found, "gap")


def test_a_wrong_objective(found):
    found.objective *= 1.0 + 1e-8
    refuted(found, "objective")


def test_a_price_changed(found):
    found.certificate.multipliers.rows[:] *= 1.01
    found.certificate.multipliers.level *= 1.01
    refuted(found, "lower_bound")


def test_a_negative_price(found):
    found.certificate.multipliers.rows[3] = 0.5 * found.certificate.multipliers.level
    refuted(found, "negative")
    found.certificate.multipliers.rows[3] = np.nan
    refuted(found, "NaN")


def test_the_budget_exceeded_by_one_ulp(found):
    p = found.probabilities
    v, s = np.unravel_index(np.argmin(np.where(p > 1e-3, p, 2.0)), p.shape)
    p[v, s] += 4e-15
    found.problem = Problem(found.problem.scores, budget=_exact_below(p))
    refuted(found, "budget")


def _exact_below(p):
    """The float just below the real sum of p."""
    return math.nextafter(math.fsum(p.ravel().tolist()), 0.0)


def test_a_cap_exceeded_by_one_ulp():
    found = mutable(solve(problem(processor_cap=0.4)))
    v = int(np.argmax(found.probabilities.sum(axis=1)))
    assert found.probabilities[v].sum() == pytest.approx(0.4)
    s = int(np.argmax(found.probabilities[v]))
    found.probabilities[v, s] += 1e-14
    refuted(found, f"processor {v} is")


@pytest.mark.parametrize(("value", "word"), [(-1e-300, "floor"), (1.5, "ceiling"), (np.nan, "NaN")])
def test_a_probability_out_of_range(found, value, word):
    found.probabilities[2, 1] = value
    refuted(found, word)


def test_an_unavailable_pair_used():
    available = np.ones((40, 3), dtype=bool)
    available[5, 1] = False
    found = mutable(solve(problem(available=available)))
    assert check_certificate(found).passed
    found.probabilities[5, 1] = 1e-9
    refuted(found, "probabilities[5, 1]")


def test_a_wrong_shape(found):
    found.probabilities = found.probabilities[:, :2]
    refuted(found, "shape")


def test_a_poor_design_is_not_supported(found):
    found.probabilities[:] = 8.3 / 120 * (1 - 1e-12)
    found.objective = float((found.problem.scores**2 / found.probabilities).sum())
    found.certificate.gap = np.inf
    assert check_certificate(found).outcome == "inconclusive"


def test_zero_scores_have_no_gap():
    assert check_certificate(solve(Problem(np.zeros((3, 2)), budget=1.0))).passed


@pytest.mark.filterwarnings("ignore")
def test_the_cone_solver_agrees():
    prob = Problem(np.random.default_rng(0).uniform(size=(15, 3)), budget=4.2)
    verdict = check_reference(solve(prob), solve(prob, method="conic"))
    assert verdict.passed, verdict.detail


def test_a_wrong_reference_disagrees(found):
    worse = SimpleNamespace(problem=found.problem, probabilities=found.probabilities * 0.99)
    assert check_reference(found, worse).outcome == "refuted"
    assert check_reference(worse, found).outcome == "refuted"
    assert check_reference(found, worse, discrepancy=0.02).passed
    with pytest.raises(InvalidProblemError, match="different"):
        check_reference(found, solve(problem(1)))


def test_the_solvers_own_record_can_be_corrupted():
    solution = solve(problem())
    forged = replace(solution.certificate, lower_bound=solution.certificate.lower_bound * 1.001)
    fake = SimpleNamespace(
        problem=solution.problem,
        probabilities=solution.probabilities,
        objective=solution.objective,
        certificate=forged,
    )
    refuted(fake, "lower_bound")
