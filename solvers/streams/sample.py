"""Some rows of a table in blocks, with its limits in proportion: prices to begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from roundlot.solvers.coupled.nested import NestedProgram, nested_program
from roundlot.solvers.coupled.program import Program, Shared, Tight, program
from roundlot.solvers.streams.blocks import Block
from roundlot.solvers.streams.needed import limited
from roundlot.solvers.water.scaling import changed
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.problem.naming import Names

#: Rows of the table that a first guess of the prices looks at: prices are then off by a percent.
SAMPLE = 1 << 14


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Some rows of a table.

    Attributes:
        problem: of them, groups' limits in proportion; limits of all rows are the whole table's.
        shared: what they take from the table, rooms in proportion.
        share: which part of the table they are.
        lows: ``(S,)``, what floors of models lack beside those of entries, in proportion.
    """

    problem: Problem
    shared: Shared
    share: float
    lows: FloatArray

    @property
    def program(self) -> Program:
        """Without floors of sums."""
        bare = {"client_floor": None, "group_floors": (), "model_floors": None}
        return program(changed(self.problem, **bare), self.shared)

    @property
    def nested(self) -> NestedProgram:
        """With floors of sums."""
        tight = Tight(least=self.shared.tight.least)
        problem = limited(Block(problem=self.problem, first=0), tight).problem
        return replace(nested_program(problem, self.shared), lows=self.lows)


def sample_of(found: tuple[Problem, ...], rows: int, shared: Shared, lows: FloatArray) -> Sample:
    """Sampled rows of blocks, one below the other, of a table of so many ``rows``."""
    joined = _joined(found)
    share = joined.n_processors / rows
    rooms = {structure: room * share for structure, room in shared.rooms.items()}
    return Sample(
        problem=joined, shared=replace(shared, rooms=rooms), share=share, lows=lows * share
    )


def sampled(block: Block, step: int) -> tuple[Problem, ...]:
    """Every ``step``-th row, its groups' limits in proportion."""
    problem = block.problem
    rows = np.flatnonzero((np.arange(problem.n_processors) + block.first) % step == step // 2)
    return (_rows_of(problem, rows),) if rows.size else ()


def template(problem: Problem) -> Problem:
    """One row, for what all blocks have in common."""
    names = Names(models=problem.names.models, costs=problem.names.costs)
    return changed(_rows_of(problem, np.zeros(1, dtype=np.int64)), names=names)


def _rows_of(problem: Problem, rows: Any) -> Problem:
    values: dict[str, Any] = {
        name: np.array(getattr(problem, name)[rows])
        for name in ("scores", "available", "processor_cap", "floor", "ceiling")
    }
    if problem.costs is not None:
        values["costs"] = np.array(problem.costs[:, rows])
    values["client"] = None
    if problem.client is not None:
        given = problem.client_cap, problem.client_floor
        values["client"], (cap, floor) = _in_proportion(problem.client, given, rows)
        values |= {"client_cap": cap, "client_floor": floor}
    floors = problem.group_floors or (None,) * len(problem.groups)
    levels = [
        _in_proportion(labels, given, rows)
        for labels, *given in zip(problem.groups, problem.group_caps, floors, strict=True)
    ]
    values["groups"] = tuple(labels for labels, _ in levels)
    values["group_caps"] = tuple(caps for _, (caps, _) in levels)
    values["group_floors"] = tuple(low for _, (_, low) in levels) if problem.group_floors else ()
    return changed(problem, names=Names(), weights=None, **values)


def _in_proportion(labels: IntArray, limits: Any, rows: Any) -> tuple[IntArray, list[Any]]:
    """Labels of some rows from 0, and limits in proportion to how many of each there are."""
    groups, numbers, some = np.unique(labels[rows], return_inverse=True, return_counts=True)
    size = max([int(labels.max(initial=0)) + 1, *(len(x) for x in limits if x is not None)])
    part = some / np.bincount(labels, minlength=size)[groups]
    kept = [None if x is None else np.asarray(x[groups] * part) for x in limits]
    return numbers.astype(np.int64), kept


def _joined(parts: tuple[Problem, ...]) -> Problem:
    """Blocks of sampled rows one below the other."""
    values: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("scores", "available", "processor_cap", "floor", "ceiling")
    }
    first = parts[0]
    if first.costs is not None:
        values["costs"] = np.concatenate([part.costs for part in parts], axis=1)
    if first.client is not None:
        values["client"] = _numbered([part.client for part in parts])
        for name in ("client_cap", "client_floor"):
            if getattr(first, name) is not None:
                values[name] = np.concatenate([getattr(part, name) for part in parts])
    depths = range(len(first.groups))
    values["groups"] = tuple(_numbered([part.groups[d] for part in parts]) for d in depths)
    for name in ("group_caps", "group_floors"):
        if getattr(first, name):
            values[name] = tuple(
                np.concatenate([getattr(part, name)[d] for part in parts]) for d in depths
            )
    return changed(first, **values)


def _numbered(parts: list[Any]) -> IntArray:
    """Labels of blocks that have no group in common."""
    sizes = np.cumsum([0, *(int(labels.max()) + 1 for labels in parts)])[:-1]
    return np.concatenate([x + start for x, start in zip(parts, sizes.tolist(), strict=True)])
