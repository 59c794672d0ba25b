"""Who takes part in training: clients, processors, devices, links, and when they are there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.philox import BITS, STREAM_ONLINE, words_numpy
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray, BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.moments.blocks import blocks_of
from roundlot.theory.text import plural, short_repr


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
        speed: ``(N,)`` samples per second (or one for all) that a processor trains on; None:
            training then takes no time.
        link: ``(N,)`` Mbit/s (or one for all); None: messages then take no time.

    Raises:
        InvalidProblemError: no task, tasks for different numbers of clients, a model that nobody
            can train, or a table of the wrong shape or range; names it.
    """

    tasks: tuple[Task, ...]
    processors: IntArray | int = 1
    able: BoolArray | None = None
    online: FloatArray | BoolArray | None = None
    speed: FloatArray | float | None = None
    link: FloatArray | float | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", tuple(self.tasks))
        if not self.tasks:
            raise InvalidProblemError("the federation has no task; give at least one")
        sizes = {task.train.n_clients for task in self.tasks}
        if len(sizes) > 1:
            raise InvalidProblemError(
                f"tasks are for {sorted(sizes)} clients; give each the data of the same clients"
            )
        n, s = self.n_clients, self.n_models
        object.__setattr__(self, "processors", _processors(self.processors, n))
        object.__setattr__(self, "able", _able(self.able, (n, s)))
        object.__setattr__(self, "online", _online(self.online, n))
        for what, unit in (("speed", "samples per second"), ("link", "Mbit/s")):
            object.__setattr__(self, what, _positive(getattr(self, what), what, unit, n))
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
        able = True if self.able is None else self.able
        return read_only((self.counts > 0) & able)

    @cached_property
    def client(self) -> IntArray:
        """``(V,)``, the client of every processor; a client's processors stand together."""
        clients = np.arange(self.n_clients, dtype=np.int64)
        return read_only(np.repeat(clients, self.processors))

    @cached_property
    def block(self) -> IntArray:
        """``(V,)``, the block of every processor's client, of as many as there are models."""
        return read_only(blocks_of(self.n_clients, self.n_models)[self.client])

    def present(self, round_: int, seed: int) -> BoolArray:
        """``(N, S)``: who can train what in a round; a function of (seed, round) alone.

        Probabilities are compared with the Philox word of (seed, round, client); a record of
        ``T`` rounds is read at ``round mod T``.

        Raises:
            InvalidProblemError: a negative round or seed.
        """
        check_count(round_, "round", 0)
        if self.online is None:
            return self.available
        if self.online.ndim == 2:
            there = np.asarray(self.online[round_ % len(self.online)], dtype=bool)
        else:
            words = words_numpy(1, self.n_clients, stream=STREAM_ONLINE, seed=seed, start=round_)
            there = words[0] < np.ldexp(self.online, BITS)
        return np.asarray(self.available & there[:, None])

    def data_weights(self, present: BoolArray) -> FloatArray:
        """``(N, S)``, ``d_{i,s}``: shares of the data among those present; columns sum to 1 or 0.

        What a full round steps along is the mean over those who can be heard.
        """
        counts = np.where(present, self.counts, 0).astype(np.float64)
        return np.asarray(counts / np.maximum(counts.sum(axis=0), 1.0))


def _processors(values: IntArray | int, n_clients: int) -> IntArray:
    column = np.asarray(values)
    if column.dtype.kind not in "iu" or column.shape not in ((), (n_clients,)):
        raise InvalidProblemError(
            f"processors have shape {column.shape} and type {column.dtype}; give one whole number, "
            f"or one for each of {n_clients} {plural(n_clients, 'client')}"
        )
    if column.min() < 1:
        raise InvalidProblemError(
            f"processors go down to {column.min()}; every client needs at least 1"
        )
    return read_only(np.array(np.broadcast_to(column, n_clients), dtype=np.int64))


def _able(values: BoolArray | None, shape: tuple[int, int]) -> BoolArray | None:
    if values is None:
        return None
    table = np.array(values)
    if table.shape != shape or table.dtype != np.bool_:
        raise InvalidProblemError(
            f"able has shape {table.shape} and type {table.dtype}; give true or false for "
            f"clients x models, {shape}"
        )
    return read_only(table)


def _online(values: FloatArray | BoolArray | None, n_clients: int) -> FloatArray | BoolArray | None:
    if values is None:
        return None
    table: AnyArray = np.array(values)
    if table.dtype == np.bool_:
        if table.ndim != 2 or table.shape[1] != n_clients or not len(table):
            raise InvalidProblemError(
                f"online is a record of shape {table.shape}; give rounds x clients, "
                f"(T, {n_clients})"
            )
        return read_only(table)
    if table.dtype.kind not in "iuf" or table.shape != (n_clients,):
        raise InvalidProblemError(
            f"online has shape {table.shape} and type {table.dtype}; give a probability for each "
            f"of {n_clients} {plural(n_clients, 'client')}, or a record (T, {n_clients}) of true "
            "and false"
        )
    wrong = np.flatnonzero(~((table >= 0) & (table <= 1)))
    if wrong.size:
        raise InvalidProblemError(
            f"online of client {wrong[0]} is {table[wrong[0]]:g}; give a probability from 0 to 1"
        )
    return read_only(table.astype(np.float64))


def _positive(values: FloatArray | None, what: str, unit: str, n_clients: int) -> FloatArray | None:
    if values is None:
        return None
    column = np.array(values)
    if column.dtype.kind not in "iuf" or column.shape not in ((), (n_clients,)):
        raise InvalidProblemError(
            f"{what} has shape {column.shape}; give {unit}, one number or one for each of "
            f"{n_clients} {plural(n_clients, 'client')}"
        )
    column = np.array(np.broadcast_to(column, n_clients), dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(column) & (column > 0)))
    if wrong.size:
        raise InvalidProblemError(
            f"{what} of client {wrong[0]} is {column[wrong[0]]:g}; give {unit}, finite and above 0"
        )
    return read_only(column)
