"""Rates that hold whatever is not known, claims that nobody made, and dependence of every kind."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from roundlot.simulate import design
from roundlot.verify import audit
from roundlot.verify.audits.draws import Draw, Layout
from roundlot.verify.audits.inclusion import IndependenceCheck
from roundlot.verify.audits.rounds import RoundsCheck, Sums, repeated_lag
from roundlot.verify.audits.streaming import batch_of
from roundlot.verify.tests.e_process import EProcess
from roundlot.verify.tests.means import LargeMeans

P = np.array([0.2, 0.3, 0.5, 0.6])
W = np.array([0.1, 0.2, 0.3, 0.4])


def honest(rng):
    drawn = np.flatnonzero(rng.random(4) < P)
    return drawn, W[drawn] / P[drawn]


# What no rate can be stated for


def test_a_rare_client_is_no_bias_of_an_aggregate():
    p = np.array([0.5, 0.4, 0.002])
    u = np.eye(3) / 3

    def step(rng):
        drawn = np.flatnonzero(rng.random(3) < p)
        return (1.0 / p[drawn]) @ u[drawn]

    for seed in range(5):
        found = audit(step, updates=u, rounds=4000, seed=seed)
        assert found.verdict("unbiased").outcome == "inconclusive"
        assert "claimed=" in found.verdict("unbiased").detail
        assert not audit(step, updates=u, claimed=p, rounds=4000, seed=seed).refuted


def test_a_rare_client_is_no_bias_of_weights():
    p = np.array([0.5, 0.4, 0.002])
    w = np.full(3, 1 / 3)

    def draw(rng):
        drawn = np.flatnonzero(rng.random(3) < p)
        return drawn, w[drawn] / p[drawn]

    for seed in range(5):
        found = audit(draw, weights=w, rounds=4000, seed=seed)
        assert found.verdict("unbiased").outcome == "inconclusive"
        stated = audit(draw, weights=w, rarest=0.002, rounds=4000, seed=seed)
        assert not stated.refuted


def test_weights_above_the_stated_bound_leave_a_small_mean_open():
    """Unbiased, but twice w/p or nothing when drawn: more scatter than anybody stated."""

    def draw(rng):
        drawn, c = honest(rng)
        return drawn, c * 2.0 * rng.integers(0, 2, drawn.size)

    found = audit(draw, claimed=P, weights=W, discrepancy=0.3, false_alarm=1e-4)
    verdict = found.verdict("unbiased")
    assert verdict.outcome == "inconclusive"
    assert "above w/p" in verdict.detail
    assert audit(draw, weights=W, rarest=0.1, discrepancy=0.3, false_alarm=1e-4).passed


def test_an_aggregate_that_scatters_more_than_stated_is_left_open():
    u = np.ones((4, 1)) * W[:, None]

    def step(rng):
        c = honest(rng)[1]
        return np.array([c.sum() + 3.0 * rng.standard_normal()])

    found = audit(step, updates=u, claimed=P, rounds=4000, discrepancy=0.3)
    assert found.verdict("unbiased").outcome == "inconclusive"
    assert "scatter more" in found.verdict("unbiased").detail


def test_rounds_that_exceed_the_second_moment_support_nothing():
    from roundlot.verify import check_mean, check_variance_at_most

    y = np.random.default_rng(0).exponential(size=100_000)  # κ = 2
    assert check_mean(y, 1.0, 2.0, discrepancy=0.1).passed
    found = check_mean(y, 1.0, 1.3, discrepancy=0.1)
    assert found.outcome == "inconclusive"
    assert "exceeded" in found.detail
    assert check_mean(y, 0.8, 1.3, discrepancy=0.1).outcome == "refuted"  # too large: no κ needed
    assert check_variance_at_most(y, 1.0, planned_ratio=1.3).outcome == "inconclusive"


# Rounds that were tested


def test_the_first_rounds_are_tested_too():
    found = audit(
        lambda rng: np.flatnonzero(rng.random(40) < 0.5),
        n_clients=40,
        budget=10,
        rounds=200,
        discrepancy=0.9,
    )
    assert found.verdict("budget").outcome == "refuted"


def test_a_budget_that_is_exceeded_is_missed_as_seldom_as_stated():
    """15 against 10: 100 audits of few rounds; supported at most at the miss rate of 1e-3."""
    claims = {"n_clients": 40, "budget": 10, "discrepancy": 0.5, "checks": ("budget",)}
    supported = sum(
        audit(
            lambda rng: np.flatnonzero(rng.random(40) < 0.375), rounds=300, seed=seed, **claims
        ).passed
        for seed in range(40)
    )
    assert supported == 0
    kept = audit(lambda rng: np.flatnonzero(rng.random(40) < 0.25), rounds=4000, **claims)
    assert kept.passed


def test_one_round_in_a_hundred_above_the_budget_is_not_missed_for_sure():
    def draw(rng):
        return np.arange(3 if rng.random() < 0.01 else 2)

    few = audit(draw, n_clients=4, budget=2, budget_rule="every draw", rounds=20)
    assert few.verdict("budget").outcome != "supported"


# Claims nobody made


def test_a_fixed_number_is_honest_unless_independence_is_claimed():
    half = np.full(6, 0.5)
    u = np.ones((6, 2)) / 6 + 0.01 * np.random.default_rng(0).standard_normal((6, 2))

    def draw(rng):
        drawn = rng.choice(6, 3, replace=False)
        return drawn, np.full(3, 1 / 3)

    claims = {"claimed": half, "weights": np.full(6, 1 / 6), "updates": u, "budget": 3}
    loose = {"discrepancy": 0.2, "false_alarm": 1e-6}
    assert audit(draw, **claims, **loose).passed
    found = audit(draw, design="independent", stop_early=False, rounds=2000, **claims, **loose)
    assert found.verdict("independently").outcome == "refuted"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_shared_uniform_is_refuted_where_independence_is_claimed(rows):
    p = np.linspace(0.2, 0.6, 12) / rows

    def draw(rng):
        return np.flatnonzero(rng.random() < p)

    claims = {"claimed": p, "rounds": 4000, "stop_early": False}
    assert not audit(draw, **claims).refuted
    found = audit(draw, design="independent", weights=np.full(12, 1 / 12), **claims)
    assert found.verdict("independently").outcome == "refuted"
    assert found.verdict("variance").outcome != "supported"


def test_two_clients_that_come_together_are_found_among_many():
    p = np.full(30, 0.3)

    def draw(rng):
        u = rng.random(30)
        u[7] = u[3]
        return np.flatnonzero(u < p)

    found = audit(draw, claimed=p, design="independent", rounds=4000, stop_early=False)
    verdict = found.verdict("independently")
    assert verdict.outcome == "refuted"
    assert "client 3 and client 7 agree" in verdict.detail


def test_wrong_marginals_are_not_taken_for_dependence():
    """Independent in every way, but not with the probabilities claimed."""
    other = np.array([0.4, 0.1, 0.7, 0.3])
    found = audit(
        lambda rng: np.flatnonzero(rng.random(4) < other),
        claimed=P,
        design="independent",
        rounds=8000,
        stop_early=False,
    )
    assert found.verdict("inclusion").outcome == "refuted"
    assert found.verdict("independently").outcome != "refuted"
    assert found.verdict("each other").outcome != "refuted"


# Rounds and each other


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_workers_of_one_seed_in_turn_are_found(workers):
    calls = itertools.count()

    def draw():
        block, place = divmod(next(calls), workers * 4)
        # Each worker draws four rounds from the same stream before the next one starts.
        return honest(np.random.default_rng([block, place % 4]))

    found = audit(draw, claimed=P, weights=W, rounds=4096)
    assert found.verdict("each other").outcome == "refuted"


def test_a_recording_that_loops_is_found():
    calls = itertools.count()

    def draw():
        return honest(np.random.default_rng(next(calls) % 700))

    found = audit(draw, claimed=P, rounds=4096, weights=W, stop_early=False)
    assert "700 rounds later" in found.verdict("each other").detail


def test_clients_that_rest_after_a_round_are_found():
    last = [np.zeros(20, dtype=bool)]

    def draw(rng):
        free = np.flatnonzero(~last[0])
        mask = np.zeros(20, dtype=bool)
        mask[rng.choice(free, 4, replace=False)] = True
        last[0] = mask
        return mask

    found = audit(draw, claimed=np.full(20, 0.2), rounds=8192, stop_early=False)
    assert found.verdict("each other").outcome == "refuted"
    assert "less often 1 rounds later" in found.verdict("each other").detail


def test_repeated_steps_of_an_aggregate_are_found():
    calls = itertools.count()
    u = np.random.default_rng(1).standard_normal((4, 3)) * W[:, None]

    def step():
        drawn, c = honest(np.random.default_rng(next(calls) // 2))
        return (c / W[drawn]) @ u[drawn]

    found = audit(step, updates=u, claimed=P, rounds=2048, stop_early=False)
    assert found.verdict("each other").outcome == "refuted"


# Weights that sum to something else


def test_weights_are_held_to_what_they_sum_to():
    """H is 3 on average, whatever the model's share of the data is: Σ w, not 1."""
    from roundlot.verify import check_aggregate_weight, check_participation_variance

    w, p = 3.0 * W[:, None], P[:, None]
    rng = np.random.default_rng(6)
    h = (rng.random((40_000, 4)) < P) @ (3.0 * W / P)
    loose = {"discrepancy": 0.1, "false_alarm": 1e-6}
    assert check_aggregate_weight(h[:, None], w, p, **loose).passed
    assert check_participation_variance(h[:, None], w, p, **loose).passed
    assert check_aggregate_weight(h[:, None] / 3.0, w, p, **loose).outcome == "refuted"
    assert check_participation_variance(h[:, None] / 3.0, w, p, **loose).outcome == "refuted"


