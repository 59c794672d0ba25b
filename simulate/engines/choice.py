"""The engine of a task: the fastest that can train its network, or the one asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch

from roundlot.simulate.devices import chosen_device
from roundlot.simulate.engines import batched, compiled, task_engine, vmapped
from roundlot.simulate.engines.batched import BatchedEngine
from roundlot.simulate.engines.compiled import CompiledEngine
from roundlot.simulate.engines.fused import engine as fused
from roundlot.simulate.engines.fused.engine import FusedEngine
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import FLOAT32, Precision, floats_in
from roundlot.simulate.engines.task_engine import PlainEngine, TaskEngine
from roundlot.simulate.engines.timed_choice import (
    PAYS,
    SHORT,
    Choice,
    Clock,
    Workload,
    compiling_seconds,
    fastest,
    speeds,
    step_seconds,
    trial_task,
)
from roundlot.simulate.engines.vmapped import VmappedEngine, lstm_work
from roundlot.simulate.tasks.parameters import flatten, with_parameters
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.theory.names import require_choice

Kind = Literal["auto", "plain", "vmapped", "compiled", "batched", "fused"]

_CLASSES: dict[Kind, type[TaskEngine]] = {
    "plain": PlainEngine,
    "vmapped": VmappedEngine,
    "compiled": CompiledEngine,
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
            torch.vmap can run, and "compiled" does so by a step that torch has compiled, which
            takes seconds to minutes; "batched" and "fused" (CPU only) train chains of simple
            layers. "auto" takes the first that can of fused, batched and vmapped, else plain with a
            warning; `choose` times them for a run. It takes plain for long LSTMs on a CPU, which is
            faster there: torch runs a whole LSTM in one compiled call, but vmap cannot, and takes
            its steps one by one: from some 640 steps times hidden units this costs more than it
            saves by training clients together. GRUs and plain recurrent layers have no such call
            and stay vmapped. Momentum, Adam and clipped gradients are for all but "fused".
        precision: of all numbers. "fused" knows float32 alone.

    Raises:
        InvalidProblemError: an unknown kind or device, or a kind that cannot train this task, or
            not in this precision; says why.
    """
    device = chosen_device(device)
    if kind == "auto":
        kind = _first_that_can(task, device, plan, precision)
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
    if kind == "compiled":
        return compiled.supports(task, plan, device, precision)
    if kind == "batched":
        return batched.supports(task) or task_engine.supports(task, precision)
    if precision is not FLOAT32:
        return f"its loops are compiled for float32, not for {precision.name}"
    if device != "cpu":
        return f"it runs on the CPU, not on {device}"
    if not plan.plain:
        return "its loops know plain steps alone, no momentum, Adam or clipped gradients"
    return fused.supports(task)


def choose(
    task: Task,
    plan: LocalPlan,
    device: str,
    workload: Workload,
    *,
    precision: Precision = FLOAT32,
    clock: Clock = time.perf_counter,
    time_steps: StepTimer = step_seconds,
) -> Choice:
    """The kind of engine for a run: the fastest on this task's own network.

    Runs of fewer than `SHORT` local steps take the kind of ``make_engine``'s "auto". In others,
    plain and all that can are timed on a few batches of the task's own data, as many clients at a
    time as a round trains. "compiled" is tried if the fastest, which is not "fused", would take
    five times as long as compiling: so that compiling takes a sixth of a run at most if it does not
    pay. It is then timed beside that one, on whole rounds of the task's clients.

    Args:
        task: what is trained.
        plan: what a client does in a round.
        device: "cpu" or "cuda:k".
        workload: what is left to train.
        precision: of all numbers.
        clock: seconds, by which tracing is timed.
        time_steps: seconds of a local step of engines by kind, for so many clients in a round.
    """
    order = [kind for kind in _ORDER if _obstacle(kind, task, device, plan, precision) is None]
    left = workload.steps(task, plan)
    if left < SHORT:
        kind = _first_that_can(task, device, plan, precision)
        why = (
            f"the first that can of fused, batched and vmapped: under {SHORT} local steps are left"
        )
        return Choice(kind=kind, why=why)

    def made(kinds: Sequence[Kind], on: Task) -> dict[str, TaskEngine]:
        settings: dict[str, Any] = {"device": device, "precision": precision}
        return {kind: _CLASSES[kind](on, plan, model=0, seed=0, **settings) for kind in kinds}

    order.append("plain")
    seconds = dict(time_steps(made(order, trial_task(task, plan)), workload.together))
    best = _in_order(fastest(seconds, order), order)
    out = _not_compiled(task, plan, device, precision, best, seconds[best] * left)
    if out is None:
        engines = made([best, "compiled"], task)
        out = _too_short(engines["compiled"], seconds[best] * left, clock)
    if out is None:
        try:
            beside = time_steps(engines, workload.together)
            seconds["compiled"] = seconds[best] * beside["compiled"] / beside[best]
        except InvalidProblemError as error:
            out = str(error)
        order.append("compiled")
    best = _in_order(fastest(seconds, order), order)
    why = f"times as fast as the plain loop, timed: {speeds(seconds)}"
    return Choice(kind=best, why=why if out is None else f"{why}; compiled left out: {out}")


StepTimer = Callable[[Mapping[str, TaskEngine], int], Mapping[str, float]]
_ORDER: tuple[Kind, ...] = ("fused", "batched", "vmapped")
#: Seconds of training below which compiling, which takes some seconds at least, is not looked at.
_LOOK = 25.0


def _in_order(kind: str, order: Sequence[Kind]) -> Kind:
    return next(one for one in order if one == kind)


def _not_compiled(
    task: Task, plan: LocalPlan, device: str, precision: Precision, best: str, training: float
) -> str | None:
    """Why compiling is not worth a look, or impossible; or None."""
    if best == "fused":
        return "fused trains this network"
    if training < _LOOK:
        return f"{training:.0f} s of training are left"
    return _obstacle("compiled", task, device, plan, precision)


def _too_short(engine: TaskEngine, training: float, clock: Clock) -> str | None:
    """Why compiling would not pay in what is left to train, or None."""
    assert isinstance(engine, CompiledEngine)
    cost = compiling_seconds(engine.tracing_seconds(clock), engine.compilations)
    if training >= PAYS * cost:
        return None
    return f"{training:.0f} s of training are left, and compiling takes some {cost:.0f} s"


def _first_that_can(task: Task, device: str, plan: LocalPlan, precision: Precision) -> Kind:
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
