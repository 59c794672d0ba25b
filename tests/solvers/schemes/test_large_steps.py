"""Certified rounds at large steps: rates known by hand, and one line where no proof is possible."""

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.schemes import certify_rounds, full_participation, independent_clients
from roundlot.solvers.schemes.round_refusal import largest_factor
from roundlot.theory import ConvergenceError
from roundlot.verify.exact import judge_rounds

CHANCES = [Fraction(3, 4), Fraction(1, 2), Fraction(1), Fraction(2, 3)]
ALONE = full_participation([1])


def certified(scheme=ALONE, **changes):
    common = {"smoothness": 1, "local_steps": 1, "rounds": 1, "initial": 1, "heterogeneity": 0}
    return certify_rounds(scheme, **(common | changes))


def some_clients(n: int):
    return independent_clients([Fraction(1, n)] * n, CHANCES[:n])


@pytest.mark.parametrize("step", ["1/20", "1/2", "10/6", "19/10", "2", "5/2"])
def test_one_step_contracts_as_gradient_descent_does(step) -> None:
    gamma, mu = Fraction(step), Fraction(1, 5)
    exact = max((1 - gamma * mu) ** 2, (1 - gamma) ** 2)
    found = certified(step=gamma, strong_convexity=mu)
    assert found.claim.bound >= exact
    assert found.bound == pytest.approx(float(exact), rel=1e-5)


@pytest.mark.parametrize("step", [0.05, 0.5, 1.0, 1.5, 1.9])
@pytest.mark.parametrize("smooth", [1, 1000])
def test_the_gradient_of_gradient_descent_is_between_its_bounds(step, smooth) -> None:
    rounds, gamma = 4, Fraction(str(step)) / smooth
    found = certified(smoothness=smooth, step=gamma, rounds=rounds, goal="gradient")
    # each step lowers F by (γ − Lγ²/2) ‖∇F‖² at least
    assert found.bound == pytest.approx(smooth / (rounds * (step - step**2 / 2)), rel=1e-5)
    # a slope that is constant until the last iterate reaches the parabola around the optimum
    assert found.bound >= smooth / (0.5 + (rounds - 1) * step)
    assert found.bound >= 2 * smooth * (1 - step) ** (2 * (rounds - 1))  # a parabola


@pytest.mark.parametrize(
    ("n", "step"), [(2, 0.2), (2, 1.0), (3, 1.0), (4, 0.2), (4, 1.2), (4, 1.7)]
)
def test_the_gradient_of_clients_without_heterogeneity(n, step, tmp_path) -> None:
    """All clients have the gradient of F, so that ``E‖x⁺ − x‖² = γ² (1 + v) ‖∇F‖²``."""
    v = sum((1 / p - 1) / n**2 for p in CHANCES[:n])
    exact = 1 / (2 * (step - step**2 / 2 * float(1 + v)))
    found = certified(some_clients(n), step=Fraction(str(step)), rounds=2, goal="gradient")
    assert exact <= found.bound <= 1.01 * exact
    assert judge_rounds(json.loads(found.save(tmp_path / "rounds.json").read_text())).proved


@pytest.mark.parametrize(
    ("scheme", "changes", "largest"),
    [
        (ALONE, {}, 2.0),  # γ − Lγ²/2 > 0
        # x − x⁺ = γ (g_0 + g_1) with ‖g_1 − g_0‖ <= γ ‖g_0‖ descends if 2γ + γ² < 2
        (ALONE, {"local_steps": 2}, math.sqrt(3) - 1),
        (some_clients(2), {}, 1.5),  # v = 1/3
        (some_clients(2), {"heterogeneity": 1}, 1.5),
    ],
)
def test_steps_that_no_proof_allows_are_named_with_one_that_is_allowed(
    scheme, changes, largest
) -> None:
    with pytest.raises(ConvergenceError, match="no proof of this kind bounds the grad") as told:
        certified(scheme, step=1.005 * largest, goal="gradient", **changes)
    text = str(told.value)
    assert "\n" not in text
    named = float(text.rpartition("at step ")[2].rstrip(")"))
    assert 0.97 * largest < named < largest
    for step in (named, 0.99 * largest):
        assert certified(scheme, step=step, goal="gradient", **changes).check()


def test_the_gap_of_a_mean_is_refused_where_the_distance_grows() -> None:
    with pytest.raises(ConvergenceError, match="the gap of a mean in which every round counts"):
        certified(some_clients(2), step=Fraction(19, 10), rounds=2, goal="gap")
    assert certified(some_clients(2), step=Fraction(19, 10), goal="distance").check()


def test_different_steps_are_named_by_their_factor() -> None:
    with pytest.raises(ConvergenceError, match=r"steps of up to 3 .* steps 0\.\d+ times as large"):
        certified(some_clients(2), step=[3, 2], goal="gradient")


def test_many_local_steps_are_refused_without_a_search() -> None:
    with pytest.raises(ConvergenceError, match=r"smaller or fewer local steps$"):
        certified(local_steps=10, step=1, goal="gradient")


def test_weights_whose_sum_is_not_1_are_bounded_by_heterogeneity_alone() -> None:
    # F = f/2, so ζ² bounds ‖∇f − ∇F‖² / 2 = ‖∇F‖² / 2
    half = full_participation([Fraction(1, 2)])
    found = certified(half, local_steps=4, step=1.5, heterogeneity=1, goal="gradient")
    assert found.bound == pytest.approx(2, rel=1e-3)


@given(st.floats(min_value=1e-3, max_value=0.999))
def test_the_largest_factor_is_found_to_two_digits(limit) -> None:
    found = largest_factor(lambda factor: factor <= limit)
    assert found is not None
    assert limit / 1.11 <= found <= limit


def test_no_factor_is_named_where_none_is_provable() -> None:
    assert largest_factor(lambda factor: False) is None
