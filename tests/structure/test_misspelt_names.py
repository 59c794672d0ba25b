"""Whoever misspells a name is told the nearest one, wherever a name is looked up."""

from collections.abc import Callable
from typing import Any

import pytest

import roundlot as rl
from roundlot.plot.theorems import picture
from roundlot.simulate.methods import method as make_method
from roundlot.simulate.tasks import make_tasks
from roundlot.solvers import graphs, partition, stragglers
from roundlot.theory import InvalidProblemError
from roundlot.theory.theorems import named

PROBLEM = rl.Problem([[1.0, 2.0], [3.0, 1.0]], budget=1)


def solved() -> Any:
    return rl.solve(PROBLEM)


def simulate(**options: Any) -> Any:
    return rl.simulate_rounds(solved(), rounds=9, seed=0, **options)


MISSPELT: list[tuple[Callable[[], Any], str]] = [
    (lambda: rl.solve(PROBLEM, method="exct"), "exact"),  # type: ignore[arg-type]
    (lambda: rl.solve(PROBLEM, objective="smu"), "sum"),  # type: ignore[arg-type]
    (lambda: rl.compare(PROBLEM, methods=["unifrom"]), "uniform"),  # type: ignore[list-item]
    (lambda: rl.design(solved(), "pivotl"), "pivotal"),  # type: ignore[call-overload]
    (lambda: solved().to_frame("panda"), "pandas"),
    (lambda: simulate(design="turnz"), "turns"),
    (lambda: graphs.shape("rign", 5), "ring"),
    (lambda: graphs.fixed_weights(graphs.shape("ring"), method="fastst"), "fastest"),
    (lambda: graphs.optimise_links(graphs.shape("ring"), 0.5, method="uniforn"), "uniform"),
    (lambda: stragglers.make_law("paretto"), "pareto"),
    (lambda: partition.make_partition([[0.0], [1.0]], [0, 1], [1, 1], method="gredy"), "greedy"),
    (lambda: make_method("fed-avg"), "fedavg"),
    (lambda: make_method("group-sampling", cuont=1), "count"),
    (lambda: make_tasks("digts"), "digits"),
    (lambda: named("one_stp"), "one_step"),
    (lambda: picture("one_stp"), "one_step"),
    (lambda: rl.compare(PROBLEM).row("optimun"), "optimum"),
]


@pytest.mark.parametrize(("look_up", "meant"), MISSPELT)
def test_a_misspelt_name_is_told_the_nearest(look_up: Callable[[], Any], meant: str) -> None:
    with pytest.raises((InvalidProblemError, KeyError), match=f"did you mean '{meant}'") as refused:
        look_up()
    assert "\n" not in str(refused.value)
