"""Floors of sums by the dual: what nested groups ask is found inside each, the rest by Newton.

Groups with floors and caps find their own price at given prices of the budget, the models and the
costs (`kernels.nested`); these few, and prices of the models' floors, are those of a concave and
smooth dual. Where scores of 0 make it kinked, or limits leave no room, it does not get to its end,
and the central path takes over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.coupled.nearly import Nearly
from roundlot.solvers.coupled.newton import FLOOR, TARGET, AnyDual, newton
from roundlot.solvers.coupled.pricing import assembled, with_own
from roundlot.solvers.coupled.program import Program, Shared, program, room_of
from roundlot.solvers.water.scaling import changed, has_no_floors, times_power
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.problem import Structure

SHARE = 1e-6  # of all prices: what one that is not known begins with
AGAIN = (1e-2, 1e-4, 0.1)  # the same where the search begins again
SEARCH = 60  # steps to a single price


@dataclass(frozen=True, kw_only=True, eq=False)
class NestedProgram:
    """A problem with floors of sums made ready for the loops.

    Attributes:
        problem: with the floors.
        capped: the same without them, with a cap, if one that never binds, on each level.
        ready: the program of that, whose rows lie in the order of all levels.
        nest: the groups of all levels.
        labels: ``(M,)``, the number of each group in its level.
        active: ``(1 + S + K,)``, which limits of all rows need a price.
        lows: ``(S,)``, what floors of models lack beside those of entries; 0 where none.
    """

    problem: Problem
    capped: Problem
    ready: Program
    nest: kernels.Nest
    labels: IntArray
    active: BoolArray
    lows: FloatArray

    @property
    def floored(self) -> IntArray:
        """The models with a floor."""
        return np.flatnonzero(self.lows > 0.0).astype(np.int64)

    @property
    def limits(self) -> FloatArray:
        """``(D,)``, rooms of the active rows, then what the models' floors lack."""
        return np.concatenate((self.ready.limits[self.active], self.lows[self.floored]))

    @property
    def signs(self) -> FloatArray:
        """``(D, 1 + S + K)``: 1 of what an active row limits, −1 of what a floor is about."""
        return signs_of(self.active, self.floored)


def signs_of(active: BoolArray, floored: IntArray) -> FloatArray:
    """``(D, 1 + S + K)``: 1 of what an active row limits, −1 of a model with a floor."""
    some = np.flatnonzero(active)
    out = np.zeros((some.size + floored.size, active.size))
    out[np.arange(some.size), some] = 1.0
    out[some.size + np.arange(floored.size), 1 + floored] = -1.0
    return out


def nested_program(problem: Problem, shared: Shared | None = None) -> NestedProgram:
    """Of any feasible problem, or of a block of one, whose ``shared`` limits are of all blocks."""
    capped = _capped(problem)
    ready = program(capped, shared, all_move=True)
    active = ready.active.copy()
    if shared is None and (ready.node_labels[:, 0] < 0).any():
        active[0] = True  # the budget is no group here
    floors = {x.name: x for x in problem.sum_floors()}
    base = problem.bounds[0]
    lows = np.zeros(problem.n_models)
    models = next((x for x in floors.values() if x.structure is Structure.MODELS), None)
    if models is not None and shared is None:
        lows = np.maximum(room_of(models, base, has_no_floors(problem)), 0.0)
    nest, labels = _nest(problem, capped, ready, base)
    return NestedProgram(
        problem=problem,
        capped=capped,
        ready=ready,
        nest=nest,
        labels=labels,
        active=active,
        lows=lows,
    )


def _capped(problem: Problem) -> Problem:
    values = {"client_floor": None, "group_floors": (), "model_floors": None}
    if problem.client_floor is not None and problem.client_cap is None:
        most = 2.0 * problem.scores.size  # no probability is above 1
        values["client_cap"] = np.full(problem.client_floor.size, most)  # type: ignore[assignment]
    return changed(problem, **values)


