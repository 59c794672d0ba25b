"""A worker's rounds without processes: threads exchange by queues what gloo would carry."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from queue import Queue

import numpy as np
import pytest
import torch

from roundlot.simulate.workers import (
    DrawnGraph,
    Links,
    MixingSchedule,
    RealRun,
    product_of_rounds,
)
from roundlot.simulate.workers.real.exchange import Exchanger, partners
from roundlot.simulate.workers.real.lines import Part, Place, Ready
from roundlot.simulate.workers.real.rounds import WorkerRounds, least
from roundlot.simulate.workers.real.watch import Watch, Watched
from roundlot.solvers.graphs import LeaderWeights, optimise_links, shape, shape_matchings
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import LostProcessError

sys.path.insert(0, str(Path(__file__).parent))
from real_steps import pulled


class Queues(Exchanger):
    """Exchanges by a queue for every pair."""

    def __init__(self, rank: int, lines: dict[tuple[int, int], Queue]) -> None:
        super().__init__()
        self.rank, self.lines = rank, lines

    def _with(self, other, messages):
        self.lines[self.rank, other].put([message.clone() for message in messages])
        self.sent += sum(message.numel() * message.element_size() for message in messages)
        return tuple(self.lines[other, self.rank].get(timeout=20.0))


def played(schedule: MixingSchedule, start, rounds: int, rate: float, step=pulled) -> list[Part]:
    n = schedule.n_workers
    lines = {(a, b): Queue() for a in range(n) for b in range(n)}
    parts: list[list[Part]] = [[] for _ in range(n)]

    def work(rank: int) -> None:
        worker = WorkerRounds(
            rank=rank,
            schedule=schedule,
            step=step,
            learning_rate=rate,
            parameters=torch.from_numpy(np.array(start[rank])),
            report=lambda told: parts[rank].append(told) if isinstance(told, Part) else None,
            exchanger=Queues(rank, lines),
        )
        worker.play(0, rounds, rounds)

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(n)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30.0)
    return [own[0] for own in parts]


DESIGN = optimise_links(shape_matchings("paper8", shape("paper8")), 0.5)
OTHER = optimise_links(shape("ring", 8), 1.0)
WEIGHTS = LeaderWeights(best=0.2, central=0.15, best_pull=0.3, central_pull=0.1)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("matcha", {}),
        ("adjacent-leader", {"leaders": WEIGHTS, "update": "paper"}),
        ("adjacent-leader", {"leaders": WEIGHTS, "update": "code"}),
    ],
)
def test_workers_alone_do_what_the_product_of_matrices_does(method: str, options: dict) -> None:
    schedule = MixingSchedule.of(DESIGN, OTHER, method=method, seed=4, **options)
    start = np.random.default_rng(1).normal(size=(8, 5))
    parts = played(schedule, start, 13, 0.1)
    expected = product_of_rounds(schedule, start, rounds=13, step=pulled, learning_rate=0.1)
    assert np.allclose([part.parameters for part in parts], expected, rtol=0, atol=1e-13)
    log = np.array([part.log for part in parts]).transpose(1, 0, 2)
    run = RealRun(
        schedule=schedule,
        parameters=np.array([part.parameters for part in parts]),
        computing=log[:, :, 0],
        ended=log[:, :, 1],
        sent=log[:, :, 2].astype(int),
        losses=log[:, :, 3],
        best=np.nan_to_num(log[:, :, 4], nan=-1).astype(int),
        central=np.nan_to_num(log[:, :, 5], nan=-1).astype(int),
        small=0.0,
        whole=1.0,
        kernel_bytes=None,
        learning_rate=0.1,
    )
    assert np.array_equal(run.sent, run.predicted_bytes)
    links = sum((schedule.matrices(13) != 0).sum(axis=(1, 2)) - 8)
    each = {"matcha": 40, "paper": 88, "code": 48}[options.get("update", "matcha")]
    assert run.sent.sum() == links * each  # 5 float64, a loss, twice the parameters
    assert np.allclose(run.matrices.sum(axis=2), 1.0)
    if method == "matcha":
        assert np.array_equal(run.matrices, schedule.matrices(13))
    else:
        assert (run.best != np.arange(8)).any()


def test_mixing_by_hand() -> None:
    schedule = MixingSchedule.of(optimise_links([(0, 1), (1, 2)], 1.0), method="d-psgd")
    weight = optimise_links([(0, 1), (1, 2)], 1.0).weight
    (end, middle, _) = played(schedule, np.array([[1.0], [0.0], [0.0]]), 1, 0.0, step=None)
    assert end.parameters[0] == pytest.approx(1.0 - weight)
    assert middle.parameters[0] == pytest.approx(weight)


def test_everybody_draws_the_same_partners() -> None:
    schedule = MixingSchedule.of(DESIGN, seed=9)
    for number in range(20):
        met = [partners(schedule, number, rank) for rank in range(8)]
        for rank, own in enumerate(met):
            for matching, partner in enumerate(own):
                if partner is not None:
                    back = met[partner.rank][matching]
                    assert (back.rank, back.weight) == (rank, partner.weight)


def test_ties_between_leaders() -> None:
    assert least(1, {0: 2.0, 1: 2.0, 2: 2.0}) == 1
    assert least(1, {2: 1.0, 0: 1.0, 1: 2.0}) == 0
    assert least(0, {0: 1.0}) == 0


@pytest.mark.parametrize(
    ("result", "told"), [(np.zeros(2), "shape"), (np.array([np.inf] * 3), "not finite")]
)
def test_a_step_is_checked(result, told: str) -> None:
    worker = WorkerRounds(
        rank=1,
        schedule=MixingSchedule.of(DESIGN),
        step=lambda *_: (result, 0.0),
        learning_rate=0.0,
        parameters=torch.zeros(3),
        report=lambda _: None,
    )
    with pytest.raises(InvalidProblemError, match=rf"worker 1 in round 0 gave .*{told}"):
        worker.play(0, 1, 1)


def test_a_schedule_that_diverges_is_named() -> None:
    links = Links(n_workers=2, matchings=(np.array([[0, 1]]),))
    wild = DrawnGraph(links=links, probabilities=[1.0], weights=[[1e60]])
    schedule = MixingSchedule(method="d-psgd", nodes=("a", "b"), graphs=(wild,))
    worker = WorkerRounds(
        rank=0,
        schedule=schedule,
        step=None,
        learning_rate=0.0,
        parameters=torch.ones(1),
        report=lambda _: None,
        exchanger=Queues(0, {(0, 1): Queue(), (1, 0): Queue()}),
    )
    worker.exchanger.lines[1, 0].put([torch.zeros(1)])
    with pytest.raises(InvalidProblemError, match=r"infinite in round 0; .* must be smaller"):
        worker.play(0, 1, 1)


class Alive:
    """A process that runs."""

    def poll(self) -> None:
        return None


def watch(places: dict[int, tuple[int, int]], since: dict[int, float], silent=()) -> Watch:
    made = Watch(
        names=("a", "b", "c"),
        timeout=5.0,
        folder=Path(),
        processes=[Alive()] * 3,  # type: ignore[list-item]
        lines=[],
        keep=lambda: "4 rounds of all workers are kept in run.npz",
    )
    now = time.monotonic()
    for rank, (round_, stage) in places.items():
        made.workers[rank] = Watched(
            place=Place(round=round_, stage=stage),
            since=now - since.get(rank, 0.0),
            heard=now - (60.0 if rank in silent else 0.0),
            ready=Ready(began=0.0, small=0.0, whole=0.0),
        )
    return made


def test_the_one_that_others_wait_for_is_named() -> None:
    places = {0: (7, 1), 1: (7, 0), 2: (8, 2)}
    watch(places, {0: 9.0, 1: 4.0, 2: 9.0})._refuse_late()  # b may still be in time
    with pytest.raises(
        LostProcessError,
        match=r"process 1 of 3 computes for more than 5 s in round 7 \(worker b\); 4 rounds of all",
    ):
        watch(places, {0: 5.5, 1: 6.0, 2: 5.5})._refuse_late()
    with pytest.raises(LostProcessError, match="process 2 of 3 has given no sign of life for 60 s"):
        watch(dict.fromkeys(range(3), (7, 1)), dict.fromkeys(range(3), 9.0), (2,))._refuse_late()
