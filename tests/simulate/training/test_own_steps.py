"""What a method of one's own gives is refused by name where nothing can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import Federation, History, LocalPlan, Samples, Step, Task, train
from roundlot.theory import InvalidProblemError

Change = Callable[[Mapping[str, Any], Step, Any], tuple[Mapping[str, Any], Step]]


@dataclass(frozen=True, kw_only=True)
class Own(Random):
    change: Any = None
    name: str = "own"

    def apply(self, memory: Any, round_: Any) -> Any:
        memory, step = super().apply(memory, round_)
        return self.change(memory, step, round_)


def played(change: Change) -> History:
    inputs = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    train_ = Samples(inputs=inputs, targets=torch.arange(8) % 2, offsets=np.array([0, 3, 8]))
    task = Task(name="one", module=nn.Linear(2, 2), train=train_)
    plan = LocalPlan(epochs=1)
    return train(Federation(tasks=(task,)), Own(change=change), rounds=2, plan=plan, budget=2)


def changed(**parts: Any) -> Change:
    return lambda memory, step, round_: (memory, replace(step, **parts))


def remembered(table: dict[Any, Any]) -> Change:
    return lambda memory, step, round_: (table, step)


def directions(made: Callable[[Any], Any]) -> Change:
    return lambda memory, step, round_: (
        memory,
        replace(step, directions=tuple(made(row) for row in step.directions)),
    )


def moved(memory: Any, step: Step, round_: Any) -> tuple[Any, Step]:
    round_.parameters[0].add_(1.0)
    return memory, step


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed(figures={"x": "high"}), "figure 'x' is str, not a number or 1 numbers"),
        (changed(figures={"x": None}), "figure 'x' is NoneType"),
        (changed(figures={"x": [1.0, 2.0]}), "figure 'x' is 2 list entries"),
        (changed(figures={"seconds": 1.0}), "a figure is called 'seconds', as a column of the"),
        (changed(figures=[1.0]), "figures are 1 list entries, not a table"),
        (directions(lambda row: row * 1j), "direction 0 is Tensor of torch.complex64"),
        (changed(fresh_weights=(np.array([np.nan, 1.0]),)), "fresh_weights 0 are not finite"),
        (changed(probabilities=np.array([[7.0], [0.5]])), "probabilities go from 0.5 to 7, not"),
        (changed(probabilities=np.full((2, 1), np.nan)), "probabilities go from nan to nan"),
        (changed(shares=np.ones(2)), r"shares are ndarray of shape \(2,\), not numbers \(2, 1\)"),
        (changed(anchor=3), "anchor is int, not a function"),
        (remembered({"h": torch.zeros(2, dtype=torch.bfloat16)}), "Tensor of torch.bfloat16"),
        (remembered({"h": torch.eye(2).to_sparse()}), "a sparse tensor of shape"),
        (remembered({3: torch.zeros(2)}), "something under 3, which is no text,"),
        (moved, "changes the round's parameters in place in round 0"),
    ],
)
def test_refused_by_name(change: Change, said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said) as error:
        played(change)
    assert str(error.value).startswith("method 'own'")
    assert "round 0" in str(error.value)


def test_what_can_be_kept_is_taken() -> None:
    """A tensor with its graph, a figure a model, numbers that are views and conjugates."""
    odd = {"h": torch.zeros(4, 4)[:, ::2].t(), "c": torch.zeros(2, dtype=torch.complex64).conj()}
    played(remembered(odd))
    history = played(changed(figures={"one": 1.0, "each": np.array([2.0])}))
    assert history.figures["one"].tolist() == [1.0, 1.0]
    assert history.figures["each"].tolist() == [[2.0], [2.0]]
    taped = played(directions(lambda row: None if row is None else row.requires_grad_()))
    assert np.isfinite(taped.loss).all()
