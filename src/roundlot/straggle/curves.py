"""Time to the target against the deadline."""

from __future__ import annotations

import math

import numpy as np

from roundlot.simulate.workers.straggler_descent import WorkerQuadratics
from roundlot.solvers.stragglers import BestDeadline, Deadline, RoundLaw, round_law
from roundlot.straggle.records import Curve
from roundlot.straggle.rows import SHOWN, ratio, rule_row
from roundlot.straggle.settings import StraggleSettings, Workers

CURVE_POINTS = 24


def deadline_curves(
    workers: Workers,
    full_law: RoundLaw,
    best: BestDeadline,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    full: float,
) -> tuple[Curve, ...]:
    """Two estimators over all deadlines that are of use; ``full`` are the full wait's seconds."""
    usable = best.tried[np.isfinite(best.values)]
    deadlines = np.geomspace(max(usable[0], 1e-3 * usable[-1]), usable[-1], CURVE_POINTS)
    found = {name: np.full(CURVE_POINTS, math.nan) for name in ("pooled", SHOWN)}
    for k, deadline in enumerate(deadlines):
        law = round_law(Deadline(seconds=float(deadline)), workers.stragglers, full_law.shares)
        seconds = law.seconds.value + workers.network.seconds
        for name, values in found.items():
            row = rule_row(law, name, problem, settings, seconds)
            values[k] = ratio(row.time.seconds, full)
    return tuple(
        Curve(estimator=name, deadlines=deadlines, relative=values)
        for name, values in found.items()
    )
