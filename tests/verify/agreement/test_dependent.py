"""Designs with dependent draws: supported when right, refuted when not, honest when not known."""

import numpy as np
import pytest

import roundlot as rl
from roundlot.simulate import DESIGNS, Systematic, Updates, design, simulate
from roundlot.theory import InvalidProblemError
from roundlot.verify import (
    check_aggregate_weight,
    check_assumed_mean,
    check_design_variance,
    check_draws,
    check_participation_variance,
    check_uploads,
    check_variance_at_most,
    rounds_needed_large,
)

ROUNDS = 40_000
LOOSE = {"discrepancy": 0.1, "false_alarm": 1e-6}
EXACT = ["ordered systematic", "pivotal", "sampford", "conditional poisson"]
ASSUMED = ["systematic", "rounding"]
NAMES = [*EXACT, *ASSUMED]


@pytest.fixture(scope="module")
def case():
    """Ten clients, two models, updates that share a direction, and probabilities of sum 4."""
    rng = np.random.default_rng(1)
    updates = Updates(
        directions=[1.0 + rng.standard_normal((10, 4)) for _ in range(2)],
        client=np.arange(10),
        weights=np.full((10, 2), 0.1),
    )
    p = rl.solve(rl.Problem(updates.scores, budget=4)).probabilities
    drawn = {
        name: simulate(design(p, name), updates, rounds=ROUNDS, seed=3, device="cpu")
        for name in NAMES
    }
    return updates, p, drawn


