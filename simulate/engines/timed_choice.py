"""Which engine a run should have: the fastest of those that can, timed on the task's own network.

Engines agree to rounding, so a choice changes no result beyond that; it is recorded, and a run that
goes on keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task

#: Local steps below which a run is over before timing would pay.
SHORT = 2000
#: How often the time that compiling takes must fit into the training that is left.
PAYS = 5.0
#: Seconds to compile one function, with none and with each of its operations. A rough fit: two
#: functions of each of four networks took 11 to 42 s on a busy machine.
_COMPILING, _OPERATION = 5.0, 0.04
#: A faster engine must be so much faster to be taken before one that is earlier in the order.
_CLEARLY = 1.1
_CLIENTS, _BATCHES, _REPEATS = 16, 3, 3


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What is left to train.

    Attributes:
        rounds: that are left.
        clients: that train in a round, on average.
    """

    rounds: int
    clients: float

    def steps(self, task: Task, plan: LocalPlan) -> float:
        """Local steps that are left."""
        counts = task.train.counts
        each = plan.steps(counts[counts > 0])
        return self.rounds * min(self.clients, each.size) * float(each.mean())


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine's kind, and why it is that one."""

    kind: str
    why: str


def fastest(seconds: Mapping[str, float], order: Sequence[str]) -> str:
    """The first in the order within a tenth of the least time, and never one slower than plain."""
    most = min(_CLEARLY * min(seconds.values()), seconds.get("plain", np.inf))
    return next(kind for kind in order if seconds.get(kind, np.inf) <= most)


def compiling_seconds(operations: int, compilations: int) -> float:
    """What it takes, about, to compile functions of so many operations."""
    return compilations * (_COMPILING + _OPERATION * operations)


def speeds(seconds: Mapping[str, float]) -> str:
    """How many times as fast as the plain loop each was."""
    plain = seconds["plain"]
    return ", ".join(f"{kind} {plain / took:.2g}" for kind, took in seconds.items())


def trial_task(task: Task, plan: LocalPlan) -> Task:
    """Some clients, from the one with most to the one with fewest samples, with a few batches."""
    train = task.train
    having = np.flatnonzero(train.counts)
    order = having[np.argsort(-train.counts[having], kind="stable")]
    some = order[np.unique(np.linspace(0, order.size - 1, _CLIENTS).astype(int))]
    most = train.counts[some] if plan.batch_size is None else _BATCHES * plan.batch_size
    counts = np.minimum(train.counts[some], most)
    firsts = train.offsets[some]
    rows = np.concatenate([np.arange(a, a + n) for a, n in zip(firsts, counts, strict=True)])
    samples = Samples(
        inputs=train.inputs[rows],
        targets=train.targets[rows],
        offsets=np.concatenate([[0], np.cumsum(counts)]),
    )
    return replace(task, train=samples, test=None)


def step_seconds(engine: TaskEngine, clients: int, *, repeats: int = _REPEATS) -> float:
    """Seconds of a local step: the least of some rounds, after one in which things are compiled."""
    counts = engine.task.train.counts
    some = np.flatnonzero(counts)
    some = some[np.unique(np.linspace(0, some.size - 1, clients).astype(int))]
    start = flatten(engine.task.module).to(engine.device)
    steps = int(engine.plan.steps(counts[some]).sum())

    def took() -> float:
        began = time.perf_counter()
        float(engine.updates(start, some, 0).sum())  # a GPU is waited for
        return time.perf_counter() - began

    with single_thread():
        took()
        return min(took() for _ in range(repeats)) / steps


def timed(
    kinds: Sequence[str], make: Callable[[str, Task], TaskEngine], task: Task, plan: LocalPlan
) -> dict[str, float]:
    """Seconds of a local step by kind; the plain loop with a few clients, for it is slow."""
    trial = trial_task(task, plan)
    return {
        kind: step_seconds(make(kind, trial), 3 if kind == "plain" else _CLIENTS) for kind in kinds
    }
