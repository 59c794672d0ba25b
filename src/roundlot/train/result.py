"""What training gives, of clients or of workers: histories, verdicts, mixing of the workers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from roundlot.simulate.runs.paired_runs import Interval, PairedRuns, with_halves
from roundlot.simulate.training import Bench
from roundlot.simulate.training.clients import is_spread
from roundlot.simulate.workers import (
    D2,
    DPSGD,
    AdjacentLeader,
    Alternating,
    Matcha,
    PushSum,
    Scheduled,
    WorkerBench,
    WorkerHistory,
)
from roundlot.simulate.workers.adjacent_leader import LeaderBase
from roundlot.simulate.workers.consensus import (
    MixingLaw,
    drawn_matrices,
    empirical_rho,
    rho_by_products,
)
from roundlot.simulate.workers.push_sum import arcs_of
from roundlot.solvers.graphs import AllLinks, Graph, all_links, gradient_bound, largest_step
from roundlot.theory import AssumptionError
from roundlot.theory.text import plural
from roundlot.train.diverged import Diverged
from roundlot.verify import Verdict, check_contraction
from roundlot.verify.agreement.variance import not_predicted

if TYPE_CHECKING:
    from roundlot.simulate.workers import MixingSchedule
    from roundlot.train.workers_methods import WorkerMethodSource
    from roundlot.train.workers_setup import WorkersSetup

AnyBench = TypeVar("AnyBench", bound=PairedRuns[Any])
DRAWS = 20_000  # mixing matrices whose contraction is measured
DISCREPANCY = 0.05
MOST_DRAWN = 100  # workers: the matrices of more do not fit into memory
_MANY = f"of more than {MOST_DRAWN} workers no matrices are drawn; ρ is computed by products"
_RATE_NEEDS = "the rate is of D-PSGD and MATCHA with one local step, no delay and no decay"
_IN_TURN = "graphs in turn have a contraction of a whole turn, not one of every round"
#: Where links follow the data there is no graph to use in full.
_NO_GRAPH = {"all_links_one_weight": float("nan"), "all_links_best_weights": float("nan")}
_PUSHED = "columns of push-sum sum to 1, not rows, so that the squared distance is not its measure"
_LEADERS = "leaders follow the losses, so the matrix that mixes is not that of the base"


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingOutcome(ABC, Generic[AnyBench]):
    """One setup's training.

    Attributes:
        name, about, created: of the setup, and when (UTC).
        bench: histories by method, one a seed.
        baseline: what others are compared with, or None.
        setup: the TOML as parsed and changed.
        versions: what it was made with.
        verdicts: by method.
        warnings: what was warned of, once each.
        diverged: runs that ended with a number that is not finite; their methods are not in the
            bench.
        format: of the record. template: of the page.
    """

    name: str
    about: str
    created: str
    bench: AnyBench
    baseline: str | None
    setup: Mapping[str, Any]
    versions: Mapping[str, str]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    diverged: tuple[Diverged, ...] = ()

    format: ClassVar[str]
    template: ClassVar[str]

    @property
    def rounds(self) -> int:
        """Of every run."""
        return int(self._first.rounds)

    @property
    def classifies(self) -> bool:
        """Whether any model has an accuracy."""
        return bool(np.isfinite(self._first.accuracy).any())

    @abstractmethod
    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see the bench's ``to_records``."""

    @abstractmethod
    def headline(self) -> str:
        """What was found, in one sentence."""

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Records by the table's name: summary, evaluations, rounds.

        ``method`` is the name in the setup, of which there may be several with one method.
        """
        runs = [(name, run) for name, row in self.bench.histories.items() for run in row]
        return {
            "summary": self.summary(),
            "evaluations": [
                row | {"method": name} for name, run in runs for row in run.to_records()
            ],
            "rounds": [
                row | {"method": name} for name, run in runs for row in run.to_round_records()
            ],
        } | ({"diverged": [one.to_record() for one in self.diverged]} if self.diverged else {})

    def to_record(self) -> dict[str, Any]:
        """Plain data: everything but the rounds, which are in tables and histories."""
        return {
            "format": self.format,
            "name": self.name,
            "about": self.about,
            "created": self.created,
            **self._facts(),
            "rounds": self.rounds,
            "seeds": list(self.bench.seeds),
            "baseline": self.baseline,
            "methods": self.summary(),
            "verdicts": {name: asdict(verdict) for name, verdict in self.verdicts.items()},
            "warnings": list(self.warnings),
            "diverged": [one.to_record() for one in self.diverged],
            "versions": dict(self.versions),
            "setup": dict(self.setup),
        }

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """What is said of this kind of training in its record."""

    @property
    def _first(self) -> Any:
        return next(iter(self.bench.histories.values()))[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingResult(TrainingOutcome[Bench]):
    """One setup's training; see `TrainingOutcome`.

    Attributes:
        clients, processors, budget: ``N``, ``V`` and the draws expected in a round.
        verdicts: by method, for those that were measured.
        privacy: of private runs a record per method: ``epsilon`` of the worst seed and ``delta``.
    """

    clients: int
    processors: int
    budget: float
    privacy: tuple[Mapping[str, Any], ...] = ()

    format = "roundlot.train/1"
    template = "training.html.jinja"

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self._first.models)

    def summary(self) -> list[dict[str, Any]]:
        """A record per method; see `Bench.to_records`."""
        return self.bench.to_records(self.baseline)

    def headline(self) -> str:
        """The best method but full participation, against the baseline if there is one."""
        measure, bench = "accuracy" if self.classifies else "loss", self.bench
        others = [name for name in bench.methods if name != bench.full]
        names = others or list(bench.methods)
        sign = -1.0 if measure == "accuracy" else 1.0
        best = min(names, key=lambda name: sign * bench.interval(name, measure).mean)
        text = f"{best} reaches {measure} {bench.interval(best, measure)}"
        base = self.baseline
        if base is not None and base != best:
            gap = bench.difference(best, base, measure)
            text += f", {gap.mean:+.3g}" + (f" ± {gap.half:.2g}" if gap.n > 1 else "")
            text += f" over {base}"
        most = "at most " if self.stopped() else ""
        text += f" after {most}{self.rounds} {plural(self.rounds, 'round')}"
        if len(bench.seeds) > 1:
            text += f" ({len(bench.seeds)} seeds, {100 * bench.confidence:g} % intervals)"
        return text

    def stopped(self) -> list[dict[str, Any]]:
        """A record per run and model that stopped early: the round after which it did."""
        return [
            {"method": name, "seed": run.seed, "model": model, "round": int(round_)}
            for name, row in self.bench.histories.items()
            for run in row
            if run.stopped is not None
            for model, round_ in zip(run.models, run.stopped, strict=True)
            if round_ >= 0
        ]

    def stop_note(self) -> str:
        """How many models stopped early, and what their numbers then are; empty if none did."""
        stopped = len(self.stopped())
        if not stopped:
            return ""
        every = len(self.models) * len(self.bench.seeds) * len(self.bench.methods)
        return (
            f"{stopped} of {every} models in all runs stopped early; from then on a model stays as "
            "it is, in every mean and curve, and costs nothing"
        )

    def measures(self) -> list[tuple[int, str]]:
        """Every model's number with what it is measured by, its own metrics and then its loss."""
        return [(s, name) for s in range(len(self.models)) for name in self._first.measures(s)]

    def own_measures(self) -> list[tuple[int, str]]:
        """Those of ``measures`` that are no spread over clients."""
        return [(s, name) for s, name in self.measures() if not is_spread(name)]

    def spreads(self) -> list[dict[str, Any]]:
        """A record per method, model and measure: its spread over clients at the end, if known."""
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self.per_model():
            if is_spread(row["measure"]):
                measure, _, part = row["measure"].rpartition(", ")
                place = row["method"], row["model"], measure
                names = zip(("method", "model", "measure"), place, strict=True)
                rows.setdefault(place, dict(names))[part] = row["value"]
        return list(rows.values())

    @property
    def alike(self) -> bool:
        """Whether all models are measured by the same, and that is loss and at most accuracy."""
        kinds = {tuple(self._first.measures(s)) for s in range(len(self.models))}
        return len(kinds) == 1 and all(is_spread(name) for name in self._first.metrics)

    def per_model(self) -> list[dict[str, Any]]:
        """A record per method, model and measure at the end: mean over seeds with its interval."""
        return [
            {
                "method": method,
                "model": self.models[s],
                "measure": name,
                **with_halves([("value", self._at_end(method, s, name))]),
            }
            for method in self.bench.methods
            for s, name in self.measures()
        ]

    def _at_end(self, method: str, model: int, measure: str) -> Interval:
        runs = self.bench.histories[method]
        values = [float(run.measures(model)[measure][-1]) for run in runs]
        return Interval.of(values, self.bench.confidence)

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Records by the table's name: summary, models, evaluations, rounds, and where there are
        any, stopped and clients."""
        tables = super().tables()
        runs = [(name, run) for name, row in self.bench.histories.items() for run in row]
        clients = [row | {"method": name} for name, run in runs for row in run.to_client_records()]
        found = {"summary": tables.pop("summary"), "models": self.per_model(), **tables}
        if stopped := self.stopped():
            found["stopped"] = stopped
        return found | ({"clients": clients} if clients else {})

    def _facts(self) -> dict[str, Any]:
        return {
            "clients": self.clients,
            "processors": self.processors,
            "models": list(self.models),
            "budget": self.budget,
            "per_model": self.per_model(),
            "stopped": self.stopped(),
            "privacy": [dict(row) for row in self.privacy],
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkersResult(TrainingOutcome[WorkerBench]):
    """One setup's training with workers; see `TrainingOutcome`.

    Attributes:
        target: the objective that is to be reached, or None.
        mixing: a record for every method that mixes over a graph: graph, budget, links a round,
            predicted and empirical ``ρ``, the theory's rate or why it is refused.
        verdicts: on the mixing matrices that were drawn, by method.
    """

    target: float | None
    mixing: tuple[Mapping[str, Any], ...]

    format = "roundlot.train.workers/1"
    template = "workers.html.jinja"

    @property
    def n_workers(self) -> int:
        """``n``."""
        return int(self._first.n_workers)

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
        text += (
            f", {self.rounds} {plural(self.rounds, 'round')} of {self.n_workers} "
            f"{plural(self.n_workers, 'worker')}"
        )
        seeds = len(self.bench.seeds)
        return text + (f" ({seeds} seeds)" if seeds > 1 else "")

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Records by the table's name: summary, evaluations, rounds, and mixing if there is any."""
        return super().tables() | ({"mixing": self.mixing} if self.mixing else {})

    def _facts(self) -> dict[str, Any]:
        mixing = [dict(row) for row in self.mixing]
        return {"workers": self.n_workers, "target": self.target, "mixing": mixing}


