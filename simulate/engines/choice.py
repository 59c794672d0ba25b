"""The engine of a task: the fastest that can train its network, or the one asked for."""

from __future__ import annotations

from typing import Any, Literal

import torch

from roundlot.simulate.devices import chosen_device
from roundlot.simulate.engines import batched, task_engine, vmapped
from roundlot.simulate.engines.batched import BatchedEngine
from roundlot.simulate.engines.fused import engine as fused
from roundlot.simulate.engines.fused.engine import FusedEngine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision, floats_in
from roundlot.simulate.engines.task_engine import PlainEngine, TaskEngine
from roundlot.simulate.engines.vmapped import VmappedEngine, lstm_work
from roundlot.simulate.tasks.parameters import flatten, with_parameters
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.theory.names import require_choice

Kind = Literal["auto", "plain", "vmapped", "batched", "fused"]

_CLASSES: dict[Kind, type[TaskEngine]] = {
    "plain": PlainEngine,
    "vmapped": VmappedEngine,
    "batched": BatchedEngine,
    "fused": FusedEngine,
}


#: Steps times hidden units from which an LSTM's own call on the CPU beats many clients at once:
#: medians for 5, 20 and 100 clients of batches of 16, on one thread, meet between 320 and 640.
_LONG_LSTM = 640


def make_engine(
    task: Task,
    plan: LocalPlan,
    *,
    model: int,
    seed: int,
    device: str = "auto",
    chunk: int | None = None,
    kind: Kind = "auto",
    precision: Precision = FLOAT32,
) -> TaskEngine:
    """The engine that trains this task's clients.

    Args:
        task: what is trained.
        plan: what a client does in a round.
        model: number of the task, from 0; with seed and round it chooses the batches.
        seed: of the run.
        device: "auto", "cpu", "cuda" or "cuda:1".
        chunk: clients that train at a time, or None to choose by memory.
        kind: "plain" is a loop over clients; "vmapped" trains many at once, any module that
            torch.vmap can run; "batched" and "fused" (CPU only) train chains of simple layers.
            "auto" takes the first that can of fused, batched and vmapped, else plain with a
            warning; and plain for long LSTMs on a CPU, which is faster there. torch runs a whole
            LSTM in one compiled call, but vmap cannot, and takes its steps one by one: from some
            640 steps times hidden units this costs more than it saves by training clients
            together. GRUs and plain recurrent layers have no such call and stay vmapped. Momentum,
            Adam and clipped gradients are for all but "fused".
        precision: of all numbers. "fused" knows float32 alone.

    Raises:
        InvalidProblemError: an unknown kind or device, or a kind that cannot train this task, or
            not in this precision; says why.
    """
    device = chosen_device(device)
    if kind == "auto":
        kind = _fastest(task, device, plan, precision)
    require_choice(kind, "kind", ("auto", *sorted(_CLASSES)))
    reason = _obstacle(kind, task, device, plan, precision)
    if reason is not None:
        raise InvalidProblemError(
            f"the {kind} engine cannot train {task.name!r}: {reason}; choose kind='auto'"
        )
    settings: dict[str, Any] = {"device": device, "chunk": chunk, "precision": precision}
    return _CLASSES[kind](task, plan, model=model, seed=seed, **settings)


def kind_of(engine: TaskEngine) -> Kind:
    """What ``make_engine`` calls an engine."""
    return next(kind for kind, made in _CLASSES.items() if type(engine) is made)


def _obstacle(
    kind: Kind, task: Task, device: str, plan: LocalPlan, precision: Precision
) -> str | None:
    """Why an engine cannot train a task, or None."""
    if kind == "plain":
        return task_engine.supports(task, precision)
    if kind == "vmapped":
        return vmapped.supports(task, precision)
    if kind == "batched":
        return batched.supports(task) or task_engine.supports(task, precision)
    if precision is not FLOAT32:
        return f"its loops are compiled for float32, not for {precision.name}"
    if device != "cpu":
        return f"it runs on the CPU, not on {device}"
    if not plan.plain:
        return "its loops know plain steps alone, no momentum, Adam or clipped gradients"
    return fused.supports(task)


def _fastest(task: Task, device: str, plan: LocalPlan, precision: Precision) -> Kind:
    by_hand: tuple[Kind, ...] = ("fused", "batched")
    for kind in by_hand:
        if _obstacle(kind, task, device, plan, precision) is None:
            return kind
    reason = _obstacle("vmapped", task, device, plan, precision)
    if reason is None:
        return "plain" if device == "cpu" and _long_lstm(task) else "vmapped"
    warn(
        f"{task.name!r} trains one client after another, slowly: {reason}; engine='plain' "
        "says that this is meant"
    )
    return "plain"


def _long_lstm(task: Task) -> bool:
    module = with_parameters(task.module, flatten(task.module))
    return lstm_work(module, floats_in(task.train.inputs[:1], torch.float32)) >= _LONG_LSTM
