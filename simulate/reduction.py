"""Directions ready for many rounds: rotated into fewer dimensions where that pays, losslessly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.updates import Updates

FloatArray = npt.NDArray[np.float64]

#: A flop of LAPACK's QR takes about half the time of one in the gather loop (9 to 40 against
#: 9 to 33 GFLOP/s on one core).
_QR_SPEED = 2.0


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
    design: Design, updates: Updates, rounds: int, dtype: str | None, *, reduce: bool | None = None
) -> Prepared:
    """Fold ``d / (B p)``, and reduce a model's directions if ``rounds`` are enough to repay it.

    ``reduce`` decides instead; models that are reduced have no coordinates in common.
    """
    p = design.probabilities
    factors = np.divide(updates.weights, p, out=np.zeros_like(p), where=p > 0.0)
    tables = []
    for model, table in enumerate(updates.directions):
        stored = table if dtype is None else table.astype(dtype, copy=False)
        work = rounds * float(p[:, model].sum())
        wanted = _repays(stored, work) if reduce is None else reduce
        reduced = reduce_dimensions(stored) if wanted else stored
        tables.append(reduced if dtype is None else reduced.astype(dtype, copy=False))
    targets = [
        updates.client_weights[:, model] @ table.astype(np.float64, copy=False)
        for model, table in enumerate(tables)
    ]
    return Prepared(directions=tuple(tables), targets=tuple(targets), factors=factors)


def reduce_dimensions(table: npt.NDArray[Any]) -> FloatArray:
    """``(N, k)`` float64, ``k`` the clients with a direction: the same inner products, by QR.

    With ``Gᵀ = Q R``, every ``‖Gᵀ e‖`` is ``‖R e‖``.
    """
    active = np.flatnonzero(table.any(axis=1))
    columns = table[active].astype(np.float64).T
    triangle = np.asarray(np.linalg.qr(columns, mode="r"), dtype=np.float64)
    reduced = np.zeros((len(table), max(triangle.shape[0], 1)))
    reduced[active, : triangle.shape[0]] = triangle.T
    return reduced


def _repays(table: npt.NDArray[Any], draws: float) -> bool:
    active, size = int(table.any(axis=1).sum()), table.shape[1]
    return bool(size > active and draws * (size - active) * _QR_SPEED > active**2 * size)
