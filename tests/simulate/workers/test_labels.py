"""A label with workers is true: the mean of all moves by the objective's gradient, or does not."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    AllReduce,
    Links,
    LocalSGD,
    Matcha,
    StepPlan,
    Workers,
)
from roundlot.simulate.workers.method import WorkerRound, label_of
from roundlot.simulate.workers.worker_engine import WorkerEngine

ONE = StepPlan(steps=1, batch_size=64, learning_rate=0.2)
EVEN = np.array([[i, i + 1] for i in range(0, 8, 2)])
ODD = np.array([[i, (i + 1) % 8] for i in range(1, 8, 2)])
RING = Links(n_workers=8, matchings=(EVEN, ODD))


def mean_moves_as_the_objective(method: Any, workers: Workers, plan: StepPlan, start: Any) -> bool:
    """Rounds from ``start`` ``(n, P)`` against ``mean − Σ w η g``, worker by worker."""
    engine = WorkerEngine(workers, plan, seed=3, device="cpu")
    single = WorkerEngine(workers, replace(plan, steps=1), seed=3, device="cpu")
    memory, now = method.init(workers, plan, start), start
    for number in range(4):
        memory, move = method.apply(
            memory, WorkerRound(number=number, parameters=now, engine=engine)
        )
        step = (single.descend(now, number)[0] - now).double().numpy()
        found = move.parameters.double().numpy().mean(axis=0)
        wanted = now.double().numpy().mean(axis=0) + workers.weights @ step
        if not np.allclose(found, wanted, atol=2e-5):
            return False
        now = move.parameters
    return True


def apart(workers: Workers, same: bool) -> torch.Tensor:
    rows = torch.randn((8, workers.task.n_parameters), generator=torch.Generator().manual_seed(1))
    return rows[:1].expand_as(rows).clone() if same else rows


GOSSIP = {
    "d-psgd": lambda d, m: d,
    "mix first": lambda d, m: replace(d, order="mix first"),
    "late": lambda d, m: replace(d, delay=1),
    "late, mix first": lambda d, m: replace(d, delay=2, order="mix first"),
    "late alone": lambda d, m: DPSGD(mixing=np.eye(8), delay=2),
    "matcha": lambda d, m: m,
    "late matcha": lambda d, m: replace(m, delay=1),
    "never mixed": lambda d, m: replace(m, probabilities=np.zeros(5), delay=1),
    "paper": lambda d, m: AdjacentLeader(base=m),
    "code": lambda d, m: AdjacentLeader(base=d, form="code"),
    "pull only": lambda d, m: AdjacentLeader(base=d, best=0.0, central=0.0),
    "no leader": lambda d, m: AdjacentLeader(
        base=m, best=0.0, central=0.0, best_pull=0.0, central_pull=0.0
    ),
    "nobody linked": lambda d, m: AdjacentLeader(base=DPSGD(mixing=np.eye(8))),
    "hub in a ring": lambda d, m: AdjacentLeader(
        base=DPSGD(mixing=np.eye(8) - 0.2 * RING.laplacians.sum(axis=0), links=RING),
        best=0.0, best_pull=0.0,
    ),
    "hub in half a ring": lambda d, m: AdjacentLeader(
        base=Matcha(links=RING, probabilities=[0.5, 0.5], weight=0.3), best=0.0, best_pull=0.0
    ),
}  # fmt: skip
TRUE_OF = {"d-psgd", "mix first", "late alone", "matcha", "never mixed", "no leader"}
TRUE_OF |= {"nobody linked", "hub in a ring", "hub in half a ring"}


@pytest.mark.parametrize("weigh", ["uniform", "size"])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("name", GOSSIP)
def test_gossip_says_what_its_mean_does(
    name: str, steps: int, weigh: str, crew: Workers, dpsgd: DPSGD, matcha: Matcha
) -> None:
    method, workers = GOSSIP[name](dpsgd, matcha), replace(crew, weigh=weigh)
    plan = replace(ONE, steps=steps)
    does = mean_moves_as_the_objective(method, workers, plan, apart(workers, same=False))
    assert does == (name in TRUE_OF and steps == 1 and weigh == "uniform")
    assert label_of(method, workers, plan).startswith("unbiased" if does else "biased: ")
    if not method.label.startswith("unbiased"):
        assert not does


@pytest.mark.parametrize("weigh", ["uniform", "size"])
@pytest.mark.parametrize("average", ["uniform", "size", "objective"])
@pytest.mark.parametrize("steps", [1, 2])
def test_a_mean_of_all_says_what_it_weighs(
    average: str, weigh: str, steps: int, crew: Workers
) -> None:
    workers, plan = replace(crew, weigh=weigh), replace(ONE, steps=steps)
    method = AllReduce(average=average)
    does = mean_moves_as_the_objective(method, workers, plan, apart(workers, same=True))
    assert does == (steps == 1 and average in (weigh, "objective"))
    assert label_of(method, workers, plan).startswith("unbiased" if does else "biased: ")


@pytest.mark.parametrize(
    ("epochs", "batch", "does"), [(1, 64, True), (2, 64, False), (1, 4, False)]
)
@pytest.mark.parametrize("weigh", ["uniform", "size"])
def test_local_sgd_drifts_from_its_second_step(
    epochs: int, batch: int, does: bool, weigh: str, crew: Workers
) -> None:
    """A pass of one batch is a step of the whole shard: gradients by autograd, worker by worker."""
    workers = replace(crew, weigh=weigh)
    plan = replace(ONE, batch_size=batch)
    method = LocalSGD(epochs=epochs, average="size")
    start = apart(workers, same=True)
    engine = WorkerEngine(workers, plan, seed=3, device="cpu")
    _, move = method.apply({}, WorkerRound(number=0, parameters=start, engine=engine))
    step = torch.zeros_like(start[0])
    train, counts = workers.task.train, workers.counts
    for worker, weight in enumerate(workers.weights):
        mine = slice(int(counts[:worker].sum()), int(counts[: worker + 1].sum()))
        flat = start[0].clone().requires_grad_()
        named, offset = {}, 0
        for key, held in workers.task.module.named_parameters():
            named[key] = flat[offset : offset + held.numel()].view_as(held)
            offset += held.numel()
        out = torch.func.functional_call(workers.task.module, named, (train.inputs[mine],))
        (gradient,) = torch.autograd.grad(
            torch.nn.functional.cross_entropy(out, train.targets[mine]), flat
        )
        step += float(weight) * gradient
    moved = torch.allclose(move.parameters[0], start[0] - plan.learning_rate * step, atol=2e-5)
    assert moved == (does and weigh == "size")
    assert label_of(method, workers, plan).startswith("unbiased" if moved else "biased: ")


def test_columns_of_every_draw_sum_to_one_in_fractions() -> None:
    """Three workers in a row, two matchings, ``α = 3/4``: all four draws, and both methods."""
    laplacians = [[[1, -1, 0], [-1, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, -1], [0, -1, 1]]]
    links = Links(n_workers=3, matchings=(np.array([[0, 1]]), np.array([[1, 2]])))
    matcha = Matcha(links=links, probabilities=[0.5, 0.5], weight=0.75)
    for on in product((0, 1), repeat=2):
        exact = [
            [
                Fraction(int(i == j))
                - Fraction(3, 4) * sum(b * lap[i][j] for b, lap in zip(on, laplacians, strict=True))
                for j in range(3)
            ]
            for i in range(3)
        ]
        assert [sum(column) for column in zip(*exact, strict=True)] == [1, 1, 1]
        matrix = matcha.matrices(np.array([on], dtype=float))[0]
        assert [[Fraction(float(x)) for x in row] for row in matrix] == exact
    assert matcha.label.startswith("unbiased")


@pytest.mark.parametrize("kind", [DPSGD, Matcha, LocalSGD, AllReduce, AdjacentLeader])
def test_no_label_is_typed_in(kind: Any) -> None:
    assert "label" not in {field.name for field in fields(kind)}


def test_one_worker_does_not_drift(crew: Workers) -> None:
    alone = replace(crew, task=replace(crew.task, train=_first(crew)), speed=None, link=None)
    assert label_of(AllReduce(), alone, replace(ONE, steps=5)) == "unbiased"


def _first(crew: Workers) -> Any:
    held = crew.task.train
    n = int(crew.counts[0])
    return replace(
        held, inputs=held.inputs[:n], targets=held.targets[:n], offsets=held.offsets[:2].copy()
    )
