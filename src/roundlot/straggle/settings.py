"""What is asked of a study of stragglers, and which workers it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers import (
    Communication,
    Stragglers,
    communication,
    equalised_split,
    even_split,
    proportional_split,
    stragglers_from_speed,
)
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
LARGEST = 1e15  # of what is squared and summed on the way
MOST_FINISHES = 1_000_000  # finish times in a drawn round
MOST_ROUNDS = 100_000_000  # hours of drawing
DAY = 86_400.0  # seconds
SPLITS = {"even": even_split, "proportional": proportional_split, "equalised": equalised_split}


@dataclass(frozen=True, kw_only=True)
class StraggleSettings:
    """Settings of a study.

    Attributes:
        workers: devices that train together, taken evenly from the slowest to the fastest.
        batch, unit: samples in the global batch, and in a mini-batch (a unit of work).
        model, per, shift, shape: the straggler model; see `stragglers_from_speed`.
        topology, model_bytes: what a round communicates; see `communication`.
        deadline: seconds, or None for the best.
        split: how the batch is split: even, proportional or equalised.
        target: of the expected excess loss, as a share of the initial one.
        noise: variance of a sample's gradient.
        dissimilarity: root mean square distance of the workers' optima, the start being at 1.
        rounds: to draw for the verdicts.
        seed: of everything random.
        time_limit: seconds for the mixed-integer program.
    """

    workers: int = 8
    batch: int = 256
    unit: int = 4
    model: str = "exponential"
    per: str = "mini-batch"
    shift: float = 0.5
    shape: float = 2.5
    topology: str = "ring-all-reduce"
    model_bytes: float = 1e4
    deadline: float | None = None
    split: str = "even"
    target: float = 0.01
    noise: float = 16.0
    dissimilarity: float = 0.1
    rounds: int = 80_000
    seed: int = 0
    time_limit: float = 10.0

    def __post_init__(self) -> None:
        for name in ("workers", "batch", "unit", "rounds"):
            if getattr(self, name) < 1:
                raise InvalidProblemError(f"{name} is {getattr(self, name)}; give at least 1")
        if self.rounds > MOST_ROUNDS:
            raise InvalidProblemError(f"rounds is {self.rounds}; give at most {MOST_ROUNDS}")
        if self.batch % self.unit:
            raise InvalidProblemError(
                f"a batch of {self.batch} samples is no whole number of mini-batches of "
                f"{self.unit}; change one of them"
            )
        if self.units < self.workers:
            raise InvalidProblemError(
                f"{self.units} mini-batches do not go round {self.workers} workers; take a larger "
                "batch, smaller mini-batches or fewer workers"
            )
        if self.split not in SPLITS:
            raise InvalidProblemError(f"split is {self.split!r}; give one of {', '.join(SPLITS)}")
        for name in ("noise", "dissimilarity", "model_bytes"):
            if not 0.0 <= getattr(self, name) <= LARGEST:
                raise InvalidProblemError(
                    f"{name} is {getattr(self, name):g}; give 0 to {LARGEST:g}"
                )
        if not 0.0 <= self.shift < 1.0:
            raise InvalidProblemError(
                f"shift is {self.shift:g}; give a share of the mean in [0, 1)"
            )
        if not 1.0 < self.shape <= LARGEST:
            raise InvalidProblemError(
                f"Pareto shape is {self.shape:g}; give a finite number above 1: up to 1 the mean "
                "time is infinite and no round has an expected length"
            )
        most = MOST_FINISHES // self.workers
        if self.units > most:
            raise InvalidProblemError(
                f"{self.units} mini-batches for {self.workers} workers do not fit in memory; give "
                f"at most {most}: a smaller batch or a larger unit"
            )
        if self.deadline is not None and not self.deadline > 0.0:
            raise InvalidProblemError(f"deadline is {self.deadline:g}; give seconds above 0")
        if not 0.0 < self.target < 1.0:
            raise InvalidProblemError(
                f"target is {self.target:g}; give a share of the initial loss in (0, 1)"
            )
        if not 0.0 < self.time_limit <= DAY:
            raise InvalidProblemError(
                f"time_limit is {self.time_limit:g}; give seconds above 0, at most {DAY:g}"
            )

    @property
    def units(self) -> int:
        """Mini-batches in the global batch."""
        return self.batch // self.unit


@dataclass(frozen=True, kw_only=True, eq=False)
class Workers:
    """The devices that were chosen: ``speed`` (n,) in samples/s, their times, their network."""

    names: tuple[str, ...]
    speed: FloatArray = field(repr=False)
    stragglers: Stragglers
    network: Communication


def chosen_workers(fleet: Any, settings: StraggleSettings) -> Workers:
    """Workers from a fleet's devices.

    With an empirical model every worker is, in each step or mini-batch, a device of the fleet drawn
    at random; with the others it is one device, of its own speed.

    Raises:
        InvalidProblemError: a fleet without speeds, or with fewer devices than workers.
    """
    if fleet.speed is None:
        raise InvalidProblemError(
            f"fleet {fleet.name!r} has no speeds; add a column speed (samples per second) to its "
            "table of clients"
        )
    if fleet.speed.size < settings.workers:
        raise InvalidProblemError(
            f"fleet {fleet.name!r} has {fleet.speed.size} devices and {settings.workers} workers "
            "are asked for; ask for fewer"
        )
    order = np.argsort(fleet.speed, kind="stable")
    share = (np.arange(settings.workers) + 0.5) / settings.workers
    index = order[(share * order.size).astype(np.int64)]
    measured = 1.0 / fleet.speed
    empirical = settings.model == "empirical"
    speed = np.full(settings.workers, 1.0 / measured.mean()) if empirical else fleet.speed[index]
    per: Any = settings.per
    stragglers = stragglers_from_speed(
        speed,
        samples=settings.unit,
        model=settings.model,
        per=per,
        shift=settings.shift,
        shape=settings.shape,
        measured=measured,
    )
    link = np.full(1, np.inf) if fleet.link is None else fleet.link[index]
    network = communication(
        settings.topology, settings.workers, model_bytes=settings.model_bytes, link=link
    )
    return Workers(
        names=tuple(fleet.clients[i] for i in index),
        speed=np.asarray(speed),
        stragglers=stragglers,
        network=network,
    )
