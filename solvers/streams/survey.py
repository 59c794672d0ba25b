"""The first pass: what all blocks decide together, whether limits can be met, a sample of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers.coupled.nested import signs_of
from roundlot.solvers.coupled.program import (
    UNUSABLE,
    Shared,
    Tight,
    active_rows,
    least_counted,
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
from roundlot.solvers.streams.needed import (
    NO_ROOM,
    Needed,
    check_left_out,
    check_needed,
    has_floors,
    left_out,
    limited,
)
from roundlot.solvers.streams.sample import SAMPLE, Sample, sample_of, sampled, template
from roundlot.solvers.water.scaling import far_from_one, working_scores
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure


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


def survey(block: Block, step: int, tight: Tight) -> Survey:
    """Of one block under what limits without room leave; every ``step``-th row is in the sample.

    Raises:
        InfeasibleError: the floors of a row or a group do not fit.
    """
    block = limited(block, tight)
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
        template=template(problem),
        rows=problem.n_processors,
        greatest=float(scores.max()),
        floors=Sums.of(problem, floor),
        floored=floored,
        starved=starved,
        least=least,
        dearest=dearest,
        smallest=smallest_room(tuple(own), room),
        usable=float(np.minimum(room[0], (ceiling - floor).sum(axis=1)).sum()),
        sample=sampled(block, step),
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """A table whose floors fit its limits.

    Attributes:
        shared: what blocks take from it.
        limits: ``(D,)``, rooms of the active rows, as programs have them.
        rooms: ``(1 + S + K,)``, what floors leave of the limits of all blocks, exactly; None where
            there is no limit.
        floors: ``(1 + S + K,)``, their sums.
        bounds: ``(1 + S + K,)``, the limits themselves.
        survey: of the blocks.
        lows: ``(S,)``, what floors of models lack beside those of entries, exactly; 0 where none.
        sample: some rows, for a start; None without scores.
        budgeted: whether models have budgets of their own.
    """

    shared: Shared
    limits: FloatArray
    rooms: tuple[Fraction | None, ...]
    floors: tuple[Fraction, ...]
    bounds: tuple[Fraction | None, ...]
    survey: Survey
    lows: tuple[Fraction, ...]
    sample: Sample | None
    budgeted: bool

    @property
    def floored(self) -> IntArray:
        """The models whose floors lack something."""
        return np.flatnonzero([float(low) > 0.0 for low in self.lows]).astype(np.int64)

    @property
    def signs(self) -> FloatArray:
        """``(D, 1 + S + K)``: 1 of what an active row limits, −1 of what a floor is about."""
        return signs_of(self.shared.active, self.floored)

    def paid(self, each: FloatArray) -> FloatArray:
        """``(1 + S + K,)`` prices of the limits of all rows, then ``(S,)`` of the models' floors.

        From prices of the active ones ``(D,)``.
        """
        active, some = self.shared.active, int(self.shared.active.sum())
        y, offered = np.zeros(active.size), np.zeros(len(self.lows))
        y[active], offered[self.floored] = each[:some], each[some:]
        return np.concatenate((y, offered))


def whole(blocks: Blocks, rows: int) -> Whole:
    """The first pass over a table of some ``rows``.

    Raises:
        InfeasibleError: floors that do not fit a limit, by how much, and what would.
    """
    step, tight = max(1, rows // SAMPLE), Tight()
    found = blocks.total(survey, step, tight)
    problem, floors, left, limits = _fitting_floors(blocks, found)
    budgeted = problem.model_budgets is not None
    if found.needed is not None:
        tight = _without_room(blocks, found, floors, tight)
    if tight.filled or tight.budgets is not None:
        tight = replace(tight, least=False)
        found = _again(blocks, step, tight, problem)
        problem, floors, left, limits = _fitting_floors(blocks, found)
        tight = replace(tight, least=_without_room(blocks, found, floors, tight).least)
    lows = _lows(problem, floors)
    near = np.array([math.inf if x is None else float(x) for x in left])
    out = near <= (UNUSABLE * found.least if found.floored[0] else np.zeros(near.size))
    near = np.where(out, 0.0, near)
    usable, dearest = found.usable, found.dearest
    active = active_rows(problem, usable, near, dearest) & (found.greatest > 0.0)
    if tight.least:
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
        tight=tight,
        equal=_equal(problem, lows),
    )
    sample = None
    if found.sample and found.greatest > 0.0:
        sample = sample_of(found.sample, found.rows, shared, np.array([float(x) for x in lows]))
    moved = near.copy()
    moved[1 + problem.n_models :] = np.ldexp(near[1 + problem.n_models :], -shared.cost_exponents)
    return Whole(
        shared=shared,
        limits=np.concatenate((moved[active], [float(x) for x in lows if float(x) > 0.0])),
        rooms=left,
        floors=floors,
        bounds=bounds_of(problem),
        survey=found,
        lows=lows,
        sample=sample,
        budgeted=budgeted,
    )


_Fitting = tuple[Problem, tuple[Fraction, ...], tuple[Fraction | None, ...], dict[Structure, Limit]]


def _fitting_floors(blocks: Blocks, found: Survey) -> _Fitting:
    """A row of the table, the sums of floors, what they leave of the limits of all blocks, these.

    Raises:
        InfeasibleError: floors that do not fit a limit.
    """
    problem = found.template
    floors, bounds = found.floors.values(cost_budgets(problem)), bounds_of(problem)
    left = tuple(None if b is None else b - low for b, low in zip(bounds, floors, strict=True))
    limits = {x.structure: x for x in problem.sum_limits() if x.structure in SHARED}
    for structure in (Structure.MODELS, Structure.WEIGHTED, Structure.TOTAL):
        if structure in limits:
            _check(blocks, found, limits[structure], floors, left)
    return problem, floors, left, limits


def _without_room(
    blocks: Blocks, found: Survey, floors: tuple[Fraction, ...], before: Tight
) -> Tight:
    """What has no room in a table that a survey found under what had none ``before``."""
    problem = found.template
    assert found.needed is not None
    tight = check_needed(found.needed, problem, floors)
    use_up = f"use up the budget {problem.budget:g}, which leaves 0 for"
    cure = "with a positive score, so every variance is infinite; raise it, or make the pair"
    if tight.least and str(out := blocks.total(check_left_out, before)):
        raise InfeasibleError(f"floors of sums {use_up} {out} {cure} unavailable")
    if tight.budgets is not None and problem.model_floors is not None:
        lows = map(Fraction, problem.model_floors.tolist())
        bare = np.flatnonzero([low <= floors[1 + s] for s, low in enumerate(lows)])
        out = blocks.total(left_out, before, tuple(bare.tolist())) if bare.size else First()
        if str(out) and _nothing_left(tight.budgets, floors, bare):
            raise InfeasibleError(f"floors of models {use_up} {out} {cure} unavailable")
        if str(out):
            return replace(tight, budgets=None)
    return tight


def _nothing_left(budgets: FloatArray, floors: tuple[Fraction, ...], models: IntArray) -> bool:
    return any(Fraction(float(budgets[s])) <= floors[1 + s] for s in models.tolist())


def _again(blocks: Blocks, step: int, tight: Tight, problem: Problem) -> Survey:
    try:
        return blocks.total(survey, step, tight)
    except InfeasibleError as error:
        if not tight.filled:
            raise
        names = ", ".join(problem.names.model(s) for s in tight.filled)
        raise InfeasibleError(
            f"the floor of {names} is all that ceilings and caps allow, and then {error}"
        ) from error


def _equal(problem: Problem, lows: tuple[Fraction, ...]) -> tuple[bool, ...]:
    """For each model whether its floor leaves no room below its budget."""
    if problem.model_floors is None:
        return ()
    if problem.model_budgets is None:
        return (False,) * problem.n_models
    given = zip(problem.model_budgets.tolist(), problem.model_floors.tolist(), lows, strict=True)
    return tuple(low > 0 and most <= least * (1.0 + NO_ROOM) for most, least, low in given)


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
