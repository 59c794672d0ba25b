"""Whether any probabilities satisfy the limits, decided exactly, and what would; and what is slack.

Every limit on a sum is one of non-negative multiples of ``p``, so floors are the easiest ``p``: the
limits can be met if and only if the floors meet them, and leave room where a score needs it.
Floors of sums are looked at in `reach`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.reach import check_floors
from roundlot.solvers.proof.sums import quotient_above, rough_sums
from roundlot.solvers.water.scaling import has_no_floors, is_scalar, least
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray, IndexArray, read_only_view
from roundlot.theory.errors import warn
from roundlot.theory.problem import Limit, Structure

# Above the rounding of any plain sum: what is nearer to its limit is summed exactly.
NEAR = 1e-10
# So many slack limits are listed by number; of more, those that bind are.
LISTED = 5


def check_feasible(problem: Problem) -> None:
    """Raises InfeasibleError, naming the limit, by how much it fails and what would fit.

    In order: a floor above its ceiling, the floors of a processor above its cap, of a client, a
    group, a model or a cost row above theirs, all floors above the budget. Sums are of the float64
    values as they are, without a tolerance.
    """
    total, *others = problem.sum_limits()
    if has_no_floors(problem) and all(limit.bound.all() for limit in others):
        check_floors(problem)
        return
    if problem.is_plain and not problem.sum_floors() and _surely_fit(problem):
        return
    floor, ceiling = problem.bounds
    _check_ceilings(problem, floor, ceiling)
    with np.errstate(over="ignore"):
        summed = [(limit, rough_sums(limit, floor)) for limit in (*others, total)]
    for limit, sums in summed:
        near = (sums > limit.bound * (1.0 - NEAR)) | (limit.bound == 0.0)
        for row in np.flatnonzero(near).tolist():
            _check_row(problem, floor, limit, row)
    check_floors(problem)


def _surely_fit(problem: Problem) -> bool:
    """Whether floors are within ceilings, caps and budget by far: one look at each, or at one."""
    floor, ceiling, caps = problem.floor, problem.ceiling, problem.processor_cap
    rows, models = problem.scores.shape
    if is_scalar(floor) and is_scalar(ceiling):
        low = least(floor)
        if low > least(ceiling) or low * models > least(caps) * (1.0 - NEAR):
            return False
        return bool(low * models * rows <= problem.budget * (1.0 - NEAR))
    tables = (
        read_only_view(floor),
        read_only_view(ceiling),
        read_only_view(caps),
    )
    total = float(kernels.floors_within(*tables, 1.0 - NEAR))
    return bool(total <= problem.budget * (1.0 - NEAR))


def usable_budget(problem: Problem) -> float:
    """``Σ_v min(c_v, Σ_s u_vs)``: the most draws that caps and availability can use."""
    caps, count = problem.processor_cap, problem.n_processors
    if not is_scalar(problem.ceiling) or not problem.available.all():
        return float(kernels.rounded_sum(np.minimum(caps, problem.bounds[1].sum(axis=1))))
    most = problem.ceiling[:1].sum(axis=1)
    if not is_scalar(caps):
        return float(kernels.rounded_sum(np.minimum(caps, most)))
    return float(kernels.rounded_product(min(least(caps), float(most[0])), count))


def slack_notes(problem: Problem, multipliers: Multipliers | Prices | None) -> tuple[str, ...]:
    """Which limits are slack at the optimum, in words; warns of budgets that nothing can use."""
    if multipliers is None:
        return ()
    if isinstance(multipliers, Multipliers) and multipliers.level > 0.0:
        return ()
    if not problem.scores.any():
        return ("every score is 0: all feasible probabilities are optimal, with variance 0",)
    if isinstance(multipliers, Multipliers) and not problem.has_budget:
        return ()
    if isinstance(multipliers, Multipliers):
        _warn_budget(problem)
        return ("budget slack: every processor with a positive score is at its limits",)
    return tuple(_notes(problem, multipliers))


def _check_ceilings(problem: Problem, floor: FloatArray, ceiling: FloatArray) -> None:
    above = floor > ceiling
    if above.any():
        v, s = (int(i) for i in np.argwhere(above)[0])
        raise InfeasibleError(
            f"floor of {problem.names.row(v)} for {problem.names.model(s)} is {floor[v, s]:g}, "
            f"above its ceiling {ceiling[v, s]:g}; lower the floor to {ceiling[v, s]!r}"
        )


def _check_row(problem: Problem, floor: FloatArray, limit: Limit, row: int) -> None:
    bound = float(limit.bound[row])
    name = f"the {limit.word} {bound:g}"
    if limit.structure is not Structure.TOTAL:
        name += f" of {limit.title(row)}"
    low, cost = limit.row(row, floor)
    needed = kernels.exact_sum(low.reshape(-1)) if cost is None else _cost(cost, low)
    over = needed - Fraction(bound)
    if over > 0:
        enough = quotient_above(needed.numerator, needed.denominator)
        raise InfeasibleError(
            f"{_taken(low, cost)}, {float(over):.3g} above {name}; "
            f"{_fitting(low, cost, bound)} would fit, or a {limit.word} of {enough!r}"
        )
    starved = (limit.row(row, problem.scores)[0] > 0.0) & (low == 0.0)
    starved &= True if cost is None else cost > 0.0
    if over == 0 and starved.any():
        v, s, _ = limit.entries(row)
        pair = np.flatnonzero((problem.scores[v, s] > 0.0) & (floor[v, s] == 0.0))[0]
        used = "floors use up" if floor[v, s].any() else "there is nothing in"
        who, what = problem.names.row(int(v[pair])), problem.names.model(int(s[pair]))
        raise InfeasibleError(
            f"{used} {name}, which leaves 0 for {who} and {what} with a "
            "positive score, so every variance is infinite; raise it, or make the pair unavailable"
        )


def _cost(cost: FloatArray, low: FloatArray) -> Fraction:
    paid = (cost > 0.0) & (low > 0.0)
    terms = zip(cost[paid].tolist(), low[paid].tolist(), strict=True)
    return sum((Fraction(c) * Fraction(p) for c, p in terms), Fraction(0))


def _taken(low: FloatArray, cost: FloatArray | None) -> str:
    if cost is None:
        return f"floors sum to {low.sum():g}"
    return f"floors cost {(cost * low).sum():g}"


def _fitting(low: FloatArray, cost: FloatArray | None, bound: float) -> str:
    """Floors that would fit, in words."""
    if cost is None:
        pairs = int(np.count_nonzero(low))
        return f"a floor of {fitting_floor(bound, pairs)!r} on each of its {pairs} pairs"
    return f"floors times {bound / float((cost * low).sum()) * (1.0 - 1e-12)!r}"


def fitting_floor(limit: float, pairs: int) -> float:
    """The largest float that fits ``pairs`` times below ``limit``, exactly."""
    floor = limit / pairs
    while Fraction(floor) * pairs > Fraction(limit):
        floor = math.nextafter(floor, 0.0)
    return floor


def _notes(problem: Problem, prices: Prices) -> Iterator[str]:
    total, _, *others = prices.by_limit(problem)
    if problem.has_budget and not total[1].any():
        yield "budget slack: other limits bind first"
        _warn_budget(problem)
    several = sorted(others, key=lambda pair: pair[0].structure is Structure.GROUPS)
    for limit, values in several:
        named = limit.name if limit.weights is not None else f"{limit.word} of {limit.name}"
        yield from _slack(named, values, limit.row_names)
        if limit.structure is Structure.MODELS:
            _warn_models(problem, limit.bound)
    for limit, values in prices.by_floor(problem):
        binding = np.flatnonzero(values)
        which = f"{limit.word} of {limit.name}"
        if binding.size:
            some = f"{_few(binding, limit.row_names)} ({binding.size} of {values.size})"
            yield f"{which} binds: {some}"
        else:
            yield f"every {which} slack"


def _slack(name: str, prices: FloatArray, names: tuple[str, ...] | None) -> Iterator[str]:
    free = np.flatnonzero(prices == 0.0)
    if not free.size:
        return
    if free.size == prices.size:
        yield f"every {name} slack"
    elif free.size > max(LISTED, prices.size // 2):
        binding = np.flatnonzero(prices)
        yield f"{name} binds: {_few(binding, names)} ({binding.size} of {prices.size}), else slack"
    else:
        yield f"{name} slack: {_few(free, names)} ({free.size} of {prices.size})"


def _few(indices: IndexArray, names: tuple[str, ...] | None) -> str:
    first = indices[:LISTED].tolist()
    shown = map(str, first if names is None else [names[i] for i in first])
    return ", ".join(shown) + (", ..." if indices.size > LISTED else "")


def _warn_budget(problem: Problem) -> None:
    usable = usable_budget(problem)
    if problem.budget > usable:
        _warn(f"budget {problem.budget:g}", usable, "caps and availability")


def _warn_models(problem: Problem, budgets: FloatArray) -> None:
    caps, count = problem.processor_cap, problem.n_processors
    if is_scalar(caps) and is_scalar(problem.ceiling) and problem.available.all():
        most = float(kernels.rounded_product(min(least(caps), least(problem.ceiling)), count))
        usable = np.full(problem.n_models, most)
    else:
        usable = np.minimum(problem.bounds[1], caps[:, None]).sum(axis=0)
    above = np.flatnonzero(budgets > usable * (1.0 + 1e-12))
    if above.size:
        s = int(above[0])
        what = f"budget {budgets[s]:g} of {problem.names.model(s)}"
        _warn(what, float(usable[s]), "its available processors")


def _warn(what: str, usable: float, who: str) -> None:
    warn(
        f"{what} is above {usable:g}, what {who} can use; "
        "a smaller budget gives the same probabilities"
    )
