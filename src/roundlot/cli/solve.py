"""``roundlot solve``: the optimal probabilities of a table of scores or a setup, as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from roundlot import fleet, run, solvers, stream, theory
from roundlot.cli import completion
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import (
    Budget,
    Json,
    Models,
    Seed,
    Source,
    command,
)
from roundlot.cli.output import say, say_json, say_later
from roundlot.cli.source import setup_of
from roundlot.folders.checks import check_file, reworded
from roundlot.theory.text import plural
from roundlot.user_text import cells, padded, printable

if TYPE_CHECKING:
    from roundlot.run import Case
    from roundlot.solvers import LeastBudget, Solution
    from roundlot.stream import StreamedSolution
    from roundlot.theory.arrays import FloatArray
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
VarianceCeiling = Annotated[
    float | None,
    typer.Option(help="Find the least budget that keeps every model's variance under this."),
]


_ALIGNED = 24  # columns of a model's name; what stands behind a longer one is not in line


@dataclass(frozen=True, kw_only=True)
class Solve(LimitOptions):
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
    variance_ceiling: VarianceCeiling = None
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
    _refuse_beside_ceiling(given)
    case = run.prepare(setup, landscape=False)
    answer: Solution | LeastBudget
    if given.variance_ceiling is not None:
        answer = solvers.least_budget(case.problem, given.variance_ceiling)
        proved = answer.verify()
        text = _least(answer, proved=proved)
    else:
        answer = solvers.solve(
            case.problem,
            method=cast("SolverName", given.method),
            objective=cast("ObjectiveName", given.objective),
            alpha=given.alpha,
            participation_weight=given.participation_weight,
        )
        proved = run.solution_summary(answer).rigorous
        text = _summary(answer, proved=proved)
    if given.out is not None:
        _write(given.out, case, answer.probabilities)
    if given.certificate is not None:
        with reworded(given.certificate):
            answer.save(given.certificate)
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
        say(f"objective  {found.objective:.6g}, optimal within {_above(found.gap)} (proved)")
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


def _refuse_beside_ceiling(given: Solve) -> None:
    if given.variance_ceiling is None:
        return
    others = {
        "--budget": given.budget is not None,
        "--objective": given.objective != "sum",
        "--method": given.method != "auto",
        "--alpha": given.alpha is not None,
        "--participation-weight": given.participation_weight is not None,
    }
    for name, present in others.items():
        if present:
            raise typer.BadParameter(f"--variance-ceiling finds the least budget; leave out {name}")


def _write(out: Path, case: Case, probabilities: FloatArray) -> None:
    names = [case.fleet.clients[index] for index in case.fleet.client]
    fleet.write_scores(out, probabilities, models=case.fleet.models, clients=names)


def _least(least: LeastBudget, *, proved: bool) -> str:
    models = least.problem.names.plain_models(least.problem.n_models)
    proof = "proved" if proved else "not proved"
    lowest = theory.rounded_down(least.lower_bound, 9)
    wide = min(max(cells(printable(model)) for model in models), _ALIGNED)
    lines = [
        f"least budget  {least.budget:.9g}, no less than {lowest:.9g} ({proof})",
        *(
            f"{padded(printable(model), wide)}  variance {variance:.6g}, ceiling {ceiling:.6g}"
            for model, variance, ceiling in zip(
                models, least.model_variance, least.variance_ceiling, strict=True
            )
        ),
    ]
    return "\n".join(lines)


def _summary(solution: Solution, *, proved: bool) -> str:
    gap, proof = _above(solution.certificate.gap), "proved" if proved else "not proved"
    rows = solution.problem.n_processors
    lines = [
        f"{solution.problem!r}",
        f"variance   {solution.variance:.6g}",
        f"objective  {solution.objective:.6g}, optimal within {gap} ({proof})",
        f"capped     {int(solution.capped.sum())} of {rows} {plural(rows, 'processor')}",
        *(f"note: {note}" for note in solution.notes),
    ]
    return "\n".join(lines)


def _above(gap: float) -> str:
    """A gap in two digits that is not below the one that is proved."""
    return f"{theory.rounded_up(max(gap, 0.0), 2):.1e}"  # rounding may put it below 0
