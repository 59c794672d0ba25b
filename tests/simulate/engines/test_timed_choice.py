"""A run has the fastest engine that can train its network; the choice is kept and recorded."""

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.engines import compiled
from roundlot.simulate.engines.choice import choose, make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.timed_choice import (
    SHORT,
    Workload,
    compiling_seconds,
    fastest,
    timed,
    trial_task,
)
from roundlot.simulate.methods.random import Random
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training import Federation, History, engine_choices, train
from roundlot.theory import InvalidProblemError

PLAN = LocalPlan(epochs=1, batch_size=4)
COUNTS = (8, 8, 8, 8)  # two steps a client


class Doubled(nn.Module):
    """No chain."""

    def __init__(self) -> None:
        super().__init__()
        self.leave = nn.Linear(3, 2)

    def forward(self, rows):
        return 2.0 * self.leave(rows)


def make_task(module=None, counts=COUNTS):
    n = sum(counts)
    draw = torch.Generator().manual_seed(0)
    train_ = Samples(
        inputs=torch.randn((n, 3), generator=draw),
        targets=torch.randint(0, 2, (n,), generator=draw),
        offsets=np.cumsum([0, *counts]),
    )
    return Task(name="rows", module=module or Doubled(), train=train_)


def chosen(seconds, rounds, *, compiled_seconds=1e-3, task=None):
    """The choice for runs of so many rounds of four clients, two steps each, by these times."""
    asked = []

    def time_kinds(kinds, task, plan, device):
        asked.extend(kinds)
        return {kind: seconds[kind] for kind in kinds}

    choice = choose(
        task or make_task(),
        PLAN,
        "cpu",
        Workload(rounds=rounds, clients=4),
        time_kinds=time_kinds,
        time_compiled=lambda engine: compiled_seconds,
    )
    return choice, asked


@pytest.fixture
def with_compiler(monkeypatch):
    """As if there were one; nothing is compiled."""
    monkeypatch.setattr(compiled, "missing", lambda device: None)


def test_short_runs_are_not_timed():
    assert Workload(rounds=250, clients=4).steps(make_task(), PLAN) == 2000 == SHORT
    choice, asked = chosen({}, 249)
    assert (choice.kind, asked) == ("vmapped", [])
    assert "under 2000 local steps are left" in choice.why


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        ({"vmapped": 2e-4, "plain": 1e-3}, "vmapped"),
        ({"vmapped": 2e-3, "plain": 1e-3}, "plain"),
        ({"vmapped": 1.05e-3, "plain": 1e-3}, "plain"),  # never one slower than plain
        ({"vmapped": 0.95e-3, "plain": 1e-3}, "vmapped"),
        ({"vmapped": 1.2e-3, "plain": 1e-3}, "plain"),
    ],
)
def test_the_fastest_is_taken_and_compiling_must_pay(seconds, kind):
    choice, asked = chosen(seconds, 1000)  # 8000 steps: 8 s at most
    assert (choice.kind, asked) == (kind, ["vmapped", "plain"])
    assert f"vmapped {seconds['plain'] / seconds['vmapped']:.2g}" in choice.why
    assert "compiled left out" in choice.why
    assert "s of training are left" in choice.why


@pytest.mark.usefixtures("with_compiler")
@pytest.mark.parametrize(("compiled_seconds", "kind"), [(1e-4, "compiled"), (6e-4, "vmapped")])
def test_long_runs_try_the_compiler_and_keep_what_is_faster(compiled_seconds, kind):
    seconds = {"vmapped": 5e-4, "plain": 1e-3}
    choice, _ = chosen(seconds, 10**6, compiled_seconds=compiled_seconds)
    assert choice.kind == kind
    assert f"compiled {1e-3 / compiled_seconds:.2g}" in choice.why


def test_without_a_compiler_it_is_left_out_and_the_record_says_so(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    choice, _ = chosen({"vmapped": 5e-4, "plain": 1e-3}, 10**6)
    assert choice.kind == "vmapped"
    assert "compiled left out: torch compiles by a C++ compiler and 'no-such-" in choice.why


@pytest.mark.usefixtures("with_compiler")
def test_a_compiler_that_fails_is_left_out_and_the_record_says_so():
    def fails(engine):
        raise InvalidProblemError("torch cannot compile 'rows' (no)")

    choice = choose(
        make_task(),
        PLAN,
        "cpu",
        Workload(rounds=10**6, clients=4),
        time_kinds=lambda kinds, *rest: {"vmapped": 5e-4, "plain": 1e-3},
        time_compiled=fails,
    )
    assert choice.kind == "vmapped"
    assert choice.why.endswith("compiled left out: torch cannot compile 'rows' (no)")


def test_chains_have_the_loops_made_for_them():
    seconds = {"fused": 1e-5, "batched": 1e-4, "vmapped": 5e-4, "plain": 1e-3}
    choice, asked = chosen(seconds, 10**6, task=make_task(nn.Linear(3, 2)))
    assert (choice.kind, asked) == ("fused", ["fused", "batched", "vmapped", "plain"])
    assert choice.why.endswith("compiled left out: fused trains this network")


def test_real_times_are_of_all_kinds():
    def make(kind, trial):
        return make_engine(trial, PLAN, model=0, seed=0, device="cpu", kind=kind)

    seconds = timed(["vmapped", "plain"], make, make_task(), PLAN)
    assert set(seconds) == {"vmapped", "plain"}
    assert all(0.0 < value < 1.0 for value in seconds.values())


def test_trials_are_of_all_sizes_of_clients_and_of_few_batches():
    trial = trial_task(make_task(counts=(100, 0, 3, 50, 1)), PLAN)
    assert trial.train.counts.tolist() == [12, 12, 3, 1]  # of at most three batches of four
    assert fastest({"plain": 1.0, "vmapped": 1.0}, ["vmapped", "plain"]) == "vmapped"
    assert fastest({"plain": 1.0, "vmapped": 1.05}, ["vmapped", "plain"]) == "plain"
    nearly = {"batched": 1.05, "plain": 3.0, "vmapped": 1.0}  # the order decides
    assert fastest(nearly, ["batched", "vmapped"]) == "batched"
    assert compiling_seconds(100, 2) == pytest.approx(2 * 9.0)


def test_a_run_that_goes_on_keeps_its_engine(tmp_path, monkeypatch):
    federation = Federation(tasks=[make_task()], processors=1, speed=1.0, link=1.0)
    settings = {"plan": PLAN, "budget": 2, "checkpoint": tmp_path / "run.npz"}
    choices = []

    def choose_plain(task, plan, device, workload, *, precision):
        choices.append(workload)
        return engine_choices.Choice(kind="plain", why="timed so")

    monkeypatch.setattr(engine_choices, "choose", choose_plain)
    first = train(federation, Random(), rounds=2, **settings)
    assert (first.engines, first.engine_choice) == (("plain",), ("timed so",))
    assert choices == [Workload(rounds=2, clients=2.0)]
    on = train(federation, Random(), rounds=3, **settings)
    assert (on.engines, on.engine_choice, len(choices)) == (("plain",), ("timed so",), 1)
    on.save(tmp_path / "kept.npz")
    assert History.load(tmp_path / "kept.npz").engines == ("plain",)
    whole = train(federation, Random(), rounds=3, plan=PLAN, budget=2, engine="plain")
    assert np.array_equal(on.parameters[0], whole.parameters[0])
    assert whole.engine_choice == ("as asked for",)
    listed = train(federation, Random(), rounds=1, plan=PLAN, budget=2, engine=["auto"])
    assert (listed.engines, listed.engine_choice) == (("plain",), ("timed so",))  # not "auto"
