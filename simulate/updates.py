"""The local updates of one round: every client's direction for every model, and their weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.array_files import load_arrays, save_arrays
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.cells import array_of, real_numbers
from roundlot.theory.names import entries_of
from roundlot.theory.positions import fields_by_position
from roundlot.theory.text import plural

_BLOCK_ROWS = 4096  # taken to float64 at a time, so that no table is copied whole
# what arrays of other files raise
_MALFORMED = (LookupError, TypeError, ValueError, OverflowError)


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, init=False)
class Updates:
    """Updates ``u_vs = weights[v, s] · G_is`` of the processors ``v`` of clients ``i = client[v]``.

    Args:
        directions: ``S`` tables ``(N, dim_s)``, float32 or float64: ``G_is``, zero rows where
            client ``i`` cannot train model ``s``.
        client: ``(V,)`` integers in ``[0, N)``, the client of every processor.
        weights: ``(V, S)``, ``d / B >= 0``.

    Arrays are copied and read-only. Sums and norms are taken in float64.

    Raises:
        InvalidProblemError: shapes that do not fit together, a NaN, an infinity, a negative
            weight, a client out of range.
    """

    directions: tuple[npt.NDArray[Any], ...]
    client: IntArray
    weights: FloatArray

    def __init__(
        self,
        *,
        directions: Sequence[npt.ArrayLike],
        client: npt.ArrayLike,
        weights: npt.ArrayLike,
    ) -> None:
        given = entries_of(directions, "give directions, one table (N, dim) per model")
        tables = tuple(_direction(table, s) for s, table in enumerate(given))
        _refuse_unequal(tables)
        rows = _clients(client, len(tables[0]))
        shares = _weights(weights, (len(rows), len(tables)))
        for array in (*tables, rows, shares):
            array.flags.writeable = False
        object.__setattr__(self, "directions", tables)
        object.__setattr__(self, "client", rows)
        object.__setattr__(self, "weights", shares)

    @property
    def n_clients(self) -> int:
        """``N``."""
        return int(self.directions[0].shape[0])

    @property
    def n_models(self) -> int:
        """``S``."""
        return len(self.directions)

    @property
    def n_processors(self) -> int:
        """``V``."""
        return int(self.client.size)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """``dim_s`` of every model."""
        return tuple(int(table.shape[1]) for table in self.directions)

    @cached_property
    def norms(self) -> FloatArray:
        """``(N, S)``, ``‖G_is‖``."""
        return read_only(np.stack([row_norms(table) for table in self.directions], axis=1))

    @cached_property
    def scores(self) -> FloatArray:
        """``(V, S)``, ``‖u_vs‖``: what a sampling problem takes as its scores."""
        return read_only(self.weights * self.norms[self.client])

    @cached_property
    def client_weights(self) -> FloatArray:
        """``(N, S)``, the sum of the weights of a client's processors, ``d``."""
        totals = np.zeros((self.n_clients, self.n_models))
        np.add.at(totals, self.client, self.weights)
        return read_only(totals)

    @cached_property
    def step_norms(self) -> FloatArray:
        """``(S,)``, ``‖Σ_v u_vs‖``: the length of the full-participation step."""
        steps = [self.full_step(s)[None] for s in range(self.n_models)]
        return read_only(np.array([row_norms(step)[0] for step in steps]))

    def full_step(self, model: int) -> FloatArray:
        """``(dim_s,)``, ``Σ_v u_vs``, the step of one model if everybody took part."""
        table, weights = self.directions[model], self.client_weights[:, model]
        step = np.zeros(table.shape[1])
        for first in range(0, len(table), _BLOCK_ROWS):
            block = slice(first, first + _BLOCK_ROWS)
            step += weights[block] @ table[block].astype(np.float64)
        return step

    def processor_updates(self, model: int) -> FloatArray:
        """``(V, dim_s)``, ``u_vs`` of one model."""
        weights = self.weights[:, model, None]
        return np.asarray(weights * self.directions[model][self.client], dtype=np.float64)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file in NumPy's npz format, without pickle; whole or not at all."""
        tables = {f"directions_{s}": table for s, table in enumerate(self.directions)}
        save_arrays(path, {"client": self.client, "weights": self.weights, **tables})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Updates:
        """Read what ``save`` wrote.

        Raises:
            InvalidProblemError: a file that is not such an archive.
        """
        try:
            arrays = load_arrays(path)
            weights = arrays["weights"]
            tables = [arrays[f"directions_{s}"] for s in range(weights.shape[1])]
            for name, array in arrays.items():
                if array.dtype.kind not in "iufb":
                    raise ValueError(f"{name} holds no numbers")
            return cls(directions=tables, client=arrays["client"], weights=weights)
        except InvalidProblemError:
            raise
        except _MALFORMED as error:
            raise InvalidProblemError(
                f"{path} does not hold updates ({error}); save them again"
            ) from error

    def __repr__(self) -> str:
        return (
            f"Updates({self.n_processors} {plural(self.n_processors, 'processor')} of "
            f"{self.n_clients} {plural(self.n_clients, 'client')}, "
            f"dimensions {self.dimensions})"
        )


