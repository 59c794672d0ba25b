"""The cone solver as an independent reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.solvers.conic import repaired
from roundlot.theory import ConvergenceError, Problem


@settings(max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_agrees_with_the_exact_solver(seed, random_problem, quietly, assert_feasible):
    problem = random_problem(seed)
    one, other = quietly(problem), quietly(problem, method="conic")
    assert_feasible(problem, other.probabilities)
    assert other.objective == pytest.approx(one.objective, rel=1e-5, abs=1e-12)
    assert other.certificate.verify()
    assert other.objective >= one.objective * (1.0 - 1e-12)


def test_scale_does_not_matter():
    scores = np.array([[1.0, 4.0], [2.0, 3.0]]) * 1e-200
    assert solve(Problem(scores, budget=1.1), method="conic").certificate.gap < 1e-6


def test_failure_is_an_error_and_never_another_design(monkeypatch):
    import cvxpy

    def fail(*_, **__):
        raise cvxpy.SolverError("numerical trouble")

    monkeypatch.setattr(cvxpy.Problem, "solve", fail)
    with pytest.raises(ConvergenceError, match="numerical trouble"):
        solve(Problem([[1.0]], budget=0.5), method="conic")
    monkeypatch.setattr(cvxpy.Problem, "solve", lambda *_, **__: None)
    monkeypatch.setattr(cvxpy.Problem, "status", "user_limit")
    with pytest.raises(ConvergenceError, match="user_limit"):
        solve(Problem([[1.0]], budget=0.5), method="conic")


def test_repair_moves_towards_the_floors(assert_feasible):
    problem = Problem(np.ones((3, 2)), budget=1.5, floor=0.05)
    rough = np.array([[-1e-9, 1.1], [0.9, 0.9], [0.05, 0.05]])
    fixed = repaired(problem, rough)
    assert_feasible(problem, fixed)
    assert np.all(fixed[2] == 0.05)


def solves(monkeypatch) -> list[int]:
    """The number of constraints of every program that is solved from now on."""
    import cvxpy

    sizes: list[int] = []
    solve_it = cvxpy.Problem.solve

    def counted(program, *arguments, **settings):
        sizes.append(sum(limit.size for limit in program.constraints))
        return solve_it(program, *arguments, **settings)

    monkeypatch.setattr(cvxpy.Problem, "solve", counted)
    return sizes


def test_a_plain_problem_is_solved_once_and_without_rows_that_say_nothing(monkeypatch):
    sizes = solves(monkeypatch)
    problem = Problem(np.random.default_rng(0).lognormal(size=(40, 3)), budget=5.0)
    assert solve(problem, method="conic").certificate.gap < 1e-9
    assert sizes == [40 + 1]


def test_entries_of_other_sizes_are_solved_again_in_their_own_units(monkeypatch):
    sizes = solves(monkeypatch)
    scores = np.random.default_rng(0).lognormal(0.0, 3.0, size=(9, 3))
    problem = Problem(scores, budget=4.0, floor=0.02, ceiling=0.6)
    assert solve(problem, method="conic").certificate.gap < 1e-7
    assert len(sizes) > 1
    assert sizes[0] == 9 + 1 + 2 * 27
