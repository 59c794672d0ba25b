"""``roundlot verify``: do solver, theory and simulation agree?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from roundlot.cli.options import (
    Budget,
    Design,
    Device,
    Json,
    Rounds,
    Seed,
    Source,
    changes,
    read_setup,
)
from roundlot.cli.output import progress_bar, say, say_json

if TYPE_CHECKING:
    from roundlot.progress import Progress
    from roundlot.run.case import Case
    from roundlot.run.simulation import Simulation

REFUTED = 1


def verify(
    source: Source = None,
    budget: Budget = None,
    rounds: Rounds = None,
    seed: Seed = None,
    design: Design = None,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Check the certificate, the reference solver, the proofs and the simulated variance.

    With a design only the optimum is drawn, by that design. Exit code 1 if any claim is refuted.

    Example: roundlot verify --rounds 2000
    """
    setup = read_setup(
        source,
        changes(
            problem__budget=budget, simulate__rounds=rounds, seed=seed, simulate__device=device
        ),
    )
    from roundlot.run import prepare
    from roundlot.run.simulation import require_room
    from roundlot.run.verdicts import check_run
    from roundlot.solvers import solve

    with progress_bar() as progress:
        case = prepare(setup, landscape=False, progress=progress)
        require_room(case)
        solution, reference = solve(case.problem), solve(case.problem, method="conic")
        simulations = _simulate(case, design, progress)
        verdicts = check_run(case, solution, reference, simulations)
    if as_json:
        say_json([asdict(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            say("\n".join(verdict.lines()))
    if any(verdict.outcome == "refuted" for verdict in verdicts):
        raise typer.Exit(REFUTED)


def _simulate(case: Case, kind: str | None, progress: Progress) -> tuple[Simulation, ...]:
    from roundlot.run.job import compare_case, simulate_all
    from roundlot.run.simulation import simulate_method

    comparison = compare_case(case)
    if kind is None:
        return simulate_all(case, comparison, progress=progress)
    from roundlot.run.simulation import shared_rate

    optimum = simulate_method(
        case,
        comparison.row("optimum"),
        discrepancy=case.setup.verify.discrepancy,
        false_alarm=shared_rate(case, 1),
        thorough=True,
        kind=kind,
        progress=progress,
    )
    return (optimum,)
