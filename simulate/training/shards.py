"""Training on a partition: every worker trains on its shard, and models are averaged by size.

Shards proportional to speed differ in size: a plain mean of the workers' models would descend
another loss than that of all points, unless the shards are alike. Weights are the shards' sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.methods import method
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.history import History
from roundlot.simulate.training.runner import train


def train_on_shards(
    inputs: Any,
    targets: Any,
    owner: npt.ArrayLike,
    speeds: npt.ArrayLike,
    module: nn.Module,
    *,
    rounds: int,
    plan: LocalPlan,
    test: tuple[Any, Any],
    link: npt.ArrayLike | float | None = None,
    name: str = "shards",
    seed: int = 0,
    evaluate_every: int = 1,
) -> History:
    """Rounds in which every worker trains on its shard and waits for the slowest.

    Args:
        inputs: ``(n, ...)`` floating point.
        targets: ``(n, ...)``.
        owner: ``(n,)``, the worker of every point; −1 drops it.
        speeds: ``(J,)`` points per second.
        module: the network; its parameters are drawn anew from the seed.
        rounds: how many.
        plan: local epochs, batch size and step size.
        test: held-out inputs and targets.
        link: ``(J,)`` Mbit/s, or one for all; None: messages take no time.
        name: of the task.
        seed: of initial parameters and batches.
        evaluate_every: rounds between evaluations.

    Raises:
        InvalidProblemError: shapes that disagree, or an owner out of range.
        TrainingError: a loss that is not finite.
    """
    rates = np.asarray(speeds, dtype=np.float64)
    task = Task(
        name=name,
        module=module,
        train=Samples.by_owner(inputs, targets, owner, rates.size),
        test=test,
    )
    bandwidth = None if link is None else np.asarray(link, dtype=np.float64)
    return train(
        Federation(tasks=(task,), speed=rates, link=bandwidth),
        method("full"),
        rounds=rounds,
        plan=plan,
        budget=float(rates.size),
        seed=seed,
        evaluate_every=evaluate_every,
    )


def seconds_to_loss(history: History, target: float) -> float:
    """Simulated seconds until the mean test loss is first at most ``target``; infinite if never.

    Between two evaluations the loss is taken to fall in a straight line.
    """
    loss, seconds = history.mean_loss, history.seconds_so_far
    below = np.flatnonzero(loss <= target)
    if not below.size:
        return float("inf")
    last = int(below[0])
    if last == 0:
        return 0.0
    share = (loss[last - 1] - target) / (loss[last - 1] - loss[last])
    return float(seconds[last - 1] + share * (seconds[last] - seconds[last - 1]))
