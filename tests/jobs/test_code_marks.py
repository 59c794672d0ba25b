"""A mark of code changes with what the code does, in any module it is made of, and with no word."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from roundlot.folders import Contents
from roundlot.folders.code_marks import _module, code_mark, file_mark
from roundlot.simulate.methods import METHODS
from roundlot.simulate.workers import WORKER_METHODS
from roundlot.sweep import load_sweep_setup, run_sweep
from roundlot.theory import InvalidProblemError
from roundlot.theory.code_text import code_text
from roundlot.train import load_train_setup, load_workers_setup, run_training, run_workers
from roundlot.train.marks import method_mark, rounds_mark

FIRST = """import second_part
from outside_part import x

def step(a):
    'Say.'
    return a
"""


def marked(
    folder: Path, first: str = FIRST, second: str = "gain = 1", beside: str = "x = 1"
) -> str:
    """The mark of a module that imports another one, and one beside that does not count."""
    for name, text in (("first", first), ("second", second), ("outside", beside)):
        (folder / f"{name}_part.py").write_text(text, "utf-8")
        sys.modules.pop(f"{name}_part", None)
    _module.cache_clear()
    return code_mark(["first_part"], ["second_part"])


def test_a_mark_is_of_what_code_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    plain = marked(tmp_path)
    assert plain == marked(tmp_path)
    same = FIRST.replace("'Say.'", "'Say more.'").replace("    return a", "    return  a  # a")
    assert same != FIRST
    assert marked(tmp_path, first=same) == plain == marked(tmp_path, beside="x = 2")
    others = {marked(tmp_path, second="gain = 2"), marked(tmp_path, first=f"{FIRST}b = 1")}
    assert len({plain, *others}) == 3
    path = tmp_path / "first_part.py"
    mark = file_mark(path)
    path.write_text(f"# why\n{path.read_text('utf-8')}", "utf-8")
    assert file_mark(path) == mark
    path.write_text("def", "utf-8")
    assert file_mark(path) != mark
    _module.cache_clear()


SAME = """
def step(a, *, b=None):  # why
    return f"{a!r:>4}" + (
        "x" 'y') if a is None else [one for one in b if one > -1.5e3][::2]
class C(dict, metaclass=type):
    async def go(self, /, *rest: int, **more) -> "C": return await self @ {1: 'é', **more}
"""
#: Of the code above, whatever version of Python reads it.
MARK = "28bb37fcd919"


def test_a_mark_depends_neither_on_layout_nor_on_the_version_of_python(tmp_path: Path) -> None:
    path = tmp_path / "same.py"
    path.write_text(SAME, "utf-8")
    assert file_mark(path) == MARK
    path.write_text(ast.unparse(ast.parse(SAME)), "utf-8")
    assert file_mark(path) == MARK
    tree = ast.parse(SAME)
    for node in ast.walk(tree):  # fields that later versions have, and constants in pieces
        node._fields = (*node._fields, "later", "parts")
        node.later, node.parts = None, []
        if isinstance(node, ast.JoinedStr):
            node.values = [ast.Constant(value=""), *node.values, ast.Constant(value="")]
    assert code_text(tree) == code_text(ast.parse(SAME))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1", "a = 1.0"), ("a = 1", "a = True"), ("a = 'b'", "a = b"), ("f(a, b)", "f(a)(b)"),
        ("a = b + c", "a = b - c"), ("a, b = c", "[a, b] = c"), ("x = None", "x = 0"),
        ("match x:\n case None: y", "match x:\n case True: y"), ("f'{a}b'", "f'{a!r}b'"),
        ("def f(a, b=1): pass", "def f(a=1, b=1): pass"), ("a = [[], b]", "a = [[b]]"),
    ],
)  # fmt: skip
def test_other_code_has_another_text(one: str, other: str) -> None:
    assert code_text(ast.parse(one)) != code_text(ast.parse(other))


def test_code_may_be_deep(tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    path.write_text("x = " + " + ".join("1" * 900), "utf-8")
    first = file_mark(path)
    path.write_text("x = " + " +  ".join("1" * 900), "utf-8")
    assert file_mark(path) == first


def test_every_method_has_a_mark_of_its_family() -> None:
    marks = {name: method_mark(name) for name in (*METHODS, *WORKER_METHODS)}
    assert all(len(mark) == 12 for mark in marks.values())
    assert marks["mifa"] == marks["mifa-present"] != marks["gvr"]
    assert method_mark("Mine") == ""
    assert rounds_mark() != rounds_mark(workers=True)


OWN = """
from dataclasses import dataclass
from roundlot.simulate.methods.random import Random

