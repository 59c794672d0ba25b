"""``[[methods]]`` of a setup with workers: from a table of settings to a method on its workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.fleet.links import read_arcs, read_edges
from roundlot.setup.reading import closest
from roundlot.simulate import workers as kinds
from roundlot.simulate.workers import WORKER_METHODS
from roundlot.solvers import apportion, graphs, stragglers, topologies
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice
from roundlot.theory.text import plural
from roundlot.train.sections import StepsSection, WorkersSection
from roundlot.train.sources import MethodSource
from roundlot.train.workers_settings import (
    BASES,
    DATA_AWARE,
    FULL_WAIT,
    GRAPH,
    OWN,
    Usage,
    refuse_unused,
)

if TYPE_CHECKING:
    from roundlot.simulate.training import Task
    from roundlot.simulate.workers import MixingSchedule, StepPlan, WorkerMethod, Workers
    from roundlot.solvers.graphs.schedule import LinkSchedule
    from roundlot.theory.arrays import FloatArray

EQUAL = "equal"  # one weight for all links, the best one
RULES = ("deadline", "fastest worker", FULL_WAIT)


#: Arcs of push-sum, besides those of the graph and of a file.
RING, EXPONENTIAL = "ring", "exponential"
_OF_GRAPHS = ("base", "links", "graphs", "weights", "mixing", "partners", "variance", "arcs")
MOST_SAMPLES = 10**6  # of a worker in a round; of more, tables of times fill the memory
PARTNERS, VARIANCE = 10, 0.1  # of links that follow the data, unless told


@dataclass(frozen=True, kw_only=True)
class WorkerMethodSource(Usage):
    """A method, with the sections as they are for it, and ``own``: names of what it sets itself."""

    name: str
    own: tuple[str, ...]

    def plan(self) -> StepPlan:
        """A worker's steps."""
        step, size = self.steps, self.steps.batch_size
        if size == "proportional":
            size = self._proportional(step.batch_mean * self.workers.count)
        return kinds.StepPlan(
            steps=step.steps,
            batch_size=size,  # type: ignore[arg-type]
            learning_rate=step.learning_rate,
            decay=step.decay,
        )

    def crew(self, task: Task, seed: int) -> Workers:
        """The workers, with their shards of one seed.

        Raises:
            InvalidProblemError: data or speeds that do not fit.
        """
        own = self.workers
        split = kinds.split_workers(
            task, own.partition, n_workers=own.count, speed=own.speed, seed=seed
        )
        return kinds.Workers(
            task=split,
            speed=own.speed,
            law=own.law_of_times(),
            per=own.per,
            link=own.link,
            latency=own.latency,
            weigh=own.weigh,
        )

    def designs(self, folder: Path) -> list[LinkSchedule]:
        """Of every graph: matchings, probabilities and mixing weight: of the budget, or all of
        them for D-PSGD; none where a schedule says it all."""
        if self.method == "scheduled":
            return []
        own, budget = self.workers, self.workers.budget if self.draws else 1.0
        links = str(self.settings.get("links", "auto"))
        mixing = str(self.settings.get("mixing", "search"))
        made = []
        for graph in self.graphs:
            place = str(folder / graph) if _is_file(graph) else ""
            made.append(_designed(graph, place, own.count, own.degree, budget, links, mixing))
        return made

    def schedule(self, folder: Path) -> MixingSchedule:
        """The schedule of mixing that its file has.

        Raises:
            InvalidProblemError: no file, one that is no schedule, or one of other workers.
        """
        given, count = self.settings.get("schedule"), self.workers.count
        if not isinstance(given, str):
            raise InvalidProblemError(
                f"schedule of {self.name} is {given!r:.40}; give a file that "
                "`roundlot graph --schedule` wrote"
            )
        made = kinds.read_schedule(folder / given)
        if made.n_workers != count:
            raise InvalidProblemError(
                f"schedule {given!r} is of {made.n_workers} workers and workers.count is {count}; "
                "make them agree"
            )
        return made

    def nodes(self, folder: Path) -> tuple[str, ...] | None:
        """Names of the workers in the graph that it mixes over, if it mixes over one."""
        designs = self.designs(folder) if self.gossips else []
        return designs[0].decomposition.graph.nodes if designs else None

    def refuse_misfit(self, folder: Path) -> None:
        """Look at graphs, and at the matrix of D², before anything is written.

        Raises:
            InvalidProblemError: a graph that does not fit.
            AssumptionError: a matrix by which D² diverges.
        """
        if self.method == "scheduled":
            self.schedule(folder)
        elif self.method == "push-sum":
            self._pushing(folder)
        elif self.method == "d2":
            lazy = bool(self.settings.get("lazy", False))
            kinds.D2(base=self._bases(folder, {})[0], lazy=lazy)
        elif self.gossips:
            self.designs(folder)

    def make(self, workers: Workers, folder: Path) -> WorkerMethod:
        """The method's record for these workers.

        Raises:
            InvalidProblemError: a setting that it refuses.
        """
        kind: Any = getattr(kinds, WORKER_METHODS[self.method][1])
        settings = {k: v for k, v in self.settings.items() if k not in _OF_GRAPHS}
        if self.method == "scheduled":
            made = _over_schedule(self.schedule(folder))
        elif self.method == "push-sum":
            made = self._pushing(folder)
        elif self.method == "non-blocking":
            order = {k: settings.pop(k) for k in ("order",) if k in settings}
            base = self._bases(folder, order)[0] if self.gossips else None
            made = kind(**self._cut(settings, workers, base), base=base)
        elif self.follows_data:
            made = kind(mixing=self._following(workers), **settings)
        elif self.method in BASES:
            made = kind(**self._mixing(self.designs(folder)[0]), **settings)
        elif self.gossips:
            bases = self._bases(folder, {})
            several = len(bases) > 1
            base = kinds.Alternating(turns=tuple(bases)) if several else bases[0]
            made = kind(base=base, **settings)
        else:
            made = kind(**settings)
        named: WorkerMethod = replace(made, name=self.name)
        return named

    def _bases(self, folder: Path, settings: dict[str, Any]) -> list[Any]:
        """D-PSGD or MATCHA over every graph."""
        kind: Any = kinds.Matcha if self.draws else kinds.DPSGD
        return [kind(**self._mixing(design), **settings) for design in self.designs(folder)]

    def _mixing(self, design: LinkSchedule) -> dict[str, Any]:
        """Links with their probabilities and weight, or with a matrix."""
        links = kinds.Links.of(design.decomposition)
        if self.draws:
            weight = design.weight
            return {"links": links, "probabilities": design.probabilities, "weight": weight}
        weights = self.settings.get("weights", EQUAL)
        if weights != EQUAL:
            require_choice(weights, "weights", (EQUAL, *graphs.WEIGHTS, DATA_AWARE))
            graph = design.decomposition.graph
            return {"links": links, "mixing": graphs.fixed_weights(graph, method=weights).matrix}
        whole = design.decomposition.laplacian(np.ones(links.n_matchings))
        return {"links": links, "mixing": np.eye(links.n_workers) - design.weight * whole}

    def _pushing(self, folder: Path) -> kinds.PushSum:
        """Push-sum over the links of the graph, both ways, or over arcs."""
        arcs, n = self.settings.get("arcs", GRAPH), self.workers.count
        if arcs == GRAPH:
            links = self.designs(folder)[0].decomposition.graph.edges
            return kinds.PushSum.over(np.vstack([links, links[:, ::-1]]), n)
        if arcs == RING:
            return kinds.PushSum.over([(k, (k + 1) % n) for k in range(n)], n)
        if arcs == EXPONENTIAL:
            return kinds.PushSum.one_peer(n)
        if not isinstance(arcs, str) or not _is_file(arcs):
            raise InvalidProblemError(
                f"arcs is {arcs!r}; give {GRAPH!r}, {RING!r}, {EXPONENTIAL!r} or a file of links, "
                "from sender to receiver"
            )
        return kinds.PushSum.over(read_arcs(folder / arcs, n), n)

    def _following(self, workers: Workers) -> FloatArray:
        """Mixing weights that follow the classes of the workers' data."""
        partners = self.settings.get("partners", PARTNERS)
        if not isinstance(partners, int) or isinstance(partners, bool) or partners < 2:
            raise InvalidProblemError(f"partners is {partners!r}; it is a whole number from 2")
        variance = self.settings.get("variance", VARIANCE)
        if isinstance(variance, bool) or not isinstance(variance, int | float):
            raise InvalidProblemError(f"variance is {variance!r}; it is a number above 0")
        found = topologies.data_aware_mixing(
            _classes(workers), steps=partners // 2, variance=float(variance)
        )
        if found.groups > 1:
            raise InvalidProblemError(
                f"links that follow the data leave {found.groups} groups of workers that never "
                f"hear of each other with partners = {partners}; give more partners"
            )
        return found.matrix

    def _cut(self, settings: dict[str, Any], workers: Workers, base: Any) -> dict[str, Any]:
        """Rule and shares of a non-blocking method; "best" deadlines are computed."""
        rule, deadline = settings.pop("rule", FULL_WAIT), settings.pop("deadline", "best")
        shares = settings.pop("shares", self.steps.batch_mean)
        unit = settings.get("unit", 1)
        if shares == "proportional":
            shares = self._proportional(self.steps.batch_mean * self.workers.count)
        _require_shares(shares, self.workers.count)
        if rule not in RULES:
            raise InvalidProblemError(f"rule is {rule!r}; choose one of {', '.join(RULES)}")
        if rule == FULL_WAIT:
            return {"rule": stragglers.FullWait(), "shares": shares, **settings}
        if rule == "fastest worker":
            return {"rule": stragglers.FastestWorker(), "shares": shares, **settings}
        if deadline == "best":
            model = workers.stragglers(unit)
            if model is None:
                raise InvalidProblemError("a best deadline needs workers.speed; give it")
            planned = np.broadcast_to(np.asarray(shares), (workers.n_workers,))
            talk = _ring_seconds(workers) if base is None else _link_seconds(base, workers)
            deadline = stragglers.best_deadline(model, planned, communication=talk).seconds
        if isinstance(deadline, bool) or not isinstance(deadline, int | float):
            raise InvalidProblemError(
                f"deadline is {deadline!r:.40}; give a number of seconds or 'best'"
            )
        return {"rule": stragglers.Deadline(seconds=float(deadline)), "shares": shares, **settings}

    def _proportional(self, total: int) -> tuple[int, ...]:
        own = self.workers
        if own.speed is None:
            raise InvalidProblemError('"proportional" needs workers.speed; give it')
        speed = np.broadcast_to(np.asarray(own.speed, dtype=float), (own.count,))
        return tuple(int(x) for x in np.maximum(apportion([total], speed)[:, 0], 1))


