"""Who takes part in training: clients, their processors, devices, links, and when they are there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import read_only
from roundlot.simulate.training.task import Task
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Federation:
    """``N`` clients that train ``S`` tasks on ``V = Σ B_i`` processors.

    Attributes:
        tasks: the ``S`` models with their clients' data.
        processors: ``(N,)`` whole numbers ``B_i >= 1``, or one for all: models trained at a time.
        able: ``(N, S)`` bool, who may train what, or None for everybody; a client without data for
            a model never trains it.
        online: ``(N,)`` probabilities that a client is there in a round, or ``(T, N)`` bool, a
            record of ``T`` rounds that is repeated; None for always.
        speed: ``(N,)`` samples per second, or None: training then takes no time.
        link: ``(N,)`` Mbit/s, or None: messages then take no time.

    Raises:
        InvalidProblemError: no task, tasks for different numbers of clients, a model that nobody
            can train, or a table of the wrong shape or range; names it.
    """

    tasks: tuple[Task, ...]
    processors: IntArray | int = 1
    able: BoolArray | None = None
    online: npt.NDArray[np.float64] | BoolArray | None = None
    speed: FloatArray | None = None
    link: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", tuple(self.tasks))
        if not self.tasks:
            raise InvalidProblemError("the federation has no task; give at least one")
        sizes = {task.train.n_clients for task in self.tasks}
        if len(sizes) > 1:
            raise InvalidProblemError(
                f"tasks are for {sorted(sizes)} clients; give each the data of the same clients"
            )
        processors = np.broadcast_to(np.asarray(self.processors), (self.n_clients,))
        if processors.dtype.kind not in "iu" or processors.min() < 1:
            raise InvalidProblemError("processors must be whole numbers of at least 1 per client")
        object.__setattr__(self, "processors", read_only(processors.astype(np.int64)))
        lonely = np.flatnonzero(~self.available.any(axis=0))
        if lonely.size:
            raise InvalidProblemError(
                f"nobody can train {self.tasks[lonely[0]].name!r}; give somebody data for it"
            )

    @property
    def n_clients(self) -> int:
        """``N``."""
        return self.tasks[0].train.n_clients

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self.tasks)

    @property
    def n_processors(self) -> int:
        """``V = Σ B_i``."""
        return int(np.sum(self.processors))

    @cached_property
    def counts(self) -> IntArray:
        """``(N, S)``: samples held."""
        return read_only(np.stack([task.train.counts for task in self.tasks], axis=1))

    @cached_property
    def available(self) -> BoolArray:
        """``(N, S)``: whether the client holds data for the model and may train it."""
        able = True if self.able is None else np.asarray(self.able, dtype=bool)
        return read_only((self.counts > 0) & able)

    @cached_property
    def client(self) -> IntArray:
        """``(V,)``, the client of every processor; a client's processors stand together."""
        clients = np.arange(self.n_clients, dtype=np.int64)
        return read_only(np.repeat(clients, self.processors))

    def present(self, round_: int, seed: int) -> BoolArray:
        """``(N, S)``: who can train what in a round; a function of (seed, round) alone."""
        raise NotImplementedError

    def data_weights(self, present: BoolArray) -> FloatArray:
        """``(N, S)``, ``d_{i,s}``: shares of the data among those present; columns sum to 1 or 0.

        What a full round steps along is the mean over those who can be heard.
        """
        counts = np.where(present, self.counts, 0).astype(np.float64)
        return np.asarray(counts / np.maximum(counts.sum(axis=0), 1.0))
