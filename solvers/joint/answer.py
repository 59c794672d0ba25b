"""From prices to probabilities within every limit, and prices in the units of the user."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roundlot.solvers.central.variances import with_variances
from roundlot.solvers.coupled.pricing import read_prices
from roundlot.solvers.joint.dual import JointDual
from roundlot.solvers.joint.interior import Interior
from roundlot.solvers.joint.program import JointProgram, Rows, joint_program
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.prices import Prices
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray

AIMS = 8  # from one unit to 4e-12
NEARLY = 1e-9  # relative miss of a path: above it lower ceilings do not help
FINE = 1e-12  # of a proved gap: above it the central path is asked, too


@dataclass(frozen=True, kw_only=True, eq=False)
class JointAnswer:
    """What the joint dual found; how good it is, its certificate says.

    Attributes:
        probabilities: ``(V, S)``, within all limits on sums and boxes exactly.
        prices: of these limits, in units of the objective.
        rows: ``(J,)``, prices of the rows with ceilings, weights of those of the norm.
        error: by how much complementarity is missed, relative.
        passes: over the table.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    rows: FloatArray
    error: float
    passes: int


def solve_joint(
    problem: Problem,
    *,
    layers: FloatArray,
    rows: Rows,
    fixed: FloatArray | None = None,
    cost: FloatArray | float | None = None,
    order: float = math.inf,
    unlimited: bool = False,
    loosened: float = 0.0,
    accepted: Callable[[FloatArray], bool] = lambda _: True,
    central: bool = False,
) -> JointAnswer:
    """Maximises the joint dual of a feasible problem; arguments as `joint_program`.

    ``loosened`` is the part of the second moments they allow by which ceilings are raised: where
    those are all but out of reach prices are not bounded, and those of higher ones are as valid.

    Where ``accepted`` refuses the probabilities, because rounding carries a variance above its
    ceiling, the next are those of ceilings that are a few ulps lower, as long as that helps.

    ``central`` is whether the central path is followed, which keeps the digits of a room that is
    tiny beside the floors; where sums have floors it is in any case.
    """
    if central or problem.sum_floors():
        goal = {"fixed": fixed, "cost": cost, "order": order, "unlimited": unlimited}
        return _centrally(problem, layers, rows, accepted, goal)
    program = joint_program(
        problem,
        layers=layers,
        rows=rows,
        fixed=fixed,
        cost=cost,
        order=order,
        unlimited=unlimited,
    )
    program = _aimed(program, -loosened) if loosened else program
    answer, z = _at(problem, program, cost, None)
    for turn in range(AIMS if not accepted(answer.probabilities) else 0):
        other, z = _at(problem, _aimed(program, 4.0**turn * UNIT), cost, z)
        if accepted(other.probabilities):
            return replace(other, passes=answer.passes + other.passes)
    return answer


def _centrally(
    problem: Problem,
    layers: FloatArray,
    rows: Rows,
    accepted: Callable[[FloatArray], bool],
    goal: dict[str, Any],
) -> JointAnswer:
    """The same along the central path: floors of sums have too many prices for the joint dual, and
    a room beside floors that is next to nothing is lost in its sums.
    """
    with np.errstate(over="ignore"):  # of rows with ceilings alone it is asked
        squares = np.square(layers).sum(axis=1)
        allowed = np.einsum("jrs,rs->j", rows.weights, squares) + rows.ceilings
    first = way = None
    for turn in range(AIMS + 1):
        part = 0.0 if first is None else 4.0 ** (turn - 1) * UNIT
        with np.errstate(invalid="ignore"):
            ceilings = np.maximum(rows.ceilings - part * allowed, 0.5 * rows.ceilings)
        ceilings = np.where(np.isinf(rows.ceilings), np.inf, ceilings)
        found = with_variances(
            problem, layers=layers, weights=rows.weights, ceilings=ceilings, way=way, **goal
        )
        way = found.way
        here = JointAnswer(
            probabilities=found.probabilities,
            prices=found.prices,
            rows=found.rows,
            error=found.miss,
            passes=found.steps,
        )
        first = here if first is None else first
        if accepted(found.probabilities):
            return here
        if not found.miss <= NEARLY:
            break  # it is not rounding that keeps them above their ceilings
    assert first is not None
    return first


def _at(
    problem: Problem,
    program: JointProgram,
    cost: FloatArray | float | None,
    start: FloatArray | None,
) -> tuple[JointAnswer, FloatArray]:
    dual = JointDual(program=program)
    found = Interior(dual=dual).maximise(start)
    ready, p = program.ready, dual.write(found.z)
    least = np.minimum(ready.least, ready.tables.ceiling)
    np.maximum(p, least, out=p, where=(p < least) & program.roots.any(axis=0))
    floor, ceiling = problem.bounds
    answer = JointAnswer(
        probabilities=lowered(problem, np.clip(ready.in_problem_order(p), floor, ceiling)),
        prices=_prices(problem, dual, found.z, cost),
        rows=_row_prices(program, found.z[dual.n_sums :]),
        error=found.error,
        passes=dual.passes,
    )
    return answer, found.z


def _aimed(program: JointProgram, part: float) -> JointProgram:
    """The same with ceilings lower by a part of the second moments they allow."""
    allowed = program.ceilings + np.einsum("jrs,rs->j", program.weights, program.squares)
    lower = program.ceilings - part * allowed
    return replace(program, ceilings=np.maximum(lower, 0.5 * program.ceilings))


def _row_prices(program: JointProgram, rows: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        moved = np.ldexp(rows, program.unit - program.row_units)
    return np.minimum(moved, np.finfo(np.float64).max)


def _prices(
    problem: Problem, dual: JointDual, z: FloatArray, cost: FloatArray | float | None
) -> Prices:
    """Prices of every limit, in units of the objective."""
    program = dual.program
    known = 0 if problem.costs is None else len(problem.costs)
    ready = replace(
        program.ready,
        tables=program.ready.tables._replace(scores=dual.work),
        cost_exponents=program.ready.cost_exponents[:known],
        exponent=program.unit // 2,
    )
    y = dual.prices(z)[: 1 + ready.n_models + known]
    prices = read_prices(problem, ready, y, dual.paid)
    if ready.own_ceilings is None or cost is None:
        return prices
    # a cap that is a ceiling is worth what is left beside the cost
    paid = np.ldexp(np.broadcast_to(cost, problem.scores.shape)[:, 0], -2 * prices.exponent)
    return replace(prices, processors=np.maximum(0.0, prices.processors - paid))


def has_second_way(problem: Problem) -> bool:
    """Whether the central path may prove more than the joint dual did: beside floors of entries.

    Where sums have floors it has been followed already.
    """
    return bool(problem.bounds[0].any()) and not problem.sum_floors()
