"""Scores of any size: probabilities and proofs do not change, numbers are said in decimals."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers
from roundlot.theory.certificates import claim_of
from roundlot.theory.text import in_decimals
from roundlot.verify import check_certificate, exact

# Three processors, one model, one draw: p = a / 12, objective 12², variance 12² − 50, by hand.
SCORES = np.array([[3.0], [4.0], [5.0]])
OBJECTIVE, VARIANCE = Fraction(144), Fraction(94)
POWERS = (530, 1020, -560, -1060)
OTHERS = (
    {},
    {"objective": "max"},
    {"objective": "fair", "alpha": 2.0},
    {"objective": "participation", "participation_weight": 0.0},
)


def scaled(power, **limits):
    weights = np.full((3, 1), 1 / 3)
    return rl.Problem(np.ldexp(SCORES, power), budget=1, weights=weights, **limits)


def is_six_digits(text, value):
    """Whether a text is an exact number in six digits."""
    near = Decimal(text)
    return abs(Fraction(near) / value - 1) < Fraction(1, 10**5)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("options", OTHERS)
def test_numbers_beyond_float64_are_said_and_proved(power, options):
    solution = rl.solve(scaled(power), **options)
    near = rl.solve(scaled(0), **options)
    np.testing.assert_allclose(solution.probabilities, near.probabilities, rtol=1e-13)
    whole = OBJECTIVE if options.get("objective") in (None, "participation") else VARIANCE
    assert is_six_digits(solution.objective_text, whole * Fraction(4) ** power)
    assert is_six_digits(solution.variance_text, VARIANCE * Fraction(4) ** power)
    assert solution.objective == math.inf if power > 0 else 0.0 < solution.objective < 1e-300
    assert solution.variance_text in repr(solution)
    proof = solution.certificate
    stated = Fraction(proof.objective) * Fraction(4) ** proof.unit
    assert abs(stated / (whole * Fraction(4) ** power) - 1) < 1e-13
    assert Fraction(proof.lower_bound) * Fraction(4) ** proof.unit <= whole * Fraction(4) ** power
    assert proof.gap < 1e-12
    assert proof.verify()
    assert check_certificate(solution).outcome == "supported"
    record = solution.to_dict()
    assert record["unit"] == proof.unit
    assert record["objective_text"] == solution.objective_text


@pytest.mark.parametrize("power", [530, -560])
def test_a_file_in_another_unit_is_judged_and_forgeries_refused(power, tmp_path):
    solution = rl.solve(scaled(power))
    path = solution.save(tmp_path / "proof.json")
    document = json.loads(path.read_text())
    assert document["version"] == 4
    line = str(exact.judge_document(document, tmp_path))
    assert line.startswith(f"proved: objective {solution.objective_text[:6]}")
    for change in (
        {"unit": document["unit"] + 1},
        {"unit": document["unit"] - 1},
        {"lower_bound": document["lower_bound"] * (1 + 1e-10)},
        {"objective": document["objective"] * (1 - 1e-10)},
        {"variance": document["variance"] * 2},
        {"gap": 0.0},
    ):
        assert not exact.judge_document(document | change, tmp_path).proved
    for change in ({"version": 3}, {"unit": 10**9}, {"unit": 1.5}):
        with pytest.raises(ValueError, match="unit"):
            exact.judge_document(document | change, tmp_path)


def test_in_range_nothing_has_a_unit():
    solution = rl.solve(scaled(0))
    assert solution.certificate.unit == 0
    assert "unit" not in solution.to_dict()
    assert solution.objective_text == "144"
    assert claim_of(solution.certificate, solution=solution).unit == 0


@pytest.mark.parametrize("power", [530, -560])
def test_limits_at_any_scale(power):
    limits = {"floor": 0.05, "client": [0, 0, 1], "client_floor": 0.3, "model_budgets": [0.9]}
    near = rl.solve(scaled(0, **limits))
    solution = rl.solve(scaled(power, **limits))
    np.testing.assert_allclose(solution.probabilities, near.probabilities, rtol=1e-12)
    assert solution.certificate.verify()


def test_slack_ceilings_of_variances_below_the_range():
    limits = {"model_variance_ceilings": [1e-300]}
    solution = rl.solve(scaled(-560, **limits))
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_ceilings_that_cannot_be_kept_are_named_in_decimals():
    # the least variance is 94 * 4**530 = 1.16e+321
    with pytest.raises(rl.InfeasibleError, match=r"is 1\.1\d+e\+321, .* its ceiling 1e\+300"):
        rl.solve(scaled(530, model_variance_ceilings=[1e300]))
    with pytest.raises(rl.InfeasibleError, match="more than 1e308 times"):
        solvers.least_cost(scaled(530), np.ones((3, 1)), np.array([1e-300]))


@pytest.mark.parametrize("power", [530, -560])
@pytest.mark.parametrize(
    "solve",
    [
        lambda x: solvers.solve_uncertain(x, highest=x.scores * 1.01, deviations=1),
        lambda x: solvers.solve_online(x, np.array([0.5, 0.9, 1.0])),
        lambda x: solvers.solve_rounds([x, x], budget=2),
    ],
)
def test_plans_say_which_factor_brings_them_into_range(power, solve):
    with pytest.raises(rl.ConvergenceError, match="multiply all scores by") as caught:
        solve(scaled(power))
    factor = float(str(caught.value).split("multiply all scores by ")[1].split(":")[0])
    problem = rl.Problem(np.ldexp(SCORES, power) * factor, budget=1)
    assert solve(problem).verify()


@pytest.mark.parametrize("power", [530, -560])
def test_several_variances_say_the_factor_too(power):
    variables = np.ldexp(SCORES, power)[None]
    with pytest.raises(rl.InvalidProblemError, match="multiply all variables by"):
        solvers.least_cost_of_several(scaled(0), variables, np.array([[1.0]]))


@pytest.mark.parametrize(
    ("value", "unit", "digits", "side", "text"),
    [
        (2.0, 1, 6, "", "8"),
        (3.0, -1, 6, "", "0.75"),
        (1.0, 600, 3, "down", "1.72e+361"),
        (1.0, 600, 3, "up", "1.73e+361"),
        (1.0, -600, 3, "down", "5.8e-362"),
        (0.0, 600, 3, "up", "0"),
        (math.inf, 600, 3, "up", "inf"),
        (9.9999999, 0, 3, "up", "10"),
    ],
)
def test_decimals(value, unit, digits, side, text):
    assert in_decimals(value, unit, digits=digits, side=side) == text


@pytest.mark.parametrize("power", [530, -560])
def test_methods_are_compared_in_decimals(power):
    # a draw of p = a/Σa costs Σ a² (1/p − 1), and all others as much more as in range
    near, far = (rl.compare(scaled(p)) for p in (0, power))
    optimum = far.row("optimum")
    values = (near.row("optimum").objective, near.row("optimum").variance)
    texts = (optimum.objective_text, optimum.variance_text)
    for value, text in zip(values, texts, strict=True):
        assert Decimal(text) == Decimal(f"{Decimal(value) * Decimal(4) ** power:.5e}")
    assert "inf" not in str(far)
    assert f" {texts[1]} " in str(far)
    assert all(row["variance_text"] for row in far.to_records() if not row["skipped"])
    assert "variance_text" not in near.to_records()[0]
    assert [row.ratio for row in far.rows] == pytest.approx([row.ratio for row in near.rows])
