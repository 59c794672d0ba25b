"""A table in Parquet as blocks of a problem, and its probabilities as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar

from roundlot.solvers.coupled.program import Shared
from roundlot.solvers.streams.blocks import Block
from roundlot.solvers.streams.proof import Plan, Terms, finished
from roundlot.stream.labels import look_at, whole_groups
from roundlot.stream.limits import Limits
from roundlot.stream.scores import ParquetScores
from roundlot.stream.writing import Writer
from roundlot.theory import InfeasibleError, InvalidProblemError

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True, eq=False)
class ParquetProblem:
    """A table in Parquet under any upper limits (:class:`Blocks`).

    Attributes:
        scores: the table, or a range of its rows.
        limits: of the same rows.
        edges: rows at which parts for several machines begin, and the end.
    """

    scores: ParquetScores
    limits: Limits
    edges: tuple[int, ...] = ()

    @classmethod
    def of(cls, scores: ParquetScores, limits: Limits) -> ParquetProblem:
        """Looks at the names of clients and groups with caps, and at the shapes of arrays.

        Raises:
            InvalidProblemError: groups that do not lie together, caps of nobody, columns without
                numbers, arrays of another shape.
        """
        edges = scores.row_groups
        none = scores.unreachable() if isinstance(limits.model_floors, Real) else ()
        limits = replace(limits, total=edges[-1], unreachable=none)
        limits.check(scores.models, edges[-1], scores.files[0])
        found = cls(scores=scores, limits=limits, edges=edges)
        levels = limits.levels
        scores.require_numbers(tuple(x for x in limits.columns if x not in levels))
        if not levels:
            return found
        given = zip(limits.level_caps, limits.level_floors, strict=True)
        capped = [
            frozenset(name for x in pair if isinstance(x, Mapping) for name in x) for pair in given
        ]
        tree = look_at(
            lambda: whole_groups(scores.batches(levels), levels[-1]),
            levels,
            capped,
            edges[:-1],
            scores.place,
        )
        for column, unknown in zip(levels, tree.unknown, strict=True):
            if unknown:
                what = _limit_of(limits, column, unknown[0])
                raise InvalidProblemError(
                    f"there is a {what} of {unknown[0]!r}, which is not in column {column!r} of "
                    f"{scores.files[0]}; take it out, or mend the name"
                )
        return replace(found, edges=tuple(dict.fromkeys((*tree.edges, edges[-1]))))

    @property
    def rows(self) -> int:
        """Of the whole table."""
        return self.limits.total

    def parts(self) -> list[ParquetProblem]:
        """One for each row group, ended where a group of rows ends, for several machines."""
        return [
            replace(
                self,
                scores=replace(self.scores, rows=(first, last)),
                limits=self.limits.part(first, last),
            )
            for first, last in zip(self.edges[:-1], self.edges[1:], strict=True)
        ]

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(block, *arguments)`` over all blocks."""
        found: Any = None
        columns = tuple(dict.fromkeys((*self.scores.models, *self.limits.columns)))
        for batch, at in self._batches(columns):
            part = self._of_block(batch, at, function, *arguments)
            found = part if found is None else found + part
        if found is None:
            raise InvalidProblemError(f"{self.scores.files[0]} holds no rows; give at least one")
        return found  # type: ignore[no-any-return]

    def of_whole(self, function: Callable[[Block], Found]) -> Found:
        """``function`` of all rows as one block: for tables that fit into memory."""
        import pyarrow as pa

        columns = tuple(dict.fromkeys((*self.scores.models, *self.limits.columns)))
        table = pa.Table.from_batches([batch for batch, _ in self._batches(columns)])
        (batch,) = table.combine_chunks().to_batches()
        return self._of_block(batch, 0, function)

    def write(self, place: Path | None, shared: Shared, plan: Plan) -> Terms:
        """Writes probabilities to a file, or nowhere; what they cost and prove."""
        found: Any = None
        with Writer(scores=self.scores, place=place) as writer:
            for batch, at in self._batches(None):
                p, terms = self._of_block(batch, at, finished, shared, plan)
                found = terms if found is None else found + terms
                writer.write(batch, p)
        assert found is not None
        return found  # type: ignore[no-any-return]

    def _batches(self, columns: tuple[str, ...] | None) -> Iterator[tuple[Any, int]]:
        """Batches of whole groups, and their first rows."""
        levels = self.limits.levels
        at = 0 if self.scores.rows is None else self.scores.rows[0]
        batches = self.scores.batches(columns)
        for batch in whole_groups(batches, levels[-1] if levels else None):
            if batch.num_rows:
                yield batch, at
            at += batch.num_rows

    def _of_block(
        self, batch: Any, at: int, function: Callable[..., Found], *arguments: Any
    ) -> Found:
        """``function`` of a block; what is wrong with it is said with names of rows."""
        try:
            return function(self._block(batch, at, None), *arguments)
        except (InvalidProblemError, InfeasibleError):
            self.scores.read(batch)  # a NaN has a message of its own
            return function(self._block(batch, at, self._row_names(batch, at)), *arguments)

    def _block(self, batch: Any, at: int, rows: tuple[str, ...] | None) -> Block:
        return Block(problem=self.limits.problem(batch, self.scores.models, at, rows), first=at)

    def _row_names(self, batch: Any, at: int) -> tuple[str, ...]:
        """A name for every row: of the client, and the row."""
        rows = [self.scores.place(at + v) for v in range(batch.num_rows)]
        if "client" not in self.scores.names:
            return tuple(rows)
        there = replace(self.scores, rows=(at, at + batch.num_rows)).batches(("client",))
        clients = [client for part in there for client in part.column("client").to_pylist()]
        return tuple(f"{client}, {row}" for client, row in zip(clients, rows, strict=True))


def _limit_of(limits: Limits, column: str, name: str) -> str:
    caps = limits.level_caps[limits.levels.index(column)]
    return "cap" if isinstance(caps, Mapping) and name in caps else "floor"


def write_rows(problem: ParquetProblem, place: Path | None, shared: Shared, plan: Plan) -> Terms:
    """As :meth:`ParquetProblem.write`, for a worker."""
    return problem.write(place, shared, plan)
