"""A small federation whose updates are given, so that steps can be told exactly."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.training.bias import copied
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.round import Round

COUNTS = np.array([[1, 3], [2, 0], [3, 2], [6, 5]])
PROCESSORS = np.array([1, 1, 2, 1])


@dataclass(frozen=True, kw_only=True)
class GivenUpdates:
    """An engine whose clients learn what a table says, more the further the correction points."""

    table: Tensor
    loss: npt.NDArray[np.float64]
    plan: LocalPlan

    def updates(
        self,
        parameters: Tensor,
        clients: npt.NDArray[np.int64],
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        rows = self.table[clients] * (1.0 + 0.1 * round_)
        return rows if correction is None else rows + correction

    def losses(self, parameters: Tensor, clients: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        return self.loss[clients]

    def evaluate(self, parameters: Tensor) -> Evaluation:
        return Evaluation(loss=0.0, accuracy=0.0)


@pytest.fixture
def federation() -> Federation:
    """Four clients on five processors, two models; client 1 cannot train the second."""
    tasks = []
    for name, counts in zip(("first", "second"), COUNTS.T, strict=True):
        inputs = torch.zeros((int(counts.sum()), 2))
        tasks.append(
            Task(
                name=name,
                module=torch.nn.Linear(2, 2),
                train=Samples(
                    inputs=inputs,
                    targets=torch.zeros(len(inputs), dtype=torch.int64),
                    offsets=np.concatenate([[0], np.cumsum(counts)]),
                ),
            )
        )
    return Federation(tasks=tuple(tasks), processors=PROCESSORS)


@pytest.fixture
def engines() -> tuple[GivenUpdates, ...]:
    """One a model, six parameters each, as `torch.nn.Linear(2, 2)` has."""
    rng = np.random.default_rng(5)
    return tuple(
        GivenUpdates(
            table=torch.tensor(rng.normal(1.0, 1.0, (4, 6)), dtype=torch.float32),
            loss=rng.uniform(0.2, 2.0, 4),
            plan=LocalPlan(epochs=2, batch_size=2, learning_rate=0.5),
        )
        for _ in range(2)
    )


@pytest.fixture
def make_round(federation: Federation, engines: tuple[GivenUpdates, ...]) -> Callable[..., Round]:
    """``make_round(index=0, seed=0, ...)``: a round of that federation, two draws expected."""

    def make(
        index: int = 0, seed: int = 0, budget: float = 2.0, design: str = "independent"
    ) -> Round:
        return Round(
            index=index,
            seed=seed,
            federation=federation,
            engines=engines,
            parameters=(torch.zeros(6), torch.zeros(6)),
            budget=budget,
            design_name=design,
        )

    return make


@pytest.fixture
def expected_step(make_round: Callable[..., Round]) -> Callable[..., list[npt.NDArray[np.float64]]]:
    """``expected_step(method, memory, index)``: ``E Δ`` over every draw of five processors."""

    def expected(method: Any, memory: Any, index: int = 2) -> list[npt.NDArray[np.float64]]:
        totals = [np.zeros(6), np.zeros(6)]
        client = make_round().federation.client
        for picks in itertools.product((-1, 0, 1), repeat=len(client)):
            chances: list[float] = []

            def draw(table: Any, picks: Any = picks, chances: Any = chances) -> Lot:
                rows = zip(table, picks, strict=True)
                chances.append(float(np.prod([p[s] if s >= 0 else 1.0 - p.sum() for p, s in rows])))
                safe = np.where(table > 0.0, table, 1.0)
                return Lot(probabilities=safe, picks=np.array(picks), client=client)

            round_ = make_round(index=index)
            if any(s >= 0 and not round_.available[v, s] for v, s in enumerate(picks)):
                continue
            round_.draw = draw  # type: ignore[method-assign]
            _, step = method.apply(copied(memory), round_)
            for model, direction in enumerate(step.directions):
                if direction is not None and chances[0] > 0.0:
                    totals[model] += chances[0] * direction.double().numpy()
        return totals

    return expected
