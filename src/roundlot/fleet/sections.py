"""The sections of a setup file, with the default of every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roundlot.setup.fields import (
    Choice,
    Either,
    Number,
    Section,
    Whole,
    either_named,
    key,
    mapping,
    named,
    per_model,
    switch,
    text,
    texts,
)
from roundlot.theory import InvalidProblemError

#: Endings of tables of scores.
TABLES = (".csv", ".tsv", ".parquet", ".npy", ".npz")

#: The names of `roundlot.simulate.DESIGNS`, written out: Tab proposes them without NumPy. A test
#: holds the two equal.
DESIGN_NAMES = (
    "independent",
    "turns",
    "blocks",
    "systematic",
    "ordered systematic",
    "pivotal",
    "rounding",
    "sampford",
    "conditional poisson",
)


#: What ``problem.budget`` says where there is none.
NO_BUDGET = "none"


@dataclass(frozen=True, kw_only=True)
class FleetSource(Section, table="fleet"):
    """``[fleet]``: where the fleet comes from.

    ``source`` is ``speech-commands`` (the shipped fleet), ``tables`` (``samples`` or ``labels``,
    and perhaps ``clients``; the default as soon as one of them is given) or ``scores`` (the rows of
    the score table, all with equal data). ``models`` chooses among the columns of numbers. Paths
    are relative to the setup's folder. A client trains a model from ``least_samples`` on. A model
    that nobody can train is refused, unless ``allow_unreachable``.
    """

    source: str | None = key(None, Choice(("speech-commands", "tables", "scores")))
    clients: str | None = key(None, text)
    samples: str | None = key(None, text)
    labels: str | None = key(None, text)
    label_model: tuple[tuple[str, str], ...] | None = key(None, mapping)
    models: tuple[str, ...] | None = key(None, texts)
    join_seed: int = key(0, Whole(low=0))
    first_clients: int | None = key(None, Whole(low=1))
    least_samples: int = key(1, Whole(low=1))
    allow_unreachable: bool = key(False, switch, "Let a model through that nobody can train.")

    def __post_init__(self) -> None:
        tables = [name for name in ("clients", "samples", "labels") if getattr(self, name)]
        if self.source is None:
            object.__setattr__(self, "source", "tables" if tables else "speech-commands")
        chosen = self.models if self.source == "speech-commands" else None
        if self.source != "tables" and (tables or self.label_model or chosen):
            given = (tables or (["label_model"] if self.label_model else ["models"]))[0]
            raise InvalidProblemError(
                f'fleet.source is {self.source!r}, which reads no fleet.{given}; say "tables" '
                f"or drop {given}"
            )
        if self.source == "tables":
            self._check_tables()

    def _check_tables(self) -> None:
        if self.samples and self.labels:
            raise InvalidProblemError("fleet.samples and fleet.labels are both given; choose one")
        if not (self.samples or self.labels):
            raise InvalidProblemError(
                "fleet has no data: give fleet.samples (a column per model) "
                "or fleet.labels (a column per label) with fleet.label_model"
            )
        if bool(self.labels) != bool(self.label_model):
            raise InvalidProblemError("fleet.labels and fleet.label_model need each other")


@dataclass(frozen=True, kw_only=True)
class Limits(Section, table="problem"):
    """``[problem]``: the server's budget and what a processor may be asked for.

    ``budget`` in expected draws per round, or ``budget_fraction`` of the fleet's processors (0.1 if
    neither is given). ``model_budgets``, ``model_floors``, ``model_variance_ceilings`` and
    ``model_weights`` are tables from models to numbers, or lists in the models' order; one number,
    but for the weights, is of every model. ``costs`` names a table per currency, with
    ``cost_budgets`` of the same names; ``groups`` a table with the columns ``client`` and
    ``group``, with ``group_caps``, or with a column for each level of groups, and ``group_caps`` a
    table for each. ``client_floor`` is asked of every client that can be drawn, ``model_floors``
    and ``group_floors`` of those they name. ``budget = "none"`` leaves the draws to the other
    limits.
    """

    budget: float | str | None = key(
        None, Either(NO_BUDGET, Number(low=0, above=True)), "Most expected draws per round."
    )
    budget_fraction: float | None = key(None, Number(low=0, above=True))
    floor: float = key(0.0, Number(low=0, high=1), "Smallest probability of every available pair.")
    ceiling: float = key(
        1.0, Number(low=0, high=1, above=True), "Greatest probability of every pair."
    )
    processor_cap: float = key(
        1.0, Number(low=0, above=True), "Most expected draws of one processor per round."
    )
    client_cap: float | None = key(
        None, Number(low=0, above=True), "Most expected draws of one client per round."
    )
    client_floor: float = key(0.0, Number(low=0), "Least expected draws of every client.")
    model_floors: float | tuple[Any, ...] | None = key(
        None, per_model(Number(low=0), alone=True), "Least expected draws of each model."
    )
    model_budgets: float | tuple[Any, ...] | None = key(
        None, per_model(Number(low=0), alone=True), "Most expected draws of each model."
    )
    model_variance_ceilings: float | tuple[Any, ...] | None = key(
        None,
        per_model(Number(low=0, above=True, endless=True), alone=True),
        "Most variance of each model.",
    )
    model_weights: tuple[Any, ...] | None = key(
        None, per_model(Number(low=0, above=True)), "What a unit of each model's variance counts."
    )
    costs: tuple[tuple[str, str], ...] | None = key(
        None, mapping, "Tables of what a draw costs, by currency."
    )
    cost_budgets: tuple[tuple[str, float], ...] | None = key(
        None, named(Number(low=0)), "Most expected cost of a round, by currency."
    )
    groups: str | None = key(None, text, "Table of the group of every client.")
    group_caps: tuple[tuple[str, Any], ...] | None = key(
        None, named(either_named(Number(low=0, above=True))), "Most expected draws of groups."
    )
    group_floors: tuple[tuple[str, Any], ...] | None = key(
        None, named(either_named(Number(low=0))), "Least expected draws of groups."
    )

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget_fraction is not None:
            raise InvalidProblemError(
                "problem.budget and problem.budget_fraction are both given; choose one"
            )
        if self.budget is None and self.budget_fraction is None:
            object.__setattr__(self, "budget_fraction", 0.1)
        if (self.costs is None) != (self.cost_budgets is None):
            raise InvalidProblemError("problem.costs and problem.cost_budgets need each other")
        if self.groups is None and self.group_floors is not None:
            raise InvalidProblemError(
                "problem.group_floors needs problem.groups, the table of the group of every client"
            )
        if self.groups is None and self.group_caps is not None:
            raise InvalidProblemError(
                "problem.group_caps needs problem.groups, the table of the group of every client"
            )
        if self.groups is not None and self.group_caps is None and self.group_floors is None:
            raise InvalidProblemError(
                "problem.groups needs problem.group_caps or problem.group_floors"
            )
        odd = dict(self.costs or ()).keys() ^ dict(self.cost_budgets or ()).keys()
        if odd:
            raise InvalidProblemError(
                f"problem.costs and problem.cost_budgets must name the same costs; {min(odd)!r} is "
                "in one of them only"
            )

    @property
    def group_columns(self) -> tuple[str, ...]:
        """The columns of the table of groups, one for each level; none without groups."""
        given = (*(self.group_caps or ()), *(self.group_floors or ()))
        levels = tuple(dict.fromkeys(name for name, limit in given if isinstance(limit, tuple)))
        return levels if levels or not given else ("group",)

    @property
    def has_budget(self) -> bool:
        """Whether the sum of all draws is limited."""
        return self.budget != NO_BUDGET

    def total(self, n_processors: int) -> float:
        """``m``, the budget in draws for a fleet of so many processors; without one their caps."""
        if not self.has_budget:
            return self.processor_cap * n_processors
        if isinstance(self.budget, float):
            return self.budget
        return (self.budget_fraction or 0.0) * n_processors


@dataclass(frozen=True, kw_only=True)
class ScoreSource(Section, table="scores"):
    """``[scores]``: what the probabilities are computed from.

    ``source`` is ``train`` (local training on the fleet), ``norms`` or ``losses`` (a table of
    ``‖G_is‖`` or ``f_is``, multiplied by ``d/B``), ``scores`` (a table used as it is) or
    ``updates`` (saved updates, ``.npz``), read from ``path``. ``kind`` is ``norm`` (GVR) or
    ``loss`` (LVR); ``losses`` names a further table of losses, for comparison.
    """

    source: str = key("train", Choice(("train", "norms", "losses", "scores", "updates")))
    path: str | None = key(None, text)
    losses: str | None = key(None, text)
    kind: str = key("norm", Choice(("norm", "loss")))

    def __post_init__(self) -> None:
        if self.source == "train" and self.path is not None:
            raise InvalidProblemError(
                'scores.path is given but scores.source is "train"; say which: '
                "norms, losses, scores or updates"
            )
        if self.source != "train" and self.path is None:
            raise InvalidProblemError(f"scores.source is {self.source!r}; give scores.path")
        if self.source == "losses":
            object.__setattr__(self, "kind", "loss")


@dataclass(frozen=True, kw_only=True)
class TrainSettings(Section, table="train"):
    """``[train]``: local training of a softmax regression per model on synthesised features.

    ``batch = 0`` is the full local data in every step; ``warmup_rounds`` rounds of full
    participation lead to the point at which scores are taken.
    """

    local_epochs: int = key(5, Whole(low=1, high=10**6))
    learning_rate: float = key(0.2, Number(low=0, above=True))
    batch: int = key(0, Whole(low=0))
    l2: float = key(0.01, Number(low=0, above=True))
    warmup_rounds: int = key(5, Whole(low=0, high=10**6))
    precision: str = key("float64", Choice(("float64", "float32")))
    features: int = key(32, Whole(low=1, high=10**6))
    prototype_scale: float = key(1.0, Number(low=0))
    speaker_shift: float = key(1.0, Number(low=0))
    noise: float = key(2.0, Number(low=0))


@dataclass(frozen=True, kw_only=True)
class SimulateSettings(Section, table="simulate"):
    """``[simulate]``: rounds to draw (``auto``: as many as the verdict needs), where, how long."""

    rounds: int | str = key("auto", Either("auto", Whole(low=1, high=10**12)), "Rounds to draw.")
    device: str = key("auto", Choice(("auto", "cpu", "cuda")), "auto, cpu or cuda.")
    baseline_seconds: float | str = key(
        "all",
        Either("all", Number(low=0)),
        "Seconds in which baselines are begun, after the optimum; 0: none. All by default: what a "
        "report has should not depend on how fast a machine is.",
    )


@dataclass(frozen=True, kw_only=True)
class VerifySettings(Section, table="verify"):
    """``[verify]``: the two error rates of every test and the relative discrepancy it must see."""

    false_alarm: float = key(1e-9, Number(low=0, high=0.5, above=True))
    miss: float = key(1e-3, Number(low=0, high=0.5, above=True))
    discrepancy: float = key(0.01, Number(low=0, high=1, above=True))


@dataclass(frozen=True, kw_only=True)
class BoundSettings(Section, table="bound"):
    """``[bound]``: the relative error to reach; constants for scores that come without training."""

    target: float = key(
        1e-4,
        Number(low=0, above=True),
        "Squared distance to the optimum to reach, as a share of the initial one.",
    )
    smoothness: float | None = key(None, Number(low=0, above=True))
    strong_convexity: float | None = key(None, Number(low=0, above=True))
    initial_distance: float | None = key(None, Number(low=0))

    def __post_init__(self) -> None:
        big, small = self.smoothness, self.strong_convexity
        if big is not None and small is not None and small > big:
            raise InvalidProblemError(
                f"bound.strong_convexity is {small:g}, above bound.smoothness, {big:g}; swap them?"
            )
