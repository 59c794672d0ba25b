"""Rounds drawn by every rule, held against what the theory says of them."""

from __future__ import annotations

from dataclasses import replace

from roundlot.progress import Progress
from roundlot.simulate.workers.straggler_descent import WorkerQuadratics
from roundlot.simulate.workers.straggler_rounds import simulate_stragglers
from roundlot.solvers.stragglers import ESTIMATORS, RoundLaw
from roundlot.straggle.rows import SHOWN
from roundlot.straggle.settings import StraggleSettings, Workers
from roundlot.verify.agreement.stragglers import Rates, check_stragglers
from roundlot.verify.tests.verdict import Verdict

DISCREPANCY = 0.05


def check_rules(
    laws: tuple[RoundLaw, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    progress: Progress,
) -> tuple[Verdict, ...]:
    """Verdicts on every rule, with the estimators that it allows."""
    gradients = problem.gradients(problem.start)
    found: list[Verdict] = []
    for k, law in enumerate(laws):
        progress("verdicts", k, len(laws))
        names = [name for name in ESTIMATORS if name != SHOWN or law.counts.mean.min() > 0.0]
        rounds = simulate_stragglers(
            law.rule,
            workers.stragglers,
            law.shares,
            gradients,
            noise_variance=problem.noise_variance,
            rounds=settings.rounds,
            estimators=names,
            seed=settings.seed,
        )
        checks = check_stragglers(
            rounds,
            law,
            workers.stragglers,
            gradients,
            noise_variance=problem.noise_variance,
            rates=Rates(discrepancy=DISCREPANCY),
        )
        found += [_named(check, law.rule.name) for check in checks]
    progress("verdicts", len(laws), len(laws))
    return tuple(found)


def _named(verdict: Verdict, rule: str) -> Verdict:
    return replace(verdict, claim=f"{rule}, {verdict.claim}")
