"""The engine of a task: the fastest that can train its network, or the one asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
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
    Workload,
    compiling_seconds,
    fastest,
    speeds,
    step_seconds,
    timed,
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
    time_kinds: Callable[[Sequence[Kind], Task, LocalPlan, str], dict[str, float]] | None = None,
    time_compiled: Callable[[CompiledEngine], float] | None = None,
) -> Choice:
    """The kind of engine for a run: the fastest on this task's own network.

    Runs of fewer than `SHORT` local steps take the kind of ``make_engine``'s "auto". In others,
    plain and all that can are timed on a few batches of the task's own data. "compiled" is tried
    if the fastest, which is not "fused", would take five times as long as compiling: so that
    compiling takes a sixth of a run at most if it does not pay.

    Args:
        task: what is trained.
        plan: what a client does in a round.
        device: "cpu" or "cuda:k".
        workload: what is left to train.
        precision: of all numbers.
        time_kinds: seconds of a local step by kind; None: as they are timed here.
        time_compiled: the same of an engine that may have to be compiled first.
    """
    order = [kind for kind in _ORDER if _obstacle(kind, task, device, plan, precision) is None]
    left = workload.steps(task, plan)
    if left < SHORT:
        kind = _first_that_can(task, device, plan, precision)
        why = (
            f"the first that can of fused, batched and vmapped: under {SHORT} local steps are left"
        )
        return Choice(kind=kind, why=why)
    times = time_kinds or partial(_timed, precision=precision)
    seconds = times([*order, "plain"], task, plan, device)
    best = fastest(seconds, [*order, "plain"])
    training = seconds[best] * left
    out = _not_compiled(task, plan, device, precision, best, training)
    if out is None:
        engine = CompiledEngine(task, plan, model=0, seed=0, device=device, precision=precision)
        cost = compiling_seconds(engine.operations(), engine.compilations)
        if training < PAYS * cost:
            out = _too_short(training, cost)
        else:
            try:
                seconds["compiled"] = (time_compiled or _time_compiled)(engine)
            except InvalidProblemError as error:
                out = str(error)
            best = fastest(seconds, [*order, "plain", "compiled"])
    why = f"times as fast as the plain loop, timed: {speeds(seconds)}"
    return Choice(kind=best, why=why if out is None else f"{why}; compiled left out: {out}")


_ORDER: tuple[Kind, ...] = ("fused", "batched", "vmapped")


def _not_compiled(
    task: Task, plan: LocalPlan, device: str, precision: Precision, best: str, training: float
) -> str | None:
    """Why compiling is not worth a look, or impossible; or None."""
    if best == "fused":
        return "fused trains this network"
    least = compiling_seconds(0, 1)
    if training < PAYS * least:
        return _too_short(training, least)
    return _obstacle("compiled", task, device, plan, precision)


def _too_short(training: float, cost: float) -> str:
    return f"{training:.0f} s of training are left, and compiling takes some {cost:.0f} s"


def _time_compiled(engine: CompiledEngine) -> float:
    return step_seconds(engine, 16)


def _timed(
    kinds: Sequence[Kind], task: Task, plan: LocalPlan, device: str, *, precision: Precision
) -> dict[str, float]:
    def make(kind: str, trial: Task) -> TaskEngine:
        made = _CLASSES[kind]  # type: ignore[index]
        return made(trial, plan, model=0, seed=0, device=device, precision=precision)

    return timed(kinds, make, task, plan)


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
