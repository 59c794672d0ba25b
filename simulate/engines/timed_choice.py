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
from roundlot.theory.arrays import IntArray

Clock = Callable[[], float]
#: Local steps below which a run is over before timing would pay.
SHORT = 2000
#: How often the time that compiling takes must fit into the training that is left.
PAYS = 5.0
#: How many times as long as tracing a step it takes to compile one function of it: 30 to 90 for
#: four networks, in processor time and in the time of a machine with ten other programs alike.
_COMPILING = 70.0
#: A faster engine must be so much faster to be taken before one that is earlier in the order.
_CLEARLY = 1.1
_CLIENTS, _BATCHES = 16, 3
#: Turns in which engines are timed: at least and at most, and the seconds after which it is enough.
_LEAST_TURNS, _MOST_TURNS, _ENOUGH = 2, 20, 1.0
#: Clients of the plain loop: one after the other, so that more tell nothing new.
_PLAIN_CLIENTS = 3


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

    @property
    def together(self) -> int:
        """Clients that a trial trains at a time: as many as a round does, up to sixteen."""
        return max(1, min(_CLIENTS, round(self.clients)))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An engine's kind, and why it is that one."""

    kind: str
    why: str


def fastest(seconds: Mapping[str, float], order: Sequence[str]) -> str:
    """The first in the order within a tenth of the least time, and never one slower than plain."""
    most = min(_CLEARLY * min(seconds.values()), seconds.get("plain", np.inf))
    return next(kind for kind in order if seconds.get(kind, np.inf) <= most)


def compiling_seconds(tracing: float, compilations: int) -> float:
    """What it takes, about, to compile functions of a step that took so long to trace."""
    return compilations * _COMPILING * tracing


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


def step_seconds(
    engines: Mapping[str, TaskEngine], together: int, *, clock: Clock = time.perf_counter
) -> dict[str, float]:
    """Seconds of a local step by kind: the least of some rounds, after one for compilation.

    The engines take turns, so that a program that comes and goes meets all of them.

    Args:
        engines: by kind.
        together: clients that train in a round.
        clock: seconds.
    """
    rounds = {kind: _round(one, kind, together) for kind, one in engines.items()}
    least = dict.fromkeys(engines, np.inf)
    with single_thread():
        for run, _ in rounds.values():
            run()
        began = clock()
        for turn in range(_MOST_TURNS):
            for kind, (run, steps) in rounds.items():
                start = clock()
                run()
                least[kind] = min(least[kind], (clock() - start) / steps)
            if turn + 1 >= _LEAST_TURNS and clock() - began >= _ENOUGH:
                break
    return least


def _round(engine: TaskEngine, kind: str, together: int) -> tuple[Callable[[], float], int]:
    """A round of some clients of all sizes, and how many local steps it has."""
    counts = engine.task.train.counts
    clients = _spaced(np.flatnonzero(counts), together)
    if kind == "plain":
        clients = _spaced(clients, _PLAIN_CLIENTS)
    start = flatten(engine.task.module).to(engine.device)

    def run() -> float:
        return float(engine.updates(start, clients, 0).sum())  # a GPU is waited for

    return run, int(engine.plan.steps(counts[clients]).sum())


def _spaced(clients: IntArray, count: int) -> IntArray:
    some = np.unique(np.linspace(0, clients.size - 1, count).astype(int))
    return np.asarray(clients[some], dtype=np.int64)
