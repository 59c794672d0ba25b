"""Method "conic": the program as it is written down, given to a cone solver.

The independent reference for the exact solver, and the definition to read. It takes seconds where
the exact one takes milliseconds, and is right to about 1e-8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from roundlot.solvers.boxes import boxes
from roundlot.solvers.feasibility import check_feasible
from roundlot.solvers.lowering import lowered
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.problem import FloatArray, IntArray

ACCEPTED = ("optimal", "optimal_inaccurate")
TOLERANCES = {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "tol_feas": 1e-9}
TINY = 1e-12


def conic(
    problem: Problem, constraints: Callable[[Any], Sequence[Any]] | None = None
) -> tuple[FloatArray, None]:
    """Probabilities ``(V, S)`` by cvxpy and Clarabel, made feasible to the last bit.

    Args:
        problem: any combination of limits.
        constraints: further cvxpy constraints as a function of the expression ``p (V, S)``; they
            are met as well as the cone solver meets them, before the last repair lowers ``p``.

    Raises:
        InfeasibleError: no probabilities satisfy the limits, or not with the further constraints.
        ConvergenceError: the solver stopped without an optimum; no other design is returned.
    """
    check_feasible(problem)
    scores = boxes(problem).scores
    top = float(scores.max())
    if top == 0.0 and constraints is None:
        return problem.bounds[0].copy(), None
    unit_scores = scores / top if top > 0.0 else scores
    return repaired(problem, _minimise(unit_scores, problem, constraints)), None


def _minimise(
    scores: FloatArray, problem: Problem, constraints: Callable[[Any], Sequence[Any]] | None
) -> FloatArray:
    """``Σ a²/p`` in the variable ``y = p Σa / (m a)``, which is 1 where nothing but m binds."""
    import cvxpy as cp

    wanted = scores > 0.0
    share = scores / max(float(scores.sum()), TINY)
    unit = np.where(wanted, problem.budget * np.maximum(share, TINY), 1.0)
    y = cp.Variable(scores.shape, nonneg=True)
    p = cp.multiply(unit, y)
    variance = cp.sum(cp.multiply(share[wanted], cp.inv_pos(y[wanted]))) if wanted.any() else 0.0
    limits = [*limit_rows(problem, p), *(() if constraints is None else constraints(p))]
    return unit * _solved(cp.Problem(cp.Minimize(variance), limits), y, constraints is not None)


def limit_rows(problem: Problem, p: Any) -> list[Any]:
    """The limits of a problem as cvxpy constraints on ``p (V, S)``: the definition to read."""
    import cvxpy as cp

    floor, ceiling = problem.bounds
    limits = [
        cp.sum(p, axis=1) <= problem.processor_cap,
        cp.sum(p) / problem.budget <= 1.0,
        p >= floor,
        p <= ceiling,
    ]
    for _, label, caps in problem.levels:
        limits.append(_members(label, caps) @ cp.sum(p, axis=1) <= 1.0)
    if problem.model_budgets is not None:
        some = problem.model_budgets > 0.0
        limits.append(cp.sum(p, axis=0)[some] <= problem.model_budgets[some])
        limits.append(cp.sum(p, axis=0)[~some] == 0.0)
    if problem.costs is not None and problem.cost_budgets is not None:
        for cost, budget in zip(problem.costs, problem.cost_budgets.tolist(), strict=True):
            dearest = float(cost.max()) or 1.0
            limits.append(
                cp.sum(cp.multiply(cost / budget, p)) <= 1.0
                if budget > 0.0
                else cp.sum(cp.multiply(cost / dearest, p)) <= 0.0
            )
    return limits


def _members(label: IntArray, caps: FloatArray) -> Any:
    """``(G, V)``, ``1 / c_g`` where a processor belongs to a group, sparse."""
    from scipy.sparse import csr_array

    rows = np.arange(label.size)
    return csr_array((1.0 / caps[label], (label, rows)), shape=(caps.size, label.size))


def _solved(program: Any, variable: Any, more: bool = False) -> FloatArray:
    import cvxpy as cp

    try:
        program.solve(solver=cp.CLARABEL, **TOLERANCES)
    except cp.SolverError as error:
        raise ConvergenceError(f"Clarabel failed: {error}; use method='exact'") from error
    if more and program.status in ("infeasible", "infeasible_inaccurate"):
        raise InfeasibleError(
            "the limits alone can be met, but not together with the further constraints; "
            "relax those"
        )
    if program.status not in ACCEPTED or variable.value is None:
        raise ConvergenceError(
            f"Clarabel stopped with status {program.status!r}; use method='exact'"
        )
    return np.array(variable.value, dtype=np.float64)


def repaired(problem: Problem, design: FloatArray) -> FloatArray:
    """A nearly feasible design made feasible exactly: clipped, then lowered limit by limit.

    Entries move towards their floors; a positive score keeps a positive probability.
    """
    floor, ceiling = problem.bounds
    tiny = np.minimum(ceiling, 1e-12 * min(1.0, problem.budget))
    least = np.where(problem.scores > 0.0, np.maximum(floor, tiny), floor)
    return lowered(problem, np.clip(design, least, ceiling))
