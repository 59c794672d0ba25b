"""What training gives: histories of every method and seed, and verdicts on predicted variances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from roundlot.simulate.training import Bench

if TYPE_CHECKING:
    from roundlot.verify import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingResult:
    """One setup's training.

    Attributes:
        name, about, created: of the setup, and when (UTC).
        bench: histories by method, one a seed.
        clients, processors, budget: ``N``, ``V`` and the draws expected in a round.
        baseline: what others are compared with, or None.
        verdicts: by method, for those that were measured.
        setup: the TOML as parsed and changed.
        versions: what it was made with.
        warnings: what was warned of, once each.
    """

    name: str
    about: str
    created: str
    bench: Bench
    clients: int
    processors: int
    budget: float
    baseline: str | None
    setup: Mapping[str, Any]
    versions: Mapping[str, str]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return next(iter(self.bench.histories.values()))[0].models

    @property
    def rounds(self) -> int:
        """Of every run."""
        return next(iter(self.bench.histories.values()))[0].rounds

    @property
    def classifies(self) -> bool:
        """Whether any model has an accuracy."""
        run = next(iter(self.bench.histories.values()))[0]
        return bool((run.accuracy == run.accuracy).any())

    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see `Bench.to_records`."""
        return self.bench.to_records(self.baseline)

    def to_record(self) -> dict[str, Any]:
        """Plain data: everything but the rounds, which are in tables and histories."""
        return {
            "format": "roundlot.train/1",
            "name": self.name,
            "about": self.about,
            "created": self.created,
            "clients": self.clients,
            "processors": self.processors,
            "models": list(self.models),
            "rounds": self.rounds,
            "seeds": list(self.bench.seeds),
            "budget": self.budget,
            "baseline": self.baseline,
            "methods": self.summary(),
            "verdicts": {name: asdict(verdict) for name, verdict in self.verdicts.items()},
            "warnings": list(self.warnings),
            "versions": dict(self.versions),
            "setup": dict(self.setup),
        }
