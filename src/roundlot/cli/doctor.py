"""``roundlot doctor``: versions, devices, what is installed and what each extra would add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from roundlot.cli.columns import table
from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import say, say_json
from roundlot.doctor import Report, examine

BROKEN = 1
_COLUMNS = {"name": "package", "installed": "installed", "required": "required", "status": ""}


@dataclass(frozen=True, kw_only=True)
class Doctor(Options):
    """What ``roundlot doctor`` takes."""

    quick: Annotated[bool, typer.Option("--quick", help="Show versions only; compute nothing.")] = (
        False
    )
    as_json: Json = False


@command
def doctor(given: Doctor) -> None:
    """Show what is installed, what works, and what optional packages would add.

    Exit code 1 if something is broken.

    Example: roundlot doctor --quick
    """
    report = examine(quick=given.quick)
    if given.as_json:
        say_json(report.to_record())
    else:
        _show(report)
    if report.problems:
        raise typer.Exit(BROKEN)


def _show(report: Report) -> None:
    say(f"roundlot {report.version}")
    for name, fact in report.machine.items():
        say(f"{name:<8}  {fact}")
    say("")
    say(table([vars(one) for one in report.packages], _COLUMNS))
    say("")
    for extra in report.extras:
        _show_extra(extra.name, extra.purpose, extra.complete)
        if not extra.complete:
            lacking = [one for one in extra.packages if one.status != "ok"]
            say(f"    would add {', '.join(one.name + one.required for one in lacking)}")
            say(f"    {extra.install}", whole=True)
    if report.checks:
        say("")
    for check in report.checks:
        say(f"{'works' if check.works else 'BROKEN'}  {check.name}: {check.detail}")
    say("")
    for problem in report.problems:
        say(f"problem: {problem}")
    if not report.problems:
        say("nothing is missing" if report.checks else "every required package is there")


def _show_extra(name: str, purpose: str, complete: bool) -> None:
    state = "installed" if complete else "not installed"
    say(f"extra {name} ({state}){': ' if purpose else ''}{purpose}")
