"""``roundlot solve``: the optimal probabilities of a table of scores or a setup, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli.options import Budget, Cap, Floor, Json, Seed, Source, changes
from roundlot.cli.output import say, say_json
from roundlot.cli.source import read_setup

if TYPE_CHECKING:
    from roundlot.run.case import Case
    from roundlot.solvers import Solution

Out = Annotated[
    Path | None,
    typer.Option(help="Where to write the probabilities: .csv, .parquet or .npy."),
]
Stream = Annotated[
    bool,
    typer.Option("--stream", help="Read a .parquet, or a folder of them, piece by piece."),
]
Method = Annotated[str, typer.Option(help="auto, exact or conic.")]


def solve(
    source: Source = None,
    budget: Budget = None,
    out: Out = None,
    method: Method = "auto",
    floor: Floor = None,
    processor_cap: Cap = None,
    seed: Seed = None,
    stream: Stream = False,
    as_json: Json = False,
) -> None:
    """Compute the optimal sampling probabilities, with a certificate.

    Example: roundlot solve scores.csv --budget 2 --out probabilities.csv
    """
    if stream:
        if floor is not None or method not in ("auto", "exact"):
            raise typer.BadParameter("--stream knows neither --floor nor another --method")
        _stream(source, budget, out, processor_cap, as_json)
        return
    setup = read_setup(
        source,
        changes(
            problem__budget=budget,
            problem__floor=floor,
            problem__processor_cap=processor_cap,
            seed=seed,
        ),
    )
    from roundlot.run import prepare
    from roundlot.solvers import solve as solve_problem

    case = prepare(setup, landscape=False)
    solution = solve_problem(case.problem, method=method)
    if out is not None:
        _write(out, case, solution)
    if as_json:
        say_json(_record(case, solution))
    else:
        say(_summary(solution))
        if out is not None:
            say(f"probabilities: {out}")


def _stream(
    source: Path | None, budget: float | None, out: Path | None, cap: float | None, as_json: bool
) -> None:
    from dataclasses import asdict

    from roundlot.stream import solve_parquet

    if source is None or budget is None:
        raise typer.BadParameter("--stream needs a SOURCE (.parquet or a folder) and --budget")
    found = solve_parquet(source, budget, out, processor_cap=1.0 if cap is None else cap)
    if as_json:
        say_json(asdict(found) | {"out": None if out is None else str(out)})
        return
    say(f"{found.rows} processors x {len(found.models)} models, read {found.passes} times")
    say(f"threshold  {found.threshold!r}: draw min({found.cap:g}, threshold x sum of scores)")
    if out is not None:
        say(f"objective  {found.objective:.6g}, optimal within {found.gap:.1e} (proved)")
        say(f"probabilities: {out}")


def _write(out: Path, case: Case, solution: Solution) -> None:
    from roundlot.fleet import write_scores

    fleet = case.fleet
    names = [fleet.clients[index] for index in fleet.client]
    write_scores(out, solution.probabilities, models=fleet.models, clients=names)


def _record(case: Case, solution: Solution) -> dict[str, Any]:
    from dataclasses import asdict

    from roundlot.run.summaries import solution_summary

    return asdict(solution_summary(solution)) | {
        "clients": case.fleet.clients,
        "models": case.fleet.models,
        "probabilities": solution.probabilities,
        "client": case.fleet.client,
    }


def _summary(solution: Solution) -> str:
    certificate = solution.certificate
    proof = "proved" if certificate.rigorous else "not rigorous"
    lines = [
        f"{solution.problem!r}",
        f"variance   {solution.variance:.6g}",
        f"objective  {solution.objective:.6g}, optimal within {certificate.gap:.1e} ({proof})",
        f"capped     {int(solution.capped.sum())} of {solution.problem.n_processors} processors",
        *(f"note: {note}" for note in solution.notes),
    ]
    return "\n".join(lines)