def _require_shares(shares: Any, count: int) -> None:
    """That planned samples are whole numbers; a part of a sample is not dropped unsaid.

    Raises:
        InvalidProblemError: anything else, or a list of another length.
    """
    listed = shares if isinstance(shares, list | tuple) else [shares]
    if isinstance(shares, list | tuple) and len(shares) != count:
        raise InvalidProblemError(
            f"shares has {len(shares)} {plural(len(shares), 'number')} for {count} workers; give "
            "one each"
        )
    for one in listed:
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one <= MOST_SAMPLES:
            raise InvalidProblemError(
                f"shares has {one!r:.40}; give whole numbers of samples from 0 to {MOST_SAMPLES}, "
                "or 'proportional'"
            )
    if not any(listed):
        raise InvalidProblemError("shares are all 0; give a worker at least one sample")


def _over_schedule(schedule: MixingSchedule) -> Any:
    base, leaders = kinds.Scheduled(schedule=schedule), schedule.leaders
    if leaders is None:
        return base
    form: Any = schedule.update
    return kinds.AdjacentLeader(base=base, form=form, **asdict(leaders))


def _classes(workers: Workers) -> FloatArray:
    """``(n, C)``, how many samples of every class each worker holds."""
    task = workers.task
    if not task.classify:
        raise InvalidProblemError(
            f"weights = {DATA_AWARE!r} needs classes, and {task.name} has none; choose other "
            "weights"
        )
    labels = task.train.targets.cpu().numpy()
    owner = np.repeat(np.arange(workers.n_workers), workers.counts)
    counts = np.zeros((workers.n_workers, int(labels.max()) + 1))
    np.add.at(counts, (owner, labels), 1.0)
    return counts


