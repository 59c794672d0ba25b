"""A job: from a setup to a result, and from the result to the files of its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from roundlot.folders.checks import MARKER
from roundlot.folders.results import Contents, Drawn, ResultFolder

AnyResult = TypeVar("AnyResult")


def _no_pages(result: Any, figures: Sequence[Any]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Job(Generic[AnyResult]):
    """One kind of work; a new one is a record of these functions and a line in ``jobs``.

    Attributes:
        run: a setup to a result; what else it takes is its own.
        record: a result as JSON, in the file ``marker``; a folder is known again by its ``format``,
            which begins with ``roundlot.run/``.
        figures, tables: of a result.
        pages: of a result and its figures, by the names of their files.
        marker: the file that tells a folder of this job from anything else.
        sorted_out: whether figures and tables have folders of their own.
    """

    run: Callable[..., AnyResult]
    record: Callable[[AnyResult], str]
    figures: Callable[[AnyResult], Sequence[Drawn]]
    tables: Callable[[AnyResult], Mapping[str, Any]]
    pages: Callable[[AnyResult, Sequence[Any]], Mapping[str, str]] = _no_pages
    marker: str = MARKER
    sorted_out: bool = True

    def contents(self, result: AnyResult) -> Contents:
        """What the folder of a result holds; the record is written last."""
        figures = self.figures(result)
        return Contents(
            texts={**self.pages(result, figures), self.marker: self.record(result)},
            figures=figures,
            tables=self.tables(result),
            sorted_out=self.sorted_out,
        )

    def folder(self, path: str | Path, *, overwrite: bool = False) -> ResultFolder:
        """A place for a result of this job."""
        return ResultFolder(path=Path(path), marker=self.marker, overwrite=overwrite)

    def write(
        self, path: str | Path, result: AnyResult, *, overwrite: bool = False
    ) -> tuple[Path, ...]:
        """Write a result's folder whole or not at all; gives the paths at its top.

        Raises:
            FileExistsError: something is in the way; see `ResultFolder`.
            OSError: the place cannot be written.
        """
        return self.folder(path, overwrite=overwrite).write(self.contents(result))
