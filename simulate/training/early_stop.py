"""When a model stops: after evaluations in a row that brought no gain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.names import closest
from roundlot.theory.text import plural

LOSS = "loss"


@dataclass(frozen=True, kw_only=True)
class EarlyStop:
    """A model stops after ``patience`` evaluations in a row without a gain.

    An evaluation is a gain if it is better than the best so far by more than ``min_delta``; the
    one before the first round counts as the first best. Those that are made every few rounds count,
    not the one that is made because a run ends, so that runs of more rounds go the same way.

    Attributes:
        metric: "loss", or one of the task's metrics; whether more is better is the metric's.
        patience: evaluations, at least 1.
        min_delta: in units of the metric, at least 0.

    Raises:
        InvalidProblemError: a patience or a gain out of its range.
    """

    metric: str = LOSS
    patience: int = 5
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        check_count(self.patience, "patience", 1)
        number = isinstance(self.min_delta, int | float) and not isinstance(self.min_delta, bool)
        if not (number and math.isfinite(self.min_delta) and self.min_delta >= 0.0):
            raise InvalidProblemError(
                f"min_delta is {self.min_delta!r}; give a finite number of at least 0"
            )

    def sign(self, task: Task) -> float:
        """1 where more is better, −1 where less is.

        Raises:
            InvalidProblemError: a metric that the task does not have.
        """
        if self.metric == LOSS:
            return -1.0
        known = {metric.name: metric.higher_is_better for metric in task.measures}
        if self.metric not in known:
            raise InvalidProblemError(
                f"{task.name!r} has no metric {self.metric!r} to stop by; "
                + closest(self.metric, (*known, LOSS))
            )
        return 1.0 if known[self.metric] else -1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Waiting:
    """How long every model has waited for a gain, after some evaluations.

    Attributes:
        rules: one a model.
        signs: ``(S,)``, 1 where more is better.
        best: ``(S,)``, times the sign; −inf before the first evaluation.
        waited: ``(S,)``, evaluations since the best.
        stopped: ``(S,)``, the round after which a model stopped, −1 for those that go on.
    """

    rules: tuple[EarlyStop, ...]
    signs: FloatArray
    best: FloatArray
    waited: IntArray
    stopped: IntArray

    @classmethod
    def of(cls, rules: Sequence[EarlyStop], tasks: Sequence[Task]) -> Self:
        """Before the first evaluation.

        Raises:
            InvalidProblemError: not one rule a task, or a metric that a task does not have.
        """
        if len(rules) != len(tasks):
            raise InvalidProblemError(
                f"stop_early has {len(rules)} {plural(len(rules), 'rule')} for {len(tasks)} "
                f"{plural(len(tasks), 'model')}; give one each, or one"
            )
        count = len(tasks)
        return cls(
            rules=tuple(rules),
            signs=np.array([rule.sign(task) for rule, task in zip(rules, tasks, strict=True)]),
            best=np.full(count, -np.inf),
            waited=np.zeros(count, dtype=np.int64),
            stopped=np.full(count, -1, dtype=np.int64),
        )

    @property
    def over(self) -> bool:
        """Whether every model has stopped."""
        return bool((self.stopped >= 0).all())

    @property
    def going(self) -> BoolArray:
        """``(S,)``: which models are still trained."""
        return np.asarray(self.stopped < 0)

    def after(self, round_: int, values: Mapping[str, npt.ArrayLike]) -> Self:
        """After an evaluation when ``round_`` rounds were done.

        Args:
            round_: rounds done.
            values: ``(S,)`` by name, ``loss`` and the metrics.
        """
        columns = (np.asarray(values[rule.metric], dtype=np.float64) for rule in self.rules)
        value = self.signs * np.array([column[s] for s, column in enumerate(columns)])
        least = np.array([rule.min_delta for rule in self.rules])
        gain = value - least > self.best
        waited = np.where(gain, 0, self.waited + 1)
        patience = np.array([rule.patience for rule in self.rules])
        stops = self.going & (waited >= patience)
        return replace(
            self,
            best=np.where(gain, value, self.best),
            waited=waited,
            stopped=np.where(stops, round_, self.stopped),
        )
