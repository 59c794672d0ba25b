"""No instance of a theorem's class is above the theorem's bound, in exact fractions."""

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.theory import AssumptionError
from roundlot.theory.lower_bounds import INSTANCES, has_lower_bound, lower_bound, no_lower_bound
from roundlot.theory.proofs.requirements import Index
from roundlot.theory.theorems import CATALOGUE, named

# Positive and not: every number is a fraction with few digits.
POSITIVE = st.fractions(min_value=Fraction(1, 8), max_value=4, max_denominator=8)
AMOUNT = st.one_of(st.just(Fraction(0)), st.fractions(min_value=0, max_value=6, max_denominator=8))
SHARE = st.fractions(min_value=Fraction(1, 8), max_value=1, max_denominator=8)
COUNT = st.integers(min_value=1, max_value=6).map(Fraction)
ROUND = st.integers(min_value=0, max_value=6).map(Fraction)


def descent(draw):
    """Numbers of steps with a bounded variance."""
    mu = draw(POSITIVE)
    L = mu * (1 + draw(AMOUNT))
    return mu, L


def constant_step(draw):
    mu, L = descent(draw)
    return {
        "smoothness": L,
        "strong_convexity": mu,
        "step": draw(SHARE) * 2 / (L + mu),
        "variance": draw(AMOUNT),
        "initial": draw(AMOUNT),
        "round": draw(ROUND),
    }


def _decreasing(draw, fastest, noise):
    """``cμ >= 1`` and ``c·fastest <= τ``."""
    mu = draw(POSITIVE)
    scale = (Fraction(9, 8) + draw(AMOUNT)) / mu
    offset = scale * fastest(mu) * (1 + draw(AMOUNT))
    initial = draw(AMOUNT)
    numbers = {
        "strong_convexity": mu,
        "scale": scale,
        "offset": offset,
        "initial": initial,
        "round": draw(ROUND),
    }
    slope = scale * mu - 1
    most = offset * initial + draw(AMOUNT)
    return {**numbers, noise: most * slope / scale**2, "constant": most}


def decreasing_steps(draw):
    extra = draw(AMOUNT)
    numbers = _decreasing(draw, lambda mu: (2 * mu + extra) / 2, "variance")
    return {**numbers, "smoothness": numbers["strong_convexity"] + extra}


def one_over_t(draw):
    return _decreasing(draw, lambda mu: mu, "noise")


def growing_decreasing_steps(draw):
    growth = draw(POSITIVE)
    numbers = _decreasing(draw, lambda mu: mu + growth, "noise")
    return {**numbers, "expected_smoothness": growth}


def growing_constant_step(draw):
    mu, growth = draw(POSITIVE), draw(POSITIVE)
    return {
        "strong_convexity": mu,
        "step": draw(SHARE) / (mu + growth),
        "expected_smoothness": growth,
        "noise": draw(AMOUNT),
        "initial": draw(AMOUNT),
        "round": draw(ROUND),
    }


def nonconvex(draw):
    L = draw(POSITIVE)
    return {
        "smoothness": L,
        "step": draw(SHARE) * Fraction(15, 8) / L,
        "variance": draw(AMOUNT),
        "value": draw(AMOUNT),
        "rounds": draw(COUNT),
    }


def path_rate(draw):
    curve = draw(POSITIVE)
    return {
        "step_smoothness": curve,
        "step": draw(SHARE) / curve,
        "squared_error": draw(AMOUNT),
        "value": draw(AMOUNT),
        "rounds": draw(COUNT),
    }


def participation_floor(draw):
    mu, L = descent(draw)
    return {
        "client_smoothness": L,
        "strong_convexity": mu,
        "step": draw(SHARE) / L,
        "initial": draw(AMOUNT),
        "heterogeneity": draw(AMOUNT),
        "covariance": draw(AMOUNT),
        "batch_noise": draw(AMOUNT),
        "round": draw(ROUND),
    }


def participation_rate(draw):
    numbers = participation_floor(draw)
    del numbers["step"]
    mu, L = numbers["strong_convexity"], numbers["client_smoothness"]
    scale = (Fraction(9, 8) + draw(AMOUNT)) / mu
    offset = scale * L * (1 + draw(AMOUNT))
    noise = 2 * L * (numbers["heterogeneity"] + numbers["covariance"]) + numbers["batch_noise"]
    constant = max(offset * numbers["initial"], scale**2 * noise / (scale * mu - 1))
    return {**numbers, "scale": scale, "offset": offset, "constant": constant}


