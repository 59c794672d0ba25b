"""How good a partition is, whatever made it: five numbers, of blocks against the whole.

Least block value, class balance, maximum mean discrepancy, gradient dissimilarity, finish times;
and a partition beside shards that look at speeds alone, or at nothing: one table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.partition.functions import shard_values
from roundlot.solvers.partition.record import Partition
from roundlot.solvers.partition.shards import (
    checked_speeds,
    dirichlet_shards,
    equal_shards,
    finish_seconds,
    proportional_shards,
)
from roundlot.solvers.partition.similarity import squared_distances
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.positions import by_position

_ENTRIES = 8_000_000  # of the kernel at a time, 64 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionQuality:
    """``J`` blocks against the whole.

    Attributes:
        class_distance: ``(J,)``, total variation between a block's shares of the classes and those
            of the whole, from 0 to 1.
        squared_mmd: ``(J,)``, squared maximum mean discrepancy between a block and the whole (the
            V-statistic of a Gaussian kernel, at least 0).
        dissimilarity: ``Σ_j (n_j/n) ‖∇F_j − ∇F‖²`` of softmax regression at the given weights.
        gradient_square: ``‖∇F‖²`` there.
        finish_seconds: ``(J,)``, of one pass over each worker's points.

    An empty block has NaN for its distances and does not count.
    """

    class_distance: FloatArray = field(repr=False)
    squared_mmd: FloatArray = field(repr=False)
    dissimilarity: float
    gradient_square: float
    finish_seconds: FloatArray = field(repr=False)

    @property
    def worst_class_distance(self) -> float:
        """The greatest of the blocks'."""
        return float(np.nanmax(self.class_distance))

    @property
    def worst_mmd(self) -> float:
        """The greatest of the blocks' maximum mean discrepancies (not squared)."""
        return float(np.sqrt(np.nanmax(self.squared_mmd)))

    @property
    def round_seconds(self) -> float:
        """Seconds until the last worker is done."""
        return float(self.finish_seconds.max())

    @property
    def finish_spread(self) -> float:
        """Seconds between the first worker that is done and the last."""
        return float(np.ptp(self.finish_seconds))

    def to_record(self) -> dict[str, float]:
        """The numbers of a table."""
        return {
            "worst_class_distance": self.worst_class_distance,
            "worst_mmd": self.worst_mmd,
            "dissimilarity": self.dissimilarity,
            "round_seconds": self.round_seconds,
            "finish_spread": self.finish_spread,
        }


def _classes(values: npt.ArrayLike, name: str) -> IntArray:
    numbers = numbers_or_nan(values, name)
    if not np.all((np.abs(numbers) < 2**53) & (numbers == np.floor(numbers))):
        raise InvalidProblemError(f"{name} must be whole numbers")
    return numbers.astype(np.int64)


@by_position()
def partition_quality(
    features: npt.ArrayLike,
    label: npt.ArrayLike,
    owners: npt.ArrayLike,
    speeds: npt.ArrayLike,
    *,
    bandwidth: float,
    weights: npt.ArrayLike | None = None,
) -> tuple[PartitionQuality, ...]:
    """The quality of one or several partitions of the same points, in one pass over all pairs.

    Args:
        features: ``(n, dim)``.
        label: ``(n,)``, classes numbered from 0.
        owners: ``(n,)``, or ``(P, n)`` for several partitions.
        speeds: ``(J,)`` points per second, above 0.
        bandwidth: of the Gaussian kernel of the discrepancy.
        weights: ``(dim + 1, L)`` of softmax regression, the last row its biases; zeros by default.

    Raises:
        InvalidProblemError: shapes that disagree, or an owner out of range.
    """
    x, y = numbers_or_nan(features, "features"), _classes(label, "label")
    table = np.atleast_2d(_classes(owners, "owners"))
    rates = checked_speeds(speeds)
    if not 0.0 < bandwidth < np.inf:
        raise InvalidProblemError(f"bandwidth is {bandwidth}; give a finite number above 0")
    if x.ndim != 2 or not np.isfinite(x).all():
        raise InvalidProblemError(f"features have shape {x.shape}; give finite numbers (n, dim)")
    if y.ndim != 1 or not y.size or table.shape[1:] != y.shape or len(x) != y.size:
        raise InvalidProblemError(
            f"features {x.shape}, labels {y.shape} and owners {table.shape} do not fit together"
        )
    if table.min() < 0 or table.max() >= rates.size:
        raise InvalidProblemError(
            f"owners go from {table.min()} to {table.max()}; workers are 0 to {rates.size - 1}"
        )
    discrepancies = squared_discrepancies(x, table, rates.size, bandwidth)
    gradients = softmax_gradients(x, y, weights)
    return tuple(
        _one(y, owner, rates, row, gradients)
        for owner, row in zip(table, discrepancies, strict=True)
    )


