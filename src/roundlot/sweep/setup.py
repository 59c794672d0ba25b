"""A sweep's setup: one TOML file that says which setups are crossed with what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from roundlot.loggers import LogSection
from roundlot.setup import Choice, Section, Setup, Whole, key, part, section
from roundlot.setup.fields import switch, text, texts
from roundlot.theory import InvalidProblemError

VARIANCE, TRAINING = "variance", "training"
OWN = "own"
#: Keys of setups that the sweep itself decides on, and by what.
_DECIDED = {
    "seed": "sweep.seeds",
    "run.seeds": "sweep.seeds",
    "methods": "sweep.methods",
    "run.device": "sweep.device",
    "simulate.device": "sweep.device",
    "simulate.rounds": "sweep.rounds",
    "name": "the file's name",
    "log.to": "the sweep's own [log]",
}


def _seeds(value: Any, place: str) -> tuple[int, ...]:
    one = Whole(low=0, high=2**40)
    if not isinstance(value, list | tuple):
        return tuple(range(Whole(low=1, high=10**6)(value, place)))
    if not value:
        raise InvalidProblemError(f"{place} is an empty list; give at least one seed")
    seeds = tuple(one(seed, f"{place}[{index}]") for index, seed in enumerate(value))
    _once(seeds, place)
    return seeds


def _names(value: Any, place: str) -> tuple[str, ...] | str:
    if value == "all":
        return "all"
    names = texts(value, place)
    _once(names, place)
    return names


def _one_or_more(value: Any, place: str) -> tuple[str, ...]:
    names = texts([value] if isinstance(value, str) else value, place)
    _once(names, place)
    return names


def _once(values: tuple[Any, ...], place: str) -> None:
    twice = [value for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise InvalidProblemError(f"{place} has {twice[0]!r:.40} twice; give it once")


@dataclass(frozen=True, kw_only=True)
class SweepSection(Section, table="sweep"):
    """``[sweep]``: what is computed, for which setups, by which methods, with which seeds.

    ``setups`` are files, or names: "speech-commands" for the shipped fleet, those of
    ``roundlot train --list`` for training. ``designs`` and ``rounds`` are for variances: "own" is
    each method's own design, 0 rounds compute and draw nothing. ``full`` and ``data`` are for
    training. ``device`` is "cpu" unless a setup of training says otherwise.
    """

    kind: str = key(VARIANCE, Choice((VARIANCE, TRAINING)))
    setups: tuple[str, ...] | None = key(None, _one_or_more)
    methods: tuple[str, ...] | str | None = key(None, _names)
    designs: tuple[str, ...] | str | None = key(None, _names)
    seeds: tuple[int, ...] = key((0,), _seeds)
    rounds: int | None = key(None, Whole(low=0, high=10**9))
    device: str | None = key(None, text)
    full: bool = key(False, switch)
    data: str | None = key(None, text)

    def __post_init__(self) -> None:
        if self.setups is None:
            shipped = "speech-commands" if self.kind == VARIANCE else "digits"
            raise InvalidProblemError(
                f'[sweep] needs the key setups: files, or setups = ["{shipped}"]'
            )
        if self.kind == TRAINING and self.designs is not None:
            raise InvalidProblemError(
                'sweep.designs is for kind = "variance"; give [vary] run.design instead'
            )
        if self.kind == TRAINING and self.rounds is not None:
            raise InvalidProblemError(
                'sweep.rounds is for kind = "variance"; give [set] run.rounds instead'
            )
        if self.kind == VARIANCE and (self.full or self.data is not None):
            given = "full" if self.full else "data"
            raise InvalidProblemError(f'sweep.{given} is for kind = "training"; leave it out')


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepSetup(Setup):
    """A sweep, checked; the setups that it names are read when it is laid out.

    ``fixed`` are keys of the setups that are changed, ``varied`` those that are crossed, with their
    values.
    """

    noun: ClassVar[str] = "sweep"
    wanted: ClassVar[str] = "a sweep (.toml), whose [sweep] setups may name tables of scores"

    log: LogSection = section(LogSection)
    section: SweepSection = section(SweepSection)
    fixed: Mapping[str, Any] = part(lambda table, place: _flat(table, place), {}, name="set")
    varied: Mapping[str, tuple[Any, ...]] = part(
        lambda table, place: _lists(_flat(table, place)), {}, name="vary"
    )

    def __post_init__(self) -> None:
        both = [place for place in self.varied if place in self.fixed]
        if both:
            raise InvalidProblemError(f"{both[0]} is in [set] and in [vary]; choose one")

    @property
    def kind(self) -> str:
        """ "variance" or "training"."""
        return self.section.kind


def load_sweep_setup(path: str | os.PathLike[str]) -> SweepSetup:
    """The sweep in the TOML file at ``path``.

    Raises:
        InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a value
            that does not fit; one line that names it.
    """
    return SweepSetup.load(path)


def _flat(table: Any, section: str) -> dict[str, Any]:
    """The keys of a table of tables, with dots between."""
    if not isinstance(table, Mapping):
        raise InvalidProblemError(f"[{section}] is {table!r:.40}; give a section of keys")
    flat = _dotted(table, "")
    for place in flat:
        if place in _DECIDED:
            raise InvalidProblemError(
                f"[{section}] has {place}, which {_DECIDED[place]} decides; leave it out there"
            )
    return flat


def _dotted(table: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in table.items():
        out |= (
            _dotted(value, f"{prefix}{name}.")
            if isinstance(value, Mapping)
            else {f"{prefix}{name}": value}
        )
    return out


def _lists(flat: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {place: _values(values, place) for place, values in flat.items()}


def _values(values: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(values, list) or not values:
        raise InvalidProblemError(f"[vary] {place} is {values!r:.40}; give a list of values")
    _once(tuple(values), f"[vary] {place}")
    return tuple(values)
