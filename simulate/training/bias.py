"""The bias of a step, by playing the round again with other draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.engines.engine import Engine, Evaluation
from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.training.method import Memory, Method
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray, IntArray

REPLAYS = 16  # the bias's own standard error is then a quarter of the step's scatter
_SEED_STEP = 0x9E3779B97F4A7C15  # seeds of replays lie far from one another and from the run's


class CorrectedError(Exception):
    """A replay asked for training that was not done."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Recalled:
    """An engine that trains nobody: it returns what everybody present learnt in this round."""

    engine: Engine
    rows: Tensor
    place: IntArray

    @property
    def plan(self) -> LocalPlan:
        """The engine's."""
        return self.engine.plan

    def updates(
        self,
        parameters: Tensor,
        clients: IntArray,
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        """The updates of these clients, as they were learnt without a correction."""
        if correction is not None:
            raise CorrectedError
        return self.rows[torch.as_tensor(self.place[clients], device=self.rows.device)]

    def losses(self, parameters: Tensor, clients: IntArray) -> FloatArray:
        """The engine's."""
        return self.engine.losses(parameters, clients)

    def evaluate(self, parameters: Tensor) -> Evaluation:
        """The engine's."""
        return self.engine.evaluate(parameters)


def measure_bias(
    round_: Round,
    engines: Sequence[Engine],
    method: Method,
    memory: Memory,
    rows: Sequence[Tensor],
    full_steps: Sequence[FloatArray],
) -> FloatArray:
    """``(S,)``: ``‖E Δ_s − Σ d G‖`` over the draws of one round, from 16 of them.

    The mean of ``K`` steps lies off by the bias and by chance; the square of the latter, estimated
    by their scatter over ``K``, is taken off. NaN for methods that correct local training.

    Args:
        round_: the round that was played.
        engines: one a model.
        method: and
        memory: what it remembered before the round; not changed.
        rows: ``S`` tables of updates, of those present in order.
        full_steps: ``S`` rows ``(P_s,)``.
    """
    recalled = [
        Recalled(engine=engine, rows=rows[s], place=np.cumsum(round_.present[:, s]) - 1)
        for s, engine in enumerate(engines)
    ]
    try:
        steps = [_replay(round_, recalled, method, memory, k) for k in range(REPLAYS)]
    except CorrectedError:
        return np.full(len(full_steps), np.nan)
    return np.array([_bias([step[s] for step in steps], full) for s, full in enumerate(full_steps)])


def _replay(
    round_: Round, engines: Sequence[Engine], method: Method, memory: Memory, number: int
) -> list[FloatArray | None]:
    again = Round(
        index=round_.index,
        seed=(round_.seed + (number + 1) * _SEED_STEP) % 2**64,
        federation=round_.federation,
        engines=engines,
        parameters=round_.parameters,
        budget=round_.budget,
        design_name=round_.design_name,
        present=round_.present,
        going=round_.going,
    )
    _, step = method.apply(copied(memory), again)
    return [None if d is None else d.double().cpu().numpy() for d in step.directions]


def _bias(steps: Sequence[FloatArray | None], full_step: FloatArray) -> float:
    table = np.stack([np.zeros_like(full_step) if step is None else step for step in steps])
    mean = table.mean(axis=0)
    scatter = float(((table - mean) ** 2).sum()) / (len(table) - 1) / len(table)
    return float(np.sqrt(max(float(((mean - full_step) ** 2).sum()) - scatter, 0.0)))


def copied(memory: Memory) -> Memory:
    """The same arrays in other places, for methods that write into theirs."""
    return {
        name: value.clone() if isinstance(value, Tensor) else np.array(value)
        for name, value in memory.items()
    }
