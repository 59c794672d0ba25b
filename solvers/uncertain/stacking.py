"""Rounds stacked, row under row, into one problem, and what is found split again.

Floors of models hold in each round by itself, so with them every round has models of its own:
tables are blocks along a diagonal, and what is beside them is not available.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.problem import Structure

Problems = tuple[Problem, ...]
#: One level of the tree: ``(V,)`` labels, caps and floors ``(G,)``.
Rung = tuple[IntArray, FloatArray, FloatArray]


def stacked(problems: Problems, weight: FloatArray, budget: float, *, towards: float) -> Problem:
    """All rows under one budget; the limits of each problem are groups and cost rows of its own."""
    first = problems[0]
    groups, caps, floors = _tree(problems, weight, towards)
    costs, rates = _cost_rows(problems, weight, towards)
    wide: dict[str, Any] = {} if not costs else {"costs": np.stack(costs), "cost_budgets": rates}
    if any(level.any() for level in floors):
        wide["group_floors"] = floors
    blocks = _blocks(problems)
    if blocks > 1 or _has_model_floors(problems):
        lows = [
            np.zeros(one.n_models) if one.model_floors is None else one.model_floors
            for one in problems
        ]
        pairs = zip(lows, weight.tolist(), strict=True)
        wide["model_floors"] = np.concatenate([_times(low, w, -towards) for low, w in pairs])
    return Problem(
        joined(problems, [one.scores for one in problems]),
        budget=budget,
        available=joined(problems, [one.available for one in problems]),
        allow_unreachable=all(one.allow_unreachable for one in problems) or blocks > 1,
        processor_cap=np.concatenate([one.processor_cap for one in problems]),
        floor=joined(problems, [one.floor for one in problems]),
        ceiling=joined(problems, [one.ceiling for one in problems], beside=1.0),
        model_weights=np.tile(first.model_weights, blocks),
        groups=groups,
        group_caps=caps,
        **wide,
    )


def _has_model_floors(problems: Problems) -> bool:
    return any(x.structure is Structure.MODELS for one in problems for x in one.sum_floors())


def _blocks(problems: Problems) -> int:
    """How many copies of the models there are."""
    return len(problems) if _has_model_floors(problems) else 1


def _slices(problems: Problems) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each problem in the tables of all."""
    row, models, blocks = 0, problems[0].n_models, _blocks(problems)
    for number, one in enumerate(problems):
        column = number * models if blocks > 1 else 0
        yield slice(row, row + one.n_processors), slice(column, column + models)
        row += one.n_processors


def joined(problems: Problems, tables: Sequence[Any], beside: float = 0.0) -> Any:
    """One table of all; beside the blocks 0, or not available, or as said."""
    rows = sum(one.n_processors for one in problems)
    columns = problems[0].n_models * _blocks(problems)
    out = np.full((rows, columns), beside, dtype=tables[0].dtype)
    for place, table in zip(_slices(problems), tables, strict=True):
        out[place] = table
    return read_only(out)


def parts_of(problems: Problems, table: FloatArray) -> tuple[FloatArray, ...]:
    """The table of each, out of that of all."""
    return tuple(read_only(table[place].copy()) for place in _slices(problems))


def _rungs(one: Problem) -> list[Rung]:
    """Levels of a problem, finest first, with clients where they have floors but no caps."""
    lows = {x.name: x for x in one.sum_floors() if x.structure is Structure.GROUPS}
    levels = list(one.levels)
    if _free_clients(one):
        clients = lows["client"]
        assert clients.labels is not None
        free = np.full(clients.size, float(one.scores.size))  # every pair drawn for sure
        levels.insert(0, ("client", clients.labels, free))
    return [
        (label, cap, lows[name].bound if name in lows else np.zeros(cap.size))
        for name, label, cap in levels
    ]


def _free_clients(one: Problem) -> bool:
    """Whether clients have floors but no caps."""
    capped = any(name == "client" for name, _, _ in one.levels)
    return not capped and any(x.name == "client" for x in one.sum_floors())


