"""Least variance under any upper limits over rows that come in blocks, in bounded memory.

A first pass decides what all blocks share; the prices of the few limits that sum over blocks come
from dual Newton, a pass for each evaluation; prices of rows and groups are found anew inside each
block. A last pass writes probabilities and adds up what they cost, what they prove and, exactly,
what they sum to. Where rounding took them over a limit they are written once more, lower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.streams.blocks import Block, Blocks, bounds_of, cost_budgets
from roundlot.solvers.streams.dual import Priced, StreamedDual, streamed_prices
from roundlot.solvers.streams.exactly import moves
from roundlot.solvers.streams.proof import Plan, Terms
from roundlot.solvers.streams.survey import Whole, whole
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray

# Units in the last place that probabilities are lowered by at first: what sums in floats are off.
PUSH = 8.0 * kernels.UNIT
# Writings; two are rarely needed, as what is over is then known exactly.
WRITINGS = 12
# The part of themselves by which probabilities may be lowered or raised for a limit.
MOVED = 1e-9
NO_ROOM = (
    "probabilities could not be brought within a limit by rounding; raise it by some ulp or lower "
    "the floors"
)

#: Writes the probabilities of all blocks: of what is shared and of a plan makes their terms.
Write = Callable[[Whole, Plan], Terms]


@dataclass(frozen=True, kw_only=True, eq=False)
class SharedPrices:
    """What a unit more of each limit that sums over all rows would save; 0 of a slack one.

    Attributes:
        budget: of the budget, per draw.
        models: ``(S,)``, of models' budgets; 0 without.
        costs: ``(K,)``, of cost rows, per unit of cost.
        model_floors: ``(S,)``, what a unit less of each model's floor would save; empty without
            floors of sums.
        unit: all are in units of ``4**unit`` of score²; 0 where float64 holds them.
    """

    budget: float
    models: tuple[float, ...]
    costs: tuple[float, ...]
    model_floors: tuple[float, ...] = ()
    unit: int = 0

    @property
    def every(self) -> FloatArray:
        """``(1 + S + K,)``."""
        return np.array([self.budget, *self.models, *self.costs])


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamedOptimum:
    """The optimum of a table in blocks.

    Attributes:
        rows: of the table.
        prices: of the limits that sum over all rows.
        passes: how often the data were read.
        objective, lower_bound, gap: ``Σ λ a²/p``, what no feasible probabilities undercut, and the
            proved relative distance.
        unit: the first two are in units of ``4**unit``; 0 where float64 holds them.
    """

    rows: int
    prices: SharedPrices
    passes: int
    objective: float
    lower_bound: float
    gap: float
    unit: int = 0


def streamed_optimum(
    blocks: Blocks, rows: int, write: Write, start: SharedPrices | None = None
) -> StreamedOptimum:
    """Solves a table of some ``rows``, and has its probabilities written.

    Args:
        blocks: the table.
        rows: how many it has, about: every so many are in the sample.
        write: writes what `finished` makes of every block, from the start whenever it is called.
        start: prices of a similar table, which save passes.

    Raises:
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: prices were not found, or limits not kept.
    """
    found = whole(blocks, rows)
    dual, priced, passes = None, Priced(eta=np.zeros(found.limits.size)), 1
    if priced.eta.size and found.sample is not None:
        dual = StreamedDual(blocks=blocks, whole=found, sample=found.sample)
        priced = streamed_prices(dual, _start(found, start))
    elif any(found.lows):
        raise ConvergenceError(
            "every score is 0, so that nothing says who is drawn for the floors of models: give "
            "who may be a small score, or solve in memory"
        )
    plan = _plan(found, dual, priced)
    for _ in range(WRITINGS):
        terms = write(found, plan)
        passes += 1
        over, off = _over(found, terms), _off(found, terms)
        if not (over > 0.0).any():
            break
        fixed = _fixed(found, terms, over)
        if dual is not None and fixed.any():
            priced = dual.inside(priced, fixed)
            plan = replace(_plan(found, dual, priced), moves=plan.moves)
        else:
            plan = _mended(found, plan, terms, over, off)
    else:
        raise ConvergenceError(NO_ROOM)
    passes += 0 if dual is None else dual.passes
    objective, bound, gap, unit = terms.proof(found.rooms, found.lows)
    if found.shared.nested and not gap <= ACCEPTED:
        raise ConvergenceError(
            f"floors of sums leave too little room: the optimum is proved to a gap of {gap:.2g} "
            f"only, above {ACCEPTED:g}; lower them a little, or raise the budget"
        )
    return StreamedOptimum(
        rows=found.survey.rows,
        prices=_prices(found, terms, unit),
        passes=passes,
        objective=objective,
        lower_bound=bound,
        gap=gap,
        unit=unit,
    )


def _plan(found: Whole, dual: StreamedDual | None, priced: Priced) -> Plan:
    eta, nothing = priced.eta, np.zeros(priced.eta.size)
    if dual is None or priced.parts:
        residual = nothing
    else:
        residual = dual.residuals.get(eta.tobytes(), nothing)
    cuts = _first_cuts(found, residual)
    if not found.shared.nested:
        return Plan(prices=eta, cuts=cuts)
    parts = tuple((found.paid(each / found.limits), part) for each, part in priced.parts)
    return Plan(prices=found.paid(eta / found.limits), cuts=cuts, parts=parts)


def _fixed(found: Whole, terms: Terms, over: FloatArray) -> FloatArray:
    """``(D,)``, what sums are over, that no entry can take up: caps or floors hold them all."""
    if not found.shared.nested:
        return np.zeros(found.limits.size)
    movable = np.concatenate((terms.loose, terms.free))
    equal = np.array(found.shared.equal or (False,) * terms.free.size)
    stuck = np.where(movable * MOVED < over, over, 0.0)
    limits, floors = stuck[: terms.loose.size], stuck[terms.loose.size :]
    limits[1 : 1 + equal.size][equal] = 0.0
    floors[equal] = 0.0
    models = found.survey.template.n_models
    limits[1 + models :] = np.ldexp(limits[1 + models :], -found.shared.cost_exponents)
    return np.concatenate((limits[found.shared.active], floors[found.floored]))


def _mended(
    found: Whole, plan: Plan, terms: Terms, over: FloatArray, off: dict[int, Fraction]
) -> Plan:
    """With lower probabilities where sums are over, and others where they must be equal."""
    some = moves(terms.carriers, off, plan.moves) if off else plan.moves
    if some is None:
        raise ConvergenceError(NO_ROOM)
    movable = np.concatenate((terms.loose, terms.free))[: over.size]
    over, first = over.copy(), over.size - len(terms.offered)
    for s in off:
        over[[1 + s, first + s]] = 0.0
    if off and not found.shared.active[0]:  # these models alone take it over the budget
        over[0] = 0.0
    return replace(plan, cuts=_more(plan.cuts, over, movable), moves=some)


def _off(found: Whole, terms: Terms) -> dict[int, Fraction]:
    """By model whose floor is its budget, what its sum lacks, exactly; of those that are off."""
    problem = found.survey.template
    equal = np.flatnonzero(found.shared.equal).tolist()
    if not equal or problem.model_floors is None:
        return {}
    sums = terms.sums.values(cost_budgets(problem))
    lack = {s: Fraction(float(problem.model_floors[s])) - sums[1 + s] for s in equal}
    return {s: x for s, x in lack.items() if x}


def _start(found: Whole, start: SharedPrices | None) -> FloatArray | None:
    """``η`` of earlier prices, in the unit of the blocks; None if they do not fit."""
    if start is None or found.sample is None:
        return None
    shared, models = found.shared, found.survey.template.n_models
    given = start.every
    if given.size != shared.active.size:
        return None
    given[1 + models :] = np.ldexp(given[1 + models :], shared.cost_exponents)
    shift = 2 * (start.unit - found.sample.program.exponent)
    some = int(shared.active.sum())
    eta = np.zeros(found.limits.size)
    eta[:some] = np.ldexp(given, shift)[shared.active] * found.limits[:some]
    if len(start.model_floors) == models:
        eta[some:] = np.ldexp(start.model_floors, shift)[found.floored] * found.limits[some:]
    return np.asarray(eta) if np.isfinite(eta).all() and eta.any() else None


def _first_cuts(found: Whole, residual: FloatArray) -> FloatArray:
    """``(1 + S + K,)``, by which parts of themselves probabilities at the best prices are over."""
    active = found.shared.active
    missed, residual = residual[active.sum() :], residual[: active.sum()]
    cuts = np.zeros(active.size)
    room = np.array([0.0 if x is None else float(x) for x in found.rooms])[active]
    floors = np.array([float(x) for x in found.floors])[active]
    cuts[active] = np.maximum(residual, 0.0) * (room / (room + floors)) + PUSH
    if not found.shared.nested:
        return cuts
    equal = np.array(found.shared.equal or (False,) * len(found.lows))
    cuts[1 : 1 + equal.size][equal] = 0.0
    lifts = np.zeros(len(found.lows))
    lifts[found.floored] = np.where(missed > 0.0, missed + PUSH, 0.0)
    lifts[equal] = 0.0
    return np.concatenate((cuts, lifts))


def _over(found: Whole, terms: Terms) -> FloatArray:
    """``(1 + S + K,)``, by how much sums are over their limits, exactly; rounded up."""
    problem = found.survey.template
    sums, bounds = terms.sums.values(cost_budgets(problem)), bounds_of(problem)
    over = [
        Fraction(0) if bound is None else max(Fraction(0), value - bound)
        for value, bound in zip(sums, bounds, strict=True)
    ]
    if found.shared.nested:
        lows = problem.model_floors
        lows = np.zeros(problem.n_models) if lows is None else lows
        over += [max(Fraction(0), Fraction(f) - sums[1 + s]) for s, f in enumerate(lows.tolist())]
    return np.array([np.nextafter(float(x), np.inf) if x else 0.0 for x in over])


def _more(cuts: FloatArray, over: FloatArray, loose: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(loose > 0.0, over / loose, 0.0)
    more = np.where(over > 0.0, share * (1.0 + PUSH) + np.maximum(cuts, PUSH), 0.0)
    return np.asarray(np.minimum(1.0, cuts + more))


def _prices(found: Whole, terms: Terms, unit: int) -> SharedPrices:
    size = found.survey.template.n_models
    values = [_in_range(x / Fraction(4) ** unit) for x in terms.prices]
    budget, models = values[0], np.array(values[1 : 1 + size])
    floors = np.array([_in_range(x / Fraction(4) ** unit) for x in terms.offered])
    if found.shared.tight.budgets is not None and not found.budgeted:
        # a draw more or less of one model is one of the budget, and of the others' floors
        budget, net = max(0.0, float((models - floors).max())), models - floors
        models, floors = np.zeros(size), np.where(found.shared.equal, budget - net, 0.0)
    return SharedPrices(
        budget=budget,
        models=tuple(models.tolist()),
        costs=tuple(values[1 + size :]),
        model_floors=tuple(floors.tolist()) if found.shared.nested else (),
        unit=unit,
    )


def _in_range(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


__all__ = ["Block", "SharedPrices", "StreamedOptimum", "streamed_optimum"]
