"""Files and solvers that try to get a false number proved, or the judge to fall over."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.cli import main
from roundlot.solvers import least_budget, solve
from roundlot.solvers.proof.bound import Lagrangian
from roundlot.theory import Problem
from roundlot.theory.certificates import claim_of, examine
from roundlot.theory.certificates.bound import Program, exact_bound, float_bound
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.json_text import UnreadableError, parse
from roundlot.verify.exact.arrays import read_array
from roundlot.verify.exact.judgement import judge

REFUSED, UNREADABLE = 1, 2
SCORES = [[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]]


def nested(depth: int) -> Any:
    value: Any = 1.0
    for _ in range(depth):
        value = [value]
    return value


HUGE = [[1e308, 1e308]] * 4


def costly(document: dict[str, Any]) -> None:
    """A cost row that is exceeded by more than float64 holds."""
    document["problem"].update(costs=1.7e308, cost_budgets=[1.0])
    document["prices"]["costs"] = [0.0]


FORGED: dict[str, tuple[int, str, Any]] = {
    "scores of 300 dimensions": (
        UNREADABLE,
        "must be a table",
        lambda d: d["problem"].update(scores=nested(300)),
    ),
    "huge probabilities": (REFUSED, "above its ceiling", lambda d: d.update(probabilities=HUGE)),
    "huge costs": (REFUSED, "cost row 0 is 1.8e+308 above", costly),
    "a ceiling far below a huge variance": (
        REFUSED,
        "above its ceiling",
        lambda d: (
            d["problem"].update(scores=[[1e308 * (x > 0.0) for x in row] for row in SCORES]),
            d.update(goal={"name": "cost", "cost": 1.0, "ceilings": [1e-300, 1e-300]}),
            d["prices"].update(variances=[1.0, 1.0]),
        ),
    ),
    "a name that moves the cursor": (
        UNREADABLE,
        r"'p\x1b[2J' is missing",
        lambda d: d.update(probabilities={"file": "p\x1b[2J", "sha256": "", "shape": [4, 2]}),
    ),
}


def saved(folder: Path) -> tuple[Path, dict[str, Any]]:
    path = solve(Problem(SCORES, budget=2)).save(folder / "design.json")
    document = json.loads(path.read_text("utf-8"))
    assert isinstance(document, dict)
    del document["problem_sha256"]
    return path, document


@pytest.mark.parametrize("name", FORGED)
def test_forged_files_get_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words, forge = FORGED[name]
    path, document = saved(tmp_path)
    forge(document)
    path.write_text(json.dumps(document), "utf-8")
    assert main(["check", str(path)]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "internal error" not in said


def test_a_number_does_not_stand_for_more_than_memory_holds(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="give the array"):
        read_array(0.0, "costs", tmp_path, (3_000_000, 1000, 1000), "number")


@pytest.mark.parametrize("header", [b"-" * 9000 + b"1", b"(" * 5000])
def test_a_bottomless_header_is_unreadable(
    header: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = saved(tmp_path)
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)
    (tmp_path / "p.npy").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    document["probabilities"] = {"file": "p.npy", "sha256": digest, "shape": [4, 2]}
    path.write_text(json.dumps(document), "utf-8")
    assert main(["check", str(path)]) == UNREADABLE
    assert "is not an npy file" in capsys.readouterr().err


def test_a_key_twice_among_many_is_found_in_time() -> None:
    keys = [*range(200_000), 199_999]
    start = time.perf_counter()
    with pytest.raises(UnreadableError, match="'199999' stands twice"):
        parse("{" + ",".join(f'"{key}":0' for key in keys) + "}")
    assert time.perf_counter() - start < 10.0


def test_an_objective_near_the_end_of_floats_is_not_another_one() -> None:
    """1e-154² / 0.5 = 2e-308 is out of range; 2e-154² / 0.5 = 8e-308 is not 9e-308."""
    problem = Problem([[2e-154]], budget=0.5)
    solution = solve(problem)
    claim = claim_of(solution.certificate, solution=solution)
    assert not examine(dataclasses.replace(claim, objective=9e-308)).proved


def test_products_below_the_normal_range_prove_no_more_than_fractions_do() -> None:
    """``√w d`` is some 20 units of the least float: its rounding is a thousandth and more."""
    for units in (21, 37, 53):
        shares = np.full((3, 1), 5e-324 * units * 2.0**499)
        problem = Problem(np.zeros((3, 1)), budget=1.0, weights=shares)
        program = Program(
            problem=problem,
            factors=np.array([1e300]),
            prices=Prices(
                budget=2.0**-1000,
                processors=np.zeros(3),
                levels=(),
                models=np.zeros(1),
                costs=np.zeros(0),
                exponent=-69,
            ),
            weight=1.7 * 2.0**-996,
            shares=shares,
        )
        exact = exact_bound(program)
        assert exact > 0
        assert float_bound(program) <= exact
        assert float_bound(program) >= exact * (1 - Fraction(1, 10**12))


@pytest.mark.parametrize("scale", [1e-140, 1e-100, 1e-60])
def test_tiny_scores_take_no_longer(scale: float) -> None:
    """Fractions are for entries that are tiny beside the others, not for all of a small unit."""
    scores = np.random.default_rng(5).lognormal(size=(30_000, 2)) * scale
    solution = solve(Problem(scores, budget=300.0))
    claim = claim_of(solution.certificate, solution=solution)
    start = time.perf_counter()
    assert judge(claim).proved
    assert time.perf_counter() - start < 4.0


def test_numbers_that_are_said_to_be_proved_are_not_rounded_up() -> None:
    solution = solve(Problem(SCORES, budget=2), method="conic")
    said = str(judge(claim_of(solution.certificate, solution=solution)))
    found = examine(claim_of(solution.certificate, solution=solution))
    assert float(said.split("none below ")[1].split(" ")[0]) <= found.lower_bound
    assert float(said.split("gap at most ")[1].split(")")[0]) >= found.gap


@pytest.mark.parametrize("seed", range(8))
def test_floors_that_keep_the_ceilings_are_proved_however_their_sum_rounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    floor = 0.01 + 0.2 * random.random((1 + seed, 2))
    answer = least_budget(Problem(1.0 + random.random((1 + seed, 2)), budget=9.0, floor=floor), 1e6)
    total = sum(map(Fraction, floor.ravel().tolist()))
    assert answer.lower_bound <= total <= answer.budget
    assert answer.budget <= answer.lower_bound * (1.0 + 1e-15)
    assert judge(answer.claim()).proved
    assert answer.verify()


def test_a_least_budget_below_its_draws_is_refuted() -> None:
    problem = Problem(SCORES, budget=2)
    answer = least_budget(problem, solve(problem).model_variance * 1.1)
    assert rl.verify.check_certificate(answer, discrepancy=1e-3).outcome == "supported"
    wrong = dataclasses.replace(answer, budget=answer.budget * (1.0 - 1e-9))
    assert rl.verify.check_certificate(wrong, discrepancy=1e-3).outcome == "refuted"


def test_the_command_calls_nothing_proved_that_its_judge_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "scores.csv"
    table.write_text("client,a,b\n" + "".join(f"c{v},{x},{y}\n" for v, (x, y) in enumerate(SCORES)))
    assert main(["solve", str(table), "--budget", "2"]) == 0
    assert "(proved)" in capsys.readouterr().out
    right = Lagrangian.bound
    monkeypatch.setattr(Lagrangian, "bound", lambda *args: 1.001 * right(*args))
    assert main(["solve", str(table), "--budget", "2"]) == 0
    assert "(not proved)" in capsys.readouterr().out
    assert rl.verify.check_certificate(rl.solve(Problem(SCORES, budget=2))).outcome == "refuted"
