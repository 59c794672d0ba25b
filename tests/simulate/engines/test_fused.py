"""The compiled engine against the plain loop: the same updates to rounding, for any chain."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.engines.chains import read_stack
from roundlot.simulate.engines.fused.engine import FusedEngine, Memory, supports
from roundlot.simulate.engines.fused.layout import read_chain
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.engines.task_engine import PlainEngine
from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.theory.errors import TrainingError

COUNTS = (37, 1, 0, 16, 5, 70)
HOLDERS = np.array([5, 0, 1, 4, 3])


def seeded(*layers: nn.Module, seed: int = 3) -> nn.Sequential:
    torch.manual_seed(seed)
    for layer in layers:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return nn.Sequential(*layers)


def task(network: nn.Module, shape: tuple[int, ...], outputs: int | None = None) -> Task:
    random = torch.Generator().manual_seed(1)
    inputs = torch.randn((sum(COUNTS), *shape), generator=random)
    if outputs is None:
        targets, loss = torch.randint(0, 4, (sum(COUNTS),), generator=random), "cross entropy"
    else:
        targets, loss = torch.randn((sum(COUNTS), outputs), generator=random), "squared error"
    samples = Samples(inputs=inputs, targets=targets, offsets=np.cumsum([0, *COUNTS]))
    return Task(name="it", module=network, train=samples, loss=loss)  # type: ignore[arg-type]


SMALL = "images of 4 x 4 after pools of 2"
CHAINS = {
    "linear": (seeded(nn.Linear(9, 4)), (9,)),
    "no bias": (
        seeded(nn.Linear(9, 70, bias=False), nn.ReLU(), nn.Linear(70, 4, bias=False)),
        (9,),
    ),
    "smooth": (
        seeded(nn.Linear(9, 33), nn.Tanh(), nn.Linear(33, 130), nn.Sigmoid(), nn.Linear(130, 4)),
        (9,),
    ),
    "activations in a row": (
        seeded(nn.Tanh(), nn.Linear(9, 20), nn.Sigmoid(), nn.ReLU(), nn.Tanh(), nn.Linear(20, 4)),
        (9,),
    ),
    "flat images": (seeded(nn.Flatten(), nn.Linear(18, 4)), (2, 3, 3)),
    "pool first": (
        seeded(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 4)),
        (2, 6, 6),
    ),
    "pools": (
        seeded(
            nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 17, 3),
            nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(34, 4),
        ),
        (2, 8, 12),
    ),
    "strides": (
        seeded(
            nn.Conv2d(3, 6, (3, 2), stride=(2, 3), padding=(1, 0)), nn.ReLU(),
            nn.Conv2d(6, 7, 2, stride=2, bias=False), nn.Sigmoid(), nn.Flatten(),
            nn.Linear(28, 9), nn.ReLU(), nn.Linear(9, 4),
        ),
        (3, 8, 12),
    ),
    "windows that overlap": (
        seeded(
            nn.Conv2d(1, 4, 3, padding=2), nn.MaxPool2d(3, stride=2), nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=1), nn.AvgPool2d(2, stride=1), nn.Flatten(),
            nn.Linear(24, 4),
        ),
        (1, 6, 8),
    ),
    "windows that leave some out": (
        seeded(nn.Conv2d(1, 20, 2), nn.MaxPool2d(2, stride=3), nn.Flatten(), nn.Linear(80, 4)),
        (1, 7, 7),
    ),
    "eight channels, sixteen classes": (
        seeded(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 6, (2, 3), padding=1),
            nn.ReLU(), nn.Flatten(), nn.Linear(120, 16),
        ),
        (3, 7, 8),
    ),
    "few inputs, twenty classes": (
        seeded(nn.Linear(9, 6), nn.ReLU(), nn.Linear(6, 18), nn.Tanh(), nn.Linear(18, 20)), (9,),
    ),
    SMALL: (
        seeded(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(64, 4),
        ),
        (1, 8, 8),
    ),
    "images of 4 x 4 of many channels": (
        seeded(
            nn.Conv2d(3, 5, 3, padding=1), nn.Tanh(), nn.Conv2d(5, 16, 3, padding=1, bias=False),
            nn.Tanh(), nn.Conv2d(16, 32, 3, padding=1), nn.Tanh(),
            nn.Conv2d(32, 16, 3, padding=1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 4),
            seed=5,
        ),
        (3, 4, 4),
    ),
    "pairs of pixels that are left over": (
        seeded(
            nn.Conv2d(1, 8, 3, stride=(2, 1), padding=(1, 0)), nn.MaxPool2d(2), nn.Sigmoid(),
            nn.Conv2d(8, 32, (1, 2), padding=(0, 1)), nn.MaxPool2d((2, 2)), nn.Flatten(),
            nn.Linear(64, 4), seed=5,
        ),
        (1, 8, 8),
    ),
    "pairs of pixels without bias": (
        seeded(nn.Conv2d(1, 8, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(96, 4)),
        (1, 5, 6),
    ),
}  # fmt: skip


def both(of: Task, plan: LocalPlan, **extra: object) -> tuple[torch.Tensor, torch.Tensor]:
    start = flatten(of.module)
    found = [
        kind(of, plan, model=1, seed=5).updates(start, HOLDERS, 2, **extra)  # type: ignore[arg-type]
        for kind in (FusedEngine, PlainEngine)
    ]
    return found[0], found[1]


def nearest_tie(of: Task, plan: LocalPlan) -> float:
    """The least margin by which a maximum of a pool is taken: near a tie rounding takes either."""
    margins = [1.0]

    def look(layer: nn.Module, given: tuple[torch.Tensor, ...], _: torch.Tensor) -> None:
        (high, wide), (down, right) = _pair(layer.kernel_size), _pair(layer.stride)
        windows = given[0].detach().unfold(-2, high, down).unfold(-2, wide, right).flatten(-2)
        first, second = windows.topk(2, dim=-1).values.unbind(-1)
        apart = (first - second)[first != second]  # behind a ReLU both may be 0
        margins.extend(apart.tolist())

    hooks = [
        layer.register_forward_hook(look)
        for layer in of.module.modules()
        if isinstance(layer, nn.MaxPool2d)
    ]
    PlainEngine(of, plan, model=1, seed=5).updates(flatten(of.module), HOLDERS, 2)
    for hook in hooks:
        hook.remove()
    return min(margins)


def _pair(size: object) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)  # type: ignore[return-value]


def close(fused: torch.Tensor, plain: torch.Tensor) -> None:
    assert float(plain.abs().amax(dim=1).min()) > 1e-4
    torch.testing.assert_close(fused, plain, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("name", CHAINS)
def test_any_chain_moves_as_in_the_plain_loop(name: str) -> None:
    network, shape = CHAINS[name]
    of = task(network, shape)
    assert supports(of) is None
    plan = LocalPlan(epochs=2, batch_size=16, learning_rate=0.05)
    assert nearest_tie(of, plan) > 2e-6, "choose another seed"
    close(*both(of, plan))


@pytest.mark.parametrize("batch", [1, 3, 40, 64, None])
@pytest.mark.parametrize("regular", [False, True])
def test_any_batch_with_and_without_regularisation(batch: int | None, regular: bool) -> None:
    strength = {"proximal": 0.3, "weight_decay": 0.2} if regular else {}
    plan = LocalPlan(epochs=2, batch_size=batch, learning_rate=0.03, decay=0.9, **strength)
    network, shape = CHAINS["pools"]
    of = task(network, shape)
    correction = 0.1 * torch.randn((len(HOLDERS), of.n_parameters)) if regular else None
    close(*both(of, plan, correction=correction))


@pytest.mark.parametrize("strength", [{"weight_decay": 0.5}, {"proximal": 0.5}])
def test_each_pull_alone_and_one_correction_for_all(strength: dict[str, float]) -> None:
    network, shape = CHAINS["smooth"]
    of = task(network, shape)
    plan = LocalPlan(epochs=3, learning_rate=0.1, **strength)
    close(*both(of, plan))
    close(*both(of, plan, correction=torch.full((of.n_parameters,), 0.2)))


def test_squared_error() -> None:
    network, shape = CHAINS["smooth"]
    close(*both(task(network, shape, outputs=4), LocalPlan(epochs=2, learning_rate=0.02)))


def test_large_outputs_keep_their_precision() -> None:
    network, shape = CHAINS["linear"]
    of = task(network, shape)
    start, plan = 40.0 * flatten(of.module), LocalPlan(epochs=1, learning_rate=0.05)
    fused = FusedEngine(of, plan, model=0, seed=0).updates(start, HOLDERS, 0)
    close(fused, PlainEngine(of, plan, model=0, seed=0).updates(start, HOLDERS, 0))


@pytest.mark.parametrize("name", ["pools", SMALL])
def test_bits_depend_neither_on_threads_nor_on_company(name: str) -> None:
    network, shape = CHAINS[name]
    of, plan = task(network, shape), LocalPlan(epochs=2)
    start = flatten(network)
    together = FusedEngine(of, plan, model=0, seed=0, threads=1).updates(start, HOLDERS, 3)
    threads = FusedEngine(of, plan, model=0, seed=0, threads=3)
    assert torch.equal(threads.updates(start, HOLDERS, 3), together)
    for row, client in enumerate(HOLDERS):
        assert torch.equal(threads.updates(start, np.array([client]), 3)[0], together[row])


def test_memory_is_used_again_only_when_nobody_holds_it() -> None:
    memory = Memory()
    held = memory.take(3, 5)
    row = held[1]
    row.fill_(7.0)
    first = held.data_ptr()
    del held
    other = memory.take(3, 5)
    assert other.data_ptr() != first
    other.fill_(1.0)
    assert bool((row == 7.0).all())
    del row
    assert memory.take(2, 6).data_ptr() == first


@pytest.mark.parametrize("outputs", [None, 4])
def test_a_loss_that_is_not_finite_names_the_first_client(outputs: int | None) -> None:
    network, shape = CHAINS["smooth"]
    of = task(network, shape, outputs)
    of.train.inputs[40] = float("nan")
    of.train.inputs[55] = float("nan")
    engine = FusedEngine(of, LocalPlan(epochs=1), model=0, seed=0)
    start = flatten(network)
    assert bool(torch.isfinite(engine.updates(start, np.array([0, 1]), 7)).all())
    with pytest.raises(TrainingError, match=r"round 7: the loss of client 4 on 'it'"):
        engine.updates(start, np.array([0, 4, 3]), 7)


@pytest.mark.parametrize("name", ["pool first", "pools", "no bias", SMALL])
def test_not_a_number_passes_through_every_layer(name: str) -> None:
    network, shape = CHAINS[name]
    of = task(network, shape)
    of.train.inputs.view(len(of.train.inputs), -1)[0, -1] = float("nan")
    with pytest.raises(TrainingError, match="client 0"):
        FusedEngine(of, LocalPlan(epochs=1), model=0, seed=0).updates(flatten(network), HOLDERS, 0)


def test_a_rate_that_diverges_is_noticed() -> None:
    network, shape = CHAINS["no bias"]
    engine = FusedEngine(task(network, shape), LocalPlan(learning_rate=1e20), model=0, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrainingError):
            engine.updates(flatten(network), HOLDERS, 0)


@pytest.mark.parametrize(
    ("network", "shape", "says"),
    [
        (nn.Sequential(nn.Conv2d(1, 4, 3)), (1, 5, 5), "images"),
        (nn.Sequential(nn.Conv2d(1, 4, 1), nn.Flatten()), (1, 1, 2), "end with a linear"),
        (nn.Sequential(nn.Linear(4, 4)), (3, 4), "neither rows nor images"),
        (nn.Sequential(nn.Linear(5, 4)), (4,), "5 inputs"),
        (nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten()), (1, 5, 5), "2 channels"),
        (nn.Sequential(nn.Conv2d(1, 4, 7), nn.Flatten()), (1, 5, 5), "larger than its image"),
        (nn.Sequential(nn.Linear(4, 4), nn.Softplus()), (4,), "Softplus"),
    ],
)
def test_what_it_cannot_train_is_refused_with_the_reason(
    network: nn.Module, shape: tuple[int, ...], says: str
) -> None:
    layers = read_stack(network)
    assert says in str(layers if isinstance(layers, str) else read_chain(layers, shape))
