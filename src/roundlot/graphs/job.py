"""The job of ``roundlot graph``: how often links are used, written with figures and a table.

Its result says what is known of a schedule of links, as numbers and as a table.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.folders.job import Job
from roundlot.graphs.setup import TrainingSection
from roundlot.plot.figures import Figure, graph_figures
from roundlot.report.graph import render_graph
from roundlot.solvers.graphs import (
    AllLinks,
    Decomposition,
    LinkLimits,
    LinkSchedule,
    MixingRate,
    all_links,
    mixing_rate,
    optimise_links,
    search_decompositions,
)
from roundlot.theory.arrays import FloatArray
from roundlot.theory.json_text import dumps
from roundlot.theory.text import rounded_down, rounded_up

RECORD = "graph.json"

#: Budgets, as shares of all links, of the table that `--sweep` asks for.
SWEEP = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
#: Methods whose chances are not those that connect the mean graph best.
_NAMES = {"uniform": "equal chances of all matchings", "direct": "least ρ by direct search"}
#: All links in every round, by the keys of its record.
_ALL = {
    "one weight": "all links, equal weights",
    "best weights": "all links, best weights of any sign",
    "metropolis": "all links, Metropolis weights",
}
COMPARED = 128  # nodes up to which every method is run for comparison


def links_table(result: GraphResult) -> list[dict[str, Any]]:
    """A row for every link: its ends, its matching, how often it is used."""
    schedule, graph = result.schedule, result.schedule.decomposition.graph
    rows = zip(
        graph.edges, schedule.decomposition.matching, schedule.link_probabilities, strict=True
    )
    return [
        {"from": graph.nodes[a], "to": graph.nodes[b], "matching": int(j), "probability": float(p)}
        for (a, b), j, p in rows
    ]


def _tables(result: GraphResult) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {"p": links_table(result)}


def _pages(result: GraphResult, figures: Sequence[Figure]) -> Mapping[str, str]:
    return {"index.html": render_graph(result, figures, summary(result))}


def _record(result: GraphResult) -> str:
    return dumps(result.to_record(), indent=2) + "\n"


@dataclass(frozen=True, kw_only=True, eq=False)
class GraphResult:
    """A schedule, others to hold it against, and what it guarantees.

    ``sweep`` has a schedule for every budget tried; ``rate`` is None unless a step was given.
    ``all_links`` is every link in every round, ``tried`` has ``ρ`` of every decomposition tried.
    """

    name: str
    schedule: LinkSchedule
    others: tuple[LinkSchedule, ...]
    sweep: tuple[LinkSchedule, ...]
    rate: MixingRate | None
    all_links: AllLinks
    tried: FloatArray

    @cached_property
    def mixings(self) -> tuple[dict[str, Any], ...]:
        """Name, ``ρ``, matchings and links a round: of the schedule, the others, and all links."""
        chosen = self.schedule.decomposition
        whole = self.all_links.to_record()
        every = {"matchings": chosen.n_matchings, "links": chosen.graph.n_edges}
        return (
            *(_mixing(schedule) for schedule in (self.schedule, *self.others)),
            *(
                {"name": name, "rho": float(whole[key]), **every}
                for key, name in _ALL.items()
                if key in whole
            ),
        )

    @property
    def design(self) -> LinkSchedule:
        """The former name of ``schedule``; it goes with the next release."""
        text = "GraphResult.design is now called schedule; the old name goes with the next release"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return self.schedule

    def to_record(self) -> dict[str, Any]:
        """Everything as JSON."""
        graph = self.schedule.decomposition.graph
        return {
            "format": "roundlot.run/graph-1",
            "name": self.name,
            "nodes": graph.n_nodes,
            "links": graph.n_edges,
            "max_degree": graph.max_degree,
            "matchings": [
                [[graph.nodes[a], graph.nodes[b]] for a, b in links]
                for links in self.schedule.decomposition.matchings
            ],
            "design": schedule_record(self.schedule),  # the key of the first files
            "tried": self.tried,
            "all_links": self.all_links.to_record(),
            "others": [schedule_record(other) for other in self.others],
            "sweep": [schedule_record(other, proved=False) for other in self.sweep],
            "rate": None if self.rate is None else asdict(self.rate),
        }


def _mixing(schedule: LinkSchedule) -> dict[str, Any]:
    return {
        "name": _NAMES.get(schedule.method, f"MATCHA ({schedule.method})"),
        "rho": float(schedule.contraction.upper),
        "matchings": schedule.matchings_per_round,
        "links": schedule.links_per_round,
    }


def schedule_record(schedule: LinkSchedule, *, proved: bool = True) -> dict[str, Any]:
    """A schedule's numbers; the certificate can take as long as solving, so it may be left out."""
    record: dict[str, Any] = {
        "method": schedule.method,
        "budget": schedule.budget,
        "probabilities": schedule.probabilities,
        "connectivity": schedule.connectivity.lower,
        "weight": schedule.weight,
        "mixing": schedule.mixing,
        "rho": schedule.contraction.upper,
        "matchings_per_round": schedule.matchings_per_round,
        "links_per_round": schedule.links_per_round,
        "cost_per_round": schedule.cost_per_round,
        "seconds_per_round": schedule.seconds_per_round,
        "traffic": schedule.traffic,
        "least_entry": schedule.least_entry,
        "seconds": schedule.seconds,
        "notes": schedule.notes,
    }
    if proved:
        certificate = schedule.certificate
        record["certificate"] = {
            "lower": certificate.lower,
            "upper": certificate.upper,
            "gap": certificate.gap,
            "rigorous": certificate.rigorous,
            "verified": certificate.verify(),
        }
    return record


