"""What a command prints as JSON is what the result has as plain data, and json writes both."""

import json
from pathlib import Path
from typing import Any

import pytest

import roundlot as rl
from roundlot import run
from roundlot.fleet import read_setup

#: What no two runs have alike.
CLOCKS = ("seconds",)


def without_clocks(record: Any) -> Any:
    if isinstance(record, dict):
        return {key: without_clocks(item) for key, item in record.items() if key not in CLOCKS}
    return [without_clocks(item) for item in record] if isinstance(record, list) else record


def same(printed: str, plain: dict[str, Any]) -> None:
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert without_clocks(json.loads(printed)) == without_clocks(again)


@pytest.fixture
def problem(scores: Path) -> rl.Problem:
    setup = read_setup(scores, {"problem.budget": 2})
    assert setup.table_scores is not None
    return setup.problem(setup.table_scores)


@pytest.mark.parametrize("objective", ["sum", "max"])
def test_solutions(call, scores: Path, problem: rl.Problem, objective: Any) -> None:
    printed = call("solve", scores, "--budget", 2, "--objective", objective, "--json")[1]
    solution = rl.solve(problem, objective=objective)
    same(printed, solution.to_dict())
    plain = solution.to_dict()
    assert plain["rigorous"] is True
    assert plain["lower_bound"] <= plain["objective"]
    assert plain["price"] == solution.prices.budget > 0.0
    assert len(plain["clients"]) == len(plain["probabilities"])
    assert list(plain["model_variance"]) == plain["models"]


def test_least_budgets(call, scores: Path, problem: rl.Problem) -> None:
    printed = call("solve", scores, "--variance-ceiling", 20, "--json")[1]
    found = rl.least_budget(problem, 20.0)
    same(printed, found.to_dict())
    assert found.to_dict()["gap"] == found.gap


def test_comparisons(call, scores: Path, problem: rl.Problem) -> None:
    plain = rl.compare(problem).to_dict()
    printed = json.loads(call("compare", scores, "--budget", 2, "--json")[1])
    assert printed.keys() == plain.keys() == {"methods"}
    assert [row["name"] for row in printed["methods"]] == [row["name"] for row in plain["methods"]]
    assert [row.keys() for row in printed["methods"]] == [row.keys() for row in plain["methods"]]


@pytest.mark.filterwarnings("ignore:not simulated")
def test_verdicts(call, scores: Path, problem: rl.Problem) -> None:
    given = ("verify", scores, "--budget", 2, "--rounds", 50, "--json", "--baseline-seconds", 0)
    printed = json.loads(call(*given)[1])
    plain = rl.verify_solution(rl.solve(problem), rounds=50).to_dict()
    assert printed.keys() == plain.keys()
    assert printed["verdicts"][0].keys() == plain["verdicts"][0].keys()
    spent = sum(verdict["false_alarm"] for verdict in printed["verdicts"])
    assert printed["false_alarm"] == pytest.approx(spent)


def test_bounds_and_decisions(call, setup: Path) -> None:
    case = run.prepare(read_setup(setup, {"bound.target": 1e-3}))
    decision = run.decide(case)
    same(call("decide", setup, "--target", "1e-3", "--json")[1], decision.to_dict())
    ground = run.ground(case, run.compare_case(case))
    assert ground is not None
    summary = run.bound_methods(case, ground)
    same(call("bound", setup, "--target", "1e-3", "--json")[1], summary.to_dict())