@pytest.mark.parametrize("name", NAMES)
def test_a_known_variance_is_supported_unless_its_scatter_is_assumed(case, name) -> None:
    updates, p, drawn = case
    verdict = check_design_variance(drawn[name], design(p, name), updates, **LOOSE)
    assert verdict.outcome == ("inconclusive" if name in ASSUMED else "supported"), verdict
    assert ("assumed: κ <= 3" in verdict.detail) == (name in ASSUMED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_a_wrong_variance_is_refuted(case, name, factor) -> None:
    updates, p, drawn = case
    wrong = factor * drawn[name].squared_error
    verdict = check_design_variance(wrong, design(p, name), updates, **LOOSE)
    told = factor > 1.0 or name in EXACT  # too small needs a κ that is known
    assert verdict.outcome == ("refuted" if told else "inconclusive")


def test_checks_take_the_design_itself(case) -> None:
    """By its name alone systematic sampling is judged as in random order."""
    updates, _, _ = case
    p = np.full((10, 2), [0.1, 0.3])
    rule = Systematic.of(p, order="given")
    sorted_ones = Updates(
        directions=updates.directions,
        client=updates.client,
        weights=np.full((2, 10), np.arange(1, 11) / 55).T,
    )
    found = simulate(rule, sorted_ones, rounds=ROUNDS, seed=3, device="cpu")
    weights, pairs = sorted_ones.weights, np.arange(10) // 2
    right = check_participation_variance(found, weights, p, design=rule, **LOOSE)
    wrong = check_participation_variance(found, weights, p, design="systematic", **LOOSE)
    assert right.passed, right
    assert wrong.outcome == "inconclusive"  # too small, if κ is what was assumed
    assert check_aggregate_weight(found, weights, p, design=rule, **LOOSE).passed
    told = simulate(rule, paired(updates, pairs), rounds=ROUNDS, seed=4, device="cpu")
    assert check_uploads(told, p, pairs, design=rule, **LOOSE).passed
    with pytest.raises(InvalidProblemError, match="other probabilities"):
        check_draws(found, 0.5 * p, design=rule)


def paired(updates, client):
    """The same weights, five clients of two processors."""
    tables = [table[:5] for table in updates.directions]
    return Updates(directions=tables, client=client, weights=updates.weights)


@pytest.mark.parametrize("name", NAMES)
def test_weights_draws_and_uploads_of_every_design(case, name) -> None:
    updates, p, drawn = case
    found = drawn[name]
    told = check_aggregate_weight(found, updates.weights, p, design=name, **LOOSE)
    assert told.passed, told
    assert check_draws(found, p, design=name, **LOOSE).passed
    assert check_uploads(found, p, updates.client, design=name, **LOOSE).passed


@pytest.mark.parametrize("name", NAMES)
def test_participation_variance_where_it_is_known(case, name) -> None:
    updates, p, drawn = case
    verdict = check_participation_variance(drawn[name], updates.weights, p, design=name, **LOOSE)
    assert verdict.outcome != "refuted"
    wrong = check_participation_variance(drawn[name], updates.weights, p, **LOOSE)
    assert wrong.outcome == "refuted"


def test_an_unknown_variance_is_inconclusive() -> None:
    many = np.full((15, 1), 0.2)
    updates = Updates(directions=[np.ones((15, 1))], client=np.arange(15), weights=many)
    verdict = check_design_variance(np.ones(9), design(many, "systematic"), updates, **LOOSE)
    assert verdict.outcome == "inconclusive"
    assert "no prediction" in verdict.detail


def test_every_name_is_taken_and_no_other(case) -> None:
    _, p, drawn = case
    for kind in DESIGNS:
        if kind.name not in ("turns", "blocks"):
            assert check_draws(drawn["pivotal"], p, design=kind.name).outcome
    with pytest.raises(InvalidProblemError, match="systematic"):
        check_draws(drawn["pivotal"], p, design="sytematic")


def test_too_large_is_refused_whatever_the_law_and_too_small_is_not() -> None:
    rng = np.random.default_rng(0)
    heavy = rng.pareto(1.5, 300_000) / 2.0  # mean 1, infinite variance
    assert check_variance_at_most(heavy, 1.0, discrepancy=0.1).outcome != "refuted"
    assert check_variance_at_most(1.5 * heavy, 1.0, discrepancy=0.1).outcome == "refuted"
    below = check_variance_at_most(0.1 * heavy, 1.0, discrepancy=0.1)
    assert below.outcome == "inconclusive"  # nobody stated how much rounds scatter
    assert check_variance_at_most(0.1 * heavy, 1.0, planned_ratio=3.0, discrepancy=0.1).passed


def test_the_one_sided_test_has_the_stated_size() -> None:
    rng = np.random.default_rng(5)
    runs = [rng.exponential(size=3000) for _ in range(300)]
    refused = [check_variance_at_most(y, 1.0, false_alarm=0.1).outcome == "refuted" for y in runs]
    assert np.mean(refused) <= 0.1 + 3 * np.sqrt(0.09 / 300)


def test_the_one_sided_test_has_the_stated_power() -> None:
    rng = np.random.default_rng(6)
    rates = {"false_alarm": 1e-3, "miss": 1e-2}
    needed = int(rounds_needed_large(0.2, 2.0, **rates))
    runs = [1.2 * rng.exponential(size=needed) for _ in range(200)]
    seen = [
        check_variance_at_most(y, 1.0, planned_ratio=2.0, discrepancy=0.2, **rates) for y in runs
    ]
    assert sum(verdict.outcome != "refuted" for verdict in seen) <= 6
    short = check_variance_at_most(np.ones(10), 1.0)
    assert short.outcome == "inconclusive"


def test_both_sides_are_refuted_and_a_broken_assumption_is_said() -> None:
    y = np.random.default_rng(2).exponential(size=200_000)
    right = check_assumed_mean(y, 1.0, 2.1, discrepancy=0.1)
    assert right.outcome == "inconclusive"
    assert "not supported: assumed" in right.detail
    assert check_assumed_mean(y, 0.8, 2.1, discrepancy=0.1).outcome == "refuted"
    small = check_assumed_mean(y, 1.2, 2.1, discrepancy=0.1)
    assert small.outcome == "inconclusive"
    assert "nothing tells which" in small.detail
    broken = check_assumed_mean(y, 1.0, 1.5, discrepancy=0.1)
    assert broken.outcome == "inconclusive"
    assert "exceed" in broken.detail
