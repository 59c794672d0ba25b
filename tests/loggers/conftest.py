"""A training of seconds, and a callback that keeps what it is told."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from roundlot.simulate.training import RunPoint, RunStart
from roundlot.train import TrainSetup, job

ODD = "stale/√ §"  # a name with what no file, and not every package, takes


@dataclass
class Kept:
    """What one run told."""

    run: RunStart
    points: list[RunPoint] = field(default_factory=list)
    summary: dict[str, float] | None = None
    error: BaseException | None = None

    def column(self, name: str) -> dict[int, float]:
        """A value by its round, wherever it is known."""
        return {one.round: one.values[name] for one in self.points if name in one.values}


@dataclass
class Listener:
    """A user's own callback."""

    runs: list[Kept] = field(default_factory=list)

    def start(self, run: RunStart) -> None:
        self.runs.append(Kept(run))

    def record(self, point: RunPoint) -> None:
        self.runs[-1].points.append(point)

    def end(self, summary: Any) -> None:
        self.runs[-1].summary = dict(summary)

    def failed(self, error: BaseException) -> None:
        self.runs[-1].error = error


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(autouse=True)
def only_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders without pages and figures, which take most of the time and tell nothing here."""
    bare = replace(job.TRAINING, figures=lambda outcome: (), pages=lambda outcome, drawn: {})
    monkeypatch.setattr(job, "TRAINING", bare)


@pytest.fixture
def setup() -> TrainSetup:
    """Two models, two methods, five rounds, evaluated every second one."""
    document: dict[str, Any] = {
        "tasks": {
            "kind": "digits",
            "models": 2,
            "clients": 6,
            "samples": 90,
            "network": "64-10",
            "seed": 0,
        },
        "local": {"epochs": 1},
        "run": {
            "rounds": 5,
            "seeds": 1,
            "budget": 3,
            "evaluate_every": 2,
            "measure": True,
            "engine": "plain",
            "device": "cpu",
            "checkpoint_every": 2,
        },
        "methods": ["random", {"method": "stale-vre", "name": ODD}],
    }
    return TrainSetup.of(document, name="tried")
