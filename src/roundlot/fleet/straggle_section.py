"""``[straggle]``: how long to wait for slow workers: their times, their batch, what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.setup import Choice, Number, Section, Whole, key
from roundlot.setup.fields import optional, text
from roundlot.solvers import stragglers
from roundlot.solvers.stragglers.slowness import STARTS, Slowness
from roundlot.theory import InvalidProblemError

LARGEST = 1e15  # of what is squared and summed on the way
MOST_FINISHES = 1_000_000  # finish times in a drawn round
MOST_ROUNDS = 100_000_000  # hours of drawing
DAY = 86_400.0  # seconds
SHORTEST = 0.1  # seconds in which HiGHS finds any split
SPLITS = ("even", "proportional", "equalised")
_MODEL = (
    "How compute times vary: exponential (by default), deterministic, shifted, weibull, lognormal, "
    "pareto or empirical."
)
_TOPOLOGY = "How workers communicate: ring-all-reduce, d-psgd or matcha."


@dataclass(frozen=True, kw_only=True)
class StraggleSettings(Section, table="straggle"):
    """Settings of a study.

    Attributes:
        workers: devices that train together, taken evenly from the slowest to the fastest.
        batch, unit: samples in the global batch, and in a mini-batch (a unit of work).
        model, per, shift, shape: the straggler model; see `stragglers_from_speed`.
        trace, trace_order: measured times instead of a model; see `read_trace`.
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

    workers: int | None = key(
        None,
        optional(Whole(low=1)),
        "Devices, from the slowest to the fastest: 8 by default, or those of the trace.",
    )
    batch: int = key(256, Whole(low=1), "Samples in the global batch.")
    unit: int = key(4, Whole(low=1), "Samples in a mini-batch.")
    model: str | None = key(None, optional(Choice(lambda: (*stragglers.MODELS, "trace"))), _MODEL)
    trace: str | None = key(
        None, optional(text), "Table of measured times: columns worker, round (or time), seconds."
    )
    trace_order: str | None = key(
        None,
        optional(Choice(lambda: stragglers.TRACE_ORDERS)),
        "How its rounds are used: independent (by default), rounds or in order.",
    )
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
        self._fill_in()
        if self.batch % self.unit:
            raise InvalidProblemError(
                f"a batch of {self.batch} samples is no whole number of mini-batches of "
                f"{self.unit}; change one of them"
            )
        if self.workers is not None and self.units < self.workers:
            raise InvalidProblemError(
                f"{self.units} mini-batches do not go round {self.workers} workers; take a larger "
                "batch, smaller mini-batches or fewer workers"
            )
        if not self.target < 1.0:
            raise InvalidProblemError(
                f"target is {self.target:g}; give a share of the initial loss in (0, 1)"
            )
        most = MOST_FINISHES // (self.workers or 1)
        if self.units > most:
            raise InvalidProblemError(
                f"{self.units} mini-batches for {self.workers} workers do not fit in RAM; give "
                f"at most {most}: a smaller batch or a larger unit"
            )

    def _fill_in(self) -> None:
        """Defaults that depend on other keys, and keys that do not go together."""
        traced, slowness = self.trace is not None, self.slowness()
        if traced and self.model not in (None, "trace"):
            raise InvalidProblemError(
                f"a trace is given and model is {self.model}; take one of them out"
            )
        if not traced and (self.trace_order is not None or self.model == "trace"):
            raise InvalidProblemError("no trace is given; give trace, a table of measured times")
        if traced and slowness is not None:
            raise InvalidProblemError(
                "a trace has slow rounds of its own; take slow_factor and shock out"
            )
        for name in ("shift", "shape"):
            if traced and getattr(self, name) is not None:
                raise InvalidProblemError(f"a {name} is given and a trace has none; take it out")
        if (traced or slowness is not None) and self.per == "mini-batch":
            what = "the times of a trace" if traced else "slow spells and shocks"
            raise InvalidProblemError(f"{what} last for a step; give per = step, or leave per out")
        step = traced or slowness is not None
        object.__setattr__(self, "per", self.per or ("step" if step else "mini-batch"))
        object.__setattr__(self, "model", self.model or ("trace" if traced else "exponential"))
        if not traced:
            object.__setattr__(self, "workers", 8 if self.workers is None else self.workers)
            measured = (1.0,) if self.model == "empirical" else None
            stragglers.make_law(
                str(self.model), shift=self.shift, shape=self.shape, measured=measured
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
