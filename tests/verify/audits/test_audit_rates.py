"""The tests behind an audit, tested: false alarms and misses as stated, measured."""

import math

import numpy as np
import pytest

from roundlot.theory import InvalidProblemError
from roundlot.verify import (
    audit,
    clopper_pearson,
    detectable_sequential,
    detectable_zero_mean,
    rounds_needed_sequential,
    rounds_needed_zero_mean,
)
from roundlot.verify.tests.bernoulli import log_inclusion_values, sees_inclusion
from roundlot.verify.tests.means import TERMS, ZeroMeans

P = np.array([0.02, 0.2, 0.5, 0.9])


def test_inclusion_values_have_mean_one():
    """Summed over every count with its binomial probability: exactly 1."""
    n = 60
    k = np.arange(n + 1)
    for p in P:
        chance = np.array([math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in k])
        value = np.exp(log_inclusion_values(k, n, np.full(n + 1, p), discrepancy=0.3))
        assert chance @ value == pytest.approx(1.0, rel=1e-9)


def test_inclusion_values_are_fair_from_round_to_round():
    """Given any past, the next round's value has the present one as its mean: a martingale."""
    n = 25
    k = np.arange(n + 1)
    for p in P:
        row = np.full(n + 1, p)
        now = np.exp(log_inclusion_values(k, n, row, discrepancy=0.2))
        hit = np.exp(log_inclusion_values(k + 1, n + 1, row, discrepancy=0.2))
        idle = np.exp(log_inclusion_values(k, n + 1, row, discrepancy=0.2))
        assert p * hit + (1 - p) * idle == pytest.approx(now, rel=1e-9)


def test_the_impossible_refutes_at_once():
    values = log_inclusion_values([1, 0, 9, 10], 10, [0.0, 0.0, 1.0, 1.0], discrepancy=0.1)
    assert np.isposinf(values[[0, 2]]).all()
    assert (values[[1, 3]] <= 0.0).all()


def test_inclusion_rounds_keep_the_miss_rate():
    """400 samplers wrong by one step; at a miss rate of 0.1 more than 60 has chance below 0.001."""
    n = rounds_needed_sequential(0.2, P, false_alarm=1e-4, miss=0.1)
    rng = np.random.default_rng(0)
    step = 0.2 * np.maximum(P, P.mean())
    for pair, sign in ((0, 1), (1, -1), (2, 1), (3, -1)):
        wrong = P.copy()
        wrong[pair] += sign * step[pair]
        if not 0.0 < wrong[pair] < 1.0:
            continue
        k = rng.binomial(n, wrong, (400, 4))
        value = log_inclusion_values(k, n, np.tile(P, (400, 1)), discrepancy=0.2)
        assert np.count_nonzero(value.max(axis=1) < math.log(4e4)) <= 60


def test_half_of_the_rounds_are_not_enough():
    n = rounds_needed_sequential(0.2, P, false_alarm=1e-4, miss=0.1)
    assert not sees_inclusion(n // 2, 0.2, P, false_alarm=1e-4, miss=0.1)
    assert detectable_sequential(n, P, false_alarm=1e-4, miss=0.1) == pytest.approx(0.2, rel=0.03)


def test_zero_mean_factors_are_fair_on_skewed_laws():
    """Both signs of all bets have mean at most 1 for z with the stated variance."""
    for q in (0.01, 0.3, 0.9):
        values = np.array([1.0 / q - 1.0, -1.0])
        variance = 1.0 / q - 1.0
        mean = np.zeros(TERMS)
        for value, chance in zip(values, (q, 1.0 - q), strict=True):
            test = ZeroMeans(1)
            test.update(
                1,
                np.array([0]),
                np.array([value]),
                otherwise=0.0,
                variance=variance,
                shift=0.1,
                whole=1.0,
            )
            mean += chance * np.exp(test.log_terms[0])
        assert np.all(mean <= 1.0 + 1e-12)


def test_zero_mean_rounds_keep_the_miss_rate():
    """300 means wrong by the shift, skewed law; more than 50 misses at 0.1 are most unlikely."""
    q, shift = 0.1, 0.3
    variance = 1.0 / q - 1.0
    n = int(rounds_needed_zero_mean(shift, variance * 1.3, false_alarm=1e-4, miss=0.1))
    rng = np.random.default_rng(1)
    for factor in (1.0 + shift, 1.0 - shift):
        hits = rng.binomial(n, q * factor, 300)
        test = ZeroMeans(300)
        test.update(
            n,
            np.repeat(np.arange(300), hits),
            np.full(hits.sum(), 1.0 / q - 1.0),
            otherwise=-1.0,
            variance=variance * 1.3,
            shift=shift,
            whole=1.0,
        )
        assert np.count_nonzero(test.peak < math.log(1e4)) <= 50
    assert detectable_zero_mean(n, variance * 1.3, false_alarm=1e-4, miss=0.1) == pytest.approx(
        shift, rel=0.02
    )


def test_a_certain_value_needs_rounds_for_the_rates_that_are_asked_for():
    for rates in ({}, {"false_alarm": 0.1, "miss": 0.1}, {"false_alarm": 1e-12, "miss": 1e-6}):
        need = int(rounds_needed_zero_mean(1.0, 0.0, **rates))
        assert detectable_zero_mean(need, 0.0, **rates) == 0.0
        assert detectable_zero_mean(need - 1, 0.0, **rates) == math.inf


def test_false_alarms_of_whole_audits_stay_below_their_rate():
    """150 right samplers at δ = 0.2, all checks at once: 45 alarms would be 3 deviations out."""
    p, w = np.array([0.2, 0.4, 0.7]), np.array([0.2, 0.3, 0.5])

    def draw(rng):
        drawn = np.flatnonzero(rng.random(3) < p)
        return drawn, w[drawn] / p[drawn]

    alarms = sum(
        bool(
            audit(
                draw, claimed=p, weights=w, budget=1.3, rounds=600, false_alarm=0.2, seed=s
            ).refuted
        )
        for s in range(150)
    )
    assert alarms <= 45


def test_false_alarms_without_claimed_probabilities():
    """The variance is estimated there: 150 right samplers at δ = 0.2."""
    p, w = np.array([0.05, 0.4, 1.0]), np.array([0.2, 0.3, 0.5])

    def draw(rng):
        drawn = np.flatnonzero(rng.random(3) < p)
        return drawn, w[drawn] / p[drawn]

    alarms = sum(
        bool(audit(draw, weights=w, rounds=1500, false_alarm=0.2, seed=s).refuted)
        for s in range(150)
    )
    assert alarms <= 45


def test_intervals_cover():
    rng = np.random.default_rng(2)
    k = rng.binomial(200, P, (500, 4))
    missed = 0
    for row in k:
        low, high = clopper_pearson(row, 200, miss=0.05).T
        missed += bool(np.any((low > P) | (high < P)))
    assert missed <= 40
    assert clopper_pearson([0, 5], 5, miss=0.1)[:, :].tolist()[0][0] == 0.0


@pytest.mark.parametrize("bad", [{"discrepancy": 0.0}, {"miss": 0.0}, {"probabilities": [1.5]}])
def test_bad_arguments_are_refused(bad):
    good = {"discrepancy": 0.1, "probabilities": [0.5], "miss": 1e-3} | bad
    with pytest.raises(InvalidProblemError):
        rounds_needed_sequential(good.pop("discrepancy"), good.pop("probabilities"), **good)
    with pytest.raises(InvalidProblemError):
        rounds_needed_zero_mean(0.0, 1.0)
