"""Training over a schedule: the same as the methods that it was made of; its file in a setup."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.tasks import quadratics
from roundlot.simulate.training import Samples, Task
from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    Alternating,
    DrawnGraph,
    Links,
    Matcha,
    MixingSchedule,
    Scheduled,
    StepPlan,
    Workers,
    read_schedule,
    train_workers,
    write_schedule,
)
from roundlot.simulate.workers.consensus import MixingLaw, drawn_matrices
from roundlot.solvers.graphs import optimise_links, shape
from roundlot.theory import InvalidProblemError

SEED = 7
DESIGNS = [optimise_links(shape(name, 4), 0.5) for name in ("ring", "star")]
CREW = Workers(task=quadratics(4, dimension=3, high_share=0.5).tasks[0], link=1e-3)


def trained(method):
    return train_workers(CREW, method, rounds=12, plan=StepPlan(learning_rate=0.1), seed=SEED)


def matcha(design, **more) -> Matcha:
    links = Links.of(design.decomposition)
    given = {"probabilities": design.probabilities, "weight": design.weight}
    return Matcha(links=links, **given, **more)


def d_psgd(design) -> DPSGD:
    links = Links.of(design.decomposition)
    mixing = np.eye(4) - design.weight * links.laplacians.sum(axis=0)
    return DPSGD(mixing=mixing, links=links)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize("method", ["matcha", "d-psgd"])
def test_a_schedule_trains_as_the_methods_that_it_is_made_of(
    method: str, leads: bool, number: int
) -> None:
    designs, kind = DESIGNS[:number], matcha
    if method == "d-psgd":
        designs = [optimise_links(one.decomposition, 1.0) for one in designs]
        kind = d_psgd
    schedule = MixingSchedule.of(*designs, method=method, seed=SEED)
    turns = [kind(one) for one in designs]
    expected = turns[0] if number == 1 else Alternating(turns=tuple(turns))
    own = Scheduled(schedule=schedule)
    if leads:
        own, expected = AdjacentLeader(base=own), AdjacentLeader(base=expected)
    one, other = trained(own), trained(expected)
    assert np.abs(one.parameters - other.parameters).max() < 1e-6
    assert np.array_equal(one.bytes, other.bytes)
    assert np.array_equal(one.seconds, other.seconds)
    assert one.label == other.label
    assert one.label.startswith("biased: columns" if leads else "unbiased")


def test_draws_are_those_of_the_schedule_whatever_the_training_is_seeded_with() -> None:
    method = Scheduled(schedule=MixingSchedule.of(DESIGNS[0], seed=3))
    for number in range(8):
        assert np.array_equal(method.at(number, 0)[0], method.at(number, 99)[0])
    assert len({method.at(k, 0)[0].tobytes() for k in range(8)}) > 1


def test_law_of_links_with_weights_of_their_own_by_enumeration() -> None:
    links = Links(n_workers=4, matchings=(np.array([[0, 1], [2, 3]]), np.array([[1, 2]])))
    one = DrawnGraph(links=links, probabilities=[0.5, 0.25], weights=[[0.5, -0.1], [0.3]])
    nodes = ("a", "b", "c", "d")
    schedule = MixingSchedule(method="matcha", nodes=nodes, graphs=(one,))
    first = np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1.1, -0.1], [0, 0, -0.1, 1.1]])
    second = np.array([[1, 0, 0, 0], [0, 0.7, 0.3, 0], [0, 0.3, 0.7, 0], [0, 0, 0, 1]])
    total = np.zeros((4, 4))
    for on in itertools.product((0, 1), repeat=2):
        W = np.eye(4) + on[0] * (first - np.eye(4)) + on[1] * (second - np.eye(4))
        total += 0.5 * (0.25 if on[1] else 0.75) * W.T @ W
    law = MixingLaw.of(Scheduled(schedule=schedule))
    assert np.allclose(law.second, total, rtol=0, atol=1e-15)
    assert law.rho == pytest.approx(np.linalg.norm(total - 0.25, 2), abs=1e-14)
    assert law.rho == pytest.approx(schedule.contraction, abs=1e-14)
    assert sum(chance for chance, _ in law.outcomes()) == pytest.approx(1.0)
    drawn = drawn_matrices(Scheduled(schedule=schedule), 50)
    assert np.array_equal(drawn, schedule.matrices(50))


def test_graphs_in_turn_have_no_law_of_one_round() -> None:
    with pytest.raises(InvalidProblemError, match="2 graphs in turn, each with a law of its own"):
        MixingLaw.of(Scheduled(schedule=MixingSchedule.of(*DESIGNS)))


SETUP = """
[tasks]
kind = "quadratics"
models = 1
[workers]
count = 4
[run]
rounds = 3
seeds = 1
[[methods]]
method = "scheduled"
schedule = "s.json"
"""


def test_a_file_of_the_command_is_the_graph_of_a_training(call, tmp_path: Path) -> None:
    (tmp_path / "crew.toml").write_text(SETUP, "utf-8")
    place = tmp_path / "s.json"
    words = "graph", "ring", "--nodes", 4, "--then", "star,path", "--schedule", place
    code, told, error = call(*words)
    assert code == 0, error
    read = read_schedule(place)
    assert len(read.graphs) == 3
    assert f"ring and star and path in turn, by matcha: ρ = {read.contraction:.5f} a round" in told
    code, told, error = call("train", tmp_path / "crew.toml", "--out", tmp_path / "out")
    assert code == 0, error
    assert "graphs in turn have a contraction of a whole turn" in told


def test_a_schedule_that_does_not_fit_leaves_nothing_behind(call, tmp_path: Path) -> None:
    design = optimise_links(shape("ring", 3), 0.5)
    write_schedule(tmp_path / "s.json", MixingSchedule.of(design))
    for text, told in (
        (SETUP, "schedule 's.json' is of 3 workers and workers.count is 4"),
        (SETUP.replace('"s.json"', '"none.json"'), "none.json"),
        (SETUP.replace('"s.json"', "3"), "schedule of scheduled is 3; give a file"),
        (SETUP.replace('schedule = "s.json"', ""), "schedule of scheduled is None; give a file"),
        (SETUP.replace("s.json", "crew.toml"), "crew.toml is no schedule"),
        (SETUP.replace("count = 4", "count = 4\nbudget = 0.5"), "its schedule says which links"),
    ):
        (tmp_path / "crew.toml").write_text(text, "utf-8")
        code, _, error = call("train", tmp_path / "crew.toml", "--out", tmp_path / "out")
        assert (code, error.count("\n")) == (2, 1)
        assert told in error
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--then", "ring"), "give --schedule, too"),
        (("--then", "ring,", "--schedule", "s.json"), "give graphs such as ring,star"),
        (("--then", "paper8", "--schedule", "s.json"), "graphs in turn have the same ones"),
        (("--then", "other.csv", "--schedule", "s.json"), "other.csv has 4 nodes, such as ann"),
        (("--then", "ring", "--gossip", "exact-rounds", "--schedule", "s.json"), "--then out"),
        (("--then", "rign", "--schedule", "s.json"), "no graph is called rign"),
    ],
)
def test_graphs_that_cannot_be_in_turn(call, tmp_path: Path, monkeypatch, words, told) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.csv").write_text("from,to\nann,bob\nbob,cy\ncy,dee\n", "utf-8")
    code, _, error = call("graph", "complete", "--nodes", 4, *words)
    assert (code, error.count("\n")) == (2, 1)
    assert told in error
    assert not Path("s.json").exists()


def test_a_schedule_of_other_workers_is_refused() -> None:
    schedule = MixingSchedule.of(optimise_links(shape("ring", 5), 0.5))
    with pytest.raises(InvalidProblemError, match="is of 5 workers; there are 4"):
        trained(Scheduled(schedule=schedule))


@pytest.mark.parametrize("update", ["paper", "code"])
def test_rounds_are_the_products_of_what_the_file_says(tmp_path: Path, update: str) -> None:
    """Links, weights and leaders from the JSON alone; draws alone are the schedule's."""
    schedule = MixingSchedule.of(*DESIGNS, method="adjacent-leader", seed=SEED, update=update)
    write_schedule(tmp_path / "s.json", schedule)
    file = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert file["leaders"]["update"] == update
    best, central, near, far = (
        file["leaders"][name] for name in ("best", "central", "best_pull", "central_pull")
    )
    sizes, targets, rate = [2, 1, 3, 1], np.array([0.5, -1.0, 2.0, 1.2]), 0.2
    x = np.zeros(4)
    for k in range(9):
        graph = file["graphs"][k % 2]
        W, met = np.eye(4), {i: set() for i in range(4)}
        rows = zip(schedule.used(k), graph["matchings"], graph["weights"], strict=True)
        for a, b, w in (
            (file["nodes"].index(a), file["nodes"].index(b), w)
            for on, pairs, weights in rows
            if on
            for (a, b), w in zip(pairs, weights, strict=True)
        ):
            W[[a, b, a, b], [a, b, b, a]] += np.array([-w, -w, w, w])
            met[a].add(b)
            met[b].add(a)
        loss, B, D = (x - targets) ** 2 / 2, np.zeros((4, 4)), np.zeros((4, 4))
        for i in range(4):
            B[i, min([i, *sorted(met[i])], key=lambda j: loss[j])] = 1.0
            D[i, max([i, *sorted(met[i])], key=lambda j: len(met[j]))] = 1.0
        stepped = x - rate * (x - targets)
        P = (1 - best - central) * W + best * B + central * D
        if update == "paper":
            pull = near * (np.eye(4) - B) + far * (np.eye(4) - D)
            x = P @ (stepped - rate * pull @ x)
        else:
            x = ((1 - near - far) * P + near * B + far * D) @ stepped
    owner = np.repeat(np.arange(4), sizes)
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    samples = torch.tensor(targets[owner], dtype=torch.float32)[:, None]
    data = Samples.by_owner(torch.ones(len(owner), 1), samples, owner, 4)
    task = Task(name="numbers", module=network, loss="squared error", train=data)
    method = AdjacentLeader(
        base=Scheduled(schedule=read_schedule(tmp_path / "s.json")), form=update
    )
    plan = StepPlan(learning_rate=rate, batch_size=1)
    history = train_workers(Workers(task=task), method, rounds=9, plan=plan, restart=False)
    assert history.parameters[:, 0] == pytest.approx(x, rel=1e-5)
