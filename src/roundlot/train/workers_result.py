"""What training with workers gives: histories, what is known of every mixing, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from roundlot.simulate.workers import WorkerBench

if TYPE_CHECKING:
    from roundlot.verify import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkersResult:
    """One setup's training with workers.

    Attributes:
        name, about, created: of the setup, and when (UTC).
        bench: histories by method, one a seed.
        baseline, target: what others are compared with; the objective that is to be reached.
        mixing: a record for every method that mixes over a graph: graph, budget, links a round,
            predicted and empirical ``ρ``, the theory's rate or why it is refused.
        verdicts: on the mixing matrices that were drawn, by method.
        setup: the TOML as parsed and changed.
        versions, warnings: what it was made with, what was warned of.
    """

    name: str
    about: str
    created: str
    bench: WorkerBench
    baseline: str | None
    target: float | None
    mixing: tuple[Mapping[str, Any], ...]
    setup: Mapping[str, Any]
    versions: Mapping[str, str]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def n_workers(self) -> int:
        """``n``."""
        return next(iter(self.bench.histories.values()))[0].n_workers

    @property
    def rounds(self) -> int:
        """Of every run."""
        return next(iter(self.bench.histories.values()))[0].rounds

    @property
    def classifies(self) -> bool:
        """Whether the model has an accuracy."""
        return next(iter(self.bench.histories.values()))[0].classifies

    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see `WorkerBench.to_records`."""
        return self.bench.to_records(self.baseline, self.target)

    def headline(self) -> str:
        """What was found, in one sentence."""
        names = self.bench.methods
        best = min(names, key=lambda name: self.bench.interval(name).mean)
        text = f"{best} has the least objective, {self.bench.interval(best)}"
        if self.target is not None:
            seconds = {name: self.bench.until(name, self.target).mean() for name in names}
            first = min(seconds, key=lambda name: float(seconds[name]))
            if seconds[first] < float("inf"):
                text += f"; {first} is first at {self.target:g}, after {seconds[first]:.4g} s"
        text += f", {self.rounds} rounds of {self.n_workers} workers"
        seeds = len(self.bench.seeds)
        return text + (f" ({seeds} seeds)" if seeds > 1 else "")

    def to_record(self) -> dict[str, Any]:
        """Plain data: everything but the rounds, which are in tables and histories."""
        return {
            "format": "roundlot.train.workers/1",
            "name": self.name,
            "about": self.about,
            "created": self.created,
            "workers": self.n_workers,
            "rounds": self.rounds,
            "seeds": list(self.bench.seeds),
            "baseline": self.baseline,
            "target": self.target,
            "methods": self.summary(),
            "mixing": [dict(row) for row in self.mixing],
            "verdicts": {name: asdict(verdict) for name, verdict in self.verdicts.items()},
            "warnings": list(self.warnings),
            "versions": dict(self.versions),
            "setup": dict(self.setup),
        }
