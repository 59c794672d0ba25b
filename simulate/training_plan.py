"""How a client trains in a round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Local gradient descent on softmax regression, and the rounds that lead up to it.

    Attributes:
        learning_rate: step size of the local gradient descent, above 0.
        epochs: passes over a client's data in a round, at least 1.
        batch_size: samples of a step, or None for all that the client holds. Batches are drawn
            without replacement afresh in every epoch; the last one of a client may be smaller.
        l2: strength of the ridge term, above 0: the strong convexity of every objective.
        warmup_rounds: rounds of full participation from zero weights that lead to the starting
            point, so that losses and norms are those of training under way.
        precision: "float64" or "float32", of the arithmetic and of the updates.

    Raises:
        InvalidProblemError: a value out of its range.
    """

    learning_rate: float = 0.2
    epochs: int = 5
    batch_size: int | None = None
    l2: float = 0.01
    warmup_rounds: int = 5
    precision: Literal["float64", "float32"] = "float64"

    def __post_init__(self) -> None:
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.l2, "l2")
        check_count(self.epochs, "epochs", 1)
        check_count(self.warmup_rounds, "warmup_rounds", 0)
        if self.batch_size is not None:
            check_count(self.batch_size, "batch_size", 1)
        if self.precision not in ("float64", "float32"):
            raise InvalidProblemError(
                f"precision is {self.precision!r}; it must be 'float64' or 'float32'"
            )