def _nest(
    problem: Problem, capped: Problem, ready: Program, base: FloatArray
) -> tuple[kernels.Nest, IntArray]:
    caps = [x for x in capped.sum_limits() if x.structure is Structure.GROUPS]
    floors = {x.name: x for x in problem.sum_floors() if x.structure is Structure.GROUPS}
    order = slice(None) if ready.order is None else ready.order
    bare = has_no_floors(problem)
    starts, stops, high, low, names, ends = [], [], [], [], [], [0]
    for limit in caps:
        assert limit.labels is not None
        label = limit.labels[order]
        first = np.flatnonzero(np.diff(label, prepend=-1))
        which = label[first]
        starts.append(first)
        stops.append(np.append(first[1:], label.size))
        high.append(np.maximum(room_of(limit, base, bare), 0.0)[which])
        floor = floors.get(limit.name)
        lack = np.zeros(limit.size)
        if floor is not None:
            lack = np.maximum(room_of(floor, base, bare), 0.0)
        low.append(lack[which])
        names.append(which)
        ends.append(ends[-1] + which.size)
    children, parents = [], []
    for level, first in enumerate(starts):
        below = first if level == 0 else ends[level - 1] + np.searchsorted(starts[level - 1], first)
        above = np.full(first.size, -1)
        if level + 1 < len(starts):
            above = ends[level + 1] + np.searchsorted(starts[level + 1], first, side="right") - 1
        children.append(below)
        parents.append(above)
    nest = kernels.Nest(
        levels=np.array(ends, dtype=np.int64),
        starts=_joined(starts),
        stops=_joined(stops),
        children=_joined(children),
        parents=_joined(parents),
        caps=np.concatenate([np.zeros(0), *high]),
        floors=np.concatenate([np.zeros(0), *low]),
    )
    return nest, _joined(names)


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)


