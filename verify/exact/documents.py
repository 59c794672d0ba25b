"""A certificate's document, whoever wrote it: read, and judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.certificates import Claim, Findings, Goal, Prices
from roundlot.theory.certificates.document import (
    EXPONENTS,
    FIRST,
    FORMAT,
    LATER,
    NUMBERS,
    OPTIONAL,
    PROBLEM,
    SECOND,
    THIRD,
    UNIT,
    VERSION,
    digest_of,
)
from roundlot.theory.json_text import AlteredError, UnreadableError, version_of
from roundlot.verify.exact.arrays import Array, entry, read_array
from roundlot.verify.exact.judgement import Judgement, judge

GAPS = 1 << 20  # labels that nobody has; a cap for each is a number in memory
FARTHEST = 4000  # beyond it no product with a float64 is one
NEEDED = ("format", "version", "goal", "problem", "probabilities", "prices", *NUMBERS)
NOTES = ("method", "notes", "software", "problem_sha256")
PRICES = ("exponent", "budget", "processors", "levels", "models", "costs", "variances")


def judge_document(document: Any, folder: Path) -> Judgement:
    """The judgement of a parsed document whose arrays lie in ``folder``.

    Raises:
        UnreadableError: it is no certificate of this version, or something is missing or misshapen.
    """
    try:
        return judge(claim_in(document, folder))
    except (AlteredError, InvalidProblemError) as error:
        return Judgement(findings=Findings(complaints=(str(error),)), entries=0)


def claim_in(document: Any, folder: Path) -> Claim:
    """What a document claims.

    Raises:
        UnreadableError: as `judge_document`.
        AlteredError: an array beside it is not the one that it was written with.
        InvalidProblemError: a score, limit or weight is negative, NaN, infinite or of no sense.
    """
    version = version_of(document, FORMAT, (FIRST, SECOND, THIRD, VERSION))
    later = LATER if version >= SECOND else ()
    last = (UNIT,) if version >= VERSION else ()
    require_keys(document, "the document", NEEDED, (*NOTES, OPTIONAL, *last))
    problem = problem_in(document["problem"], folder, later)
    if document.get("problem_sha256", None) not in (None, digest_of(document["problem"])):
        raise AlteredError("the problem has another sha256 than the document says")
    more = (EXPONENTS,) if version >= THIRD else ()
    prices, variances = prices_in(document["prices"], problem, folder, more)
    shape = problem.scores.shape
    return Claim(
        problem=problem,
        goal=_goal(document["goal"], problem, folder),
        probabilities=read_array(
            document["probabilities"], "probabilities", folder, shape, "number"
        ),
        prices=prices,
        variance_prices=variances,
        variance_exponents=_exponents(document["prices"], problem, folder),
        **{name: entry(document[name], name) for name in NUMBERS},
        variance_gap=None if OPTIONAL not in document else entry(document[OPTIONAL], OPTIONAL),
        unit=_unit(document),
    )


def _unit(document: Any) -> int:
    """Of which power of four the numbers are; 0 where nothing is said."""
    unit = int(entry(document.get(UNIT, 0), UNIT, "whole number"))
    if abs(unit) > FARTHEST:
        raise UnreadableError(f"unit is {unit}; no objective of float64 scores needs that")
    return unit


def require_keys(
    value: Any, name: str, needed: tuple[str, ...], more: tuple[str, ...] = ()
) -> None:
    """Nothing missing, and nothing that would be passed over: a limit under a wrong name."""
    if not isinstance(value, Mapping):
        raise UnreadableError(f"{name} is not an object")
    for key in needed:
        if key not in value:
            raise UnreadableError(f"{name} has no {key!r}; null stands for a limit that is none")
    for key in value:
        if key not in needed and key not in more:
            raise UnreadableError(f"{name} has an unknown key {key!r:.40}")


def problem_in(given: Any, folder: Path, later: tuple[str, ...]) -> Problem:
    require_keys(given, "problem", (*PROBLEM, *later))
    given = {**dict.fromkeys(LATER), **given}
    scores = read_array(given["scores"], "scores", folder, None, "number")
    rows, columns = scores.shape

    def table(name: str, shape: tuple[int, ...], kind: str = "number") -> Array | None:
        value = given[name]
        return None if value is None else read_array(value, name, folder, shape, kind)

    clients = table("client", (rows,), "whole number")
    groups = [
        read_array(label, f"groups[{depth}]", folder, (rows,), "whole number")
        for depth, label in enumerate(listed(given["groups"], "groups"))
    ]
    caps = listed(given["group_caps"], "group_caps")
    if len(caps) != len(groups):
        raise UnreadableError(f"there are {len(groups)} levels of groups and {len(caps)} of caps")
    if len(listed(given["group_floors"], "group_floors")) not in (0, len(groups)):
        raise UnreadableError("group_floors and groups are of different numbers of levels")
    rates = listed(given["cost_budgets"], "cost_budgets") if given["costs"] is not None else []
    return Problem(
        scores,
        budget=None if later and given["budget"] is None else entry(given["budget"], "budget"),
        available=table("available", scores.shape, "true or false"),
        processor_cap=_needed(table("processor_cap", (rows,)), "processor_cap"),
        floor=_needed(table("floor", scores.shape), "floor"),
        ceiling=_needed(table("ceiling", scores.shape), "ceiling"),
        client=clients,
        client_cap=_caps(given["client_cap"], "client_cap", folder, clients),
        groups=groups or None,
        group_caps=_of_levels(caps, "group_caps", folder, groups),
        model_budgets=table("model_budgets", (columns,)),
        costs=table("costs", (len(rates), *scores.shape)),
        cost_budgets=table("cost_budgets", (len(rates),)),
        model_weights=_needed(table("model_weights", (columns,)), "model_weights"),
        weights=table("weights", scores.shape),
        allow_unreachable=True,  # the judge judges numbers
        client_floor=_caps(given["client_floor"], "client_floor", folder, clients),
        group_floors=_of_levels(given["group_floors"], "group_floors", folder, groups),
        model_floors=table("model_floors", (columns,)),
        model_variance_ceilings=_ceilings(given["model_variance_ceilings"], columns),
    )


def _ceilings(given: Any, models: int) -> Array | None:
    """A ceiling of variance for each model, null where it has none."""
    name = "model_variance_ceilings"
    if given is None:
        return None
    values = listed(given, name)
    if len(values) != models:
        raise UnreadableError(f"{name} has {len(values)} entries; there are {models} models")
    return np.array([np.inf if value is None else entry(value, name) for value in values])


def _needed(value: Array | None, name: str) -> Array:
    if value is None:
        raise UnreadableError(f"{name} is null; give a number for all, or an array")
    return value


def listed(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{name} is not a list")
    return value


def _of_levels(value: Any, name: str, folder: Path, labels: list[Array]) -> Any:
    """One array a level, or None where there are none."""
    return [
        _caps(each, f"{name}[{depth}]", folder, labels[depth])
        for depth, each in enumerate(listed(value, name))
    ] or None


def _caps(value: Any, name: str, folder: Path, label: Array | None) -> Array | None:
    """A cap for every label from 0 to the largest."""
    if value is None:
        return None
    if label is None:
        raise UnreadableError(f"{name} needs labels")
    least = 1 + int(label.max(initial=0))
    if isinstance(value, list):
        shape: tuple[int, ...] = (max(least, len(value)),)
    elif isinstance(value, dict):
        shape = tuple(value["shape"]) if _is_row(value.get("shape"), least) else (least,)
    elif least > label.size + GAPS:
        raise UnreadableError(f"{name} is one number, and labels go up to {least - 1}")
    else:
        shape = (least,)
    return read_array(value, name, folder, shape, "number")


def _is_row(shape: Any, least: int) -> bool:
    if not isinstance(shape, list) or len(shape) != 1:
        return False
    return type(shape[0]) is int and shape[0] > least


def _exponents(given: Any, problem: Problem, folder: Path) -> Array | None:
    """Of the powers of two that prices of variances are in units of; None where there are none."""
    if EXPONENTS not in given:
        return None
    name, shape = f"prices.{EXPONENTS}", (problem.n_models,)
    return read_array(given[EXPONENTS], name, folder, shape, "whole number")


def prices_in(
    given: Any, problem: Problem, folder: Path, more: tuple[str, ...] = ()
) -> tuple[Prices, Array | None]:
    floors = problem.sum_floors()
    held = problem.model_variance_ceilings is not None
    later = (*(("floors",) if floors else ()), *(("ceilings",) if held else ()))
    require_keys(given, "prices", (*PRICES, *later), more)
    paid = listed(given.get("floors"), "prices.floors")
    if len(paid) != len(floors):
        raise UnreadableError(
            f"there are prices of {len(paid)} kinds of floors; the problem has {len(floors)}"
        )
    exponent = entry(given["exponent"], "the exponent of prices", "whole number")
    if abs(int(exponent)) > FARTHEST:
        raise UnreadableError(f"the exponent of prices is {exponent}; no float needs that")
    levels = listed(given["levels"], "prices.levels")
    if len(levels) != len(problem.levels):
        raise UnreadableError(
            f"there are prices of {len(levels)} levels; the problem has {len(problem.levels)}"
        )

    def table(name: str, size: int) -> Array:
        return read_array(given[name], f"prices.{name}", folder, (size,), "number")

    prices = Prices(
        budget=entry(given["budget"], "prices.budget"),
        processors=table("processors", problem.n_processors),
        levels=tuple(
            read_array(value, f"prices.levels[{depth}]", folder, caps.shape, "number")
            for depth, (value, (_, _, caps)) in enumerate(zip(levels, problem.levels, strict=True))
        ),
        models=table("models", problem.n_models),
        costs=table("costs", 0 if problem.costs is None else len(problem.costs)),
        exponent=int(exponent),
        floors=tuple(
            read_array(value, f"prices.floors[{kind}]", folder, (limit.size,), "number")
            for kind, (value, limit) in enumerate(zip(paid, floors, strict=True))
        ),
        ceilings=None if given.get("ceilings") is None else table("ceilings", problem.n_models),
    )
    return prices, None if given["variances"] is None else table("variances", problem.n_models)


def _goal(given: Any, problem: Problem, folder: Path) -> Goal:
    require_keys(given, "goal", ("name",), ("alpha", "weight", "cost", "ceilings"))
    if not isinstance(given["name"], str):
        raise UnreadableError(f"the goal's name is {given['name']!r:.40}")

    def one(name: str) -> float | None:
        return None if given.get(name) is None else float(entry(given[name], f"goal.{name}"))

    def table(name: str, shape: tuple[int, ...]) -> Array | None:
        if given.get(name) is None:
            return None
        return read_array(given[name], f"goal.{name}", folder, shape, "number")

    return Goal(
        name=given["name"],
        alpha=one("alpha"),
        weight=one("weight"),
        cost=table("cost", problem.scores.shape),
        ceilings=table("ceilings", (problem.n_models,)),
    )
