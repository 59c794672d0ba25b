"""A partition of labelled data over workers, with what it is worth and what none can exceed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.solvers.partition.shards import finish_seconds
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import plural


@dataclass(frozen=True, kw_only=True, eq=False)
class Partition(Tabular):
    """Who holds which point; ``n`` points, ``J`` workers, ``L`` classes.

    Values are per class, as if points of different classes were not alike at all; a worker's value
    is the sum over classes. Workers with no place in a class (or none at all) do not count there.

    Attributes:
        owner: ``(n,)``, the worker of every point.
        label: ``(n,)``, the number of every point's class.
        classes: names of the classes.
        speeds: ``(J,)``, points per second.
        capacities: ``(J, L)``, how many points of each class each worker holds.
        values: ``(J, L)``, what the points of a class are worth to a worker.
        class_bounds: ``(L,)``, no partition with these capacities serves its least served worker
            of the class better.
        upper_bound: the same for ``value``, all classes together.
        bound_by: what that bound is, in words; empty if none was computed.
        method, function: how points were chosen, and by what.
        bandwidth: ``σ`` of the Gaussian similarity.
        cut_weight: ``λ`` of the graph cut.
        neighbours: how many similarities of every point were kept; None for all.
        similarity_loss: how much more any worker's value may be with the similarities that were
            dropped; 0 if all were kept. Bounds hold with all of them.
        computed: gains that were computed.
        exchanges: of two points that were made after the greedy choice, until none that is left
            raises the least served worker; None where no such search was made.
        seconds: wall-clock time it took.
        notes: what is worth knowing, in words.
    """

    owner: IntArray = field(repr=False)
    label: IntArray = field(repr=False)
    classes: tuple[str, ...]
    speeds: FloatArray = field(repr=False)
    capacities: IntArray = field(repr=False)
    values: FloatArray = field(repr=False)
    class_bounds: FloatArray = field(repr=False)
    upper_bound: float
    method: str
    function: str
    bandwidth: float
    cut_weight: float = 1.0
    bound_by: str = ""
    neighbours: int | None = None
    similarity_loss: float = 0.0
    computed: int = 0
    exchanges: int | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        arrays = (self.owner, self.label, self.speeds, self.capacities, self.values)
        for array in (*arrays, self.class_bounds):
            array.flags.writeable = False

    def _columns(self) -> Mapping[str, Any]:
        held = {f"points of {name}": self.capacities[:, i] for i, name in enumerate(self.classes)}
        return {
            "worker": np.arange(self.n_workers),
            "speed": self.speeds,
            "points": self.sizes,
            **held,
            "finish_seconds": self.finish_seconds,
        }

    @property
    def n_workers(self) -> int:
        """``J``."""
        return len(self.speeds)

    @cached_property
    def sizes(self) -> IntArray:
        """``(J,)``: points that each worker holds."""
        return np.bincount(self.owner, minlength=self.n_workers)

    @property
    def finish_seconds(self) -> FloatArray:
        """``(J,)``: seconds of one pass over each worker's points."""
        return finish_seconds(self.sizes, self.speeds)

    @cached_property
    def class_values(self) -> FloatArray:
        """``(L,)``: what the least served worker of each class has."""
        return np.asarray(np.where(self.capacities > 0, self.values, np.inf).min(axis=0))

    @cached_property
    def value(self) -> float:
        """``min_j f(A_j)``, all classes together."""
        return float(self.values.sum(axis=1)[self.sizes > 0].min())

    @property
    def gap(self) -> float:
        """How far ``value`` may be below the best, as a share of the bound; NaN without a bound."""
        return _gap(self.value, self.upper_bound)

    @property
    def class_gaps(self) -> FloatArray:
        """``(L,)``: the same for every class."""
        pairs = zip(self.class_values, self.class_bounds, strict=True)
        return np.array([_gap(float(value), float(bound)) for value, bound in pairs])

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words: points lost, capacities missed, a value above its bound."""
        counts = np.zeros(self.capacities.shape, dtype=np.int64)
        found = []
        if self.owner.min() < 0 or self.owner.max() >= self.n_workers:
            return ("a point has no worker",)
        np.add.at(counts, (self.owner, self.label), 1)
        if not np.array_equal(counts, self.capacities):
            found.append("a worker does not hold as many points of a class as planned")
        if np.any(self.class_values > self.class_bounds) or self.value > self.upper_bound:
            found.append("a value is above its bound")
        return tuple(found)

    def verify(self) -> bool:
        """Whether every point has a worker, capacities are met, and bounds are not exceeded."""
        return not self.complaints()

    def __repr__(self) -> str:
        return (
            f"Partition({self.owner.size} {plural(self.owner.size, 'point')} of "
            f"{len(self.classes)} {plural(len(self.classes), 'class', 'classes')} to "
            f"{self.speeds.size} {plural(self.speeds.size, 'worker')} by {self.method!r}, "
            f"{self.function}, value {self.value:.6g} of at most {self.upper_bound:.6g})"
        )


def _gap(value: float, bound: float) -> float:
    return max(0.0, (bound - value) / bound) if np.isfinite(bound) and bound > 0.0 else float("nan")
