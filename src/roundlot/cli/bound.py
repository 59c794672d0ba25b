"""``roundlot bound``: rounds to a target for every method, or one theorem by its name."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot.cli import completing, numbers_of
from roundlot.cli import theorem as one
from roundlot.cli.options import Budget, Json, Seed, changes, read_setup
from roundlot.cli.output import progress_bar, say, say_json, table

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run.case import Case
    from roundlot.run.parts import BoundSummary, MethodBound
    from roundlot.run.rounds_bound import Ground
    from roundlot.solvers import Comparison

Name = Annotated[
    str | None,
    typer.Argument(
        help="A theorem's name; or a setup or table of scores, as with --fleet.",
        show_default="rounds for every method",
        autocompletion=completing.theorems,
    ),
]
FleetFile = Annotated[
    Path | None,
    typer.Option("--fleet", help="A setup (.toml) or a table of scores."),
]
Target = Annotated[
    float | None,
    typer.Option(
        help="What to reach: squared distance to the optimum as a share of the initial one; where "
        "a theorem bounds something else, or without a fleet, the value of its bound.",
        show_default="from the setup",
    ),
]
List = Annotated[bool, typer.Option("--list", help="List the theorems.")]
Latex = Annotated[bool, typer.Option("--latex", help="Print the theorem in LaTeX.")]
Proof = Annotated[
    bool,
    typer.Option(
        "--proof", help="Print assumptions, multipliers and squares of the proof; or write FILE."
    ),
]
ProofFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="With --proof: write the proof here, as data for `roundlot check`.",
        show_default=False,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(help="Draw the bound beside the truth, to .svg, .pdf or .png."),
]
Rocq = Annotated[
    Path | None,
    typer.Option("--rocq", help="Write statement and proof for Rocq (Coq), to a .v file."),
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", help="A number for the theorem, NAME=NUMBER; repeat for several."),
]
_COLUMNS = {
    "method": "method",
    "rounds_at_least": "at least",
    "rounds_to_target": "rounds",
    "growth": "growth",
    "variance": "variance",
    "schedule": "steps",
}
_SOURCES = (".toml", ".csv", ".parquet", ".npy")


def bound(
    name: Name = None,
    file: ProofFile = None,
    fleet: FleetFile = None,
    target: Target = None,
    numbers: With = None,
    list_: List = False,
    latex: Latex = False,
    proof: Proof = False,
    plot: Plot = None,
    rocq: Rocq = None,
    budget: Budget = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Rounds that provably suffice to reach a target error; or one theorem: claim, proof, number.

    Example: roundlot bound --target 0.01

    Example: roundlot bound one_step --proof

    Example: roundlot bound one_step --proof one_step.json
    """
    if list_:
        one.say_list(as_json=as_json)
        return
    if name is not None and name.endswith(_SOURCES):
        if fleet is not None:
            raise typer.BadParameter(f"give one fleet: {name} or --fleet {fleet}")
        fleet, name = Path(name), None
    if file is not None and not proof:
        raise typer.BadParameter(f"a file is for the proof: --proof {file}")
    given = changes(problem__budget=budget, bound__target=target, seed=seed)
    if name is None:
        if latex or proof or plot or rocq or numbers:
            raise typer.BadParameter(
                "--latex, --proof, --rocq, --plot and --with need a theorem's name"
            )
        _all_methods(read_setup(fleet, given), as_json=as_json)
        return
    _one_theorem(name, fleet, given, target, numbers or [], latex, proof, file, plot, rocq, as_json)