def squared_discrepancies(
    points: FloatArray, owners: IntArray, n_blocks: int, bandwidth: float
) -> FloatArray:
    """``(P, J)``: squared discrepancy of every block to the whole, exact, in blocks of rows.

    ``mean K(A, A) − 2 mean K(A, V) + mean K(V, V)``; NaN for an empty block.
    """
    n, count = len(points), len(owners)
    member = np.zeros((n, count * n_blocks))
    for p, owner in enumerate(owners):
        member[np.arange(n), p * n_blocks + owner] = 1.0
    within, across, whole = np.zeros(count * n_blocks), np.zeros(count * n_blocks), 0.0
    step = max(16, _ENTRIES // n)
    for start in range(0, n, step):
        kernel = squared_distances(points[start : start + step], points)
        kernel *= -0.5 / bandwidth / bandwidth
        np.exp(kernel, out=kernel)
        rows = member[start : start + step]
        within += np.einsum("ij,ij->j", kernel @ member, rows)
        sums = kernel.sum(axis=1)
        across += sums @ rows
        whole += float(sums.sum())
    sizes = member.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = within / sizes**2 - 2.0 * across / (sizes * n) + whole / n**2
    return np.asarray(np.maximum(squares, 0.0).reshape(count, n_blocks))


def softmax_gradients(
    features: FloatArray, label: IntArray, weights: npt.ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """``(n, dim + 1)`` inputs with a one and ``(n, L)`` errors; a gradient is their outer product.

    Raises:
        InvalidProblemError: weights of another shape than ``(dim + 1, L)``.
    """
    inputs = np.hstack([features, np.ones((len(features), 1))])
    shape = (inputs.shape[1], int(label.max()) + 1)
    table = np.zeros(shape) if weights is None else numbers_or_nan(weights, "weights")
    if table.shape != shape:
        raise InvalidProblemError(f"weights have shape {table.shape}; give (dim + 1, L), {shape}")
    scores = inputs @ table
    scores -= scores.max(axis=1, keepdims=True)
    errors = np.exp(scores)
    errors /= errors.sum(axis=1, keepdims=True)
    errors[np.arange(label.size), label] -= 1.0
    return inputs, errors


def _one(
    label: IntArray,
    owner: IntArray,
    speeds: FloatArray,
    squares: FloatArray,
    gradients: tuple[FloatArray, FloatArray],
) -> PartitionQuality:
    n_blocks = speeds.size
    sizes = np.bincount(owner, minlength=n_blocks)
    spread, whole = _dissimilarity(owner, sizes, *gradients)
    return PartitionQuality(
        class_distance=_class_distance(label, owner, sizes),
        squared_mmd=squares,
        dissimilarity=spread,
        gradient_square=whole,
        finish_seconds=finish_seconds(sizes, speeds),
    )


def _class_distance(label: IntArray, owner: IntArray, sizes: IntArray) -> FloatArray:
    counts = np.zeros((sizes.size, int(label.max()) + 1))
    np.add.at(counts, (owner, label), 1.0)
    with np.errstate(invalid="ignore"):
        shares = counts / sizes[:, None]
    return np.asarray(0.5 * np.abs(shares - counts.sum(axis=0) / label.size).sum(axis=1))


def _dissimilarity(
    owner: IntArray, sizes: IntArray, inputs: FloatArray, errors: FloatArray
) -> tuple[float, float]:
    whole = inputs.T @ errors / owner.size
    total = 0.0
    for j in np.flatnonzero(sizes):
        mine = owner == j
        own = inputs[mine].T @ errors[mine] / sizes[j]
        total += sizes[j] / owner.size * float(np.sum((own - whole) ** 2))
    return float(total), float(np.sum(whole**2))


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionRow:
    """One way to deal the points: its owners, what each worker's are worth, its quality.

    Attributes:
        name: of the way.
        owner: ``(n,)``.
        values: ``(J,)``, all classes together.
        quality: blocks against the whole.
        capacities: how many points workers have: "by speed" as the partition's, "equal" (both where
            speeds are alike), or "other". Least values of rows of other capacities do not compare.
        same_classes: whether workers have as many points of every class as in the partition: only
            then its bound holds for the row.
    """

    name: str
    owner: IntArray = field(repr=False)
    values: FloatArray = field(repr=False)
    quality: PartitionQuality
    capacities: str
    same_classes: bool

    @property
    def value(self) -> float:
        """``min_j f(A_j)`` over workers with points."""
        return float(self.values[np.unique(self.owner)].min())

    @property
    def sizes(self) -> IntArray:
        """``(J,)``: points that each worker holds."""
        return np.bincount(self.owner, minlength=self.values.size)

    @property
    def label(self) -> str:
        """The name with its capacities, for a legend or a table."""
        return f"{self.name} ({self.capacities} sizes)".replace("by speed sizes", "by speed")

    def to_record(self) -> dict[str, Any]:
        """The numbers of a table."""
        sizes = self.sizes
        return {
            "method": self.name,
            "capacities": self.capacities,
            "same_classes": self.same_classes,
            "least_points": int(sizes.min()),
            "most_points": int(sizes.max()),
            "value": self.value,
            **self.quality.to_record(),
        }


def unlike_sizes(rows: Sequence[PartitionRow]) -> tuple[str, ...]:
    """What must not be compared among rows, the partition's first: a sentence each, or nothing."""
    first = rows[0]
    others = [row.name for row in rows[1:] if row.capacities != first.capacities]
    mixed = [
        row.name for row in rows[1:] if row.capacities == first.capacities and not row.same_classes
    ]
    found = []
    if others:
        found.append(
            f"{', '.join(others)}: workers hold other numbers of points than by {first.name} "
            f"({first.capacities}); the bound is not theirs, and least values and seconds differ "
            "by the sizes, too"
        )
    if mixed:
        found.append(
            f"{', '.join(mixed)}: workers hold as many points as by {first.name}, but of other "
            "classes; the bound is not theirs"
        )
    return tuple(found)


def _counts(partition: Partition, owner: IntArray | None = None) -> IntArray:
    """``(J, L)``, points of every class that the workers hold."""
    counts = np.zeros((partition.n_workers, len(partition.classes)), dtype=np.int64)
    np.add.at(counts, (partition.owner if owner is None else owner, partition.label), 1)
    return counts


def capacities_of(sizes: IntArray, partition: Partition) -> str:
    """Whose capacities a partition into blocks of ``sizes`` ``(J,)`` has, within a point."""
    if np.ptp(sizes) <= 1:
        alike = np.ptp(partition.sizes) <= 1
        return "equal, by speed" if alike else "equal"
    return "by speed" if np.abs(sizes - partition.sizes).max() <= 1 else "other"


def _owners_of(owner: npt.ArrayLike, name: str, points: int, workers: int) -> IntArray:
    found = _classes(owner, f"others[{name!r}]")
    if found.shape != (points,) or found.min() < 0 or found.max() >= workers:
        raise InvalidProblemError(
            f"others[{name!r}] must be the owner of each of {points} points, 0 to {workers - 1}"
        )
    return found


@by_position()
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
        InvalidProblemError: other features than those dealt, owners that are not one of the workers
            for every point.
    """
    x = numbers_or_nan(features, "features")
    n, n_workers = partition.owner.size, partition.n_workers
    if x.ndim != 2 or len(x) != n:
        raise InvalidProblemError(f"features have shape {x.shape}; the partition deals {n} points")
    if not isinstance(others, Mapping | None):
        raise InvalidProblemError(f"others is a {type(others).__name__}; give owners by name")
    if others is None:
        others = {
            "equal": equal_shards(n, n_workers, seed=seed),
            "proportional": proportional_shards(n, partition.speeds, seed=seed),
            "dirichlet": dirichlet_shards(partition.label, n_workers, alpha=alpha, seed=seed),
        }
    owners = {partition.method: partition.owner} | {
        name: _owners_of(owner, name, n, n_workers) for name, owner in others.items()
    }
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
        PartitionRow(
            name=name,
            owner=owner,
            values=row,
            quality=quality,
            capacities=capacities_of(np.bincount(owner, minlength=n_workers), partition),
            same_classes=np.array_equal(_counts(partition, owner), _counts(partition)),
        )
        for (name, owner), row, quality in zip(owners.items(), values, found, strict=True)
    )
