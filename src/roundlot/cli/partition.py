"""``roundlot partition``: labelled points dealt to workers of different speed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli.options import Json
from roundlot.cli.output import say, say_json, table

if TYPE_CHECKING:
    from roundlot.fleet.points import LabelledPoints
    from roundlot.solvers.partition import Partition, PartitionRow
    from roundlot.theory.arrays import FloatArray

Data = Annotated[
    str,
    typer.Argument(
        help="Points with classes: .csv or .parquet with a column of classes, .npy with the class "
        "in its last column, or digits."
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
    str, typer.Option(help="greedy, round-robin, random or exact: each class alone, small sets.")
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
    Path | None, typer.Option(help="Where to write the owners: .csv, .parquet or .npy.")
]
Figures = Annotated[Path | None, typer.Option(help="Folder for the figures, SVG and PDF.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
_TABLES = (".csv", ".parquet")
_COLUMNS = {
    "method": "shards",
    "value": "least value",
    "worst_class_distance": "class imbalance",
    "worst_mmd": "MMD",
    "dissimilarity": "dissimilarity",
    "round_seconds": "seconds a pass",
    "finish_spread": "spread",
}


def partition(
    data: Data = "digits",
    workers: Workers = None,
    speeds: Speeds = "phones",
    speed_column: SpeedColumn = None,
    method: Method = "greedy",
    function: Function = "facility-location",
    label: Label = "label",
    cut_weight: CutWeight = None,
    bandwidth: Bandwidth = None,
    neighbours: Neighbours = None,
    out: Out = None,
    figures: Figures = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Deal labelled points to workers in proportion to speed, every shard like the whole.

    Example: roundlot partition digits --speeds 400,200,100,50 --out owner.csv
    """
    from roundlot.solvers import compare_partition, make_partition

    _check_places(out, figures)
    if cut_weight is not None and function == "facility-location":
        raise typer.BadParameter(
            f"--cut-weight {cut_weight:g} is for --function graph-cut; leave it out or choose that"
        )
    rates = _speeds(speeds, workers, speed_column, seed)
    points = _points(data, label)
    made = make_partition(
        points.features,
        points.labels,
        rates,
        method=method,
        function=function,
        cut_weight=cut_weight,
        bandwidth=bandwidth,
        neighbours=neighbours,
        seed=seed,
    )
    rows = compare_partition(made, points.features, seed=seed)
    written = [] if out is None else [_write(out, made)]
    if figures is not None:
        written += _draw(figures, made, rows)
    if as_json:
        say_json(_record(made, rows) | {"written": [str(path) for path in written]})
        return
    say(_text(made, rows))
    for path in written:
        say(f"wrote {path}")


def _points(data: str, label: str) -> LabelledPoints:
    from roundlot.fleet.points import LabelledPoints, read_points

    if data != "digits":
        return read_points(data, label=label)
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    return LabelledPoints(images / 16.0, digits)


def _speeds(speeds: str, workers: int | None, column: str | None, seed: int) -> FloatArray:
    import numpy as np

    from roundlot.fleet.points import read_speeds
    from roundlot.theory import InvalidProblemError

    if column is not None and not speeds.endswith(_TABLES):
        raise InvalidProblemError(
            f"--speed-column {column!r} needs --speeds with a .csv or .parquet; leave it out"
        )
    if speeds == "phones":
        from roundlot.simulate.tasks import devices

        return devices(workers or 10, seed).speed
    if speeds == "equal":
        return np.ones(workers or 10)
    if speeds.endswith(_TABLES):
        rates = read_speeds(speeds, column=column or "speed")
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


def _check_places(out: Path | None, figures: Path | None) -> None:
    """Refuse now what writing would refuse after the work."""
    from roundlot.fleet.tables import KINDS
    from roundlot.folders.checks import check_addable, check_file

    if out is not None:
        check_file(out, KINDS, new_folder=False)
    if figures is not None:
        check_addable(figures)


def _write(out: Path, made: Partition) -> Path:
    import numpy as np

    from roundlot.fleet.tables import write_table

    columns: dict[str, Any] = {"owner": made.owner}
    if out.suffix.lower() != ".npy":
        columns = {"point": np.arange(made.owner.size), **columns}
    return write_table(out, columns)


def _draw(folder: Path, made: Partition, rows: tuple[PartitionRow, ...]) -> list[Path]:
    from roundlot.plot.canvas import figure_of
    from roundlot.plot.partition import plot_finish_times, plot_shard_values
    from roundlot.plot.style import save_figure

    written = []
    for name, draw in (("finish_times", plot_finish_times), ("values", plot_shard_values)):
        figure = figure_of(draw(made, rows))
        for suffix in (".svg", ".pdf"):
            path = folder / f"{name}{suffix}"
            save_figure(figure, path)
            written.append(path)
    return written


def _record(made: Partition, rows: tuple[PartitionRow, ...]) -> dict[str, Any]:
    names = ("method", "function", "bandwidth", "value", "upper_bound", "gap", "similarity_loss")
    arrays = ("classes", "speeds", "sizes", "capacities", "class_values", "class_bounds", "notes")
    return {
        **{name: getattr(made, name) for name in (*names, *arrays)},
        "quality": [row.to_record() for row in rows],
    }


def _text(made: Partition, rows: tuple[PartitionRow, ...]) -> str:
    from roundlot.theory.numerals import rounded_up

    proved = (
        f"least value {made.value:.6g}, none exceeds {rounded_up(made.upper_bound, 6):.6g}: "
        f"within {made.gap:.2%}"
    )
    if made.similarity_loss:
        proved += f"; dropped similarities may add {made.similarity_loss:.4g} to a value"
    alone = ", each class alone" if made.method == "exact" else ""
    return "\n".join(
        [
            f"{made.owner.size} points in {len(made.classes)} classes, {made.n_workers} workers, "
            f"{made.sizes.min()} to {made.sizes.max()} points each",
            f"{made.function} by {made.method}{alone}, Gaussian of width {made.bandwidth:.4g}",
            proved,
            table([row.to_record() for row in rows], _COLUMNS),
        ]
    )