@dataclass(frozen=True, kw_only=True)
class Mine(Random):
    name: str = "mine"

    def probabilities(self, memory, round_):
        return 0.5 * super().probabilities(memory, round_)
"""
SETUP = """
methods = [{ module = "mine.py:Mine", name = "own" }]
[tasks]
kind = "digits"
models = 2
clients = 6
samples = 120
network = "64-8-10"
[federation]
able = "able.csv"
[local]
epochs = 1
[run]
rounds = 1
seeds = 1
budget = 3
engine = "plain"
"""


@pytest.fixture
def setup_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("roundlot.folders.job.Job.contents", lambda job, result: Contents(texts={}))
    rows = "\n".join(f"{client},1,1" for client in range(6))
    (tmp_path / "able.csv").write_text(f"client,digits 1,digits 2\n{rows}\n", "utf-8")
    (tmp_path / "mine.py").write_text(OWN, "utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(SETUP, "utf-8")
    return path


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (
            "mine.py",
            "0.5 *",
            "0.25 *",
            "'own' whose code of mine.py was .*, is .*remove .*own-seed",
        ),
        (
            "able.csv",
            "5,1,1",
            "5,1,0",
            "when able.csv said something else; restore it, remove .*runs",
        ),
    ],
)
def test_kept_runs_of_other_files_are_not_taken_for_todays(
    setup_file: Path, tmp_path: Path, file: str, old: str, new: str, named: str
) -> None:
    out, path = tmp_path / "out", tmp_path / file
    run_training(load_train_setup(setup_file), out)
    text = path.read_text("utf-8")
    if file.endswith(".py"):
        path.write_text(f"{text}\n# the same\n", "utf-8")
        run_training(load_train_setup(setup_file), out, resume=True)
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InvalidProblemError, match=named):
        run_training(load_train_setup(setup_file), out, resume=True)
    path.write_text(text, "utf-8")
    run_training(load_train_setup(setup_file), out, resume=True)


def test_kept_runs_of_other_code_are_not_taken_for_todays(setup_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    setup = load_train_setup(setup_file).replaced({"methods": ["random", "mifa"]})
    run_training(setup, out)
    head = json.loads((out / "setup.json").read_text("utf-8"))
    for name, key in (("mifa", "code of its step"), ("random", "code of rounds")):
        changed = json.loads(json.dumps(head))
        changed["steps"][name][key] = "0" * 12
        (out / "setup.json").write_text(json.dumps(changed), "utf-8")
        with pytest.raises(
            InvalidProblemError, match=f"runs of '{name}' whose {key} was 000000000000, is "
        ):
            run_training(setup, out, resume=True)


def test_workers_of_other_code_are_not_taken_for_todays(setup_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    setup = load_workers_setup("workers").replaced({"run.rounds": 1, "run.seeds": 1})
    setup = setup.with_methods(["all-reduce"])
    run_workers(setup, out)
    run_workers(setup, out, resume=True)
    head = json.loads((out / "setup.json").read_text("utf-8"))
    head["steps"]["all-reduce"]["code of its step"] = "0" * 12
    (out / "setup.json").write_text(json.dumps(head), "utf-8")
    with pytest.raises(InvalidProblemError, match="whose code of its step was 000000000000, is "):
        run_workers(setup, out, resume=True)


def test_rows_of_other_code_are_not_taken_for_todays(setup_file: Path, tmp_path: Path) -> None:
    sweep, out = tmp_path / "sweep.toml", tmp_path / "swept"
    text = '[sweep]\nkind = "training"\nsetups = ["mine.toml"]\nseeds = 1\n'
    sweep.write_text(text, "utf-8")
    done = run_sweep(load_sweep_setup(sweep), out, workers=0)
    assert (done.failed, done.frame["method"].to_list()) == (0, ["own"])  # a method of the user's
    assert run_sweep(load_sweep_setup(sweep), out, workers=0, resume=True).computed == 0
    head = json.loads((out / "sweep.json").read_text("utf-8"))
    other = {**head, "code": {"own": "0" * 12}}
    (out / "sweep.json").write_text(json.dumps(other), "utf-8")
    with pytest.raises(InvalidProblemError, match="rows of 'own' that other code computed"):
        run_sweep(load_sweep_setup(sweep), out, workers=0, resume=True)
    (out / "sweep.json").write_text(json.dumps(head), "utf-8")
    (tmp_path / "mine.py").write_text(OWN.replace("0.5 *", "0.25 *"), "utf-8")
    with pytest.raises(InvalidProblemError, match="Python file or table that it names has changed"):
        run_sweep(load_sweep_setup(sweep), out, workers=0, resume=True)
