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
    step_seconds,
    trial_task,
)
from roundlot.simulate.methods.gvr import GradientNorm
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


TRACING = (
    0.1  # seconds by the faked clock: seven of compiling for a function, of which there is one
)


def chosen(seconds, rounds, *, beside=None, task=None, clients=4):
    """The choice for runs of so many rounds of four clients, two steps each, by these times.

    ``beside`` are the times of the engine that is best and of "compiled", timed together.
    """
    asked, now = [], [0.0]

    def time_steps(engines, together):
        asked.append((tuple(engines), together))
        if "compiled" not in engines:
            return {kind: seconds[kind] for kind in engines}
        if isinstance(beside, Exception):
            raise beside
        return dict(zip(engines, beside, strict=True))

    def clock():
        now[0] += TRACING
        return now[0]

    choice = choose(
        task or make_task(),
        PLAN,
        "cpu",
        Workload(rounds=rounds, clients=clients),
        clock=clock,
        time_steps=time_steps,
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
def test_the_fastest_is_taken(seconds, kind):
    choice, asked = chosen(seconds, 1000)  # 8000 steps: 8 s at most
    assert (choice.kind, asked) == (kind, [(("vmapped", "plain"), 4)])
    assert f"vmapped {seconds['plain'] / seconds['vmapped']:.2g}" in choice.why
    assert "compiled left out" in choice.why
    assert choice.why.endswith("s of training are left")


@pytest.mark.parametrize(("clients", "together"), [(0.3, 1), (2.4, 2), (40.0, 16)])
def test_engines_are_timed_with_as_many_clients_as_a_round_trains(clients, together):
    _, asked = chosen({"vmapped": 2e-4, "plain": 1e-3}, 5000, clients=clients)
    assert asked == [(("vmapped", "plain"), together)]


@pytest.mark.usefixtures("with_compiler")
def test_compiling_must_pay():
    seconds = {"vmapped": 5e-4, "plain": 1e-3}
    choice, asked = chosen(seconds, 8700)  # 34.8 s
    assert choice.kind == "vmapped"
    assert choice.why.endswith("35 s of training are left, and compiling takes some 7 s")
    assert len(asked) == 1
    choice, asked = chosen(seconds, 8800, beside=(5e-4, 1e-4))  # 35.2 s
    assert (choice.kind, asked[1:]) == ("compiled", [(("vmapped", "compiled"), 4)])


@pytest.mark.usefixtures("with_compiler")
@pytest.mark.parametrize(
    ("beside", "kind", "speed"),
    [
        ((5e-4, 1e-4), "compiled", "10"),
        ((5e-4, 6e-4), "vmapped", "1.7"),
        ((2e-3, 4e-4), "compiled", "10"),  # both four times as slow as before: a busy machine
        ((5e-4, 4.8e-4), "vmapped", "2.1"),  # not clearly faster
    ],
)
def test_compiled_is_held_to_the_best_beside_it(beside, kind, speed):
    choice, _ = chosen({"vmapped": 5e-4, "plain": 1e-3}, 10**6, beside=beside)
    assert choice.kind == kind
    assert choice.why.endswith(f"compiled {speed}")


def test_without_a_compiler_it_is_left_out_and_the_record_says_so(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    choice, _ = chosen({"vmapped": 5e-4, "plain": 1e-3}, 10**6)
    assert choice.kind == "vmapped"
    assert "compiled left out: torch compiles by a C++ compiler and 'no-such-" in choice.why


@pytest.mark.usefixtures("with_compiler")
def test_a_compiler_that_fails_is_left_out_and_the_record_says_so():
    fails = InvalidProblemError("torch cannot compile 'rows' (no)")
    choice, _ = chosen({"vmapped": 5e-4, "plain": 1e-3}, 10**6, beside=fails)
    assert choice.kind == "vmapped"
    assert choice.why.endswith("compiled left out: torch cannot compile 'rows' (no)")


def test_chains_have_the_loops_made_for_them():
    seconds = {"fused": 1e-5, "batched": 1e-4, "vmapped": 5e-4, "plain": 1e-3}
    choice, asked = chosen(seconds, 10**6, task=make_task(nn.Linear(3, 2)))
    assert (choice.kind, asked) == ("fused", [(("fused", "batched", "vmapped", "plain"), 4)])
    assert choice.why.endswith("compiled left out: fused trains this network")


class Scripted:
    """An engine whose rounds take these seconds by the clock that it moves; the last ones again."""

    device, plan = "cpu", PLAN

    def __init__(self, now, *seconds):
        self.task, self.now, self.seconds, self.asked = make_task(), now, list(seconds), []

    def updates(self, start, clients, round_):
        self.asked.append(len(clients))
        self.now[0] += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return start[None]


def test_engines_take_turns_and_the_least_time_counts():
    now = [0.0]
    one, plain = Scripted(now, 9.0, 0.1, 0.7, 0.1), Scripted(now, 9.0, 0.8, 0.9)
    seconds = step_seconds({"vmapped": one, "plain": plain}, 4, clock=lambda: now[0])
    # Two turns: by then a second has passed. The first rounds, of 9 s each, do not count.
    assert seconds == pytest.approx({"vmapped": 0.1 / 8, "plain": 0.8 / 6})  # two steps a client
    assert (one.asked, plain.asked) == ([4, 4, 4], [3, 3, 3])


def test_short_rounds_are_timed_twenty_times():
    """So that on a busy machine one of them is undisturbed."""
    now = [0.0]
    one = Scripted(now, 0.5, *[0.04] * 19, 0.01, 0.001)
    assert step_seconds({"plain": one}, 1, clock=lambda: now[0]) == pytest.approx({"plain": 0.005})
    assert one.asked == [1] * 21


def test_real_times_are_of_all_kinds():
    task = make_task()
    kinds = ("vmapped", "plain")
    engines = {
        kind: make_engine(task, PLAN, model=0, seed=0, device="cpu", kind=kind) for kind in kinds
    }
    seconds = step_seconds(engines, 4)
    assert set(seconds) == set(kinds)
    assert all(0.0 < value < 1.0 for value in seconds.values())


def test_trials_are_of_all_sizes_of_clients_and_of_few_batches():
    with torch.no_grad():  # as where a run chooses
        trial = trial_task(make_task(counts=(100, 0, 3, 50, 1)), PLAN)
    assert trial.train.counts.tolist() == [12, 12, 3, 1]  # of at most three batches of four
    assert fastest({"plain": 1.0, "vmapped": 1.0}, ["vmapped", "plain"]) == "vmapped"
    assert fastest({"plain": 1.0, "vmapped": 1.05}, ["vmapped", "plain"]) == "plain"
    nearly = {"batched": 1.05, "plain": 3.0, "vmapped": 1.0}  # the order decides
    assert fastest(nearly, ["batched", "vmapped"]) == "batched"
    assert compiling_seconds(0.1, 2) == pytest.approx(2 * 7.0)


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


def test_methods_that_train_everybody_say_so():
    federation = Federation(tasks=[make_task()], processors=1, speed=1.0, link=1.0)
    workloads = []

    def choose_plain(task, plan, device, workload, *, precision):
        workloads.append(workload)
        return engine_choices.Choice(kind="plain", why="timed so")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_choices, "choose", choose_plain)
        for method in (Random(), GradientNorm()):
            train(federation, method, rounds=1, plan=PLAN, budget=2)
    assert [one.clients for one in workloads] == [2.0, 4.0]
