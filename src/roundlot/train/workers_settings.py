"""Which settings a method of workers uses: its own, and those of [workers] and [steps]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roundlot.solvers.graphs import RANDOM
from roundlot.solvers.stragglers.laws import SHAPES
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.train.sections import StepsSection, WorkersSection

#: What a method may set besides the keys of [workers] and [steps].
OWN: Mapping[str, tuple[str, ...]] = {
    "all-reduce": ("average",),
    "d-psgd": ("order", "delay", "weights", "partners", "variance"),
    "matcha": ("order", "delay", "links", "mixing"),
    "adjacent-leader": (
        "base",
        "links",
        "form",
        "best",
        "central",
        "best_pull",
        "central_pull",
        "graphs",
    ),
    "d2": ("lazy",),
    "gradient-tracking": ("base", "links"),
    "non-blocking": ("base", "links", "order", "rule", "deadline", "shares", "unit", "estimator"),
    "local-sgd": ("epochs", "average"),
    "push-sum": ("arcs",),
    "scheduled": ("schedule",),
}
#: Methods that always mix over links; a non-blocking one does with a base.
GOSSIPS = (
    "d-psgd",
    "matcha",
    "adjacent-leader",
    "d2",
    "gradient-tracking",
    "push-sum",
    "scheduled",
)
BASES = ("d-psgd", "matcha")
DATA_AWARE = "data-aware"  # weights of D-PSGD that follow the classes of the workers' data
GRAPH = "graph"  # arcs of push-sum: the links of the graph, both ways
FULL_WAIT = "full wait"  # the rule of a non-blocking method that has none of its own
#: Methods that correct single gradients, each by the one before.
CORRECTING = ("d2", "gradient-tracking")

_ALL = "all workers are averaged without a graph"
_FILE = "its schedule says which links a round uses"
_FOLLOWED = f"weights is {DATA_AWARE!r}, whose links follow the data"
_EVERY = "every link is used in every round"
#: Methods whose rounds have a number of steps of their own.
_ONE = {
    "non-blocking": "a round is one step of all that was computed",
    "local-sgd": "a round is passes over the shard",
}
_ONE_SIZE = "passes over shards have one batch_size for all workers"
#: What to do about a shared setting that no method uses, besides taking it out.
_ADD = {
    "graph": "a method that mixes over links, such as d-psgd",
    "degree": 'graph = "geometric" or "erdos-renyi"',
    "budget": "a method that draws links, such as matcha",
    "law": "workers.speed",
    "per": 'workers.speed, a law that is not "deterministic", and several steps',
    "shift": 'law = "shifted"',
    "shape": 'law = "weibull", "lognormal" or "pareto"',
    "steps": "a method with local steps, such as d-psgd",
    "batch_size": "a method with local steps, such as d-psgd",
    "batch_mean": 'batch_size = "proportional"',
    "theory": "a method with a rate, such as d-psgd",
}


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A method of workers with all that is set for it.

    Attributes:
        method: a name in ``WORKER_METHODS``.
        settings: its own.
        workers, steps: the sections, with what the method sets laid over them.
    """

    method: str
    settings: Mapping[str, Any]
    workers: WorkersSection
    steps: StepsSection

    @property
    def gossips(self) -> bool:
        """Whether it mixes over the links of a graph."""
        return self.method in GOSSIPS or "base" in self.settings

    @property
    def draws(self) -> bool:
        """Whether matchings are drawn afresh in every round."""
        return self.method == "matcha" or self.settings.get("base") == "matcha"

    @property
    def graphs(self) -> tuple[str, ...]:
        """Names or files of the graphs that it mixes over."""
        if self.method == "scheduled":
            return (str(self.settings.get("schedule")),)
        if not self.gossips or self.follows_data or self.one_way:
            return ()
        return tuple(self.settings.get("graphs", [self.workers.graph]))

    @property
    def one_way(self) -> bool:
        """Whether it sends over arcs of its own, not over the links of a graph."""
        return bool(self.settings.get("arcs", GRAPH) != GRAPH)

    @property
    def follows_data(self) -> bool:
        """Whether its links follow the classes of the workers' data, not a graph."""
        return bool(self.settings.get("weights") == DATA_AWARE)

    def unused(self) -> dict[str, str]:
        """Settings that would change nothing, each with the reason."""
        return dict((*self._of_links(), *self._of_times(), *self._of_steps()))

    def _of_links(self) -> Iterator[tuple[str, str]]:
        if not self.gossips:
            yield from ((name, _ALL) for name in ("graph", "degree", "budget", "links", "theory"))
            if self.method == "non-blocking":
                yield "order", _ALL
            return
        if self.method == "scheduled":
            yield from ((name, _FILE) for name in ("graph", "degree", "budget"))
            return
        if self.method == "push-sum":
            yield "theory", "no rate of push-sum is told"
        if self.one_way:
            yield from ((name, "arcs is given") for name in ("graph", "degree", "budget", "links"))
            return
        if self.follows_data:
            yield from ((name, _FOLLOWED) for name in ("graph", "degree", "budget", "links"))
            return
        for name in ("partners", "variance"):
            yield name, f"weights is not {DATA_AWARE!r}"
        if "graphs" in self.settings:
            yield "graph", "graphs is given"
        if not any(graph in RANDOM for graph in self.graphs):
            yield "degree", f"{' and '.join(self.graphs)} has degrees of its own"
        if not self.draws:
            yield from ((name, _EVERY) for name in ("budget", "links"))

    def _of_times(self) -> Iterator[tuple[str, str]]:
        workers, timeless = self.workers, "without speed computing takes no time"
        if workers.speed is None:
            yield from ((name, timeless) for name in ("law", "per", "shift", "shape"))
            return
        if workers.law == "deterministic":
            yield "per", "law is 'deterministic', so that no time is random"
        elif self.method not in _ONE and self.steps.steps == 1:
            yield "per", "a round is one step, so that a time is drawn once in any case"
        for name, laws in (("shift", ("shifted",)), ("shape", tuple(SHAPES))):
            if workers.law not in laws:
                yield name, f"law is {workers.law!r}; it is of {' or '.join(map(repr, laws))}"

    def _of_steps(self) -> Iterator[tuple[str, str]]:
        own = self.settings
        if self.method in _ONE:
            yield "steps", _ONE[self.method]
        if self.method == "non-blocking":
            yield "batch_size", "its batches are shares; give shares"
            if own.get("shares", "proportional") != "proportional":
                yield "batch_mean", "shares are given"
            rule = own.get("rule", FULL_WAIT)
            if rule != "deadline":
                yield "deadline", f"rule is {rule!r}; it is of 'deadline'"
        elif self.method == "local-sgd":
            yield "batch_mean", _ONE_SIZE
        elif self.steps.batch_size != "proportional":
            yield "batch_mean", "batch_size is not 'proportional'"


