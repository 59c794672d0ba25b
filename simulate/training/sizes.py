"""What a run will take, from its first rounds: seconds, and bytes of what it holds between them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.processes.group import Processes
from roundlot.simulate.resident_memory import peak_bytes, restart_peak
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.run import FederatedRun

TIMED = 3  # rounds; one before them, in which loops are compiled, is not timed


@dataclass(frozen=True, kw_only=True)
class RunSizes:
    """Of one run.

    Attributes:
        start_seconds: until the first round: engines are timed and chosen, and compiled.
        round_seconds: of a round, mean over some after the first, on this machine.
        evaluation_seconds: of one evaluation.
        memory_bytes: what the method and the server's optimiser remember between rounds.
        parameter_bytes: of all models.
        data_bytes: of the clients' and the test samples.
        peak_bytes: the most that the process held in RAM meanwhile, with all that was there before.
        uploads: updates sent in a round, mean over those.
        history: of the rounds that were played.
    """

    start_seconds: float
    round_seconds: float
    evaluation_seconds: float
    memory_bytes: int
    parameter_bytes: int
    data_bytes: int
    peak_bytes: int
    uploads: float
    history: History

    def seconds(self, rounds: int, evaluate_every: int) -> float:
        """Of a run's rounds and its evaluations, the first and the last among them."""
        evaluations = 1 + -(-rounds // evaluate_every)
        return rounds * self.round_seconds + evaluations * self.evaluation_seconds


def measure_sizes(
    federation: Federation,
    method: Method,
    *,
    plans: Sequence[LocalPlan],
    device: str = "auto",
    engine: Any = "auto",
    chunk: int | None = None,
    rounds: int = 0,
    **settings: Any,
) -> RunSizes:
    """Play the first rounds of a run, time them, and count what it holds then.

    Args:
        federation: clients, their data and devices.
        method: of the run.
        plans: what clients do, one for every task.
        device, engine, chunk, settings: as of `roundlot.simulate.training.train`.
        rounds: of the whole run, for which engine "auto" is chosen.

    Raises:
        InvalidProblemError: as ``train``.
        TrainingError: it diverges at once.
    """
    restart_peak()
    began = time.perf_counter()
    with Processes(1) as crew, single_thread():
        run = FederatedRun.of(
            federation,
            method,
            plans=tuple(plans),
            device=device,
            kind=engine,
            chunk=chunk,
            processes=crew,
            rounds=rounds,
            **settings,
        )
        run.begin()
        started = time.perf_counter() - began
        run.evaluate()  # once before it is timed, for the same reason
        evaluation = _timed(run.evaluate)
        run.step()
        taken = [_timed(run.step) for _ in range(TIMED)]
    state = run.state
    held = [*state.memory.values(), *state.server.values()]
    uploads = [float(row["uploads"]) for row in run.record.rounds[1:]]
    return RunSizes(
        start_seconds=started,
        round_seconds=float(np.mean(taken)),
        evaluation_seconds=evaluation,
        memory_bytes=sum(map(_bytes, held)),
        parameter_bytes=sum(map(_bytes, state.parameters)),
        data_bytes=_data_bytes(federation),
        peak_bytes=peak_bytes(),
        uploads=float(np.mean(uploads)),
        history=run.history(0.0),
    )


def _data_bytes(federation: Federation) -> int:
    rows = [part for task in federation.tasks for part in (task.train.inputs, task.train.targets)]
    rows += [part for task in federation.tasks for part in (task.test or ())]
    return sum(map(_bytes, rows))


def _bytes(values: Any) -> int:
    if isinstance(values, Tensor):
        return values.numel() * values.element_size()
    return int(np.asarray(values).nbytes)


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
