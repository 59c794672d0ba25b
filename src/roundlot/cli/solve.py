"""``roundlot solve``: the optimal probabilities of a table of scores or a setup, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli import completing
from roundlot.cli.options import Budget, Cap, Floor, Json, Seed, Source, changes, read_setup
from roundlot.cli.output import say, say_json

if TYPE_CHECKING:
    from roundlot.run.case import Case
    from roundlot.solvers import LeastBudget, Solution
    from roundlot.theory.arrays import FloatArray

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
    typer.Option("--stream", help="Read a .parquet, or a folder of them, piece by piece."),
]
Method = Annotated[
    str,
    typer.Option(
        help="auto, exact or conic.",
        autocompletion=completing.words("auto", "exact", "conic"),
    ),
]

Objective = Annotated[
    str,
    typer.Option(
        help="sum, max, fair or participation.",
        autocompletion=completing.words("sum", "max", "fair", "participation"),
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


def solve(
    source: Source = None,
    budget: Budget = None,
    out: Out = None,
    certificate: Certificate = None,
    method: Method = "auto",
    objective: Objective = "sum",
    alpha: Alpha = None,
    participation_weight: ParticipationWeight = None,
    variance_ceiling: VarianceCeiling = None,
    floor: Floor = None,
    processor_cap: Cap = None,
    seed: Seed = None,
    stream: Stream = False,
    as_json: Json = False,
) -> None:
    """Compute the optimal sampling probabilities, with a certificate.

    Example: roundlot solve scores.csv --budget 2 --out probabilities.csv
    """
    if out is not None:
        _check_out(out, stream=stream)
    if certificate is not None:
        _check_certificate(certificate)
    if stream:
        other = floor is not None or variance_ceiling is not None or objective != "sum"
        other = other or certificate is not None
        if other or method not in ("auto", "exact"):
            raise typer.BadParameter("--stream takes a budget and a processor cap, nothing else")
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
    from roundlot.solvers import least_budget
    from roundlot.solvers import solve as solve_problem

    options = {"alpha": alpha, "participation_weight": participation_weight}
    if variance_ceiling is not None:
        _refuse_beside_ceiling(budget, objective, method, options)
    case = prepare(setup, landscape=False)
    if variance_ceiling is not None:
        least = least_budget(case.problem, variance_ceiling)
        record, text, probabilities = (
            _least_record(case, least),
            _least(case, least),
            least.probabilities,
        )
    else:
        solution = solve_problem(
            case.problem,
            method=method,
            objective=objective,
            alpha=alpha,
            participation_weight=participation_weight,
        )
        record = _record(case, solution)
        text = _summary(solution, proved=record["rigorous"])
        probabilities = solution.probabilities
    if out is not None:
        _write(out, case, probabilities)
    if certificate is not None:
        _save(certificate, solution if variance_ceiling is None else least)
    if as_json:
        say_json(record)
    else:
        say(text)
        if out is not None:
            say(f"probabilities: {out}")
        if certificate is not None:
            say(f"certificate: {certificate}")


def _save(certificate: Path, answer: Solution | LeastBudget) -> None:
    from roundlot.folders.checks import reworded

    with reworded(certificate):
        answer.save(certificate)


def _check_certificate(certificate: Path) -> None:
    from roundlot.folders.checks import check_file

    check_file(certificate, (".json",))


def _check_out(out: Path, *, stream: bool) -> None:
    """Refuse now what writing would refuse after the work."""
    from roundlot.fleet.tables import KINDS
    from roundlot.folders.checks import check_file

    check_file(out, (".parquet",) if stream else KINDS, new_folder=stream)


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
    if found.gap is not None:
        say(f"objective  {found.objective:.6g}, optimal within {_above(found.gap)} (proved)")
        say(f"probabilities: {out}")


def _refuse_beside_ceiling(
    budget: float | None, objective: str, method: str, options: dict[str, float | None]
) -> None:
    given = {
        "--budget": budget is not None,
        "--objective": objective != "sum",
        "--method": method != "auto",
        **{f"--{name.replace('_', '-')}": value is not None for name, value in options.items()},
    }
    for name, present in given.items():
        if present:
            raise typer.BadParameter(f"--variance-ceiling finds the least budget; leave out {name}")


def _write(out: Path, case: Case, probabilities: FloatArray) -> None:
    from roundlot.fleet import write_scores

    fleet = case.fleet
    names = [fleet.clients[index] for index in fleet.client]
    write_scores(out, probabilities, models=fleet.models, clients=names)


def _least_record(case: Case, least: LeastBudget) -> dict[str, Any]:
    return {
        "budget": least.budget,
        "lower_bound": least.lower_bound,
        "gap": least.gap,
        "variance_ceiling": least.variance_ceiling,
        "model_variance": least.model_variance,
        "seconds": least.seconds,
        "clients": case.fleet.clients,
        "models": case.fleet.models,
        "probabilities": least.probabilities,
        "client": case.fleet.client,
    }


def _least(case: Case, least: LeastBudget) -> str:
    models = case.fleet.models
    from roundlot.theory.numerals import rounded_down

    proof = "proved" if least.verify() else "not proved"
    lowest = rounded_down(least.lower_bound, 9)
    lines = [
        f"least budget  {least.budget:.9g}, no less than {lowest:.9g} ({proof})",
        *(
            f"{model:<12}  variance {variance:.6g}, ceiling {ceiling:.6g}"
            for model, variance, ceiling in zip(
                models, least.model_variance, least.variance_ceiling, strict=True
            )
        ),
    ]
    return "\n".join(lines)


def _record(case: Case, solution: Solution) -> dict[str, Any]:
    from dataclasses import asdict

    from roundlot.run.summaries import solution_summary

    return asdict(solution_summary(solution)) | {
        "clients": case.fleet.clients,
        "models": case.fleet.models,
        "probabilities": solution.probabilities,
        "client": case.fleet.client,
    }


def _summary(solution: Solution, *, proved: bool) -> str:
    gap, proof = _above(solution.certificate.gap), "proved" if proved else "not proved"
    lines = [
        f"{solution.problem!r}",
        f"variance   {solution.variance:.6g}",
        f"objective  {solution.objective:.6g}, optimal within {gap} ({proof})",
        f"capped     {int(solution.capped.sum())} of {solution.problem.n_processors} processors",
        *(f"note: {note}" for note in solution.notes),
    ]
    return "\n".join(lines)


def _above(gap: float) -> str:
    """A gap in two digits that is not below the one that is proved."""
    from roundlot.theory.numerals import rounded_up

    return f"{rounded_up(gap, 2):.1e}"
