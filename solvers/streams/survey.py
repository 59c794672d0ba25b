"""The first pass: what all blocks decide together, whether limits can be met, a sample of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers.coupled.nested import signs_of
from roundlot.solvers.coupled.program import (
    UNUSABLE,
    Program,
    Shared,
    active_rows,
    least_counted,
    program,
    smallest_room,
    spent_rows,
)
from roundlot.solvers.proof.feasibility import check_feasible, fitting_floor
from roundlot.solvers.proof.sums import quotient_above, rooms
from roundlot.solvers.streams.blocks import (
    SHARED,
    Block,
    Blocks,
    First,
    Sums,
    bounds_of,
    cost_budgets,
)
from roundlot.solvers.streams.needed import Needed, check_left_out, check_needed, has_floors
from roundlot.solvers.water.scaling import changed, far_from_one, working_scores
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure
from roundlot.theory.problem.naming import Names

#: Rows of the table that a first guess of the prices looks at: prices are then off by a percent.
SAMPLE = 1 << 14


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """What the blocks of a table come to together.

    Attributes:
        template: a row of a block, of whose problem the limits of all blocks are read.
        rows: in all.
        greatest: score, weighted.
        floors: their sums.
        floored, starved: ``(1 + S + K,)``, how many pairs with a floor, and how many without but
            with a score, each limit of all blocks counts.
        least: ``(1 + S + K,)``, the least ``A l`` of pairs with a score.
        dearest: ``(K,)``, greatest costs.
        smallest: room of the rows' and groups' limits.
        usable: the most above the floors that caps and ceilings allow.
        sample: some rows, with what share of their groups they are.
        needed: what floors of sums need; None without any.
    """

    template: Problem
    rows: int
    greatest: float
    floors: Sums
    floored: IntArray
    starved: IntArray
    least: FloatArray
    dearest: FloatArray
    smallest: float
    usable: float
    sample: tuple[Problem, ...]
    needed: Needed | None = None

    def __add__(self, other: Survey) -> Survey:
        return Survey(
            template=self.template,
            rows=self.rows + other.rows,
            greatest=max(self.greatest, other.greatest),
            floors=self.floors + other.floors,
            floored=self.floored + other.floored,
            starved=self.starved + other.starved,
            least=np.minimum(self.least, other.least),
            dearest=np.maximum(self.dearest, other.dearest),
            smallest=min(self.smallest, other.smallest),
            usable=self.usable + other.usable,
            sample=self.sample + other.sample,
            needed=None
            if self.needed is None or other.needed is None
            else self.needed + other.needed,
        )


def survey(block: Block, step: int) -> Survey:
    """Of one block; every ``step``-th row is in the sample.

    Raises:
        InfeasibleError: the floors of a row or a group do not fit.
    """
    problem, local = block.problem, block.local
    check_feasible(local)
    floor, ceiling = problem.bounds
    scores = working_scores(problem)[0]
    floored, starved, least = _counts(block, floor)
    own = [limit for limit in problem.sum_limits() if limit.structure not in SHARED]
    room = tuple(rooms(limit, floor) for limit in own)
    nested = has_floors(problem)
    spent = spent_rows(problem.scores, floor, tuple(own), room, all_move=nested)
    room = tuple(np.where(out, 0.0, x) for out, x in zip(spent, room, strict=True))
    dearest = next((x.dearest for x in problem.sum_limits() if x.weights is not None), np.zeros(0))
    return Survey(
        template=_template(problem),
        rows=problem.n_processors,
        greatest=float(scores.max()),
        floors=Sums.of(problem, floor),
        floored=floored,
        starved=starved,
        least=least,
        dearest=dearest,
        smallest=smallest_room(tuple(own), room),
        usable=float(np.minimum(room[0], (ceiling - floor).sum(axis=1)).sum()),
        sample=_sample(block, step),
        needed=Needed.of(problem) if nested else None,
    )


def _counts(block: Block, floor: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    problem = block.problem
    size = 1 + problem.n_models + cost_budgets(problem).size
    floored, starved = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    least = np.full(size, np.inf)
    scored = problem.scores > 0.0
    low = np.where(scored, floor, np.inf)
    for place, limit in block.shared_limits:
        floored[place] = _counted(limit, floor > 0.0)
        starved[place] = _counted(limit, scored & (floor == 0.0))
        least[place] = least_counted(limit, low)
    return floored, starved, least


def _counted(limit: Limit, which: BoolArray) -> IntArray:
    """How many of some pairs each row of ``A`` counts."""
    if limit.weights is not None:
        found = [np.count_nonzero(which & (cost > 0.0)) for cost in limit.weights]
        return np.array(found, dtype=np.int64)
    return np.asarray(limit.sums(which.astype(np.float64))).astype(np.int64)


def _sample(block: Block, step: int) -> tuple[Problem, ...]:
    """Evenly spaced rows, their groups' caps in proportion."""
    problem = block.problem
    rows = np.flatnonzero((np.arange(problem.n_processors) + block.first) % step == step // 2)
    if not rows.size:
        return ()
    return (_rows_of(problem, rows),)


def _template(problem: Problem) -> Problem:
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
    if problem.client is not None and problem.client_cap is not None:
        values["client"], values["client_cap"] = _shared_caps(
            problem.client, problem.client_cap, rows
        )
    else:
        values["client"] = values["client_cap"] = None
    values |= {"client_floor": None, "group_floors": ()}
    levels = [
        _shared_caps(labels, caps, rows)
        for labels, caps in zip(problem.groups, problem.group_caps, strict=True)
    ]
    values["groups"] = tuple(labels for labels, _ in levels)
    values["group_caps"] = tuple(caps for _, caps in levels)
    return changed(problem, names=Names(), weights=None, **values)


def _shared_caps(labels: IntArray, caps: FloatArray, rows: Any) -> tuple[IntArray, FloatArray]:
    """Labels of some rows from 0, and caps in proportion to how many of each there are."""
    groups, numbers, some = np.unique(labels[rows], return_inverse=True, return_counts=True)
    every = np.bincount(labels, minlength=caps.size)[groups]
    return numbers.astype(np.int64), np.asarray(caps[groups] * (some / every))


def _joined(parts: tuple[Problem, ...]) -> Problem:
    """Blocks of sampled rows one below the other."""
    values: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("scores", "available", "processor_cap", "floor", "ceiling")
    }
    first = parts[0]
    if first.costs is not None:
        values["costs"] = np.concatenate([part.costs for part in parts], axis=1)
    if first.client is not None and first.client_cap is not None:
        clients = [(part.client, part.client_cap) for part in parts]
        values["client"], values["client_cap"] = _numbered(clients)
    levels = [
        _numbered([(part.groups[depth], part.group_caps[depth]) for part in parts])
        for depth in range(len(first.groups))
    ]
    values["groups"] = tuple(labels for labels, _ in levels)
    values["group_caps"] = tuple(caps for _, caps in levels)
    return changed(first, **values)


