"""Rounds where the variance grows: against exact moments and brute force, above and below."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.rates.rounds import least_curve, rounds_to_target

LONGEST = 4000  # rounds that are followed exactly


def longest_step(L, mu, slope):
    return min(2 / (L + mu + slope), 1 / (mu + slope))


def fewest(L, mu, slope, noise, initial, target, *, any_step):
    """Rounds of ``a <- min over γ of (1 − γμ)² a + γ²(μSa + σ²)``, one by one."""
    a, rounds = initial, 0
    while a > target:
        step = mu * a / (mu * (mu + slope) * a + noise)
        step = step if any_step else min(step, longest_step(L, mu, slope))
        a = (1 - step * mu) ** 2 * a + step**2 * (mu * slope * a + noise)
        rounds += 1
        if rounds > 20_000:
            return None
    return rounds


SETTINGS = {
    "mu": st.floats(0.05, 1.0),
    "ratio": st.floats(1.0, 40.0),
    "slope": st.floats(1e-3, 30.0),
    "noise": st.one_of(st.just(0.0), st.floats(1e-4, 10.0)),
    "target": st.floats(1e-3, 0.9),
}


@settings(deadline=None, max_examples=60)
@given(**SETTINGS)
def test_rounds_are_those_of_the_recursion_but_for_one_percent(mu, ratio, slope, noise, target):
    L = mu * ratio
    exact = fewest(L, mu, slope, noise, 1.0, target, any_step=False)
    if exact is None:
        return
    bound = rounds_to_target(
        smoothness=L,
        strong_convexity=mu,
        expected_smoothness=slope,
        noise=noise,
        initial=1.0,
        target=target,
    )
    assert exact <= bound.rounds <= 1.02 * exact + 1
    free = fewest(L, mu, slope, noise, 1.0, target, any_step=True)
    assert free * 0.98 - 1 <= bound.lower <= free
    steps = bound.schedule.steps(np.arange(bound.rounds))
    a = 1.0
    for t, step in enumerate(steps):  # the quadratic with all the variance that is allowed
        assert a <= bound.curve(t) * (1 + 1e-9)
        assert step <= longest_step(L, mu, slope) * (1 + 1e-12)
        a = (1 - step * mu) ** 2 * a + step**2 * (mu * slope * a + noise)
    assert a <= target * (1 + 1e-9)


@st.composite
def fleets(draw):
    """Clients ``Σ_k h_ik/2 (x_k − c_ik)²``, their weights, chances of being drawn, a start."""
    clients, dims = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    number = st.floats(0.05, 5.0)
    table = st.lists(
        st.lists(number, min_size=dims, max_size=dims), min_size=clients, max_size=clients
    )
    centre = st.lists(
        st.lists(st.floats(-3.0, 3.0), min_size=dims, max_size=dims),
        min_size=clients,
        max_size=clients,
    )
    curves, centres = np.array(draw(table)), np.array(draw(centre))
    weights = np.array(draw(st.lists(number, min_size=clients, max_size=clients)))
    chances = np.array(draw(st.lists(st.floats(0.1, 1.0), min_size=clients, max_size=clients)))
    away = np.array(draw(st.lists(st.floats(-4.0, 4.0), min_size=dims, max_size=dims)))
    return curves, centres, weights / weights.sum(), chances, away


@settings(deadline=None, max_examples=150)
@given(fleet=fleets(), share=st.floats(0.005, 0.5))
def test_no_fleet_of_quadratics_is_above_the_bound(fleet, share):
    curves, centres, weights, chances, away = fleet
    mean = weights @ curves
    best = (weights @ (curves * centres)) / mean
    loads = weights**2 * (1 / chances - 1)
    gaps = curves * (best - centres)
    initial = float(away @ away)
    if initial < 1e-6:
        return
    slope = float(np.max(loads * curves.max(axis=1) / weights))
    bound = rounds_to_target(
        smoothness=float(mean.max()),
        strong_convexity=float(mean.min()),
        expected_smoothness=slope,
        noise=float(loads @ np.sum(gaps**2, axis=1)),
        split=slope,
        initial=initial,
        target=share * initial,
    )
    rounds = min(bound.rounds, LONGEST)
    first, second = away.copy(), away**2  # E e and E e², coordinate by coordinate
    for step in bound.schedule.steps(np.arange(rounds)):
        spread = loads @ curves**2
        second = (
            ((1 - step * mean) ** 2 + step**2 * spread) * second
            + 2 * step**2 * (loads @ (curves * gaps)) * first
            + step**2 * (loads @ gaps**2)
        )
        first = (1 - step * mean) * first
    assert second.sum() <= bound.curve(rounds) * (1 + 1e-9)
    if rounds == bound.rounds:
        assert second.sum() <= share * initial * (1 + 1e-9)


def test_a_slope_that_is_half_the_true_one_is_found_out():
    # one client drawn with chance 1/4: variance 3 e², 2S(F − F*) = S e², so S = 3 and no less
    bound = rounds_to_target(
        smoothness=1.0,
        strong_convexity=1.0,
        expected_smoothness=1.5,
        noise=0.0,
        initial=1.0,
        target=0.01,
    )
    moment = 1.0
    for step in bound.schedule.steps(np.arange(bound.rounds)):
        moment *= (1 - step) ** 2 + 3 * step**2
    assert moment > 0.02


@pytest.mark.parametrize("schedule", ["constant", "decreasing"])
def test_one_pair_for_all_rounds_needs_more_and_keeps_its_word(schedule):
    numbers = {"expected_smoothness": 0.4, "noise": 0.3, "initial": 9.0, "target": 0.5}
    shared = {"smoothness": 2.0, "strong_convexity": 0.2, "split": 0.4, **numbers}
    best, other = rounds_to_target(**shared), rounds_to_target(**shared, schedule=schedule)
    assert best.rounds < other.rounds
    assert best.lower == other.lower
    a = 9.0
    for t, step in enumerate(other.schedule.steps(np.arange(other.rounds))):
        assert a <= other.curve(t) * (1 + 1e-9)
        a = (1 - step * 0.2) ** 2 * a + step**2 * (math.sqrt(0.2 * 0.4 * a) + math.sqrt(0.3)) ** 2
    assert a <= 0.5


def test_without_growth_it_is_a_variance():
    shared = {"smoothness": 2.0, "strong_convexity": 0.2, "initial": 9.0, "target": 0.5}
    flat = rounds_to_target(**shared, expected_smoothness=0.0, noise=0.3)
    assert flat.rounds == rounds_to_target(**shared, variance=0.3).rounds
    # (σ²/μ²)(1/target − 1/a₀) = 7.5 · (2 − 1/9) = 14.1…
    assert flat.lower == 15
    assert "noise of variance σ²" in flat.attained_by


def test_a_start_below_the_target_needs_nothing():
    bound = rounds_to_target(
        smoothness=2.0,
        strong_convexity=0.2,
        expected_smoothness=1.0,
        noise=0.3,
        initial=0.4,
        target=0.5,
    )
    assert (bound.rounds, bound.lower) == (0, 0)
    assert bound.curve([0])[0] == 0.4


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"variance": 1.0, "noise": 1.0},
        {"variance": 1.0, "expected_smoothness": 1.0, "noise": 1.0},
        {"noise": 1.0},
        {"expected_smoothness": 1.0},
        {"variance": 1.0, "split": 1.0},
    ],
)
def test_one_way_of_bounding_the_variance(given_):
    with pytest.raises(InvalidProblemError, match="give variance"):
        rounds_to_target(smoothness=2.0, strong_convexity=0.2, initial=9.0, target=0.5, **given_)


def test_an_infinite_slope_is_a_client_that_is_never_drawn():
    with pytest.raises(InfeasibleError, match="expected_smoothness is infinite"):
        rounds_to_target(
            smoothness=2.0,
            strong_convexity=0.2,
            initial=9.0,
            target=0.5,
            expected_smoothness=math.inf,
            noise=1.0,
        )


@pytest.mark.parametrize(("mu", "split", "noise"), [(1.0, 5.0, 1.0), (0.3, 0.7, 0.02)])
def test_a_split_without_another_slope_still_makes_the_variance_grow(mu, split, noise) -> None:
    """With the best ``θ`` the variance is ``σ² + 2σ√(μMa)`` at the squared distance ``a``."""
    a, rounds, target = 4.0, 0, 0.01
    while a > target:
        variance = noise + 2.0 * math.sqrt(noise * mu * split * a)
        a, rounds = a * variance / (mu * mu * a + variance), rounds + 1
    bound = rounds_to_target(
        smoothness=mu + 4.0 * split,
        strong_convexity=mu,
        expected_smoothness=0.0,
        noise=noise,
        split=split,
        initial=4.0,
        target=target,
    )
    assert rounds <= bound.rounds <= 1.25 * rounds + 20
    assert bound.lower <= rounds


@pytest.mark.parametrize("rounds", range(1, 8))
def test_a_target_that_is_just_reached_needs_no_further_round(rounds) -> None:
    """The squared distance after the best steps, in fractions, is the target."""
    for mu, slope, noise in (("0.3", "10", "1"), ("0.1", "3", "0.1"), ("1", "10", "0.5")):
        m, a = Fraction(float(mu)), Fraction(1)
        for _ in range(rounds):
            variance = Fraction(float(noise)) + m * Fraction(float(slope)) * a
            a = a * variance / (m * m * a + variance)
        bound = rounds_to_target(
            smoothness=float(mu) + float(slope),
            strong_convexity=float(mu),
            expected_smoothness=float(slope),
            noise=float(noise),
            initial=1.0,
            target=math.nextafter(float(a), 1.0),
        )
        assert bound.lower == rounds


@settings(deadline=None, max_examples=60)
@given(
    mu=SETTINGS["mu"],
    slope=st.one_of(st.just(0.0), SETTINGS["slope"]),
    noise=SETTINGS["noise"],
    initial=st.floats(0.01, 100.0),
)
def test_no_steps_get_below_the_least_curve(mu, slope, noise, initial):
    a, exact = initial, []
    for _ in range(400):
        exact.append(a)
        below = mu * (mu + slope) * a + noise
        step = mu * a / below if below else 0.0
        a = (1 - step * mu) ** 2 * a + step**2 * (mu * slope * a + noise)
    curve = least_curve(np.arange(400), mu=mu, noise=noise, slope=slope, initial=initial)
    exact = np.array(exact)
    assert np.all(curve <= exact * (1 + 1e-9) + 1e-300)
    assert np.all(curve >= 0.97 * exact - 1e-12 * initial)
