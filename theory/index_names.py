"""What a column is called that counts the rows or names the clients, and so is no model."""

from __future__ import annotations

import re

import numpy as np

from roundlot.theory.arrays import AnyArray

#: What pandas calls an index that it writes as a column, in CSV and in Parquet.
_INDEX = re.compile(r"(Unnamed: \d+(\.\d+)*|__index_level_\d+__|)")
#: What people and programs call a column that counts the rows; it may also be a model.
_COUNTERS = frozenset(
    ("index", "level_0", "row", "row_nr", "row_number", "rownames", "idx", "rn", "#")
)
#: What they call the names of clients, in small letters and digits; it may also be a model.
_CLIENTS = frozenset(
    (
        *("client", "clients", "clientid", "clientname", "clientidx", "clientindex", "cid"),
        *("user", "users", "userid", "username", "uid", "device", "deviceid", "nodeid"),
        *("id", "name", "names", "partitionid"),
    )
)
_TELLING = 10  # so many rows in order are no chance


def is_index(name: str) -> bool:
    """Whether a column is called as pandas calls an index that it writes."""
    return _INDEX.fullmatch(name.strip()) is not None


def may_be_index(name: str) -> bool:
    """Whether a column is called like one that counts the rows."""
    return name.strip().lower() in _COUNTERS


def may_be_clients(name: str) -> bool:
    """Whether a column is called like one that names the clients."""
    return re.sub(r"[\W_]", "", name.lower()) in _CLIENTS


def why_no_model(name: str) -> str:
    """Why a column may be no model, by its name: "looks like an index"; nothing if it is one."""
    if is_index(name) or may_be_index(name):
        return "looks like an index that was saved with the table"
    if may_be_clients(name):
        return "looks like the names of clients"
    return ""


def counts_rows(values: AnyArray) -> bool:
    """Whether the numbers are 0, 1, 2, ... or 1, 2, 3, ..., so many that it is no chance."""
    return values.size >= _TELLING and in_order(values)


def in_order(values: AnyArray) -> bool:
    """Whether the numbers are 0, 1, 2, ... or 1, 2, 3, ..."""
    steps = np.arange(values.size)
    return bool(np.array_equal(values, steps) or np.array_equal(values, steps + 1))
