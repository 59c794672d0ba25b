"""Train a federation by a method: rounds, measurements, checkpoints."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from roundlot.simulate.devices import single_thread
from roundlot.simulate.engines.choice import Kind
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.precision import Precision, precision_of
from roundlot.simulate.engines.timed_choice import Choice
from roundlot.simulate.processes.group import Processes, joined
from roundlot.simulate.runs.callbacks import Callback, Guarded
from roundlot.simulate.runs.run import Progress, Rounds
from roundlot.simulate.training.early_stop import EarlyStop
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Method
from roundlot.simulate.training.privacy import Privacy
from roundlot.simulate.training.run import FederatedRun
from roundlot.simulate.training.server_optimizer import PLAIN, ServerOptimizer
from roundlot.theory import InvalidProblemError


def train(
    federation: Federation,
    method: Method,
    *,
    rounds: int,
    plan: LocalPlan | Sequence[LocalPlan],
    budget: float,
    seed: int = 0,
    design: str = "independent",
    device: str = "auto",
    engine: Kind | Sequence[Kind | Choice] = "auto",
    chunk: int | None = None,
    evaluate_every: int = 10,
    server_learning_rate: float = 1.0,
    server: ServerOptimizer = PLAIN,
    privacy: Privacy | None = None,
    measure: bool = False,
    per_client: bool = False,
    stop_early: EarlyStop | Sequence[EarlyStop] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 10,
    resume: bool = True,
    progress: Progress | None = None,
    callbacks: Sequence[Callback | Guarded] = (),
    restart: bool = True,
    precision: str = "float32",
    processes: int | Processes = 1,
) -> History:
    """Train all models of a federation for some rounds and return what happened.

    Everything random is a function of the seed and the round. Two methods with the same seed start
    from the same parameters, meet the same clients, and these train on the same batches.

    Args:
        federation: clients, their data and devices.
        method: a record with ``init`` and ``apply``, as `roundlot.simulate.methods.method` makes
            by name.
        rounds: how many.
        plan: what a client does in a round, for all tasks or one each.
        budget: ``m``, draws expected in a round, above 0 and at most the number of processors.
        seed: of initial parameters, availability, draws and batches.
        design: how probabilities are drawn by, a name in ``DESIGNS``.
        device: "auto", "cpu", "cuda" or "cuda:1".
        engine: a kind of engine for all tasks, or one each; see `make_engine`. A `Choice` says why
            it is that one. "auto" keeps that of the checkpoint, or times those that can and takes
            the fastest; see `roundlot.simulate.engines.choice.choose`. The history names it and
            says why.
        chunk: clients that train at a time, None to choose by memory.
        evaluate_every: rounds between evaluations; the start and the end are always evaluated.
        server_learning_rate: what the server multiplies ``Δ``, or what its optimiser makes of it,
            by.
        server: its optimiser.
        privacy: how updates are clipped and steps get noise; None: they are as they are.
        measure: whether everybody present trains once more every round, to say how far ``Δ`` is
            from the full step, beside theory's prediction; training itself goes the same way.
        per_client: whether every evaluation also goes over all clients' own data, for the spread of
            losses and metrics over clients; the history's ``clients`` then are those at the end.
        stop_early: when a model stops, one rule for all or one each: from then on nobody is there
            to train it, and it stays as it is. The run ends when all have stopped; None: after
            ``rounds`` rounds.
        checkpoint: a file to write the state to, every ``checkpoint_every`` rounds and at the end.
        checkpoint_every: rounds.
        resume: go on from the checkpoint if it is there; else it is overwritten.
        progress: called with (method, rounds done, rounds).
        callbacks: told of the numbers of every round, such as those of `roundlot.loggers`; one that
            fails is warned of and left out.
        restart: draw initial parameters from the seed; else start from the modules' own.
        precision: "float32" or "float64", of all numbers; or "bf16": networks compute in bfloat16,
            parameters, updates and sums are kept in float32. See `Precision`.
        processes: how many train the clients, or `Processes` that are there already. With
            ``device`` "auto" or "cuda" each has a GPU of its own, where there is any. The history
            is that of one process; see `roundlot.simulate.processes.group`.

    Raises:
        TrainingError: a loss or a parameter that is not finite, the loss on test data included;
            names round, task and client. The last checkpoint stays.
        InvalidProblemError: an argument out of its range; a checkpoint of another setup; a task
            that cannot be sent to other processes.
        LostProcessError: one of several processes was killed, hangs or failed; all have stopped.
    """
    course = Rounds(
        rounds=rounds,
        evaluate_every=evaluate_every,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        resume=resume,
        progress=progress,
        callbacks=callbacks,
    )
    began = time.perf_counter()
    kept = Path(checkpoint) if checkpoint is not None and resume else None
    with joined(processes) as crew:
        if crew.rank:
            return crew.help()
        with crew.leading() as done, single_thread():
            run = FederatedRun.of(
                federation,
                method,
                plans=_plans(plan, federation, rounds, precision),
                budget=budget,
                seed=seed,
                design=design,
                device=device,
                kind=engine,
                chunk=chunk,
                processes=crew,
                rounds=rounds,
                kept=kept if kept is not None and kept.exists() else None,
                evaluate_every=evaluate_every,
                server_learning_rate=server_learning_rate,
                server=server,
                privacy=privacy,
                measure=measure,
                per_client=per_client,
                stop_early=stop_early,
                restart=restart,
                precision=precision,
            )
            done.append(course.play(run, began))
        return done[0]


def _plans(
    plan: LocalPlan | Sequence[LocalPlan], federation: Federation, rounds: int, precision: str
) -> tuple[LocalPlan, ...]:
    plans = (plan,) * federation.n_models if isinstance(plan, LocalPlan) else tuple(plan)
    if len(plans) != federation.n_models:
        raise InvalidProblemError(
            f"there are {len(plans)} plans for {federation.n_models} tasks; give one each, or one"
        )
    for task, one in zip(federation.tasks, plans, strict=True):
        _require_rates(task.name, one, rounds, precision_of(precision))
    return plans


def _require_rates(task: str, plan: LocalPlan, rounds: int, precision: Precision) -> None:
    """Refuse rates that are 0 as kept: nothing would be learnt, and some methods divide by them.

    They rise to a plateau and fall after it, so the first and the last are the least.
    """
    kept = str(precision.kept).removeprefix("torch.")
    for round_ in (0, max(rounds - 1, 0)):
        if plan.rate(round_) < torch.finfo(precision.kept).tiny:
            raise InvalidProblemError(
                f"the learning rate of {task!r} in round {round_} of {rounds} is "
                f"{plan.rate(round_):g}, which is 0 in {kept}; give a larger learning_rate, "
                "decay or factor"
            )
