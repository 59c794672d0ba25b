"""A setup's limits: those that several processors share as arrays, and whether floors fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.fleet.fleet import Fleet
from roundlot.fleet.scores import align_scores, read_scores, require_known
from roundlot.fleet.sections import Limits
from roundlot.fleet.tables import read_table, unique_clients
from roundlot.setup.reading import closest
from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.text import plural, rounded_down, rounded_up

#: What limits groups.
GROUP_KEYS = ("group_caps", "group_floors")


def coupled_limits(
    fleet: Fleet, limits: Limits, folder: Path, everybody: Sequence[str] = ()
) -> dict[str, Any]:
    """Keywords of :class:`roundlot.theory.Problem`; tables are relative to ``folder``.

    They may name clients of ``everybody`` beyond those of the fleet, and nobody else.

    Raises:
        InvalidProblemError: a model, group or client that does not occur, a malformed table.
    """
    found: dict[str, Any] = {}
    if limits.client_cap is not None:
        found |= {"client": fleet.client, "client_cap": limits.client_cap}
    if limits.client_floor > 0.0:
        found |= {"client": fleet.client, "client_floor": limits.client_floor}
    if limits.model_floors is not None:
        found["model_floors"] = per_model_numbers(
            limits.model_floors, fleet, "problem.model_floors", 0.0
        )
    if limits.model_budgets is not None:
        # A model without a budget of its own may use all of the server's.
        most = limits.total(fleet.n_processors)
        found["model_budgets"] = per_model_numbers(
            limits.model_budgets, fleet, "problem.model_budgets", most
        )
    if limits.model_variance_ceilings is not None:
        found["model_variance_ceilings"] = per_model_numbers(
            limits.model_variance_ceilings, fleet, "problem.model_variance_ceilings", np.inf
        )
    if limits.model_weights is not None:
        found["model_weights"] = per_model_numbers(
            limits.model_weights, fleet, "problem.model_weights", 1.0
        )
    if limits.costs is not None and limits.cost_budgets is not None:
        found |= _costs(fleet, dict(limits.costs), dict(limits.cost_budgets), folder, everybody)
    if limits.groups is not None:
        found |= _groups(fleet, folder / limits.groups, limits, everybody)
    return found


def per_model_numbers(
    given: float | tuple[Any, ...], fleet: Fleet, key: str, default: float
) -> float | FloatArray:
    """One number for all as it is, else one for each model, ``default`` for one left out.

    Raises:
        InvalidProblemError: a model that does not occur, numbers of fewer or more.
    """
    if isinstance(given, float):
        return given
    if isinstance(given[0], tuple):
        named = dict(given)
        _require_known(tuple(named), fleet.models, key, "model")
        return np.array([named.get(model, default) for model in fleet.models])
    if len(given) != fleet.n_models:
        raise InvalidProblemError(
            f"{key} has {len(given)} {plural(len(given), 'number')} for {fleet.n_models} "
            f"{plural(fleet.n_models, 'model')}: "
            f"{', '.join(fleet.models)}; give one each, or a table, model = number"
        )
    return np.array(given, dtype=np.float64)


def _costs(
    fleet: Fleet,
    tables: Mapping[str, str],
    budgets: Mapping[str, float],
    folder: Path,
    everybody: Sequence[str],
) -> dict[str, Any]:
    """What a draw of every pair costs, ``(K, V, S)``, 0 where a pair is not available."""
    read = [
        align_scores(
            fleet,
            read_scores(
                folder / path,
                what=f"table of {name}",
                allow_unreachable=fleet.allow_unreachable,
            ),
            everybody,
        )
        for name, path in tables.items()
    ]
    return {"costs": np.array(read), "cost_budgets": [budgets[name] for name in tables]}


def _groups(fleet: Fleet, path: Path, limits: Limits, everybody: Sequence[str]) -> dict[str, Any]:
    """Names of the groups of every processor and limits by name, level by level from the finest."""
    levels = _levels(fleet, path, _columns(limits), everybody)
    _require_nested(fleet, path, levels)
    many, found = len(levels) > 1, {}
    for key in GROUP_KEYS:
        given = getattr(limits, key)
        if given is None:
            continue
        by_column = _by_column(dict(given), key)
        for column, group in levels.items():
            place = f"problem.{key}.{column}" if column in dict(given) else f"problem.{key}"
            _require_known(tuple(by_column.get(column, ())), tuple(group), place, "group")
        bounds = [by_column.get(column, {}) for column in levels]
        found[key] = bounds if many else bounds[0]
    rows = [
        [name for name, n in zip(group, fleet.processors.tolist(), strict=True) for _ in range(n)]
        for group in levels.values()
    ]
    return {"groups": rows if many else rows[0], **found}


def _columns(limits: Limits) -> tuple[str, ...]:
    """The columns of the table of groups that limits name."""
    given = [(key, getattr(limits, key)) for key in GROUP_KEYS]
    found = [_by_column(dict(value), key) for key, value in given if value is not None]
    return tuple(dict.fromkeys(column for columns in found for column in columns))


def _by_column(given: Mapping[str, Any], key: str) -> dict[str, dict[str, float]]:
    """Limits by column of the table and name of the group.

    Raises:
        InvalidProblemError: some are numbers and some are tables.
    """
    tables = {name: dict(caps) for name, caps in given.items() if isinstance(caps, tuple)}
    if not tables:
        return {"group": dict(given)}
    odd = next((name for name in given if name not in tables), None)
    if odd is not None:
        raise InvalidProblemError(
            f"problem.{key}.{odd} is {given[odd]:g}, and problem.{key}.{min(tables)} a "
            "table; give a number for each group, or for each column a table of them"
        )
    return tables


def _levels(
    fleet: Fleet, path: Path, columns: Sequence[str], everybody: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The group of every client by column; columns with more groups are finer, and come first."""
    found = {column: _groups_of(fleet, path, column, everybody) for column in columns}
    return dict(sorted(found.items(), key=lambda level: -len(set(level[1]))))


