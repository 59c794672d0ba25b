"""Requirements of theorems: complete and true to their settings; units that fit, throughout."""

import pytest
import sympy

from roundlot import theory
from roundlot.theory import CATALOGUE, AssumptionError
from roundlot.theory.proofs.requirements import (
    REQUIREMENTS,
    Index,
    Quantity,
    Role,
    Sampling,
    Smooth,
    Subject,
    requirements_of,
)
from roundlot.theory.proofs.units import powers
from roundlot.theory.theorems import named

SERVER = {
    "one_step",
    "best_steps",
    "constant_step",
    "decreasing_steps",
    "convex_step",
    "nonconvex_descent",
    "gradient_dominated",
    "growing_step",
    "steep_step",
    "partial_participation",
    "participation_floor",
    "nonconvex_rate",
    "participation_rate",
    "local_steps",
    "local_steps_value",
}
NUMBERS = {"smoothness": 4, "strong_convexity": 0.5, "variance": 2, "squared_distance": 1}
BY_NAME = pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)


def test_every_theorem_has_requirements_and_no_other_name_does() -> None:
    assert {t.name for t in CATALOGUE} == set(REQUIREMENTS)
    with pytest.raises(AssumptionError, match="no recorded requirements"):
        requirements_of("unheard_of", ())


def test_only_rounds_of_a_server_take_numbers_of_a_fleet() -> None:
    found = {t.name for t in CATALOGUE if t.requirements.subject is Subject.SERVER}
    assert found == SERVER


@BY_NAME
def test_parameters_named_alike_are_told_apart_by_role(theorem) -> None:
    names = {p.name for p in theorem.domain.numbers}
    rules = theorem.requirements
    assert rules.roles.keys() <= names
    assert rules.held <= names
    smooth = {
        Smooth.CLIENTS: Role.CLIENT_SMOOTHNESS,
        Smooth.WORKERS: Role.WORKER_SMOOTHNESS,
        Smooth.MEAN: Role.SMOOTHNESS,
    }
    for name in names & {"smoothness", "client_smoothness"} & rules.roles.keys():
        assert rules.roles[name] is smooth[rules.smooth]
        assert (rules.smooth is Smooth.CLIENTS) == (name == "client_smoothness")


def test_units_are_read() -> None:
    assert powers("F²/x²") == powers("F^2/x^2") == powers("F²/x^2") == (2, -2, 0)
    assert powers("1") == powers("") == (0, 0, 0)
    assert powers("u²") == (0, 0, 2)
    assert powers("1/F") == (-1, 0, 0)
    for wrong in ("seconds", "F/", "F²/x²s", "2"):
        with pytest.raises(AssumptionError, match="not a unit"):
            powers(wrong)


def test_a_unit_that_fits_is_taken_and_another_refused() -> None:
    theorem = named("one_step")
    plain = theorem.evaluate(step=0.1, **NUMBERS)
    assert theorem.evaluate(step=theory.Quantity(number=0.1, unit="x²/F"), **NUMBERS) == plain
    with pytest.raises(AssumptionError, match="its unit is x²/F"):
        theorem.evaluate(step=theory.Quantity(number=0.1, unit="F/x²"), **NUMBERS)


def test_numbers_of_updates_have_any_unit_but_one() -> None:
    theorem, quantity = named("pair_difference"), theory.Quantity
    plain = {"probability": 0.5, "other_probability": 0.5, "joint_probability": 0.2}
    known = {"squared_norm": 1.0, "other_squared_norm": 2.0, "inner_product": 0.5}
    one = {name: quantity(number=value, unit="F²/x²") for name, value in known.items()}
    assert theorem.evaluate(**plain, **one) == theorem.evaluate(**plain, **known)
    other = one | {"inner_product": quantity(number=0.5, unit="x²")}
    with pytest.raises(AssumptionError, match="inner_product is given in x², but"):
        theorem.evaluate(**plain, **other)


def test_all_that_is_missing_or_unknown_is_named_at_once() -> None:
    with pytest.raises(AssumptionError) as refused:
        named("one_step").evaluate(step=0.1, variance=2, foo=1, bar=2)
    said = str(refused.value)
    assert said.count("\n") == 0
    for part in ("smoothness (the smoothness L; unit F/x²)", "strong_convexity", "foo and bar"):
        assert part in said
    assert "squared_distance (‖x − x*‖²; unit x²)" in said


@BY_NAME
def test_every_formula_is_of_one_unit_and_that_of_the_left_side(theorem) -> None:
    """The right side, with every parameter in units of its own, scales as the left side should."""
    F, x, u = sympy.symbols("F_unit x_unit u_unit", positive=True)
    positive = {p.symbol: sympy.Symbol(p.name, positive=True) for p in theorem.domain.numbers}
    scaled = {}
    for parameter in theorem.domain.numbers:
        value, distance, own = powers(parameter.unit)
        unit = F**value * x**distance * u**own
        scaled[positive[parameter.symbol]] = unit * positive[parameter.symbol]
    formula = theorem.claim.formula.subs(positive, simultaneous=True)
    ratio = sympy.simplify(formula.subs(scaled, simultaneous=True) / formula)
    assert ratio.free_symbols <= {F, x, u}, ratio
    if unit := theorem.requirements.left.unit:
        value, distance, _ = powers(unit)
        assert sympy.simplify(ratio / (F**value * x**distance)) == 1


def test_what_is_counted_and_measured() -> None:
    local, value = named("local_steps").requirements, named("local_steps_value").requirements
    assert local.index is value.index is Index.LOCAL_STEP
    assert local.sampling is Sampling.INDEPENDENT
    assert (local.left.quantity, value.left.quantity) == (
        Quantity.SQUARED_DISTANCE,
        Quantity.EXCESS_VALUE,
    )
    assert named("decentralised").requirements.left.quantity is Quantity.SQUARED_GRADIENT
    variances = {
        name: named(name).requirements.roles["variance"]
        for name in ("one_step", "decentralised", "pooled_batch")
    }
    assert variances == {
        "one_step": Role.STEP_VARIANCE,
        "decentralised": Role.WORKER_NOISE,
        "pooled_batch": Role.SAMPLE_NOISE,
    }
    assert "variance" in named("constant_step").requirements.held
    assert not named("one_step").requirements.held


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("local_steps", "local_steps"),
        ("local_steps", "round"),
        ("decentralised", "workers"),
        ("decentralised", "rounds"),
        ("constant_step", "round"),
        ("inverse_tangent", "samples"),
    ],
)
def test_nobody_takes_part_of_a_step_a_worker_or_a_round(name, parameter) -> None:
    with pytest.raises(AssumptionError, match=f"{parameter} is 2.5.*whole number"):
        named(name).domain.admit_each({parameter: 2.5})
