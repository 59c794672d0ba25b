"""A partition beside shards that look at speeds alone, or at nothing: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.quality import PartitionQuality, partition_quality
from roundlot.solvers.partition.record import Partition
from roundlot.solvers.partition.shards import dirichlet_shards, equal_shards, proportional_shards
from roundlot.solvers.partition.values import shard_values
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionRow:
    """One way to deal the points: its owners, what each worker's are worth, its quality.

    Attributes:
        name: of the way.
        owner: ``(n,)``.
        values: ``(J,)``, all classes together.
        quality: blocks against the whole.
    """

    name: str
    owner: IntArray = field(repr=False)
    values: FloatArray = field(repr=False)
    quality: PartitionQuality

    @property
    def value(self) -> float:
        """``min_j f(A_j)`` over workers with points."""
        return float(self.values[np.unique(self.owner)].min())

    def to_record(self) -> dict[str, Any]:
        """The numbers of a table."""
        return {"method": self.name, "value": self.value, **self.quality.to_record()}


def compare_partition(
    partition: Partition,
    features: npt.ArrayLike,
    *,
    others: Mapping[str, IntArray] | None = None,
    alpha: float = 0.5,
    seed: int = 0,
    weights: npt.ArrayLike | None = None,
) -> tuple[PartitionRow, ...]:
    """The partition, then other shards of the same points, by the same measures.

    Args:
        partition: of ``features``.
        features: ``(n, dim)``, those that were dealt.
        others: owners ``(n,)`` by name; by default random shards of equal size, random shards
            proportional to speed, and classes split by a Dirichlet draw.
        alpha: of that draw.
        seed: of the random shards.
        weights: ``(dim + 1, L)``, where gradients are taken; zeros by default.

    Raises:
        InvalidProblemError: other features than those dealt.
    """
    x = np.asarray(features, dtype=np.float64)
    n, n_workers = partition.owner.size, partition.n_workers
    if len(x) != n:
        raise InvalidProblemError(f"there are {len(x)} features; the partition deals {n} points")
    if others is None:
        others = {
            "equal": equal_shards(n, n_workers, seed=seed),
            "proportional": proportional_shards(n, partition.speeds, seed=seed),
            "dirichlet": dirichlet_shards(partition.label, n_workers, alpha=alpha, seed=seed),
        }
    owners = {partition.method: partition.owner, **others}
    table = np.stack(list(owners.values()))
    values = shard_values(
        x,
        partition.label,
        table,
        n_workers,
        bandwidth=partition.bandwidth,
        function=partition.function,
        cut_weight=partition.cut_weight,
        neighbours=partition.neighbours,
    ).sum(axis=2)
    found = partition_quality(
        x,
        partition.label,
        table,
        partition.speeds,
        bandwidth=partition.bandwidth,
        weights=weights,
    )
    return tuple(
        PartitionRow(name=name, owner=owner, values=row, quality=quality)
        for (name, owner), row, quality in zip(owners.items(), values, found, strict=True)
    )
