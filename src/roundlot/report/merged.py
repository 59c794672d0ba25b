"""Rows of a report that read the same are one row, with the names of all joined."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from roundlot.report.numbers import more, number, seconds
from roundlot.user_text import joined_names

if TYPE_CHECKING:
    from roundlot.run.records import MethodBound, SimulationRecord

Row = TypeVar("Row")
Record = Mapping[str, Any]
_VARIANCE_OF = "variance of {} is as predicted"
# What an argument of `compare` is where a setup or a command asks.
_CURES = {
    "give losses=": "set losses in the setup's [scores]",
    "give last_norms=": "compare in Python takes them",
    "give history=": "give --history ROUNDS",
    "give weights= to Problem": "the fleet's data sizes",
}
_SIGN = {"at most": "≤ ", "at least": "≥ "}


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """Methods of one variance, as they are shown: ``note`` is a design or that they are biased."""

    names: str
    note: str
    needs: str
    cells: tuple[str, ...]
    time: str
    best: bool


@dataclass(frozen=True, kw_only=True)
class SimulatedRow:
    """Methods that drew the same: their names, their design, and what is shown of them."""

    names: str
    design: str
    cells: tuple[str, ...]
    speed: str


def compared(rows: Sequence[Record]) -> list[ComparedRow]:
    """The methods that have a variance, the least first."""
    drawn = [row for row in rows if not row.get("skipped")]
    groups = _grouped(drawn, lambda row: (_note(row), *_compared_cells(row)))
    return [
        ComparedRow(
            names=joined_names([str(row.get("name")) for row in group]),
            note=key[0],
            needs="; ".join(dict.fromkeys(str(row.get("needs") or "nothing") for row in group)),
            cells=key[1:],
            time=_span([row.get("seconds") for row in group], seconds),
            best=any(_ratio(row) <= 1.000000001 for row in group),
        )
        for key, group in sorted(groups, key=lambda one: round(_ratio(one[1][0]), 9))
    ]


def left_out(rows: Sequence[Record]) -> list[tuple[str, str]]:
    """Why some methods are not compared, and their names."""
    skipped = [row for row in rows if row.get("skipped")]
    groups = _grouped(skipped, lambda row: (_in_a_setup(str(row["skipped"])),))
    return [
        (key[0], joined_names([str(row.get("name")) for row in group])) for key, group in groups
    ]


def _in_a_setup(reason: str) -> str:
    """Why a method was left out, with what to give in a setup or a command."""
    for argument, cure in _CURES.items():
        reason = reason.replace(argument, cure)
    return reason


def simulated(rows: Sequence[SimulationRecord]) -> list[SimulatedRow]:
    """The simulations, in their order."""
    groups = _grouped(rows, lambda row: (row.design, *_simulated_cells(row)))
    return [
        SimulatedRow(
            names=joined_names([row.method for row in group]),
            design=key[0],
            cells=key[1:],
            speed=_span([row.rounds_per_second for row in group], lambda value: number(value, 3)),
        )
        for key, group in groups
    ]


def bounded(rows: Sequence[MethodBound]) -> list[tuple[str, MethodBound]]:
    """The methods of a bound: names, and the first of those that read the same."""
    groups = _grouped(
        rows,
        lambda row: (
            row.model,
            row.refusal or row.schedule,
            number(row.rounds_at_least),
            number(row.rounds_to_target),
        ),
    )
    return [(joined_names([row.method for row in group]), group[0]) for _, group in groups]


def judged(rows: Sequence[Record]) -> list[Record]:
    """The verdicts; those of variances that say the same in all else are one."""
    groups = _grouped(range(len(rows)), lambda place: _verdict_cells(rows[place], place))
    return [
        {**rows[places[0]], "claim": _claim([rows[place] for place in places])}
        for _, places in groups
    ]


def _claim(rows: Sequence[Record]) -> str:
    names = [_method(row) for row in rows]
    return _VARIANCE_OF.format(joined_names(names)) if names[0] else str(rows[0].get("claim"))


def _verdict_cells(row: Record, place: int) -> tuple[str, ...]:
    """What is shown of a verdict on a variance beside the method; of another, its own place."""
    if not _method(row):
        return (str(place),)
    names = ("expected", "estimate", "detectable", "false_alarm", "miss", "rounds")
    said = (str(row.get("outcome")), str(row.get("detail")))
    return (*said, *(number(row.get(name)) for name in names))


def _method(row: Record) -> str:
    start, end = _VARIANCE_OF.split("{}")
    claim = str(row.get("claim"))
    inside = claim.startswith(start) and claim.endswith(end)
    return claim[len(start) : -len(end)] if inside else ""


def _grouped(
    rows: Sequence[Row], shown: Callable[[Row], tuple[str, ...]]
) -> list[tuple[tuple[str, ...], list[Row]]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(shown(row), []).append(row)
    return list(groups.items())


def _ratio(row: Record) -> float:
    value = row.get("ratio")
    return math.inf if value is None or math.isnan(value) else float(value)


def _note(row: Record) -> str:
    label = row.get("label") or ""
    if label.startswith("biased"):
        return "biased"
    if label and not label.startswith("unbiased"):
        return "pairs"
    design = row.get("design") or "independent"
    return "" if design == "independent" else str(design)


def _compared_cells(row: Record) -> tuple[str, ...]:
    sign = _SIGN.get(str(row.get("variance_is")), "")
    rest = ("participation_variance", "expected_draws", "expected_uploads")
    return (
        sign + more(row.get("ratio")),
        sign + str(row.get("variance_text") or number(row.get("variance"))),
        *(number(row.get(name)) for name in rest),
    )


def _simulated_cells(row: SimulationRecord) -> tuple[str, ...]:
    return (
        number(row.predicted),
        number(row.realised),
        f"{number(row.low)} to {number(row.high)}",
        number(row.ratio, 5),
        number(row.weight_mean.mean(), 5),
        number(row.weight_predicted.mean(), 3),
        number(row.weight_realised.mean(), 3),
        number(row.rounds),
    )


def _span(values: Sequence[Any], say: Callable[[Any], str]) -> str:
    known = sorted(float(value) for value in values if value is not None)
    if not known:
        return say(None)
    least, most = say(known[0]), say(known[-1])
    return least if least == most else f"{least} to {most}"
