"""The job and the page of ``roundlot partition``: who holds what, how good it is, what binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot.folders.job import Job
from roundlot.plot.figures import Figure, partition_page_figures
from roundlot.report.numbers import number, percent
from roundlot.report.template import render
from roundlot.solvers.partition import (
    Partition,
    PartitionRow,
    compare_partition,
    make_partition,
    unlike_sizes,
)
from roundlot.theory.json_text import dumps
from roundlot.theory.text import plural

RECORD = "partition.json"
_FORMAT = "roundlot.run/partition-1"
_NAMES = (
    *("method", "function", "bandwidth", "value", "upper_bound", "gap", "similarity_loss"),
    *("bound_by", "exchanges", "classes", "speeds", "sizes", "capacities", "class_values"),
    *("class_bounds", "notes"),
)
_LISTED = 200  # workers in the table of the page; the files have all


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionResult:
    """A partition, and other shards of the same points by the same measures.

    Attributes:
        name: of the data.
        partition: what was made.
        rows: of ``compare_partition``, the partition's own first.
    """

    name: str
    partition: Partition
    rows: tuple[PartitionRow, ...]

    def to_record(self) -> dict[str, Any]:
        """The numbers as JSON."""
        return {
            "format": _FORMAT,
            "name": self.name,
            **{name: getattr(self.partition, name) for name in _NAMES},
            "quality": [row.to_record() for row in self.rows],
        }


def deal_and_compare(
    name: str, features: Any, labels: Any, speeds: Any, *, seed: int = 0, **options: Any
) -> PartitionResult:
    """Deal points to workers and measure them beside other shards.

    Args:
        name: of the data.
        features: ``(n, dim)``.
        labels: ``(n,)``.
        speeds: ``(J,)``, points per second.
        seed: of all random numbers.
        options: further ones of `make_partition`.

    Raises:
        InvalidProblemError, ConvergenceError: as `make_partition`.
    """
    made = make_partition(features, labels, speeds, seed=seed, **options)
    return PartitionResult(
        name=name, partition=made, rows=compare_partition(made, features, seed=seed)
    )


def worker_rows(partition: Partition) -> list[dict[str, Any]]:
    """A record for every worker, from the slowest to the fastest: points, worth, seconds."""
    worth, bound = partition.values.sum(axis=1), partition.upper_bound
    least = int(np.argmin(np.where(partition.sizes > 0, worth, np.inf)))
    return [
        {
            "worker": int(j),
            "speed": float(partition.speeds[j]),
            "points": int(partition.sizes[j]),
            "share": float(partition.sizes[j]) / partition.owner.size,
            "value": float(worth[j]),
            "of_bound": float(worth[j]) / bound if np.isfinite(bound) and bound > 0.0 else None,
            "seconds": float(partition.finish_seconds[j]),
            "least": bool(j == least),
            "classes": partition.capacities[j].tolist(),
        }
        for j in np.argsort(partition.speeds, kind="stable")
    ]


def what_binds(partition: Partition) -> list[str]:
    """What keeps the least served worker from more, one sentence each."""
    rows = worker_rows(partition)
    least = next(row for row in rows if row["least"])
    slowest = rows[0]["worker"] == least["worker"]
    found = [
        f"Worker {least['worker']} is served least, {number(least['value'], 6)} with "
        f"{least['points']} {plural(least['points'], 'point')}"
        + (": it is the slowest, and its capacity is the smallest." if slowest else ".")
    ]
    if partition.bound_by:
        found.append(
            f"No partition with these sizes serves its least worker above "
            f"{number(partition.upper_bound, 6)}: {partition.bound_by}."
        )
    if partition.exchanges is not None:
        found.append(
            f"{partition.exchanges} {plural(partition.exchanges, 'exchange')} of two points were "
            "made after the greedy choice; no exchange of two points of a class that is left "
            "raises the least."
        )
    if partition.similarity_loss:
        found.append(
            f"Similarities that were dropped may add {number(partition.similarity_loss)} to a "
            "value."
        )
    return [*found, *(f"{note[0].upper()}{note[1:]}." for note in partition.notes)]


def partition_headline(partition: Partition) -> str:
    """How well the least worker is served, in one sentence."""
    workers = f"{partition.n_workers} {plural(partition.n_workers, 'worker')}"
    text = (
        f"The least served of {workers} has {number(partition.value, 6)} by "
        f"{partition.function.replace('-', ' ')}"
    )
    if partition.bound_by:
        text += f", within {percent(partition.gap)} of what any partition with these sizes can give"
    return text


def _tables(result: PartitionResult) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    made = result.partition
    classes = [f"points of {name}" for name in made.classes]
    workers = [
        {
            **{k: v for k, v in row.items() if k != "classes"},
            **dict(zip(classes, row["classes"], strict=True)),
        }
        for row in worker_rows(made)
    ]
    owners = [{"point": i, "owner": int(j)} for i, j in enumerate(made.owner)]
    return {"owner": owners, "workers": workers, "shards": [row.to_record() for row in result.rows]}


def _pages(result: PartitionResult, figures: Sequence[Figure]) -> Mapping[str, str]:
    made = result.partition
    rows = worker_rows(made)
    page = render(
        "partition.html.jinja",
        result,
        figures,
        setup={
            "points": result.name,
            "method": made.method,
            "function": made.function,
            "bandwidth": made.bandwidth,
            "neighbours": made.neighbours,
            "speeds": made.speeds.tolist(),
        },
        headline=partition_headline(made),
        made=made,
        workers=rows[:_LISTED],
        hidden=len(rows) - len(rows[:_LISTED]),
        classes=[
            {"name": name, "points": points, "value": value, "bound": bound, "gap": gap}
            for name, points, value, bound, gap in zip(
                made.classes,
                made.capacities.sum(axis=0).tolist(),
                made.class_values.tolist(),
                made.class_bounds.tolist(),
                made.class_gaps.tolist(),
                strict=True,
            )
        ],
        shards=[row.to_record() for row in result.rows],
        unlike=unlike_sizes(result.rows),
        binding=what_binds(made),
    )
    return {"index.html": page}


#: Deal labelled points to workers of different speed.
PARTITION = Job(
    run=deal_and_compare,
    record=lambda result: dumps(result.to_record(), indent=2) + "\n",
    figures=lambda result: partition_page_figures(result.partition, result.rows),
    tables=_tables,
    pages=_pages,
    marker=RECORD,
    sorted_out=False,
)
