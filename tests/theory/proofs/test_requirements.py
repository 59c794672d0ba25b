"""Requirements of theorems: complete, of one unit, and true to what their settings say."""

import pytest
import sympy

from roundlot.theory import CATALOGUE, AssumptionError
from roundlot.theory.proofs.domain import UNITS, powers
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
    "local_steps",
    "local_steps_value",
}
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


@BY_NAME
def test_the_unit_of_the_left_side_is_that_of_the_right(theorem) -> None:
    """The right side, with every parameter in units of its own, scales as the left side should."""
    left = theorem.requirements.left
    if not left.unit or any(p.name not in UNITS for p in theorem.domain.numbers):
        pytest.skip("numbers whose unit the caller chooses")
    F, x = sympy.symbols("F_unit x_unit", positive=True)
    positive = {p.symbol: sympy.Symbol(p.name, positive=True) for p in theorem.domain.numbers}
    scaled = {}
    for parameter in theorem.domain.numbers:
        value, distance = powers(UNITS[parameter.name])
        scaled[positive[parameter.symbol]] = F**value * x**distance * positive[parameter.symbol]
    formula = theorem.claim.formula.subs(positive, simultaneous=True)
    value, distance = powers(left.unit)
    ratio = sympy.simplify(formula.subs(scaled, simultaneous=True) / formula)
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
