"""A study of stragglers: what is asked, of which workers, and what was found."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.fleet.straggle_section import StraggleSettings
from roundlot.solvers import stragglers
from roundlot.straggle.trace import read_trace
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.simulate.workers.straggler_descent import TimeToTarget, Trajectories
    from roundlot.solvers.stragglers import (
        BestDeadline,
        Communication,
        Plan,
        RoundLaw,
        Stragglers,
    )
    from roundlot.verify.tests.verdict import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Workers:
    """The devices that were chosen: ``speed`` (n,) in samples/s, their times, their network."""

    names: tuple[str, ...]
    speed: FloatArray = field(repr=False)
    stragglers: Stragglers
    network: Communication
    linked: bool = True


def traced_workers(fleet: Any, settings: StraggleSettings, folder: Path) -> Workers:
    """Workers of a trace; their links are those of the fleet's clients of the same names.

    Raises:
        InvalidProblemError: a malformed trace, another number of workers than is asked for.
    """
    trace = read_trace(folder / str(settings.trace))
    n = len(trace.workers)
    if settings.workers not in (None, n):
        raise InvalidProblemError(
            f"the trace has {n} {plural(n, 'worker')} and workers is {settings.workers}; leave "
            "workers out"
        )
    if settings.units < n:
        raise InvalidProblemError(
            f"{settings.units} mini-batches do not go round the {n} workers of the trace; take a "
            "larger batch or smaller mini-batches"
        )
    places = {name: i for i, name in enumerate(fleet.clients)}
    linked = fleet.link is not None and all(name in places for name in trace.workers)
    link = [fleet.link[places[name]] for name in trace.workers] if linked else [np.inf]
    mean = trace.seconds.mean(axis=0)
    order = settings.trace_order or "independent"
    return Workers(
        names=trace.workers,
        speed=settings.unit / mean,
        stragglers=stragglers.Stragglers(
            seconds=mean, law=stragglers.Trace(factors=trace.seconds, order=order), per="step"
        ),
        network=stragglers.communication(
            settings.topology, n, model_bytes=settings.model_bytes, link=link
        ),
        linked=linked,
    )


def chosen_workers(fleet: Any, settings: StraggleSettings, folder: Path = Path()) -> Workers:
    """Workers from a fleet's devices.

    With an empirical model every worker is, in each step or mini-batch, a device of the fleet drawn
    at random; with the others it is one device, of its own speed.

    Raises:
        InvalidProblemError: a fleet without speeds, or with fewer devices than workers.
    """
    if settings.trace is not None:
        return traced_workers(fleet, settings, folder)
    assert settings.workers is not None
    assert settings.model is not None
    if fleet.speed is None:
        raise InvalidProblemError(
            f"fleet {fleet.name!r} has no speeds; add a column speed (samples per second) to its "
            "table of clients"
        )
    if fleet.speed.size < settings.workers:
        raise InvalidProblemError(
            f"fleet {fleet.name!r} has {fleet.speed.size} {plural(fleet.speed.size, 'device')} "
            f"and {settings.workers} {plural(settings.workers, 'worker')} "
            "are asked for; ask for fewer"
        )
    order = np.argsort(fleet.speed, kind="stable")
    share = (np.arange(settings.workers) + 0.5) / settings.workers
    index = order[(share * order.size).astype(np.int64)]
    measured = 1.0 / fleet.speed
    empirical = settings.model == "empirical"
    speed = np.full(settings.workers, 1.0 / measured.mean()) if empirical else fleet.speed[index]
    per: Any = settings.per
    times = stragglers.stragglers_from_speed(
        speed,
        samples=settings.unit,
        model=settings.model,
        per=per,
        shift=settings.shift,
        shape=settings.shape,
        measured=measured if empirical else None,
    )
    times = replace(times, slowness=settings.slowness())
    link = np.full(1, np.inf) if fleet.link is None else fleet.link[index]
    network = stragglers.communication(
        settings.topology, settings.workers, model_bytes=settings.model_bytes, link=link
    )
    return Workers(
        names=tuple(fleet.clients[i] for i in index),
        speed=np.asarray(speed),
        stragglers=times,
        network=network,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleRow:
    """One rule with one estimator; seconds include communication, units are mini-batches.

    ``mean_inverse`` is ``E[1/N | N >= 1]`` in units, ``bias`` relative to the gradient at the
    start, ``variance`` of a step there. An estimator that the rule rules out has a ``note``.
    """

    rule: str
    estimator: str
    seconds: float
    units: float
    mean_inverse: float
    nobody: float
    bias: float
    variance: float
    time: TimeToTarget
    relative: float
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Time to the target against the deadline, for an estimator; relative to the full wait."""

    estimator: str
    deadlines: FloatArray = field(repr=False)
    relative: FloatArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """A drawn descent and its exact expectation."""

    rule: str
    drawn: Trajectories
    expected: FloatArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class StraggleResult:
    """All that a study found.

    ``horizon`` are seconds in which `HORIZON_SHARE` of the full waits end, for figures; ``cut`` is
    the share of rounds that the deadline cuts, 0 without one.
    """

    settings: StraggleSettings
    workers: Workers
    laws: tuple[RoundLaw, ...]
    rows: tuple[RuleRow, ...]
    best: BestDeadline
    deadline: float
    plan: Plan
    horizon: float
    cut: float
    curves: tuple[Curve, ...]
    descents: tuple[Descent, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]

    def to_record(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON."""
        return {
            "format": "roundlot.run/straggle-1",
            "settings": asdict(self.settings),
            "workers": {
                "names": self.workers.names,
                "speed": self.workers.speed.tolist(),
                "communication_seconds": self.workers.network.seconds,
            },
            "shares": self.laws[0].shares.tolist(),
            "rows": rule_records(self),
            "deadline": self.deadline,
            "share_of_rounds_cut": self.cut,
            "best_deadline": {
                "seconds": self.best.seconds,
                "relative_to_full_wait": self.best.relative,
                "lower_bound": self.best.lower_bound,
                "gap": self.best.gap,
                "rigorous": self.best.rigorous,
            },
            "splits": split_records(self),
            "verdicts": [{**vars(verdict), "passed": verdict.passed} for verdict in self.verdicts],
            "notes": self.notes,
        }


def rule_records(result: StraggleResult) -> list[dict[str, Any]]:
    """Every rule with every estimator."""
    return [
        {**{k: v for k, v in vars(row).items() if k != "time"}, **_time(row.time)}
        for row in result.rows
    ]


def split_records(result: StraggleResult) -> list[dict[str, Any]]:
    """The splits that were tried, each with its best deadline."""
    records = []
    full = result.best.full_wait
    for candidate in result.plan.candidates:
        split, found = candidate.split, candidate.deadline
        records.append(
            {
                "split": split.method,
                "shares": split.shares.tolist(),
                "deadline": found.seconds,
                "relative": found.value / full,
                "deadline_gap": found.gap,
                "split_gap": None if math.isnan(split.value) else split.gap,
                "fresh": split.fresh,
                "fresh_error": split.fresh_error,
                "best": candidate is result.plan.best,
            }
        )
    return records


def _time(time: TimeToTarget) -> dict[str, float]:
    return {"step": time.step, "rounds_to_target": time.rounds, "seconds_to_target": time.seconds}
