"""Sums of groups and models met to the last bit: in whole units, from what is nearly right.

Where floors equal caps, a sum must come to one number exactly. In units of a power of two that
divides all limits, these are whole numbers, and limits on nested groups leave whole numbers within
them: what each group can come to follows from what its members can, and is dealt out from the top.
What is moved from one model to another inside a row leaves all of these sums.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure

DIGITS = 53
LARGEST = 500_000  # pairs: numbers of any size take some microseconds each
FINER = 63  # binary digits below the smallest limit: what rounding to units may cost a sum


@dataclass(kw_only=True, eq=False)
class Level:
    """Entries, rows, or groups of them; whole numbers of any size.

    Attributes:
        low, high: least and most of each.
        now: what each comes to.
        step: what each moves by.
        members: of the level below, by place; none of entries.
    """

    low: list[int]
    high: list[int]
    now: list[int]
    step: list[int]
    members: list[list[int]]


def in_units(problem: Problem, p: FloatArray) -> FloatArray | None:
    """``(V, S)`` that meet all limits but those of costs; None if none is found."""
    if p.size > LARGEST or not np.isfinite(p).all():
        return None
    every = [*problem.sum_limits(), *problem.sum_floors()]
    # Where groups and models cross, digits of one size for all may do what each one's own do not.
    coarse = int(np.frexp(p.max(initial=0.0))[1]) - DIGITS
    for exponent in (_finest(np.concatenate([x.bound for x in every])), coarse):
        found = _met(problem, p, exponent)
        if found is not None:
            whole: FloatArray = np.ldexp(np.array([float(n) for n in found]), exponent)
            return whole.reshape(p.shape)
    return None


def _met(problem: Problem, p: FloatArray, exponent: int) -> list[int] | None:
    """The same in units of ``2**exponent``, flat."""
    nested, models = _nested(problem), _of_models(problem)
    levels = [_entries(problem, p, exponent)]
    if any(low > high for low, high in zip(levels[0].low, levels[0].high, strict=True)):
        return None
    for owner, limits in nested:
        level = _above(levels[-1], owner, limits, exponent)
        if level is None:
            return None
        levels.append(level)
    top, kinds = levels[-1], _models(levels[0], models, exponent, p.shape[1])
    if kinds is None:
        return None
    top.low = [max(top.low[0], sum(kinds.low))]
    top.high = [min(top.high[0], sum(kinds.high))]
    top.now = _clipped(top, range(1))
    for upper, lower in zip(levels[:0:-1], levels[-2::-1], strict=True):
        if not all(_dealt(lower, kin, upper.now[m]) for m, kin in enumerate(upper.members)):
            return None
    if models and not _exchanged(levels[0], kinds):
        return None
    return levels[0].now


def _nested(problem: Problem) -> list[tuple[IntArray, list[Limit]]]:
    """The owner of each member of the level below, and the limits of the level; finest first."""
    count, models = problem.scores.shape
    rows, total = np.arange(count), np.zeros(count, dtype=np.int64)
    found: dict[str, tuple[IntArray, list[Limit]]] = {"rows": (rows, []), "all": (total, [])}
    for limit in (*problem.sum_limits(), *problem.sum_floors()):
        if limit.structure is Structure.GROUPS:
            assert limit.labels is not None
            found.setdefault(limit.name, (limit.labels, []))[1].append(limit)
        elif limit.structure is Structure.PROCESSORS:
            found["rows"][1].append(limit)
        elif limit.structure is Structure.TOTAL:
            found["all"][1].append(limit)
    entries, levels = np.repeat(rows, models), sorted(found.values(), key=_fewness)
    out = [(entries, levels[0][1])]  # every row is a group of its own entries
    for (below, _), (labels, limits) in itertools.pairwise(levels):
        owner = np.zeros(int(below.max()) + 1, dtype=np.int64)
        owner[below] = labels
        out.append((owner, limits))
    return out


def _fewness(level: tuple[IntArray, list[Limit]]) -> int:
    return -int(np.unique(level[0]).size)


def _of_models(problem: Problem) -> list[Limit]:
    every = (*problem.sum_limits(), *problem.sum_floors())
    return [x for x in every if x.structure is Structure.MODELS]


def _finest(values: FloatArray) -> int:
    """The exponent of a power of two that divides them all, far below each."""
    fractions, exponents = np.frexp(values[np.isfinite(values) & (values > 0.0)])
    whole = np.ldexp(fractions, DIGITS).astype(np.int64)
    spare = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    return int((exponents + np.minimum(spare - DIGITS, -FINER)).min(initial=0))


def _units(value: float, exponent: int, step: int, *, up: bool) -> int:
    """A number in units, to a multiple of a step."""
    above, below = float(value).as_integer_ratio()
    above, below = (above << -exponent, below) if exponent < 0 else (above, below << exponent)
    below *= step
    return (-(-above // below) if up else above // below) * step


def _entries(problem: Problem, p: FloatArray, exponent: int) -> Level:
    level = Level(low=[], high=[], now=[], step=[], members=[])
    floor, ceiling = (x.ravel().tolist() for x in problem.bounds)
    digits = np.maximum(np.frexp(p.ravel())[1] - DIGITS - exponent, 0).tolist()
    for q, least, most, spare in zip(p.ravel().tolist(), floor, ceiling, digits, strict=True):
        step = 1 << spare if q > 0.0 else 1
        low = _units(least, exponent, step, up=True)
        level.low.append(max(low, step) if q > 0.0 else low)
        level.high.append(_units(most, exponent, step, up=False))
        level.now.append(_units(q, exponent, step, up=True))
        level.step.append(step)
    return level


def _above(lower: Level, owner: IntArray, limits: list[Limit], exponent: int) -> Level | None:
    """The level of the owners; None if no member's numbers meet the limits of one."""
    members: list[list[int]] = [[] for _ in range(int(owner.max()) + 1)]
    for member, m in enumerate(owner.tolist()):
        members[m].append(member)
    level = Level(low=[], high=[], now=[], step=[], members=members)
    for m, kin in enumerate(members):
        step = min((lower.step[i] for i in kin if lower.low[i] < lower.high[i]), default=1)
        low, high = sum(lower.low[i] for i in kin), sum(lower.high[i] for i in kin)
        for limit in limits:
            bound = float(limit.bound[m])
            if limit.at_least:
                low = max(low, _units(bound, exponent, step, up=True))
            elif np.isfinite(bound):
                high = min(high, _units(bound, exponent, step, up=False))
        if low > high:
            return None
        level.low.append(low)
        level.high.append(high)
        level.now.append(sum(_clipped(lower, kin)))
        level.step.append(step)
    return level


