"""What a refusal advises, followed digit for digit: it must end in an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.hostile.instances import Instance

NUMBER = r"([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)"
Given = dict[str, Any]


def ends(instance: Instance, message: str, ask: Callable[[Instance], str]) -> list[str]:
    """What each way out that a refusal names ends in: "", or what is said when it ends in none.

    ``ask`` gives what is said about an instance, "" where it has an answer. One limit after another
    may be refused, as long as nothing is said twice.
    """
    found = []
    for way in followed(instance, message):
        here, said, before = way, ask(way), {message}
        while said and said not in before:
            before.add(said)
            here = next(iter(followed(here, said)), here)
            said = ask(here)
        found.append(said)
    return found


def followed(instance: Instance, message: str) -> list[Instance]:
    """Instances that are changed as a message says, one for each way out that it names."""
    found = []
    for pattern, change in _WAYS:
        match = re.search(pattern, message)
        if match is not None:
            made = change(instance, match)
            found += [made] if made is not None else []
    return found


def _with(instance: Instance, **given: Any) -> Instance:
    return replace(instance, given={**instance.given, **given})


def _table(instance: Instance, name: str, default: float) -> Any:
    shape = np.shape(instance.given["scores"])
    return np.array(np.broadcast_to(instance.given.get(name, default), shape), dtype=np.float64)


def _place(name: str, at: str) -> tuple[str, int | None, int] | None:
    """Where the caps, or budgets, of a kind of limit are: keyword, level, row."""
    level, _, row = at.rpartition(" ")
    depth = int(level.split()[-1]) if level else 0
    match name:
        case "processor":
            return "processor_cap", None, int(row)
        case "client":
            return "client_cap", None, int(row)
        case "model":
            return "model_budgets", None, int(row)
        case "group" | "group of level":
            return "group_caps", depth, int(row)
    return None


def _raised(instance: Instance, match: re.Match[str], bound: float) -> Instance | None:
    """With the bound of the limit that is named."""
    kind, at = match["kind"], match["at"]
    if kind is None:
        return _with(instance, budget=bound)
    place = _place(kind, at)
    if place is None:
        return None
    name, level, row = place
    given = instance.given.get(name, 1.0)
    if name == "processor_cap":
        given = np.broadcast_to(given, np.shape(instance.given["scores"])[:1])
    old = given if level is None else given[level]
    new = np.array(old, dtype=np.float64)
    new[row] = bound
    if level is not None:
        new = [new if k == level else caps for k, caps in enumerate(given)]
    return _with(instance, **{name: new})


OF = r"(?: of (?P<kind>processor|client|model|group(?: of level)?) (?P<at>[0-9 ]+?))?"
LIMIT = rf"the (?:cap|budget) [^ ]+{OF}"


def _bound(instance: Instance, match: re.Match[str]) -> Instance | None:
    return _raised(instance, match, float(match["bound"]))


def _more(instance: Instance, match: re.Match[str]) -> Instance | None:
    return _raised(instance, match, float(match["old"]) * 1.5 + 1e-3)


def _ceilings(instance: Instance, match: re.Match[str]) -> Instance:
    with np.errstate(over="ignore"):
        higher = instance.options["ceilings"] * float(match[1])
    return replace(instance, options={**instance.options, "ceilings": higher})


def _in_units(instance: Instance, match: re.Match[str]) -> Instance:
    ceilings = instance.options["ceilings"] * float(match[2])
    made = replace(instance, options={**instance.options, "ceilings": ceilings})
    return _with(made, scores=np.asarray(instance.given["scores"]) * float(match[1]))


def _sum_floor(instance: Instance, match: re.Match[str]) -> Instance | None:
    kind, at, value = match["kind"], match["at"], float(match["value"])
    level, _, row = at.rpartition(" ")
    given = instance.given
    if kind == "model":
        name, old = "model_floors", given["model_floors"]
    elif kind == "client":
        name, old = "client_floor", given["client_floor"]
    else:
        depth = int(level) if level else 0
        floors = list(given["group_floors"])
        floors[depth] = np.array(floors[depth], dtype=np.float64)
        floors[depth][int(row)] = value
        return _with(instance, group_floors=floors)
    new = np.array(old, dtype=np.float64)
    new[int(row)] = value
    return _with(instance, **{name: new})


def _times(instance: Instance, match: re.Match[str]) -> Instance:
    factor, given = float(match[1]), instance.given
    if "of models" in match.string:
        return _with(instance, model_floors=np.asarray(given["model_floors"]) * factor)
    changed = {}
    for name in ("client_floor", "model_floors"):
        if name in given:
            changed[name] = np.asarray(given[name]) * factor
    if "group_floors" in given:
        changed["group_floors"] = [np.asarray(x) * factor for x in given["group_floors"]]
    return _with(instance, **changed)


def _give_way(instance: Instance, match: re.Match[str]) -> Instance:
    share, given = float(match[1]) / 100.0, instance.given
    changed: Given = {"budget": given["budget"] * (1.0 + share)}
    V = np.shape(given["scores"])[0]
    changed["processor_cap"] = np.broadcast_to(given.get("processor_cap", 1.0), (V,)) * (
        1.0 + share
    )
    for name in ("client_cap", "model_budgets", "cost_budgets"):
        if name in given:
            changed[name] = np.asarray(given[name]) * (1.0 + share)
    if "group_caps" in given:
        changed["group_caps"] = [np.asarray(x) * (1.0 + share) for x in given["group_caps"]]
    for name in ("client_floor", "model_floors"):
        if name in given:
            changed[name] = np.asarray(given[name]) * (1.0 - share)
    if "group_floors" in given:
        changed["group_floors"] = [np.asarray(x) * (1.0 - share) for x in given["group_floors"]]
    if "floor" in given:
        changed["floor"] = np.asarray(given["floor"]) * (1.0 - share)
    return _with(instance, **changed)


def _pair_floor(instance: Instance, match: re.Match[str]) -> Instance:
    """All floors of the limit's pairs at what would fit."""
    low = _table(instance, "floor", 0.0)
    members = np.zeros(low.shape, dtype=bool)
    for row in instance.rows():
        name = row.name
        wanted = "budget" if match["kind"] is None else None
        if wanted is None:
            kind = {"processor": "cap", "group of level": "group"}.get(match["kind"], match["kind"])
            wanted = f"{kind} {match['at'].rpartition(' ')[2]}"
        if name == wanted and not row.at_least:
            here = np.zeros(low.shape, dtype=bool)
            for pair in row.coefficients:
                here[pair] = True
            members |= here
    floors = np.where(members & instance.available & (low > 0.0), float(match["floor"]), low)
    return _with(instance, floor=np.minimum(floors, instance.box[1]))


_WAYS: tuple[tuple[str, Callable[[Instance, re.Match[str]], Instance | None]], ...] = (
    (rf"above {LIMIT}; .* or a (?:cap|budget) of (?P<bound>\S+)$", _bound),
    (
        rf"above {LIMIT}; a floor of (?P<floor>\S+) on each of its [0-9]+ pairs? would fit",
        _pair_floor,
    ),
    (
        rf"floors use up the (?:cap|budget) (?P<old>[^ ,]+){OF}, which leaves",
        _more,
    ),
    (r"ceilings (\S+) times as high would do", _ceilings),
    (r"scores times (\S+) and ceilings times (\S+) would do", _in_units),
    (
        r"the floor [^ ]+ of (?P<kind>client|model|group(?: of level)?) (?P<at>[0-9 ]+?) is .*; "
        r"lower it to (?P<value>\S+)$",
        _sum_floor,
    ),
    (r"floors times (\S+) would fit", _times),
    (r"each of them gave way by (\S+) %", _give_way),
)
