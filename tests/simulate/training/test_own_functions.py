"""A checkpoint goes on with the loss, metrics and buffers that it began with, or not at all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from roundlot.simulate.methods.random import Random
from roundlot.simulate.runs.users_functions import function_digest
from roundlot.simulate.tasks.metrics import Metric
from roundlot.simulate.training import Federation, LocalPlan, Samples, Task, train
from roundlot.theory import InvalidProblemError, RoundlotWarning

GENERATOR = torch.Generator().manual_seed(0)
INPUTS, LABELS = torch.randn(12, 3, generator=GENERATOR), torch.arange(12) % 2


class Shifted(nn.Module):
    def __init__(self, shift: float) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 2)
        self.register_buffer("shift", torch.full((3,), shift))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x - self.shift)
        return out


class Times:
    """A loss with a setting."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        return self.factor * cross_entropy(outputs, labels, reduction="none")


def times(factor: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda outputs, labels: factor * cross_entropy(outputs, labels, reduction="none")


def smoothed(smoothing: float) -> Any:
    return functools.partial(cross_entropy, reduction="none", label_smoothing=smoothing)


def module_loss(smoothing: float) -> nn.Module:
    return nn.CrossEntropyLoss(reduction="none", label_smoothing=smoothing)


def settings(kind: str, value: float) -> dict[str, Any]:
    if kind == "buffer":
        return {"module": Shifted(value)}
    if kind == "metric":
        return {"metrics": [Metric(name="m", score=times(value))]}
    made: dict[str, Callable[[float], Any]] = {
        "closure": times, "object": Times, "partial": smoothed, "module": module_loss
    }  # fmt: skip
    return {"loss": made[kind](value)}


def play(path: Path, rounds: int, **given: Any) -> None:
    torch.manual_seed(0)
    samples = Samples(inputs=INPUTS, targets=LABELS, offsets=np.array([0, 5, 12]))
    task = Task(**({"name": "own", "module": nn.Linear(3, 2), "train": samples} | given))
    plan = LocalPlan(epochs=1)
    train(Federation(tasks=(task,)), Random(), rounds=rounds, plan=plan, budget=2, checkpoint=path)


@pytest.mark.parametrize("kind", ["buffer", "metric", "closure", "object", "partial", "module"])
def test_another_function_of_the_same_name_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    torch.manual_seed(0)
    play(path, 1, **settings(kind, 0.25))
    torch.manual_seed(0)
    play(path, 2, **settings(kind, 0.25))  # another object that says the same
    torch.manual_seed(0)
    with pytest.raises(InvalidProblemError, match=r"task 0 \((code of loss and m|network's b)"):
        play(path, 3, **settings(kind, 0.5))


def test_a_digest_is_of_code_and_values_and_not_of_places() -> None:
    assert function_digest(Times(1.0)) == function_digest(Times(1.0))
    assert function_digest(times(2.0)) == function_digest(times(2.0))
    assert (
        len({function_digest(f) for f in (times(1.0), times(2.0), Times(1.0), smoothed(1.0))}) == 4
    )
    here = functools.partial(times(1.0), labels=torch.ones(2))
    assert function_digest(here) != function_digest(functools.partial(times(1.0)))


@pytest.mark.parametrize(
    ("add", "precision", "count"),
    [(1.7e9, "float32", 1), (1.7e9, "bf16", 1), (1.7e9, "float64", 0), (0.1, "float32", 0)],
)
def test_digits_that_float32_has_no_room_for_are_told(
    add: float, precision: str, count: int, recwarn: pytest.WarningsRecorder
) -> None:
    """Near 1.7e9, as seconds since 1970 are, float32 counts by 128."""
    inputs = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64).repeat(12, 1)  # constant
    inputs[:, 1] = add + torch.linspace(-60.0, 60.0, 12, dtype=torch.float64)
    samples = Samples(inputs=inputs, targets=LABELS, offsets=np.array([0, 5, 12]))
    federation = Federation(tasks=(Task(name="own", module=nn.Linear(3, 2), train=samples),))
    plan = LocalPlan(epochs=1, learning_rate=1e-20)
    train(federation, Random(), rounds=1, plan=plan, budget=2, precision=precision, engine="plain")
    told = [str(one.message) for one in recwarn if isinstance(one.message, RoundlotWarning)]
    assert len(told) == count
    assert all("'own': inputs are float64" in text and "number 1 of" in text for text in told)
