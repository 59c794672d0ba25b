"""What a function is given beside a problem, by name, in the order of the problem's scores.

What has no labels, or labels that merely count, is taken as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.theory.labels import label_of, library_of, require_unlabelled
from roundlot.theory.problem.naming import aligned, by_label, in_row_order
from roundlot.theory.problem.tables import labelled_table

if TYPE_CHECKING:
    from roundlot.theory.problem.problem import Problem

Names = tuple[str, ...]


def in_order_of_pairs(problem: Problem, given: Any, name: str) -> Any:
    """``(V, S)`` in the order of the scores; NaN where a frame holds no value.

    Raises:
        InvalidProblemError: labels that the problem does not have, or no table.
    """
    rows, models = problem.names.rows, problem.names.models
    if _as_it_stands(given, rows, models):
        return given
    table = labelled_table(given, name, nan=True)
    if table is None:
        require_unlabelled(given, name)
        return given
    values = table.values
    for labels, wanted, what in ((table.rows, rows, "client"), (table.columns, models, "model")):
        size = len(values)
        counting = labels is None or labels == tuple(map(str, range(size)))
        if not counting or _is_counted(wanted, size):
            if wanted is None:
                require_unlabelled(given, name)
            elif labels is not None or library_of(given) == "pandas":
                known = tuple(map(str, range(size))) if labels is None else labels
                values = aligned(values, known, wanted, name, what)
        values = values.T
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)


def in_order_of_rows(problem: Problem, given: Any, name: str) -> Any:
    """``(V,)`` in the order of the rows of the scores.

    Raises:
        InvalidProblemError: labels that the problem does not have.
    """
    rows = problem.names.rows
    if _as_it_stands(given, rows):
        return given
    if rows is None or hasattr(given, "columns"):
        require_unlabelled(given, name)
    return in_row_order(given, name, rows, problem.n_processors)


def in_order_of_models(problem: Problem, given: Any, name: str) -> Any:
    """``(S,)`` in the order of the models.

    Raises:
        InvalidProblemError: labels that the problem does not have.
    """
    models = problem.names.models
    if _as_it_stands(given, models):
        return given
    if models is None or hasattr(given, "columns"):
        require_unlabelled(given, name)
    return by_label(given, name, models or (), "model")


def _as_it_stands(given: Any, *names: Names | None) -> bool:
    """Whether it is read by position: no labels, or labels that count where no names do."""
    if label_of(given) is not None:
        return False
    return library_of(given) != "pandas" or not any(
        _is_counted(known, len(known)) for known in names if known is not None
    )


def _is_counted(names: Names | None, size: int) -> bool:
    """Whether the names are 0, 1, 2, ... in some order."""
    return names is not None and set(names) == set(map(str, range(size)))
