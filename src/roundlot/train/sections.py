"""The sections of a setup of training, with the default of every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundlot.fleet.sections import DESIGN_NAMES
from roundlot.setup import Choice, Either, Number, Section, Whole, key
from roundlot.setup.fields import Check, one_or_many, switch, text
from roundlot.simulate import training, workers
from roundlot.solvers import stragglers
from roundlot.solvers.stragglers.laws import SHAPES
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.simulate.training import Privacy, RateSchedule, ServerOptimizer
    from roundlot.solvers.stragglers.laws import Law

SCHEDULES = ("constant", "step", "cosine")
OPTIMIZERS = ("sgd", "momentum", "adagrad", "adam", "yogi")
#: What a file of these endings is read for; any other text is one of the words of its key.
ENDINGS = (".csv", ".tsv", ".parquet")
LAWS = ("deterministic", "exponential", "shifted", "weibull", "lognormal", "pareto")


def _word_or_table(words: tuple[str, ...]) -> Check:
    """One of a few words, or the name of a file that holds a table."""

    def check(value: Any, place: str) -> str:
        if isinstance(value, str) and value.lower().endswith(ENDINGS):
            return text(value, place)
        return Choice((*words, "table.csv"))(value, place)

    return check


def _numbers_or_table(item: Check) -> Check:
    """What ``item`` allows, a list of it, or the name of a file that holds a table."""

    def check(value: Any, place: str) -> Any:
        if not isinstance(value, str):
            return one_or_many(item)(value, place)
        if not value.lower().endswith(ENDINGS):
            raise InvalidProblemError(
                f"{place} is {value!r:.40}; give a number, a list, or a table"
                f" ({', '.join(ENDINGS)})"
            )
        return text(value, place)

    return check


@dataclass(frozen=True, kw_only=True)
class FederationSection(Section, table="federation"):
    """``[federation]``: processors, who may train what, when they are there, what they run on.

    ``processors`` is a number for all, a list, or "25-50-25"; ``able`` is "all", "90-10" or a table
    of clients and models; ``online`` a probability for all, a list, or a table of chances or of who
    is there in every round (`roundlot.train.client_tables`); ``devices`` is "phones" (speeds and
    links of the shipped tables) or "none"; ``speed`` in samples/s and ``link`` in Mbit/s overrule
    it.
    """

    processors: str | int | tuple[int, ...] = key(1, Either("25-50-25", one_or_many(Whole(low=1))))
    able: str = key("all", _word_or_table(("all", "90-10")))
    online: float | str | tuple[float, ...] = key(1.0, _numbers_or_table(Number(low=0, high=1)))
    devices: str = key("phones", Choice(("phones", "none")))
    speed: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))
    link: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))


@dataclass(frozen=True, kw_only=True)
class LocalSection(Section, table="local"):
    """``[local]``: what a client does in a round; a list gives one value a model.

    ``batch_size = 0`` is all that the client holds. ``optimizer`` is "sgd" or "adam"; ``clip`` is
    the greatest norm of a step's gradient. ``schedule`` is "constant", "step" or "cosine", over
    ``period`` rounds, times or down to ``factor``, after ``warmup`` rounds; it is one for all.
    """

    epochs: int | tuple[int, ...] = key(5, one_or_many(Whole(low=1)))
    batch_size: int | tuple[int, ...] = key(16, one_or_many(Whole(low=0)))
    learning_rate: float | tuple[float, ...] = key(0.1, one_or_many(Number(low=0, above=True)))
    decay: float | tuple[float, ...] = key(1.0, one_or_many(Number(low=0, high=1, above=True)))
    proximal: float | tuple[float, ...] = key(0.0, one_or_many(Number(low=0)))
    weight_decay: float | tuple[float, ...] = key(0.0, one_or_many(Number(low=0)))
    optimizer: str | tuple[str, ...] = key("sgd", one_or_many(Choice(("sgd", "adam"))))
    momentum: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, high=1)))
    second_momentum: float | tuple[float, ...] | None = key(
        None, one_or_many(Number(low=0, high=1))
    )
    tau: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))
    clip: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))
    schedule: str = key("constant", Choice(SCHEDULES))
    period: int = key(0, Whole(low=0))
    factor: float = key(0.1, Number(low=0, high=1, above=True))
    warmup: int = key(0, Whole(low=0))

    def rates(self) -> RateSchedule:
        """How the learning rate goes over the rounds."""
        return training.RateSchedule(
            kind=self.schedule, period=self.period, factor=self.factor, warmup=self.warmup
        )


@dataclass(frozen=True, kw_only=True)
class ServerSection(Section, table="server"):
    """``[server]``: how the server steps; its learning rate is ``run.server_learning_rate``.

    ``optimizer`` is "sgd", "momentum", "adagrad", "adam" or "yogi"; ``schedule`` and the keys after
    it are as in ``[local]``.
    """

    optimizer: str = key("sgd", Choice(OPTIMIZERS))
    momentum: float | None = key(None, Number(low=0, high=1))
    second_momentum: float | None = key(None, Number(low=0, high=1))
    tau: float | None = key(None, Number(low=0, above=True))
    schedule: str = key("constant", Choice(SCHEDULES))
    period: int = key(0, Whole(low=0))
    factor: float = key(0.1, Number(low=0, high=1, above=True))
    warmup: int = key(0, Whole(low=0))

    def made(self) -> ServerOptimizer:
        """The optimiser.

        Raises:
            InvalidProblemError: a value that the optimizer or the schedule does not use.
        """
        return training.ServerOptimizer(
            optimizer=self.optimizer,
            momentum=self.momentum,
            second_momentum=self.second_momentum,
            tau=self.tau,
            schedule=training.RateSchedule(
                kind=self.schedule, period=self.period, factor=self.factor, warmup=self.warmup
            ),
        )


@dataclass(frozen=True, kw_only=True)
class StopSection(Section, table="stop_early"):
    """``[stop_early]``: when a model stops; a list gives one value a model. See `EarlyStop`."""

    metric: str | tuple[str, ...] = key(
        "loss", one_or_many(text), "Measure on the test data by which a model stops."
    )
    patience: int | tuple[int, ...] = key(
        5, one_or_many(Whole(low=1)), "Evaluations in a row without a gain after which it stops."
    )
    min_delta: float | tuple[float, ...] = key(
        0.0, one_or_many(Number(low=0)), "A gain is an improvement by more than this."
    )


@dataclass(frozen=True, kw_only=True)
class PrivacySection(Section, table="privacy"):
    """``[privacy]``: updates of a norm of at most ``clip``, and noise on steps; see `Privacy`."""

    clip: float = key(1.0, Number(low=0, above=True))
    noise: float = key(0.0, Number(low=0))
    delta: float = key(1e-5, Number(low=0, high=1, above=True))

    def made(self) -> Privacy:
        """The record."""
        return training.Privacy(clip=self.clip, noise=self.noise, delta=self.delta)


@dataclass(frozen=True, kw_only=True)
class RunSection(Section, table="run"):
    """``[run]``: how long, how often, with how many draws a round, measured against what.

    ``restart`` is "fresh", initial parameters drawn from the seed, or "own", those of the modules.
    ``per_client`` measures every client on its own data at every evaluation, for the spread.
    ``precision`` is "float32", "float64", or "bf16": networks in bfloat16, all else in float32.
    """

    rounds: int = key(100, Whole(low=1, high=10**7), "Rounds of training.")
    seeds: int = key(3, Whole(low=1, high=10**4), "How many seeds.")
    budget: float | None = key(None, Number(low=0, above=True), "Most expected draws per round.")
    budget_fraction: float | None = key(None, Number(low=0, high=1, above=True))
    design: str = key("independent", Choice(DESIGN_NAMES))
    evaluate_every: int = key(10, Whole(low=1))
    server_learning_rate: float = key(1.0, Number(low=0, above=True))
    measure: bool = key(False, switch, "Compare every step with full participation; takes longer.")
    per_client: bool = key(False, switch)
    baseline: str | None = key(None, text)
    confidence: float = key(0.95, Number(low=0.5, high=0.9999))
    engine: str = key(
        "auto",
        Choice(("auto", "plain", "vmapped", "compiled", "batched", "fused")),
        "auto, plain, vmapped, compiled, batched or fused: how clients are trained.",
    )
    device: str = key("auto", text, "auto, cpu or cuda.")
    chunk: int | None = key(None, Whole(low=1))
    checkpoint_every: int = key(10, Whole(low=1))
    restart: str = key("fresh", Choice(("fresh", "own")))
    precision: str = key(
        "float32",
        Choice(("float32", "float64", "bf16")),
        "float32, float64 or bf16: what training computes in.",
    )

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget_fraction is not None:
            raise InvalidProblemError(
                "run.budget and run.budget_fraction are both given; choose one"
            )

    def draws(self, n_processors: int) -> float:
        """``m``: draws expected in a round; a tenth of the processors unless the setup says."""
        if self.budget is not None:
            return self.budget
        share = 0.1 if self.budget_fraction is None else self.budget_fraction
        return share * n_processors


@dataclass(frozen=True, kw_only=True)
class WorkersSection(Section, table="workers"):
    """``[workers]``: how many, who is linked with whom, on which data, how fast.

    ``graph`` is a name in ``roundlot.solvers.graphs.shapes.SHAPES`` or a file with a link, two
    names, in every line. ``budget`` is the share of its matchings that MATCHA uses in a round.
    ``speed`` in samples/s; ``law`` of the random factor on it, drawn ``per`` step or mini-batch;
    ``link`` in Mbit/s. A method may set each of these but ``count`` for itself.
    """

    count: int = key(8, Whole(low=1, high=10**6))
    graph: str = key("paper8", text)
    degree: float = key(4.0, Number(low=0, above=True))
    budget: float = key(0.5, Number(low=0, high=1, above=True))
    partition: str = key("own", Choice(lambda: workers.SHARDS))
    speed: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))
    law: str = key("deterministic", Choice(LAWS))
    shift: float | None = key(None, Number(low=0, high=1))
    shape: float | None = key(None, Number(low=0, above=True))
    per: str = key("step", Choice(("step", "mini-batch")))
    link: float | tuple[float, ...] | None = key(None, one_or_many(Number(low=0, above=True)))
    latency: float = key(0.0, Number(low=0))
    weigh: str = key("uniform", Choice(("uniform", "size")))

    def __post_init__(self) -> None:
        self.law_of_times()

    def law_of_times(self) -> Law:
        """The law of the random factor; a shift or shape of another law is not looked at.

        Raises:
            InvalidProblemError: a shift or shape out of the law's range.
        """
        own = {"shift": self.shift} if self.law == "shifted" else {}
        own = {"shape": self.shape} if self.law in SHAPES else own
        return stragglers.make_law(self.law, **own)


@dataclass(frozen=True, kw_only=True)
class StepsSection(Section, table="steps"):
    """``[steps]``: what a worker does between two mixings; a method may set each for itself.

    ``batch_size = "proportional"`` gives batches in proportion to speed, ``batch_mean`` on average.
    """

    steps: int = key(1, Whole(low=1))
    batch_size: int | str | tuple[int, ...] = key(
        16, Either("proportional", one_or_many(Whole(low=1)))
    )
    batch_mean: int = key(16, Whole(low=1))
    learning_rate: float = key(0.1, Number(low=0, above=True))
    decay: float = key(1.0, Number(low=0, high=1, above=True))


@dataclass(frozen=True, kw_only=True)
class WorkerRunSection(Section, table="run"):
    """``[run]``: how long, how often, compared with what."""

    rounds: int = key(200, Whole(low=1, high=10**7))
    seeds: int = key(3, Whole(low=1, high=10**4))
    evaluate_every: int = key(10, Whole(low=1))
    target: float | None = key(None, Number(low=0, above=True))
    measure: bool = key(False, switch)
    baseline: str | None = key(None, text)
    confidence: float = key(0.95, Number(low=0.5, high=0.9999))
    engine: str = key("auto", Choice(("auto", "batched", "vmapped")))
    device: str = key("auto", text)
    chunk: int | None = key(None, Whole(low=1))
    checkpoint_every: int = key(50, Whole(low=1))


@dataclass(frozen=True, kw_only=True)
class TheorySection(Section, table="theory"):
    """``[theory]``: the constants that a rate needs; see theorem decentralised."""

    smoothness: float = key(1.0, Number(low=0, above=True))
    noise: float = key(1.0, Number(low=0))
    dissimilarity: float = key(1.0, Number(low=0))
    gap: float = key(1.0, Number(low=0))
