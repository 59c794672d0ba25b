"""Slow spells and shocks: the chain, exact rounds, and what stays unbiased."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from roundlot.simulate import simulate_stragglers
from roundlot.solvers.stragglers import (
    Deadline,
    FastestWorker,
    FullWait,
    Slowness,
    Stragglers,
    best_deadline,
    estimator_moments,
    expected_end,
    make_law,
    round_law,
    stragglers_from_speed,
)
from roundlot.theory import InvalidProblemError

CHAIN = Slowness(factor=4.0, begin=0.1, end=0.3, shock=0.05, shock_factor=3.0)
STARTED = Slowness(factor=4.0, begin=0.1, end=0.3, start="fast")


def crew(law: str = "deterministic", slowness: Slowness = CHAIN) -> Stragglers:
    return Stragglers(seconds=[1.0, 2.0], law=make_law(law), per="step", slowness=slowness)


def rounds_by_hand(slowness: Slowness, round_: int | None) -> list[tuple[Fraction, list[int]]]:
    """Every combination of states and of a shock: chance, whole factors of the two workers."""
    a, b = Fraction(1, 10), Fraction(3, 10)
    slow = a / (a + b) if round_ is None else Fraction(0)
    for _ in range(round_ or 0):
        slow = slow * (1 - b) + (1 - slow) * a
    c = Fraction(1, 20) if slowness.shock else Fraction(0)
    found = []
    for states in product((0, 1), repeat=2):
        for shock in (0, 1):
            chance = c if shock else 1 - c
            for state in states:
                chance *= slow if state else 1 - slow
            found.append((chance, [(4 if s else 1) * (3 if shock else 1) for s in states]))
    return found


@pytest.mark.parametrize("round_", [None, 0, 1, 5])
def test_rounds_are_those_of_every_combination_of_states(round_: int | None) -> None:
    slowness = CHAIN if round_ is None else STARTED
    told = rounds_by_hand(slowness, round_)
    shares = np.array([2, 1])
    ends = [(chance, max(2 * f[0], 2 * f[1])) for chance, f in told]
    exact = sum(chance * end for chance, end in ends)
    found = expected_end(crew(slowness=slowness), shares, "max", round_=round_)
    assert found.value == pytest.approx(float(exact), rel=1e-12)
    assert found.error == 0.0
    cut = sum(chance * min(end, 3) for chance, end in ends)
    law = round_law(Deadline(seconds=3.0), crew(slowness=slowness), shares, round_=round_)
    assert law.seconds.value == pytest.approx(float(cut), rel=1e-12)
    mean = [Fraction(0), Fraction(0)]
    inverse, somebody = Fraction(0), Fraction(0)
    for chance, (f, g) in told:
        n = [min(3 // f, 2), min(3 // (2 * g), 1)]
        mean = [m + chance * k for m, k in zip(mean, n, strict=True)]
        if sum(n):
            inverse, somebody = inverse + chance / sum(n), somebody + chance
    assert np.allclose(law.counts.mean, [float(m) for m in mean], rtol=1e-12)
    assert law.counts.mean_inverse == pytest.approx(float(inverse / somebody), rel=1e-12)
    assert law.counts.chance_of_nobody == pytest.approx(float(1 - somebody), abs=1e-12)


def test_horvitz_thompson_needs_the_counts_of_its_round() -> None:
    shares, gradients = np.array([2, 1]), np.array([[1.0], [-0.5]])
    for round_ in (0, 1, 5, 100):
        law = round_law(Deadline(seconds=3.0), crew(slowness=STARTED), shares, round_=round_)
        moments = estimator_moments("horvitz-thompson", law.counts, shares)
        assert moments.relative_bias(gradients) < 1e-12
    start = round_law(Deadline(seconds=3.0), crew(slowness=STARTED), shares, round_=0)
    later = round_law(Deadline(seconds=3.0), crew(slowness=STARTED), shares)
    weights = start.counts.mean / later.counts.mean  # of those of the long run, in round 0
    assert weights.min() > 1.2


@pytest.mark.parametrize("name", ["pooled", "mean of means", "horvitz-thompson", "planned"])
def test_moments_of_all_estimators_are_those_of_drawn_rounds(name: str) -> None:
    stragglers, shares = crew("exponential").memoryless(), np.array([3, 2])
    law = round_law(Deadline(seconds=4.0), stragglers, shares)
    gradients = np.array([[1.0, 0.2], [-0.5, 0.4]])
    drawn = simulate_stragglers(
        law.rule,
        stragglers,
        shares,
        gradients,
        noise_variance=0.0,
        rounds=40_000,
        estimators=[name],
    )
    moments = estimator_moments(name, law.counts, shares)
    seen, steps = moments.bias(gradients), drawn.steps[name]
    scatter = steps.std(axis=0) / math.sqrt(len(steps))
    assert np.all(np.abs(drawn.bias(name) - seen) < 5 * scatter + 1e-12)
    variance = float(steps.var(axis=0).sum())
    assert moments.variance(gradients, 0.0) == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("start", ["stationary", "fast", "slow"])
@pytest.mark.parametrize("rates", [(0.02, 0.05), (0.9, 0.7)])
def test_states_follow_their_chain_in_any_chunks(start: str, rates: tuple[float, float]) -> None:
    chain = Slowness(factor=2.0, begin=rates[0], end=rates[1], start=start)
    states = chain.states(400, 200, seed=4)
    parts = [(0, 1), (1, 2), (3, 150), (153, 247)]
    again = np.concatenate([chain.states(n, 200, seed=4, start=s) for s, n in parts])
    assert np.array_equal(states, again)
    for r in (0, 1, 7, 399):
        seen = states[r].mean()
        assert abs(seen - chain.chance_slow(r)) < 5 * 0.5 / math.sqrt(200)
    before, after = states[:-1], states[1:]
    for was, chance in ((False, rates[0]), (True, 1 - rates[1])):
        here = before == was
        seen = after[here].mean()
        assert abs(seen - chance) < 5 * math.sqrt(chance * (1 - chance) / here.sum())


def test_chances_from_a_start_are_powers_of_the_chain() -> None:
    step = np.array([[0.9, 0.1], [0.3, 0.7]])
    for r in (0, 1, 4, 30):
        assert STARTED.chance_slow(r) == pytest.approx(np.linalg.matrix_power(step, r)[0, 1])
    assert STARTED.chance_slow() == pytest.approx(0.25)


def test_runs_of_the_chain_take_as_long_as_their_law_says() -> None:
    """Runs are independent, their rounds are not: five standard errors of means of runs."""
    stragglers = Stragglers(
        seconds=[1.0, 1.5, 2.0], law=make_law("shifted"), per="step", slowness=CHAIN
    )
    shares = np.array([2, 2, 2])
    for rule in (FullWait(), FastestWorker(), Deadline(seconds=5.0)):
        law = round_law(rule, stragglers, shares)
        means = np.array(
            [rule.draw(stragglers, shares, 100, seed=s).seconds.mean() for s in range(150)]
        )
        error = means.std() / math.sqrt(150)
        assert abs(means.mean() - law.seconds.value) < 5 * error + law.seconds.error


def test_the_best_deadline_minds_spells_and_shocks() -> None:
    stragglers = crew("exponential")
    shares = np.array([4, 4])
    best = best_deadline(stragglers, shares, communication=0.2)
    assert best.gap < 0.01
    for deadline in np.geomspace(0.5, 60.0, 25):
        law = round_law(Deadline(seconds=float(deadline)), stragglers, shares)
        if law.counts.chance_of_nobody <= 0.5:
            assert law.seconds_per_information(0.2) >= best.lower_bound * (1 - 1e-6)
    apart = stragglers_from_speed([1.0, 0.5], per="step")
    assert best.full_wait > 1.5 * best_deadline(apart, shares, communication=0.2).full_wait


def test_slowness_that_cannot_be_is_refused() -> None:
    for call, match in (
        (lambda: Slowness(factor=0.5), "slow_factor is 0.5; give 1"),
        (lambda: Slowness(begin=1.5), "slow_begin is 1.5"),
        (lambda: Slowness(shock=1.0), "shock is 1"),
        (lambda: Slowness(begin=0.0, end=0.0), "no stationary start"),
        (lambda: Slowness(start="late"), "stationary"),
        (lambda: Stragglers(seconds=[1.0], law=make_law("pareto"), slowness=CHAIN), "per = "),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            call()