@dataclass(kw_only=True, eq=False)
class NestedDual:
    """The dual of a nested program at the last prices asked for (`newton.AnyDual`).

    Its arrays are the work space of the loops.
    """

    nested: NestedProgram
    program: Program = field(init=False)
    """Without the floors of sums."""
    asked: kernels.Asked = field(init=False)
    prices: FloatArray = field(init=False)
    probabilities: FloatArray = field(init=False)
    certain: FloatArray = field(init=False)
    worth: float = 0.0
    passes: int = 0
    at: FloatArray = field(init=False)
    """``η`` of the last pass that wrote probabilities."""
    _loops: tuple[kernels.Tables, kernels.Paid, kernels.Pass] | None = field(init=False)
    """Of the loops for limits without floors, which do where there are no groups, a score
    everywhere, and nothing that is paid for: prices below 0 lose digits in them."""

    def __post_init__(self) -> None:
        self.program = self.nested.ready
        shape, groups = self.nested.ready.tables.scores.shape, self.nested.nest.caps.size
        self.asked = kernels.Asked(
            group=np.zeros((groups, 3)),
            row=np.zeros((shape[0], 3)),
            governor=np.zeros(groups, dtype=np.int64),
            row_governor=np.zeros(shape[0], dtype=np.int64),
            kind=np.zeros(groups, dtype=np.int64),
            sums=np.zeros(groups),
            totals=np.zeros(shape[0]),
        )
        self.prices, self.probabilities = np.zeros(shape), np.zeros(shape)
        self.certain = np.ones(self.nested.limits.size)
        self.at = np.full(self.nested.limits.size, np.nan)
        plain = not groups and bool(self.program.tables.scores.all())
        self._loops = _plain_loops(self.program) if plain else None

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """As of `newton.Dual`; of floors of models ``r`` is what they miss."""
        sums, hessian = self.sums(eta, curved=curved)
        signs, b = self.nested.signs, self.nested.limits
        signed = np.concatenate((np.ones(int(self.nested.active.sum())), -np.ones(self._floors)))
        r = (signs @ sums - signed * b) / b
        return r, signs @ hessian @ signs.T / b / b[:, None]

    @property
    def _floors(self) -> int:
        return int(self.nested.floored.size)

    def sums(self, eta: FloatArray, *, curved: bool) -> tuple[FloatArray, FloatArray]:
        """``A (p − l)``, ``1 + S + K``, and what it falls by per price."""
        y = self.paid(eta)
        base, rates = self._rates(y)
        if self._loops is not None and (base > 0.0).all():
            tables, paid, out = self._loops
            kernels.evaluate(tables, base, rates, paid, out, curved)
            self.passes += 1
            return out.sums, out.hessian
        self.at = eta.copy()
        return self.sums_at(y, curved=curved)

    def sums_at(self, y: FloatArray, *, curved: bool) -> tuple[FloatArray, FloatArray]:
        """The same at prices ``y (1 + S + K,)``, those of floors of models taken off."""
        part = kernels.no_part(y.size, (0, self.program.n_models), y.size)
        tables, nest = self.program.tables, self.nested.nest
        self.ask(y)
        kernels.nested_sums(tables, nest, self.asked, self.prices, self.probabilities, curved, part)
        return part.sums + part.low, part.hessian

    def ask(self, y: FloatArray) -> None:
        """What groups and rows ask at prices ``y``, and probabilities, which are not added up."""
        (base, rates), tables = self._rates(y), self.program.tables
        kernels.nested_prices(
            tables, self.nested.nest, base, rates, self.asked, self.prices, self.probabilities
        )
        self.passes += 1

    def _rates(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        models = self.program.n_models
        return y[0] + y[1 : 1 + models], y[1 + models :]

    def paid(self, eta: FloatArray) -> FloatArray:
        """``(1 + S + K,)``, what budget, models and costs ask together; of models also below 0."""
        return np.asarray(self.nested.signs.T @ (eta / self.nested.limits))

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """Nothing is known of it here."""
        return False


def _plain_loops(ready: Program) -> tuple[kernels.Tables, kernels.Paid, kernels.Pass]:
    """For `kernels.evaluate`, without the tree: it holds at most the budget, which has a price."""
    nothing, size = np.zeros(0), ready.limits.size
    rows, none = ready.n_processors, np.zeros((0, ready.n_models))
    tables = ready.tables._replace(nodes=np.zeros((0, 2), dtype=np.int64), node_rooms=nothing)
    paid = kernels.Paid(
        own=np.zeros(rows),
        nodes=nothing,
        rows=np.zeros(rows),
        governor=np.zeros(rows, dtype=np.int64),
    )
    sums, hessian = np.zeros(size), np.zeros((size, size))
    return (
        tables,
        paid,
        kernels.Pass(prices=none, probabilities=none.copy(), sums=sums, hessian=hessian),
    )


@dataclass(kw_only=True, eq=False)
class EvenDual:
    """The same where the budget's price is the only one: what groups ask is not looked for."""

    dual: NestedDual
    program: Program = field(init=False)
    certain: FloatArray = field(init=False)
    worth: float = 0.0
    come: kernels.Come = field(init=False)

    def __post_init__(self) -> None:
        nested, asked = self.dual.nested, self.dual.asked
        self.program, self.certain = nested.ready, self.dual.certain
        self.come = kernels.Come(
            rows=asked.totals,
            free_rows=np.zeros(asked.totals.size),
            groups=asked.sums,
            free_groups=np.zeros(asked.sums.size),
        )

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """As :meth:`NestedDual.evaluate`."""
        nested = self.dual.nested
        b = float(nested.limits[0])
        price = float(eta[0]) / b
        if not price > 0.0:
            return self.dual.evaluate(eta, curved=curved)
        drawn, free = kernels.even_sums(nested.ready.tables, nested.nest, price, self.come)
        return np.array([(drawn - b) / b]), np.array([[0.5 * free / price / b / b]])

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """Nothing is known of it here."""
        return False


def nested_optimum(problem: Problem, start: Prices | None) -> Nearly:
    """The optimum by the dual, from prices of the same problem without floors of sums.

    Raises:
        ConvergenceError: the dual was not maximised.
    """
    nested = nested_program(problem)
    if not nested.ready.tables.scores.any():
        raise ConvergenceError("without scores any probabilities are optimal")
    dual = NestedDual(nested=nested)
    eta = best(dual, _start(nested, start))
    some, each = int(nested.active.sum()), eta / nested.limits
    y, offered = np.zeros(nested.active.size), np.zeros(nested.lows.size)
    y[nested.active] = each[:some]
    offered[nested.floored] = each[some:]
    return nearly(dual, y, offered)


def nearly(dual: NestedDual, y: FloatArray, offered: FloatArray) -> Nearly:
    """What the last pass has found, at prices ``y (1 + S + K,)`` and ``offered (S,)``.

    The latter are of the models' floors.
    """
    ready = dual.nested.ready
    p, held = dual.probabilities, np.empty(dual.probabilities.shape, dtype=np.bool_)
    kernels.raise_to(p, ready.tables.scores, ready.tables.ceiling, ready.least, held)
    group = group_prices(dual)
    kept, capped = _held_rows(dual, group)
    return Nearly(
        probabilities=ready.in_problem_order(p),
        prices=nested_prices(dual, group, y, offered),
        kept=ready.in_problem_order(kept),
        capped=ready.in_problem_order(capped),
        models=offered > 0.0,
    )


def _held_rows(dual: NestedDual, price: FloatArray) -> tuple[BoolArray, BoolArray]:
    """``(V,)`` each: rows of groups at their floors; rows that caps hold."""
    nest, asked = dual.nested.nest, dual.asked
    kept = _covered(nest, (asked.kind > 0) & (price <= 0.0), asked.totals.size)
    capped = _covered(nest, (asked.kind > 0) & (price > 0.0), asked.totals.size)
    return kept, capped | (asked.row_governor == kernels.OWN)


def _covered(nest: kernels.Nest, some: BoolArray, rows: int) -> BoolArray:
    """``(V,)``, which rows are in some of the groups."""
    if not some.any():
        return np.zeros(rows, dtype=np.bool_)
    edge = np.zeros(rows + 1, dtype=np.int64)
    np.add.at(edge, nest.starts[some], 1)
    np.add.at(edge, nest.stops[some], -1)
    return np.asarray(np.cumsum(edge)[:-1] > 0)


def best(dual: NestedDual, start: FloatArray) -> FloatArray:
    """``η (D,)``, optimal.

    Raises:
        ConvergenceError: limits were missed.
    """
    if not start.size:
        dual.ask(dual.paid(start))
        return start
    if start.size == 1 and bool(dual.nested.active[0]):
        eta, worst = searched(EvenDual(dual=dual), start, alone=True)
    else:
        eta, worst = searched(dual, start, alone=False)
    if not worst <= FLOOR:
        raise ConvergenceError(f"limits are missed by {worst:.2g}")
    if not np.array_equal(dual.at, eta):
        dual.ask(dual.paid(eta))
    return eta


def searched(dual: AnyDual, start: FloatArray, *, alone: bool) -> tuple[FloatArray, float]:
    """``(η, its miss)``; ``alone`` says that the budget's is the only price."""
    return _one_price(dual, float(start[0])) if alone else _several(dual, start)


def _several(dual: AnyDual, start: FloatArray) -> tuple[FloatArray, float]:
    """``(η, its miss)`` by Newton, again from nearby where it stalls: the dual is steep at 0."""
    eta, worst = newton(dual, start, TARGET)
    for share in AGAIN:
        if worst <= FLOOR:
            break
        trial, miss = newton(dual, np.maximum(eta, share * float(eta.sum())), TARGET)
        eta, worst = (trial, miss) if miss < worst else (eta, worst)
    return eta, worst


def _one_price(dual: AnyDual, start: float) -> tuple[FloatArray, float]:
    """The budget's price alone: draws are nearly linear in the inverse of its root."""
    low, high, x = 0.0, np.inf, 1.0
    best, least = x, np.inf
    for _ in range(SEARCH):
        eta = np.array([start * x**-2.0])
        r, hessian = dual.evaluate(eta)
        over, steep = float(r[0]), 2.0 * float(hessian[0, 0]) * start * x**-3.0
        if abs(over) < least:
            best, least = x, abs(over)
        if least <= TARGET:
            break
        if high == np.inf and over <= 0.0 and steep <= 0.0:  # nothing moves: is it slack?
            nothing = np.zeros(1)
            if dual.evaluate(nothing, curved=False)[0][0] <= 0.0:
                return nothing, 0.0
        low, high = (low, x) if over > 0.0 else (x, high)
        step = x - over / steep if steep > 0.0 else -1.0
        if not low < step < high:
            step = 2.0 * x if high == np.inf else 0.5 * (low + high)
        if step in (low, high, x):
            break
        x = step
    return np.array([start * best**-2.0]), least


def _start(nested: NestedProgram, start: Prices | None) -> FloatArray:
    """``η`` of prices without floors; what is 0 there begins small."""
    ready, limits = nested.ready, nested.limits
    eta = np.zeros(limits.size)
    if start is not None:
        costs = np.ldexp(start.costs, ready.cost_exponents)
        given = np.concatenate(([start.budget], start.models, costs))
        moved = np.ldexp(given, 2 * (start.exponent - ready.exponent))[nested.active]
        eta[: moved.size] = moved * limits[: moved.size]
    if not (np.isfinite(eta).all() and eta.any()):
        scores = ready.tables.scores
        eta[:] = float(scores.sum()) ** 2 / max(float(limits.min(initial=1.0)), 1e-300)
    return np.asarray(np.maximum(eta, small_share(eta)))


def small_share(eta: FloatArray) -> FloatArray:
    """A small part of all prices where there is none yet."""
    return np.asarray(SHARE * float(eta.sum()) * (eta == 0.0))


def group_prices(dual: NestedDual) -> FloatArray:
    """``(M,)``, what groups that meet a limit add to what is asked of them: below 0 at a floor."""
    nest, asked = dual.nested.nest, dual.asked
    level = asked.group[:, 1] - asked.group[:, 0]
    above = np.where(nest.parents >= 0, level[nest.parents], 0.0) if level.size else level
    return np.asarray(np.where(asked.kind > 0, level - above, 0.0), dtype=np.float64)


def nested_prices(
    dual: NestedDual, group: FloatArray, y: FloatArray, offered: FloatArray
) -> Prices:
    """A price of every limit of the problem, from those of the limits of all rows."""
    nested, asked, ready = dual.nested, dual.asked, dual.nested.ready
    own, nest = np.zeros(ready.n_processors), nested.nest
    some = np.flatnonzero(asked.row_governor == kernels.OWN)
    own[some] = asked.row[some, 1] - asked.row[some, 0]
    if nest.caps.size:
        finest = np.searchsorted(nest.starts[: int(nest.levels[1])], some, side="right") - 1
        own[some] -= asked.group[finest, 1] - asked.group[finest, 0]
    caps: list[FloatArray] = []
    floors: list[FloatArray] = []
    for depth in range(nest.levels.size - 1):
        part = slice(int(nest.levels[depth]), int(nest.levels[depth + 1]))
        size = nested.capped.levels[depth][2].size
        for found, values in ((caps, group[part]), (floors, -group[part])):
            out = np.zeros(size)
            out[nested.labels[part]] = np.maximum(values, 0.0)
            found.append(out)
    prices, shift = assembled(
        nested.capped, ready, float(y[0]), ready.in_problem_order(np.maximum(own, 0.0)), caps, y
    )
    by_name = {
        x[0]: times_power(f, -2 * shift) for x, f in zip(nested.capped.levels, floors, strict=True)
    }
    lows = tuple(
        by_name[x.name] if x.structure is Structure.GROUPS else times_power(offered, -2 * shift)
        for x in nested.problem.sum_floors()
    )
    names = [name for name, _, _ in nested.problem.levels]
    levels = tuple(
        values
        for (name, _, _), values in zip(nested.capped.levels, prices.levels, strict=True)
        if name in names
    )
    prices = replace(prices, levels=levels, floors=lows)
    return prices if ready.own_ceilings is None else with_own(nested.problem, ready, prices)