def selection_bias(draw):
    mu, L = descent(draw)
    least_skew = draw(AMOUNT)
    return {
        "client_smoothness": L,
        "strong_convexity": mu,
        "step": draw(SHARE) / (L + mu * least_skew),
        "initial": draw(AMOUNT),
        "heterogeneity": draw(AMOUNT),
        "least_skew": least_skew,
        "skew": least_skew + draw(AMOUNT),
        "round": draw(ROUND),
    }


def local_steps(draw):
    mu, L = descent(draw)
    count = draw(COUNT)
    return {
        "client_smoothness": L,
        "strong_convexity": mu,
        "offset": max(4 * L / mu, count) + draw(AMOUNT),
        "local_steps": count,
        "initial": draw(AMOUNT),
        "batch_noise": draw(AMOUNT),
        "heterogeneity": draw(AMOUNT),
        "second_moment": draw(AMOUNT),
        "participation_variance": draw(AMOUNT),
        "round": draw(ROUND),
    }


def path(draw):
    return {"step": draw(POSITIVE), "gradient_squares": draw(AMOUNT), "updates": draw(COUNT)}


def local_path(draw):
    return {**path(draw), "variance": draw(AMOUNT)}


def fedavg(draw):
    L, count = draw(POSITIVE), draw(COUNT)
    return {
        "client_smoothness": L,
        "local_step": draw(SHARE) / (3 * L * count),
        "local_steps": count,
        "step": draw(SHARE) / (2 * L),
        "dissimilarity": draw(AMOUNT),
        "local_noise": draw(AMOUNT),
        "batch_noise": draw(AMOUNT),
        "variance": draw(AMOUNT),
        "value": draw(AMOUNT),
        "rounds": draw(COUNT),
    }


def fedavg_weights(draw):
    numbers = fedavg(draw)
    del numbers["variance"]
    load = draw(SHARE)
    most = 1 / (18 * numbers["client_smoothness"] * numbers["step"])
    return {**numbers, "weight_variance": load * most}


def fair_rounds(draw):
    numbers = fedavg_weights(draw)
    load = numbers.pop("weight_variance")
    idle, others, ratio = draw(POSITIVE), draw(ROUND), draw(AMOUNT)
    spread = idle + others * ratio * (1 + idle)
    told = {"idle_odds": idle, "other_models": others, "loss_ratio": ratio}
    return {**numbers, **told, "largest_weight": load / spread}


def windows(draw):
    L, length = draw(POSITIVE), draw(COUNT)
    return {
        "client_smoothness": L,
        "step": draw(SHARE) / (3 * L * length),
        "window": length,
        "round_bias": draw(AMOUNT),
        "window_bias": draw(AMOUNT),
        "value": draw(AMOUNT),
        "windows": draw(COUNT),
    }


def latest_updates(draw):
    L, chance = draw(POSITIVE), draw(SHARE)
    return {
        "client_smoothness": L,
        "step": draw(SHARE) * 3 * chance / (8 * L),
        "probability": chance,
        "staleness": draw(AMOUNT),
        "value": draw(AMOUNT),
        "rounds": draw(COUNT),
    }


def stale_updates(draw):
    numbers = latest_updates(draw)
    L, root = numbers["client_smoothness"], draw(POSITIVE)
    step = draw(SHARE) * min(1 / (2 * L), numbers["probability"] / (4 * L * root))
    noise = {"memory_noise": draw(AMOUNT), "batch_noise": draw(AMOUNT)}
    return {**numbers, **noise, "step": step, "memory_root": root}


def scaffold(draw):
    numbers = latest_updates(draw)
    L, chance, load, count = (
        numbers["client_smoothness"],
        numbers["probability"],
        draw(POSITIVE),
        draw(COUNT),
    )
    return {
        **numbers,
        "local_step": draw(SHARE) / (3 * L * count),
        "local_steps": count,
        "weight_variance": load,
        "step": draw(SHARE) * min(chance / (4 * L), chance / (16 * L * load)),
    }


