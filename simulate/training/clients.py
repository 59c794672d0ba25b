"""What models are worth to each client: measures on the clients' own data, and their spread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import Tensor

from roundlot.simulate.engines.engine import Engine
from roundlot.simulate.engines.task_engine import TaskEngine
from roundlot.simulate.tasks.metrics import SPREADS
from roundlot.theory.arrays import FloatArray, IntArray

DEVIATION, WORST, BEST = SPREADS
_TENTH = 10


def client_measures(engine: Engine, parameters: Tensor, clients: IntArray) -> dict[str, FloatArray]:
    """``(k,)`` by name: the loss and every metric on the data of each of these clients.

    Raises:
        TrainingError: a loss that is not finite; names task and client.
    """
    return _own(engine).client_measures(parameters, clients)


def spread(name: str, values: FloatArray, *, higher_is_better: bool) -> dict[str, float]:
    """The standard deviation over clients, and the means of the worst and the best tenth of them.

    Every client counts alike. A tenth of ``k`` clients is ``⌈k/10⌉``.
    """
    ordered = np.sort(values) if higher_is_better else -np.sort(-values)
    tenth = -(-len(values) // _TENTH)
    return {
        f"{name}, {DEVIATION}": float(values.std()),
        f"{name}, {WORST}": float(ordered[:tenth].mean()),
        f"{name}, {BEST}": float(ordered[-tenth:].mean()),
    }


def spreads(engine: Engine, values: Mapping[str, FloatArray]) -> dict[str, float]:
    """The spread of every measure of a model, by name."""
    better = {metric.name: metric.higher_is_better for metric in _own(engine).task.measures}
    found: dict[str, float] = {}
    for name, row in values.items():
        found |= spread(name, row, higher_is_better=better.get(name, False))
    return found


def _own(engine: Engine) -> TaskEngine:
    """The engine of this process, which has all data; several processes share one around it."""
    own: Engine = engine
    while hasattr(own, "own"):
        own = own.own
    assert isinstance(own, TaskEngine)
    return own


def is_spread(name: str) -> bool:
    """Whether a metric's name is one of a spread."""
    return name.endswith((f", {DEVIATION}", f", {WORST}", f", {BEST}"))