def _direction(values: npt.ArrayLike, model: int) -> npt.NDArray[Any]:
    name = f"directions[{model}]"
    table = array_of(values, name)
    if table.dtype != np.float32 or np.ma.isMaskedArray(values):
        table = real_numbers(values, name)
    if table.ndim != 2 or 0 in table.shape:
        raise InvalidProblemError(
            f"directions[{model}] has shape {table.shape}; give clients x dimensions (N, dim)"
        )
    table = np.array(table, order="C")
    if not np.isfinite(table).all():
        row, column = (int(index) for index in np.argwhere(~np.isfinite(table))[0])
        raise InvalidProblemError(
            f"directions[{model}][{row}, {column}] is {table[row, column]}; it must be finite: "
            "lower the learning rate or drop the client"
        )
    return table


def _refuse_unequal(tables: tuple[npt.NDArray[Any], ...]) -> None:
    if not tables:
        raise InvalidProblemError("directions are empty; give one table (N, dim) per model")
    for model, table in enumerate(tables):
        if len(table) != len(tables[0]):
            raise InvalidProblemError(
                f"directions[{model}] has {len(table)} {plural(len(table), 'client')}; "
                f"directions[0] has {len(tables[0])}"
            )


def _clients(client: npt.ArrayLike, n_clients: int) -> IntArray:
    rows = array_of(client, "client")
    if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in "iu":
        raise InvalidProblemError(
            f"client has shape {rows.shape} and type {rows.dtype}; give one integer per processor"
        )
    outside = np.flatnonzero((rows < 0) | (rows >= n_clients))
    if outside.size:
        first = int(outside[0])
        raise InvalidProblemError(
            f"client[{first}] is {rows[first]}; there are clients 0 to {n_clients - 1}"
        )
    return np.asarray(rows, dtype=np.int64)


def _weights(weights: npt.ArrayLike, shape: tuple[int, int]) -> FloatArray:
    table = np.array(real_numbers(weights, "weights"))
    if table.shape != shape:
        raise InvalidProblemError(f"weights have shape {table.shape}; give {shape}")
    bad = ~(np.isfinite(table) & (table >= 0.0))
    if bad.any():
        row, column = (int(index) for index in np.argwhere(bad)[0])
        raise InvalidProblemError(
            f"weights[{row}, {column}] is {table[row, column]}; it must be finite, at least 0"
        )
    return table


def row_norms(table: npt.NDArray[Any]) -> FloatArray:
    """Norms of rows, scaled so that no square overflows or vanishes."""
    norms = np.zeros(len(table))
    for first in range(0, len(table), _BLOCK_ROWS):
        block = table[first : first + _BLOCK_ROWS].astype(np.float64)
        largest = np.abs(block).max(axis=1, keepdims=True)
        scaled = np.divide(block, largest, out=np.zeros_like(block), where=largest > 0.0)
        norms[first : first + len(block)] = largest[:, 0] * np.linalg.norm(scaled, axis=1)
    return norms


def reduce_dimensions(table: npt.NDArray[Any], device: str = "cpu") -> FloatArray:
    """``(N, k)`` float64, ``k`` the clients with a direction: the same inner products, by QR.

    With ``Gᵀ = Q R``, every ``‖Gᵀ e‖`` is ``‖R e‖``.
    """
    active = np.flatnonzero(table.any(axis=1))
    columns = table[active].astype(np.float64).T
    triangle = _triangle(columns, device)
    reduced = np.zeros((len(table), max(triangle.shape[0], 1)))
    reduced[active, : triangle.shape[0]] = triangle.T
    return reduced


def _triangle(columns: FloatArray, device: str) -> FloatArray:
    if device == "cpu":
        return np.asarray(np.linalg.qr(columns, mode="r"), dtype=np.float64)
    import torch

    factor = torch.linalg.qr(torch.tensor(columns, device=device), mode="r")
    return np.asarray(factor.R.cpu().numpy())
