"""What a theorem's bound is, or in how many rounds it meets a target: by hand or on a fleet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from roundlot import run, theory
from roundlot.cli.output import progress_bar, say, say_json, table
from roundlot.theory.errors import AssumptionError, InfeasibleError
from roundlot.theory.proofs.requirements import Index

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.run import FleetNumbers, Joined
    from roundlot.theory import Theorem

_REASONS = 6  # in one line: one for each kind of design, and one of the numbers
_COLUMNS = {
    "method": "numbers",
    "bound": "bound",
    "step": "best step",
    "local_steps": "local steps",
    "rounds": "rounds",
}
_LOWER = {"bound": "at least", "local_steps": "local steps, at least", "rounds": "rounds, at least"}


def say_given(
    theorem: Theorem, own: Mapping[str, float], target: float | None, *, as_json: bool
) -> None:
    """The bound for numbers given by hand; with a target, the rounds that reach it.

    Raises:
        AssumptionError: numbers that are missing, or outside the proven range.
        InfeasibleError: the bound never gets to the target.
    """
    to_target = target is not None and bool(run.counter(theorem))
    run.require_given(theorem, own, to_target=to_target)
    row = {"method": "given", **_value(theorem, own, target)}
    if as_json:
        say_json(_record(theorem, target, [row]))
    else:
        say(_heading(theorem, target, "") + "\n" + _rows(theorem, [row], own))


def say_fleet(
    theorem: Theorem,
    setup: FleetSetup,
    own: Mapping[str, float],
    target: float | None,
    *,
    as_json: bool,
) -> None:
    """The same for every method of a fleet, or the reason why the theorem refuses it.

    Raises:
        AssumptionError: what the theorem needs and nobody tells; no method that it covers.
    """
    theorem.domain.admit_each(own)
    run.require_joinable(theorem, run.tellable(setup), own, to_target=target is not None)
    numbers = _surveyed(setup)
    rows = rows_on_fleet(theorem, numbers, own, target)
    if all("refused" in row for row in rows):
        raise typer.BadParameter(_nobody(theorem, rows))
    if as_json:
        record = _record(theorem, target, rows)
        say_json(
            record | {"skipped": numbers.skipped, "assumed": run.assumed(theorem, numbers, own)}
        )
    else:
        say(_text(theorem, rows, numbers, own, target))


def _surveyed(setup: FleetSetup) -> FleetNumbers:
    with progress_bar() as progress:
        return run.fleet_numbers(run.prepare(setup, progress=progress))


def rows_on_fleet(
    theorem: Theorem, fleet: FleetNumbers, own: Mapping[str, float], target: float | None
) -> list[dict[str, Any]]:
    """A row per method: a number, or ``refused`` with the reason."""
    joined = run.join(theorem, fleet, own, to_target=target is not None)
    return [{"method": one.method, **_outcome(theorem, one, target)} for one in joined]


def _outcome(theorem: Theorem, joined: Joined, target: float | None) -> dict[str, Any]:
    """A number, or what refuses it."""
    if joined.refusal:
        return {"refused": joined.refusal}
    goal = target
    if target is not None and theorem.requirements.left.relative:
        goal = target * joined.numbers["initial"]
    try:
        return _value(theorem, joined.numbers, goal)
    except AssumptionError as error:
        return {"refused": str(error)}
    except InfeasibleError:
        return {"rounds": math.inf}


def _value(theorem: Theorem, numbers: Mapping[str, float], target: float | None) -> dict[str, Any]:
    if target is None:
        return {"bound": theorem.evaluate(**numbers)}
    plain = {name: value for name, value in numbers.items() if name != run.counter(theorem)}
    takes = {p.name for p in theorem.domain.numbers}
    found: dict[str, Any] = {}
    if "step" in takes - set(plain) and run.counter(theorem):
        found["step"], count = theory.best_step(theorem, target, **plain)
    else:
        count = theory.least_round(theorem, target, **plain)
    return found | _counted(theorem, numbers, count)


def _counted(theorem: Theorem, numbers: Mapping[str, float], count: int) -> dict[str, Any]:
    """Rounds; where the theorem counts local steps, these and the whole rounds they take."""
    if theorem.requirements.index is not Index.LOCAL_STEP or "local_steps" not in numbers:
        return {"rounds": count}
    return {"local_steps": count, "rounds": math.ceil(count / numbers["local_steps"])}


def _record(
    theorem: Theorem, target: float | None, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    left = theorem.requirements.left
    return {
        "theorem": theorem.name,
        "bounds": left.quantity.value,
        "unit": left.unit,
        "target": target,
        "at_least": theorem.claim.lower,
        "methods": rows,
    }


def _heading(theorem: Theorem, target: float | None, share: str) -> str:
    goal = "" if target is None else f", to {target:.4g}{share}"
    return f"theorem {theorem.name}: {theorem.claim.text}{_unit(theorem)}{goal}"


def _unit(theorem: Theorem) -> str:
    left = theorem.requirements.left
    unit = f", in {left.unit}" if left.unit not in ("", "1") else ""
    return f" ({left.quantity}{unit})"


def _rows(theorem: Theorem, rows: Sequence[Mapping[str, Any]], own: Mapping[str, float]) -> str:
    shown = [row for row in rows if "refused" not in row]
    named = _COLUMNS | _LOWER if theorem.claim.lower else _COLUMNS
    columns = {key: name for key, name in named.items() if any(key in row for row in shown)}
    text = table(shown, columns)
    if theorem.requirements.index is Index.LOCAL_STEP and "bound" in columns and "round" in own:
        each = own.get("local_steps", math.nan)
        text += (
            f"\nafter t = {own['round']:,.0f} local steps, {each:g} a round: "
            f"{math.floor(own['round'] / each):,} whole rounds"
        )
    return text


def _text(
    theorem: Theorem,
    rows: list[dict[str, Any]],
    fleet: FleetNumbers,
    own: Mapping[str, float],
    target: float | None,
) -> str:
    relative = theorem.requirements.left.relative
    share = " of the start" if relative else ", absolute: not a share of the start"
    lines = [_heading(theorem, target, share), _rows(theorem, rows, own)]
    lines += [f"refused: {row['method']} {row['refused']}" for row in rows if "refused" in row]
    if fleet.skipped:
        lines.append(f"not compared: {', '.join(fleet.skipped)} (roundlot compare says why)")
    return "\n".join([*lines, *(f"assumed: {text}" for text in run.assumed(theorem, fleet, own))])


def _nobody(theorem: Theorem, rows: list[dict[str, Any]]) -> str:
    """One line: each reason once, with the methods it refuses."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reasons.setdefault(row["refused"], []).append(row["method"])
    ordered = sorted(reasons, key=lambda reason: -len(reasons[reason]))
    if len(ordered) == 1:
        return f"{theorem.name}: {ordered[0]}"
    parts = [f"{', '.join(reasons[reason])}: {reason}" for reason in ordered[:_REASONS]]
    more = len(ordered) - _REASONS
    parts += [f"{more} more reasons for others"] if more > 0 else []
    return f"{theorem.name} covers no method here; " + "; ".join(parts)
