"""Two steps of every optimiser by hand; schedules; what an engine cannot do is refused by name."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.methods import method
from roundlot.simulate.training import (
    Federation,
    LocalPlan,
    RateSchedule,
    Samples,
    ServerOptimizer,
    Task,
    make_engine,
    train,
)
from roundlot.theory import InvalidProblemError

ONE = torch.ones(1, 1)


def half_square() -> Task:
    """One client, one parameter ``w = 1``, loss ``w²/2``, whose gradient is ``w``."""
    module = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.fill_(1.0)
    rows = Samples(inputs=ONE, targets=0 * ONE, offsets=np.array([0, 1]))
    return Task(name="w", module=module, train=rows, loss="squared error")


def adam(w: float, gradients: list[float], rate: float, tau: float) -> float:
    """Algorithm 1 of Kingma and Ba 2015 with 0.9 and 0.999."""
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= rate * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + tau)
    return w


LOCAL = [
    ({"momentum": 0.5}, 1.0 - 0.76),  # u = 1, w = 0.9; u = 1.4, w = 0.76
    ({"clip": 0.5}, 1.0 - 0.90),  # both gradients, 1 and 0.95, become 0.5
    ({"clip": 0.95}, 0.095 + 0.0905),  # the second, 0.905, is below
    ({"clip": 0.5, "momentum": 0.5}, 0.05 + 0.075),
    ({"optimizer": "adam"}, 1.0 - adam(1.0, [1.0, 0.9], 0.1, 1e-8)),
    ({"optimizer": "adam", "tau": 1.0}, 1.0 - adam(1.0, [1.0, 0.95], 0.1, 1.0)),
    ({"momentum": 0.5, "weight_decay": 1.0}, 0.2 + 0.5 * 0.2 + 0.1 * 2 * 0.8),
]


@pytest.mark.parametrize("kind", ["plain", "vmapped", "batched"])
@pytest.mark.parametrize(("settings", "moved"), LOCAL)
def test_two_local_steps_by_hand(kind: Any, settings: dict[str, Any], moved: float) -> None:
    plan = LocalPlan(epochs=2, batch_size=None, learning_rate=0.1, **settings)
    engine = make_engine(half_square(), plan, model=0, seed=0, kind=kind)
    assert float(engine.updates(ONE[0], np.array([0]), 0)) == pytest.approx(moved, rel=2e-6)


@pytest.mark.parametrize("settings", [{"momentum": 0.9}, {"optimizer": "adam"}, {"clip": 0.1}])
def test_engines_agree_on_ragged_clients(settings: dict[str, Any]) -> None:
    inputs = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    rows = Samples.by_owner(inputs, torch.arange(20) % 2, np.repeat(np.arange(4), [2, 9, 1, 8]), 4)
    one = Task(
        name="t", module=nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), train=rows
    )
    plan = LocalPlan(epochs=2, batch_size=3, **settings)
    start = torch.cat([p.detach().reshape(-1) for p in one.module.parameters()])
    kinds: Any = ("plain", "vmapped", "batched")
    moved = [
        make_engine(one, plan, model=0, seed=0, kind=kind).updates(start, np.arange(4), 0)
        for kind in kinds
    ]
    for other in moved[1:]:
        torch.testing.assert_close(other, moved[0], rtol=1e-3, atol=1e-5)
    assert type(make_engine(one, plan, model=0, seed=0)).__name__ == "BatchedEngine"
    assert type(make_engine(one, LocalPlan(), model=0, seed=0)).__name__ == "FusedEngine"
    with pytest.raises(InvalidProblemError, match=r"fused engine cannot train 't': .* no momentum"):
        make_engine(one, plan, model=0, seed=0, kind="fused")


# Steps x of g = 1 and then g = 2, from Algorithm 2 of Reddi et al. 2021 with v = τ² at first.
SERVER = [
    ({"optimizer": "sgd"}, [1.0, 2.0]),
    ({"optimizer": "momentum", "momentum": 0.5}, [1.0, 2.5]),
    (
        {"optimizer": "adagrad", "tau": 0.5},
        [1 / (math.sqrt(1.25) + 0.5), 2 / (math.sqrt(5.25) + 0.5)],
    ),
    (
        {"optimizer": "adam", "momentum": 0.5, "second_momentum": 0.75, "tau": 0.5},
        # v = 0.75 · 0.25 + 0.25 = 0.4375, then 0.75 · 0.4375 + 1 = 1.328125
        [0.5 / (math.sqrt(0.4375) + 0.5), 1.25 / (math.sqrt(1.328125) + 0.5)],
    ),
    (
        {"optimizer": "yogi", "momentum": 0.5, "second_momentum": 0.75, "tau": 2.0},
        # v = 4 − 0.25 · 1 · (+1) = 3.75, then 3.75 − 0.25 · 4 · (−1) = 4.75
        [0.5 / (math.sqrt(3.75) + 2.0), 1.25 / (math.sqrt(4.75) + 2.0)],
    ),
]


@pytest.mark.parametrize(("settings", "steps"), SERVER)
def test_two_steps_of_the_server_by_hand(settings: dict[str, Any], steps: list[float]) -> None:
    server = ServerOptimizer(**settings)
    memory = server.init((torch.zeros(1), torch.zeros(1)))
    for g, expected in zip((1.0, 2.0), steps, strict=True):
        x, fresh = server.step(memory, 1, torch.tensor([g]))
        memory |= fresh
        assert float(x) == pytest.approx(expected, rel=1e-6)
    assert all(
        float(memory[name]) in (0.0, server.init((ONE[0],)).get("v0", 0.0))
        for name in memory
        if name.endswith("0")
    )


def test_the_server_moves_models_by_its_optimiser(tmp_path: Path) -> None:
    federation, plan = Federation(tasks=(half_square(),)), LocalPlan(epochs=1, learning_rate=0.5)
    settings: dict[str, Any] = {
        "plan": plan,
        "budget": 1,
        "restart": False,
        "server_learning_rate": 0.2,
        "server": ServerOptimizer(
            optimizer="momentum", momentum=0.5, schedule=RateSchedule(kind="step", period=1)
        ),
    }
    # g = 0.5, w = 1 − 0.2 · 0.5 = 0.9; g = 0.45, u = 0.7, w = 0.9 − 0.02 · 0.7 = 0.886.
    history = train(federation, method("full"), rounds=2, **settings)
    assert float(history.parameters[0][0]) == pytest.approx(0.886, rel=1e-6)
    path = tmp_path / "run.npz"
    train(federation, method("full"), rounds=1, checkpoint=path, **settings)
    again = train(federation, method("full"), rounds=2, checkpoint=path, **settings)
    np.testing.assert_array_equal(again.parameters[0], history.parameters[0])
    with pytest.raises(InvalidProblemError, match="of another setup: server was"):
        train(
            federation,
            method("full"),
            rounds=3,
            checkpoint=path,
            **settings | {"server": ServerOptimizer(optimizer="adam")},
        )


def test_schedules_by_hand() -> None:
    step = RateSchedule(kind="step", period=2, factor=0.5)
    assert [step.at(t) for t in range(5)] == [1.0, 1.0, 0.5, 0.5, 0.25]
    cosine = RateSchedule(kind="cosine", period=4, factor=0.2)
    expected = [1.0, 0.6 + 0.4 * math.sqrt(0.5), 0.6, 0.6 - 0.4 * math.sqrt(0.5), 0.2, 0.2]
    assert [cosine.at(t) for t in range(6)] == pytest.approx(expected)
    assert [RateSchedule(warmup=3).at(t) for t in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    plan = LocalPlan(learning_rate=0.4, decay=0.5, schedule=RateSchedule(warmup=1))
    assert [plan.rate(t) for t in range(3)] == pytest.approx([0.2, 0.2, 0.1])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LocalPlan(tau=0.1), "local tau is 0.1, which 'sgd' does not use"),
        (lambda: LocalPlan(momentum=1.0), r"local momentum is 1; give a number in \[0, 1\)"),
        (lambda: LocalPlan(clip=0.0), "clip is 0"),
        (lambda: LocalPlan(optimizer="lion"), "local optimizer is 'lion'"),
        (lambda: ServerOptimizer(momentum=0.5), "momentum is 0.5, which 'sgd' does not use"),
        (
            lambda: ServerOptimizer(optimizer="adagrad", second_momentum=0.5),
            "which 'adagrad' does not use",
        ),
        (lambda: RateSchedule(period=3), "which a constant schedule does not use"),
        (lambda: RateSchedule(kind="cosine"), "period of the schedule 'cosine' is 0"),
    ],
)
def test_settings_that_are_not_used_are_refused(make: Any, said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said):
        make()


def test_corrections_need_plain_steps() -> None:
    plan = LocalPlan(momentum=0.5)
    with pytest.raises(InvalidProblemError, match="corrections of gradients are not defined"):
        train(Federation(tasks=(half_square(),)), method("scaffold"), rounds=2, plan=plan, budget=1)
