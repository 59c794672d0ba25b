"""Training on digits: rounds per second of the engines, beside other frameworks and sgemm."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks import training_peers
from benchmarks.harness import Row, at_least
from benchmarks.peers import fleet
from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task

GOALS = {"plain": 25.0, "pfl": 15.0, "Flower": 250.0}
BEST = {"network": 1364.0, "cnn": 170.0}
REPEATS = 7
_GROWN = (100, 1000, 10_000)


def task(name: str, clients: int = fleet.CLIENTS) -> Task:
    """The fleet with a network."""
    inputs, labels, owners = fleet.digits(name, clients)
    samples = Samples.by_owner(inputs, labels, owners, clients)
    return Task(name=name, module=fleet.network(name), train=samples)


def plan() -> LocalPlan:
    """What all frameworks do."""
    return LocalPlan(epochs=fleet.EPOCHS, batch_size=fleet.BATCH, learning_rate=fleet.RATE)


def a_round(of: Task, kind: str, threads: int = 2) -> Callable[[], None]:
    """A round with everybody: train, and step along the mean weighted by data."""
    engine = make_engine(of, plan(), model=0, seed=0, device="cpu", kind=kind)  # type: ignore[arg-type]
    if kind == "fused":
        engine.threads = threads  # type: ignore[attr-defined]
    clients = np.arange(of.train.n_clients)
    shares = torch.from_numpy(of.train.counts / of.train.counts.sum()).float()
    state = {"parameters": flatten(of.module), "round": 0}

    def run() -> None:
        for some in np.array_split(clients, -(-clients.size // 500)):
            moved = engine.updates(state["parameters"], some, state["round"])
            state["next"] = state.get("next", state["parameters"]) - shares[some] @ moved
        state["parameters"] = state.pop("next")
        state["round"] += 1

    return run


def rows() -> Iterator[Row]:
    """Engines and frameworks on both networks, then growth."""
    for name in ("network", "cnn"):
        yield from _speeds(name)
    yield from _growth()


def _speeds(name: str) -> Iterator[Row]:
    of = task(name)
    torch.set_num_threads(2)
    kinds = ("plain", "vmapped", "batched", "fused")
    cases = {kind: a_round(of, kind) for kind in kinds}
    cases["fused, 1 thread"] = a_round(of, "fused", threads=1)
    taken, rate = _interleaved(cases)
    fused = taken["fused"]
    for kind, seconds in taken.items():
        figure = f"{1 / seconds:,.4g}/s"
        against = f"plain: {1 / taken['plain']:,.3g}/s"
        goal = GOALS["plain"] if kind == "fused" else None
        yield at_least(f"{name}: rounds, {kind}", figure, against, taken["plain"] / seconds, goal)
    alone = {kind: _processor_seconds(cases[kind]) for kind in ("plain", "fused, 1 thread")}
    ratio = alone["plain"] / alone["fused, 1 thread"]
    figure, against = (f"{1 / alone[kind]:,.4g}/s" for kind in ("fused, 1 thread", "plain"))
    yield at_least(f"{name}: rounds per processor second", figure, f"plain: {against}", ratio)
    clients = f"{fleet.CLIENTS / fused:,.4g}/s"
    best = f"best known: {BEST[name]:,.0f} rounds/s"
    yield at_least(f"{name}: client updates, fused", clients, best, 1 / fused / BEST[name])
    done = _operations(of) / fused
    against = f"sgemm, 2 threads: {rate / 1e9:.0f} GF/s"
    yield at_least(f"{name}: arithmetic, fused", f"{done / 1e9:.3g} GF/s", against, done / rate)
    for peer in training_peers.installed():
        yield from _beside(name, peer, cases["fused"])


def _beside(name: str, peer: str, fused: Callable[[], None]) -> Iterator[Row]:
    """Rounds of ours right before and right after the other framework's; then by processor time."""
    before = [_seconds(fused) for _ in range(20)]
    theirs = training_peers.rounds_per_second(peer, name)
    after = [_seconds(fused) for _ in range(20)]
    ours = 1 / statistics.median(before + after)
    what = f"{name}: rounds, fused"
    if isinstance(theirs, str):
        yield Row(what=what, measured=f"{ours:,.4g}/s", against=f"{peer}: {theirs}", ratio=np.nan)
        return
    rate, per_processor = theirs
    against = f"{peer}: {rate:.3g}/s"
    yield at_least(what, f"{ours:,.4g}/s", against, ours / rate, GOALS.get(peer))
    alone = 1 / _processor_seconds(fused)
    against, what = f"{peer}: {per_processor:.3g}/s", f"{name}: rounds per processor second"
    yield at_least(what, f"{alone:,.4g}/s", against, alone / per_processor)


def _interleaved(cases: dict[str, Callable[[], None]]) -> tuple[dict[str, float], float]:
    """Median seconds of every case, and sgemm's operations per second between them."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    square = torch.randn(1536, 1536)
    rates = []
    for turn in range(REPEATS + 1):
        for name, run in cases.items():
            # Short rounds are repeated, so that each turn sees them as often as it sees long ones.
            for _ in range(9 if name.startswith("fused") else 1):
                seconds = _seconds(run)
                if turn:
                    taken[name].append(seconds)
        rates.append(2 * 1536**3 / _seconds(lambda: square @ square))
    return {name: statistics.median(times) for name, times in taken.items()}, max(rates[1:])


def _seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def _processor_seconds(run: Callable[[], object]) -> float:
    """Of a round, of all its threads: what a busy machine leaves nearly as it is."""
    taken = []
    while len(taken) < 3 or (sum(taken) < 1.0 and len(taken) < 100):
        begin = time.process_time()
        run()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def _operations(of: Task) -> float:
    """Multiplications and additions of a round: products forward, for weights and for inputs."""
    total, first, shape = 0.0, True, of.train.inputs[:1]
    for layer in of.module.children():
        out = layer(shape)
        if hasattr(layer, "weight"):
            per = 2.0 * layer.weight[0].numel() * out.numel()
            total += per * (2 if first else 3)
            first = False
        shape = out
    return total * fleet.EPOCHS * len(of.train.inputs)


def _growth() -> Iterator[Row]:
    """Each size in a process of its own, so that its peak memory is its own."""
    found = {}
    for clients in _GROWN:
        command = [sys.executable, "-m", "benchmarks.training", str(clients)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        found[clients] = json.loads(ran.stdout.splitlines()[-1])
    base = found[_GROWN[0]]["updates"]
    for clients, one in found.items():
        rate, memory = one["updates"], one["memory"]
        against = f"{_GROWN[0]} clients: {base:,.4g}/s"
        goal = 0.67 if clients > _GROWN[0] else None
        what = f"network: client updates, {clients:,} clients"
        yield at_least(what, f"{rate:,.4g}/s", against, rate / base, goal)
        yield Row(
            what=f"network: peak memory, {clients:,} clients",
            measured=f"{memory / 1e6:,.0f} MB",
            against="2 GB",
            ratio=memory / 2e9,
            goal="<= 1",
            holds=memory <= 2e9,
        )


def _grow(clients: int) -> None:
    """Print client updates per second, and the peak memory of this process in bytes."""
    import resource

    of = task("network", clients)
    run = a_round(of, "fused")
    run()
    turns = max(3, 2000 // clients)
    seconds = statistics.median(_seconds(run) for _ in range(turns))
    unit = 1 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"updates": clients / seconds, "memory": memory}))


if __name__ == "__main__":
    _grow(int(sys.argv[1]))
