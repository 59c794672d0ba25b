"""Types of what is chosen by name are the tables that are asked at run time."""

from typing import get_args

import pytest

import roundlot as rl
from roundlot.simulate import DESIGNS
from roundlot.simulate import METHODS as TRAINING
from roundlot.simulate.methods import method as make_method
from roundlot.solvers import METHODS, OBJECTIVES
from roundlot.solvers.rules import OPTIMUM, RULES
from roundlot.theory import choices

PROBLEM = rl.Problem([[1.0, 0.2], [2.0, 0.0]], budget=1)


def test_types_and_tables_agree() -> None:
    assert get_args(choices.SolverName) == ("auto", *METHODS)
    assert get_args(choices.ObjectiveName) == OBJECTIVES
    assert get_args(choices.SamplingDesign) == tuple(kind.name for kind in DESIGNS)
    assert get_args(choices.RuleName) == (OPTIMUM.name, *(rule.name for rule in RULES))
    assert get_args(choices.TrainingMethod) == tuple(TRAINING)


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda: rl.solve(PROBLEM, objective="partcipation"), "participation"),
        (lambda: rl.solve(PROBLEM, method="exat"), "exact"),
        (lambda: rl.design([[0.5, 0.5]], "pivotl"), "pivotal"),
        (lambda: rl.compare(PROBLEM, methods=["unifrm"]), "uniform"),
        (lambda: rl.solve(PROBLEM).to_frame("panda"), "pandas"),
        (lambda: make_method("fedvrp"), "fedvarp"),
    ],
)
def test_a_typing_error_is_told_what_was_meant(ask, meant) -> None:
    with pytest.raises(rl.InvalidProblemError, match=f"did you mean '{meant}'"):
        ask()


def test_python_suggests_a_name_of_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sovle'") as caught:
        _ = rl.sovle
    assert caught.value.name == "sovle"
    assert "solve" in dir(caught.value.obj)
