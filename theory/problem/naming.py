"""The names in a problem, and what is given by name put in the order of the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.theory.arrays import AnyArray, IntArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.labels import library_of
from roundlot.theory.names import closest, names_of, require_different
from roundlot.theory.problem import checks
from roundlot.theory.problem.tables import (
    Labelled,
    index_of,
    labelled_column,
    labelled_table,
    table_of_truths,
)


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a problem's rows, columns and limits are called; None where nobody named them.

    Attributes:
        rows: ``V``: of the client or, with ``processors``, the processor in every row.
        processors: whether rows are processors that have names of their own.
        clients: ``N``, in the order of their numbers.
        models: ``S``.
        groups: of each level, the names of its groups.
        costs: ``K``, of the cost rows.
        library: of the scores as they were given: "pandas", "polars" or None; the same problem in
            another library is equal.
    """

    rows: tuple[str, ...] | None = None
    processors: bool = False
    clients: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    groups: tuple[tuple[str, ...] | None, ...] = ()
    costs: tuple[str, ...] | None = None
    library: str | None = field(default=None, compare=False)

    def row(self, v: int) -> str:
        """Who is in a row, in words: "client 'ann'", or "processor 3"."""
        if self.rows is None:
            return f"processor {v}"
        if self.processors:
            return f"processor {self.rows[v]!r}"
        return f"{'a processor of ' if self._repeat else ''}client {self.rows[v]!r}"

    def model(self, s: int) -> str:
        """ "model 'digits'", or "model 1"."""
        return f"model {s if self.models is None else repr(self.models[s])}"

    def plain_rows(self, count: int) -> tuple[str, ...]:
        """Names for a table of ``count`` rows: numbers where there are none."""
        return tuple(map(str, range(count))) if self.rows is None else self.rows

    def plain_models(self, count: int) -> tuple[str, ...]:
        """Names for a table of ``count`` models: "model 0", ... where there are none."""
        return tuple(f"model {s}" for s in range(count)) if self.models is None else self.models

    @cached_property
    def _repeat(self) -> bool:
        return self.rows is not None and len(set(self.rows)) < len(self.rows)


def names_of_scores(
    read: Labelled | None,
    shape: tuple[int, ...],
    *,
    before: Names | None,
    clients: Any,
    models: Any,
    client: Any,
) -> tuple[Names, Any]:
    """The names of rows, clients and models, and the client of every row as numbers or None.

    Args:
        read: the scores, if they had labels.
        shape: of the scores.
        before: names of the problem that this one is a variant of.
        clients, models, client: as `Problem` takes them.

    Raises:
        InvalidProblemError: too many or too few names, a name twice, names that contradict.
    """
    kept = before or Names()
    rows = kept.rows if read is None or read.rows is None else read.rows
    columns = kept.models if read is None else read.columns
    if read is None and models is not None:
        columns = names_of(models, "model")
        require_different(columns, "model")
        if "client" in columns:
            raise InvalidProblemError("a model is called 'client'; give it another name")
    cure = "" if before is None else "; say names=None, and give clients and models"
    _require_count(columns, shape[1], "names of models", f"columns{cure}")
    _require_count(rows, shape[0], "names of rows", f"rows{cure}")
    given = None if clients is None else names_of(clients, "client")
    if given is not None:
        require_different(given, "client")
    owner, known = _owners(client, rows, given or kept.clients, shape[0])
    own_names = kept.processors
    if owner is None:
        rows, owner, known = _clients_are_rows(rows, given or known, shape[0])
    elif known is not None:
        owner = _numbers_below(owner, known, shape[0])
        of_rows = tuple(known[i] for i in owner.tolist())
        own_names = rows is not None and rows != of_rows and len(set(rows)) == len(rows)
        rows = rows if own_names else of_rows
    else:
        own_names = rows is not None
    names = Names(
        rows=rows,
        processors=own_names,
        clients=known,
        models=columns,
        groups=kept.groups,
        costs=kept.costs,
        library=kept.library if read is None else read.library,
    )
    return names, owner


def _clients_are_rows(
    rows: tuple[str, ...] | None, given: tuple[str, ...] | None, count: int
) -> tuple[tuple[str, ...] | None, Any, tuple[str, ...] | None]:
    """Without ``client``: rows of one name are processors of one client."""
    if rows is None:
        _require_count(
            given, count, "names of clients", "rows; give client=, the client of every row"
        )
        return given, None, given
    unique = tuple(dict.fromkeys(rows))
    if given is not None and set(given) != set(unique):
        other = next(iter(set(given) ^ set(unique)))
        raise InvalidProblemError(f"clients and the rows of scores do not agree on {other!r}")
    if len(unique) == len(rows):
        return rows, None, rows
    known = given or unique
    number = {name: i for i, name in enumerate(known)}
    return rows, np.array([number[name] for name in rows], dtype=np.int64), known


def _owners(
    client: Any, rows: tuple[str, ...] | None, known: tuple[str, ...] | None, count: int
) -> tuple[Any, tuple[str, ...] | None]:
    if client is None:
        return None, known
    values = in_row_order(client, "client", rows, count)
    return numbered(values, "client", known)


def counting_labels(
    rows: tuple[str, ...] | None, wanted: tuple[str, ...], count: int, library: str | None
) -> tuple[str, ...] | None:
    """The labels of a column: those of a pandas index that merely counts only where they are names.

    pandas aligns by label, so 0, 1, 2, ... are names where the scores have the same in some order.
    """
    if rows is None and library == "pandas":
        numbers = tuple(map(str, range(count)))
        return numbers if set(numbers) == set(wanted) else None
    return rows


