"""The fleet: its clients, what data they hold, on which devices, behind which links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.fleet import validation as valid
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.names import require_seen
from roundlot.theory.positions import by_position, fields_by_position
from roundlot.theory.problem.given import Table
from roundlot.theory.problem.naming import Names, pair_table
from roundlot.theory.text import plural


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class Fleet:
    """``N`` clients that train ``S`` models at once on ``V = Σ B_i`` processors.

    Arrays and sequences are copied, checked and made read-only.

    Args:
        clients: ``N`` different identifiers, kept as text.
        models: ``S`` different names.
        samples: ``(N, S)`` whole numbers ``>= 0``, ``n_{i,s}``: what client ``i`` holds for model
            ``s``. Every model is held by somebody; a client that holds nothing is offline: it
            stays, with probability 0.
        processors: ``(N,)`` whole numbers ``B_i >= 1``: how many models a client trains in a round.
        speed: ``(N,)``, samples per second, above 0; or None.
        link: ``(N,)``, Mbit/s, above 0; or None.
        label_counts: ``(N, W)`` samples per label; or None.
        label_names: ``W`` names of the labels.
        label_model: ``(W,)``, the model that a label belongs to, -1 for none.
        assumptions: modelling choices that figures made from this fleet must declare.
        allow_unreachable: whether a model that no client holds samples of is let through; its data
            weights are 0.

    Raises:
        InvalidProblemError: any of these does not hold; names the client or model and the remedy.
    """

    name: str = "fleet"
    clients: tuple[str, ...]
    models: tuple[str, ...]
    samples: IntArray
    processors: IntArray
    speed: FloatArray | None = None
    link: FloatArray | None = None
    label_counts: IntArray | None = None
    label_names: tuple[str, ...] = ()
    label_model: IntArray | None = None
    assumptions: tuple[str, ...] = ()
    allow_unreachable: bool = False

    def __post_init__(self) -> None:
        clients = valid.names(self.clients, "client")
        models = valid.names(self.models, "model")
        samples = valid.counts(self.samples, "samples", clients, models)
        if not self.allow_unreachable:
            valid.every_model_is_held(samples, models)
        self._put(clients=clients, models=models, samples=samples)
        self._put(name=require_seen(str(self.name), "the name of the fleet"))
        said = (require_seen(str(text), "an assumption") for text in self.assumptions)
        self._put(assumptions=tuple(said))
        self._put(processors=valid.processors(self.processors, clients))
        self._put(speed=valid.positive(self.speed, "speed", "samples per second", clients))
        self._put(link=valid.positive(self.link, "link", "Mbit/s", clients))
        self._check_labels()

    def _put(self, **values: Any) -> None:
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    def _check_labels(self) -> None:
        if self.label_counts is None:
            if len(self.label_names) or self.label_model is not None:
                raise InvalidProblemError(
                    "label_names and label_model come with label_counts; give all three or none"
                )
            return
        labels = valid.names(self.label_names, "label")
        counts = valid.counts(self.label_counts, "label_counts", self.clients, labels)
        model = valid.label_model(self.label_model, labels, self.n_models)
        valid.labels_agree(counts, model, self.samples, self.clients, self.models)
        self._put(label_names=labels, label_counts=counts, label_model=model)

    @property
    def n_clients(self) -> int:
        """``N``."""
        return len(self.clients)

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self.models)

    @property
    def n_processors(self) -> int:
        """``V = Σ B_i``."""
        return int(self.processors.sum())

    @cached_property
    def available(self) -> BoolArray:
        """``(N, S)``: whether the client holds data for the model."""
        return read_only(self.samples > 0)

    @cached_property
    def offline(self) -> BoolArray:
        """``(N,)``: whether the client can train no model at all."""
        return read_only(np.logical_not(self.available.any(axis=1)))

    @cached_property
    def data_weights(self) -> FloatArray:
        """``(N, S)``, ``d_{i,s} = n_{i,s} / Σ_j n_{j,s}``: columns sum to 1 or 0."""
        counts = self.samples.astype(np.float64)
        return read_only(counts / np.maximum(counts.sum(axis=0), 1.0))

    @cached_property
    def client(self) -> IntArray:
        """``(V,)``, the client of every processor; a client's processors stand together."""
        return read_only(np.repeat(np.arange(self.n_clients, dtype=np.int64), self.processors))

    @cached_property
    def weights(self) -> FloatArray:
        """``(V, S)``, ``d_{i,s} / B_i``: the weight of a processor's update."""
        return read_only(self.expand(self.data_weights / self.processors[:, None]))

    @by_position()
    def expand(self, table: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A table per client, ``(N, ...)``, its rows repeated for every processor: ``(V, ...)``."""
        values = np.asarray(table)
        if values.ndim == 0 or values.shape[0] != self.n_clients:
            raise InvalidProblemError(
                f"a table of shape {values.shape} cannot be expanded to processors; "
                f"its first axis must be the {self.n_clients} clients"
            )
        return values[self.client]

    def problem(self, scores: Table, *, budget: float | None, **limits: Any) -> Problem:
        """The sampling problem of this fleet with ``scores (V, S)``.

        Scores and limits may be given by name, in any order: of scores a row a client, for each of
        its processors. ``limits`` are the keywords of :class:`roundlot.theory.Problem`;
        availability, weights ``d / B`` and names come from the fleet unless given.

        Raises:
            InvalidProblemError: a name that the fleet does not have, another shape; as `Problem`.
        """
        shape = (self.n_processors, self.n_models)
        limits.setdefault("names", self.names)
        table = np.ma.asarray(pair_table(scores, "scores", limits["names"], shape))
        if table.shape != shape:
            raise InvalidProblemError(
                f"scores have shape {table.shape}; this fleet needs processors x models {shape}"
                + (", see Fleet.expand" if table.shape == self.samples.shape else "")
            )
        limits.setdefault("available", self.expand(self.available))
        limits.setdefault("weights", self.weights)
        limits.setdefault("allow_unreachable", self.allow_unreachable)
        return Problem(table, budget=budget, **limits)

    @cached_property
    def names(self) -> Names:
        """What the rows and columns of a problem of this fleet are called."""
        rows = tuple(self.clients[i] for i in self.client.tolist())
        return Names(rows=rows, clients=self.clients, models=self.models)

    @by_position()
    def restricted(self, online: npt.ArrayLike, *, keep: bool = False) -> Fleet:
        """The fleet of what is online, ``(N, S)`` bool: other samples count as not there.

        Data weights then sum to 1 over what can be drawn, so the estimator stays unbiased for the
        step over exactly that. Clients with nothing left are dropped, or offline with ``keep``:
        they stay, with probability 0.
        """
        mask = np.asarray(online, dtype=np.bool_)
        if mask.shape != self.samples.shape:
            raise InvalidProblemError(
                f"online has shape {mask.shape}; give clients x models {self.samples.shape}"
            )
        samples = np.where(mask, self.samples, 0)
        rows = np.ones(self.n_clients, dtype=np.bool_) if keep else samples.any(axis=1)
        return self._subset(np.flatnonzero(rows), samples, self._labels_online(mask))

    def first(self, count: int) -> Fleet:
        """The fleet of the first ``count`` clients, for a quick look."""
        if not 1 <= count <= self.n_clients:
            raise InvalidProblemError(
                f"first_clients is {count}; this fleet has {self.n_clients} "
                f"{plural(self.n_clients, 'client')}"
            )
        return self._subset(np.arange(count), self.samples, self.label_counts)

    def _labels_online(self, mask: BoolArray) -> IntArray | None:
        if self.label_counts is None or self.label_model is None:
            return None
        padded = np.column_stack([mask, np.ones(self.n_clients, dtype=np.bool_)])
        return np.where(padded[:, self.label_model], self.label_counts, 0)

    def _subset(self, keep: IntArray, samples: IntArray, labels: IntArray | None) -> Fleet:
        return Fleet(
            name=self.name,
            clients=_pick(self.clients, keep),
            models=self.models,
            samples=samples[keep],
            processors=self.processors[keep],
            speed=None if self.speed is None else self.speed[keep],
            link=None if self.link is None else self.link[keep],
            label_counts=None if labels is None else labels[keep],
            label_names=self.label_names,
            allow_unreachable=self.allow_unreachable,
            label_model=self.label_model,
            assumptions=self.assumptions,
        )

    def __repr__(self) -> str:
        pairs = int(self.available.sum())
        return (
            f"Fleet({self.name!r}, {self.n_clients} {plural(self.n_clients, 'client')}, "
            f"{self.n_processors} {plural(self.n_processors, 'processor')}, {self.n_models} "
            f"{plural(self.n_models, 'model')}, {pairs} available {plural(pairs, 'pair')})"
        )


def _pick(names: Sequence[str], keep: IntArray) -> tuple[str, ...]:
    return tuple(np.array(names, dtype=object)[keep].tolist())
