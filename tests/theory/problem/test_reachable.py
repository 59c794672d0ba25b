"""Models that nobody can train, and problems without a budget."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

import roundlot as rl
from roundlot.theory import InvalidProblemError


def test_a_model_that_nobody_can_train_is_refused_unless_allowed() -> None:
    mask = [[True, False], [True, False]]
    with pytest.raises(InvalidProblemError, match=r"nobody can train model 'words'.*allow_unreach"):
        rl.Problem(np.ones((2, 2)), budget=1.0, available=mask, models=["digits", "words"])
    allowed = rl.Problem(np.ones((2, 2)), budget=1.0, available=mask, allow_unreachable=True)
    assert rl.solve(allowed).probabilities[:, 1].tolist() == [0.0, 0.0]
    assert replace(allowed, budget=1.5).allow_unreachable


def test_scores_of_0_can_be_drawn_and_are_no_reason_to_refuse() -> None:
    problem = rl.Problem([[1.0, 0.0], [3.0, 0.0]], budget=1.0)
    np.testing.assert_allclose(rl.solve(problem).probabilities, [[0.25, 0.0], [0.75, 0.0]])


def test_an_offline_client_stays() -> None:
    problem = rl.Problem([[1.0], [2.0]], budget=1.0, available=[[False], [True]])
    assert rl.solve(problem).probabilities.tolist() == [[0.0], [1.0]]


def test_costs_alone_limit_a_problem_without_a_budget() -> None:
    # p in proportion to a / √cost, scaled so that the cost is spent: a = (2, 3), cost = (1, 4),
    # Σ cost p = t (2 + 6) = 1.
    problem = rl.Problem([[2.0], [3.0]], budget=None, costs=[[1.0], [4.0]], cost_budgets=[1.0])
    solution = rl.solve(problem)
    np.testing.assert_allclose(solution.probabilities[:, 0], [2 / 8, 1.5 / 8], rtol=1e-9)
    assert solution.notes == ()
    assert solution.to_dict()["budget"] is None
    assert "no budget" in repr(problem)
    assert solution.certificate.verify()


def test_no_budget_stays_none_and_follows_the_caps() -> None:
    problem = rl.Problem([[2.0, 1.0], [3.0, 1.0]], budget=None, processor_cap=0.5)
    assert not problem.has_budget
    assert not replace(problem, processor_cap=np.ones(2)).has_budget
    assert replace(problem, processor_cap=np.ones(2)).budget >= 2.0
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert not pickle.loads(pickle.dumps(problem)).has_budget
    # within each processor in proportion to the scores
    expected = [[1 / 3, 1 / 6], [3 / 8, 1 / 8]]
    np.testing.assert_allclose(rl.solve(problem).probabilities, expected, rtol=1e-12)


def test_where_nothing_limits_anybody_there_is_nothing_to_solve() -> None:
    with pytest.raises(InvalidProblemError, match="nothing limits the draws"):
        rl.solve(rl.Problem([[1.0], [2.0]], budget=None))
    # the least budget needs none: Σ a²/p <= ceiling + Σ a² at p in proportion to a
    found = rl.least_budget(rl.Problem([[1.0], [1.0]], budget=None), 2.0)
    assert found.budget == pytest.approx(1.0, rel=1e-6)


def test_a_certificate_without_a_budget_is_a_file(tmp_path) -> None:
    problem = rl.Problem([[2.0], [3.0]], budget=None, costs=[[1.0], [4.0]], cost_budgets=[1.0])
    place = rl.solve(problem).save(tmp_path / "free.json")
    assert '"budget": null' in place.read_text()
    from roundlot.theory.json_text import parse
    from roundlot.verify.exact import judge_document

    assert judge_document(parse(place.read_text()), tmp_path).proved


def test_strata_of_many_units_are_rows_of_fractions() -> None:
    # Neyman: n_h in proportion to N_h S_h = 200, 400, 400, 60 draws in all. The variance of the
    # estimated total is Σ N_h² S_h² (1/n_h − 1/N_h).
    units, deviation = np.array([[100.0], [400.0], [50.0]]), np.array([[2.0], [1.0], [8.0]])
    survey = rl.Problem(
        np.sqrt(units) * deviation, budget=None, costs=units[None], cost_budgets=[60.0]
    )
    solution = rl.solve(survey)
    np.testing.assert_allclose(solution.probabilities * units, [[12.0], [24.0], [24.0]], rtol=1e-9)
    expected = (
        200**2 * (1 / 12 - 1 / 100) + 400**2 * (1 / 24 - 1 / 400) + 400**2 * (1 / 24 - 1 / 50)
    )
    assert solution.variance == pytest.approx(expected, rel=1e-9)


def test_designs_refuse_rows_that_are_drawn_for_several_models() -> None:
    problem = rl.Problem([[1.0, 2.0], [3.0, 2.0]], budget=3.0, processor_cap=2.0, ceiling=1.0)
    solution = rl.solve(problem)
    assert solution.probabilities.sum(axis=1).max() > 1.0
    for name in ("independent", "systematic", "pivotal", "rounding", "sampford"):
        with pytest.raises(InvalidProblemError, match="a processor trains one model a round"):
            rl.design(solution, name)