def _require_nested(fleet: Fleet, path: Path, levels: Mapping[str, tuple[str, ...]]) -> None:
    """Refuses two clients that share a group and are in two groups of the next column.

    Raises:
        InvalidProblemError: naming both, the columns and the file.
    """
    for (fine, inner), (coarse, outer) in pairwise(levels.items()):
        first: dict[str, int] = {}
        for i, group in enumerate(inner):
            j = first.setdefault(group, i)
            if outer[i] != outer[j]:
                raise InvalidProblemError(
                    f"table of groups {path}: clients {fleet.clients[j]!r} and "
                    f"{fleet.clients[i]!r} share {fine} {group!r}, but are in {coarse} "
                    f"{outer[j]!r} and {outer[i]!r}; put every {fine} in one {coarse}, or leave "
                    "out the limits of one column"
                )


def group_names(
    fleet: Fleet, limits: Limits, folder: Path, everybody: Sequence[str] = ()
) -> tuple[tuple[str, ...], ...]:
    """What the groups with caps are called, in the order of their labels, level by level.

    Raises:
        InvalidProblemError: a malformed table.
    """
    if limits.groups is None:
        return ()
    levels = _levels(fleet, folder / limits.groups, _columns(limits), everybody)
    return tuple(tuple(dict.fromkeys(group)) for group in levels.values())


def _groups_of(fleet: Fleet, path: Path, column: str, everybody: Sequence[str]) -> tuple[str, ...]:
    """``N`` names, one a client."""
    table = read_table(path, "table of groups")
    if column == "group" and "group" not in table.columns:
        known = ", ".join(name for name in table.columns if name != "client")
        raise InvalidProblemError(
            f"table of groups {path} has no column 'group'; name the column that holds the "
            f"groups, as in group_caps.{known.split(', ')[0]} = {{ ... }}; it has {known}"
        )
    clients = unique_clients(table)
    group = dict(zip(clients, table.texts(column), strict=True))
    missing = [client for client in fleet.clients if client not in group]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InvalidProblemError(
            f"table of groups {path} has no row for client {missing[0]!r}{more}; add it"
        )
    ours = set(fleet.clients)
    strangers = [client for client in group if client not in ours]
    require_known(strangers, fleet.clients, everybody, f"table of groups {path}")
    return tuple(group[client] for client in fleet.clients)


def _require_known(given: Sequence[str], known: Sequence[str], place: str, what: str) -> None:
    options = dict.fromkeys(known)
    for name in given:
        if name not in options:
            raise InvalidProblemError(
                f"{place}: there is no {what} {name!r}; {closest(name, options)}"
            )


def require_feasible(fleet: Fleet, limits: Limits) -> None:
    """Refuse floors that do not fit below the ceiling, the processors' cap or the budget.

    Raises:
        InfeasibleError: says which limit, by how much, and the floor that would fit.
    """
    floor = limits.floor
    if floor > limits.ceiling:
        raise InfeasibleError(
            f"problem.floor {floor:g} is above problem.ceiling {limits.ceiling:g}; lower the floor"
        )
    models = fleet.available.sum(axis=1)
    most = int(models.max())
    if floor * most > limits.processor_cap:
        name = fleet.clients[int(np.argmax(models))]
        raise InfeasibleError(
            f"problem.floor {floor:g} on {most} models takes {floor * most:g} of a processor of "
            f"client {name!r}, above its cap {limits.processor_cap:g}; "
            f"a floor of at most {_fitting_floor(limits.processor_cap, most)!r} fits"
        )
    pairs = int(models @ fleet.processors)
    budget = limits.total(fleet.n_processors)
    if floor * pairs > budget:
        raise InfeasibleError(
            f"problem.floor {floor:g} on {pairs} available pairs takes {floor * pairs:g} draws, "
            f"above the budget {budget:g}; a floor of at most "
            f"{_fitting_floor(budget, pairs)!r} or a budget of at least "
            f"{_fitting_budget(floor, pairs)!r} fits"
        )


def _fitting_floor(limit: float, pairs: int) -> float:
    """A floor that so many pairs can have, of six digits where these will do."""
    floor = rounded_down(limit / pairs, 6)
    return math.nextafter(floor, 0.0) if Fraction(floor) * pairs > Fraction(limit) else floor


def _fitting_budget(floor: float, pairs: int) -> float:
    """A budget for the floors of so many pairs, of six digits where these will do."""
    least = Fraction(floor) * pairs
    budget = rounded_up(float(least), 6)
    return math.nextafter(budget, math.inf) if Fraction(budget) < least else budget


def usable_draws(fleet: Fleet, limits: Limits) -> float:
    """The most draws per round that caps, ceilings and availability can use."""
    models = fleet.available.sum(axis=1)
    return float(np.minimum(limits.processor_cap, limits.ceiling * models) @ fleet.processors)
