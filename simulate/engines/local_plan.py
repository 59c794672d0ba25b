"""What a client does in a round: stochastic gradient descent on its own data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray


@dataclass(frozen=True, kw_only=True)
class LocalPlan:
    """Local epochs of mini-batches.

    Attributes:
        epochs: passes over a client's data in a round, at least 1.
        batch_size: samples of a step, or None for all that the client holds. Every epoch goes
            through the data in a fresh order; its last batch may be smaller.
        learning_rate: step size, above 0.
        decay: factor on the learning rate after every round, in (0, 1].
        proximal: strength of ``proximal/2 ‖w − w_start‖²`` (FedProx), at least 0.
        weight_decay: strength of ``weight_decay/2 ‖w‖²``, at least 0.

    Raises:
        InvalidProblemError: a value out of its range.
    """

    epochs: int = 5
    batch_size: int | None = 16
    learning_rate: float = 0.1
    decay: float = 1.0
    proximal: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_count(self.epochs, "epochs", 1)
        if self.batch_size is not None:
            check_count(self.batch_size, "batch_size", 1)
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.decay, "decay")
        if self.decay > 1.0:
            raise InvalidProblemError(f"decay is {self.decay!r}; it must be at most 1")
        for name in ("proximal", "weight_decay"):
            if getattr(self, name) != 0.0:
                check_positive(getattr(self, name), name)

    def steps(self, counts: IntArray) -> IntArray:
        """Local steps of a round for clients with these many samples."""
        batches = counts > 0 if self.batch_size is None else -(-counts // self.batch_size)
        return np.asarray(self.epochs * batches, dtype=np.int64)

    def rate(self, round_: int) -> float:
        """The learning rate of a round, counted from 0."""
        return self.learning_rate * self.decay**round_
