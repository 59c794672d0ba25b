"""The e-process: its proof's inequalities, its false alarms and its power."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roundlot.theory import InvalidProblemError
from roundlot.verify import EProcess, detectable, rounds_needed
from roundlot.verify.tests.e_process import GRID, bets, penalty


@given(low=st.floats(0.0, 1.0), spread=st.floats(1e-3, 50.0), chance=st.floats(0.01, 0.99))
def test_every_factor_has_mean_at_most_one(low, spread, chance):
    """On two-point laws (the extreme ones for two moments) each of the 8 factors is fair."""
    values = np.array([low, low + spread])
    mean = values @ [1.0 - chance, chance]
    values = values / mean
    kappa = float(values**2 @ [1.0 - chance, chance])
    state = EProcess.start(kappa, tolerance=0.0)
    factors = [np.exp(state.update([y]).log_terms) for y in values]
    assert np.all((1.0 - chance) * factors[0] + chance * factors[1] <= 1.0 + 1e-12)


@given(shift=st.floats(0.0, 0.5), chance=st.floats(0.01, 0.99), low=st.floats(0.0, 1.0))
def test_small_side_covers_larger_means(shift, chance, low):
    values = np.array([low, low + 1.0])
    values = (1.0 + shift) * values / (values @ [1.0 - chance, chance])
    kappa = float(values**2 @ [1.0 - chance, chance])
    state = EProcess.start(kappa, tolerance=0.0)
    factors = [np.exp(state.update([y]).log_terms[4:]) for y in values]
    assert np.all((1.0 - chance) * factors[0] + chance * factors[1] <= 1.0 + 1e-12)


def test_bennett_function_increases():
    t = np.linspace(-30.0, 1.0, 4001)
    t = t[np.abs(t) > 1e-3]
    assert np.all(np.diff((np.expm1(t) - t) / t**2) > 0.0)


def test_terms_are_the_stated_products():
    y, kappa = np.array([0.2, 1.7, 0.0, 3.0]), 1.5
    state = EProcess.start(kappa, tolerance=0.0).update(y)
    for k, epsilon in enumerate(GRID):
        bet = min(epsilon / (kappa - 1.0), 0.9)
        large = math.prod(1.0 + bet * (x - 1.0) for x in y)
        psi = math.log(1.0 + (kappa - 1.0) * (math.exp(bet) - 1.0 - bet))
        small = math.exp(-bet * sum(x - 1.0 for x in y) - len(y) * psi)
        assert math.exp(state.log_terms[k]) == pytest.approx(large, rel=1e-12)
        assert math.exp(state.log_terms[4 + k]) == pytest.approx(small, rel=1e-12)
    assert math.exp(state.log_value) == pytest.approx(np.exp(state.log_terms).mean(), rel=1e-12)


@pytest.mark.parametrize("bet", [1e-9, 1e-5, 9e-4, 1.1e-3, 0.3, 0.9])
def test_penalty_is_precise(bet):
    exact = sum(Fraction(bet) ** k / math.factorial(k) for k in range(2, 40))
    got = float(penalty(np.array([bet]), 1.0 + 2.0**-10)[0])
    assert got == pytest.approx(math.log1p(float(exact) / 1024.0), rel=1e-12)


def test_chunks_do_not_matter():
    y = np.random.default_rng(0).gamma(2.0, 0.5, 100_000)
    whole = EProcess.start(1.5).update(y)
    parts = EProcess.start(1.5)
    for part in np.split(y, [1, 77, 40_000]):
        parts = parts.update(part)
    assert parts.log_peak == pytest.approx(whole.log_peak, abs=1e-8)
    assert (parts.rounds, parts.mean) == (whole.rounds, pytest.approx(whole.mean))


def test_peak_remembers_an_early_excess():
    y = np.concatenate([np.full(2000, 1.5), np.full(200_000, 0.99)])
    state = EProcess.start(1.5).update(y)
    assert state.log_peak > 20.0
    assert state.log_peak > state.log_value


def gamma(rng, kappa, rounds):
    return rng.gamma(1.0 / (kappa - 1.0), kappa - 1.0, rounds)


def spikes(rng, kappa, rounds):
    return kappa * (rng.random(rounds) < 1.0 / kappa)


@pytest.mark.parametrize("law", [gamma, spikes])
@pytest.mark.parametrize("kappa", [1.02, 1.5, 6.0])
def test_false_alarms_stay_below_their_rate(law, kappa):
    """400 seeds at δ = 0.05: more than 33 alarms would have probability below 0.003."""
    rng = np.random.default_rng(1)
    alarms = sum(
        EProcess.start(kappa).update(law(rng, kappa, 3000)).log_peak >= math.log(20.0)
        for _ in range(400)
    )
    assert alarms <= 33


@pytest.mark.parametrize("law", [gamma, spikes])
@pytest.mark.parametrize("kappa", [1.02, 1.5, 4.0])
@pytest.mark.parametrize("factor", [1.1, 0.9])
def test_rounds_needed_keep_the_miss_rate(law, kappa, factor):
    """100 seeds at a miss rate of 0.1: more than 19 misses would have probability below 0.003."""
    rounds = rounds_needed(0.1, kappa, false_alarm=1e-4, miss=0.1)
    rng = np.random.default_rng(2)
    missed = sum(
        EProcess.start(kappa).update(factor * law(rng, kappa, rounds)).log_peak < math.log(1e4)
        for _ in range(100)
    )
    assert missed <= 19


@pytest.mark.parametrize("kappa", [1.5, 4.0])
def test_a_fifth_of_the_rounds_is_too_few(kappa):
    rounds = rounds_needed(0.1, kappa, false_alarm=1e-4, miss=0.1) // 5
    rng = np.random.default_rng(3)
    missed = sum(
        EProcess.start(kappa).update(1.1 * gamma(rng, kappa, rounds)).log_peak < math.log(1e4)
        for _ in range(50)
    )
    assert missed > 10


def test_rounds_needed_are_near_the_ideal():
    """The Gaussian ideal, 2 log(8/δ)(κ−1)/d², is the median; a rare miss costs some three times."""
    for kappa in (1.5, 3.0, 10.0):
        ideal = 2.0 * math.log(8e9) * (kappa - 1.0) / 1e-4
        assert 2.3 < rounds_needed(0.01, kappa) / ideal < 3.5


@given(
    kappa=st.floats(1.001, 20.0),
    rounds=st.integers(10, 10**7),
    rate=st.sampled_from([1e-9, 1e-3]),
)
@example(kappa=2.00001, rounds=121, rate=1e-3)  # at 85 times too much rounds hardly fall
def test_the_two_figures_agree(kappa, rounds, rate):
    sees = detectable(rounds, kappa, false_alarm=rate)
    if math.isfinite(sees):
        assert rounds_needed(sees, kappa, false_alarm=rate) <= rounds
        assert rounds_needed(sees / 1.03, kappa, false_alarm=rate) > 0.999 * rounds
        assert detectable(2 * rounds, kappa, false_alarm=rate) <= sees


def test_out_of_reach_is_infinite():
    assert rounds_needed(0.001, 2.0) == math.inf
    assert detectable(1, 2.0) == math.inf


def test_tolerance_spares_small_errors():
    y = np.full(100_000, 1.0 + 1e-4)
    assert EProcess.start(1.0, tolerance=1e-9).update(y).log_peak > 5.0
    for sign in (1.0, -1.0):
        y = np.full(100_000, 1.0 + sign * 1e-4)
        assert EProcess.start(1.0, tolerance=2e-4).update(y).log_peak == 0.0


def test_a_ratio_of_one_accepts_constants():
    assert EProcess.start(1.0).update(np.ones(10_000)).log_peak <= 1e-6
    assert bets(1.0).max() == 0.9


@pytest.mark.parametrize("bad", [[-1e-9], [np.nan], [np.inf], [[1.0]]])
def test_bad_rounds_are_refused(bad):
    with pytest.raises(InvalidProblemError, match="finite"):
        EProcess.start(2.0).update(bad)


@pytest.mark.parametrize("kappa", [0.99, np.nan, np.inf])
def test_bad_ratios_are_refused(kappa):
    with pytest.raises(InvalidProblemError, match="second_moment_ratio"):
        EProcess.start(kappa)
    with pytest.raises(InvalidProblemError, match="second_moment_ratio"):
        detectable(10, kappa)


def test_bad_rates_are_refused():
    with pytest.raises(InvalidProblemError, match="miss"):
        rounds_needed(0.1, 2.0, miss=0.0)
    with pytest.raises(InvalidProblemError, match="discrepancy"):
        rounds_needed(-0.1, 2.0)
    with pytest.raises(InvalidProblemError, match="tolerance"):
        EProcess.start(2.0, tolerance=1.0)
