"""Method "conic": the program as it is written down, given to a cone solver.

The independent reference for the exact solver, and the definition to read. It takes seconds where
the exact one takes milliseconds, and is right to about 1e-8.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.solvers.boxes import boxes
from roundlot.solvers.feasibility import check_feasible
from roundlot.solvers.fitting import fit_total
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.problem import FloatArray

ACCEPTED = ("optimal", "optimal_inaccurate")
TOLERANCES = {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "tol_feas": 1e-9}
TINY = 1e-12


def conic(problem: Problem) -> tuple[FloatArray, None]:
    """Probabilities ``(V, S)`` by cvxpy and Clarabel, made feasible to the last bit.

    Raises:
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the solver stopped without an optimum; no other design is returned.
    """
    check_feasible(problem)
    scores = boxes(problem).scores
    top = float(scores.max())
    unit_scores = scores / top if top > 0.0 else scores
    design = _minimise(unit_scores, problem) if top > 0.0 else problem.bounds[0].copy()
    return repaired(problem, design), None


def _minimise(scores: FloatArray, problem: Problem) -> FloatArray:
    """``Σ a²/p`` in the variable ``y = p Σa / (m a)``, which is 1 where nothing but m binds."""
    import cvxpy as cp

    floor, ceiling = problem.bounds
    wanted = scores > 0.0
    share = scores / scores.sum()
    unit = np.where(wanted, problem.budget * np.maximum(share, TINY), 1.0)
    y = cp.Variable(scores.shape, nonneg=True)
    p = cp.multiply(unit, y)
    variance = cp.sum(cp.multiply(share[wanted], cp.inv_pos(y[wanted])))
    limits = [
        cp.sum(p, axis=1) <= problem.processor_cap,
        cp.sum(p) / problem.budget <= 1.0,
        p >= floor,
        p <= ceiling,
    ]
    return unit * _solved(cp.Problem(cp.Minimize(variance), limits), y)


def _solved(program: Any, variable: Any) -> FloatArray:
    import cvxpy as cp

    try:
        program.solve(solver=cp.CLARABEL, **TOLERANCES)
    except cp.SolverError as error:
        raise ConvergenceError(f"Clarabel failed: {error}; use method='exact'") from error
    if program.status not in ACCEPTED or variable.value is None:
        raise ConvergenceError(
            f"Clarabel stopped with status {program.status!r}; use method='exact'"
        )
    return np.array(variable.value, dtype=np.float64)


def repaired(problem: Problem, design: FloatArray) -> FloatArray:
    """A nearly feasible design made feasible exactly: clipped, rows lowered, then the total.

    Entries move towards their floors; a positive score keeps a positive probability.
    """
    from roundlot.solvers.compiled_boxes import fit_row_above

    floor, ceiling = problem.bounds
    least = np.where(problem.scores > 0.0, np.maximum(floor, np.minimum(ceiling, 1e-12)), floor)
    fixed = np.clip(design, least, ceiling)
    caps = problem.processor_cap
    _lower_rows(fixed, floor, caps)
    for v in range(problem.n_processors):
        fit_row_above(fixed[v], floor[v], float(caps[v]))
    return fit_total(fixed, floor, problem.budget, np.zeros(problem.n_processors, dtype=np.bool_))


def _lower_rows(design: FloatArray, floor: FloatArray, caps: FloatArray) -> None:
    room = (design - floor).sum(axis=1)
    over = np.maximum(0.0, design.sum(axis=1) - caps)
    cut = np.divide(over, room, out=np.zeros_like(over), where=room > 0.0)
    np.copyto(design, np.maximum(floor, design - (design - floor) * np.minimum(1.0, cut)[:, None]))
