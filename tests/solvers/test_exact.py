"""The exact solver: against rational arithmetic, known answers and hard inputs."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import rational_optimum, solve, waterfill
from roundlot.solvers.proof.rational import rational_objective, rational_program
from roundlot.theory import Problem, RoundlotWarning


@given(seed=st.integers(0, 10**6))
def test_matches_the_rational_optimum(seed, random_problem, quietly, assert_feasible):
    problem = random_problem(seed)
    solution = quietly(problem)
    assert_feasible(problem, solution.probabilities)
    best = rational_optimum(problem)
    assert best.objective == best.lower_bound
    program = rational_program(problem)
    table = tuple(tuple(map(Fraction, row)) for row in solution.probabilities.tolist())
    cost = rational_objective(program, table)
    assert best.objective <= cost <= best.objective * (1 + Fraction(1, 10**13))
    assert np.allclose(
        solution.probabilities, np.array(best.probabilities, dtype=float), rtol=1e-9, atol=1e-15
    )


def test_published_case():
    solution = solve(Problem([[1.0], [1.0], [1.0], [10.0]], budget=2.0))
    assert solution.probabilities[3, 0] == 1.0
    assert np.allclose(solution.probabilities[:3, 0], 1.0 / 3.0, rtol=1e-15)
    assert solution.objective == pytest.approx(109.0, rel=1e-14)
    assert solution.variance == pytest.approx(6.0, rel=1e-14)
    assert solution.capped.tolist() == [False, False, False, True]


@pytest.mark.parametrize("limits", [{}, {"ceiling": 1.0, "floor": [[0.0], [0.0], [0.0], [0.1]]}])
def test_ties_share_alike(limits):
    solution = solve(Problem([[2.0]] * 4, budget=1.0, **limits))
    assert np.all(solution.probabilities == 0.25)


def test_one_processor_splits_by_score():
    solution = solve(Problem([[1.0, 3.0]], budget=0.5))
    assert solution.probabilities.tolist() == [[0.125, 0.375]]


def test_all_zero_scores_cost_nothing():
    solution = solve(Problem(np.zeros((3, 2)), budget=1.0))
    assert solution.variance == 0.0
    assert solution.certificate.gap == 0.0
    assert solution.certificate.verify()
    assert "every score is 0" in solution.notes[0]


@pytest.mark.parametrize("budget", [1e-300, 1e-9, 0.3, 1.0, 2.5, 3.0])
@pytest.mark.parametrize("limits", [{}, {"processor_cap": 1.5, "ceiling": 0.9}])
def test_any_budget(budget, limits, assert_feasible):
    problem = Problem([[1.0, 2.0], [3.0, 0.5], [0.0, 7.0]], budget=budget, **limits)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12
    most = min(budget, solution.problem.processor_cap.sum())
    if limits == {}:
        assert solution.draws == pytest.approx(most, rel=1e-14)


def test_fewer_positive_scores_than_budget():
    solution = solve(Problem([[1.0, 1.0], [0.0, 0.0], [0.0, 2.0]], budget=2.5))
    assert np.allclose(solution.probabilities, [[0.5, 0.5], [0.0, 0.0], [0.0, 1.0]])
    assert "budget slack" in solution.notes[0]
    assert solution.certificate.gap < 1e-12


def test_warns_when_the_budget_cannot_be_used():
    with pytest.warns(RoundlotWarning, match="budget 5 is above 3"):
        solve(Problem(np.ones((3, 2)), budget=5.0))


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
@pytest.mark.parametrize("limits", [{}, {"floor": 1e-3, "ceiling": 0.8}])
def test_scale_of_the_scores_does_not_matter(size, limits, assert_feasible):
    scores = np.array([[1.0, 2.0], [5.0, 0.1], [0.3, 9.0]])
    problem = Problem(scores * size, budget=1.3, **limits)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    reference = solve(Problem(scores, budget=1.3, **limits)).probabilities
    assert np.allclose(solution.probabilities, reference, rtol=1e-13)
    assert solution.certificate.gap < 1e-12
    assert not solution.certificate.complaints()


@pytest.mark.parametrize(
    ("tiny", "large"),
    [(1e-300, 1.0), (1e-308, 1.0), (5e-324, 1.0), (1e-300, 1e300), (1e-300, 1.7e308)],
)
def test_tiny_scores_share_what_large_ones_leave(tiny, large, assert_feasible):
    problem = Problem([[large], [tiny], [tiny]], budget=2.0)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.probabilities[0, 0] == 1.0
    assert np.allclose(solution.probabilities[1:, 0], 0.5, rtol=1e-12)
    assert solution.certificate.gap < 1e-12


def test_positive_scores_keep_positive_probabilities():
    scores = np.logspace(-300, 0, 50)[:, None]
    assert np.all(solve(Problem(scores, budget=0.7)).probabilities > 0.0)
    assert np.all(solve(Problem(scores, budget=0.7, ceiling=0.5)).probabilities > 0.0)


@pytest.mark.parametrize("ratio", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("limits", [{}, {"processor_cap": 2.0}, {"floor": 1e-9}])
def test_geometric_scores(ratio, limits, assert_feasible):
    scores = (ratio ** -np.arange(400.0))[:, None]
    problem = Problem(scores, budget=390.5, **limits)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12


def test_caps_that_sum_to_just_above_the_budget(assert_feasible):
    problem = Problem([[1e10]] * 10 + [[1e-5]], budget=1.0, processor_cap=0.1)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.probabilities[10, 0] > 0.0
    assert solution.certificate.gap < 1e-12


def test_binding_floors_and_ceilings():
    problem = Problem([[8.0], [4.0], [1.0]], budget=1.0, floor=0.2, ceiling=0.5)
    assert np.allclose(solve(problem).probabilities[:, 0], [0.5, 0.3, 0.2])


def test_floors_that_leave_a_millionth(assert_feasible):
    floor = np.array([[0.999999], [0.0]])
    problem = Problem([[0.0], [1.0]], budget=1.0, floor=floor)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12


def test_model_weights_count_as_scores():
    scores, weights = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 9.0])
    weighted = solve(Problem(scores, budget=1.2, model_weights=weights))
    plain = solve(Problem(scores * np.sqrt(weights), budget=1.2))
    assert np.allclose(weighted.probabilities, plain.probabilities, rtol=1e-14)
    assert weighted.objective == pytest.approx(plain.objective, rel=1e-13)
    extreme = solve(Problem(scores * 1e300, budget=1.2, model_weights=weights * 1e300))
    assert np.allclose(extreme.probabilities, plain.probabilities, rtol=1e-13)
    assert extreme.objective == math.inf
    assert extreme.certificate.gap < 1e-12
    assert extreme.certificate.complaints() == ()


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (500, 70)])
@pytest.mark.parametrize("limits", [{}, {"floor": 1e-6, "ceiling": 0.6}])
def test_long_rows_and_many_rows(shape, limits, assert_feasible):
    scores = np.random.default_rng(0).lognormal(0.0, 2.0, shape)
    problem = Problem(scores, budget=0.4 * shape[0], **limits)
    solution = solve(problem)
    assert_feasible(problem, solution.probabilities)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_waterfill_gives_the_probabilities_without_writing_them():
    scores = np.random.default_rng(1).lognormal(size=(50, 4))
    line = waterfill(scores, 12.5, 0.7)
    written = solve(Problem(scores, budget=12.5, processor_cap=0.7)).probabilities
    assert np.allclose(scores / line.row_divisors[:, None], written, rtol=1e-13)
    assert line.threshold == pytest.approx(1.0 / line.level)


def test_unknown_choices_name_the_known_ones():
    problem = Problem([[1.0]], budget=1.0)
    with pytest.raises(ValueError, match="'auto', 'exact', 'conic'"):
        solve(problem, method="simplex")
    with pytest.raises(ValueError, match="choose from 'sum'"):
        solve(problem, objective="mean")
