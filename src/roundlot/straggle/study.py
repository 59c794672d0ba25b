"""A study of stragglers: what is asked, of which workers, and what was found."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.setup import Choice, Number, Section, Whole, key
from roundlot.setup.fields import optional
from roundlot.solvers import stragglers
from roundlot.solvers.stragglers.slowness import STARTS, Slowness
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

LARGEST = 1e15  # of what is squared and summed on the way
MOST_FINISHES = 1_000_000  # finish times in a drawn round
MOST_ROUNDS = 100_000_000  # hours of drawing
DAY = 86_400.0  # seconds
SHORTEST = 0.1  # seconds in which HiGHS finds any split
SPLITS = ("even", "proportional", "equalised")
_MODEL = (
    "How compute times vary: deterministic, exponential, shifted, weibull, lognormal, pareto or "
    "empirical."
)
_TOPOLOGY = "How workers communicate: ring-all-reduce, d-psgd or matcha."


@dataclass(frozen=True, kw_only=True)
class StraggleSettings(Section):
    """Settings of a study.

    Attributes:
        workers: devices that train together, taken evenly from the slowest to the fastest.
        batch, unit: samples in the global batch, and in a mini-batch (a unit of work).
        model, per, shift, shape: the straggler model; see `stragglers_from_speed`.
        slow_factor, slow_begin, slow_end, slow_start, shock, shock_factor: see `Slowness`.
        topology, model_bytes: what a round communicates; see `communication`.
        deadline: seconds, or None for the best.
        split: how the batch is split: even, proportional or equalised.
        target: of the expected excess loss, as a share of the initial one.
        noise: variance of a sample's gradient.
        dissimilarity: root mean square distance of the workers' optima, the start being at 1.
        rounds: to draw for the verdicts.
        seed: of everything random.
        time_limit: seconds for the mixed-integer program.

    Raises:
        InvalidProblemError: a value out of its range, or two that do not go together.
    """

    workers: int = key(8, Whole(low=1), "Devices, from the slowest to the fastest.")
    batch: int = key(256, Whole(low=1), "Samples in the global batch.")
    unit: int = key(4, Whole(low=1), "Samples in a mini-batch.")
    model: str = key("exponential", Choice(lambda: stragglers.MODELS), _MODEL)
    per: str | None = key(
        None,
        optional(Choice(("step", "mini-batch"))),
        "A random factor per step or mini-batch, the default; with slow spells or shocks per step.",
    )
    shift: float | None = key(
        None, optional(Number(low=0)), "Fixed share of a shifted exponential time; 0.5 by default."
    )
    shape: float | None = key(
        None,
        optional(Number(high=LARGEST)),
        "Shape of Pareto times, above 1 (2.5 by default), of Weibull (0.7) or lognormal ones (1).",
    )
    slow_factor: float | None = key(
        None, optional(Number(low=1, above=True)), "How many times as long a slow worker takes."
    )
    slow_begin: float | None = key(
        None, optional(Number(low=0, high=1)), "Chance that a fast worker is slow a round later."
    )
    slow_end: float | None = key(
        None, optional(Number(low=0, high=1)), "Chance that a slow worker is fast a round later."
    )
    slow_start: str | None = key(
        None,
        optional(Choice(STARTS)),
        "Workers in round 0: stationary (by default), fast or slow.",
    )
    shock: float | None = key(
        None,
        optional(Number(low=0, high=1, above=True)),
        "Chance that a round slows all workers.",
    )
    shock_factor: float | None = key(
        None, optional(Number(low=1, above=True)), "How many times as long all take in a shock."
    )
    topology: str = key("ring-all-reduce", Choice(lambda: stragglers.TOPOLOGIES), _TOPOLOGY)
    model_bytes: float = key(1e4, Number(low=0, high=LARGEST))
    deadline: float | None = key(None, optional(Number(low=0, above=True)))
    split: str = key(
        "even", Choice(SPLITS), "Split of the batch for the rules: even, proportional or equalised."
    )
    target: float = key(
        0.01, Number(low=0, above=True), "Excess loss to reach, as a share of the initial."
    )
    noise: float = key(16.0, Number(low=0, high=LARGEST), "Variance of a sample's gradient.")
    dissimilarity: float = key(
        0.1,
        Number(low=0, high=LARGEST),
        "How far apart the workers' optima are; the start is at 1.",
    )
    rounds: int = key(80_000, Whole(low=1, high=MOST_ROUNDS), "Rounds drawn for the verdicts.")
    seed: int = key(0, Whole(low=0))
    time_limit: float = key(
        10.0, Number(low=SHORTEST, high=DAY), "Seconds for the best split's program."
    )

    def __post_init__(self) -> None:
        self.checked(vars(self), "")
        if self.batch % self.unit:
            raise InvalidProblemError(
                f"a batch of {self.batch} samples is no whole number of mini-batches of "
                f"{self.unit}; change one of them"
            )
        if self.units < self.workers:
            raise InvalidProblemError(
                f"{self.units} mini-batches do not go round {self.workers} workers; take a larger "
                "batch, smaller mini-batches or fewer workers"
            )
        measured = (1.0,) if self.model == "empirical" else None
        stragglers.make_law(self.model, shift=self.shift, shape=self.shape, measured=measured)
        slowness = self.slowness()
        per = "step" if slowness is not None else "mini-batch"
        if slowness is not None and self.per == "mini-batch":
            raise InvalidProblemError(
                "slow spells and shocks last for a step; give per = step, or leave per out"
            )
        object.__setattr__(self, "per", self.per or per)
        if not self.target < 1.0:
            raise InvalidProblemError(
                f"target is {self.target:g}; give a share of the initial loss in (0, 1)"
            )
        most = MOST_FINISHES // self.workers
        if self.units > most:
            raise InvalidProblemError(
                f"{self.units} mini-batches for {self.workers} workers do not fit in RAM; give "
                f"at most {most}: a smaller batch or a larger unit"
            )

    def slowness(self) -> Slowness | None:
        """Slow spells and shocks, if there are any.

        Raises:
            InvalidProblemError: a key of them without the others that it needs.
        """
        spells = {"slow_factor": self.slow_factor, "slow_begin": self.slow_begin}
        spells |= {"slow_end": self.slow_end}
        shocks = {"shock": self.shock, "shock_factor": self.shock_factor}
        for keys in (spells, shocks):
            given = [name for name, value in keys.items() if value is not None]
            missing = [name for name, value in keys.items() if value is None]
            if given and missing:
                raise InvalidProblemError(
                    f"{given[0]} is given without {' and '.join(missing)}; give "
                    f"{' and '.join(keys)} together"
                )
        if self.slow_start is not None and self.slow_factor is None:
            raise InvalidProblemError(
                "slow_start is given and no worker becomes slow; give slow_factor, slow_begin and "
                "slow_end, too, or take it out"
            )
        if self.slow_factor is None and self.shock is None:
            return None
        return Slowness(
            factor=self.slow_factor or 1.0,
            begin=self.slow_begin or 0.0,
            end=1.0 if self.slow_end is None else self.slow_end,
            start=self.slow_start or "stationary",
            shock=self.shock or 0.0,
            shock_factor=self.shock_factor or 1.0,
        )

    @property
    def units(self) -> int:
        """Mini-batches in the global batch."""
        return self.batch // self.unit


@dataclass(frozen=True, kw_only=True, eq=False)
class Workers:
    """The devices that were chosen: ``speed`` (n,) in samples/s, their times, their network."""

    names: tuple[str, ...]
    speed: FloatArray = field(repr=False)
    stragglers: Stragglers
    network: Communication


def chosen_workers(fleet: Any, settings: StraggleSettings) -> Workers:
    """Workers from a fleet's devices.

    With an empirical model every worker is, in each step or mini-batch, a device of the fleet drawn
    at random; with the others it is one device, of its own speed.

    Raises:
        InvalidProblemError: a fleet without speeds, or with fewer devices than workers.
    """
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
