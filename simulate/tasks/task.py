"""A model to train: its network, its loss, the data of the clients and those of the test.

Networks that cannot be trained client by client are refused by name, with what to use instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from roundlot.simulate.tasks.adapters import SelectedOutput
from roundlot.simulate.tasks.metrics import Metric, check_scores, read_metrics
from roundlot.simulate.tasks.network_checks import (
    check_labels,
    check_loss,
    check_module,
    check_outputs,
    few_of,
)
from roundlot.simulate.tasks.samples import Samples
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import warn
from roundlot.theory.names import MOST_NAME, require_seen
from roundlot.theory.text import short_repr

SampleLoss = Callable[[Tensor, Tensor], Tensor]


Loss = Literal["cross entropy", "squared error"] | SampleLoss


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One of the models that the federation trains.

    Attributes:
        name: how reports call it.
        module: any ``torch.nn.Module`` of floating point parameters; never changed. Its parameters
            are where training starts, unless ``restart`` draws others. Frozen parameters
            (``requires_grad=False``) stay as they are and are not counted; those that the output
            does not depend on have zero gradients. Training computes in float32 unless a run's
            ``precision`` says otherwise: parameters of another type are converted, with a
            warning.
        train: what the clients hold.
        test: held-out inputs and targets, or None.
        metrics: what it is measured by on held-out data beside its loss: "accuracy", "perplexity",
            "mean squared error", or a ``Metric`` with a function of your own; None is accuracy
            where the loss is cross entropy, else nothing.
        output: which of several outputs counts, where the network gives a dict (a key), a record
            (an attribute) or a tuple (a place); None: it gives one tensor.
        loss: "cross entropy" (int64 targets), "squared error" (half the squared distance, summed
            over a sample's entries), or a function (outputs, targets) -> ``(n,)``, a loss per
            sample.
        classify: whether accuracy means anything: outputs ``(n, classes)``, targets ``(n,)``.

    Raises:
        InvalidProblemError: a network with batch statistics or dropout, without parameters, with
            parameters that are not floating point, or that fails on the data; an unknown loss, one
            that gives no loss per sample; a label without an output; a metric that gives no number
            per sample; test data that are empty, not finite or of two lengths. Names what is to be
            changed.
    """

    name: str
    module: nn.Module
    train: Samples
    test: tuple[Tensor, Tensor] | None = None
    loss: Loss = "cross entropy"
    metrics: Sequence[str | Metric] | None = None
    output: str | int | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_seen(str(self.name), "the name of a task", most=MOST_NAME)
        if not callable(self.loss) and self.loss not in ("cross entropy", "squared error"):
            raise InvalidProblemError(
                f"loss is {self.loss!r}; choose 'cross entropy', 'squared error' or a function"
            )
        check_module(self.module, self.name)
        if self.output is not None and not isinstance(self.module, SelectedOutput):
            object.__setattr__(self, "module", SelectedOutput(self.module, self.output))
        _warn_of_precision(self.module, self.name)
        if self.test is not None:
            _check_test(self.test, self.name)
        loss = sample_loss(self.loss)
        for kind, data in (
            ("training", (self.train.inputs, self.train.targets)),
            ("test", self.test),
        ):
            if data is None:
                continue
            outputs = check_outputs(self.module, data, self.name)
            if outputs is None:
                continue
            few = few_of(data[1])
            if self.loss == "cross entropy" or any(metric.classes for metric in self.measures):
                check_labels(outputs, torch.as_tensor(data[1]), self.name, kind)
            check_loss(loss, outputs, few, self.name)
            for metric in self.measures:
                check_scores(metric, outputs.detach(), few, self.name)

    @cached_property
    def measures(self) -> tuple[Metric, ...]:
        """The metrics, in order."""
        return read_metrics(self.metrics, self.name, self.loss == "cross entropy")

    @property
    def classify(self) -> bool:
        """Whether accuracy means anything."""
        return any(metric.name == "accuracy" for metric in self.measures)

    @property
    def n_parameters(self) -> int:
        """``P``."""
        return sum(p.numel() for p in self.module.parameters() if p.requires_grad)


def sample_loss(loss: Loss) -> SampleLoss:
    """The function (outputs, targets) -> ``(n,)``."""
    if callable(loss):
        return loss
    return _cross_entropy if loss == "cross entropy" else _squared_error


def _check_test(test: tuple[Tensor, Tensor], task: str) -> None:
    inputs, targets = (torch.as_tensor(part) for part in test)
    if len(inputs) != len(targets):
        raise InvalidProblemError(
            f"{task!r}: there are {len(inputs)} test inputs and {len(targets)} test targets; give"
            " one target per input"
        )
    if not len(inputs):
        raise InvalidProblemError(
            f"{task!r}: the test set is empty; hold samples back (is the data set shorter than its"
            " split?), or give test=None to evaluate on the clients' data"
        )
    for what, part in (("inputs", inputs), ("targets", targets)):
        if part.is_floating_point() and not bool(torch.isfinite(part).all()):
            raise InvalidProblemError(
                f"{task!r}: the test {what} hold NaN or infinity; clean the data first"
            )


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, reduction="none")


def _squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.shape != targets.shape:
        raise ValueError("squared error needs targets of the outputs' shape")
    return 0.5 * (outputs - targets).square().reshape(len(outputs), -1).sum(dim=1)


def _warn_of_precision(module: nn.Module, task: str) -> None:
    """Warn of parameters that are not float32: they are trained in it unless a run says more."""
    for name, parameter in module.named_parameters():
        if parameter.requires_grad and parameter.dtype != torch.float32:
            kind = str(parameter.dtype).removeprefix("torch.")
            warn(
                f"{task!r}: parameter {name!r} is {kind}; training computes in float32, unless its"
                " precision says otherwise"
            )
            return