# Designs of this library


@pytest.mark.parametrize(
    "name",
    ["independent", "turns", "pivotal", "ordered systematic", "sampford", "conditional poisson"],
)
def test_designs_are_audited_with_updates(name):
    p = np.array([0.3, 0.5, 0.7, 0.5])[:, None]
    u = np.random.default_rng(2).standard_normal((4, 3)) + 1.0
    found = audit(design(p, name), updates=[u], discrepancy=0.2, false_alarm=1e-4)
    assert found.passed, str(found)
    other = audit(
        lambda rng: np.flatnonzero(rng.random(4) < p[:, 0]),
        claimed=p,
        updates=[u],
        design=name,
        rounds=6000,
        stop_early=False,
        false_alarm=1e-4,
    )
    # Independent draws are what "independent" and one model's "turns" are; the others scatter less.
    assert bool(other.refuted) == (name not in ("independent", "turns"))


@pytest.mark.parametrize("name", ["systematic", "rounding"])
def test_designs_whose_second_moment_is_not_known_are_never_called_too_small(name):
    p = np.full((4, 2), 0.25)
    u = [np.ones((4, 2)), np.eye(4)]
    found = audit(design(p, name), updates=u, rounds=3000)
    assert not found.refuted


# The tests behind them, on every outcome of tiny cases


