"""Rounds to a target: the curve bounds, the count is the least, the refusals are named."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.rates.rounds import RoundsBound, rounds_by_method, rounds_to_target
from roundlot.theory.theorems import named

KINDS = ("decreasing", "constant", "switched")
BASE = {
    "smoothness": 5.0,
    "strong_convexity": 0.5,
    "variance": 2.0,
    "initial": 10.0,
    "target": 0.05,
}


def recursion(bound: RoundsBound, numbers: dict[str, float], rounds: int) -> np.ndarray:
    """Exact squared distances on F = μ/2 ‖x‖², where the one-step bound is an equality."""
    values = [numbers["initial"]]
    for step in bound.schedule.steps(np.arange(rounds)):
        keep = (1 - step * numbers["strong_convexity"]) ** 2
        values.append(keep * values[-1] + step**2 * numbers["variance"])
    return np.array(values)


@pytest.mark.parametrize("kind", KINDS)
@given(
    ratio=st.floats(1.0, 200.0),
    mu=st.floats(0.01, 10.0),
    variance=st.just(0.0) | st.floats(1e-6, 1e3),
    initial=st.floats(0.1, 1e3),
    fraction=st.floats(1e-3, 2.0),
)
def test_the_curve_bounds_the_recursion_and_the_count_is_least(
    kind, ratio, mu, variance, initial, fraction
):
    numbers = {
        "smoothness": ratio * mu,
        "strong_convexity": mu,
        "variance": variance,
        "initial": initial,
        "target": fraction * initial,
    }
    bound = rounds_to_target(**numbers, schedule=kind)
    horizon = min(bound.rounds + 5, 3000)
    exact = recursion(bound, numbers, horizon)
    curve = bound.curve(np.arange(horizon + 1))
    assert np.all(exact <= curve * (1 + 1e-9) + 1e-300)
    assert bound.curve(bound.rounds) <= numbers["target"] or bound.rounds == 0
    if bound.rounds > 0:
        assert bound.curve(bound.rounds - 1) > numbers["target"]


@given(ratio=st.floats(1.01, 50.0), variance=st.floats(0.01, 100.0))
def test_the_numbers_are_those_of_the_theorems(ratio, variance):
    numbers = {**BASE, "smoothness": ratio * 0.5, "variance": variance}
    shared = {k: v for k, v in numbers.items() if k != "target"}
    t = np.arange(20)
    slow = rounds_to_target(**numbers, schedule="decreasing")
    bound = named("decreasing_steps").evaluate(
        **shared, scale=slow.schedule.scale, offset=slow.schedule.offset, constant=slow.C, round=t
    )
    np.testing.assert_allclose(slow.curve(t), bound, rtol=1e-12)
    flat = rounds_to_target(**numbers, schedule="constant")
    bound = named("constant_step").evaluate(**shared, step=flat.schedule.step, round=t)
    np.testing.assert_allclose(flat.curve(t), bound, rtol=1e-9)


@pytest.mark.parametrize("kind", ["constant", "switched"])
def test_the_curve_is_attained_where_the_theorems_are_tight(kind):
    bound = rounds_to_target(**BASE, schedule=kind)
    exact = recursion(bound, BASE, bound.rounds)
    np.testing.assert_allclose(bound.curve(np.arange(bound.rounds + 1)), exact, rtol=1e-10)


@given(
    variance=st.floats(1e-3, 100.0),
    ratio=st.floats(1.01, 50.0),
    steps=st.lists(st.floats(1e-4, 1.0), min_size=60, max_size=60),
)
def test_no_other_steps_beat_the_switched_ones(variance, ratio, steps):
    numbers = {**BASE, "smoothness": ratio * 0.5, "variance": variance}
    curve = rounds_to_target(**numbers, schedule="switched").curve(np.arange(61))
    value, largest = numbers["initial"], 2 / (numbers["smoothness"] + 0.5)
    for t, part in enumerate(steps):
        step = part * largest
        value = (1 - step * 0.5) ** 2 * value + step**2 * variance
        assert value >= curve[t + 1] * (1 - 1e-9)


@given(
    variance=st.floats(1e-3, 100.0),
    ratio=st.floats(1.01, 50.0),
    scale=st.floats(1.0001, 8.0),
    stretch=st.floats(1.0, 10.0),
)
def test_no_other_scale_or_offset_is_better(variance, ratio, scale, stretch):
    numbers = {**BASE, "smoothness": ratio * 0.5, "variance": variance}
    best = rounds_to_target(**numbers, schedule="decreasing")
    c = scale / 0.5
    offset = c * (numbers["smoothness"] + 0.5) / 2 * stretch
    constant = max(offset * numbers["initial"], c**2 * variance / (scale - 1))
    assert best.rounds <= math.ceil(constant / numbers["target"] - offset + 1e-6)


@pytest.mark.parametrize("variance", [0.01, 0.3, 4.0])
def test_no_other_constant_step_is_better(variance):
    numbers = {**BASE, "variance": variance}
    best = rounds_to_target(**numbers, schedule="constant").rounds
    for step in np.linspace(1e-4, 2 / 5.5, 4000):
        floor = step * variance / (0.5 * (2 - step * 0.5))
        if floor < numbers["target"]:
            need = math.log((10 - floor) / (numbers["target"] - floor))
            assert best <= math.ceil(need / (-2 * math.log1p(-step * 0.5)))


def test_the_best_schedule_is_the_least_and_lists_the_others():
    best = rounds_to_target(**BASE)
    others = {kind: rounds_to_target(**BASE, schedule=kind).rounds for kind in KINDS}
    assert best.rounds == min(others.values())
    assert {best.schedule.kind, *(b.schedule.kind for b in best.alternatives)} == set(KINDS)


def test_rounds_grow_in_proportion_to_the_variance():
    numbers = {k: v for k, v in BASE.items() if k != "variance"}
    bounds = rounds_by_method({"best": 200.0, "uniform": 400.0}, **numbers)
    assert bounds["uniform"].rounds / bounds["best"].rounds == pytest.approx(2, rel=0.01)


@pytest.mark.parametrize("kind", [*KINDS, "best"])
@pytest.mark.parametrize("initial", [0.0, 0.05, 0.01])
def test_no_rounds_are_needed_where_the_target_is_met(kind, initial):
    bound = rounds_to_target(**{**BASE, "initial": initial}, schedule=kind)
    assert bound.rounds == 0
    later = bound.curve(np.arange(50))
    assert np.all(recursion(bound, {**BASE, "initial": initial}, 49) <= later * (1 + 1e-9))


def test_infinite_variance_is_refused_by_the_name_of_its_method():
    numbers = {k: v for k, v in BASE.items() if k != "variance"}
    with pytest.raises(InfeasibleError, match=r"losses: variance is infinite.*above 0"):
        rounds_by_method({"optimal": 1.0, "losses": math.inf}, **numbers)


@pytest.mark.parametrize("name", list(BASE))
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_negative_numbers_and_nan_are_refused_by_name(name, value):
    with pytest.raises(InvalidProblemError, match=name):
        rounds_to_target(**{**BASE, name: value})


def test_smoothness_below_strong_convexity_is_refused():
    with pytest.raises(AssumptionError, match="below strong_convexity"):
        rounds_to_target(**{**BASE, "smoothness": 0.4})


def test_uncountably_many_rounds_are_refused():
    with pytest.raises(InfeasibleError, match="rounds"):
        rounds_to_target(**{**BASE, "target": 1e-18})


def test_an_unknown_schedule_is_refused():
    with pytest.raises(InvalidProblemError, match="cosine"):
        rounds_to_target(**BASE, schedule="cosine")


def test_rounds_that_floats_count_wrongly_are_left_out() -> None:
    """The constant step's ``(1 − γμ)²`` has few digits of ``γμ``: fewer than any need is wrong."""
    mu, initial, variance = 1.8438236461453152e-05, 1.3040671133886847e-06, 2.7183843042084046
    target = initial / 2
    found = rounds_to_target(
        smoothness=mu, strong_convexity=mu, variance=variance, initial=initial, target=target
    )
    apart = 1 / Fraction(target) - 1 / Fraction(initial)
    needed = Fraction(variance) / Fraction(mu) ** 2 * apart
    assert found.rounds >= needed * (1 - Fraction(1, 10**9))
    assert all(one.gap >= 1 for one in (found, *found.alternatives))


@pytest.mark.parametrize("schedule", ["best", "decreasing"])
def test_a_target_within_rounding_of_the_start(schedule) -> None:
    near = {"initial": 0.0004611913898300303, "target": 0.00046119138982998417}
    both = {"smoothness": 7.638669643484847e-06, "strong_convexity": 7.638669643484847e-06}
    found = rounds_to_target(**near, **both, variance=197013529.45432, schedule=schedule)
    assert found.gap >= 1
    near["target"] = 0.00046119138982999  # one more digit of these floats, or two
    try:
        gap = rounds_to_target(**near, **both, variance=197013529.45432, schedule=schedule).gap
    except InfeasibleError:
        return
    assert gap >= 1
