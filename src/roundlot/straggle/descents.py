"""One drawn descent for each rule, beside its exact expectation."""

from __future__ import annotations

import math

from roundlot.simulate.workers.straggler_descent import WorkerQuadratics, descend, expected_excess
from roundlot.solvers.stragglers import RoundLaw, estimator_moments
from roundlot.straggle.records import Descent, RuleRow
from roundlot.straggle.rows import SHOWN
from roundlot.straggle.settings import StraggleSettings, Workers

MOST_DRAWN_ROUNDS = 1500


def drawn_descents(
    laws: tuple[RoundLaw, ...],
    rows: tuple[RuleRow, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
) -> tuple[Descent, ...]:
    """A descent for every rule that reaches the target, of ``MOST_DRAWN_ROUNDS`` at most."""
    found = []
    for law in laws:
        row = next(r for r in rows if r.rule == law.rule.name and r.estimator == SHOWN)
        if not math.isfinite(row.time.rounds):
            continue
        rounds = int(min(row.time.rounds, MOST_DRAWN_ROUNDS))
        moments = estimator_moments(SHOWN, law.counts, law.shares)
        drawn = descend(
            law,
            workers.stragglers,
            problem,
            SHOWN,
            step=row.time.step,
            rounds=rounds,
            communication=workers.network.seconds,
            seed=settings.seed,
        )
        expected = expected_excess(moments, problem, row.time.step, rounds=rounds)[:, 0]
        found.append(Descent(rule=law.rule.name, drawn=drawn, expected=expected))
    return tuple(found)