def test_the_chance_to_refuse_a_mean_of_one_is_below_the_rate():
    """Two-point laws of mean 1, nine rounds: all 512 outcomes, exactly."""
    rate = Fraction(1, 5)
    for high, chance in ((4, Fraction(1, 4)), (2, Fraction(1, 2)), (20, Fraction(1, 20))):
        refused = Fraction(0)
        for hits in itertools.product((0, 1), repeat=9):
            test = LargeMeans(1)
            for hit in hits:
                test.update_row(np.array([float(high * hit)]))
            if test.peak[0] >= -math.log(rate):
                refused += chance ** sum(hits) * (1 - chance) ** (9 - sum(hits))
        assert 0 <= refused <= rate


def test_the_evidence_against_independent_clients_has_a_mean_of_one_at_most():
    """Two clients, four rounds: every outcome with its probability."""
    layout = Layout(n_processors=2, n_models=1)
    sets = [np.array(s, dtype=np.int64) for s in ([], [0], [1], [0, 1])]
    for p, q in ((0.5, 0.5), (0.2, 0.9)):
        chances = [(1 - p) * (1 - q), p * (1 - q), (1 - p) * q, p * q]
        count = pairs = 0.0
        for outcome in itertools.product(range(4), repeat=4):
            check = IndependenceCheck(layout, rate=0.9, miss=0.1)
            check.update(batch_of([Draw(pairs=sets[k]) for k in outcome], [0] * 4, 0))
            chance = math.prod(chances[k] for k in outcome)
            count += chance * math.exp(check.counts[0].log_value)
            pairs += chance * math.exp(check.pairs.values[0])
        assert 0.9 < count <= 1.0 + 1e-9
        assert pairs == pytest.approx(1.0)


