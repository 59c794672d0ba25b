"""A schedule run by real processes, held against its own predictions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.simulate import workers
from roundlot.theory.random_streams import GOSSIP_START

if TYPE_CHECKING:
    from roundlot.simulate.workers import RealRun
    from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ToldRun:
    """A real run beside its predictions.

    Attributes:
        run: what happened.
        start: ``(n, d)`` parameters at the start.
        expected: ``(n, d)``, the product of the rounds' matrices with the start.
    """

    run: RealRun
    start: FloatArray = field(repr=False)
    expected: FloatArray = field(repr=False)

    @property
    def difference(self) -> float:
        """The largest distance of a parameter from the product of matrices."""
        return float(np.abs(self.run.parameters - self.expected).max())

    @property
    def factor(self) -> float:
        """What a round left of the workers' squared distance from their mean, on average."""
        before, after = (_spread(x) for x in (self.start, self.run.parameters))
        return float((after / before) ** (1.0 / self.run.rounds)) if before > 0.0 else 0.0

    @property
    def drift(self) -> float:
        """How far the mean went, in standard deviations of a parameter at the start."""
        moved = self.run.parameters.mean(axis=0) - self.start.mean(axis=0)
        return float(np.sqrt(np.mean(moved**2)) / self.start.std())

    def to_record(self) -> dict[str, Any]:
        """Everything as JSON."""
        run = self.run
        kernel = run.kernel_bytes
        return {
            "format": "roundlot.run/gossip-1",
            "name": run.schedule.name,
            "method": run.schedule.method,
            "workers": list(run.schedule.nodes),
            "rounds": run.rounds,
            "difference": self.difference,
            "bytes": {"measured": int(run.sent.sum()), "predicted": int(run.predicted_bytes.sum())},
            "kernel_bytes": None if kernel is None else kernel,
            "seconds": {
                "measured": float(run.ended.max()),
                "predicted": float(run.predicted_seconds.max()),
            },
            "exchange_seconds": {"8 bytes": run.small, "parameters": run.whole},
            "rho": {"measured": self.factor, "predicted": self._rho()},
            "mean_drift": self.drift,
        }

    def head(self) -> list[str]:
        """The run in a line, and whether it is the run that was simulated."""
        run = self.run
        return [
            f"{run.schedule.name}: {run.schedule.method}, {run.rounds} rounds of "
            f"{run.schedule.n_workers} processes, {self.start.shape[1]:,} parameters each",
            f"largest difference from the product of the rounds' matrices: {self.difference:.2g}",
        ]

    def rows(self) -> list[dict[str, object]]:
        """Measured beside predicted."""
        run, rho = self.run, self._rho()
        return [
            {
                "what": "bytes sent",
                "measured": f"{run.sent.sum():,}",
                "predicted": f"{run.predicted_bytes.sum():,}",
            },
            {
                "what": "seconds",
                "measured": f"{run.ended.max():.4g}",
                "predicted": f"{run.predicted_seconds.max():.4g}",
            },
            {
                "what": "spread left by a round",
                "measured": f"{self.factor:.4f}",
                "predicted": "none" if rho is None else f"ρ = {rho:.4f} at most, on average",
            },
        ]

    def notes(self) -> list[str]:
        """What the table does not say."""
        run, lines = self.run, []
        if run.kernel_bytes is not None:
            lines.append(
                f"{run.kernel_bytes.sum():,} bytes by the kernel's count, with heads of messages"
            )
        lines.append(
            f"an exchange before the first round took {1e3 * run.whole:.3g} ms; predicted seconds "
            "are of such exchanges, with every process on a core of its own"
        )
        if run.schedule.leaders is not None:
            lines.append(
                f"the mean of all workers moved by {self.drift:.3g} standard deviations: columns "
                "of the mixing with leaders do not sum to 1"
            )
        return lines

    def _rho(self) -> float | None:
        """That of the schedule; leaders mix by other matrices, of which nothing is predicted."""
        return None if self.run.schedule.leaders is not None else self.run.schedule.contraction


def run_schedule(path: Path, *, rounds: int, size: int, timeout: float, seed: int) -> ToldRun:
    """Mix random parameters by a schedule's file, with real processes.

    Raises:
        InvalidProblemError: no schedule.
        LostProcessError: a process was killed, or is too slow.
    """
    schedule = workers.read_schedule(path)
    start = GOSSIP_START.generator(seed).normal(size=(schedule.n_workers, size))
    step = None if schedule.leaders is None else workers.squared_norm
    run = workers.launch(schedule, start, rounds=rounds, step=step, timeout=timeout)
    expected = workers.product_of_rounds(schedule, start, rounds=rounds, step=step)
    return ToldRun(run=run, start=start, expected=expected)


def _spread(parameters: FloatArray) -> float:
    return float(np.sum((parameters - parameters.mean(axis=0)) ** 2))
