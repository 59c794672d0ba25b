"""Setups of every kind: one loader, one line for every mistake, options that are keys."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from roundlot.cli.app import COMMANDS
from roundlot.cli.options import Options, Setting, setting
from roundlot.fleet import FleetSetup
from roundlot.graphs import GraphSetup
from roundlot.setup import Choice, Either, Number, Section, Setup, Whole, key
from roundlot.setup.kinds import command_of
from roundlot.sweep import SweepSetup
from roundlot.theory import InvalidProblemError
from roundlot.train import TrainSetup, WorkersSetup, load_train_setup

#: The least that each kind needs, and a section of it with a key of whole numbers.
KINDS: dict[type[Setup], tuple[dict[str, Any], str, str]] = {
    FleetSetup: ({}, "fleet", "first_clients"),
    GraphSetup: ({"graph": {"shape": "ring"}}, "graph", "nodes"),
    TrainSetup: ({"tasks": {"kind": "digits"}, "methods": ["random"]}, "run", "rounds"),
    WorkersSetup: (
        {"workers": {}, "tasks": {"kind": "digits", "models": 1}, "methods": ["matcha"]},
        "workers",
        "count",
    ),
    SweepSetup: ({"sweep": {"setups": ["speech-commands"]}}, "sweep", "rounds"),
}


def refusal(kind: type[Setup], document: dict[str, Any]) -> str:
    with pytest.raises(InvalidProblemError) as refused:
        kind.of(document)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def with_key(document: dict[str, Any], table: str, name: str, value: Any) -> dict[str, Any]:
    return {**document, table: {**document.get(table, {}), name: value}}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_in_one_line(kind: type[Setup]) -> None:
    document, table, name = KINDS[kind]
    assert kind.of(document).document == document
    assert f"did you mean {table!r}?" in refusal(kind, {**document, f"{table}x": {}})
    assert f"[{table}] has no key" in refusal(kind, with_key(document, table, f"{name}s", 1))
    assert f"did you mean {name!r}?" in refusal(kind, with_key(document, table, f"{name}s", 1))
    assert f"{table}.{name} is 'x'; give a" in refusal(kind, with_key(document, table, name, "x"))
    assert f"{table}.{name} is -1; give a" in refusal(kind, with_key(document, table, name, -1))
    assert "give a section of keys" in refusal(kind, {**document, table: 3})


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_key_is_checked_and_the_rest_stays(kind: type[Setup]) -> None:
    document, table, name = KINDS[kind]
    setup = kind.of(document, name="mine")
    value = 9 if kind is not GraphSetup else 12
    changed = setup.replaced({f"{table}.{name}": value})
    assert changed.document == with_key(document, table, name, value)
    assert (changed.name, changed.folder) == ("mine", setup.folder)
    with pytest.raises(InvalidProblemError, match=f"{table}.{name} is -1"):
        setup.replaced({f"{table}.{name}": -1})


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[problem]\nfloor = 2\n", "utf-8")
    with pytest.raises(InvalidProblemError, match=r"setup .*mine.toml: problem.floor is 2"):
        FleetSetup.load(path)


@dataclass(frozen=True, kw_only=True)
class Kitchen(Section, table="kitchen"):
    """A section with a key of every kind of check."""

    degrees: float = key(180.0, Number(low=0, high=300, above=True), "How hot.")
    minutes: int | str = key("auto", Either("auto", Whole(low=1)), "How long.")
    fan: str = key("off", Choice(lambda: ("on", "off")), "Whether it blows.")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"degrees": 0}, "kitchen.degrees is 0; give a number above 0 and at most 300"),
        ({"degrees": True}, "kitchen.degrees is True; give a number"),
        ({"degrees": 10**400}, "kitchen.degrees is inf; give a number above 0 and at most 300"),
        ({"minutes": "long"}, "kitchen.minutes is 'long'; give 'auto' or a number"),
        ({"minutes": 0}, f"kitchen.minutes is 0; give a whole number from 1 to {2**53}"),
        ({"fan": "of"}, "kitchen.fan is 'of'; did you mean 'off'?"),
        ({"fans": "on"}, "[kitchen] has no key 'fans'; did you mean 'fan'?"),
    ],
)
def test_checks_say_what_would_fit(values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidProblemError) as refused:
        Kitchen.read(values)
    assert str(refused.value) == said


def test_an_option_has_the_words_and_the_range_of_its_key() -> None:
    minutes, fan = setting(Kitchen, "minutes"), setting(Kitchen, "fan", "--blow")
    assert (minutes.place, minutes.help, minutes.min) == ("kitchen.minutes", "How long.", 1)
    assert fan.autocompletion is not None
    assert fan.autocompletion("of") == ["off"]
    assert list(fan.param_decls or ()) == ["--blow"]


def test_commands_take_options_that_are_keys() -> None:
    places = set()
    for name in COMMANDS:
        for record in vars(import_module(f"roundlot.cli.{name}")).values():
            if isinstance(record, type) and issubclass(record, Options):
                hints = get_type_hints(record, include_extras=True).values()
                marks = [mark for hint in hints for mark in getattr(hint, "__metadata__", ())]
                places |= {mark.place for mark in marks if isinstance(mark, Setting)}
    assert {"problem.budget", "simulate.rounds", "run.rounds", "links.budget", "seed"} <= places


@pytest.mark.parametrize("kind", KINDS)
def test_every_section_of_one_kind_alone_leads_to_its_command(kind: type[Setup]) -> None:
    shared = {"name", "about", "seed", "log"}
    commands = {command_of(name) for name in kind.keys() if name not in shared}  # noqa: SIM118
    assert len(commands) == 1
    assert "" not in commands


def test_a_setup_of_another_command_is_told_which() -> None:
    fleet, training = KINDS[FleetSetup][0] | {"fleet": {}}, KINDS[TrainSetup][0]
    assert "which a setup of `roundlot train` has" in refusal(FleetSetup, training)
    assert "which a setup of `roundlot run` has" in refusal(TrainSetup, {**training, **fleet})
    assert "which" not in refusal(TrainSetup, {**training, "workers": {}})


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet", "all_data.json", "table.NPY"])
def test_a_table_in_the_place_of_a_setup_is_told_what_to_give(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"client,a\nann,1\xff\n")
    with pytest.raises(InvalidProblemError, match=r"not TOML; give a setup of training .*--list"):
        load_train_setup(path)
    with pytest.raises(InvalidProblemError, match=r"not TOML; give a sweep .* tables of scores"):
        SweepSetup.load(path)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_is_not_finite_is_told_so(value):
    with pytest.raises(InvalidProblemError, match="give a finite number above 0"):
        Number(low=0, above=True)(value, "kitchen.degrees")
