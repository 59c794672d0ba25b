"""Requirements of theorems: complete and true to their settings; units that fit, throughout."""

import pytest
import sympy

from roundlot import theory
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
    "nonconvex_rate",
    "participation_rate",
    "local_steps",
    "local_steps_value",
}
SPOKEN = [t for t in CATALOGUE if all(p.name in UNITS for p in t.domain.numbers)]
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
    assert powers("F²/x²") == powers("F^2/x^2") == (2, -2)
    assert powers("1") == (0, 0)
    with pytest.raises(AssumptionError, match="not a unit"):
        powers("seconds")


def test_a_unit_that_fits_is_taken_and_another_refused() -> None:
    theorem = named("one_step")
    plain = theorem.evaluate(step=0.1, **NUMBERS)
    assert theorem.evaluate(step=theory.Quantity(number=0.1, unit="x²/F"), **NUMBERS) == plain
    with pytest.raises(AssumptionError, match="its unit is x²/F"):
        theorem.evaluate(step=theory.Quantity(number=0.1, unit="F/x²"), **NUMBERS)


def test_many_theorems_are_held_to_their_units() -> None:
    assert len(SPOKEN) >= 10


@pytest.mark.parametrize("theorem", SPOKEN, ids=lambda t: t.name)
def test_every_formula_is_of_one_unit_and_that_of_the_left_side(theorem) -> None:
    """The right side, with every parameter in units of its own, scales as the left side should."""
    F, x = sympy.symbols("F_unit x_unit", positive=True)
    positive = {p.symbol: sympy.Symbol(p.name, positive=True) for p in theorem.domain.numbers}
    scaled = {}
    for parameter in theorem.domain.numbers:
        value, distance = powers(UNITS[parameter.name])
        scaled[positive[parameter.symbol]] = F**value * x**distance * positive[parameter.symbol]
    formula = theorem.claim.formula.subs(positive, simultaneous=True)
    ratio = sympy.simplify(formula.subs(scaled, simultaneous=True) / formula)
    assert ratio.free_symbols <= {F, x}, ratio
    if unit := theorem.requirements.left.unit:
        value, distance = powers(unit)
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
