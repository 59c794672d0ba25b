"""What makes two runs of training the same run: every setting, and hashes of all data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.local_plan import LocalPlan
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.task import Task
from roundlot.theory import InvalidProblemError

Fingerprint = dict[str, str]


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
    kind = type(method)
    out["method (class)"] = f"{kind.__module__}.{kind.__qualname__}"
    if is_dataclass(method):
        out |= {f"method ({f.name})": described(getattr(method, f.name)) for f in fields(method)}
    return out


def require_same(here: Fingerprint, there: Fingerprint, what: str) -> None:
    """Refuse a checkpoint of another setup.

    Raises:
        InvalidProblemError: names ``what`` and the first things that differ.
    """
    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    if not names:
        return
    first, *others = (_on_a_line(name) for name in names)
    was, now = (_on_a_line(setup.get(names[0], "not there")) for setup in (there, here))
    more = f" (and {len(others)} more: {', '.join(others[:3])})" if others else ""
    raise InvalidProblemError(
        f"{what} is of another setup: {first} was {was}, is {now}{more}; choose another place or "
        "remove it"
    )


def described(value: Any) -> str:
    """A setting as a short text; arrays by shape, type and hash, functions by name."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {_hash(value)}"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, list | tuple):
        return f"({', '.join(described(item) for item in value)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}: {described(v)}' for k, v in value.items())}}}"
    if is_dataclass(value) and not isinstance(value, type):
        inner = (f"{f.name}={described(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({', '.join(inner)})"
    return str(value)


def _on_a_line(text: Any) -> str:
    """What a file says, however long it may be there."""
    return " ".join(str(text).split())[:150]


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


def _hash(array: np.ndarray[Any, Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
