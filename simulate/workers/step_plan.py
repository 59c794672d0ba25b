"""What a worker does between two mixings: steps of stochastic gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.theory import InvalidProblemError

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """``K`` steps on batches drawn with replacement, so that every gradient is unbiased.

    Attributes:
        steps: ``K``, local steps between two mixings.
        batch_size: samples of a step, one for all workers or one each.
        learning_rate: ``η``, above 0.
        decay: factor on it after every round, in (0, 1].

    Raises:
        InvalidProblemError: a value out of its range.
    """

    steps: int = 1
    batch_size: int | tuple[int, ...] = 16
    learning_rate: float = 0.1
    decay: float = 1.0

    def __post_init__(self) -> None:
        check_count(self.steps, "steps", 1)
        sizes = self.batch_size if isinstance(self.batch_size, tuple) else (self.batch_size,)
        for size in sizes:
            check_count(size, "batch_size", 1)
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.decay, "decay")
        if self.decay > 1.0:
            raise InvalidProblemError(f"decay is {self.decay!r}; it must be at most 1")

    def widths(self, n_workers: int) -> IntArray:
        """``(n,)``: samples of each worker's step.

        Raises:
            InvalidProblemError: batch sizes for another number of workers.
        """
        sizes = np.asarray(self.batch_size, dtype=np.int64)
        if sizes.shape not in ((), (n_workers,)):
            raise InvalidProblemError(
                f"batch_size has {sizes.size} numbers for {n_workers} workers; give one each"
            )
        return np.broadcast_to(sizes, (n_workers,)).copy()

    def rate(self, round_: int) -> float:
        """The learning rate of a round, counted from 0."""
        return self.learning_rate * self.decay**round_
