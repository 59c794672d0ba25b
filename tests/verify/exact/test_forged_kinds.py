"""Ten forgeries of every kind of certificate, in files and in records, are refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from roundlot.solvers import least_budget, least_cost, solve
from roundlot.theory import Problem
from roundlot.verify.exact.documents import judge_document
from roundlot.verify.exact.judgement import judge_solution

RANDOM = np.random.default_rng(8)
SCORES = RANDOM.lognormal(size=(8, 2))
PLAIN = Problem(SCORES, budget=3.0, weights=RANDOM.random((8, 2)))
FLOORS = Problem(SCORES, budget=3.0, client=np.arange(8) // 2, client_floor=0.5, model_floors=1.2)
VARIANCES = solve(PLAIN).model_variance
HELD = Problem(SCORES, budget=3.0, model_variance_ceilings=[VARIANCES[0] * 0.95, np.inf])

KINDS: dict[str, Any] = {
    "sum": lambda: solve(PLAIN),
    "max": lambda: solve(PLAIN, objective="max"),
    "fair": lambda: solve(PLAIN, objective="fair", alpha=2.5),
    "participation": lambda: solve(PLAIN, objective="participation", participation_weight=0.3),
    "floors of sums": lambda: solve(FLOORS),
    "max with floors of sums": lambda: solve(FLOORS, objective="max"),
    "ceilings of variances": lambda: solve(HELD),
    "least cost": lambda: least_cost(PLAIN, RANDOM.random((8, 2)), VARIANCES * 1.2),
    "least budget": lambda: least_budget(FLOORS, solve(FLOORS).model_variance * 1.2),
    "above float64": lambda: solve(Problem(np.ldexp(SCORES, 700), budget=3.0)),
    "below float64": lambda: solve(Problem(np.ldexp(SCORES, -700), budget=3.0), objective="max"),
}


def times(*path: Any, by: float) -> Any:
    """A change of one number, or of all of a table."""

    def scaled(value: Any) -> Any:
        return [scaled(x) for x in value] if isinstance(value, list) else value * by

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = scaled(document[path[-1]])

    return change


def no_gap(document: Any) -> None:
    document.update(lower_bound=document["objective"] * (1.0 + 1e-10), gap=0.0)


FORGERIES = (
    times("objective", by=1.0 - 1e-10),
    times("objective", by=1.0 + 1e-10),
    times("variance", by=0.5),
    times("lower_bound", by=1.0 + 1e-8),
    no_gap,
    times("gap", by=-1.0),
    times("probabilities", by=1.0 - 1e-4),
    times("probabilities", by=1.0 + 1e-4),
    times("problem", "scores", by=1.0 + 1e-8),
    lambda document: document["prices"].update(exponent=document["prices"]["exponent"] + 1),
    lambda document: document.update({"unit": document["unit"] + 1} if "unit" in document else {}),
    lambda document: document["problem"].update(budget=document["problem"]["budget"] * 0.99),
)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_every_kind(kind: str, tmp_path: Path) -> None:
    text = KINDS[kind]().save(tmp_path / "design.json").read_text("utf-8")
    honest = json.loads(text)
    del honest["problem_sha256"]  # what is forged below must be found without it
    assert judge_document(honest, tmp_path).proved
    for number, forge in enumerate(FORGERIES):
        document = json.loads(text)
        del document["problem_sha256"]
        forge(document)
        if document != honest:
            assert not judge_document(document, tmp_path).proved, number


@pytest.mark.parametrize("power", [-1000, -560, 0, 530, 1000])
@pytest.mark.parametrize("objective", ["sum", "max"])
def test_records_that_state_other_numbers(power: int, objective: Any) -> None:
    found = solve(Problem(np.ldexp(SCORES, power), budget=3.0), objective=objective)
    assert judge_solution(found).proved
    true = {name: getattr(found, name) for name in ("problem", "probabilities", "certificate")}
    true |= {"objective": found.objective, "variance": found.variance}
    for name in ("objective", "variance"):
        for false in (0.0, 1.0, math.inf, math.nan, 2.0 * true[name], -true[name]):
            record = SimpleNamespace(**true | {name: false}, variance_in=found.variance_in)
            if false != true[name] and (false, true[name]) != (1e-323, 5e-324):
                assert not judge_solution(record).proved, (name, false)


def test_a_worst_variance_is_judged_where_the_sum_of_all_leaves_float64() -> None:
    """Each of two variances is 9e307, their sum above 1.8e308."""
    found = solve(Problem(np.full((2, 2), 6.7082039325e153), budget=2.0), objective="max")
    assert 8.9e307 < found.objective < 9.1e307
    assert judge_solution(found).proved
