"""Names of clients and groups in columns, and where blocks of rows may end.

A client or group with a cap is held whole by one block of rows. So rows of a group of the coarsest
level lie together, and a pass over the columns of names alone sees to it, with eight bytes for each
name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray, WordArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Labels:
    """Who or what is in every row of a batch.

    Attributes:
        names: different ones.
        numbers: ``(rows,)``, places in ``names``.
    """

    names: tuple[str, ...]
    numbers: IntArray = field(repr=False)

    @property
    def starts(self) -> IntArray:
        """The rows at which another name begins, 0 the first."""
        return np.flatnonzero(np.diff(self.numbers, prepend=-1)).astype(np.int64)


def labels_of(batch: Any, column: str) -> Labels:
    """The names in a column of a record batch.

    Raises:
        InvalidProblemError: an empty cell, a name with spaces around it, or a column of lists.
    """
    import pyarrow as pa

    values = batch.column(column)
    if values.null_count:
        raise InvalidProblemError(_EMPTY.format(column))
    if not hasattr(values, "indices"):
        try:
            view = pa.types.is_string_view(values.type)
            values = (values.cast(pa.large_string()) if view else values).dictionary_encode()
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise InvalidProblemError(
                f"column {column!r} is {values.type}; name clients and groups by text or numbers"
            ) from error
    used, numbers = np.unique(values.indices.to_numpy(), return_inverse=True)
    names = tuple(map(str, values.dictionary.take(_indices(used)).to_pylist()))
    for name in names:
        if name != name.strip() or not name:
            raise InvalidProblemError(
                f"column {column!r} names {name!r}; take off the spaces around it"
                if name.strip()
                else _EMPTY.format(column)
            )
    return Labels(names=names, numbers=numbers.reshape(-1).astype(np.int64))


_EMPTY = "column {!r} has an empty cell; name the client or group of every row"


def _indices(used: IntArray) -> Any:
    import pyarrow as pa

    return pa.array(used)


def whole_groups(batches: Iterable[Any], column: str | None) -> Iterator[Any]:
    """The same rows in record batches that hold the groups of a column whole, where they lie
    together; as they are without one.
    """
    if column is None:
        yield from batches
        return
    held: list[Any] = []
    last: str | None = None
    for batch in batches:
        labels = labels_of(batch, column)
        starts = labels.starts.tolist()
        if labels.names[labels.numbers[0]] == last:
            starts = starts[1:]
        last = labels.names[labels.numbers[-1]]
        cut = starts[-1] if starts else None
        if cut is not None:
            ready = [*held, *([batch.slice(0, cut)] if cut else [])]
            if ready:
                yield _joined(ready)
            held = [batch.slice(cut)]
        else:
            held.append(batch)
    if held:
        yield _joined(held)


def _joined(batches: list[Any]) -> Any:
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return table.to_batches()[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """What a pass over the columns of names finds.

    Attributes:
        edges: for each given row the first from it on at which a block may begin.
        unknown: of each level, names with caps that no row has.
    """

    edges: tuple[int, ...]
    unknown: tuple[tuple[str, ...], ...]


def look_at(
    batches: Callable[[], Iterator[Any]],
    levels: Sequence[str],
    capped: Sequence[frozenset[str]],
    rows: Sequence[int],
    place: Callable[[int], str],
) -> Tree:
    """Whether groups lie together and inside each other, over batches of whole groups.

    Args:
        batches: the columns of names, from the start whenever it is called.
        levels: their names, the finest first.
        capped: of each the names that have caps of their own.
        rows: where parts should begin, ascending.
        place: says a row in words.

    Raises:
        InvalidProblemError: a group that comes back later, or lies in two groups of the next level.
    """
    seen: list[list[WordArray]] = [[] for _ in levels]
    missing = [set(names) for names in capped]
    edges, at = [-1] * len(rows), 0
    for batch in batches():
        for depth, column in enumerate(levels):
            labels = labels_of(batch, column)
            seen[depth].append(_hashes(labels.names))
            missing[depth].difference_update(labels.names)
            if depth == len(levels) - 1:
                starts = labels.starts
                _require_together(labels, starts, column, levels, at, place)
                _put_edges(edges, rows, starts + at)
        at += batch.num_rows
    edges = [at if edge < 0 else edge for edge in edges]
    doubled = [_doubled(parts) for parts in seen]
    if any(words.size for words in doubled):
        _refuse_doubled(batches(), levels, doubled, place)
    return Tree(edges=tuple(edges), unknown=tuple(tuple(sorted(names)) for names in missing))


def _put_edges(edges: list[int], rows: Sequence[int], starts: IntArray) -> None:
    for i, row in enumerate(rows):
        if edges[i] < 0 and row <= int(starts[-1]):
            edges[i] = int(starts[np.searchsorted(starts, row)])


def _hashes(names: Sequence[str]) -> WordArray:
    words = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(words), dtype=np.uint64)


def _doubled(parts: list[WordArray]) -> WordArray:
    every, counts = np.unique(np.concatenate([np.zeros(0, np.uint64), *parts]), return_counts=True)
    return every[counts > 1]


def _require_together(
    labels: Labels,
    starts: IntArray,
    column: str,
    levels: Sequence[str],
    at: int,
    place: Callable[[int], str],
) -> None:
    if starts.size == len(labels.names):
        return
    runs = labels.numbers[starts]
    _, first = np.unique(runs, return_index=True)
    again = int(np.setdiff1d(np.arange(runs.size), first)[0])
    _refuse(column, labels.names[runs[again]], levels, place(at + int(starts[again])))


def _refuse_doubled(
    batches: Iterator[Any],
    levels: Sequence[str],
    doubled: Sequence[WordArray],
    place: Callable[[int], str],
) -> None:
    """Finds the names again that may be there twice; two names can have one hash."""
    known: list[set[str]] = [set() for _ in levels]
    at = 0
    for batch in batches:
        for depth, column in enumerate(levels):
            labels = labels_of(batch, column)
            some = np.isin(_hashes(labels.names), doubled[depth])
            for number in np.flatnonzero(some).tolist():
                name = labels.names[number]
                if name in known[depth]:
                    row = place(at + int(np.argmax(labels.numbers == number)))
                    _refuse(column, name, levels, row)
                known[depth].add(name)
        at += batch.num_rows


def _refuse(column: str, name: str, levels: Sequence[str], row: str) -> None:
    order = ", ".join(reversed(levels))
    if column == levels[-1]:
        raise InvalidProblemError(
            f"{name!r} of column {column!r} comes back later ({row}); rows that share a limit must "
            f"lie together: sort the table by {order}"
        )
    raise InvalidProblemError(
        f"{name!r} of column {column!r} is also outside of the group of column {levels[-1]!r} that "
        f"it was in before ({row}); give levels from the finest to the coarsest, each inside the "
        "next"
    )
