"""Gathers what happens in training, and makes a history of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.training.history import PER_MODEL, TEXTS, History

FloatArray = npt.NDArray[np.float64]

_WHOLE = ("uploads", "draws", "trainings")
_REAL = ("seconds", "second_moment_ratio")


@dataclass(kw_only=True)
class Recorder:
    """Lists that grow with the rounds; ``facts`` are the history's texts."""

    facts: Mapping[str, Any]
    rounds: list[Mapping[str, Any]] = field(default_factory=list)
    evaluations: list[tuple[int, list[float], list[float]]] = field(default_factory=list)

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self.facts["models"])

    def history(self, parameters: tuple[npt.NDArray[np.float32], ...], elapsed: float) -> History:
        """What was gathered, as a record."""
        shape = (len(self.rounds), self.n_models)
        columns: dict[str, Any] = {
            name: np.array([row[name] for row in self.rounds], dtype=kind)
            for names, kind in ((_WHOLE, np.int64), (_REAL, np.float64))
            for name in names
        }
        for name in PER_MODEL:
            columns[name] = np.array([row[name] for row in self.rounds], dtype=float).reshape(shape)
        done, accuracy, loss = zip(*self.evaluations, strict=True)
        return History(
            **self.facts,
            **columns,
            evaluated=np.array(done, dtype=np.int64),
            accuracy=np.array(accuracy, dtype=float),
            loss=np.array(loss, dtype=float),
            figures=self._figures(),
            parameters=parameters,
            elapsed=elapsed,
        )

    @classmethod
    def resumed(cls, history: History, every: int) -> Recorder:
        """Goes on from a history; drops its last evaluation if it was only for being the last."""
        names = (*_WHOLE, *_REAL, *PER_MODEL)
        rounds: list[Mapping[str, Any]] = [
            {name: getattr(history, name)[t] for name in names}
            | {"figures": {name: table[t] for name, table in history.figures.items()}}
            for t in range(history.rounds)
        ]
        evaluations = [
            (int(done), list(history.accuracy[e]), list(history.loss[e]))
            for e, done in enumerate(history.evaluated)
            if done % every == 0
        ]
        facts = {name: getattr(history, name) for name in TEXTS}
        return cls(facts=facts, rounds=rounds, evaluations=evaluations)

    def _figures(self) -> dict[str, FloatArray]:
        """Every figure that any round reports: one number a round, or one a model and round."""
        known: dict[str, FloatArray] = {}
        for t, row in enumerate(self.rounds):
            for name, value in row["figures"].items():
                array = np.asarray(value, dtype=np.float64)
                if name not in known:
                    known[name] = np.full((len(self.rounds), *array.shape), np.nan)
                known[name][t] = array
        return known
