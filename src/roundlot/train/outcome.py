"""What training of either kind gives: histories that can be shown, drawn and written down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from roundlot.simulate.runs.paired_runs import PairedRuns

if TYPE_CHECKING:
    from roundlot.report.figures import ReportFigure
    from roundlot.verify import Verdict

AnyBench = TypeVar("AnyBench", bound=PairedRuns[Any])


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome(ABC, Generic[AnyBench]):
    """One setup's training.

    Attributes:
        name, about, created: of the setup, and when (UTC).
        bench: histories by method, one a seed.
        baseline: what others are compared with, or None.
        setup: the TOML as parsed and changed.
        versions: what it was made with.
        verdicts: by method.
        warnings: what was warned of, once each.
        format: of the record. template: of the page.
    """

    name: str
    about: str
    created: str
    bench: AnyBench
    baseline: str | None
    setup: Mapping[str, Any]
    versions: Mapping[str, str]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    format: ClassVar[str]
    template: ClassVar[str]

    @property
    def rounds(self) -> int:
        """Of every run."""
        return int(self._first.rounds)

    @property
    def classifies(self) -> bool:
        """Whether any model has an accuracy."""
        return bool(np.isfinite(self._first.accuracy).any())

    @abstractmethod
    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see the bench's ``to_records``."""

    @abstractmethod
    def headline(self) -> str:
        """What was found, in one sentence."""

    @abstractmethod
    def figures(self) -> tuple[ReportFigure, ...]:
        """Every figure that there are numbers for, in the order of the page."""

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Records by the table's name: summary, evaluations, rounds.

        ``method`` is the name in the setup, of which there may be several with one method.
        """
        runs = [(name, run) for name, row in self.bench.histories.items() for run in row]
        return {
            "summary": self.summary(),
            "evaluations": [
                row | {"method": name} for name, run in runs for row in run.to_records()
            ],
            "rounds": [
                row | {"method": name} for name, run in runs for row in run.to_round_records()
            ],
        }

    def to_record(self) -> dict[str, Any]:
        """Plain data: everything but the rounds, which are in tables and histories."""
        return {
            "format": self.format,
            "name": self.name,
            "about": self.about,
            "created": self.created,
            **self._facts(),
            "rounds": self.rounds,
            "seeds": list(self.bench.seeds),
            "baseline": self.baseline,
            "methods": self.summary(),
            "verdicts": {name: asdict(verdict) for name, verdict in self.verdicts.items()},
            "warnings": list(self.warnings),
            "versions": dict(self.versions),
            "setup": dict(self.setup),
        }

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """What is said of this kind of training in its record."""

    @property
    def _first(self) -> Any:
        return next(iter(self.bench.histories.values()))[0]
