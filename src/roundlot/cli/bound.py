"""``roundlot bound``: rounds to a target for every method, or one theorem by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roundlot import fleet as fleets
from roundlot import run
from roundlot.cli import completion, measured
from roundlot.cli import theorem as one
from roundlot.cli.columns import table
from roundlot.cli.constants import ConstantsFile, read_constants
from roundlot.cli.options import Budget, Json, Models, Options, Seed, command, setting
from roundlot.cli.output import progress_bar, say, say_json
from roundlot.cli.source import required, setup_of
from roundlot.fleet.sections import BoundSettings
from roundlot.user_text import joined_names

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run.records import BoundSummary, MethodBound
    from roundlot.theory import Theorem

Name = Annotated[
    str | None,
    typer.Argument(
        help="A theorem's name; or, for the rounds of every method, a setup or table of scores, or "
        "speech-commands for the shipped fleet.",
        show_default=False,
        autocompletion=completion.theorems,
    ),
]
FleetFile = Annotated[
    Path | None,
    typer.Option("--fleet", help="A setup (.toml), a table of scores, or speech-commands."),
]
Target = Annotated[
    float | None,
    setting(
        BoundSettings,
        "target",
        help="What to reach: squared distance to the optimum as a share of the initial one; where "
        "a theorem bounds something else, or without a fleet, the value of its bound.",
    ),
]
List = Annotated[
    bool, typer.Option("--list", help="List the theorems, then all numbers with their units.")
]
Latex = Annotated[bool, typer.Option("--latex", help="Print the theorem in LaTeX.")]
Proof = Annotated[
    bool,
    typer.Option("--proof", help="Print the proof, or write it to FILE."),
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
    typer.Option(
        "--with",
        help="A number for the theorem, NAME=NUMBER or 'NAME=NUMBER UNIT'; repeat for several. "
        "--list names all, with their units.",
    ),
]
_COLUMNS = {
    "method": "method",
    "rounds_at_least": "at least",
    "rounds_to_target": "rounds",
    "gap": "gap",
    "growth": "growth",
    "variance": "variance",
    "schedule": "steps",
}


@dataclass(frozen=True, kw_only=True)
class Bound(Options):
    """What ``roundlot bound`` takes."""

    name: Name = None
    file: ProofFile = None
    fleet: FleetFile = None
    target: Target = None
    numbers: With = None
    constants: ConstantsFile = None
    list_: List = False
    latex: Latex = False
    proof: Proof = False
    plot: Plot = None
    rocq: Rocq = None
    budget: Budget = None
    models: Models = None
    seed: Seed = None
    as_json: Json = False

    @property
    def shows(self) -> bool:
        """Whether something of the theorem itself is asked for."""
        return self.latex or self.proof or self.plot is not None or self.rocq is not None


@command
def bound(given: Bound) -> None:
    """A proved number of rounds that reaches a target; or one theorem with its proof.

    Example: roundlot bound my-setup.toml --target 0.01

    Example: roundlot bound one_step --proof

    Example: roundlot bound one_step --proof one_step.json

    Example: roundlot bound nonconvex_descent --constants constants.json --with step=0.05
    """
    if given.list_:
        one.say_list(as_json=given.as_json)
        return
    if given.name is not None and (given.name == fleets.SHIPPED or _is_source(Path(given.name))):
        if given.fleet is not None:
            raise typer.BadParameter(f"give one fleet: {given.name} or --fleet {given.fleet}")
        given = replace(given, fleet=Path(given.name), name=None)
    if given.file is not None and not given.proof:
        raise typer.BadParameter(f"a file is for the proof: --proof {given.file}")
    if given.name is not None:
        _one_theorem(given.name, given)
        return
    if given.shows or given.numbers:
        raise typer.BadParameter(
            "--latex, --proof, --rocq, --plot and --with need a theorem's name"
        )
    if given.constants is not None:
        raise typer.BadParameter(
            "--constants goes with a theorem's name (see --list); for the budget of a fleet use "
            "roundlot decide"
        )
    source = required(given.fleet, "bound", also="a theorem's name (see --list), ")
    setup = setup_of(source, given.changes(), as_json=given.as_json)
    _all_methods(setup, as_json=given.as_json)


def _is_source(name: Path) -> bool:
    """Whether it is a fleet: by its ending, or as the folder of a data set; no theorem is."""
    known = (".toml", ".json", *fleets.TABLES)
    return name.suffix.lower() in known or (name.is_dir() and any(name.glob("*.json")))


def _one_theorem(name: str, given: Bound) -> None:
    theorem = one.find(name)
    own = one.own_numbers(theorem, given.numbers or [])
    alone = given.fleet is None and given.constants is None
    if given.target is not None and alone and not own:
        raise typer.BadParameter(f"--target with {name} needs numbers: --fleet SETUP or --with")
    if given.fleet is not None and given.constants is not None:
        raise typer.BadParameter("--constants and --fleet both tell numbers; give one of them")
    if given.plot is not None:
        one.check_plot(given.plot)
    if given.rocq is not None:
        one.check_rocq(given.rocq)
    _show(theorem, given)
    if (told := one.other_names(given.numbers or [], own)) and not given.as_json:
        say(told)
    if given.fleet is not None:
        setup = setup_of(given.fleet, given.changes(), as_json=given.as_json)
        one.say_fleet(theorem, setup, own, given.target, as_json=given.as_json)
    elif given.constants is not None:
        known = read_constants(given.constants)
        measured.say_measured(theorem, known, own, given.target, as_json=given.as_json)
    elif own:
        one.say_given(theorem, own, given.target, as_json=given.as_json)
    elif given.as_json:
        say_json(one.record(theorem))
    elif not given.shows:
        say(one.describe(theorem))


def _show(theorem: Theorem, given: Bound) -> None:
    """What is asked of the theorem itself: LaTeX, proof, files."""
    if given.proof:
        theorem.check().require()
    if given.latex and not given.as_json:
        say(theorem.latex(), whole=True)
    if given.file is not None:
        one.write_proof(theorem, given.file)
        say(f"{given.file}: the proof of {given.name}; judge it with `roundlot check {given.file}`")
    elif given.proof and not given.as_json:
        say(theorem.proof())
    if given.plot is not None:
        one.draw(theorem, given.plot)
    if given.rocq is not None:
        one.write_rocq(theorem, given.rocq)


def _all_methods(setup: FleetSetup, *, as_json: bool) -> None:
    run.require_constants(setup)
    with progress_bar() as progress:
        case = run.prepare(setup, progress=progress)
        base = run.ground(case, run.compare_case(case))
    assert base is not None
    summary = run.bound_methods(case, base)
    if as_json:
        say_json(summary.to_dict())
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
        lines += [
            f"at least: no step sizes fixed in advance need fewer rounds on {summary.attained_by}"
        ]
        lines += ["gap: rounds over these"]
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
        "gap": f"{bound.gap:.3g}",
        "variance": known["noise"] if growth else known["variance"],
        "schedule": bound.schedule,
        **growth,
    }


def _merged(records: list[dict[str, Any]], columns: dict[str, str]) -> list[dict[str, Any]]:
    """Methods that read the same on one line, with their names joined."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        groups.setdefault(table([record | {"method": ""}], columns), []).append(record)
    return [
        same[0] | {"method": joined_names([one["method"] for one in same])}
        for same in groups.values()
    ]
