"""``roundlot solve``: the optimal probabilities of a table of scores or a setup, as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from roundlot import fleet, run, solvers, stream, theory
from roundlot.cli import completion
from roundlot.cli.options import (
    Budget,
    Json,
    Models,
    Seed,
    Source,
    command,
)
from roundlot.cli.output import say, say_json, say_later
from roundlot.cli.plan_options import PlanOptions, plan_text
from roundlot.cli.source import setup_of
from roundlot.files import reworded
from roundlot.fleet.plan_section import KINDS
from roundlot.folders.checks import check_file
from roundlot.theory.text import plural
from roundlot.verify.exact.judgement import judge_solution

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run import Case, Planned
    from roundlot.solvers import Solution
    from roundlot.stream import StreamedSolution
    from roundlot.theory.choices import ObjectiveName, SolverName

Out = Annotated[
    Path | None,
    typer.Option(help="Where to write the probabilities: .csv, .parquet or .npy."),
]
Certificate = Annotated[
    Path | None,
    typer.Option(help="Where to write problem, design and proof: .json; see roundlot check."),
]
Stream = Annotated[
    bool,
    typer.Option("--stream", help="Read a .parquet, a folder of them or a setup's piece by piece."),
]
Method = Annotated[
    str,
    typer.Option(
        help="auto, exact or conic.",
        autocompletion=completion.words("auto", "exact", "conic"),
    ),
]

Objective = Annotated[
    str,
    typer.Option(
        help="sum, max, fair or participation.",
        autocompletion=completion.words("sum", "max", "fair", "participation"),
    ),
]
Alpha = Annotated[float | None, typer.Option(help="Order of objective fair, at least 1.")]
ParticipationWeight = Annotated[
    float | None,
    typer.Option(help="Weight of the participation variance, objective participation."),
]


@dataclass(frozen=True, kw_only=True)
class Solve(PlanOptions):
    """What ``roundlot solve`` takes."""

    source: Source = None
    budget: Budget = None
    models: Models = None
    out: Out = None
    certificate: Certificate = None
    method: Method = "auto"
    objective: Objective = "sum"
    alpha: Alpha = None
    participation_weight: ParticipationWeight = None
    seed: Seed = None
    stream: Stream = False
    as_json: Json = False


@command
def solve(given: Solve) -> None:
    """Compute the optimal sampling probabilities, with a certificate.

    Example: roundlot solve scores.csv --budget 2 --out probabilities.csv
    """
    _check_places(given)
    if given.stream:
        _stream(given)
        return
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    answer: Solution | Planned
    if setup.plan.kind is not None:
        _refuse_beside_plan(given, setup)
        case = run.prepare_plan(setup)
        answer = run.answer_plan(case)
        proved = answer.verify()
        text = plan_text(setup.plan, answer, proved=proved)
    else:
        case = run.prepare(setup, landscape=False)
        answer = solvers.solve(
            case.problem,
            method=cast("SolverName", given.method),
            objective=cast("ObjectiveName", given.objective),
            alpha=given.alpha,
            participation_weight=given.participation_weight,
        )
        proved = judge_solution(answer).proved
        text = _summary(answer, proved=proved)
    _write(given, case, answer)
    if given.as_json:
        say_json({**answer.to_dict(), "rigorous": proved})
        return
    say(text)
    if given.out is not None:
        say(f"probabilities: {given.out}", whole=True)
    if given.certificate is not None:
        say(f"certificate: {given.certificate}", whole=True)


def _check_places(given: Solve) -> None:
    """Refuse now what writing would refuse after the work."""
    if given.out is not None:
        kinds = (".parquet",) if given.stream else fleet.KINDS
        check_file(given.out, kinds, new_folder=given.stream)
    if given.certificate is not None:
        check_file(given.certificate, (".json",))


def _stream(given: Solve) -> None:
    source, out = given.source, given.out
    _refuse_beside_stream(given)
    if source is None:
        raise typer.BadParameter("--stream needs a SOURCE: .parquet, a folder of them, or .toml")
    path, arguments = _stream_arguments(given, source)
    found = stream.solve_parquet(path, out=out, **arguments)
    if given.as_json:
        say_json(asdict(found) | {"out": None if out is None else str(out)})
        return
    say(
        f"{found.rows} {plural(found.rows, 'processor')} x {len(found.models)} "
        f"{plural(len(found.models), 'model')}, read {found.passes} {plural(found.passes, 'time')}"
    )
    models = arguments["models"]
    chosen = "" if models else " (every column of numbers; --models names those that are)"
    say_later(f"note: models: {', '.join(found.models)}{chosen}")
    if found.threshold is not None:
        say(f"threshold  {found.threshold!r}: draw min({found.cap:g}, threshold x sum of scores)")
    for name, price in _prices(found):
        say(f"price      {price:.6g} of the {name}" if price else f"slack      the {name}")
    if found.gap is not None:
        say(f"objective  {found.objective_text}, optimal within {_above(found.gap)} (proved)")
    if found.out is not None:
        say(f"probabilities: {out}")


def _stream_arguments(given: Solve, source: Path) -> tuple[Path, dict[str, Any]]:
    """The table, and what `solve_parquet` takes beside it."""
    if source.suffix.lower() == ".toml":
        return stream.stream_arguments(fleet.read_setup(source, given.changes()))
    if given.budget is None:
        raise typer.BadParameter("--stream needs --budget with a table; a setup may name it")
    return stream.stream_arguments(stream.table_setup(source, given.changes()))


def _prices(found: StreamedSolution) -> list[tuple[str, float]]:
    """What a unit more of each limit of all rows would save."""
    prices = found.prices
    if prices is None:
        return []
    models = zip(found.models, prices.models, strict=True)
    return [
        ("budget", prices.budget),
        *((f"budget of model {model!r}", price) for model, price in models if any(prices.models)),
    ]


def _refuse_beside_stream(given: Solve) -> None:
    """Refuses what only a table in memory can have."""
    others = {
        "--certificate": (given.certificate is not None, "the file would hold the whole table"),
        "--variance-ceiling": (given.variance_ceiling is not None, "streams find no least budget"),
        "--highest": (given.highest is not None, "streams know no uncertain scores"),
        "--online": (given.online is not None, "streams know no chances of being online"),
        "--rounds": (given.rounds is not None, "streams know one round"),
        "--variables": (given.variables is not None, "streams know one variance"),
        "--objective": (given.objective != "sum", "streams know the sum only"),
        "--method": (given.method not in ("auto", "exact"), "streams know the exact method only"),
        "--alpha": (given.alpha is not None, "it belongs to another objective"),
        "--participation-weight": (
            given.participation_weight is not None,
            "it belongs to another objective",
        ),
    }
    for name, (present, why) in others.items():
        if present:
            raise typer.BadParameter(f"leave out {name}, or --stream to solve in memory: {why}")


def _refuse_beside_plan(given: Solve, setup: FleetSetup) -> None:
    """Refuses what a plan would pass over."""
    kind = setup.plan.kind
    others = {
        "--budget": kind == "least budget" and given.budget is not None,
        "--objective": given.objective != "sum",
        "--method": given.method not in ("auto", "exact"),
        "--alpha": given.alpha is not None,
        "--participation-weight": given.participation_weight is not None,
    }
    asked = KINDS[str(kind)].replace("_", "-")
    for name, present in others.items():
        if present:
            finds = "the least budget" if kind == "least budget" else "another optimum"
            raise typer.BadParameter(f"--{asked} finds {finds}; leave out {name}")
    if kind == "rounds" and given.out is not None and given.out.suffix == ".npy":
        raise typer.BadParameter("--out of several rounds is a table: give .csv or .parquet")


def _write(given: Solve, case: Case, answer: Solution | Planned) -> None:
    """The probabilities as a table, and the proof, where they are asked for."""
    if given.out is not None and isinstance(answer, solvers.RoundsSolution):
        columns = answer.to_frame("polars").to_dict(as_series=False)
        fleet.write_table(given.out, columns)
    elif given.out is not None:
        names = [case.fleet.clients[index] for index in case.fleet.client]
        models = case.fleet.models
        fleet.write_scores(given.out, answer.probabilities, models=models, clients=names)
    if given.certificate is not None:
        with reworded(given.certificate):
            answer.save(given.certificate)


def _summary(solution: Solution, *, proved: bool) -> str:
    gap, proof = _above(solution.certificate.gap), "proved" if proved else "not proved"
    rows = solution.problem.n_processors
    lines = [
        f"{solution.problem!r}",
        f"variance   {solution.variance_text}",
        f"objective  {solution.objective_text}, optimal within {gap} ({proof})",
        f"capped     {int(solution.capped.sum())} of {rows} {plural(rows, 'processor')}",
        *(f"note: {note}" for note in solution.notes),
    ]
    return "\n".join(lines)


def _above(gap: float) -> str:
    """A gap in two digits that is not below the one that is proved."""
    return f"{theory.rounded_up(max(gap, 0.0), 2):.1e}"  # rounding may put it below 0
