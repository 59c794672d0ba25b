"""Any design made feasible to the last bit, by lowering: every limit is a sum of positive terms.

Probabilities only go down, towards their floors, so a limit that holds keeps holding; one pass over
the limits is enough. What a solver hands over is off by a few ulp and loses as much. Where only
floors are left nothing is lowered: that they are feasible was decided exactly before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roundlot.solvers.kernels.sums import UNIT, excess
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray, IntArray

ATTEMPTS = 120
TINY = 2.0**-960


def lowered(problem: Problem, design: FloatArray) -> FloatArray:
    """``(V, S)`` within all limits of a feasible problem as real sums, from ``l <= design <= u``.

    Raises:
        ConvergenceError: a limit that rounding alone cannot satisfy.
    """
    from roundlot.solvers.kernels.lowering import fit_rows

    floor = problem.bounds[0]
    out = np.array(design, dtype=np.float64, order="C")
    fit_rows(out, floor, np.ascontiguousarray(problem.processor_cap))
    for _, label, caps in problem.levels:
        _lower_groups(out, floor, label, caps)
    if problem.model_budgets is not None:
        _lower_models(out, floor, problem.model_budgets)
    if problem.costs is not None and problem.cost_budgets is not None:
        for cost, limit in zip(problem.costs, problem.cost_budgets.tolist(), strict=True):
            _lower_cost(out, floor, cost, limit)
    _lower_models(out.reshape(-1, 1), floor.reshape(-1, 1), np.array([problem.budget]))
    return out


def group_excess(table: FloatArray, label: IntArray, caps: FloatArray) -> FloatArray:
    """``(G,)``, at least ``Σ_{v in g} Σ_s p − c_g``; ``<= 0`` proves the limit."""
    from roundlot.solvers.kernels.lowering import sum_by_label

    high, low = np.zeros(caps.size), np.zeros((caps.size, 2))
    sum_by_label(table, label, high, low)
    return _excesses(high, low, caps, table.size)


def model_excess(table: FloatArray, limits: FloatArray) -> FloatArray:
    """``(S,)``, at least ``Σ_v p_vs − m_s``."""
    from roundlot.solvers.kernels.lowering import sum_by_model

    high, low = np.zeros(limits.size), np.zeros((limits.size, 2))
    sum_by_model(table, high, low)
    return _excesses(high, low, limits, len(table))


def cost_excess(table: FloatArray, cost: FloatArray, limit: float, *, exact: bool) -> float:
    """At least ``Σ cost p − limit``, in units of the limit; rough, or exact to second order."""
    from roundlot.solvers.kernels.lowering import rough_weighted_sum, weighted_sum

    flat, p = np.ascontiguousarray(cost).reshape(-1), table.reshape(-1)
    unit = _unit(limit if limit > 0.0 else float(flat.max()))
    with np.errstate(over="ignore"):
        flat = flat if unit == 0 else np.minimum(np.ldexp(flat, -unit), 1e300)
    scaled = float(np.ldexp(limit, -unit))
    if not exact:
        over = rough_weighted_sum(flat, p) - scaled
        return over + (TINY if over > -scaled else 0.0)
    return excess(*weighted_sum(flat, p), scaled) + (TINY if p.any() else 0.0)


def _unit(limit: float) -> int:
    """The power of two to take out: only what is far from 1 is moved, most is not copied."""
    power = int(np.frexp(limit)[1])
    return power if abs(power) > 200 else 0


def _excesses(high: FloatArray, low: FloatArray, limits: FloatArray, terms: int) -> FloatArray:
    width = 2.0 * UNIT * terms * low[:, 1]
    return np.array(
        [excess(*given) for given in zip(high, low[:, 0], width, limits, strict=True)]
        if limits.size < 64
        else _wide_excess(high, low[:, 0], width, limits)
    )


def _wide_excess(
    high: FloatArray, low: FloatArray, width: FloatArray, limits: FloatArray
) -> FloatArray:
    total = high - limits
    shadow = total - high
    error = (high - (total - shadow)) + (-limits - shadow)
    rest = low + error + width + 4.0 * UNIT * (np.abs(low) + np.abs(error))
    return np.asarray(total + rest)


def _pushes() -> Iterator[float]:
    push = 2.0 * UNIT
    for _ in range(ATTEMPTS):
        yield push
        push *= 2.0
    raise ConvergenceError(
        "probabilities could not be brought within a limit by rounding; "
        "raise the limit by some ulp or lower the floors"
    )


def _lower_groups(out: FloatArray, floor: FloatArray, label: IntArray, caps: FloatArray) -> None:
    over = group_excess(out, label, caps)
    for push in _pushes():
        if not (over > 0.0).any():
            return
        room = np.zeros(caps.size)
        np.add.at(room, label, (out - floor).sum(axis=1))
        if not (room[over > 0.0] > 0.0).any():
            return
        cut = _cut(over, room, push)[label]
        rows = np.flatnonzero(cut)
        out[rows] = _towards(out[rows], floor[rows], cut[rows, None])
        over = group_excess(out, label, caps)


def _lower_models(out: FloatArray, floor: FloatArray, limits: FloatArray) -> None:
    over = model_excess(out, limits)
    for push in _pushes():
        if not (over > 0.0).any():
            return
        room = (out - floor).sum(axis=0)
        if not (room[over > 0.0] > 0.0).any():
            return
        cut = _cut(over, room, push)
        out[:] = _towards(out, floor, cut)
        over = model_excess(out, limits)


def _lower_cost(out: FloatArray, floor: FloatArray, cost: FloatArray, limit: float) -> None:
    if limit == 0.0:
        np.copyto(out, floor, where=cost > 0.0)
        return
    if cost_excess(out, cost, limit, exact=False) <= 0.0:
        return
    over = cost_excess(out, cost, limit, exact=True)
    for push in _pushes():
        if over <= 0.0:
            return
        scaled = np.ldexp(cost, -_unit(limit))
        room = float((scaled * (out - floor)).sum())
        if room == 0.0:
            return
        cut = float(_cut(np.array([over]), np.array([room]), push)[0])
        np.copyto(out, _towards(out, floor, cut), where=cost > 0.0)
        if cost_excess(out, cost, limit, exact=False) <= 0.0:
            return
        over = cost_excess(out, cost, limit, exact=True)


def _cut(over: FloatArray, room: FloatArray, push: float) -> FloatArray:
    """Which part of the room above the floors to give up: 0 where nothing is over."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(room > 0.0, over / room, 1.0)
    return np.where(over > 0.0, np.minimum(1.0, share * (1.0 + 4.0 * UNIT) + push), 0.0)


def _towards(table: FloatArray, floor: FloatArray, cut: FloatArray | float) -> FloatArray:
    return np.maximum(floor, np.minimum(table, table - (table - floor) * cut))