def _clipped(level: Level, some: list[int] | range) -> list[int]:
    return [min(max(level.now[i], level.low[i]), level.high[i]) for i in some]


def _dealt(lower: Level, kin: list[int] | range, target: int) -> bool:
    """Moves members to a sum, those of coarse digits first; whether they get there."""
    start = _clipped(lower, kin)
    order = sorted(kin, key=lambda i: -lower.step[i])
    for up in (False, True):  # what coarse digits leave is added to the fine ones, or taken
        for i, value in zip(kin, start, strict=True):
            lower.now[i] = value
        lack = target - sum(start)
        for i in order:
            if not lack:
                return True
            step = lower.step[i]
            least, most = lower.low[i] - lower.now[i], lower.high[i] - lower.now[i]
            move = min(max(_multiple(lack, step, up=up), _multiple(least, step, up=True)), most)
            move = _multiple(move, step, up=move < 0)
            lower.now[i] += move
            lack -= move
        if not lack:
            return True
    return False


def _multiple(value: int, step: int, *, up: bool) -> int:
    return (-(-value // step) if up else value // step) * step


def _models(entries: Level, limits: list[Limit], exponent: int, models: int) -> Level | None:
    owner = np.arange(len(entries.now)) % models
    level = _above(entries, owner, limits, exponent)
    return level if level is None else replace(level, step=[1] * models)


def _exchanged(entries: Level, level: Level) -> bool:
    """Moves entries within their rows until models are within their limits; whether they are."""
    models = len(level.now)
    now = [sum(entries.now[s::models]) for s in range(models)]
    level.now = now.copy()
    if not _dealt(level, range(models), sum(now)):
        return False
    lack = [wanted - found for wanted, found in zip(level.now, now, strict=True)]
    for up in range(models):
        for down in range(models):
            if lack[up] > 0 > lack[down]:
                moved = _moved(entries, models, up, down, min(lack[up], -lack[down]))
                lack[up], lack[down] = lack[up] - moved, lack[down] + moved
    return not any(lack)


def _moved(entries: Level, models: int, up: int, down: int, most: int) -> int:
    """How much of what one model is to get from another rows could give, coarse digits first."""
    pairs = [(i + up, i + down) for i in range(0, len(entries.now), models)]
    steps = [max(entries.step[i], entries.step[j]) for i, j in pairs]
    left = most
    for v in sorted(range(len(pairs)), key=lambda v: -steps[v]):
        i, j = pairs[v]
        room = min(entries.high[i] - entries.now[i], entries.now[j] - entries.low[j], left)
        move = max(room, 0) // steps[v] * steps[v]
        entries.now[i] += move
        entries.now[j] -= move
        left -= move
        if not left:
            break
    return most - left
