"""``roundlot partition``: labelled points dealt to workers of different speed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import fleet, jobs, plot, solvers, theory
from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, Overwrite, command
from roundlot.cli.output import say, say_json
from roundlot.cli.source import say_shipped
from roundlot.folders.checks import check_addable, check_file
from roundlot.simulate import tasks
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.fleet import LabelledPoints
    from roundlot.report.partition import PartitionResult
    from roundlot.solvers.partition import Partition, PartitionRow
    from roundlot.theory.arrays import FloatArray

Data = Annotated[
    str | None,
    typer.Argument(
        help="Points with classes: .csv or .parquet with a column of classes, .npy with the class "
        "in its last column, or digits.",
        show_default="digits",
    ),
]
Label = Annotated[str, typer.Option(help="The column that holds the class.")]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=1_000_000, help="How many workers.", show_default="10, or as many as speeds"
    ),
]
Speeds = Annotated[
    str,
    typer.Option(
        help="Points per second: numbers with commas between, a .csv or .parquet with a column "
        "speed, phones (the shipped ones) or equal."
    ),
]
SpeedColumn = Annotated[
    str | None,
    typer.Option(help="The column that holds the speed, in a table.", show_default="speed"),
]
Method = Annotated[
    str,
    typer.Option(
        help="exchange: greedy, then points change places until no exchange of two raises the "
        "least served worker; greedy alone, round-robin, random, or exact: each class alone, small "
        "sets."
    ),
]
Function = Annotated[str, typer.Option(help="facility-location or graph-cut.")]
CutWeight = Annotated[
    float | None,
    typer.Option(
        help="What points alike in a block cost, with --function graph-cut.", show_default="1"
    ),
]
Bandwidth = Annotated[
    float | None,
    typer.Option(help="Width of the Gaussian.", show_default="median distance within classes"),
]
Neighbours = Annotated[
    int | None,
    typer.Option(help="Keep so many similarities of every point.", show_default="all"),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Where to write the owners: .csv, .parquet or .npy; a name without ending is a folder "
        "for a page (index.html), figures and tables."
    ),
]
Figures = Annotated[Path | None, typer.Option(help="Folder for the figures, SVG and PDF.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")]
_TABLES = (".csv", ".tsv", ".parquet")
_COLUMNS = {
    "method": "shards",
    "capacities": "sizes",
    "points": "points each",
    "value": "least value",
    "worst_class_distance": "class imbalance",
    "worst_mmd": "MMD",
    "dissimilarity": "dissimilarity",
    "round_seconds": "seconds a pass",
    "finish_spread": "spread",
}


_OF_A_FOLDER = ("format", "name")  # of the record; the command's JSON is of no folder


@dataclass(frozen=True, kw_only=True)
class Deal(Options):
    """What ``roundlot partition`` takes."""

    data: Data = None
    workers: Workers = None
    speeds: Speeds = "phones"
    speed_column: SpeedColumn = None
    method: Method = "exchange"
    function: Function = "facility-location"
    label: Label = "label"
    cut_weight: CutWeight = None
    bandwidth: Bandwidth = None
    neighbours: Neighbours = None
    out: Out = None
    figures: Figures = None
    seed: Seed = 0
    overwrite: Overwrite = False
    as_json: Json = False


@command
def partition(given: Deal) -> None:
    """Split labelled points among workers in proportion to speed; every part is like the whole.

    Example: roundlot partition digits --speeds 400,200,100,50 --out owner.csv
    """
    _check_places(given)
    if given.cut_weight is not None and given.function == "facility-location":
        raise typer.BadParameter(
            f"--cut-weight {given.cut_weight:g} is for --function graph-cut; leave it out or "
            "choose that"
        )
    rates = _speeds(given)
    points = _points(given.data or "digits", given.label)
    if given.data is None:
        say_shipped("points", "digits", "a table", as_json=given.as_json)
    result = jobs.PARTITION.run(
        given.data or "digits",
        points.features,
        points.labels,
        rates,
        seed=given.seed,
        method=given.method,
        function=given.function,
        cut_weight=given.cut_weight,
        bandwidth=given.bandwidth,
        neighbours=given.neighbours,
    )
    made, rows = result.partition, result.rows
    written = [] if given.out is None else _write(given.out, result, overwrite=given.overwrite)
    if given.figures is not None:
        written += _draw(given.figures, made, rows)
    if given.as_json:
        say_json(_record(result) | {"written": [str(path) for path in written]})
        return
    say(_text(made, rows))
    for path in written:
        say(f"wrote {path}", whole=True)


def _points(data: str, label: str) -> LabelledPoints:
    if data != "digits":
        return fleet.read_points(data, label=label)
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    return fleet.LabelledPoints(images / 16.0, digits)


def _speeds(given: Deal) -> FloatArray:
    import numpy as np

    speeds, workers = given.speeds, given.workers
    if given.speed_column is not None and not speeds.endswith(_TABLES):
        raise InvalidProblemError(
            f"--speed-column {given.speed_column!r} needs --speeds with a .csv or .parquet; leave "
            "it out"
        )
    if speeds == "phones":
        return tasks.devices(workers or 10, given.seed).speed
    if speeds == "equal":
        return np.ones(workers or 10)
    if speeds.endswith(_TABLES):
        rates = fleet.read_speeds(speeds, column=given.speed_column or "speed")
    else:
        try:
            rates = np.array([float(text) for text in speeds.split(",")])
        except ValueError:
            raise InvalidProblemError(
                f"--speeds is {speeds!r:.60}; give numbers with commas between, a .csv or "
                ".parquet, phones or equal"
            ) from None
    if workers is not None and workers != rates.size:
        raise InvalidProblemError(
            f"--workers is {workers} and there are {rates.size} speeds; leave --workers out"
        )
    return rates


def _check_places(given: Deal) -> None:
    """Refuse now what writing would refuse after the work."""
    out, figures = given.out, given.figures
    folder = out is not None and not out.suffix
    if given.overwrite and not folder:
        raise typer.BadParameter(
            "--overwrite is for --out with a folder, a name without ending; leave it out"
        )
    if out is not None and folder:
        jobs.PARTITION.folder(out, overwrite=given.overwrite).require_free()
    elif out is not None:
        check_file(out, fleet.KINDS, new_folder=False)
    if figures is not None:
        check_addable(figures)


def _write(out: Path, result: PartitionResult, *, overwrite: bool) -> list[Path]:
    import numpy as np

    if not out.suffix:
        return list(jobs.PARTITION.write(out, result, overwrite=overwrite))
    owner = result.partition.owner
    columns: dict[str, Any] = {"owner": owner}
    if out.suffix.lower() != ".npy":
        columns = {"point": np.arange(owner.size), **columns}
    return [fleet.write_table(out, columns)]


def _draw(folder: Path, made: Partition, rows: tuple[PartitionRow, ...]) -> list[Path]:
    figures = plot.partition_figures(made, rows)
    return [path for figure in figures for path in figure.write(folder)]


def _record(result: PartitionResult) -> dict[str, Any]:
    return {name: value for name, value in result.to_record().items() if name not in _OF_A_FOLDER}


def _text(made: Partition, rows: tuple[PartitionRow, ...]) -> str:
    proved = (
        f"least value {made.value:.6g}, none with as many points of every class exceeds "
        f"{theory.rounded_up(made.upper_bound, 6):.6g}: "
        f"within {max(made.gap, 0.0):.2%}"
    )
    if made.similarity_loss:
        proved += f"; dropped similarities may add {made.similarity_loss:.4g} to a value"
    if made.bound_by:
        proved += f"\nthe bound is {made.bound_by}"
    if made.exchanges is not None:
        proved += (
            f"\n{made.exchanges} {plural(made.exchanges, 'exchange')} after the greedy choice; no "
            "exchange of two points of a class that is left raises the least"
        )
    alone = ", each class alone" if made.method == "exact" else ""
    return "\n".join(
        [
            f"{made.owner.size} {plural(made.owner.size, 'point')} in {len(made.classes)} "
            f"{plural(len(made.classes), 'class', 'classes')}, {made.n_workers} "
            f"{plural(made.n_workers, 'worker')}, "
            f"{made.sizes.min()} to {made.sizes.max()} points each",
            f"{made.function} by {made.method}{alone}, Gaussian of width {made.bandwidth:.4g}",
            proved,
            table([_row(row) for row in rows], _COLUMNS),
            *solvers.partition.unlike_sizes(rows),
        ]
    )


def _row(row: PartitionRow) -> dict[str, Any]:
    record = row.to_record()
    return {**record, "points": f"{record['least_points']} to {record['most_points']}"}
