"""``roundlot gossip SETUP``: training in real processes is the training that is simulated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    AllReduce,
    Alternating,
    Links,
    Matcha,
    MixingSchedule,
    RealRun,
    Scheduled,
    drawn_matrices,
    product_of_rounds,
    schedule_of_method,
    write_schedule,
)
from roundlot.solvers.graphs import optimise_links, shape
from roundlot.theory import InvalidProblemError
from roundlot.train import load_workers_setup, train_really
from roundlot.train.real import TrainingStep

HEAD = """
[tasks]
kind = "digits"
samples = 300
partition = "iid"
high_share = 0.0
network = "64-6-10"
[workers]
count = 3
graph = "ring"
[steps]
steps = 2
learning_rate = 0.3
[run]
rounds = 4
seeds = 1
"""
METHODS = """
[[methods]]
method = "matcha"
[[methods]]
method = "d-psgd"
weights = "fastest"
[[methods]]
method = "adjacent-leader"
[[methods]]
method = "adjacent-leader"
name = "in turn"
form = "code"
base = "matcha"
graphs = ["ring", "path"]
[[methods]]
method = "scheduled"
schedule = "turns.json"
"""
RING = optimise_links(shape("ring", 3), 0.5)


@pytest.fixture
def crew(tmp_path: Path) -> Path:
    place = tmp_path / "crew.toml"
    place.write_text(HEAD + METHODS, "utf-8")
    path = optimise_links(shape("path", 3), 0.5)
    write_schedule(
        tmp_path / "turns.json",
        MixingSchedule.of(RING, path, method="adjacent-leader", seed=5, update="code"),
    )
    return place


def test_a_workers_own_step_is_that_of_the_simulation(crew: Path) -> None:
    """A process computes its own row of what all workers do side by side."""
    setup = load_workers_setup(crew).with_methods(["matcha"])
    step = TrainingStep(document=setup.document, folder=setup.folder, seed=2)
    step.prepare()
    rows = (
        np.random.default_rng(0)
        .normal(size=(3, 64 * 6 + 6 + 6 * 10 + 10), scale=0.1)
        .astype(np.float32)
    )
    (source,) = setup.methods
    engine = step._engine
    together, losses = engine.descend(torch.from_numpy(rows), 7)
    for rank in range(3):
        own, loss = step(rank, 7, rows[rank].copy())
        assert np.abs(own - together[rank].numpy()).max() < 1e-6
        assert loss == pytest.approx(losses[rank], rel=1e-5)
    assert source.method == "matcha"


@pytest.mark.slow
def test_every_method_is_what_was_simulated(crew: Path, call) -> None:
    code, told, error = call("gossip", crew, "--rounds", 12, "--json")
    assert code == 0, error
    methods = json.loads(told)["methods"]
    assert len(methods) == 5
    for one in methods:
        assert one["difference"] <= 1e-6, one["method"]
        assert one["bytes"]["measured"] == one["bytes"]["predicted"]
        assert one["last_loss"]["measured"] == pytest.approx(one["last_loss"]["simulated"], 1e-5)
        assert one["seconds"]["predicted"] > 0.0
    plain = {one["method"]: one["bytes"] for one in methods}
    assert plain["matcha"]["measured"] == plain["matcha"]["simulated"]


@pytest.mark.slow
def test_one_method_trains_in_processes_as_it_is_simulated(crew: Path, call) -> None:
    words = ("gossip", crew, "--methods", "matcha", "--rounds", 5)
    code, told, error = call(*words)
    assert code == 0, error
    assert "5 rounds of 3 processes, each with its own data, gradients and parameters" in told
    assert "largest difference of a parameter from the simulation" in told


def test_processes_that_do_something_else_are_told(crew: Path, monkeypatch, call) -> None:
    """The exit code is 1 where a parameter is further off than rounding takes it."""
    monkeypatch.setattr("roundlot.train.real.SAME", -1.0)
    monkeypatch.setattr("roundlot.simulate.workers.launch", _simulated_only)
    assert call("gossip", crew, "--methods", "matcha", "--rounds", 2)[0] == 1


def _simulated_only(schedule, start, *, rounds, step, learning_rate, timeout):
    after = product_of_rounds(schedule, start, rounds=rounds, step=step)
    zeros = np.zeros((rounds, len(start)))
    return RealRun(
        schedule=schedule,
        parameters=after,
        computing=zeros + 1e-3,
        ended=np.cumsum(zeros + 1e-2, axis=0),
        sent=zeros.astype(np.int64),
        losses=zeros,
        best=zeros.astype(np.int64) - 1,
        central=zeros.astype(np.int64) - 1,
        small=1e-4,
        whole=1e-4,
        kernel_bytes=None,
        learning_rate=learning_rate,
    )


@pytest.mark.parametrize(
    ("method", "words", "told"),
    [
        ('method = "all-reduce"', (), "and not by all-reduce; leave it out"),
        ('method = "matcha"\norder = "mix first"', (), "order of matcha is 'mix first'"),
        ('method = "matcha"\ndelay = 1', (), "delay of matcha is 1; give 0"),
        ('method = "adjacent-leader"\ndecay = 0.5', (), "give decay = 1"),
        ('method = "matcha"', ("--size", 5), "--size is for a schedule"),
        ('method = "matcha"', ("--methods", ","), "give names such as d-psgd"),
        ('method = "scheduled"\nschedule = "none.json"', (), "none.json"),
    ],
)
def test_what_processes_cannot_do_is_refused_before_they_start(
    crew: Path, call, method: str, words: tuple, told: str
) -> None:
    text = HEAD.replace("steps = 2\n", "")
    if "all-reduce" in method or "scheduled" in method:
        text = text.replace('graph = "ring"\n', "")
    crew.write_text(f"{text}[[methods]]\n{method}\n", "utf-8")
    code, _, error = call("gossip", crew, *words)
    assert code == 2
    assert told in error


def test_methods_belong_to_a_setup(call, tmp_path: Path) -> None:
    code, _, error = call("gossip", tmp_path / "turns.json", "--methods", "matcha")
    assert code == 2
    assert "--methods is for a setup" in error


def test_the_schedule_of_a_method_has_its_matrices() -> None:
    """Every record: the same matrices round for round, from the same seed."""
    star = optimise_links(shape("star", 3), 0.5)
    both = [
        Matcha(
            links=Links.of(one.decomposition), probabilities=one.probabilities, weight=one.weight
        )
        for one in (RING, star)
    ]
    mixing = np.array([[0.6, 0.5, -0.1], [0.5, 0.2, 0.3], [-0.1, 0.3, 0.8]])
    fixed = DPSGD(mixing=mixing)
    for method in (both[0], fixed):
        schedule = schedule_of_method(method, seed=4)
        expected = drawn_matrices(method, 9, seed=4)
        assert np.allclose(schedule.matrices(9), expected, rtol=0, atol=1e-15)
    turns = schedule_of_method(Alternating(turns=tuple(both)), nodes=("a", "b", "c"), seed=4)
    for number in range(6):
        expected = both[number % 2].at(number, 4)[0]
        assert np.allclose(turns.matrix(number), expected, rtol=0, atol=1e-15)
    assert turns.nodes == ("a", "b", "c")
    led = schedule_of_method(AdjacentLeader(base=both[0], form="code", best=0.1), seed=4)
    assert (led.method, led.update, led.leaders.best) == ("adjacent-leader", "code", 0.1)
    own = MixingSchedule.of(RING, seed=11)
    assert schedule_of_method(Scheduled(schedule=own), seed=4).seed == 11
    with pytest.raises(InvalidProblemError, match="and not by all-reduce"):
        schedule_of_method(AllReduce())


@pytest.mark.slow
def test_from_python(crew: Path) -> None:
    (one,) = train_really(load_workers_setup(crew).with_methods(["scheduled"]), rounds=3)
    assert one.same
    assert one.run.schedule.leaders is not None
    assert (one.run.best >= 0).all()


@pytest.mark.parametrize(
    ("name", "others", "told"),
    [
        ("missing.toml", ("notes.txt", ".git"), "does not exist; its folder is"),
        ("zoo.toml", ("notes.txt", "mine.toml"), "of .toml files its folder has mine.toml\n"),
        ("mine.tom", (), "mine.tom"),
        ("crw.toml", ("crew.toml",), "did you mean 'crew.toml'?"),
        ("wrkers", (), "neither a file nor a shipped setup; did you mean 'workers'?"),
    ],
)
def test_a_setup_that_is_not_there(
    call, tmp_path: Path, monkeypatch, name: str, others: tuple[str, ...], told: str
) -> None:
    """Files of other kinds beside it are no remedy."""
    for other in others:
        (tmp_path / other).touch()
    monkeypatch.chdir(tmp_path)
    code, _, error = call("gossip", name)
    assert code == 2
    assert told in error
    assert "notes.txt" not in error
    assert error.count("\n") == 1
