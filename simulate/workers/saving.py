"""A run with workers, so far, in one file; resumed, it goes on to the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.archive import (
    array_text,
    read_archive,
    text_array,
    write_archive,
)
from roundlot.simulate.training.fingerprint import Fingerprint, described, require_same
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.clock import Moment
from roundlot.simulate.workers.history import WorkerHistory
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.theory import InvalidProblemError

_FORMAT = "roundlot.workers/1"
_MEMORY = "memory/"


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
    tensors = [name for name, value in memory.items() if isinstance(value, Tensor)]
    arrays = history.to_arrays()
    arrays["head"] = text_array({"format": _FORMAT, "setup": setup, "tensors": tensors})
    arrays |= {"done": moment.done, "arrivals": moment.arrivals}
    for name, value in memory.items():
        array = value.cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
        arrays[_MEMORY + name] = array
    write_archive(path, arrays)


def load_state(
    path: Path, setup: Fingerprint, device: str
) -> tuple[WorkerHistory, dict[str, Any], Moment]:
    """What ``save_state`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    arrays = read_archive(path, "a checkpoint of workers")
    try:
        head: dict[str, Any] = array_text(arrays["head"])
        if head["format"] != _FORMAT:
            raise ValueError(f"it has format {head['format']!r}")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InvalidProblemError(
            f"{path} is no checkpoint of workers ({error}); remove it and start again"
        ) from error
    require_same(setup, head["setup"], f"checkpoint {path}")
    memory: dict[str, Any] = {}
    for name, value in arrays.items():
        if name.startswith(_MEMORY):
            short = name.removeprefix(_MEMORY)
            tensor = short in head["tensors"]
            memory[short] = torch.from_numpy(value.copy()).to(device) if tensor else value
    moment = Moment(done=arrays["done"], arrivals=arrays["arrivals"])
    return WorkerHistory.from_arrays(arrays), memory, moment
