"""What trains clients: one interface, several engines that agree to rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Mean loss and accuracy on data; accuracy is NaN where a task does not classify.

    ``metrics`` are all that the task is measured by, by name; accuracy is one of them.
    """

    loss: float
    accuracy: float
    metrics: Mapping[str, float] = field(default_factory=dict)


class Engine(Protocol):
    """Trains and evaluates the clients of one task. Parameters are flat, ``(P,)``.

    Batches are a function of (seed, model, round, client): the same in every engine, whatever
    clients train together.
    """

    @property
    def plan(self) -> LocalPlan:
        """What a client does in a round."""

    def updates(
        self,
        parameters: Tensor,
        clients: IntArray,
        round_: int,
        *,
        correction: Tensor | None = None,
    ) -> Tensor:
        """``(k, P)``, ``G_i``: how far local training moves from ``parameters``, start minus end.

        Args:
            parameters: ``(P,)``, where everybody starts.
            clients: ``(k,)`` different clients that hold data.
            round_: the round, from 0: chooses batches and learning rate.
            correction: ``(k, P)`` or ``(P,)``, added to every gradient (SCAFFOLD's ``c − c_i``).

        Raises:
            TrainingError: a loss that is not finite; names round, task and client.
        """

    def losses(self, parameters: Tensor, clients: IntArray) -> FloatArray:
        """``(k,)``: the mean loss of each client's data at ``parameters``."""

    def evaluate(self, parameters: Tensor) -> Evaluation:
        """Loss and accuracy on the task's test data, or on all clients' data if there is none."""