def mixing_facts(setup: WorkersSetup) -> tuple[tuple[dict[str, Any], ...], dict[str, Verdict]]:
    """What is known of every method's matrices, and verdicts on draws of them."""
    rows, verdicts = [], {}
    task = setup.task(setup.seed)
    for source in setup.methods:
        if not source.gossips:
            continue
        method: Any = source.make(source.crew(task, setup.seed), setup.folder)
        if isinstance(method, PushSum):
            claim = f"mixing of {source.name} contracts as predicted"
            verdicts[source.name] = not_predicted(claim, (), _PUSHED)
            rows.append({"method": source.name} | _of_arcs(source, method) | _of_leaders(setup))
            continue
        base = method if isinstance(method, DPSGD | Matcha | Scheduled) else method.base
        graph = "data-aware" if source.follows_data else " and ".join(source.graphs)
        row = {"method": source.name, "graph": graph, "links": _links(base)}
        claim = f"mixing of {source.name} contracts as predicted"
        if isinstance(method, D2):
            base = replace(base, mixing=method.matrix)
        if isinstance(method, AdjacentLeader):
            verdicts[source.name] = not_predicted(claim, (), _LEADERS)
            rows.append(row | _of_leaders(setup))
            continue
        many = setup.workers.count > MOST_DRAWN
        every = (
            None if many and not isinstance(base, Scheduled) else _every_link(source, base, setup)
        )
        whole = _NO_GRAPH if every is None else _all_links(all_links(every))
        if isinstance(base, Scheduled) and len(base.schedule.graphs) > 1:
            verdicts[source.name] = not_predicted(claim, (), _IN_TURN)
            rows.append(row | _in_turn(base.schedule) | whole | _no_rate(setup))
            continue
        if many and isinstance(base, DPSGD | Matcha):
            verdicts[source.name] = not_predicted(claim, (), _MANY)
            known = {"rho": rho_by_products(base).upper, "empirical_rho": float("nan")} | whole
            rate = _rate(setup, source, known["rho"], base) if base is method else _no_rate(setup)
            rows.append(row | known | rate)
            continue
        law = MixingLaw.of(base)
        drawn = drawn_matrices(base, DRAWS, seed=setup.seed)
        verdicts[source.name] = check_contraction(drawn, law, discrepancy=DISCREPANCY, claim=claim)
        known = {"rho": law.rho, "empirical_rho": empirical_rho(drawn)} | whole
        rate = _rate(setup, source, law.rho, base) if base is method else _no_rate(setup)
        rows.append(row | known | rate)
    return tuple(rows), verdicts


