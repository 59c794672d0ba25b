"""Certificates as files: right ones are proved, forged ones refused, broken ones unreadable."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.cli import main
from roundlot.solvers import least_budget, least_cost, solve
from roundlot.solvers.proof.saving import save_claim
from roundlot.theory import Problem
from roundlot.theory.certificates import claim_of
from roundlot.theory.certificates.document import INLINE

PROVED, REFUSED, UNREADABLE = 0, 1, 2
RANDOM = np.random.default_rng(3)
SCORES = RANDOM.lognormal(size=(12, 3))
PLAIN = Problem(SCORES, budget=3.0)
KINDS: dict[str, tuple[Problem, dict[str, Any]]] = {
    "plain": (PLAIN, {}),
    "boxes": (
        Problem(
            SCORES,
            budget=3.0,
            floor=0.01,
            ceiling=0.3,
            available=RANDOM.random((12, 3)) < 0.8,
            allow_unreachable=True,
        ),
        {},
    ),
    "clients": (Problem(SCORES, budget=3.0, client=np.arange(12) // 2, client_cap=0.6), {}),
    "tree": (
        Problem(
            SCORES,
            budget=3.0,
            groups=[np.arange(12) // 2, np.arange(12) // 6],
            group_caps=[0.7, 1.4],
        ),
        {},
    ),
    "models": (Problem(SCORES, budget=3.0, model_budgets=[0.5, 1.0, 2.0]), {}),
    "costs": (
        Problem(SCORES, budget=3.0, costs=RANDOM.random((2, 12, 3)), cost_budgets=[0.6, 0.9]),
        {},
    ),
    "weights": (Problem(SCORES, budget=3.0, model_weights=[1e-8, 1.0, 1e9]), {}),
    "cone": (PLAIN, {"method": "conic"}),
    "max": (Problem(SCORES, budget=3.0, model_weights=[1.0, 2.0, 3.0]), {"objective": "max"}),
    "fair": (PLAIN, {"objective": "fair", "alpha": 2.5}),
    "participation": (
        Problem(SCORES, budget=3.0, weights=RANDOM.random((12, 3))),
        {"objective": "participation", "participation_weight": 0.3},
    ),
}


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of ``roundlot check`` and all that it says."""
    capsys.readouterr()
    code = main(["check", str(path)])
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.mark.parametrize("kind", KINDS)
def test_solutions_of_every_kind_are_proved(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, options = KINDS[kind]
    solution = solve(problem, **options)
    code, said = check(solution.save(tmp_path / "new" / "design.json"), capsys)
    assert (code, said[:7]) == (PROVED, "proved:"), said


def test_least_budgets_and_costs_are_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ceilings = solve(PLAIN).model_variance * [1.5, 1.2, 2.0]
    for answer in (
        least_budget(PLAIN, ceilings),
        least_budget(KINDS["models"][0], solve(KINDS["models"][0]).model_variance * 1.1),
        least_cost(PLAIN, RANDOM.random((12, 3)), ceilings),
    ):
        path = answer.save(tmp_path / "least.json")
        assert check(path, capsys)[0] == PROVED, check(path, capsys)
        document = json.loads(path.read_text("utf-8"))
        document["goal"]["ceilings"] = [c * (1.0 - 1e-6) for c in document["goal"]["ceilings"]]
        path.write_text(json.dumps(document), "utf-8")
        assert check(path, capsys)[0] == REFUSED


def saved(tmp_path: Path, kind: str = "plain") -> tuple[Path, dict[str, Any]]:
    problem, options = KINDS[kind]
    path = solve(problem, **options).save(tmp_path / "design.json")
    document = json.loads(path.read_text("utf-8"))
    assert isinstance(document, dict)
    del document["problem_sha256"]  # what is forged below must be found without it
    return path, document


def test_a_slack_limit_that_was_changed_is_found_by_its_checksum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = solve(PLAIN).save(tmp_path / "design.json")
    text = path.read_text("utf-8")
    path.write_text(text.replace('"processor_cap": 1.0', '"processor_cap": 1.5'), "utf-8")
    code, said = check(path, capsys)
    assert (code, "sha256" in said) == (REFUSED, True)


FORGED: dict[str, Any] = {
    "a lower bound above the optimum": lambda d: d.update(lower_bound=d["lower_bound"] * 1.0000001),
    "a lower bound below what the gap says": lambda d: d.update(lower_bound=d["lower_bound"] * 0.9),
    "a smaller objective": lambda d: d.update(objective=d["objective"] * 0.999),
    "a larger objective": lambda d: d.update(objective=d["objective"] * 1.001),
    "another variance": lambda d: d.update(variance=d["variance"] * 1.0001),
    "a gap of 0 for a design that is not the best": lambda d: d.update(
        probabilities=[[p * 0.99 for p in row] for row in d["probabilities"]], gap=0.0
    ),
    "a larger gap than the numbers have": lambda d: d.update(gap=d["gap"] + 0.1),
    "a negative price": lambda d: d["prices"].update(budget=-d["prices"]["budget"]),
    "a price that is negative and tiny": lambda d: d["prices"].update(budget=-5e-324),
    "a lower price": lambda d: d["prices"].update(budget=d["prices"]["budget"] * 0.9),
    "another unit of prices": lambda d: d["prices"].update(exponent=d["prices"]["exponent"] + 1),
    "a smaller budget": lambda d: d["problem"].update(budget=2.99),
    "a larger budget": lambda d: d["problem"].update(budget=3.01),
    "a cap below a row": lambda d: d["problem"].update(processor_cap=0.3),
    "a ceiling": lambda d: d["problem"].update(ceiling=0.2),
    "a floor": lambda d: d["problem"].update(floor=0.05),
    "other weights": lambda d: d["problem"].update(model_weights=[1.0, 1.0, 1.001]),
    "a negative score": lambda d: d["problem"]["scores"][4].__setitem__(1, -1e-300),
    "another score": lambda d: d["problem"]["scores"][4].__setitem__(1, 1.5),
    "a score that is NaN": lambda d: d["problem"]["scores"][4].__setitem__(1, {"number": "NaN"}),
    "a pair that is not available": lambda d: d["problem"].update(
        available=[[row != 3] * 3 for row in range(12)]
    ),
    "a probability of 0": lambda d: d["probabilities"][2].__setitem__(0, 0.0),
    "a negative probability": lambda d: d["probabilities"][2].__setitem__(0, -1e-300),
    "a probability above 1": lambda d: d["probabilities"][2].__setitem__(0, 1.0000000000000002),
    "an objective that is infinite": lambda d: d.update(objective={"number": "Infinity"}),
    "a lower bound that is infinite": lambda d: d.update(lower_bound={"number": "Infinity"}),
    "a gap that is infinite": lambda d: d.update(gap={"number": "Infinity"}),
    "a gap that is NaN": lambda d: d.update(gap={"number": "NaN"}),
    "a negative lower bound": lambda d: d.update(lower_bound=-1.0),
    "a lower bound beyond float64": lambda d: d.update(lower_bound="1e999"),
    "another goal": lambda d: d.update(goal={"name": "max"}),
    "a goal without its parameter": lambda d: d.update(goal={"name": "fair"}),
    "an unknown goal": lambda d: d.update(goal={"name": "min"}),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_files_are_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = saved(tmp_path)
    FORGED[name](document)
    path.write_text(json.dumps(document).replace('"1e999"', "1e999"), "utf-8")
    code, said = check(path, capsys)
    assert code == REFUSED, said
    assert said.count("\n") == 1


LIMITS: dict[str, tuple[str, Any]] = {
    "clients": ("client", lambda d: d["problem"].update(client_cap=0.59)),
    "tree": ("group", lambda d: d["problem"].update(group_caps=[0.7, 1.39])),
    "models": ("model 0", lambda d: d["problem"].update(model_budgets=[0.499, 1.0, 2.0])),
    "costs": ("cost row 0", lambda d: d["problem"].update(cost_budgets=[0.599, 0.9])),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_tighter_limit_is_named(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, change = LIMITS[kind]
    path, document = saved(tmp_path, kind)
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    code, said = check(path, capsys)
    assert code == REFUSED
    assert words in said


DROPPED = {
    "clients": {"client": None, "client_cap": None},
    "tree": {"groups": [], "group_caps": []},
    "models": {"model_budgets": None},
    "costs": {"costs": None, "cost_budgets": None},
}


@pytest.mark.parametrize("kind", DROPPED)
def test_a_limit_that_was_dropped_is_missed(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = saved(tmp_path, kind)
    document["problem"].update(DROPPED[kind])
    path.write_text(json.dumps(document), "utf-8")
    assert check(path, capsys)[0] in (REFUSED, UNREADABLE)


def test_a_cap_is_exceeded_by_one_ulp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, document = saved(tmp_path, "boxes")
    design = np.array(document["probabilities"])
    v = int(np.argmax(design.max(axis=1)))
    s = int(np.argmax(design[v]))
    document["probabilities"][v][s] = float(np.nextafter(0.3, 1.0))
    path.write_text(json.dumps(document), "utf-8")
    code, said = check(path, capsys)
    assert code == REFUSED
    assert f"probabilities[{v}, {s}] is 0.30000000000000004, above its ceiling" in said


BROKEN: dict[str, Any] = {
    "another format": lambda d: d.update(format="roundlot-proof-of-nothing"),
    "no format": lambda d: d.pop("format"),
    "a later version": lambda d: d.update(version=2),
    "a version that is true": lambda d: d.update(version=True),
    "no prices": lambda d: d.pop("prices"),
    "no number": lambda d: d.pop("gap"),
    "a limit that is not named": lambda d: d["problem"].pop("model_budgets"),
    "a limit of another name": lambda d: d["problem"].update(modelbudgets=[1.0, 1.0, 1.0]),
    "a table with rows of two lengths": lambda d: d["probabilities"][3].pop(),
    "a row too few": lambda d: d["probabilities"].pop(),
    "scores that are a number": lambda d: d["problem"].update(scores=1.0),
    "words for numbers": lambda d: d["probabilities"][3].__setitem__(0, "0.5"),
    "true for a number": lambda d: d.update(gap=True),
    "null for a number": lambda d: d.update(objective=None),
    "a number as a word that is none": lambda d: d.update(gap={"number": "nan"}),
    "numbers for a mask": lambda d: d["problem"].update(available=[[1] * 3] * 12),
    "an exponent that takes all memory": lambda d: d["prices"].update(exponent=10**12),
    "a number of too many digits": lambda d: d.update(objective=10**400),
    "prices of other processors": lambda d: d["prices"].update(processors=[0.0] * 11),
    "a file that is missing": lambda d: d.update(
        probabilities={"file": "p.npy", "sha256": "0" * 64, "shape": [12, 3]}
    ),
    "a file elsewhere": lambda d: d.update(
        probabilities={"file": "../p.npy", "sha256": "0" * 64, "shape": [12, 3]}
    ),
    "a file whose name no system writes": lambda d: d.update(
        probabilities={"file": "\ud800.npy", "sha256": "0" * 64, "shape": [12, 3]}
    ),
    "a list": lambda d: d.update(problem=[]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_unreadable(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = saved(tmp_path)
    BROKEN[name](document)
    path.write_text(json.dumps(document), "utf-8")
    code, said = check(path, capsys)
    assert code == UNREADABLE, said
    assert said.count("\n") == 1


TEXTS = {
    "nothing": "",
    "a list": "[]",
    "a number": "7",
    "a bare NaN": '{"format": "roundlot-certificate", "gap": NaN}',
    "a key twice": '{"format": "roundlot-certificate", "format": "roundlot-certificate"}',
    "bottomless": "[" * 100_000,
    "many digits": '{"format": ' + "9" * 10_000 + "}",
}


@pytest.mark.parametrize("name", TEXTS)
def test_other_texts_are_unreadable(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    path.write_text(TEXTS[name], "utf-8")
    assert check(path, capsys)[0] == UNREADABLE
    path.write_bytes(b"\xff\xfe\x00")
    assert check(path, capsys)[0] == UNREADABLE
    assert check(tmp_path, capsys)[0] == UNREADABLE
    assert check(tmp_path / "none.json", capsys)[0] == UNREADABLE


def test_every_cut_is_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = saved(tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 3, 131):
        path.write_bytes(whole[:length])
        assert check(path, capsys)[0] == UNREADABLE


def test_a_large_problem_has_its_arrays_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = np.random.default_rng(0).lognormal(size=(INLINE, 2))
    limits = {"client": np.arange(INLINE) // 4, "client_cap": 0.3, "floor": 1e-3}
    path = solve(Problem(scores, budget=40.0, **limits)).save(tmp_path / "d.json")
    first = set(tmp_path.glob("*.npy"))
    assert {p.name.split(".")[1] for p in first} == {"scores", "probabilities"}
    assert check(path, capsys)[0] == PROVED
    solve(Problem(scores, budget=30.0)).save(path)
    assert check(path, capsys)[0] == PROVED
    second = set(tmp_path.glob("*.npy"))
    assert len(second) == 2
    assert len(first & second) == 1  # the scores are the same, and so is their name
    assert {p.name.split(".")[1] for p in second} == {"scores", "probabilities"}
    assert not list(tmp_path.glob("*.part"))


def array_of(path: Path, name: str) -> Path:
    return next(path.parent.glob(f"d.{name}.*.npy"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("pipe", "is a pipe; write it to a file"),
        ("folder", "is a folder; give a file"),
        ("device", "is a device; give a file"),
        ("circle", "cannot be read: too many levels"),
        ("sparse", "has 8589934592 bytes; its shape needs"),
        ("gone", "is missing; put it back beside the document"),
        ("exchanged", "has another sha256"),
    ],
)
def test_what_is_no_array_of_ours_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, said: str
) -> None:
    """Nothing is waited for, and of what is too large nothing is read."""
    scores = np.random.default_rng(0).lognormal(size=(INLINE, 2))
    path = solve(Problem(scores, budget=40.0)).save(tmp_path / "d.json")
    array, other = array_of(path, "scores"), array_of(path, "probabilities")
    content = array.read_bytes()
    array.unlink()
    if kind == "pipe":
        os.mkfifo(array)
    elif kind == "folder":
        array.mkdir()
    elif kind in ("device", "circle"):
        array.symlink_to("/dev/zero" if kind == "device" else array)
    elif kind == "sparse":
        with array.open("wb") as file:
            file.truncate(8 << 30)
    elif kind == "exchanged":
        other.rename(array)
        other.write_bytes(content)
    code, line = check(path, capsys)
    assert code == (REFUSED if kind == "exchanged" else UNREADABLE)
    assert array.name in line
    assert said in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("change", ["another value", "cut", "pickle", "gone", "longer", "float32"])
def test_an_array_that_was_changed_is_found(
    change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = np.random.default_rng(0).lognormal(size=(INLINE, 2))
    path = solve(Problem(scores, budget=40.0)).save(tmp_path / "d.json")
    array = array_of(path, "scores")
    expected = UNREADABLE
    if change == "another value":
        scores[7, 1] *= 1.001
        np.save(array, scores)
        expected = REFUSED
    elif change == "cut":
        array.write_bytes(array.read_bytes()[:-8])
    elif change == "pickle":
        array.write_bytes(pickle.dumps(scores))
    elif change == "gone":
        array.unlink()
    elif change == "longer":
        array.write_bytes(array.read_bytes() + bytes(1 << 20))
    else:
        np.save(array, scores.astype(np.float32))
    code, said = check(path, capsys)
    assert code == expected, said


@pytest.mark.parametrize("kind", ["object", "float32", "columns first", "other shape"])
def test_arrays_of_another_layout_are_unreadable_with_a_right_checksum(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import hashlib

    path, document = saved(tmp_path)
    design = np.array(document["probabilities"])
    other = {
        "object": design.astype(object),
        "float32": design.astype(np.float32),
        "columns first": np.asfortranarray(design),
        "other shape": np.ascontiguousarray(design.T),
    }[kind]
    array = tmp_path / "p.npy"
    np.save(array, other, allow_pickle=True)
    digest = hashlib.sha256(array.read_bytes()).hexdigest()
    document["probabilities"] = {"file": "p.npy", "sha256": digest, "shape": [12, 3]}
    path.write_text(json.dumps(document), "utf-8")
    code, said = check(path, capsys)
    assert code == UNREADABLE, said


def test_a_certificate_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scores 1 and 3, one draw: ``p = a/4``, price 16, objective 16, variance 16 − 10."""
    nothing = ("available", "client", "client_cap", "groups", "group_caps")
    unlimited = ("model_budgets", "costs", "cost_budgets", "weights")
    document = {
        "format": "roundlot-certificate",
        "version": 1,
        "goal": {"name": "sum"},
        "problem": {
            **dict.fromkeys((*nothing, *unlimited)),
            **{"scores": [[1], [3]], "budget": 1, "processor_cap": 1, "floor": 0, "ceiling": 1},
            "model_weights": 1,
        },
        "probabilities": [[0.25], [0.75]],
        "prices": {
            **{"exponent": 2, "budget": 1, "processors": 0, "levels": [], "models": [0]},
            **{"costs": [], "variances": None},
        },
        **{"objective": 16, "lower_bound": 16, "gap": 0, "variance": 6},
    }
    path = tmp_path / "by-hand.json"
    path.write_text(json.dumps(document), "utf-8")
    assert check(path, capsys)[0] == PROVED
    document["lower_bound"] = 16.000000000000004
    path.write_text(json.dumps(document), "utf-8")
    assert check(path, capsys)[0] == REFUSED


def test_the_command_line_writes_what_it_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("client,a,b\nx,1,2\ny,3,\nz,0.5,4\n", "utf-8")
    solving = ["solve", "s.csv"]
    assert main([*solving, "--budget", "1", "--certificate", "d.json"]) == 0
    assert check(Path("d.json"), capsys)[0] == PROVED
    assert main([*solving, "--variance-ceiling", "90", "--certificate", "l.json"]) == 0
    assert check(Path("l.json"), capsys)[0] == PROVED
    assert main([*solving, "--budget", "1", "--certificate", "d.csv"]) == UNREADABLE
    capsys.readouterr()
    assert main(["check", "d.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proved"] is True


def test_checking_loads_no_solver(tmp_path: Path) -> None:
    path = solve(PLAIN).save(tmp_path / "d.json")
    bad = tmp_path / "bad.json"
    bad.write_text(path.read_text("utf-8").replace('"gap": ', '"gap": -'), "utf-8")
    program = (
        "import sys; from roundlot.cli import main\n"
        f"codes = [main(['check', p]) for p in ({str(path)!r}, {str(bad)!r}, 'none')]\n"
        "heavy = {'sympy', 'torch', 'numba', 'cvxpy', 'scipy', 'roundlot.solvers',"
        " 'roundlot.simulate'} & set(sys.modules)\n"
        "print(codes, sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[0, 1, 2] []", done.stderr


def test_a_certificate_is_judged_where_no_solver_can_be_imported(tmp_path: Path) -> None:
    path = solve(PLAIN).save(tmp_path / "d.json")
    program = (
        "import sys\n"
        "sys.modules['roundlot.solvers'] = sys.modules['roundlot.simulate'] = None\n"  # refused
        f"from roundlot.cli import main; sys.exit(main(['check', {str(path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == PROVED, done.stderr
    assert done.stdout.startswith("proved")


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    solution = rl.solve(PLAIN)
    with pytest.raises(FileExistsError, match="is a folder"):
        solution.save(tmp_path)
    claim = claim_of(solution.certificate, solution=solution)
    assert save_claim(tmp_path / "a.json", claim, method="exact") == tmp_path / "a.json"
