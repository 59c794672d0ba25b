"""The same passes on the workers of a Dask cluster, a row group at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from roundlot.stream.parquet import ParquetScores

FAN_IN = 8

Found = TypeVar("Found")


class ClusterScores:
    """Scores whose row groups are read by workers (:class:`Blocks`); only sums travel.

    Args:
        client: a ``dask.distributed.Client``.
        scores: files that every worker sees under the same names.
    """

    def __init__(self, client: Any, scores: ParquetScores) -> None:
        self.client = client
        self.parts = scores.parts()

    def total(self, function: Callable[..., Found], *arguments: Any) -> Found:
        """The sum of ``function(scores, *arguments)`` over all row groups, added in a tree."""
        found = [
            self.client.submit(part.total, function, *arguments, pure=False) for part in self.parts
        ]
        return self._added(found)  # type: ignore[no-any-return]

    def write(self, level: Any, folder: Path) -> Any:
        """Every worker writes the probabilities of its row groups to files of its own."""
        from roundlot.stream.solving import write_part

        found = [
            self.client.submit(
                write_part, part, level, folder / f"part-{index:05d}.parquet", pure=False
            )
            for index, part in enumerate(self.parts)
        ]
        return self._added(found)

    def _added(self, found: list[Any]) -> Any:
        while len(found) > 1:
            found = [
                self.client.submit(_add, found[start : start + FAN_IN], pure=False)
                for start in range(0, len(found), FAN_IN)
            ]
        return found[0].result()


def _add(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
