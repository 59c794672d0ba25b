"""Write a study: figures, tables and the record; the folder appears whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundlot.folders.atomic import MARKER, replaced_folder
from roundlot.straggle.records import StraggleResult, split_records
from roundlot.theory.json_text import dumps


def write_straggle(
    folder: str | Path, result: StraggleResult, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write ``rules.csv``, ``splits.csv``, ``run.json`` and the figures as SVG and PDF.

    Returns:
        The paths written.

    Raises:
        FileExistsError: something is in the way; see `replaced_folder`.
        OSError: the place cannot be written.
    """
    from roundlot.plot.canvas import figure_of
    from roundlot.plot.stragglers import plot_deadlines, plot_descents, plot_finish
    from roundlot.plot.style import save_figure

    pictures = {"deadlines": plot_deadlines, "finish": plot_finish}
    if result.descents:
        pictures["loss"] = plot_descents
    record = result.to_record()
    with replaced_folder(folder, overwrite=overwrite) as part:
        for name, draw in pictures.items():
            figure = figure_of(draw(result))
            for kind in ("svg", "pdf"):
                save_figure(figure, part / f"{name}.{kind}")
                figure.set_layout_engine("none")  # It stays as laid out.
        _write_csv(part / "rules.csv", record["rows"])
        _write_csv(part / "splits.csv", split_records(result))
        (part / MARKER).write_text(dumps(record), "utf-8", newline="\n")
        names = sorted(path.name for path in part.iterdir())
    return tuple(Path(folder) / name for name in names)


def _write_csv(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