def _one_theorem(
    name: str,
    fleet: Path | None,
    given: dict[str, Any],
    target: float | None,
    numbers: list[str],
    latex: bool,
    proof: bool,
    file: Path | None,
    plot: Path | None,
    rocq: Path | None,
    as_json: bool,
) -> None:
    theorem, own = one.find(name), one.given_numbers(numbers)
    one.refuse_unknown(theorem, own)
    if target is not None and fleet is None and not own:
        raise typer.BadParameter(f"--target with {name} needs numbers: --fleet SETUP or --with")
    if plot is not None:
        one.check_plot(plot)
    if rocq is not None:
        one.check_rocq(rocq)
    shown = (latex or proof or plot is not None or rocq is not None) and not as_json
    if proof:
        theorem.check().require()
    if latex and not as_json:
        say(theorem.latex())
    if file is not None:
        one.write_proof(theorem, file)
        say(f"{file}: the proof of {name}; judge it with `roundlot check {file}`")
    elif proof and not as_json:
        say(theorem.proof())
    if plot is not None:
        one.draw(theorem, plot)
    if rocq is not None:
        one.write_rocq(theorem, rocq)
    if fleet is not None:
        numbers_of.say_fleet(theorem, read_setup(fleet, given), own, target, as_json=as_json)
    elif own:
        numbers_of.say_given(theorem, own, target, as_json=as_json)
    elif not shown:
        if as_json:
            say_json(one.record(theorem))
        else:
            say(one.describe(theorem))


def _prepared(setup: FleetSetup) -> tuple[Case, Comparison, Ground]:
    from roundlot.run import prepare
    from roundlot.run.decision_inputs import require_constants
    from roundlot.run.job import compare_case
    from roundlot.run.rounds_bound import ground

    require_constants(setup)
    with progress_bar() as progress:
        case = prepare(setup, progress=progress)
        comparison = compare_case(case)
        base = ground(case, comparison)
    assert base is not None
    return case, comparison, base


def _all_methods(setup: FleetSetup, *, as_json: bool) -> None:
    from roundlot.run.rounds_bound import bound_methods

    case, _, base = _prepared(setup)
    summary = bound_methods(case, base)
    if as_json:
        say_json(asdict(summary))
    else:
        say(_text(summary, base.assumption))


def _text(summary: BoundSummary, assumption: str) -> str:
    constants = ", ".join(f"{name} {value:.4g}" for name, value in summary.constants.items())
    records = [_record(bound) for bound in summary.methods if not bound.refusal]
    grows = any("growth" in record for record in records)
    columns = _COLUMNS if grows else {k: v for k, v in _COLUMNS.items() if k != "growth"}
    theorems = ", ".join(theorem.name for theorem in summary.theorems)
    lines = [f"{summary.quantity}: to {summary.target:.4g} ({constants})"]
    if records:
        lines += [table(_merged(records, columns), columns), f"proved by: {theorems}"]
        lines += [f"at least: no step sizes need fewer rounds on {summary.attained_by}"]
    if grows:
        lines += ["growth, variance: at most 2 growth (F(x) − F*) + variance, split as they prove"]
    lines += [f"no rounds proved for {b.method}: {b.refusal}" for b in summary.methods if b.refusal]
    return "\n".join([*lines, f"assumed: {assumption.removeprefix('bound: ')}"])


def _record(bound: MethodBound) -> dict[str, Any]:
    known = bound.constants
    growth = {"growth": known["expected_smoothness"]} if "expected_smoothness" in known else {}
    return {
        "method": bound.method,
        "rounds_at_least": f"{bound.rounds_at_least:,.0f}",
        "rounds_to_target": f"{bound.rounds_to_target:,.0f}",
        "variance": known["noise"] if growth else known["variance"],
        "schedule": bound.schedule,
        **growth,
    }


def _merged(records: list[dict[str, Any]], columns: dict[str, str]) -> list[dict[str, Any]]:
    """Neighbours that differ in the method alone, as they are printed, on one line."""
    lines: list[dict[str, Any]] = []
    seen = ""
    for record in records:
        shown = table([record | {"method": ""}], columns)
        if shown == seen:
            lines[-1]["method"] += f", {record['method']}"
        else:
            lines.append(dict(record))
        seen = shown
    return lines
