"""A training from files of the user's own: their mistakes in one line, runs that diverge named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roundlot.train import load_bench

Call = Callable[..., tuple[int, str, str]]

CODE = """
from dataclasses import dataclass
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
        ids = torch.arange(24)[:, None] // 8
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
        ('"random"', "table", ("a network or loss fails: IndexError: index out of range", None)),
        ('{ module = "mine.py:Nothing" }', "good", ("has no 'init'; a method has init", None)),
        ('{ module = "mine.py:Gone" }', "good", ("has no class 'Gone'", None)),
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
    assert (out / "runs" / "wild-seed1.checkpoint.npz").exists()
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
