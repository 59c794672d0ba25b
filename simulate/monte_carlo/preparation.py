"""Directions ready for many rounds: rotated into fewer dimensions where that pays, losslessly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.updates import Updates, reduce_dimensions
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

#: A flop of LAPACK's QR takes about half the time of one in the gather loop (9 to 40 against
#: 9 to 33 GFLOP/s on one core). A GPU's float64 QR of tall tables, some 2 TFLOP/s, is given a
#: hundredth of the rate of its products: an estimate, which decides speed alone.
_QR_SPEED = {"cpu": 2.0, "cuda": 0.01}


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """What the rounds read: a model's directions in few coordinates, and its full step there.

    Attributes:
        directions: ``S`` tables ``(N, k_s)``, ``k_s <= dim_s``, with the inner products of the
            updates' directions.
        targets: ``S`` vectors ``(k_s,)``, the full step in the same coordinates.
        factors: ``(V, S)``, ``d / (B p)``, 0 where ``p = 0``.
    """

    directions: tuple[npt.NDArray[Any], ...]
    targets: tuple[FloatArray, ...]
    factors: FloatArray


def prepare(
    design: Design,
    updates: Updates,
    rounds: int,
    dtype: str | None,
    *,
    reduce: bool | None = None,
    device: str = "cpu",
) -> Prepared:
    """Fold ``d / (B p)``, and reduce a model's directions if ``rounds`` are enough to repay it.

    ``reduce`` decides instead; models that are reduced have no coordinates in common. A GPU, if
    that is the ``device``, rotates, and multiplies all directions and not only those drawn.
    """
    kind = device.partition(":")[0]
    p = design.probabilities
    factors = np.divide(updates.weights, p, out=np.zeros_like(p), where=p > 0.0)
    tables = []
    for model, table in enumerate(updates.directions):
        stored = table if dtype is None else _stored(table, dtype)
        rows = float(p[:, model].sum()) if kind == "cpu" else updates.n_clients
        wanted = _repays(stored, rounds * rows * _QR_SPEED[kind]) if reduce is None else reduce
        reduced = reduce_dimensions(stored, device) if wanted else stored
        tables.append(reduced if dtype is None else _stored(reduced, dtype))
    targets = [
        updates.client_weights[:, model] @ table.astype(np.float64, copy=False)
        for model, table in enumerate(tables)
    ]
    return Prepared(directions=tuple(tables), targets=tuple(targets), factors=factors)


def _stored(table: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):
        stored = table.astype(dtype, copy=False)
    if not np.isfinite(stored).all():
        raise InvalidProblemError(
            f"updates of up to {np.abs(table).max():.3g} are beyond {dtype}; choose 'float64'"
        )
    return stored


def _repays(table: npt.NDArray[Any], work: float) -> bool:
    active, size = int(table.any(axis=1).sum()), table.shape[1]
    return bool(size > active and work * (size - active) > active**2 * size)
