"""A run with workers, so far, in one file; resumed, it goes on to the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import torch

from roundlot.simulate.training.fingerprint import Fingerprint, described
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.record_checks import require_axes
from roundlot.simulate.training.state_archive import saved_state, write_state
from roundlot.simulate.workers.clock import Moment
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan

_MOMENT = {"done": "n", "arrivals": "dn"}


def fingerprint(
    workers: Workers, method: Any, plan: StepPlan, settings: Mapping[str, Any]
) -> Fingerprint:
    """Texts by name; two runs whose texts agree go the same way, bit by bit."""
    train = workers.task.train
    out: Fingerprint = {name: described(value) for name, value in settings.items()}
    out |= {f"plan ({name})": described(value) for name, value in asdict(plan).items()}
    for name in ("speed", "law", "per", "link", "latency", "weigh"):
        out[f"workers ({name})"] = described(getattr(workers, name))
    for name in ("inputs", "targets", "offsets"):
        out[f"data ({name})"] = described(getattr(train, name))
    start = [p.detach().reshape(-1).cpu() for p in workers.task.module.parameters()]
    out["network"] = f"{' '.join(str(workers.task.module).split())} {described(torch.cat(start))}"
    kind = type(method)
    out["method"] = f"{kind.__module__}.{kind.__qualname__}"
    if is_dataclass(method):
        out |= {f"method ({f.name})": described(getattr(method, f.name)) for f in fields(method)}
    return out


def save_state(
    path: Path, history: WorkerHistory, memory: Memory, moment: Moment, setup: Fingerprint
) -> None:
    """Write the state without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = history.to_arrays() | {name: getattr(moment, name) for name in _MOMENT}
    write_state(path, "workers", setup, memory, arrays)


def load_state(path: Path, setup: Fingerprint, device: str) -> tuple[WorkerHistory, Memory, Moment]:
    """What ``save_state`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    with saved_state(path, "workers", setup, device) as saved:
        history = WorkerHistory.from_arrays(saved.arrays)
        require_axes(saved.arrays, _MOMENT, {"n": history.n_workers})
        moment = Moment(**{name: saved.arrays[name] for name in _MOMENT})
    return history, saved.memory, moment