def _numbered(parts: list[Any]) -> tuple[IntArray, FloatArray]:
    sizes = np.cumsum([0, *(len(caps) for _, caps in parts)])[:-1]
    labels = [own + start for (own, _), start in zip(parts, sizes.tolist(), strict=True)]
    return np.concatenate(labels), np.concatenate([caps for _, caps in parts])


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """A table whose floors fit its limits.

    Attributes:
        shared: what blocks take from it.
        limits: ``(D,)``, rooms of the active rows, as programs have them.
        rooms: ``(1 + S + K,)``, what floors leave of the limits of all blocks, exactly; None where
            there is no limit.
        floors: ``(1 + S + K,)``, their sums.
        survey: of the blocks.
        lows: ``(S,)``, what floors of models lack beside those of entries, exactly; 0 where none.
        sample: the program of the sample; None without scores.
    """

    shared: Shared
    limits: FloatArray
    rooms: tuple[Fraction | None, ...]
    floors: tuple[Fraction, ...]
    survey: Survey
    lows: tuple[Fraction, ...]
    sample: Program | None

    @property
    def floored(self) -> IntArray:
        """The models whose floors lack something."""
        return np.flatnonzero([float(low) > 0.0 for low in self.lows]).astype(np.int64)

    @property
    def signs(self) -> FloatArray:
        """``(D, 1 + S + K)``: 1 of what an active row limits, −1 of what a floor is about."""
        return signs_of(self.shared.active, self.floored)

    @property
    def share(self) -> float:
        """Which part of the table the sample is."""
        return 1.0 if self.sample is None else self.sample.n_processors / self.survey.rows