def _of_arcs(source: WorkerMethodSource, method: PushSum) -> dict[str, Any]:
    """What push-sum sends over, and how many messages a round has on average."""
    messages = float(np.mean([len(arcs_of(one)) for one in method.stack]))
    graph = " and ".join(source.graphs) or f"arcs: {source.settings['arcs']}"
    return {"graph": graph, "links": messages}


def _no_rate(setup: WorkersSetup) -> dict[str, Any]:
    return {} if setup.theory is None else {"rate": float("nan"), "refused": _RATE_NEEDS}


def _every_link(source: WorkerMethodSource, base: Any, setup: WorkersSetup) -> Any:
    """The links that a method may ever use; None where they follow the data."""
    if source.follows_data:
        return None
    if not isinstance(base, Scheduled):
        return source.designs(setup.folder)[0].decomposition
    schedule = base.schedule
    links = [m for one in schedule.graphs for m in one.links.matchings]
    return Graph(nodes=schedule.nodes, edges=np.unique(np.concatenate(links), axis=0))


def _in_turn(schedule: MixingSchedule) -> dict[str, float]:
    """What is known of graphs in turn: ``ρ`` a round, of a whole turn."""
    return {"rho": schedule.contraction, "empirical_rho": float("nan")}


def _of_leaders(setup: WorkersSetup) -> dict[str, Any]:
    """What is known where the matrix follows the losses, or its rows do not sum to 1: nothing of
    the contraction."""
    nothing = float("nan")
    row: dict[str, Any] = {"rho": nothing, "empirical_rho": nothing}
    row |= _NO_GRAPH
    return row | _no_rate(setup)


