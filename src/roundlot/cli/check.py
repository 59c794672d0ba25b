"""``roundlot check``: judge a file that claims something, without the programs that made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from roundlot.cli.options import Json, Options, command
from roundlot.cli.output import complain, say, say_json
from roundlot.theory.json_text import UnreadableError, parse, text_of
from roundlot.theory.proofs import RefusedError, judge
from roundlot.verify import exact

REFUSED, UNREADABLE = 1, 2

File = Annotated[
    Path,
    typer.Argument(
        help="A certificate that `solution.save`, `solve --certificate` or `certify_rounds` wrote, "
        "or a proof that `bound NAME --proof` wrote."
    ),
]
Verdict = tuple[bool, str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Check(Options):
    """What ``roundlot check`` takes."""

    file: File
    as_json: Json = False


@command
def check(given: Check) -> None:
    """Check a saved certificate or proof: exit code 0 if proved, 1 if refused, 2 if unreadable.

    Example: roundlot solve --certificate optimum.json && roundlot check optimum.json

    Example: roundlot bound one_step --proof one_step.json && roundlot check one_step.json
    """
    file = given.file
    try:
        document = parse(text_of(file))
        proved, text, record = JUDGES[_format(document)](document, file.parent)
    except UnreadableError as error:
        _report({"proved": False, "unreadable": str(error)}, f"{file}: {error}", given.as_json)
        raise typer.Exit(UNREADABLE) from None
    _report(record, text, given.as_json)
    if not proved:
        raise typer.Exit(REFUSED)


def _certificate(document: Any, folder: Path) -> Verdict:
    judgement = exact.judge_document(document, folder)
    record = {"proved": judgement.proved, **asdict(judgement.findings)}
    return judgement.proved, str(judgement), record


def _plan(document: Any, folder: Path) -> Verdict:
    judgement = exact.judge_plan(document, folder)
    findings = asdict(judgement.findings)
    known = {name: findings[name] for name in findings if not name.startswith("variance")}
    return judgement.proved, str(judgement), {"proved": judgement.proved, **known}


def _rounds(document: Any, folder: Path) -> Verdict:
    judgement = exact.judge_rounds(document)
    return judgement.proved, str(judgement), judgement.record()


def _steps(document: Any, folder: Path) -> Verdict:
    judgement = exact.judge_steps(document)
    return judgement.proved, str(judgement), judgement.record()


def _proof(document: Any, folder: Path) -> Verdict:
    try:
        verdict = judge(document)
    except RefusedError as refusal:
        return False, f"refused: {refusal}", {"proved": False, "refused": str(refusal)}
    return True, str(verdict), {"proved": True, **verdict.record()}


#: Who judges a document, by its "format".
JUDGES: Mapping[str, Callable[[Any, Path], Verdict]] = {
    "roundlot-certificate": _certificate,
    "roundlot-plan": _plan,
    "roundlot-proof": _proof,
    "roundlot-rounds": _rounds,
    "roundlot-steps": _steps,
}


def _format(document: Any) -> str:
    found = document.get("format") if isinstance(document, dict) else None
    if not isinstance(found, str) or found not in JUDGES:
        said = "no format" if found is None else f"the format {str(found)[:40]!r}"
        raise UnreadableError(f"it has {said}; known are {', '.join(JUDGES)}")
    return found


def _report(record: dict[str, Any], text: str, as_json: bool) -> None:
    line = text if record["proved"] else " ".join(text.split())
    if as_json:
        say_json(record)
    elif record["proved"]:
        say(line)
    else:
        complain(line)
