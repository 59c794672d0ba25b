"""What a model is measured by on held-out data beside its loss: a number per sample, averaged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from roundlot.simulate.tasks.sample_functions import check_sample_function
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import MOST_NAME, require_seen

SampleScore = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A measure of a model: the mean over samples of ``score``, or the exponential of that mean.

    Attributes:
        name: how reports call it.
        score: a function (outputs, targets) -> ``(n,)``, a number per sample.
        exponential: whether the mean is put into the exponential function, as in perplexity.
        higher_is_better: which end the worst clients are at.
        classes: whether it needs outputs ``(n, classes)`` and int64 labels ``(n,)``.

    Raises:
        InvalidProblemError: a name that cannot be seen or that tables have for something else; a
            score that cannot be called.
    """

    name: str
    score: SampleScore
    exponential: bool = False
    higher_is_better: bool = True
    classes: bool = False

    def __post_init__(self) -> None:
        require_seen(str(self.name), "the name of a metric", most=MOST_NAME)
        if self.name in _TAKEN or self.name.endswith(tuple(f", {part}" for part in SPREADS)):
            raise InvalidProblemError(
                f"a metric is called {self.name!r}, as something else in the tables is; rename it"
            )
        if not callable(self.score):
            raise InvalidProblemError(
                f"metric {self.name!r}: score is a {type(self.score).__name__}; give a function"
                " (outputs, targets) -> a number per sample"
            )

    def of(self, scores: FloatArray) -> float:
        """The metric from its score on every sample, ``(n,)``."""
        mean = float(np.mean(scores))
        if not self.exponential:
            return mean
        return math.exp(mean) if mean < _MOST_EXPONENT else math.inf


#: Columns of tables that hold something else; a metric of such a name would take its place.
_TAKEN = (
    *("loss", "method", "seed", "model", "client", "round", "evaluated", "seconds", "uploads"),
    *("draws", "trainings", "measure", "value"),
)
#: How the spread of a metric over clients is called, after its name; see `per_client` of a run.
SPREADS = ("deviation over clients", "worst tenth of clients", "best tenth of clients")
_MOST_EXPONENT = 709.0  # beyond, exp overflows float64


def _accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(dim=1) == targets).double()


def _surprise(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, reduction="none")


def _squared(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.shape != targets.shape:
        raise ValueError("mean squared error needs targets of the outputs' shape")
    return (outputs - targets).square().reshape(len(outputs), -1).mean(dim=1)


ACCURACY = Metric(name="accuracy", score=_accuracy, classes=True)
#: Every metric that a task can name; mean squared error is over samples and their entries.
METRICS = {
    metric.name: metric
    for metric in (
        ACCURACY,
        Metric(
            name="perplexity",
            score=_surprise,
            exponential=True,
            higher_is_better=False,
            classes=True,
        ),
        Metric(name="mean squared error", score=_squared, higher_is_better=False),
    )
}


def read_metrics(
    given: Sequence[str | Metric] | None, task: str, default: bool
) -> tuple[Metric, ...]:
    """The metrics of a task: names in ``METRICS`` and `Metric`s; accuracy where it is the default.

    Raises:
        InvalidProblemError: an unknown name, something else, or two of one name.
    """
    if given is None:
        return (ACCURACY,) if default else ()
    if isinstance(given, str | Metric):
        given = (given,)
    found = tuple(_read(one, task) for one in given)
    names = [metric.name for metric in found]
    for name in names:
        if names.count(name) > 1:
            raise InvalidProblemError(f"{task!r}: two metrics are called {name!r}; rename one")
    return found


def check_scores(metric: Metric, outputs: Tensor, targets: Tensor, task: str) -> None:
    """Refuse a metric that fails on the data, or gives no number of every sample by itself.

    Raises:
        InvalidProblemError: names the metric and what it gives; see `check_sample_function`.
    """
    who = f"{task!r}: metric {metric.name!r}"
    each = check_sample_function(metric.score, outputs, targets, who, "one number")
    wrong = torch.isfinite(each).logical_not()
    if bool(wrong.any()):
        place = int(wrong.nonzero()[0, 0])
        raise InvalidProblemError(
            f"{task!r}: metric {metric.name!r} is {float(each[place])} for sample {place}; give a"
            " finite number for every sample"
        )


def _read(one: str | Metric, task: str) -> Metric:
    if isinstance(one, Metric):
        return one
    if isinstance(one, str) and one in METRICS:
        return METRICS[one]
    raise InvalidProblemError(
        f"{task!r}: metric {one!r:.40} is unknown; give one of {', '.join(METRICS)}, or"
        " Metric(name=..., score=function)"
    )
