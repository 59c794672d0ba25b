"""A table with a row a client and a column for each constant: weight, smoothness, probability."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roundlot.fleet.tables import read_table, unique_clients
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientNumbers:
    """What a table says of its clients.

    Attributes:
        path: of the table.
        clients: their names.
        columns: ``(V,)`` each, by name; those that the table has.
    """

    path: Path
    clients: tuple[str, ...]
    columns: Mapping[str, FloatArray]

    def of(
        self, name: str, given: float | None = None, *, otherwise: float | None = None
    ) -> FloatArray:
        """``(V,)``: a column, or one number for all that was given apart.

        Raises:
            InvalidProblemError: both, or neither and nothing otherwise.
        """
        option = f"--{name.replace('_', '-')}"
        if name in self.columns:
            if given is not None:
                raise InvalidProblemError(
                    f"table of clients {self.path} has a column {name!r}, and {option} is given as "
                    "well; leave one out"
                )
            return self.columns[name]
        value = otherwise if given is None else given
        if value is None:
            raise InvalidProblemError(
                f"table of clients {self.path} has no column {name!r}; add it, or give {option} "
                "for all clients"
            )
        return np.full(len(self.clients), float(value))


def read_client_numbers(
    path: str | os.PathLike[str], known: Sequence[str], *, needed: Sequence[str] = ()
) -> ClientNumbers:
    """The columns of a CSV or Parquet table with a column ``client``.

    Args:
        path: of the table.
        known: columns that it may have.
        needed: those that it must have.

    Raises:
        InvalidProblemError: a column that is missing or unknown, a client twice, a cell that is no
            finite number of at least 0.
    """
    table = read_table(path, "table of clients")
    clients = unique_clients(table)
    for name in needed:
        table.require(name)
    for name in table.columns:
        if name != "client" and name not in known:
            raise InvalidProblemError(
                f"table of clients {table.path} has a column {name!r} that is not read; "
                f"{closest(name, known)}"
            )
    columns = {}
    for name in known:
        if name in table.columns:
            values = table.numbers([name])[:, 0]
            wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
            if wrong.size:
                place = table.cell(name, int(wrong[0]))
                raise InvalidProblemError(
                    f"table of clients {table.path}: {place} is {values[wrong[0]]:g}; give a "
                    "finite number of at least 0"
                )
            columns[name] = values
    return ClientNumbers(path=table.path, clients=clients, columns=columns)