def decentralised(draw):
    L, r = (
        draw(POSITIVE),
        draw(st.fractions(min_value=0, max_value=Fraction(7, 8), max_denominator=8)),
    )
    return {
        "smoothness": L,
        "contraction": r,
        "step": draw(SHARE) * (1 - r) / (4 * L),
        "variance": draw(AMOUNT),
        "dissimilarity": draw(AMOUNT),
        "workers": draw(COUNT),
        "value": draw(AMOUNT),
        "rounds": draw(COUNT),
    }


def leaders(draw):
    return {**decentralised(draw), "mean_drift": draw(AMOUNT)}


NUMBERS = {
    "constant_step": constant_step,
    "one_over_t": one_over_t,
    "decreasing_steps": decreasing_steps,
    "growing_constant_step": growing_constant_step,
    "growing_decreasing_steps": growing_decreasing_steps,
    "nonconvex_rate_sum": nonconvex,
    "nonconvex_rate": nonconvex,
    "path_rate_sum": path_rate,
    "path_rate": path_rate,
    "participation_floor": participation_floor,
    "participation_rate": participation_rate,
    "selection_bias": selection_bias,
    "local_steps": local_steps,
    "local_steps_value": local_steps,
    "local_path": local_path,
    "exact_path": path,
    "fedavg_sum": fedavg,
    "fedavg": fedavg,
    "fedavg_weights_sum": fedavg_weights,
    "fedavg_weights": fedavg_weights,
    "fair_rounds": fair_rounds,
    "windows_sum": windows,
    "windows": windows,
    "latest_updates_sum": latest_updates,
    "latest_updates": latest_updates,
    "stale_updates_sum": stale_updates,
    "stale_updates": stale_updates,
    "scaffold_sum": scaffold,
    "scaffold": scaffold,
    "consensus_potential": decentralised,
    "consensus_mix_first_potential": decentralised,
    "decentralised": decentralised,
    "decentralised_mix_first": decentralised,
    "decentralised_published": decentralised,
    "leaders_sum": leaders,
    "leaders": leaders,
}


def exactly(theorem, numbers):
    """The theorem's bound as a fraction."""
    symbols = {p.name: p.symbol for p in theorem.domain.parameters}
    values = {symbols[k]: sympy.Rational(v.numerator, v.denominator) for k, v in numbers.items()}
    value = sympy.sympify(theorem.claim.formula).subs(values)
    assert value.is_Rational, theorem.name
    return Fraction(int(value.p), int(value.q))


