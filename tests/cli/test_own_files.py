"""A training from files of the user's own: their mistakes in one line, runs that diverge named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roundlot.train import load_bench

Call = Callable[..., tuple[int, str, str]]

CODE = """
from dataclasses import dataclass, replace
import numpy as np
import torch
from torch import nn
from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import Samples, Step, Task


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        if len(x) > 6:
            raise KeyError("too many")
        return self.layer(x)


def make(n_clients, seed, what="good"):
    x = torch.randn(24, 2, generator=torch.Generator().manual_seed(seed))
    y = (x[:, 0] > 0).long()
    train = Samples.by_owner(x, y, np.arange(24) % n_clients, n_clients)
    good = Task(name="good", module=nn.Linear(2, 2), train=train, test=(x, y))
    if what == "net":
        return Task(name="net", module=Net(), train=train, test=(x, y))
    if what == "table":
        ids = 2 * (torch.arange(24)[:, None] == 4).long()  # a row that is not tried before
        rows = Samples.by_owner(ids, y, np.arange(24) % n_clients, n_clients)
        module = nn.Sequential(nn.Embedding(2, 3), nn.Flatten(), nn.Linear(3, 2))
        return Task(name="table", module=module, train=rows)
    line = Samples.by_owner(x, x[:, :1], np.arange(24) % n_clients, n_clients)
    return good, Task(name="line", module=nn.Linear(2, 1), train=line, loss="squared error")


@dataclass(frozen=True, kw_only=True)
class Loud(Random):
    at: int = 1

    def apply(self, memory, round_):
        if round_.index == self.at:
            raise ValueError("boom")
        return super().apply(memory, round_)


@dataclass(frozen=True, kw_only=True)
class Wild(Random):
    def apply(self, memory, round_):
        memory, step = super().apply(memory, round_)
        factor = 1e30 ** (round_.index == 2)
        rows = tuple(None if row is None else row * factor for row in step.directions)
        return memory, Step(directions=rows, picks=step.picks, fresh_weights=step.fresh_weights)


@dataclass(frozen=True, kw_only=True)
class Late(Random):
    kind: str = ""
    name: str = "late"

    def apply(self, memory, round_):
        memory, step = super().apply(memory, round_)
        if round_.index < 3:
            return memory, step
        if self.kind == "import":
            import no_such_module
        if self.kind == "exit":
            raise SystemExit(3)
        if self.kind == "assert":
            assert not memory, memory
            assert memory
        if self.kind == "none":
            return None
        if self.kind == "picks":
            return memory, replace(step, picks=None)
        if self.kind == "number":
            return memory, replace(step, picks=np.abs(step.picks) + 8)
        if self.kind == "rows":
            return memory, replace(step, directions=step.directions * 2)
        if self.kind == "flat":
            return memory, replace(step, directions=(torch.zeros(1), None))
        if self.kind == "weights":
            return memory, replace(step, fresh_weights=[step.fresh_weights[0][:1]] * 2)
        if self.kind == "table":
            return memory, replace(step, probabilities=step.probabilities[:1])
        return {"last": ["text"]}, step


class Nothing:
    pass
"""


def setup(folder: Path, methods: str, what: str = "good") -> Path:
    (folder / "mine.py").write_text(CODE, "utf-8")
    path = folder / "s.toml"
    path.write_text(
        f"""
