"""Memory of a run: one table of updates at most, all else by blocks of clients; nothing N x N."""

import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from roundlot.simulate.methods import METHODS, group_cycle, method
from roundlot.simulate.methods.estimator import _CLIENTS_AT_A_TIME
from roundlot.simulate.training import Federation, LocalPlan, Samples, Task, train

CLIENTS, FEATURES, HIDDEN, CLASSES = 1200, 4, 16, 3
PARAMETERS = (FEATURES + 1) * HIDDEN + (HIDDEN + 1) * CLASSES
TABLE = 4 * CLIENTS * PARAMETERS  # everybody's last update in float32
BLOCK = 8 * _CLIENTS_AT_A_TIME * PARAMETERS  # a block's updates in float64
REMEMBER = ("stale-vr", "stale-vre", "stale-vre-fitted", "fedvarp", "fedvarp-present", "fedstale",
            "fedstale-present", "mifa", "mifa-present", "scaffold")  # fmt: skip

QUICK = ("full", "gvr", "stale-vr", "fedstale", "mifa", "scaffold")


class Largest(TorchDispatchMode):
    """The sizes of new tensors, in bytes."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        given = {self._place(x) for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)}
        out = func(*args, **(kwargs or {}))
        self.sizes += [
            tensor.untyped_storage().nbytes()
            for tensor in tree_leaves(out)
            if isinstance(tensor, torch.Tensor) and self._place(tensor) not in given
        ]
        return out

    @staticmethod
    def _place(tensor):
        return tensor.untyped_storage().data_ptr()


@pytest.fixture(scope="module")
def federation():
    draw = torch.Generator().manual_seed(0)
    network = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    tasks = [
        Task(
            name=f"task {s}",
            module=network,
            train=Samples(
                inputs=torch.randn((2 * CLIENTS, FEATURES), generator=draw),
                targets=torch.randint(0, CLASSES, (2 * CLIENTS,), generator=draw),
                offsets=np.arange(0, 2 * CLIENTS + 1, 2),
            ),
        )
        for s in range(2)
    ]
    return Federation(tasks=tuple(tasks))


def peaks(federation, name, **settings):
    """Sizes of new tensors in falling order, and the peak of what NumPy and Python took."""
    plan = LocalPlan(epochs=1, batch_size=None)
    settings = {"rounds": 2, "plan": plan, "budget": CLIENTS / 4, "engine": "batched"} | settings
    with Largest():  # what is made once, torch's own imports among it
        train(federation, method(name), **settings | {"rounds": 1})
    tracemalloc.start()
    try:
        with Largest() as largest:
            train(federation, method(name), **settings)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return sorted(largest.sizes, reverse=True), taken


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in METHODS],
)
def test_a_method_holds_one_table_at_most_and_blocks(federation, name, monkeypatch):
    monkeypatch.setattr(group_cycle, "_MOST_SCORED", 100)  # 4000 however many clients there are
    sizes, taken = peaks(federation, name)
    tables = len(federation.tasks) if name in REMEMBER else 0
    assert sizes[:tables] == [TABLE] * tables
    assert sizes[tables] <= BLOCK
    assert taken < 8 * CLIENTS**2 / 2
