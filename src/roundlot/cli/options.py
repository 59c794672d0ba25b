"""Options of the command line: those of setups come from their keys, others are spelled here once.

A command is a function of one record, whose fields are its arguments and options.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.models import OptionInfo

from roundlot.cli import completion
from roundlot.fleet.sections import NO_BUDGET, Limits, SimulateSettings
from roundlot.setup import Choice, Either, Section, Whole

#: The keys of a section that were given, as a field that stands for its options.
Keys = Mapping[str, Any]


class Setting(OptionInfo):
    """An option that changes a key of a setup, found at ``place``, such as "problem.budget"."""

    def __init__(
        self,
        place: str,
        *names: str,
        read: Callable[[Any], Any] = lambda value: value,
        **shown: Any,
    ) -> None:
        defaults = {"show_default": "from the setup", "param_decls": names or None}
        super().__init__(**{"default": ..., **defaults, **shown})
        self.place, self.read = place, read


def setting(kind: type[Section], key: str, *names: str, more: str = "", **shown: Any) -> Setting:
    """The option of a section's key: its words, its least number and its choices are the key's.

    Args:
        kind: the section.
        key: its key.
        names: of the option, if not as the field that it annotates.
        more: how to write it on the command line.
        shown: what is to be shown differently, as for ``typer.Option``.
    """
    own = kind.keys()[key].metadata
    check = own["check"].other if isinstance(own["check"], Either) else own["check"]
    known: dict[str, Any] = {"help": f"{own['words']} {more}." if more else own["words"]}
    if isinstance(check, Whole):
        known["min"] = check.low
    if isinstance(check, Choice):
        known["autocompletion"] = lambda incomplete: completion.beginning(incomplete, check.words())
    return Setting(f"{kind.table}.{key}", *names, **{**known, **shown})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The arguments and options of a command, as somebody gave them."""

    def changes(self) -> dict[str, Any]:
        """The setup's keys that they change, such as ``{"problem.budget": 40.0}``."""
        given = {name: getattr(self, name) for name in _settings(type(self))}
        return {
            mark.place: _read(mark, name, given[name])
            for name, mark in _settings(type(self)).items()
            if not _left_out(given[name])
        }


def _read(mark: Setting, name: str, value: Any) -> Any:
    try:
        return mark.read(value)
    except typer.BadParameter as error:
        raise typer.BadParameter(f"--{name.replace('_', '-')}: {error.message}") from None


def _left_out(value: object) -> bool:
    return value is None or value is False  # 0 is given


def names_in(text: str) -> tuple[str, ...]:
    """Names between commas, as a CSV file has them: quotes keep a comma in a name."""
    return tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), []))


def _settings(kind: type[Options]) -> dict[str, Setting]:
    """Which fields of the record change keys, and how."""
    hints = get_type_hints(kind, include_extras=True)
    marks = {name: getattr(hints[name], "__metadata__", ()) for name in hints}
    return {name: mark for name in marks for mark in marks[name] if isinstance(mark, Setting)}


def command(run: Callable[[Any], None]) -> Callable[..., None]:
    """A function of one record of options as typer reads it: a parameter for each field.

    A field ``Annotated[Keys, kind of section]`` stands for all keys with words of that section; it
    holds those that were given, so that a setup has the others.
    """
    kind = next(iter(get_type_hints(run).values()))
    hints = get_type_hints(kind, include_extras=True)
    sections = {name: found for name, hint in hints.items() if (found := _section_in(hint))}
    parameters: list[Parameter] = []
    mine = kind.__annotations__  # first, then those of every command
    for item in sorted(fields(kind), key=lambda item: item.name not in mine):
        whole = item.name in sections
        own = hints[item.name]
        parameters += (
            _of_section(sections[item.name])
            if whole
            else [_parameter(item.name, item.default, own)]
        )

    def call(**given: Any) -> None:
        whole = {
            name: {key: value for key in _worded(section) if (value := given.pop(key)) is not None}
            for name, section in sections.items()
        }
        run(kind(**given, **whole))

    call.__name__, call.__doc__ = run.__name__, run.__doc__
    call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return call


def _section_in(hint: Any) -> type[Section] | None:
    """The section that a field holds keys of, if it does."""
    marks = getattr(hint, "__metadata__", ())
    kinds = (mark for mark in marks if isinstance(mark, type) and issubclass(mark, Section))
    return next(kinds, None)


def _worded(section: type[Section]) -> dict[str, Any]:
    """The keys of a section that say what they are, with their defaults."""
    return {name: item.default for name, item in section.keys().items() if item.metadata["words"]}


def _of_section(section: type[Section]) -> list[Parameter]:
    hints = get_type_hints(section)
    return [
        _parameter(
            name,
            None,
            Annotated[
                hints[name] | None,
                setting(section, name, show_default=False if default is None else str(default)),
            ],
        )
        for name, default in _worded(section).items()
    ]


def _parameter(name: str, default: Any, hint: Any) -> Parameter:
    empty = Parameter.empty if default is MISSING else default
    return Parameter(name, Parameter.KEYWORD_ONLY, default=empty, annotation=hint)


Source = Annotated[
    Path | None,
    typer.Argument(
        help="A setup (.toml) or a table of scores (.csv, .tsv, .parquet, .npy, .npz); the shipped "
        "fleet, speech-commands, if left out.",
        show_default=False,
        autocompletion=completion.sources,
    ),
]
OwnSource = Annotated[
    Path | None,
    typer.Argument(
        help="A setup (.toml) or a table of scores (.csv, .tsv, .parquet, .npy, .npz), or "
        "speech-commands for the shipped fleet.",
        show_default=False,
        autocompletion=completion.sources,
    ),
]


def _budget(text: str) -> float | str:
    """A number of draws, or the word for none."""
    if text == NO_BUDGET:
        return text
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no number; give a number of draws, or {NO_BUDGET} where costs or caps "
            "are all that limits them"
        ) from None


Budget = Annotated[
    str | None,
    setting(Limits, "budget", read=_budget, more=f"Or {NO_BUDGET}", metavar="NUMBER"),
]
Models = Annotated[
    str | None,
    Setting(
        "fleet.models",
        "--models",
        read=names_in,
        help="Columns of the tables that are models, such as digits,words.",
        show_default="all columns of numbers",
    ),
]
Floor = Annotated[float | None, setting(Limits, "floor")]
Cap = Annotated[float | None, setting(Limits, "processor_cap")]
Seed = Annotated[int | None, Setting("seed", min=0, help="Seed of all random numbers.")]
Rounds = Annotated[
    int | None,
    setting(SimulateSettings, "rounds", show_default="as many as the verdict needs"),
]
Baselines = Annotated[
    float | None,
    setting(SimulateSettings, "baseline_seconds", show_default="all, however long"),
]
Device = Annotated[str | None, setting(SimulateSettings, "device")]
Design = Annotated[
    str | None,
    typer.Option(
        help="independent, systematic, ordered systematic, pivotal, rounding, sampford, "
        "conditional poisson or turns: all draw with the same probabilities.",
        show_default="each method's own",
        autocompletion=completion.designs,
    ),
]
Overwrite = Annotated[bool, typer.Option(help="Replace an earlier result in that folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