def whole(blocks: Blocks, rows: int) -> Whole:
    """The first pass over a table of some ``rows``.

    Raises:
        InfeasibleError: floors that do not fit a limit, by how much, and what would.
    """
    found = blocks.total(survey, max(1, rows // SAMPLE))
    problem, budgets = found.template, cost_budgets(found.template)
    floors, bounds = found.floors.values(budgets), bounds_of(problem)
    left = tuple(None if b is None else b - low for b, low in zip(bounds, floors, strict=True))
    limits = {x.structure: x for x in problem.sum_limits() if x.structure in SHARED}
    order = (Structure.MODELS, Structure.WEIGHTED, Structure.TOTAL)
    for structure in order:
        if structure in limits:
            _check(blocks, found, limits[structure], floors, left)
    least = found.needed is not None and check_needed(found.needed, problem, floors)
    if least:
        _require_all_drawn(blocks, problem)
    lows = _lows(problem, floors)
    near = np.array([math.inf if x is None else float(x) for x in left])
    out = near <= (UNUSABLE * found.least if found.floored[0] else np.zeros(near.size))
    near = np.where(out, 0.0, near)
    usable, dearest = found.usable, found.dearest
    active = active_rows(problem, usable, near, dearest) & (found.greatest > 0.0)
    if least:
        active[0] = False
    places = {structure: _place(structure, problem) for structure in limits}
    shared = Shared(
        rooms={structure: near[place] for structure, place in places.items()},
        spent={structure: out[place] for structure, place in places.items()},
        active=active,
        cost_exponents=far_from_one(dearest),
        smallest=_smallest(problem, found, near),
        greatest=found.greatest,
        entries=found.rows * problem.n_models,
        nested=found.needed is not None,
        least=least,
    )
    sample = _sample_program(found, shared) if found.sample and found.greatest > 0.0 else None
    moved = near.copy()
    moved[1 + problem.n_models :] = np.ldexp(near[1 + problem.n_models :], -shared.cost_exponents)
    return Whole(
        shared=shared,
        limits=np.concatenate((moved[active], [float(x) for x in lows if float(x) > 0.0])),
        rooms=left,
        floors=floors,
        survey=found,
        lows=lows,
        sample=sample,
    )


def _require_all_drawn(blocks: Blocks, problem: Problem) -> None:
    out = blocks.total(check_left_out)
    if str(out):
        raise InfeasibleError(
            f"floors of sums use up the budget {problem.budget:g}, which leaves 0 for {out} with a "
            "positive score, so every variance is infinite; raise it, or make the pair unavailable"
        )


def _lows(problem: Problem, floors: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    given = problem.model_floors
    if given is None:
        return (Fraction(0),) * problem.n_models
    lack = (Fraction(f) - floors[1 + s] for s, f in enumerate(given.tolist()))
    return tuple(max(Fraction(0), x) for x in lack)


def _place(structure: Structure, problem: Problem) -> slice:
    models = problem.n_models
    if structure is Structure.TOTAL:
        return slice(0, 1)
    return slice(1, 1 + models) if structure is Structure.MODELS else slice(1 + models, None)


def _smallest(problem: Problem, found: Survey, near: FloatArray) -> float:
    """The least room above 0, of cost rows in draws of what is dearest; at most 1."""
    models = problem.n_models
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        draws = near[1 + models :] / found.dearest
    every = np.concatenate((near[: 1 + models], draws))
    every = every[(every > 0.0) & np.isfinite(every)]
    return max(min(found.smallest, 1.0, float(every.min(initial=1.0))), 1e-300)


def _sample_program(found: Survey, shared: Shared) -> Program:
    joined = _joined(found.sample)
    share = joined.n_processors / found.rows
    rooms = {structure: room * share for structure, room in shared.rooms.items()}
    return program(joined, replace(shared, rooms=rooms))


def _check(
    blocks: Blocks,
    found: Survey,
    limit: Limit,
    floors: tuple[Fraction, ...],
    left: tuple[Fraction | None, ...],
) -> None:
    """Refuses floors above a limit of all blocks, or that leave nothing where a score needs it."""
    place = _place(limit.structure, found.template)
    for row, at in enumerate(range(len(floors))[place]):
        room, bound = left[at], float(limit.bound[row])
        name = f"the {limit.word} {bound:g}"
        if limit.structure is not Structure.TOTAL:
            name += f" of {limit.title(row)}"
        if room is not None and room < 0:
            what = "sum to" if limit.weights is None else "cost"
            enough = quotient_above(floors[at].numerator, floors[at].denominator)
            raise InfeasibleError(
                f"floors {what} {float(floors[at]):g}, {float(-room):.3g} above {name}; "
                f"{_fitting(found, limit, at, bound, floors[at])} would fit, or a {limit.word} of "
                f"{enough!r}"
            )
        if room == 0 and found.starved[at]:
            used = "floors use up" if found.floored[at] else "there is nothing in"
            raise InfeasibleError(
                f"{used} {name}, which leaves 0 for {blocks.total(first_starved, at)} with a "
                "positive score, so every variance is infinite; raise it, or make the pair "
                "unavailable"
            )


def _fitting(found: Survey, limit: Limit, at: int, bound: float, floors: Fraction) -> str:
    if limit.weights is not None:
        return f"floors times {float(Fraction(bound) / floors) * (1.0 - 1e-12)!r}"
    pairs = int(found.floored[at])
    return f"a floor of {fitting_floor(bound, pairs)!r} on each of its {pairs} pairs"


def first_starved(block: Block, at: int) -> First:
    """The first pair with a score and no floor that a limit of all blocks counts."""
    problem = block.problem
    floor = problem.bounds[0]
    for place, limit in block.shared_limits:
        size = 1 + problem.n_models + cost_budgets(problem).size
        for row, number in enumerate(range(size)[place]):
            if number != at:
                continue
            v, s, _ = limit.entries(row)
            wanted = np.flatnonzero((problem.scores[v, s] > 0.0) & (floor[v, s] == 0.0))
            if wanted.size:
                pair = int(wanted[0])
                who = problem.names.rows or ()
                name = (
                    problem.names.row(int(v[pair])) if who else f"row {block.first + v[pair] + 1}"
                )
                return First(words=f"{name} and {problem.names.model(int(s[pair]))}")
    return First()