def refuse_unused(name: str, usage: Usage, given: Mapping[str, Any]) -> None:
    """Refuse a method's own settings that it would not look at.

    Raises:
        InvalidProblemError: names the setting and what the method does instead.
    """
    reasons = usage.unused()
    for setting in given:
        if setting not in reasons:
            continue
        if setting == "graph" and usage.method == "non-blocking":
            raise InvalidProblemError(
                f'{name} does not use \'graph\': {_ALL}; give base = "d-psgd" or "matcha", '
                "or take it out"
            )
        raise InvalidProblemError(
            f"{name} does not use {setting!r}: {reasons[setting]}; take it out"
        )
    if usage.method in CORRECTING and usage.steps.steps > 1:
        raise InvalidProblemError(
            f"{name} corrects single gradients and steps is {usage.steps.steps}; give steps = 1"
        )
    if usage.method == "local-sgd" and not isinstance(usage.steps.batch_size, int):
        raise InvalidProblemError(
            f"batch_size of {name} is {usage.steps.batch_size!r:.40}: {_ONE_SIZE}; give a number"
        )


def refuse_unused_by_all(
    usages: Mapping[str, Usage], own: Mapping[str, Sequence[str]], shared: Mapping[str, str]
) -> None:
    """Refuse a shared setting that no method uses.

    Args:
        usages: of every method, by its name.
        own: names of the settings that each method has for itself.
        shared: what was given for all, to where it was given, such as "workers.budget".

    Raises:
        InvalidProblemError: names the setting, why no method uses it, and what would.
    """
    for setting, place in shared.items():
        taking = [name for name in usages if setting not in own[name]]
        if usages and not taking:
            raise InvalidProblemError(f"{place}: every method sets its own; take it out")
        reasons = {name: usages[name].unused().get(setting) for name in taking}
        if reasons and all(reasons.values()):
            told = "; ".join(
                f"{' and '.join(n for n in reasons if reasons[n] == why)}: {why}"
                for why in dict.fromkeys(reasons.values())
            )
            more = f", or add {_ADD[setting]}" if setting in _ADD else ""
            raise InvalidProblemError(f"{place} is used by no method ({told}); take it out{more}")