def test_every_rate_has_an_instance() -> None:
    counted = (Index.ROUND, Index.WINDOW, Index.LOCAL_STEP)
    rates = {t.name for t in CATALOGUE if t.requirements.index in counted and not t.claim.lower}
    # halved_steps compares two step sizes.
    assert rates - {"halved_steps"} == set(INSTANCES) == set(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_no_instance_is_above_the_bound(name, data) -> None:
    theorem, numbers = named(name), NUMBERS[name](data.draw)
    theorem.domain.admit(numbers)
    attained = INSTANCES[name](numbers)
    value, upper = Fraction(attained.value), exactly(theorem, numbers)
    assert 0 <= value <= upper, (numbers, attained)
    both = lower_bound(name, **numbers)
    assert both.value == pytest.approx(float(value), rel=1e-9, abs=1e-12)
    assert both.upper == pytest.approx(float(upper), rel=1e-9, abs=1e-12)
    assert both.gap >= 1 - 1e-9
    if theorem.relation == "tight":
        assert value == upper


@pytest.mark.parametrize(
    ("name", "limit"),
    [("nonconvex_rate", 1.001), ("participation_floor", 2), ("selection_bias", 1.02)],
)
def test_gaps_that_close_after_many_rounds(name, limit) -> None:
    shared = {"client_smoothness": 5.0, "strong_convexity": 0.5, "step": 0.001, "initial": 9.0}
    numbers = {
        "nonconvex_rate": {"smoothness": 5.0, "step": 0.1, "variance": 3.0, "value": 2.0},
        "participation_floor": {
            **shared,
            "heterogeneity": 2.0,
            "covariance": 0.0,
            "batch_noise": 1.0,
        },
        "selection_bias": {**shared, "heterogeneity": 1.0, "least_skew": 1.5, "skew": 2.5},
    }[name]
    counter = "rounds" if name == "nonconvex_rate" else "round"
    assert lower_bound(name, **numbers, **{counter: 100_000}).gap < limit


def test_very_many_rounds_are_not_followed_one_by_one() -> None:
    numbers = {"smoothness": 5.0, "strong_convexity": 1.0, "scale": 2.0, "offset": 6.0}
    more = {"variance": 3.0, "initial": 2.0, "constant": 12.0}
    far = lower_bound("decreasing_steps", **numbers, **more, round=10**9)
    assert far.scope == "any step sizes fixed in advance"
    assert far.value == pytest.approx(
        named("lower_rounds").evaluate(strong_convexity=1.0, variance=3.0, initial=2.0, round=10**9)
    )
    assert lower_bound("decreasing_steps", **numbers, **more, round=40).scope.startswith("this")


def test_theorems_without_an_instance_say_why() -> None:
    assert not has_lower_bound(named("lower_rounds"))
    with pytest.raises(AssumptionError, match="lower_rounds is itself a bound from below"):
        lower_bound("lower_rounds", strong_convexity=1, variance=1, initial=1, round=1)
    assert "one step or one draw" in no_lower_bound(named("convex_step"))
    with pytest.raises(AssumptionError, match="outside the proven range"):
        lower_bound(
            "constant_step",
            **{
                "smoothness": 1,
                "strong_convexity": 1,
                "step": 3,
                "variance": 1,
                "initial": 1,
                "round": 1,
            },
        )


def test_numbers_that_nothing_has_are_refused() -> None:
    numbers = {"client_smoothness": 1, "strong_convexity": 0.5, "step": 0.1, "initial": 0}
    with pytest.raises(AssumptionError, match="nothing has these numbers"):
        lower_bound("selection_bias", **numbers, heterogeneity=1, least_skew=2, skew=0, round=50)
    with pytest.raises(AssumptionError, match="initial is several numbers"):
        lower_bound("one_over_t", initial=[1, 2])


def test_a_tight_step_is_attained_by_its_witness() -> None:
    found = lower_bound(
        "one_step", smoothness=4, strong_convexity=0.5, step=0.1, variance=2, squared_distance=1
    )
    assert found.gap == 1
    assert "gap 1" in str(found)


def test_no_client_weighs_more_than_the_largest() -> None:
    """2 · 10¹² clients of one weight: what the draw adds is ``κ`` times ``m²ζ²``, nothing else."""
    numbers = {
        "client_smoothness": 1.0,
        "local_step": 0.01,
        "local_steps": 1,
        "step": 0.5,
        "dissimilarity": 4e12,
        "local_noise": 0.0,
        "batch_noise": 0.0,
        "largest_weight": 5e-13,
        "idle_odds": 1.0,
        "other_models": 0,
        "loss_ratio": 1.0,
        "value": 0.0,
    }
    found = lower_bound("fair_rounds", **numbers, rounds=2)
    # One step of 0.5 adds 0.25 · 5e-13 · 4e12 = 0.5; the second round of two begins there.
    assert found.value == pytest.approx(0.25, rel=1e-12)


def test_one_local_step_does_not_drift() -> None:
    from roundlot.theory.lower_bounds.rounds import Local, mean_steps

    assert mean_steps(1e-9, 1) == 1.0
    numbers = {"client_smoothness": 1.0, "local_step": 0.1, "local_steps": 1.0}
    told = {**numbers, "dissimilarity": 1e40, "value": 1.0, "step": 0.1}
    assert Local(n=told, load=0.0).held() == 0.0


def test_windows_of_very_short_steps_keep_their_digits() -> None:
    exact = {
        "client_smoothness": Fraction(1),
        "step": Fraction(1, 10**13),
        "window": Fraction(3),
        "round_bias": Fraction(10**27),
        "window_bias": Fraction(0),
        "value": Fraction(1, 2),
        "windows": Fraction(2),
    }
    given = {name: float(number) for name, number in exact.items()}
    expected = float(INSTANCES["windows_sum"](exact).value)
    assert INSTANCES["windows_sum"](given).value == pytest.approx(expected, rel=1e-12)
    still = {**exact, "window_bias": Fraction(10**27), "value": Fraction(10**9)}
    slow = {**still, "windows": Fraction(10**13)}
    given = {name: float(number) for name, number in slow.items()}
    # 3 · 10^13 rounds of 1e-13: the squared gradient left is e^-6 of the first, 2e9.
    assert INSTANCES["windows"]({**given, "round_bias": 0.0}).value == pytest.approx(
        2e9 * (1 - math.exp(-6)) / 6, rel=1e-6
    )
