"""Limits as options: the keys of ``[problem]``, and how their tables are written in one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from roundlot.cli.options import Cap, Floor, Options, names_in, setting
from roundlot.fleet.sections import FleetSource, Limits

_BY_MODEL = "One number for all, 1,2 in order, or words=1,digits=2"
_BY_GROUP = "As north=2,south=3.5, or cell:mill=1,region:north=2 for columns of groups"


def numbers_by_name(text: str) -> Any:
    """``0.5`` as a number, ``1,2`` as a list, ``words=1,digits=2`` as a table, as a setup has them.

    Raises:
        typer.BadParameter: an entry that is none of these.
    """
    entries = names_in(text)
    if not any("=" in entry for entry in entries):
        numbers = [_number(entry, text) for entry in entries]
        return numbers[0] if len(numbers) == 1 else numbers
    return {name: _number(value, text) for name, value in _pairs(entries, text)}


def numbers_by_group(text: str) -> dict[str, Any]:
    """``north=2`` as a table, ``cell:mill=1`` as a table in the table of its column.

    Raises:
        typer.BadParameter: an entry without ``=``, or a number that is none.
    """
    found: dict[str, Any] = {}
    for name, value in _pairs(names_in(text), text):
        column, colon, group = name.partition(":")
        table = found.setdefault(column, {}) if colon else found
        if not isinstance(table, dict):
            raise typer.BadParameter(
                f"{text!r} has {column!r} both as a group and as a column of groups; name the "
                "column of every group, column:group=number"
            )
        table[group if colon else name] = _number(value, text)
    return found


def files_by_name(text: str) -> dict[str, str]:
    """``energy=joules.csv`` as a table; files are those of the folder that one is in.

    Raises:
        typer.BadParameter: an entry without ``=``.
    """
    return {name: file_here(path) for name, path in _pairs(names_in(text), text)}


def file_here(path: str | Path) -> str:
    """A file as a setup in any folder would name it."""
    return str(Path(path).absolute())


def number_or_file(text: str) -> float | str:
    """A number, or a file as a setup in any folder would name it."""
    try:
        return float(text)
    except ValueError:
        return file_here(text)


def _pairs(entries: tuple[str, ...], text: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for entry in entries:
        name, equals, value = (part.strip() for part in entry.rpartition("="))
        if not (equals and name and value):
            raise typer.BadParameter(f"{text!r} has {entry!r}; write name=value, with commas")
        if name in found:
            raise typer.BadParameter(f"{text!r} has {name!r} twice; give it once")
        found[name] = value
    return list(found.items())


def _number(value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} has {value!r} in the place of a number; write 0.5, 1,2 or name=2"
        ) from None


@dataclass(frozen=True, kw_only=True)
class LimitOptions(Options):
    """Every limit that a setup may have, beside the budget."""

    floor: Floor = None
    ceiling: Annotated[float | None, setting(Limits, "ceiling")] = None
    processor_cap: Cap = None
    client_cap: Annotated[float | None, setting(Limits, "client_cap")] = None
    client_floor: Annotated[float | None, setting(Limits, "client_floor")] = None
    model_budgets: Annotated[
        str | None, setting(Limits, "model_budgets", read=numbers_by_name, more=_BY_MODEL)
    ] = None
    model_floors: Annotated[
        str | None, setting(Limits, "model_floors", read=numbers_by_name, more=_BY_MODEL)
    ] = None
    model_variance_ceilings: Annotated[
        str | None,
        setting(Limits, "model_variance_ceilings", read=numbers_by_name, more=_BY_MODEL),
    ] = None
    model_weights: Annotated[
        str | None,
        setting(Limits, "model_weights", read=numbers_by_name, more="As 1,2 or words=1,digits=2"),
    ] = None
    groups: Annotated[
        Path | None,
        setting(Limits, "groups", read=file_here, more="Columns client and group, or one a level"),
    ] = None
    group_caps: Annotated[
        str | None, setting(Limits, "group_caps", read=numbers_by_group, more=_BY_GROUP)
    ] = None
    group_floors: Annotated[
        str | None, setting(Limits, "group_floors", read=numbers_by_group, more=_BY_GROUP)
    ] = None
    costs: Annotated[
        str | None,
        setting(Limits, "costs", read=files_by_name, more="As energy=joules.csv,money=cents.csv"),
    ] = None
    cost_budgets: Annotated[
        str | None,
        setting(Limits, "cost_budgets", read=numbers_by_name, more="As energy=11,money=12"),
    ] = None
    allow_unreachable: Annotated[
        bool, setting(FleetSource, "allow_unreachable", "--allow-unreachable")
    ] = False
