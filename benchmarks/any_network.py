"""Any network on one thread: engines over the plain loop, on ragged clients and on equal ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.harness import Row, at_least
from benchmarks.peers import fleet
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import precision_of
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError

#: Times the plain loop, of the engine "compiled".
GOALS = {"64-64-10": 15.0, "normalised": 6.0, "residual": 2.5, "transformer": 1.8}
REPEATS = 5


class Residual(nn.Module):
    """Two convolutions of ``channels``, each normalised in groups, and a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.GroupNorm(4, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.renorm = nn.GroupNorm(4, channels)

    def forward(self, images: Tensor) -> Tensor:
        inner = functional.relu(self.norm(self.first(images)))
        return functional.relu(images + self.renorm(self.second(inner)))


class Pooled(nn.Module):
    """The mean over places."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


class Block(nn.Module):
    """Attention of two heads, then two linear layers, each after a norm and with a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.attend = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.mix, self.renorm = nn.Linear(width, width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        n, places, width = tokens.shape
        parts = self.attend(self.norm(tokens)).view(n, places, 3, 2, width // 2)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.mix(seen.transpose(1, 2).reshape(n, places, width))
        return tokens + self.down(functional.gelu(self.up(self.renorm(tokens))))


class Transformer(nn.Module):
    """The rows of a digit as eight tokens of width 32, two blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.places = nn.Linear(8, 32), nn.Parameter(0.02 * torch.randn(8, 32))
        self.blocks = nn.Sequential(Block(32), Block(32))
        self.leave = nn.Linear(32, 10)

    def forward(self, rows: Tensor) -> Tensor:
        return self.leave(self.blocks(self.read(rows) + self.places).mean(dim=1))


def network(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """A network and the shape of its samples."""
    torch.manual_seed(0)
    if name == "64-64-10":
        return fleet.network("network"), (64,)
    if name == "normalised":
        first = (nn.Linear(64, 64), nn.LayerNorm(64), nn.ReLU())
        second = (nn.Linear(64, 64), nn.GroupNorm(4, 64), nn.ReLU())
        return nn.Sequential(*first, *second, nn.Linear(64, 10)), (64,)
    if name == "transformer":
        return Transformer(), (8, 8)
    enter, wider = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, stride=2, padding=1)
    layers = (enter, nn.ReLU(), Residual(8), wider, nn.ReLU(), Residual(16), Pooled())
    return nn.Sequential(*layers, nn.Linear(16, 10)), (1, 8, 8)


def task(name: str, *, ragged: bool) -> Task:
    """Digits over 100 clients: a tenth hold half, or all hold as many."""
    inputs, labels, owners = fleet.digits("network")
    if not ragged:
        owners = np.arange(len(labels)) * fleet.CLIENTS // len(labels)
    module, shape = network(name)
    samples = Samples.by_owner(inputs.reshape(-1, *shape), labels, owners, fleet.CLIENTS)
    return Task(name=name, module=module, train=samples)


def rows() -> Iterator[Row]:
    """Every network, with ragged clients and with equal ones."""
    torch.set_num_threads(1)
    for name in GOALS:
        for ragged in (True, False):
            yield from _engines(name, ragged=ragged)


def _engines(name: str, *, ragged: bool) -> Iterator[Row]:
    of = task(name, ragged=ragged)
    plan = LocalPlan(epochs=fleet.EPOCHS, batch_size=fleet.BATCH, learning_rate=fleet.RATE)
    engines: dict[str, TaskEngine] = {}
    for kind in ("plain", "vmapped", "batched", "fused", "compiled"):
        try:
            engines[kind] = make_engine(of, plan, model=0, seed=0, device="cpu", kind=kind)  # type: ignore[arg-type]
        except InvalidProblemError:
            continue  # a network that it does not train
        engines[kind].threads = 1
    start, clients = flatten(of.module), np.arange(fleet.CLIENTS)
    taken: dict[str, list[float]] = {kind: [] for kind in engines}
    for turn in range(REPEATS + 1):
        for kind, engine in engines.items():
            begin = time.process_time()
            engine.updates(start, clients, turn)
            taken[kind].append(time.process_time() - begin)
    seconds = {kind: statistics.median(times[1:]) for kind, times in taken.items()}
    fleet_name = "ragged" if ragged else "equal"
    for kind in list(engines)[1:]:
        ratio, goal = seconds["plain"] / seconds[kind], None
        if kind == "compiled":
            goal = GOALS[name]
        against = f"plain: {1e3 * seconds['plain']:.4g} ms"
        figure = f"{1e3 * seconds[kind]:.4g} ms"
        yield at_least(f"{name}, {fleet_name} clients: {kind}", figure, against, ratio, goal)
    yield _equality(of, plan, f"{name}, {fleet_name} clients: compiled, float64")


def _equality(of: Task, plan: LocalPlan, what: str) -> Row:
    """In float64: some networks magnify the rounding of float32 to per cents, in any engine."""
    start, clients = flatten(of.module).double(), np.arange(fleet.CLIENTS)
    plain, compiled = (
        make_engine(
            of, plan, model=0, seed=0, device="cpu", kind=kind, precision=precision_of("float64")
        ).updates(start, clients, 0)
        for kind in ("plain", "compiled")
    )
    error = float((compiled - plain).norm() / plain.norm())
    return Row(
        what=what,
        measured=f"{error:.1e}",
        against="plain: relative difference",
        ratio=error / 1e-12,
        goal="<= 1e-12",
        holds=error <= 1e-12,
    )
