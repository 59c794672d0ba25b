"""What theory predicted beside what the simulation realised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import canvas, held, nothing
from roundlot.plot.rows import draw_interval, name_rows
from roundlot.plot.style import plain
from roundlot.run.parts import SimulationRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult


def plot_prediction(
    records: RunResult | Sequence[SimulationRecord], *, ax: Axes | None = None
) -> Axes:
    """Realised over predicted variance less 1, in percent, with each confidence interval.

    Give the result of a run, or its records. An interval that misses 0 is drawn with an open
    diamond. Methods without a finite positive prediction are left out.
    """
    given: Sequence[SimulationRecord] = held(records, "simulation")
    rows = [row for row in given if row.predicted > 0 and np.isfinite(row.predicted)]
    with canvas(ax, height=max(1.2, 0.6 + 0.2 * len(rows))) as ax:
        name_rows(ax, [plain(row.method) for row in rows])
        if not rows:
            nothing(ax, "no method has a prediction above 0")
        for place, row in enumerate(rows):
            ends = (100 * (v / row.predicted - 1) for v in (row.low, row.realised, row.high))
            draw_interval(ax, place, *ends)
        ax.set_xlabel(f"realised − predicted variance (% of predicted){_level(rows)}")
    return ax


def _level(rows: Sequence[SimulationRecord]) -> str:
    levels = {row.confidence for row in rows}
    return f",\n{100 * levels.pop():g} % intervals" if len(levels) == 1 else ""
