"""How alike two points are: a Gaussian kernel in whole units of ``2^-24``, so that sums are exact.

Similarities are rounded to the nearest unit once; every value, gain and bound after that is a whole
number, the same in any order of summation. A similarity is off by at most one unit, half of it from
rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import BANDWIDTH

Units = npt.NDArray[np.int32]
UNIT = 2.0**-24
ONE = 2**24
_ROWS = 512  # of a block: 512 x 50,000 distances are 200 MB
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Similarity:
    """Similarities of ``n`` points, all of them or those of each point's nearest neighbours.

    Attributes:
        units: ``(n, n)`` int32, symmetric; or ``(n k,)``, the kept ones, column after column.
        offsets: ``(n + 1,)``, where each column starts; empty if all are kept.
        rows: ``(n k,)`` int32, the points ``u`` that have the column's point among their nearest.
        dropped: ``(n,)`` units, an upper bound on every similarity of ``u`` that was dropped.
        sums: ``(n,)`` units, ``Σ_u sim(u, v)`` over what is kept.
    """

    units: Units = field(repr=False)
    offsets: IntArray = field(repr=False)
    rows: Units = field(repr=False)
    dropped: IntArray = field(repr=False)
    sums: IntArray = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.units, self.offsets, self.rows, self.dropped, self.sums):
            array.flags.writeable = False

    @property
    def n_points(self) -> int:
        """``n``."""
        return len(self.sums)

    @property
    def is_dense(self) -> bool:
        """Whether every pair is kept."""
        return self.offsets.size == 0

    @property
    def loss(self) -> float:
        """What dropping may have taken from any block's facility location, at most; 0 if dense."""
        return float(self.dropped.sum()) * UNIT

    def row_tops(self, count: int) -> IntArray:
        """``(n, count)`` units: each point's greatest similarities, in falling order.

        Raises:
            InvalidProblemError: more than were kept, or than there are.
        """
        kept = self.n_points if self.is_dense else self.units.size // self.n_points
        if not 1 <= count <= kept:
            raise InvalidProblemError(f"{count} neighbours are asked for and {kept} kept")
        table = self.units
        if not self.is_dense:
            table = self.units[np.argsort(self.rows, kind="stable")].reshape(self.n_points, kept)
        out = np.empty((self.n_points, count), dtype=np.int64)
        for start in range(0, self.n_points, _ROWS):
            rows = table[start : start + _ROWS]
            top = np.partition(rows, kept - count, axis=1)[:, kept - count :]
            out[start : start + len(rows)] = -np.sort(-top.astype(np.int64), axis=1)
        return out


def gaussian_similarity(
    points: npt.ArrayLike,
    bandwidth: float,
    *,
    neighbours: int | None = None,
    most_bytes: int = 2**31,
) -> Similarity:
    """``exp(−‖x_u − x_v‖² / (2 σ²))`` of every pair, or of every point's nearest ones.

    Args:
        points: ``(n, dim)``, finite.
        bandwidth: ``σ > 0``, in the points' own unit.
        neighbours: ``k``, how many of the greatest similarities of a point are kept, itself among
            them; None for all.
        most_bytes: how much memory the table may take.

    Raises:
        InvalidProblemError: malformed points, a bandwidth that is not above 0, or a table that is
            larger than ``most_bytes``.
    """
    x = np.ascontiguousarray(points, dtype=np.float64)
    if x.ndim != 2 or not len(x) or not np.isfinite(x).all():
        raise InvalidProblemError(f"points have shape {x.shape}; give finite numbers, (n, dim)")
    if not (np.isfinite(bandwidth) and bandwidth > 0.0):
        raise InvalidProblemError(f"bandwidth is {bandwidth!r}; give a finite number above 0")
    n = len(x)
    kept = n if neighbours is None or neighbours >= n else neighbours
    if kept < 1:
        raise InvalidProblemError(f"neighbours is {neighbours!r}; keep at least 1")
    size = n * kept * (4 if kept == n else 16)
    if size > most_bytes:
        raise InvalidProblemError(
            f"similarities of {n} points take {size / 1e9:.1f} GB, more than "
            f"{most_bytes / 1e9:.1f} GB; keep fewer with neighbours={_fitting(n, most_bytes)}"
        )
    return _dense(x, bandwidth) if kept == n else _sparse(x, bandwidth, kept)