def examine(
    name: str,
    decomposition: Decomposition,
    *,
    budget: float,
    method: str,
    mixing: str,
    training: TrainingSection,
    limits: LinkLimits | None = None,
    sweep: Sequence[float] = (),
    tries: int = 1,
    seed: int = 0,
) -> GraphResult:
    """Optimise, compare and bound; of several decompositions the one with the least ``ρ``.

    Every schedule keeps the ``limits``.

    Raises:
        AssumptionError: a step outside the range in which the rate is proved.
        InvalidProblemError, ConvergenceError: as ``optimise_links``.
    """
    search = search_decompositions(
        decomposition,
        budget,
        tries=tries,
        method=method,
        mixing=mixing,
        limits=limits,
        seed=seed,
    )
    schedule = search.schedule
    decomposition, budget = schedule.decomposition, schedule.budget
    rate = None
    if training.step is not None:
        rate = mixing_rate(
            schedule,
            smoothness=training.smoothness,
            step=training.step,
            rounds=training.rounds,
            value=training.value,
            variance=training.variance,
            dissimilarity=training.dissimilarity,
            order=training.order,
        )
    others = ["uniform"]
    if decomposition.graph.n_nodes <= COMPARED:
        others += ["cutting planes"]
    if decomposition.n_matchings <= 12 and decomposition.graph.n_nodes <= COMPARED:
        others += ["direct"]
    return GraphResult(
        name=name,
        schedule=schedule,
        others=tuple(
            optimise_links(
                decomposition, budget, method=other, mixing=mixing, limits=limits, seed=seed
            )
            for other in others
            if other != schedule.method
        ),
        sweep=tuple(
            optimise_links(
                decomposition, share, method=method, mixing=mixing, limits=limits, seed=seed
            )
            for share in sweep
        ),
        rate=rate,
        all_links=all_links(decomposition),
        tried=search.contractions,
    )


def summary(result: GraphResult) -> list[str]:
    """What the table does not say, line by line."""
    schedule = result.schedule
    certificate = schedule.certificate
    everything = result.all_links.to_record()
    lines = [
        f"λ₂ is between {rounded_down(certificate.lower, 7):.7g} and "
        f"{rounded_up(certificate.upper, 7):.7g} at the optimum {_of_what(schedule)}: a gap of "
        f"{rounded_up(certificate.gap, 2):.2g}, proved",
        f"every link in every round: ρ = {everything['one weight']:.5f} with the best single weight"
        + _best(everything)
        + f", {everything['metropolis']:.5f} with Metropolis weights",
    ]
    if len(result.tried) > 1:
        lines.append(
            f"best of {len(result.tried)} decompositions with as many matchings a round: ρ from "
            f"{result.tried.min():.5f} to {result.tried.max():.5f}, {result.tried[0]:.5f} of the "
            "first; nothing proves it the least of all"
        )
    if schedule.limits is not None:
        lines.append(_spent(schedule, schedule.limits))
    if schedule.least_entry < -1e-9:  # a weight of 0 is rounded to either side
        lines.append(
            f"some draws give a worker the weight {schedule.least_entry:.3g} on its own model; "
            "--mixing nonnegative avoids that"
        )
    if schedule.budget_left > 1e-6 and not (schedule.limits and schedule.limits.binds):
        lines.append(f"{schedule.budget_left:.4g} of the budget of matchings is left unused")
    lines += [f"note: {note}" for note in schedule.notes]
    if result.rate is not None:
        rate = result.rate
        lines.append(
            f"proved, {rate.theorem}: the mean squared gradient of {rate.rounds:,} rounds at step "
            f"{rate.step:g} is at most {rate.bound:.4g}, {rate.floor:.4g} with ever more rounds; "
            f"largest step {rate.largest_step:.4g}"
        )
    return lines


def _of_what(schedule: LinkSchedule) -> str:
    limited = schedule.limits is not None and schedule.limits.binds
    return "within these limits" if limited else "of this budget"


def _spent(schedule: LinkSchedule, limits: LinkLimits) -> str:
    """What a round takes, beside what it may."""
    graph = schedule.decomposition.graph
    parts = []
    if schedule.cost_per_round is not None:
        parts.append(f"costs {schedule.cost_per_round:.4g}{_at_most(limits.cost_budget)}")
    if schedule.seconds_per_round is not None:
        parts.append(
            f"takes {schedule.seconds_per_round:.4g} s{_at_most(limits.seconds)}, matchings one "
            "after the other and each as long as its slowest link"
        )
    busiest = int(np.argmax(schedule.traffic))
    most = None if limits.traffic is None else float(limits.traffic[busiest])
    parts.append(
        f"uses {schedule.traffic[busiest]:.4g} links of node {graph.nodes[busiest]}, the busiest"
        + _at_most(most)
    )
    return "in expectation a round " + "; ".join(parts)


def _at_most(limit: float | None) -> str:
    return "" if limit is None or not np.isfinite(limit) else f" (at most {limit:g})"


def _best(everything: Mapping[str, float]) -> str:
    if "best weights" not in everything:
        return ""
    return (
        f", {everything['best weights']:.5f} with the best weight for each link (no symmetric "
        f"weights come below {rounded_down(everything['no weights below'], 5):.5g})"
    )


#: Decompose a graph into matchings and choose how often to use each.
GRAPH = Job(
    run=examine,
    record=_record,
    figures=graph_figures,
    tables=_tables,
    pages=_pages,
    marker=RECORD,
    sorted_out=False,
)
