"""FedScale's maps of clients as partitions: who holds how many samples of which label.

A map has a row for every sample, with ``client_id``, ``sample_path`` and ``label_id``. The paths
are those of FedScale's own copy of a data set and are not followed: a client gets as many samples
of every label as the map gives it, drawn from the data at hand.

Source: Lai et al., "FedScale", ICML 2022, ``client_data_mapping`` of its data sets.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.tasks.partitions import deal
from roundlot.simulate.tasks.streams import generator
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray, read_only
from roundlot.theory.plain_files import NotPlainError, text_in
from roundlot.theory.random_streams import PARTITION
from roundlot.theory.text import plural

_CLIENT, _SAMPLE, _LABEL = "client_id", "sample_path", "label_id"


def load_client_map(path: str | Path) -> IntArray:
    """``(N, C)``, how many samples of every label each client holds, in order of first rows.

    Args:
        path: a CSV of FedScale: a header with ``client_id``, ``sample_path`` and ``label_id``, a
            row for every sample; labels are numbers from 0.

    Raises:
        InvalidProblemError: no such file, no such columns, no rows, a row cut short, or a label
            that is no whole number from 0; names the file and the line.
    """
    return _counts(Path(path))


def by_client_map(
    labels: npt.ArrayLike, n_clients: int, *, client_map: str | Path, seed: int = 0
) -> IntArray:
    """``(n,)``, the owner of every sample as a map of clients has them, −1 for those left over.

    Args:
        labels: ``(n,)``, the label of every sample.
        n_clients: ``N``, the first so many clients of the map.
        client_map: the file; see `load_client_map`.
        seed: fixes which samples of its labels each client gets.

    Raises:
        InvalidProblemError: as `load_client_map`; fewer clients in the map; labels that the data
            have not, or not so many of, with how many clients there are enough for.
    """
    check_count(n_clients, "n_clients", 1)
    y, table = np.asarray(labels), load_client_map(client_map)
    if n_clients > len(table):
        raise InvalidProblemError(
            f"{client_map} has {len(table)} {plural(len(table), 'client')}, and n_clients is "
            f"{n_clients}; take as many at most"
        )
    supply = np.bincount(y, minlength=table.shape[1])[: table.shape[1]]
    short = np.cumsum(table, axis=0) > supply
    if short[n_clients - 1].any():
        label = int(np.flatnonzero(short[n_clients - 1])[0])
        wanted, enough = int(table[:n_clients, label].sum()), int((~short.any(axis=1)).sum())
        raise InvalidProblemError(
            f"{client_map} gives {n_clients} {plural(n_clients, 'client')} {wanted} "
            f"{plural(wanted, 'sample')} of label {label}, and the data have {supply[label]}; there"
            f" are enough for the first {enough}"
        )
    return deal(y, table[:n_clients], generator(seed, PARTITION))


@cache
def _counts(path: Path) -> IntArray:
    try:
        reader = csv.reader(io.StringIO(text_in(path)))
        header = next(reader, [])
    except FileNotFoundError:
        raise InvalidProblemError(f"there is no map of clients {path}") from None
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidProblemError(f"{path} is no map of clients: {error}") from None
    names = [name.strip() for name in header]
    if not {_CLIENT, _SAMPLE, _LABEL} <= {*names}:
        raise InvalidProblemError(
            f"{path} has the columns {', '.join(names)[:80] or 'none'}; a map of clients has "
            f"{_CLIENT}, {_SAMPLE} and {_LABEL}"
        )
    who, what = names.index(_CLIENT), names.index(_LABEL)
    clients: dict[str, int] = {}
    pairs = []
    for row in reader:
        if not row:
            continue
        label = row[what].strip() if len(row) == len(names) else ""
        if not (label.isascii() and label.isdigit() and len(label) < 10):
            raise InvalidProblemError(
                f"{path}, line {reader.line_num}: {_LABEL} is {label!r:.40}; give a whole number "
                "from 0, and as many cells as the header has"
            )
        pairs.append((clients.setdefault(row[who].strip(), len(clients)), int(label)))
    if not pairs:
        raise InvalidProblemError(f"{path} has no rows; give one for every sample")
    owners, labels = np.array(pairs).T
    table = np.zeros((len(clients), int(labels.max()) + 1), dtype=np.int64)
    np.add.at(table, (owners, labels), 1)
    return read_only(table)
