"""Powers of two that keep scores, costs, sums and squares inside the range of float64."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.problem import Limit

SMALLEST = 5e-324
# What a positive score gets where its share is smaller than this: it is never silently left out.
LEAST_PROBABILITY = 1e-290
# All such shares together are below this part of the room they are taken from.
UNNOTICED = 2.0**-60
# Costs within 2**±FAR are taken as they are: products with them are far from the ends of the range.
FAR = 100
# Up to it a power of two is a normal number, and so is its inverse.
ONE_FACTOR = 1000


def least_probability(room: float, entries: int) -> float:
    """``LEAST_PROBABILITY``, or less where that many entries of it would matter to the room."""
    return max(0.0, min(LEAST_PROBABILITY, UNNOTICED * room / entries))


def is_float(values: Any) -> bool:
    """Whether it is an array of floats, nothing masked, which is taken as it is."""
    plain = isinstance(values, np.ndarray) and not isinstance(values, np.ma.MaskedArray)
    return plain and values.dtype in (np.float32, np.float64)


def table_of(scores: npt.ArrayLike) -> FloatArray:
    """The scores as a C-contiguous table, copied only if they are neither float64 nor float32."""
    try:
        given = np.asarray(scores if is_float(scores) else real_numbers(scores, "scores"))
        kind = given.dtype if given.dtype in (np.float32, np.float64) else np.float64
        table = np.ascontiguousarray(given, dtype=kind)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"scores must be numbers, got {scores!r:.80}") from error
    if given.ndim != 2 or 0 in given.shape:
        raise InvalidProblemError(
            f"scores have shape {given.shape}; give a table of processors x models (V, S)"
        )
    return table


def exponent_of(value: float) -> int:
    """The ``e`` with ``2**(e-1) <= value < 2**e``; 0 for 0."""
    return math.frexp(value)[1]


def shifted(values: FloatArray, exponent: int | IntArray) -> FloatArray:
    """``values * 2**exponent`` for ``values >= 0``, where what is positive stays positive."""
    moved: FloatArray = np.ldexp(np.asarray(values, dtype=np.float64), exponent)
    np.copyto(moved, SMALLEST, where=(moved == 0.0) & (values > 0.0))
    return moved


def times_power(values: FloatArray, exponent: int) -> FloatArray:
    """``values * 2**exponent``, as `numpy.ldexp`, which takes several times as long."""
    if abs(exponent) > ONE_FACTOR:
        return np.ldexp(values, exponent)
    return values * 2.0**exponent


def working_scores(problem: Problem) -> tuple[FloatArray, int]:
    """``(b, e)`` with ``√λ_s a_vs = b_vs 2**e``, so that no product overflows; contiguous ``b``."""
    if np.all(problem.model_weights == 1.0):
        return np.ascontiguousarray(problem.scores), 0
    roots = np.sqrt(problem.model_weights)
    exponent = exponent_of(float(roots.max()))
    weighted = problem.scores * np.ldexp(roots, -exponent)
    np.copyto(weighted, SMALLEST, where=(weighted == 0.0) & (problem.scores > 0.0))
    return weighted, exponent


def in_power(problem: Problem, exponent: int) -> Problem:
    """The same probabilities are best: scores over ``2**exponent``, ceilings over its square."""
    ceilings = problem.model_variance_ceilings
    with np.errstate(over="ignore", under="ignore"):
        if ceilings is not None:
            ceilings = np.ldexp(ceilings, -2 * exponent)
        scores = shifted(problem.scores, -exponent)
    return changed(problem, scores=scores, model_variance_ceilings=ceilings)


def near_costs(limit: Limit, exponents: IntArray | None = None) -> tuple[Limit, IntArray]:
    """A limit, and the powers of two taken out of its weighted rows that are far from 1.

    ``exponents (K,)``, if given, are these powers.
    """
    if limit.weights is None:
        return limit, np.zeros((), dtype=np.int64)
    if exponents is None:
        exponents = far_from_one(limit.dearest)
    if not exponents.any():
        return limit, exponents
    weights = np.ldexp(limit.weights, -exponents[:, None, None])
    return replace(limit, weights=weights, bound=np.ldexp(limit.bound, -exponents)), exponents


def far_from_one(dearest: FloatArray) -> IntArray:
    """The exponents of numbers beyond ``2**±FAR``; 0 of all others."""
    exponents = np.frexp(dearest)[1].astype(np.int64)
    exponents[np.abs(exponents) <= FAR] = 0
    return exponents


def is_base(problem: Problem) -> bool:
    """Whether floors are absent and every ceiling is implied by the processor's cap."""
    if not is_scalar(problem.floor) or least(problem.floor) > 0.0:
        return False
    return is_scalar(problem.ceiling) and greatest(problem.processor_cap) <= least(problem.ceiling)


def has_no_floors(problem: Problem) -> bool:
    """Whether no pair that can be drawn has a floor above 0."""
    if is_scalar(problem.floor):
        return least(problem.floor) == 0.0
    return not problem.floor.any(where=problem.available)


def is_scalar(values: FloatArray) -> bool:
    """Whether a limit was given as one number: a broadcast view holds one value, scanned free."""
    return values.size == 1 or not any(values.strides)


def least(values: FloatArray) -> float:
    """The smallest entry of a limit, without a scan when it is one number."""
    return float(values.flat[0]) if is_scalar(values) else float(values.min())


def positive(values: FloatArray) -> list[float]:
    """The smallest entry that is above 0, if there is one."""
    some = values[values > 0.0]
    return [float(some.min())] if some.size else []


def greatest(values: FloatArray) -> float:
    """The largest entry of a limit, without a scan when it is one number."""
    return float(values.flat[0]) if is_scalar(values) else float(values.max())


def headroom(entries: int, budget: float, smallest_cap: float) -> int:
    """The exponent the largest score may have so that neither sums nor quotients overflow."""
    if not (0.0 < budget < math.inf and smallest_cap > 0.0):
        raise InvalidProblemError(
            f"budget is {budget:g} and the least cap {smallest_cap:g}; both must be above 0"
        )
    return 1020 - exponent_of(float(entries)) + exponent_of(min(budget, smallest_cap, 1.0))


def changed(problem: Problem, **values: Any) -> Problem:
    """A copy of a problem with some fields replaced, all other limits kept as they are.

    For code that has the new values in their final form: nothing is validated or broadcast.
    Arrays are made read-only.
    """
    unknown = values.keys() - {field.name for field in fields(problem)}
    if unknown:
        raise TypeError(f"a problem has no {', '.join(sorted(unknown))}")
    copy = object.__new__(type(problem))
    for field in fields(problem):
        value = values.get(field.name, getattr(problem, field.name))
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(copy, field.name, value)
    return copy