def _ring_seconds(workers: Workers) -> float:
    """Seconds of an all-reduce around a ring."""
    ends = np.arange(workers.n_workers)
    size = workers.message_bytes / workers.n_workers
    slowest = float(workers.transfer(ends, np.roll(ends, 1), size).max())
    return 2 * (workers.n_workers - 1) * slowest


def _link_seconds(base: Any, workers: Workers) -> float:
    """Expected seconds of a round: matching after matching, each as slow as its slowest link."""
    links = base.links
    p = base.p if isinstance(base, kinds.Matcha) else np.ones(links.n_matchings)
    each = [
        float(workers.transfer(m[:, 0], m[:, 1], workers.message_bytes).max())
        for m in links.matchings
    ]
    return float(p @ np.array(each))


def over_sections(
    methods: Sequence[MethodSource], workers: Mapping[str, Any], steps: Mapping[str, Any]
) -> tuple[WorkerMethodSource, ...]:
    """The methods, each with the sections that its own settings are laid over.

    Raises:
        InvalidProblemError: an unknown method or setting.
    """
    return tuple(_over(source, workers, steps) for source in methods)


def _over(
    source: MethodSource, workers: Mapping[str, Any], steps: Mapping[str, Any]
) -> WorkerMethodSource:
    name, method, given = source.name, source.method, source.settings
    if source.module is not None:
        raise InvalidProblemError(
            f"method {name!r} is a class of your own, {source.module}; workers train by those of"
            f" roundlot: {', '.join(OWN)}"
        )
    if method not in WORKER_METHODS:
        raise InvalidProblemError(f"no method is called {method!r}; {closest(method, OWN)}")
    crew = [item.name for item in fields(WorkersSection) if item.name != "count"]
    step = [item.name for item in fields(StepsSection)]
    for setting in given:
        known = [*OWN[method], *crew, *step]
        if setting not in known:
            raise InvalidProblemError(
                f"method {method!r} has no setting {setting!r}; {closest(setting, known)}"
            )
    _require_graphs(name, given)
    made = WorkerMethodSource(
        name=name,
        method=method,
        own=tuple(given),
        settings={k: v for k, v in given.items() if k in OWN[method]},
        workers=WorkersSection.read({**workers, **_only(given, crew)}, f"workers (of {name})"),
        steps=StepsSection.read({**steps, **_only(given, step)}, f"steps (of {name})"),
    )
    refuse_unused(name, made, given)
    return made