name = "own"
methods = [{methods}]
[tasks]
module = "mine.py:make"
clients = 3
what = "{what}"
[local]
epochs = 1
[run]
rounds = 4
seeds = 2
budget = 3
checkpoint_every = 1
evaluate_every = 2
""",
        "utf-8",
    )
    return path


def line_of(text: str) -> int:
    return CODE.splitlines().index(text) + 1


@pytest.mark.parametrize(
    ("methods", "what", "said"),
    [
        ('"random"', "net", ("KeyError: 'too many'", 'raise KeyError("too many")')),
        (
            '{ module = "mine.py:Loud", at = 2 }',
            "good",
            ("ValueError: boom", 'raise ValueError("boom")'),
        ),
        (
            '"random"',
            "table",
            ("a network or loss fails: IndexError: index out of range", None),
        ),
        ('{ module = "mine.py:Nothing" }', "good", ("has no 'init'; a method has init", None)),
        ('{ module = "mine.py:Gone" }', "good", ("has no class 'Gone'", None)),
        ('{ method = "mine.py:Loud" }', "good", ("is { module = 'mine.py:Loud' }", None)),
        ('{ module = "mine.py:Loud", bat = 2 }', "good", ("TypeError: ", None)),
        ('{ module = "mine.py" }', "good", ('give "mine.py:Class"'.replace("mine", "file"), None)),
    ],
)
def test_what_fails_in_the_users_files_says_where(
    call: Call, tmp_path: Path, methods: str, what: str, said: tuple[str, str | None]
) -> None:
    code, _, err = call("train", setup(tmp_path, methods, what), "--out", tmp_path / "out")
    assert code == 2
    assert err.count("\n") == 1
    assert said[0] in err
    if said[1] is not None:
        place = next(k for k, row in enumerate(CODE.splitlines(), 1) if row.strip() == said[1])
        assert f"(mine.py, line {place})" in err


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("import", "in round 3 fails: ModuleNotFoundError: No module named 'no_such_module'"),
        ("exit", "in round 3 fails: SystemExit: 3"),
        ("assert", "in round 3 fails: AssertionError"),
    ],
)
def test_a_method_that_fails_late_names_round_and_checkpoint(
    call: Call, tmp_path: Path, kind: str, said: str
) -> None:
    out = tmp_path / "out"
    path = setup(tmp_path, f'"random", {{ module = "late.py:Late", kind = "{kind}" }}')
    (tmp_path / "late.py").write_text(CODE, "utf-8")
    code, _, err = call("train", path, "--out", out)
    assert (code, err.count("\n")) == (2, 1)
    kept = out / "runs" / "late-seed0.checkpoint.npz"
    assert f"Late, seed 0, {said}" in err
    assert "(late.py, line " in err
    assert f"its checkpoint {kept} is kept" in err
    assert kept.exists()
    (tmp_path / "late.py").write_text(CODE.replace("if round_.index < 3:", "if True:"), "utf-8")
    code, said, err = call("train", path, "--out", out, "--resume")
    assert (code, err) == (0, "")
    assert "'Late' goes on from a checkpoint of before its file was changed" in said
    assert json.loads((out / "result.json").read_text("utf-8"))["rounds"] == 4


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("none", "method 'late' gave NoneType in round 3; give (memory, Step(...))"),
        ("picks", "method 'late': picks are NoneType, not a whole number for each of 3 processors"),
        ("number", ", not -1 to 1 in round 3"),
        ("rows", "directions are 4 tuple entries, not one for each of 2 models in round 3"),
        ("flat", "direction 0 is Tensor of shape (1,), not None or a tensor (6,) in round 3"),
        ("weights", "fresh_weights 0 are ndarray of shape (1,), not numbers (3,) in round 3"),
        ("table", "probabilities are ndarray of shape (1, 2), not numbers (3, 2) in round 3"),
        ("memory", "method 'late' remembers 1 list entries under 'last' in round 3; give a table"),
    ],
)
def test_what_a_method_gives_is_looked_at(call: Call, tmp_path: Path, kind: str, said: str) -> None:
    path = setup(tmp_path, f'{{ module = "mine.py:Late", kind = "{kind}" }}')
    code, _, err = call("train", path, "--out", tmp_path / "out")
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_a_run_that_diverges_is_named_and_in_no_mean(call: Call, tmp_path: Path) -> None:
    path, out = setup(tmp_path, '"random", { module = "mine.py:Wild" }'), tmp_path / "out"
    code, said, err = call("train", path, "--out", out)
    assert (code, err) == (0, "")
    assert "diverged: Wild, seed 1, round " in said
    assert "nan" not in said
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert [row["method"] for row in record["methods"]] == ["random"]
    lost = {(row["method"], row["seed"]) for row in record["diverged"]}
    assert ("Wild", 1) in lost
    assert {row["round"] for row in record["diverged"]} <= {2, 3}
    assert "Diverged" in (out / "index.html").read_text("utf-8")
    kept = out / "runs" / "wild-seed1.checkpoint.npz"
    assert kept.exists()
    assert f"its checkpoint {kept} is kept" in said
    assert str(kept) in {row["checkpoint"] for row in record["diverged"]}
    assert load_bench(out).methods == ("random",)
    again = call("train", path, "--out", out, "--resume")
    assert (again[0], again[1].splitlines()[0]) == (0, said.splitlines()[0])


def test_where_all_diverge_the_command_fails_with_the_first(call: Call, tmp_path: Path) -> None:
    path, out = setup(tmp_path, '{ module = "mine.py:Wild" }'), tmp_path / "out"
    code, _, err = call("train", path, "--out", out)
    assert code == 2
    assert "diverged: Wild, seed " in err
    assert err.count("\n") == 1
    assert not (out / "result.json").exists()


def test_models_with_and_without_accuracy_are_told_each_by_its_own(
    call: Call, tmp_path: Path
) -> None:
    code, said, _ = call("train", setup(tmp_path, '"random"'), "--out", tmp_path / "out")
    assert code == 0
    assert "nan" not in said
    record = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    named = {(row["model"], row["measure"]) for row in record["per_model"]}
    assert named == {("good", "accuracy"), ("good", "loss"), ("line", "loss")}
