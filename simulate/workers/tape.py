"""What a run has recorded so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.training.engine import Evaluation
from roundlot.simulate.workers.clock import bytes_sent
from roundlot.simulate.workers.history import EVALUATED, PER_ROUND
from roundlot.simulate.workers.method import Move
from roundlot.simulate.workers.mixing import consensus_distance
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.worker_engine import WorkerEngine

FloatArray = npt.NDArray[np.float64]
_WHOLE = ("evaluated", "bytes", "links", "samples")


@dataclass
class Tape:
    """Rows that grow by one a round or one an evaluation; method figures by name."""

    rows: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in (*PER_ROUND, *EVALUATED)}
    )
    figures: dict[str, list[float]] = field(default_factory=dict)

    def evaluate(self, engine: WorkerEngine, parameters: Tensor, done: int) -> None:
        """Add an evaluation of the mean and of every worker."""
        mean = parameters.double().mean(dim=0).to(parameters.dtype)
        alike = bool((parameters == parameters[:1]).all())
        own = engine.evaluate(parameters[:1] if alike else parameters)
        workers = own * len(parameters) if alike else own
        (whole,) = own if alike else engine.evaluate(mean[None])
        self._add("evaluated", done)
        self._add("loss", whole.loss)
        self._add("accuracy", whole.accuracy)
        self._add("objective", float(engine.workers.weights @ engine.losses(mean)))
        self._add("worker_loss", _column(workers, "loss"))
        self._add("worker_accuracy", _column(workers, "accuracy"))

    def round(self, move: Move, workers: Workers, seconds: float, gradient: float) -> None:
        """Add a round."""
        exchange = move.exchange
        known = move.losses[np.isfinite(move.losses)]
        self._add("seconds", seconds)
        self._add("bytes", bytes_sent(exchange, workers))
        self._add("links", sum(len(pairs) for pairs in exchange.matchings))
        self._add("samples", int(move.samples.sum()))
        self._add("batch_loss", float(known.mean()) if known.size else float("nan"))
        self._add("consensus", consensus_distance(move.parameters))
        self._add("gradient", gradient)
        for name, value in move.figures.items():
            self.figures.setdefault(name, []).append(float(value))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every row as an array."""
        kinds = {name: np.int64 if name in _WHOLE else np.float64 for name in self.rows}
        return {name: np.array(row, dtype=kinds[name]) for name, row in self.rows.items()}

    @classmethod
    def of(cls, arrays: Mapping[str, Any], figures: Mapping[str, FloatArray]) -> Tape:
        """From what a history holds."""
        tape = cls(figures={name: row.tolist() for name, row in figures.items()})
        for name in tape.rows:
            tape.rows[name] = list(arrays[name])
        return tape

    def _add(self, name: str, value: Any) -> None:
        self.rows[name].append(value)


def squared_gradient(engine: WorkerEngine, parameters: Tensor) -> float:
    """``‖∇F(x̄)‖²`` at the mean of the workers' parameters."""
    mean = parameters.double().mean(dim=0).to(parameters.dtype)
    rows = engine.full_gradients(mean).double()
    weights = torch.tensor(engine.workers.weights, dtype=rows.dtype, device=rows.device)
    return float((weights @ rows).square().sum())


def _column(evaluations: list[Evaluation], name: str) -> FloatArray:
    return np.array([getattr(one, name) for one in evaluations])