def _tree(
    problems: Problems, weight: FloatArray, towards: float
) -> tuple[list[IntArray], list[FloatArray], list[FloatArray]]:
    """Levels of all problems side by side, and on top of them each problem's own budget."""
    trees = [_rungs(one) for one in problems]
    depth = max(map(len, trees)) + 1
    labels: list[list[IntArray]] = [[] for _ in range(depth)]
    caps: list[list[FloatArray]] = [[] for _ in range(depth)]
    floors: list[list[FloatArray]] = [[] for _ in range(depth)]
    counts = [0] * depth
    for one, own, chance in zip(problems, trees, weight.tolist(), strict=True):
        whole = (np.zeros(one.n_processors, dtype=np.int64), np.array([one.budget]), np.zeros(1))
        for level, (label, cap, low) in enumerate([*own, *[whole] * (depth - len(own))]):
            labels[level].append(label + counts[level])
            caps[level].append(_times(cap, chance, towards))
            floors[level].append(_times(low, chance, -towards))
            counts[level] += cap.size
    return (
        [np.concatenate(x) for x in labels],
        [np.concatenate(x) for x in caps],
        [np.concatenate(x) for x in floors],
    )


def _cost_rows(
    problems: Problems, weight: FloatArray, towards: float
) -> tuple[list[FloatArray], list[float]]:
    """Cost rows and models' budgets of each problem, which count its own rows alone."""
    rows: list[FloatArray] = []
    rates: list[float] = []
    count = sum(one.n_processors for one in problems)
    shape = (count, problems[0].n_models * _blocks(problems))

    def add(place: tuple[slice, slice], table: FloatArray, rate: float) -> None:
        row = np.zeros(shape)
        row[place] = table
        rows.append(row)
        rates.append(rate)

    for one, place, chance in zip(problems, _slices(problems), weight.tolist(), strict=True):
        if one.model_budgets is not None:
            for s, rate in enumerate(_times(one.model_budgets, chance, towards).tolist()):
                column = np.zeros(one.scores.shape)
                column[:, s] = 1.0
                add(place, column, rate)
        if one.costs is not None and one.cost_budgets is not None:
            most = _times(one.cost_budgets, chance, towards)
            for cost, rate in zip(one.costs, most.tolist(), strict=True):
                add(place, cost, rate)
    return rows, rates


def _times(values: FloatArray, chance: float, towards: float) -> FloatArray:
    """``chance * values``, one ulp towards ``towards`` where it may have been rounded; 0 stays."""
    product = values * chance
    exact = math.frexp(chance)[0] == 0.5
    return product if exact else np.where(product == 0.0, product, np.nextafter(product, towards))


def of_rounds(problems: Problems, prices: Prices) -> Iterator[Prices]:
    """Prices of each problem's own limits, out of those of all rows; see `stacked`."""
    whole = _whole_floors(problems, prices)
    row, cost, at = 0, 0, [0] * len(prices.levels)
    for number, one in enumerate(problems):
        rungs = _rungs(one)
        counts = [caps.size for _, caps, _ in rungs]
        counts += [1] * (len(at) - len(counts))  # its budget, in every level above its own
        cut = [slice(a, a + n) for a, n in zip(at, counts, strict=True)]
        levels = [y[part] for y, part in zip(prices.levels, cut, strict=True)]
        at = [a + n for a, n in zip(at, counts, strict=True)]
        models = one.n_models if one.model_budgets is not None else 0
        own = models + (0 if one.costs is None else len(one.costs))
        paid = prices.costs[cost : cost + own]
        cost += own
        names = (["client"] if _free_clients(one) else []) + [name for name, _, _ in one.levels]
        floors = dict(
            zip(names, (w[part] for w, part in zip(whole[:-1], cut, strict=True)), strict=False)
        )
        floors["model"] = whole[-1][number * one.n_models : (number + 1) * one.n_models]
        yield Prices(
            budget=float(sum(y.sum() for y in levels[len(rungs) :])),
            processors=prices.processors[row : row + one.n_processors],
            levels=tuple(levels[_free_clients(one) : len(rungs)]),
            models=paid[:models] if models else np.zeros(one.n_models),
            costs=paid[models:],
            exponent=prices.exponent,
            floors=tuple(floors[limit.name] for limit in one.sum_floors()),
        )
        row += one.n_processors


def _whole_floors(problems: Problems, prices: Prices) -> list[FloatArray]:
    """Prices of floors of every level of all rows, and of models; 0 where there are none."""
    given = iter(prices.floors)
    trees = [_rungs(one) for one in problems]
    found = []
    for level, paid in enumerate(prices.levels):
        some = any(level < len(own) and own[level][2].any() for own in trees)
        found.append(next(given) if some else np.zeros(paid.size))
    some_models = _has_model_floors(problems)
    found.append(next(given) if some_models else np.zeros(0))
    return found
