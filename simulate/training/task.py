"""A model to train: its network, its loss, the data of the clients and those of the test."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from roundlot.simulate.training.module_checks import check_labels, check_module, check_outputs
from roundlot.simulate.training.sample_loss import Loss, sample_loss
from roundlot.simulate.training.samples import Samples
from roundlot.theory import InvalidProblemError
from roundlot.theory.record_text import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One of the models that the federation trains.

    Attributes:
        name: how reports call it.
        module: any ``torch.nn.Module`` of floating point parameters; never changed. Its parameters
            are where training starts, unless ``restart`` draws others. Frozen parameters
            (``requires_grad=False``) stay as they are and are not counted.
        train: what the clients hold.
        test: held-out inputs and targets, or None.
        loss: "cross entropy" (int64 targets), "squared error" (half the squared distance, summed
            over a sample's entries), or a function (outputs, targets) -> ``(n,)``, a loss per
            sample.
        classify: whether accuracy means anything: outputs ``(n, classes)``, targets ``(n,)``.

    Raises:
        InvalidProblemError: a network with batch statistics or dropout, without parameters, with
            parameters that are not floating point, or that fails on the data; an unknown loss, one
            that gives no loss per sample; a label without an output. Names what is to be changed.
    """

    name: str
    module: nn.Module
    train: Samples
    test: tuple[Tensor, Tensor] | None = None
    loss: Loss = "cross entropy"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not callable(self.loss) and self.loss not in ("cross entropy", "squared error"):
            raise InvalidProblemError(
                f"loss is {self.loss!r}; choose 'cross entropy', 'squared error' or a function"
            )
        check_module(self.module, self.name)
        loss = sample_loss(self.loss)
        for kind, data in (
            ("training", (self.train.inputs, self.train.targets)),
            ("test", self.test),
        ):
            if data is None:
                continue
            outputs = check_outputs(self.module, loss, data, self.name)
            if self.classify and outputs is not None:
                check_labels(outputs, torch.as_tensor(data[1]), self.name, kind)

    @property
    def classify(self) -> bool:
        """Whether accuracy means anything."""
        return self.loss == "cross entropy"

    @property
    def n_parameters(self) -> int:
        """``P``."""
        return sum(p.numel() for p in self.module.parameters() if p.requires_grad)