def in_row_order(given: Any, name: str, rows: tuple[str, ...] | None, count: int) -> Any:
    """Labels a row, in the order of the rows if they are given by name.

    Raises:
        InvalidProblemError: a row's name that is unknown, missing or there twice.
    """
    wanted = rows or tuple(map(str, range(count)))
    if isinstance(given, Mapping):
        keys, held = names_of(given, f"{name}: label"), np.array(list(given.values()), dtype=object)
        return aligned(held, keys, wanted, name, "client").tolist()
    if hasattr(given, "columns"):
        raise InvalidProblemError(f"{name} is a table; give one of its columns, or an array")
    if library_of(given) == "pandas" and hasattr(given, "index"):
        labels = counting_labels(index_of(given, name), wanted, len(given), "pandas")
        values = np.array(given.tolist(), dtype=object)
        return (
            values if labels is None else aligned(values, labels, wanted, name, "client")
        ).tolist()
    return given.to_list() if library_of(given) == "polars" else given


def numbered(
    values: Any, name: str, known: tuple[str, ...] | None
) -> tuple[Any, tuple[str, ...] | None]:
    """Numbers from 0 for labels that are text, in the order of ``known`` or as they first appear.

    Raises:
        InvalidProblemError: a label that ``known`` does not have.
    """
    if not _are_texts(values):
        return values, known
    labels = names_of(values, name)
    order = known or tuple(dict.fromkeys(labels))
    number = {label: i for i, label in enumerate(order)}
    for label in labels:
        if label not in number:
            raise InvalidProblemError(f"{name} names {label!r}; {closest(label, order)}")
    return np.array([number[label] for label in labels], dtype=np.int64), order


def _are_texts(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.dtype.kind in "UO" and values.ndim == 1
    return isinstance(values, Sequence) and any(isinstance(value, str) for value in values)


def aligned(
    values: AnyArray,
    labels: tuple[str, ...],
    wanted: tuple[str, ...],
    name: str,
    what: str,
    *,
    default: float | None = None,
) -> AnyArray:
    """``values`` with ``labels`` in the order of ``wanted``, as often as they stand there.

    Args:
        values: ``(R,)`` or ``(R, ...)``.
        labels: what each is called.
        wanted: the order.
        name, what: the argument, and what labels are, for errors.
        default: of what has no label; by default that is refused.

    Raises:
        InvalidProblemError: a label that is unknown, missing or there twice.
    """
    if labels == wanted:
        return values
    require_different(labels, f"{name}: {what}")
    known = set(wanted)
    for label in labels:
        if label not in known:
            raise InvalidProblemError(
                f"{name} has {what} {label!r}, which is not in the problem; "
                + closest(label, wanted)
            )
    place = {label: at for at, label in enumerate(labels)}
    missing = [label for label in dict.fromkeys(wanted) if label not in place]
    if missing and default is None:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InvalidProblemError(f"{name} has no value for {what} {missing[0]!r}{more}; add it")
    if missing and default is not None:
        values = np.concatenate([values, [default]])
    return values[[place.get(label, -1) for label in wanted]]


def pair_table(given: Any, name: str, names: Names, shape: tuple[int, ...]) -> Any:
    """A table by client and model in the order of the scores; what has no labels stays as it is.

    Raises:
        InvalidProblemError: a label that is unknown, missing or there twice.
    """
    truth = name == "available"
    table = table_of_truths(given, name) if truth else labelled_table(given, name)
    if table is None:
        return given
    values = table.values
    wanted = names.rows or tuple(map(str, range(shape[0])))
    rows = counting_labels(table.rows, wanted, len(values), table.library)
    if rows is not None:
        values = aligned(values, rows, wanted, name, "client")
    wanted = names.models or tuple(map(str, range(shape[1])))
    return aligned(values.T, table.columns or (), wanted, name, "model").T


def by_label(
    given: Any, name: str, wanted: tuple[str, ...], what: str, *, default: float | None = None
) -> Any:
    """A column by client, group, model or currency in the order of ``wanted``.

    Raises:
        InvalidProblemError: a label that is unknown, missing or there twice.
    """
    column = labelled_column(given, name)
    if column is None:
        return given
    rows = counting_labels(column.rows, wanted, len(column.values), column.library)
    if rows is None:
        return column.values
    values = np.ma.asarray(column.values)
    if np.ma.is_masked(values):
        at = int(np.argmax(np.ma.getmaskarray(values)))
        raise InvalidProblemError(f"{name} of {what} {rows[at]!r} has no value; give a number")
    return aligned(np.asarray(values), rows, wanted, name, what, default=default)


def counted(names: tuple[str, ...] | None, count: int) -> tuple[str, ...]:
    """The names, or the numbers from 0 as text."""
    return names or tuple(map(str, range(count)))


def _require_count(names: tuple[str, ...] | None, count: int, what: str, of: str) -> None:
    if names is not None and len(names) != count:
        raise InvalidProblemError(f"there are {len(names)} {what}, and scores has {count} {of}")


def _numbers_below(owner: Any, known: tuple[str, ...], count: int) -> IntArray:
    numbers = checks.labels(owner, "client", count)
    if numbers.max() >= len(known):
        raise InvalidProblemError(
            f"client has number {int(numbers.max())}; {len(known)} clients are named, from 0"
        )
    return numbers