def _require_graphs(name: str, given: Mapping[str, Any]) -> None:
    """That a base is one, and that graphs in turn are several.

    Raises:
        InvalidProblemError: names what is not.
    """
    base = given.get("base")
    if base is not None and base not in BASES:
        raise InvalidProblemError(f"base of {name} is {base!r}; choose {' or '.join(BASES)}")
    graphs_given = given.get("graphs")
    if graphs_given is not None and (
        not isinstance(graphs_given, list)
        or len(graphs_given) < 2
        or not all(isinstance(one, str) for one in graphs_given)
    ):
        raise InvalidProblemError(
            f"graphs of {name} is {graphs_given!r:.60}; give a list of two or more graphs"
        )


@cache
def _designed(
    graph: str, place: str, count: int, degree: float, budget: float, links: str, mixing: str
) -> LinkSchedule:
    matchings = None
    if place:
        found, matchings = read_edges(place)
    else:
        found = graphs.shape(graph, count, degree=degree)
    if found.n_nodes != count:
        raise InvalidProblemError(
            f"graph {graph!r} has {found.n_nodes} nodes and workers.count is {count}; make them "
            "agree"
        )
    source = (
        graphs.as_decomposition(found, matchings) if place else graphs.shape_matchings(graph, found)
    )
    return graphs.optimise_links(source, budget, method=links, mixing=mixing)


def _is_file(graph: str) -> bool:
    return "." in graph or "/" in graph


def _only(given: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}
