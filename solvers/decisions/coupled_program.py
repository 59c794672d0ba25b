"""The program of `late_program` where limits couple processors: every row of theirs has a price.

What a row's price adds to a draw is a price like the server's, so that at given prices the program
falls apart as before. The prices ``y >= 0`` maximise the concave dual, whose slopes are what is
drawn beyond each limit. Whatever they are, the dual is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np

from roundlot.solvers.decisions.late_program import LateProgram, Point
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.problem import Limit, Structure

# Steps of the search for prices; limits are kept to this part of their right sides.
STEPS = 100
MISS = 1e-10


@dataclass(frozen=True, kw_only=True, eq=False)
class CoupledProgram(LateProgram):
    """With the limits that couple processors.

    Attributes:
        coupling: caps of groups, budgets of models, cost rows; their tables are in the order of the
            problem.
        holds: ``(R,)``, the rows that can hold somebody back.
    """

    coupling: tuple[Limit, ...] = field(repr=False)
    holds: BoolArray = field(repr=False)

    def least(self, weight: float, rates: FloatArray, start: Point | None = None) -> Point:
        """As of the plain program, with prices at which the limits are nearly kept."""
        y = np.zeros(len(self.bounds)) if start is None or start.paid is None else start.paid
        here = self._at(y, weight, rates, start)
        beyond = self._beyond(here.p)
        if (beyond <= MISS * self.bounds).all() and (y * beyond >= -MISS * y * self.bounds).all():
            return here
        return self._searched(y, here)

    def bound(self, point: Point) -> float:
        """As of the plain program, by the prices that the point was found at."""
        return self._plain_at(point).bound(point)

    def size(self, point: Point) -> float:
        """As of the plain program."""
        return self._plain_at(point).size(point)

    def priced(self, y: FloatArray) -> LateProgram:
        """The plain program in which rows have prices ``(R,)``."""
        extra, begin = np.zeros((1, 1)), 0
        full = np.zeros(self.holds.size)
        full[self.holds] = y
        for limit in self.coupling:
            extra = limit.plus_prices(extra, full[begin : begin + limit.size])
            begin += limit.size
        table = np.broadcast_to(extra, self.roots.shape)
        return replace(self.plain, extra=self.sorted(table), rebate=float(y @ self.bounds))

    @cached_property
    def plain(self) -> LateProgram:
        """Without the limits that couple processors."""
        return LateProgram(**{each.name: getattr(self, each.name) for each in fields(LateProgram)})

    @cached_property
    def bounds(self) -> FloatArray:
        """``(R,)``, right sides."""
        return np.concatenate([limit.bound for limit in self.coupling])[self.holds]

    def _plain_at(self, point: Point) -> LateProgram:
        return self.plain if point.paid is None else self.priced(point.paid)

    def _at(self, y: FloatArray, weight: float, rates: FloatArray, start: Point | None) -> Point:
        return replace(self.priced(y).least(weight, rates, start), paid=y)

    def _beyond(self, p: FloatArray) -> FloatArray:
        table = self.in_problem_order(p)
        sums = np.concatenate([limit.sums(table) for limit in self.coupling])
        return np.asarray(sums[self.holds] - self.bounds)

    def _searched(self, y: FloatArray, start: Point) -> Point:
        """Prices of the best dual, in units in which a row is worth what the program is."""
        from scipy.optimize import minimize

        worth, here = max(self.size(start), 1e-280), start
        unit = worth / self.bounds

        def value(x: FloatArray) -> tuple[float, FloatArray]:
            nonlocal here
            here = self._at(x * unit, start.weight, start.rates, here)
            return -self.bound(here) / worth, -self._beyond(here.p) / self.bounds

        found = minimize(
            value,
            y / unit,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * y.size,
            options={"maxiter": STEPS, "ftol": 0.0, "gtol": MISS},
        )
        return self._at(found.x * unit, start.weight, start.rates, here)


def coupled_program(problem: Problem, program: LateProgram) -> LateProgram:
    """The program with the limits of its problem that couple processors, if any holds anybody."""
    separate = (Structure.TOTAL, Structure.PROCESSORS)
    coupling = tuple(x for x in problem.sum_limits() if x.structure not in separate)
    floor, ceiling = program.floor, program.ceiling.copy()
    for limit in coupling:
        room = limit.bound - limit.sums(program.in_problem_order(floor))
        for row in np.flatnonzero(room <= 0.0).tolist():
            v, s, _ = limit.entries(row)
            fixed = np.zeros(floor.shape, dtype=np.bool_)
            fixed[v, s] = True
            fixed = np.take_along_axis(fixed, program.order, axis=1)
            ceiling = np.where(fixed, floor, ceiling)
    most = program.in_problem_order(np.minimum(ceiling, program.caps[:, None]))
    sums = [(limit.sums(most), limit) for limit in coupling]
    holds = [(above > limit.bound) & (limit.bound > 0.0) for above, limit in sums]
    program = replace(program, ceiling=ceiling)
    if not any(rows.any() for rows in holds):
        return program
    given = {each.name: getattr(program, each.name) for each in fields(LateProgram)}
    return CoupledProgram(**given, coupling=coupling, holds=np.concatenate(holds))