def test_signs_of_clients_that_differ_are_fair_coins():
    """Two rounds of three clients, in fractions: given who differs, every pattern is as likely."""
    p = [Fraction(1, 5), Fraction(1, 2), Fraction(5, 7)]
    seen: dict[tuple[int, ...], dict[tuple[int, ...], Fraction]] = {}
    for one, other in itertools.product(itertools.product((0, 1), repeat=3), repeat=2):
        chance = math.prod(
            (x if a else 1 - x) * (x if b else 1 - x) for x, a, b in zip(p, one, other, strict=True)
        )
        coins = tuple(a - b for a, b in zip(one, other, strict=True))
        where = tuple(i for i, c in enumerate(coins) if c)
        signs = tuple(coins[i] for i in where)
        seen.setdefault(where, {}).setdefault(signs, Fraction(0))
        seen[where][signs] += chance
    for where, patterns in seen.items():
        assert len(patterns) == 2 ** len(where)
        assert len(set(patterns.values())) == 1


def test_intervals_cover_on_every_outcome():
    """Bernoulli means: the exact chance that the interval leaves out the truth."""
    miss, n = 0.2, 40
    for p in (0.02, 0.3, 0.5, 0.97):
        left_out = 0.0
        for k in range(n + 1):
            sums = Sums()
            sums.add(n, float(k), float(k))
            low, high = sums.interval(miss)
            if not low <= p <= high:
                left_out += math.comb(n, k) * p**k * (1 - p) ** (n - k)
        assert left_out <= miss


def test_repeats_of_independent_rounds_are_hardly_ever_claimed():
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(300):
        hashes = rng.integers(0, rng.integers(2, 40), size=256).astype(np.uint64)
        alarms += repeated_lag(hashes, 0.2) > 0
    assert alarms <= 60  # the rate itself; Bonferroni keeps far below it
    loop = np.tile(rng.integers(0, 5, size=64), 4).astype(np.uint64)
    assert repeated_lag(loop, 1e-6) in (64, 128)


def test_rounds_check_needs_as_many_rounds_as_it_says():
    check = RoundsCheck(Layout(n_processors=4, n_models=1), rate=1e-6, miss=1e-3)
    rng = np.random.default_rng(4)
    draws = [Draw(pairs=np.flatnonzero(rng.random(4) < P)) for _ in range(int(check.needed()))]
    check.update(batch_of(draws, [0] * len(draws), 0))
    assert check.verdict().outcome == "supported"
    assert check.verdict().rounds == len(draws)


def test_the_second_moment_watch_has_its_rate():
    rng = np.random.default_rng(5)
    over = sum(
        EProcess.start(2.0).update(rng.exponential(size=4000)).ratio_exceeded for _ in range(300)
    )
    assert over <= 3
    assert EProcess.start(1.6).update(rng.exponential(size=40_000)).ratio_exceeded
