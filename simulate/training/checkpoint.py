"""A run of training, so far, in one file; resumed, it goes on to the same bits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.runs.checkpoints import (
    Fingerprint,
    as_array,
    as_tensor,
    described,
    described_fields,
    named,
    part,
    saved_state,
    write_state,
)
from roundlot.simulate.runs.history import require_rows
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Memory, Method

_HISTORY = "history/"


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """Between two rounds.

    Attributes:
        round: rounds done.
        parameters: ``S`` flat tensors ``(P_s,)``.
        memory: the method's.
    """

    round: int
    parameters: tuple[Tensor, ...]
    memory: Memory


def save_checkpoint(
    path: str | os.PathLike[str], state: State, history: History, setup: Fingerprint
) -> None:
    """Write the state, and what happened so far, without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = {f"parameters_{s}": as_array(row) for s, row in enumerate(state.parameters)}
    arrays |= {_HISTORY + name: value for name, value in history.to_arrays().items()}
    write_state(path, "training", setup, state.memory, arrays, round=state.round)


def load_checkpoint(
    path: str | os.PathLike[str], setup: Fingerprint, device: str
) -> tuple[State, History]:
    """What ``save_checkpoint`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    with saved_state(path, "training", setup, device) as saved:
        history = History.from_arrays(part(saved.arrays, _HISTORY))
        done = int(saved.head["round"])
        if done != history.rounds:
            raise ValueError(f"{done} rounds, {history.rounds} of them kept")
        rows = [saved.arrays[f"parameters_{s}"] for s in range(len(history.models))]
        require_rows(rows, "parameters")
        parameters = tuple(as_tensor(row, device) for row in rows)
    return State(round=done, parameters=parameters, memory=saved.memory), history


def fingerprint(
    federation: Federation,
    method: Method,
    plans: Sequence[LocalPlan],
    settings: Mapping[str, Any],
) -> Fingerprint:
    """Texts by name; two runs whose texts agree go the same way, bit by bit."""
    out: Fingerprint = {name: described(value) for name, value in settings.items()}
    for s, (task, plan) in enumerate(zip(federation.tasks, plans, strict=True)):
        out |= {f"task {s} ({key})": text for key, text in _task(task).items()}
        out |= {f"task {s} (local plan, {k})": described(v) for k, v in asdict(plan).items()}
    for name in ("processors", "able", "online", "speed", "link"):
        out[f"federation ({name})"] = described(getattr(federation, name))
    out["method"] = method.name
    out["method (class)"] = named(type(method))
    return out | described_fields("method", method)


def _task(task: Task) -> Fingerprint:
    start = [p.detach() for p in task.module.parameters()]
    flat = torch.cat([p.reshape(-1).float().cpu() for p in start]).numpy()
    train = task.train
    return {
        "name": task.name,
        "network": " ".join(str(task.module).split()),
        "network's parameters": described(flat),
        "inputs": described(train.inputs),
        "targets": described(train.targets),
        "clients' samples": described(train.offsets),
        "test": "none" if task.test is None else described(task.test),
        "loss": described(task.loss),
    }
