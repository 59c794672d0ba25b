"""What problems in memory know and tables in Parquet do not, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundlot.theory import InvalidProblemError

_WHOLE = "read the table whole and give it to roundlot.Problem"
_SOLVE = "read the table whole and use roundlot.solve"
#: By keyword: what is to be done instead.
NOT_OFFERED = {
    "model_variance_ceilings": _WHOLE,
    "weights": "no probability depends on it",
    "available": "write a null where a pair is not available",
    "clients": "name the clients in the column 'client' of the table",
    "names": "name the clients in the column 'client' of the table",
    "objective": _SOLVE,
    "alpha": _SOLVE,
    "method": _SOLVE,
    "participation_weight": _SOLVE,
    "constraints": _SOLVE,
}


def refuse_others(given: Mapping[str, Any], cluster: Any) -> None:
    """Refuses keywords of problems in memory, and clients' numbers in the place of a cluster.

    Raises:
        InvalidProblemError: by name, with what to do instead.
        TypeError: a keyword that neither knows.
    """
    for name in given:
        if name not in NOT_OFFERED:
            raise TypeError(f"solve_parquet() got an unexpected keyword argument {name!r}")
        raise InvalidProblemError(
            f"{name} is not offered for tables in Parquet; {NOT_OFFERED[name]}"
        )
    if cluster is not None and not hasattr(cluster, "submit"):
        raise InvalidProblemError(
            f"client is a {type(cluster).__name__}; give a dask.distributed.Client, and the names "
            "of clients as the column 'client' of the table"
        )
