"""A model to train: its network, its loss, the data of the clients and those of the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from roundlot.simulate.training.samples import Samples
from roundlot.theory import InvalidProblemError

Loss = Literal["cross entropy", "squared error"] | Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One of the models that the federation trains.

    Attributes:
        name: how reports call it.
        module: any ``torch.nn.Module`` of floating point parameters; never changed. Its parameters
            are where training starts, unless ``restart`` draws others.
        train: what the clients hold.
        test: held-out inputs and targets, or None.
        loss: "cross entropy" (int64 targets), "squared error" (half the squared distance, summed
            over a sample's entries), or a function (outputs, targets) -> ``(n,)``, a loss per sample.
        classify: whether accuracy means anything: outputs ``(n, classes)``, targets ``(n,)``.

    Raises:
        InvalidProblemError: a network with batch statistics or dropout, without parameters, or
            with parameters that are not floating point; an unknown loss; a label without an output.
    """

    name: str
    module: nn.Module
    train: Samples
    test: tuple[Tensor, Tensor] | None = None
    loss: Loss = "cross entropy"

    def __post_init__(self) -> None:
        if not callable(self.loss) and self.loss not in ("cross entropy", "squared error"):
            raise InvalidProblemError(
                f"loss is {self.loss!r}; choose 'cross entropy', 'squared error' or a function"
            )

    @property
    def classify(self) -> bool:
        """Whether accuracy means anything."""
        return self.loss == "cross entropy"

    @property
    def n_parameters(self) -> int:
        """``P``."""
        return sum(p.numel() for p in self.module.parameters())
