"""Training on a GPU that is not there leads where it leads on the CPU, engine by engine."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate import TrainingPlan, landscape, synthesise_words, train_locally
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.methods import METHODS, method
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.training import Federation, LocalPlan, Samples, Task, train
from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    AllReduce,
    Links,
    Matcha,
    NonBlocking,
    StepPlan,
    WorkerMethod,
    Workers,
    train_workers,
)
from roundlot.solvers.graphs import shape, shape_matchings

PLAN = LocalPlan(epochs=1, batch_size=4, learning_rate=0.1, proximal=0.01, weight_decay=0.01)


class Letters(nn.Module):
    """An embedding and a recurrent layer: no chain."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.run = nn.Embedding(7, 3), nn.GRU(3, 4, batch_first=True)
        self.write = nn.Linear(4, 3)

    def forward(self, letters: torch.Tensor) -> torch.Tensor:
        return self.write(self.run(self.read(letters))[0][:, -1])


def rows() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3))


def pictures() -> nn.Module:
    first = nn.Conv2d(1, 2, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))


NETWORKS = {
    "rows": (rows, (5,), ("plain", "vmapped", "batched")),
    "pictures": (pictures, (1, 4, 4), ("plain", "batched")),
    "letters": (Letters, (3,), ("plain", "vmapped")),
}


def make_task(network: str, clients: int = 3, name: str = "task") -> Task:
    build, one, _ = NETWORKS[network]
    draw = torch.Generator().manual_seed(1)
    counts = np.arange(clients) % 3 * 2 + 3
    shape_of = (int(counts.sum()), *one)
    inputs = (
        torch.randint(0, 7, shape_of, generator=draw)
        if network == "letters"
        else torch.randn(shape_of, generator=draw)
    )
    targets = torch.randint(0, 3, (len(inputs),), generator=draw)
    torch.manual_seed(0)
    samples = Samples(inputs=inputs, targets=targets, offsets=np.cumsum([0, *counts]))
    return Task(name=name, module=build(), train=samples, test=(inputs, targets))


@pytest.mark.parametrize(
    ("network", "kind"),
    [(name, kind) for name, (_, _, kinds) in NETWORKS.items() for kind in kinds],
)
def test_engines(walk: Callable, network: str, kind: str) -> None:
    task, who = make_task(network), np.array([0, 2, 1])
    numbers = flatten(task.module).numel()
    correction = torch.linspace(-1.0, 1.0, 3 * numbers).view(3, numbers)

    def results(device: str) -> list[np.ndarray]:
        engine = make_engine(task, PLAN, model=0, seed=5, device=device, kind=kind)
        start = flatten(task.module).to(device)
        moved = engine.updates(start, who, 0, correction=correction.to(device))
        plain = engine.updates(start, who[:2], 1)
        assert moved.device.type == plain.device.type == device
        told = engine.evaluate(start)
        return [
            moved.cpu().numpy(),
            plain.cpu().numpy(),
            engine.losses(start, who),
            np.array([told.loss, told.accuracy]),
        ]

    with walk:
        found = results("cuda")
    for one, expected in zip(found, results("cpu"), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def test_the_fused_engine_says_that_it_is_for_the_cpu(walk: Callable) -> None:
    with walk, pytest.raises(ValueError, match="runs on the CPU, not on cuda:0"):
        make_engine(make_task("rows"), PLAN, model=0, seed=0, device="cuda", kind="fused")


@pytest.mark.parametrize("name", METHODS)
def test_methods(walk: Callable, name: str) -> None:
    tasks = (make_task("rows", 4, "one"), make_task("rows", 4, "two"))
    federation = Federation(tasks=tasks, speed=np.full(4, 10.0), link=np.ones(4))

    def history(device: str):
        return train(
            federation,
            method(name),
            rounds=2,
            plan=PLAN,
            budget=3.0,
            device=device,
            engine="batched",
            evaluate_every=2,
            measure=True,
        )

    with walk:
        found = history("cuda")
    assert np.isfinite(found.loss).all()
    if name not in ("lvr", "stale-vre", "fedvarp"):  # the rest is only walked, to be quick
        return
    expected = history("cpu")
    np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-5)
    np.testing.assert_allclose(found.squared_error, expected.squared_error, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(
        found.predicted_variance, expected.predicted_variance, rtol=1e-4, atol=1e-12
    )


def test_a_checkpoint_is_resumed_on_the_device(walk: Callable, tmp_path: Path) -> None:
    task = make_task("rows", 4)
    federation = Federation(tasks=(task,), speed=np.full(4, 10.0), link=np.ones(4))
    given = {"plan": PLAN, "budget": 2.0, "device": "cuda", "engine": "batched"}
    with walk:
        whole = train(federation, method("fedvarp"), rounds=3, **given)
        path = tmp_path / "state"
        train(federation, method("fedvarp"), rounds=2, checkpoint=path, checkpoint_every=1, **given)
        resumed = train(
            federation, method("fedvarp"), rounds=3, checkpoint=path, checkpoint_every=1, **given
        )
    np.testing.assert_array_equal(resumed.loss[-1], whole.loss[-1])


LINKS = Links.of(shape_matchings("paper8", shape("paper8")))
MATCHA = Matcha(links=LINKS, probabilities=[0.9, 0.3, 0.7, 0.7, 0.1], weight=0.3)
GOSSIP = DPSGD(mixing=np.eye(8) - 0.2 * LINKS.laplacians.sum(axis=0), links=LINKS)
CREWS = {
    "all-reduce": AllReduce(),
    "d-psgd": GOSSIP,
    "matcha": MATCHA,
    "leaders": AdjacentLeader(base=MATCHA),
    "non-blocking": NonBlocking(shares=4),
}


@pytest.mark.parametrize("rule", CREWS.values(), ids=CREWS)
def test_workers(walk: Callable, rule: WorkerMethod) -> None:
    crew = Workers(task=make_task("rows", 8), speed=np.arange(1.0, 9.0), link=1.0)

    def history(device: str):
        plan = StepPlan(steps=1, batch_size=4, learning_rate=0.1)
        return train_workers(crew, rule, rounds=2, plan=plan, device=device, measure=True)

    with walk:
        found = history("cuda")
    expected = history("cpu")
    np.testing.assert_allclose(found.parameters, expected.parameters, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.consensus, expected.consensus, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("precision", "batch"), [("float32", 3), ("float64", None)])
def test_local_training(walk: Callable, precision: str, batch: int | None) -> None:
    counts = np.random.default_rng(0).integers(1, 5, (6, 5))
    samples = synthesise_words(counts, [0, 0, 1, 1, 1], seed=3)
    plan = TrainingPlan(precision=precision, batch_size=batch, warmup_rounds=1)
    with walk:
        found = train_locally(samples, plan, device="cuda")
    expected = train_locally(samples, plan, device="cpu")
    for one, other in zip(found.updates, expected.updates, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.losses_after, expected.losses_after, rtol=1e-5)


def test_landscape(walk: Callable) -> None:
    counts = np.random.default_rng(0).integers(1, 4, (4, 4))
    samples = synthesise_words(counts, [0, 0, 1, 1], seed=3)
    with walk:
        found = landscape(samples, l2=0.1, local_steps=3, device="cuda")
    expected = landscape(samples, l2=0.1, local_steps=3, device="cpu")
    for one, other in zip(found.optimum, expected.optimum, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.local_minima, expected.local_minima, rtol=1e-8)
