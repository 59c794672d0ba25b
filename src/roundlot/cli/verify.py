"""``roundlot verify``: do solver, theory and simulation agree?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from roundlot import run, solvers
from roundlot import verify as checks
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import (
    Baselines,
    Budget,
    Design,
    Device,
    Json,
    Models,
    Rounds,
    Seed,
    Source,
    command,
)
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import setup_of

if TYPE_CHECKING:
    from roundlot.progress import Progress
    from roundlot.run import Case, Simulation

REFUTED = 1


@dataclass(frozen=True, kw_only=True)
class Verify(LimitOptions):
    """What ``roundlot verify`` takes."""

    source: Source = None
    budget: Budget = None
    models: Models = None
    rounds: Rounds = None
    baseline_seconds: Baselines = None
    seed: Seed = None
    design: Design = None
    device: Device = None
    as_json: Json = False


@command
def verify(given: Verify) -> None:
    """Check the certificate, the reference solver, the proofs and the simulated variance.

    With a design only the optimum is drawn, by that design. Exit code 1 if any claim is refuted.

    Example: roundlot verify --rounds 2000
    """
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    with progress_bar() as progress:
        case = run.prepare(setup, landscape=False, progress=progress)
        run.require_room(case)
        solution = solvers.solve(case.problem)
        reference = solvers.solve(case.problem, method="conic")
        simulations = _simulate(case, given.design, progress)
        progress("verify", 0, 0)
        verdicts = run.check_run(case, solution, reference, simulations)
    if given.as_json:
        say_json(checks.Verification.of(verdicts).to_dict())
    else:
        for verdict in verdicts:
            say("\n".join(verdict.lines()))
    if any(verdict.outcome == "refuted" for verdict in verdicts):
        raise typer.Exit(REFUTED)


def _simulate(case: Case, kind: str | None, progress: Progress) -> tuple[Simulation, ...]:
    comparison = run.compare_case(case)
    if kind is None:
        return run.simulate_all(case, comparison, progress=progress, then=(run.VERIFYING,))
    optimum = run.simulate_method(
        case,
        comparison.row("optimum"),
        discrepancy=case.setup.verify.discrepancy,
        false_alarm=run.shared_rate(case, 1),
        thorough=True,
        kind=kind,
        progress=progress,
        then=(run.VERIFYING,),
    )
    return (optimum,)
