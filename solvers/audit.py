"""A second opinion on a certificate: NumPy and correctly rounded sums, none of the solver's code.

Every elementary operation is widened outward by a relative ``2**-52``, at least one ulp; what is
too small for that is covered by ``NEGLIGIBLE`` (roots and scores are near ``2**300``). Sums are
``math.fsum``, correctly rounded, so the sign of a residual is exact. Slower than the compiled bound
by two orders of magnitude, and meant to be read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.solvers.bound import InUnits, Scaled, in_one_unit
from roundlot.solvers.prices import Prices
from roundlot.theory import Problem
from roundlot.theory.problem import FloatArray

if TYPE_CHECKING:
    from roundlot.solvers.certificate import Certificate

NEAR = 1e-9
SLACK = 1e-13
ULP = 2.0**-52
CHUNK = 1 << 16
NEGLIGIBLE = 2.0**-500


def complaints(certificate: Certificate) -> tuple[str, ...]:
    """What does not hold in a certificate, in words; empty when everything does."""
    problem, design = certificate.problem, certificate.probabilities
    return (
        *infeasibilities(problem, design),
        *_bad_prices(certificate),
        *_bad_bound(certificate),
    )


def infeasibilities(problem: Problem, design: FloatArray) -> tuple[str, ...]:
    """Limits that a design violates in exact arithmetic, by however little."""
    floor, ceiling = problem.bounds
    found = []
    for wrong, limit, word in (
        (~(design >= floor), floor, "below its floor"),
        (~(design <= ceiling), ceiling, "above its ceiling"),
    ):
        if wrong.any():
            v, s = (int(i) for i in np.argwhere(wrong)[0])
            found.append(f"probabilities[{v}, {s}] is {design[v, s]!r}, {word} {limit[v, s]!r}")
    found += [*_above_caps(problem, design), *_above_budget(problem, design)]
    if not problem.is_plain:
        from roundlot.solvers.family_audit import family_infeasibilities

        found += family_infeasibilities(problem, design)
    return tuple(found)


def _above_caps(problem: Problem, design: FloatArray) -> tuple[str, ...]:
    caps = problem.processor_cap
    for v in np.flatnonzero(~(design.sum(axis=1) <= caps * (1.0 - NEAR))):
        over = math.fsum([*design[v].tolist(), -float(caps[v])])
        if not over <= 0.0:
            return (f"processor {v} is {over:.3g} above its cap {caps[v]:g}",)
    return ()


def _above_budget(problem: Problem, design: FloatArray) -> tuple[str, ...]:
    over = math.fsum([*design.ravel().tolist(), -problem.budget])
    return () if over <= 0.0 else (f"draws are {over:.3g} above the budget {problem.budget:g}",)


def _bad_prices(certificate: Certificate) -> tuple[str, ...]:
    prices = certificate.multipliers
    if isinstance(prices, Prices):
        from roundlot.solvers.family_audit import price_complaints

        return price_complaints(certificate.problem, prices)
    if not certificate.problem.is_plain:
        return ("these multipliers do not price every limit of the problem",)
    if prices.rows.shape != (certificate.problem.n_processors,):
        return (f"multipliers have {prices.rows.shape} rows; the problem has other processors",)
    if not (0.0 <= prices.level < math.inf and np.all(prices.rows < math.inf)):
        return ("multipliers are not finite and at least 0",)
    if not np.all(prices.rows >= prices.level):
        v = int(np.argmin(prices.rows))
        return (f"the cap of processor {v} has a negative price; rows must be at least the level",)
    return ()


def _bad_bound(certificate: Certificate) -> tuple[str, ...]:
    if _bad_prices(certificate):
        return ()
    bound, cost, exponent = _proved(certificate)
    least = _least_gap(cost, bound)
    with np.errstate(over="ignore", under="ignore"):
        proved, objective = np.ldexp([bound, cost], 2 * exponent).tolist()
    found = []
    if not certificate.lower_bound <= proved:
        found.append(f"lower bound {certificate.lower_bound!r} is not proved; {proved!r} is")
    if not _close(certificate.objective, objective):
        found.append(f"objective {certificate.objective!r} is not that of the design")
    if not (certificate.gap == math.inf or certificate.gap >= least - SLACK * (1.0 + least)):
        found.append(f"gap {certificate.gap:.3g} is smaller than {least:.3g}, which is proved")
    return tuple(found)


def _proved(certificate: Certificate) -> tuple[float, float, int]:
    """``(bound, cost, exponent)`` in units of ``4**exponent``."""
    problem, design, prices = (
        certificate.problem,
        certificate.probabilities,
        certificate.multipliers,
    )
    if isinstance(prices, Prices):
        from roundlot.solvers.family_audit import family_proved_bound
        from roundlot.solvers.family_bound import priced

        family = priced(problem, prices)
        return family_proved_bound(problem, family), _cost(design, family), family.exponent
    scaled = in_one_unit(problem, prices)
    return proved_bound(problem, scaled), _cost(design, scaled), scaled.exponent


def _close(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= 1e-12 * max(abs(one), abs(other)) + 1e-300


def _least_gap(cost: float, bound: float) -> float:
    if cost == 0.0:
        return 0.0
    return math.inf if bound == 0.0 or cost == math.inf else max(0.0, cost / bound - 1.0)


def proved_bound(problem: Problem, scaled: Scaled) -> float:
    """The Lagrangian bound, every operation rounded outward, in units of ``4**exponent``."""
    floor, ceiling = problem.bounds
    weighted = not np.all(problem.model_weights == 1.0)
    scale = scaled.scale * (1.0 - 2.0**-51 if weighted else 1.0)
    parts = []
    for start in range(0, problem.n_processors, CHUNK):
        rows = slice(start, start + CHUNK)
        a, roots = scaled.scores[rows] * scale, scaled.rows[rows, None]
        minima = _entry_minima(a, floor[rows], ceiling[rows], roots)
        parts.append(down(np.float64(math.fsum(minima.ravel().tolist()))))
    left = up(np.float64(_exact_rest(problem.budget, floor[floor > 0.0])))
    spent = up(up(np.float64(scaled.level) ** 2) * left)
    total = math.fsum([*parts, *(-_cap_costs(problem, scaled, floor)).tolist(), -float(spent)])
    return max(0.0, float(down(np.float64(total))) - NEGLIGIBLE)


def _cap_costs(problem: Problem, scaled: Scaled, floor: FloatArray) -> FloatArray:
    """Above ``λ_v (c_v − Σ_s l)``, for the processors whose cap has a price."""
    price = up(up(scaled.rows - scaled.level) * up(scaled.rows + scaled.level))
    room = problem.processor_cap.copy()
    for v in np.flatnonzero((price > 0.0) & floor.any(axis=1)):
        room[v] = _exact_rest(float(room[v]), floor[v])
    costs: FloatArray = up(price * up(room))
    return costs


def _exact_rest(limit: float, taken: FloatArray) -> float:
    return math.fsum([limit, *(-taken).tolist()])


def _entry_minima(
    a: FloatArray, floor: FloatArray, ceiling: FloatArray, roots: FloatArray
) -> FloatArray:
    """Below the least ``a²/p + κ (p − l)`` over ``[l, u]``, entry by entry."""
    kappa_floor = up(up(roots * roots) * floor)
    free = down(down(2.0 * a * roots) - kappa_floor)
    square = down(a * a)
    with np.errstate(divide="ignore", invalid="ignore"):
        at_floor = down(square / floor)
        at_ceiling = down(
            down(square / ceiling)
            + down(down(roots * roots) * np.maximum(0.0, down(ceiling - floor)))
        )
    surely_floor = (floor > 0.0) & (down(floor * roots) > a)
    surely_ceiling = (a > 0.0) & (up(ceiling * roots) < a)
    minima: FloatArray = np.where(
        surely_floor, at_floor, np.where(surely_ceiling, at_ceiling, free)
    )
    return np.where(a > 0.0, minima, 0.0)


def _cost(design: FloatArray, scaled: InUnits) -> float:
    parts = []
    for start in range(0, len(design), CHUNK):
        a, p = scaled.scores[start : start + CHUNK] * scaled.scale, design[start : start + CHUNK]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            terms = np.where(a > 0.0, a / p * a, 0.0)
        if np.isinf(terms).any():
            return math.inf
        parts.append(math.fsum(terms.ravel().tolist()))
    return math.fsum(parts)


def up(values: Any) -> Any:
    """At least the exact result of the operation that gave ``values``."""
    return values + abs(values) * ULP


def down(values: Any) -> Any:
    """At most the exact result of the operation that gave ``values``."""
    return values - abs(values) * ULP