def drawn_facts(runs: Sequence[WorkerHistory]) -> dict[str, float]:
    """Of the matrices that were drawn in training, where they follow the losses: means over all
    rounds and seeds of their column drift, and of what they leave of the squared distance."""
    return {
        name: float(np.mean([run.figures[name] for run in runs]))
        for name in ("column_drift", "spread")
        if name in runs[0].figures
    }


def _all_links(whole: AllLinks) -> dict[str, float]:
    """``ρ`` of every link in every round: with one weight, and with the best symmetric ones."""
    best = float("nan") if whole.best is None else whole.best.contraction.upper
    return {"all_links_one_weight": whole.equal.contraction.upper, "all_links_best_weights": best}


def _links(base: LeaderBase) -> float:
    """Links expected in a round."""
    if isinstance(base, Scheduled):
        return float(np.mean([one.p @ one.links.sizes for one in base.schedule.graphs]))
    if isinstance(base, Alternating):
        return float(np.mean([_links(one) for one in base.turns]))
    assert base.links is not None
    sizes = base.links.sizes
    return float(base.p @ sizes) if isinstance(base, Matcha) else float(sizes.sum())


def _rate(setup: WorkersSetup, source: WorkerMethodSource, rho: float, base: Any) -> dict[str, Any]:
    """The theory's rate with the constants of [theory], or why there is none."""
    theory, step = setup.theory, source.steps.learning_rate
    if theory is None:
        return {}
    row: dict[str, Any] = {"rate": float("nan")}
    if rho < 1.0:
        row["largest_step"] = largest_step(rho, theory.smoothness, order=base.order)
    if base.delay or source.steps.steps > 1 or source.steps.decay < 1.0:
        return row | {"refused": _RATE_NEEDS}
    try:
        row["rate"] = gradient_bound(
            rho,
            step=step,
            smoothness=theory.smoothness,
            variance=theory.noise,
            dissimilarity=theory.dissimilarity,
            workers=setup.workers.count,
            value=theory.gap,
            rounds=setup.run.rounds,
            order=base.order,
        )
    except AssumptionError as error:
        row["refused"] = str(error)
    return row