def _fitting(n: int, most_bytes: int) -> int:
    return max(1, min(100, most_bytes // (16 * n)))


def _units(x: FloatArray, y: FloatArray, bandwidth: float) -> Units:
    scaled = squared_distances(x, y)
    scaled *= -0.5 / bandwidth / bandwidth
    np.exp(scaled, out=scaled)
    scaled *= ONE
    return np.rint(scaled, out=scaled).astype(np.int32)


def _dense(x: FloatArray, bandwidth: float) -> Similarity:
    """Blocks above the diagonal, and their mirror images."""
    n = len(x)
    table = np.empty((n, n), dtype=np.int32)
    for start in range(0, n, _ROWS):
        end = min(start + _ROWS, n)
        block = _units(x[start:end], x[start:], bandwidth)
        table[start:end, start:] = block
        table[end:, start:end] = block[:, end - start :].T
        corner = table[start:end, start:end]
        corner[...] = np.maximum(corner, corner.T)
    np.fill_diagonal(table, ONE)
    return Similarity(
        units=table,
        offsets=_NONE,
        rows=np.zeros(0, dtype=np.int32),
        dropped=np.zeros(n, dtype=np.int64),
        sums=table.sum(axis=0, dtype=np.int64),
    )


def _sparse(x: FloatArray, bandwidth: float, kept: int) -> Similarity:
    n = len(x)
    columns = np.empty((n, kept), dtype=np.int32)
    units = np.empty((n, kept), dtype=np.int32)
    for start in range(0, n, _ROWS):
        block = _units(x[start : start + _ROWS], x, bandwidth)
        own = np.arange(len(block))
        block[own, start + own] = ONE + 1  # a point is always among its own nearest
        nearest = np.argpartition(block, n - kept, axis=1)[:, n - kept :]
        columns[start : start + len(block)] = nearest
        units[start : start + len(block)] = np.take_along_axis(block, nearest, axis=1)
    np.minimum(units, ONE, out=units)
    order = np.argsort(columns.reshape(-1), kind="stable")
    counts = np.bincount(columns.reshape(-1), minlength=n)
    sums = np.bincount(columns.reshape(-1), weights=units.reshape(-1), minlength=n)
    return Similarity(
        units=units.reshape(-1)[order],
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        rows=(order // kept).astype(np.int32),
        dropped=units.min(axis=1).astype(np.int64),
        sums=sums.astype(np.int64),
    )


_SAMPLED = 500  # points of a class


def squared_distances(x: FloatArray, y: FloatArray) -> FloatArray:
    """``(len(x), len(y))``, ``‖x − y‖²`` by one matrix product, at least 0."""
    table = x @ y.T
    table *= -2.0
    table += np.einsum("ij,ij->i", x, x)[:, None]
    table += np.einsum("ij,ij->i", y, y)
    return np.maximum(table, 0.0, out=table)


def median_distance(points: FloatArray, label: IntArray, *, seed: int = 0) -> float:
    """The median distance between two points of one class, from 500 random points of each.

    Raises:
        InvalidProblemError: it is 0, or no class has two points.
    """
    rng = BANDWIDTH.generator(seed)
    found = [np.zeros(0)]
    for one in np.unique(label):
        members = np.flatnonzero(label == one)
        chosen = points[rng.permutation(members)[:_SAMPLED]]
        above = np.triu_indices(len(chosen), 1)
        found.append(np.sqrt(squared_distances(chosen, chosen)[above]))
    distances = np.concatenate(found)
    middle = float(np.median(distances)) if distances.size else 0.0
    if middle <= 0.0:
        raise InvalidProblemError(
            "the median distance within classes is 0, points repeat; give a bandwidth above 0"
        )
    return middle
