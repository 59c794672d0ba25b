"""Tests of the tests: simulations that are right pass, those with one thing wrong are refuted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import InvalidProblemError
from roundlot.verify import (
    check_aggregate_weight,
    check_draws,
    check_inclusion,
    check_participation_variance,
    check_uploads,
    check_variance,
    detectable_inclusion,
    predict_squared_error,
    rounds_needed_inclusion,
)
from roundlot.verify.agreement.draws import binomial_tails, draw_moments, upload_moments

ROUNDS = 60_000
LOOSE = {"false_alarm": 1e-6, "miss": 1e-3, "discrepancy": 0.04}


def every_check(found, fleet, rounds=ROUNDS, design="independent", **more):
    """Name -> outcome of all checks on one realised record."""
    options = LOOSE | more
    moments = predict_squared_error(fleet.updates, fleet.p, design=design)
    ratio = moments.second_moment_ratio
    w, p, both = fleet.weights, fleet.p, {"design": design}
    return {
        "variance": check_variance(found, moments.mean, ratio, **options).outcome,
        "weight": check_aggregate_weight(found, w, p, **both, **options).outcome,
        "participation": check_participation_variance(found, w, p, **both, **options).outcome,
        "draws": check_draws(found, p, **both, **options).outcome,
        "uploads": check_uploads(found, p, fleet.client, **both, **options).outcome,
        "inclusion": check_inclusion(found.counts, rounds, p, **options).outcome,
    }


def refuted(found, fleet, **more):
    return {name for name, said in every_check(found, fleet, **more).items() if said == "refuted"}


def test_the_right_simulation_is_supported(fleet, simulated):
    assert set(every_check(simulated(ROUNDS), fleet).values()) == {"supported"}


def test_the_right_turns_are_supported(fleet, simulated):
    found = simulated(3 * ROUNDS, order="random")
    said = every_check(found, fleet, rounds=3 * ROUNDS, design="turns", discrepancy=0.06)
    assert set(said.values()) == {"supported"}


def test_cyclic_turns_are_tested_by_the_cycle(fleet, simulated):
    found = simulated(ROUNDS, order="cyclic")
    moments = predict_squared_error(fleet.updates, fleet.p, design="turns")
    options = LOOSE | {"cycle": moments.cycle, "discrepancy": 0.06}
    ratio = moments.cycle_second_moment_ratio
    assert check_variance(found, moments.mean, ratio, **options).passed
    more = {"design": "turns"} | options
    assert check_aggregate_weight(found, fleet.weights, fleet.p, **more).passed
    assert check_participation_variance(found, fleet.weights, fleet.p, **more).passed


def test_too_few_rounds_are_inconclusive(fleet, simulated):
    said = every_check(simulated(150), fleet, rounds=150)
    assert set(said.values()) == {"inconclusive"}


def test_probabilities_off_by_five_percent(fleet, simulated):
    for factor in (1.05, 0.95):
        found = simulated(ROUNDS, p=np.minimum(fleet.p * factor, 1 / 3))
        assert {"weight", "draws", "uploads", "inclusion"} <= refuted(found, fleet)


def test_a_lost_inverse_probability(fleet, simulated):
    found = simulated(ROUNDS, factors=np.ones_like(fleet.p))
    assert refuted(found, fleet) == {"variance", "weight", "participation"}


def test_one_wrong_weight(fleet, simulated):
    weights = fleet.weights.copy()
    weights[5] *= 1.5
    assert {"variance", "weight", "participation"} <= refuted(
        simulated(ROUNDS, weights=weights), fleet
    )


def test_weights_without_the_number_of_processors(fleet, simulated):
    weights = fleet.weights * np.bincount(fleet.client)[fleet.client][:, None]
    assert {"variance", "weight"} <= refuted(simulated(ROUNDS, weights=weights), fleet)


def test_a_wrong_distribution(fleet, simulated):
    """Turns have the same probabilities: only what depends on their joint law can tell."""
    found = simulated(ROUNDS, order="random")
    assert {"variance", "participation"} <= refuted(found, fleet)
    assert check_inclusion(found.counts, ROUNDS, fleet.p, **LOOSE).passed


def test_two_models_exchanged(fleet, simulated):
    found = simulated(ROUNDS, p=fleet.p[:, [1, 0, 2]])
    assert {"weight", "inclusion"} <= refuted(found, fleet)


def test_one_pair_off(fleet, simulated):
    p = fleet.p.copy()
    p[7, 2] *= 0.8
    assert "inclusion" in refuted(simulated(ROUNDS, p=p), fleet)


def test_false_alarms_over_many_seeds(fleet, simulated):
    """6 checks x 150 seeds at δ = 0.05; above 15 alarms of one check has probability < 0.005."""
    alarms = dict.fromkeys(every_check(simulated(100), fleet, rounds=100), 0)
    for seed in range(150):
        found = simulated(1500, seed=1000 + seed)
        for name, said in every_check(found, fleet, rounds=1500, false_alarm=0.05).items():
            alarms[name] += said == "refuted"
    assert max(alarms.values()) <= 15


def test_impossible_counts_are_refuted():
    p = np.array([[0.0, 1.0]])
    assert check_inclusion([[0, 1000]], 1000, p, discrepancy=0.5).passed
    assert check_inclusion([[1, 1000]], 1000, p, discrepancy=0.5).outcome == "refuted"
    assert check_inclusion([[0, 999]], 1000, p, discrepancy=0.5).outcome == "refuted"


@given(n=st.integers(1, 30), k=st.integers(0, 30), p=st.floats(0.0, 1.0))
def test_tails_are_the_exact_sums(n, k, p):
    k = min(k, n)
    mass = [math.comb(n, j) * p**j * (1.0 - p) ** (n - j) for j in range(n + 1)]
    exact = min(1.0, math.fsum(mass[: k + 1]), math.fsum(mass[k:]))
    got = binomial_tails(np.array([[k]]), n, np.array([[p]]))[0, 0]
    assert got == pytest.approx(exact, rel=1e-8, abs=1e-300)
    assert got >= exact * (1.0 - 1e-12)


def test_inclusion_power_is_as_stated():
    """At the stated discrepancy nearly every seed is refuted, from either side and any p."""
    rounds, pairs = 2000, 3
    sees = detectable_inclusion(rounds, pairs, false_alarm=1e-6, miss=0.05)
    assert rounds_needed_inclusion(sees * 1.0001, pairs, false_alarm=1e-6, miss=0.05) <= rounds
    rng = np.random.default_rng(0)
    stated = np.array([[0.5, 0.1, 0.9]])
    for change in ([sees, 0, 0], [0, sees, 0], [0, 0, -sees]):
        missed = sum(
            check_inclusion(
                rng.binomial(rounds, stated + change), rounds, stated, false_alarm=1e-6
            ).outcome
            != "refuted"
            for _ in range(60)
        )
        assert missed <= 8


def test_upload_moments_by_listing_every_outcome():
    p = np.array([[0.2, 0.3], [0.5, 0.1], [0.25, 0.75]])
    client = np.array([7, 7, 9])
    mean = second = 0.0
    for draw in np.ndindex(3, 3, 3):
        chance = math.prod([*row, 1.0 - sum(row)][s] for row, s in zip(p, draw, strict=True))
        sent = len({(i, s) for i, s in zip(client, draw, strict=True) if s < 2})
        mean, second = mean + chance * sent, second + chance * sent**2
    got = upload_moments(p, client)
    assert got == pytest.approx((mean, second / mean**2 - 1.0), rel=1e-12)


def test_moments_of_turns_by_simulation(fleet, simulated):
    found = simulated(200_000, order="random", seed=3)
    for values, got in (
        (found.draws, draw_moments(fleet.p, design="turns")),
        (found.uploads, upload_moments(fleet.p, fleet.client, design="turns")),
    ):
        assert got[0] == pytest.approx(values.mean(), rel=0.01)
        assert got[1] == pytest.approx(values.var() / values.mean() ** 2, rel=0.02)


def test_certain_draws_have_no_spread():
    p = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert draw_moments(p) == pytest.approx((2.0, 0.0), abs=1e-15)
    assert check_draws(np.full(1000, 2), p, discrepancy=0.1).passed
    assert check_draws(np.full(1000, 1), p).outcome == "refuted"


def test_bad_input_is_named(fleet, simulated):
    found = simulated(10)
    with pytest.raises(InvalidProblemError, match="floor"):
        check_aggregate_weight(found, fleet.weights, np.zeros_like(fleet.p))
    with pytest.raises(InvalidProblemError, match="must be"):
        check_aggregate_weight(found, fleet.weights[:, :2], fleet.p)
    with pytest.raises(InvalidProblemError, match="cycle"):
        check_aggregate_weight(found, fleet.weights, fleet.p, cycle=2)
    assert check_participation_variance(found, fleet.weights * 2, fleet.p).outcome != "supported"
    with pytest.raises(InvalidProblemError, match="all 0"):
        check_aggregate_weight(found, fleet.weights * 0, fleet.p)
    with pytest.raises(InvalidProblemError, match="whole numbers"):
        check_inclusion([[11]], 10, [[0.5]])
    with pytest.raises(InvalidProblemError, match="alike"):
        check_inclusion([[1]], 10, [[0.5, 0.5]])
    with pytest.raises(InvalidProblemError, match="nobody"):
        check_draws([1.0], [[0.0]])
    with pytest.raises(InvalidProblemError, match="design"):
        check_draws([1.0], [[0.5]], design="poisson")
    with pytest.raises(InvalidProblemError, match="client per row"):
        check_uploads([1.0], [[0.5]], [0, 1])
