"""Ranges of expressions over boxes: exact fractions inside, ends that are attained."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.intervals import AND, ConfidenceInterval
from roundlot.theory.proofs.interval_arithmetic import enclose
from roundlot.theory.proofs.ranges import value_range
from roundlot.theory.theorems import named

x, y = sympy.symbols("x y")
EXPRESSIONS = [
    x * y - x**2,
    (x - y) ** 2 / (1 + x**2),
    x**3 - 3 * x * y + sympy.Rational(1, 3),
    (1 - x * y) ** 5,
    1 / (x + 4) - y**-2,
]
PARTS = st.fractions(min_value=-3, max_value=3, max_denominator=64)


@settings(max_examples=60, deadline=None)
@given(which=st.sampled_from(EXPRESSIONS), a=PARTS, b=PARTS, c=PARTS, d=PARTS, t=st.fractions(0, 1))
def test_the_exact_value_at_a_point_is_enclosed(which, a, b, c, d, t) -> None:
    ends = {x: sorted((a, b)), y: sorted((c, d))}
    leaves = {s: (np.array([float(lo)]), np.array([float(hi)])) for s, (lo, hi) in ends.items()}
    low, high = enclose(which, leaves)
    # a dyadic point, so that the floats' box holds it
    point = {s: lo + Fraction(int(t * 64), 64) * (hi - lo) for s, (lo, hi) in ends.items()}
    try:
        value = which.subs(
            {s: sympy.Rational(v.numerator, v.denominator) for s, v in point.items()}
        )
    except ZeroDivisionError:
        return
    if value.is_finite and all(float(v) == v for v in point.values()):
        assert sympy.Rational(low[0]) <= value if np.isfinite(low[0]) else True
        assert value <= sympy.Rational(high[0]) if np.isfinite(high[0]) else True


@pytest.mark.parametrize(
    ("expression", "box", "least", "most"),
    [
        ((x - 1) ** 2, {x: (0, 3)}, 0, 4),
        (x * (1 - x), {x: (0, 1)}, 0, 0.25),
        (x * y, {x: (-1, 2), y: (-3, 1)}, -6, 3),
        (x - x**3 / 3 + y, {x: (-2, 2), y: (0, 1)}, -2 / 3, 1 + 2 / 3),
        ((1 - x) ** y, {x: (0.25, 0.5), y: (2, 3)}, 0.125, 0.5625),
        (1 / x, {x: (0, 2)}, 0.5, np.inf),
    ],
)
def test_ranges_by_hand(expression, box, least, most) -> None:
    low, high = value_range(expression, box)
    assert low <= least + 1e-15
    assert high >= most
    assert low == pytest.approx(least, abs=2e-6)
    assert high == pytest.approx(most, abs=2e-6)


def interval(
    low: float, high: float, confidence: float = 0.99, condition: str = ""
) -> ConfidenceInterval:
    return ConfidenceInterval(
        low=low, estimate=(low + high) / 2, high=high, confidence=confidence, condition=condition
    )


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(["one_step", "nonconvex_descent", "growing_step", "best_steps"]),
    shares=st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8),
    wide=st.floats(0.0, 0.25),  # best_steps needs μa (L − μ) <= 2σ² in all of the box
)
@example(name="best_steps", shares=[0.5] * 8, wide=0.31)  # the whole box is allowed
@example(name="best_steps", shares=[0.5] * 8, wide=0.375)  # a corner of it is not
def test_the_bound_of_any_numbers_inside_is_inside(name, shares, wide) -> None:
    theorem = named(name)
    base = {
        **{"smoothness": 4.0, "strong_convexity": 0.5, "step": 0.1, "variance": 2.0},
        **{"squared_distance": 1.0, "value": 2.0, "squared_gradient": 3.0, "noise": 1.0},
        "expected_smoothness": 0.7,
    }
    names = [p.name for p in theorem.domain.numbers]
    ends = {n: interval(base[n], base[n] * (1 + wide)) for n in names if n != "step"}
    if name == "best_steps":
        # It assumes μa(L − μ) <= 2σ². In this box the left side is largest where all numbers are.
        most = ends["strong_convexity"].high * ends["squared_distance"].high
        most *= ends["smoothness"].high - ends["strong_convexity"].high
        if most > 2.0 * ends["variance"].low:
            with pytest.raises(AssumptionError, match="for a part of the intervals"):
                theorem.bound(**ends)
            return
    found = theorem.bound(step=0.1, **ends) if "step" in names else theorem.bound(**ends)
    inside = {
        n: part.low + share * (part.high - part.low)
        for (n, part), share in zip(ends.items(), shares, strict=False)
    }
    value = theorem.evaluate(**inside, **({"step": 0.1} if "step" in names else {}))
    assert found.low <= value <= found.high
    corners = np.array(np.meshgrid(*[[p.low, p.high] for p in ends.values()])).reshape(
        len(ends), -1
    )
    at = dict(zip(ends, corners, strict=True))
    values = theorem.evaluate(**at, **({"step": 0.1} if "step" in names else {}))
    # These bounds are monotone in each number, so that corners attain the ends.
    assert found.high == pytest.approx(values.max(), rel=1e-9)
    assert found.low == pytest.approx(values.min(), rel=1e-9)


def test_confidences_add_up_by_bonferroni_and_conditions_are_said_once() -> None:
    found = named("one_step").bound(
        smoothness=interval(3, 4, 0.97, "L"),
        strong_convexity=interval(0.5, 0.6, 0.98, f"M{AND}L"),
        variance=1.0,
        squared_distance=2.0,
        step=0.1,
    )
    assert found.confidence == pytest.approx(0.95)
    assert found.condition == f"L{AND}M"
    assert found.is_conditional


NUMBERS = {
    **{"smoothness": interval(3, 4), "strong_convexity": interval(0.5, 0.6), "variance": 1.0},
    **{"squared_distance": 2.0, "step": 0.2},
}


@pytest.mark.parametrize(
    ("changed", "error", "match"),
    [
        ({"smoothness": interval(3, 40)}, AssumptionError, "for a part of the intervals.*from 3"),
        ({"smoothness": interval(3, np.inf)}, AssumptionError, "γ <= 2/"),
        ({"strong_convexity": interval(5, 6)}, AssumptionError, "no instance.*L >= μ"),
        ({"strong_convexity": interval(0, 0.6)}, AssumptionError, "reaches down to 0"),
        ({"step": interval(0.1, 2)}, AssumptionError, "γ <= 2/"),
        ({"variance": np.ones(2)}, AssumptionError, "array"),
        ({"variance": None}, AssumptionError, "variance"),
        ({"smoothness": interval(3, 4, 0.5), "variance": interval(1, 2, 0.4)}, InvalidProblemError,
         "no confidence"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(changed, error, match) -> None:
    given = {name: value for name, value in {**NUMBERS, **changed}.items() if value is not None}
    with pytest.raises(error, match=match):
        named("one_step").bound(**given)


def test_a_number_without_an_upper_end_leaves_the_bound_without_one() -> None:
    found = named("one_step").bound(**{**NUMBERS, "variance": interval(1, np.inf)})
    assert found.high == np.inf
    assert found.low == pytest.approx(
        named("one_step").bound(**{**NUMBERS, "variance": 1.0}).low, rel=1e-9
    )


def test_l_and_mu_whose_intervals_overlap_are_no_contradiction() -> None:
    found = named("one_step").bound(
        **{**NUMBERS, "smoothness": interval(1, 4), "strong_convexity": interval(0.5, 2)}
    )
    truth = named("one_step").evaluate(
        smoothness=2.0, strong_convexity=2.0, variance=1.0, squared_distance=2.0, step=0.2
    )
    assert found.low <= truth <= found.high


@pytest.mark.parametrize(
    ("expression", "box"),
    [
        (1 / x, {x: (-1.0, 2.0)}),
        (1 / x**3, {x: (-1.0, 2.0)}),
        (1 / (x - y), {x: (1.0, 2.0), y: (0.5, 1.5)}),
        (y - 1 / (1 - x), {x: (0.0, 3.0), y: (0.0, 1.0)}),
    ],
)
def test_a_pole_inside_the_box_leaves_no_ends(expression, box) -> None:
    assert value_range(expression, box) == (-np.inf, np.inf)


def test_a_pole_at_the_edge_leaves_the_other_end() -> None:
    low, high = value_range(1 / x, {x: (0.0, 4.0)})
    assert low == pytest.approx(0.25, rel=1e-9)
    assert low <= 0.25
    assert high == np.inf
