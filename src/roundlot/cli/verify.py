"""``roundlot verify``: do solver, theory and simulation agree?"""

from __future__ import annotations

from dataclasses import asdict

import typer

from roundlot.cli.options import Budget, Device, Json, Rounds, Seed, Source, changes
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import read_setup

REFUTED = 1


def verify(
    source: Source = None,
    budget: Budget = None,
    rounds: Rounds = None,
    seed: Seed = None,
    device: Device = None,
    as_json: Json = False,
) -> None:
    """Check the certificate, the reference solver, the proofs and the simulated variance.

    Exit code 1 if any claim is refuted.

    Example: roundlot verify --rounds 2000
    """
    setup = read_setup(
        source,
        changes(
            problem__budget=budget, simulate__rounds=rounds, seed=seed, simulate__device=device
        ),
    )
    from roundlot.run import prepare
    from roundlot.run.job import compare_case, simulate_all
    from roundlot.run.verdicts import check_run
    from roundlot.solvers import solve

    with progress_bar() as progress:
        case = prepare(setup, landscape=False, progress=progress)
        solution, reference = solve(case.problem), solve(case.problem, method="conic")
        simulations = simulate_all(case, compare_case(case), progress=progress)
        verdicts = check_run(case, solution, reference, simulations)
    if as_json:
        say_json([asdict(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            say(verdict)
    if any(verdict.outcome == "refuted" for verdict in verdicts):
        raise typer.Exit(REFUTED)
