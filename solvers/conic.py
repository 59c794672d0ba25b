"""Method "conic": the program as it is written down, given to a cone solver.

The independent reference for the exact solver, and the definition to read. It takes seconds where
the exact one takes milliseconds, and is right to about 1e-8.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from roundlot.solvers.central.floors import require_inside, within_floors
from roundlot.solvers.joint.reach import kept, reach, require_reachable
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.water.boxes import boxes
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.moments.estimator import model_objective
from roundlot.theory.problem import Limit, Structure

ACCEPTED = ("optimal", "optimal_inaccurate")
TOLERANCES = {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "tol_feas": 1e-9}
TINY = 1e-12
REFINEMENTS = 4
SETTLED = 1e-9
EVEN = 100.0  # entries within this factor of each other are all about as accurate

Constraints = Callable[[Any], Sequence[Any]]


def conic(
    problem: Problem, constraints: Constraints | None = None, *, varying: FloatArray | None = None
) -> tuple[FloatArray, None]:
    """Probabilities ``(V, S)`` by cvxpy and Clarabel, made feasible to the last bit.

    Args:
        problem: any combination of limits; ceilings of variances among them.
        constraints: further cvxpy constraints as a function of the expression ``p (V, S)``; they
            are met as well as the cone solver meets them, before the last repair lowers ``p``.
        varying: ``(V, S)``, the scores of the variances that have ceilings, if not the problem's.

    Raises:
        InfeasibleError: no probabilities satisfy the limits, or not with the further constraints.
        ConvergenceError: the solver stopped without an optimum; nothing else is returned.
    """
    check_feasible(problem)
    if problem.model_variance_ceilings is not None:
        return _under_ceilings(problem, constraints, varying), None
    if problem.sum_floors():
        require_inside(problem)
    scores = boxes(problem).scores
    top = float(scores.max())
    if top == 0.0 and constraints is None and not problem.sum_floors():
        return problem.bounds[0].copy(), None
    unit_scores = scores / top if top > 0.0 else scores
    return _refined(unit_scores, problem, constraints), None


def _under_ceilings(
    problem: Problem, constraints: Constraints | None, varying: FloatArray | None
) -> FloatArray:
    """The same with a further constraint for every ceiling, each brought to where it holds."""
    scores = problem.scores if varying is None else varying
    assert problem.model_variance_ceilings is not None
    ceilings = np.where(scores.any(axis=0), problem.model_variance_ceilings, np.inf)
    bare = changed(problem, model_variance_ceilings=None)
    known = reach(changed(bare, scores=scores), ceilings)
    require_reachable(problem, ceilings, known)

    def all_of(p: Any) -> Sequence[Any]:
        more = () if constraints is None else constraints(p)
        return [*_ceiling_rows(scores, ceilings, p), *more]

    near, _ = conic(bare, all_of)
    return kept(bare, near, ceilings, scores)


def _ceiling_rows(scores: FloatArray, ceilings: FloatArray, p: Any) -> Iterator[Any]:
    """``Σ a²/p / (ceiling + Σ a²) <= 1`` for every model with a ceiling."""
    import cvxpy as cp

    for s in np.flatnonzero(np.isfinite(ceilings)).tolist():
        some = scores[:, s] > 0.0
        top = float(scores[some, s].max())
        squares = np.square(scores[some, s] / top)
        allowed = float(ceilings[s]) / top / top + float(squares.sum())
        yield cp.sum(cp.multiply(squares / allowed, cp.inv_pos(p[some, s]))) <= 1.0


def _refined(scores: FloatArray, problem: Problem, constraints: Constraints | None) -> FloatArray:
    """Solved, repaired, and solved again in units of what was found while that helps.

    Entries of very different sizes are each as accurate as the largest of them allows; in units of
    the last probabilities all are near 1.
    """
    ceiling = problem.bounds[1]
    unit = np.minimum(problem.budget * scores / max(float(scores.sum()), TINY), ceiling)
    try:
        best, reach = _minimise(scores, problem, constraints, unit)
    except ConvergenceError:  # entries of too many sizes: in units closer to each other
        unit = np.sqrt(np.maximum(unit, TINY) * ceiling)
        best, reach = _minimise(scores, problem, constraints, unit)
    least = np.inf
    for _ in range(REFINEMENTS):
        fixed = repaired(problem, best)
        cost = float(model_objective(scores, fixed).sum())
        if constraints is not None or not cost < least * (1.0 - SETTLED):
            break
        least, kept = cost, fixed
        if cost <= reach * (1.0 + SETTLED):
            break
        try:
            best, reach = _minimise(scores, problem, None, fixed)
        except ConvergenceError:
            break
    return fixed if constraints is not None or cost < least else kept


def _minimise(
    scores: FloatArray, problem: Problem, constraints: Constraints | None, unit: FloatArray
) -> tuple[FloatArray, float]:
    """``Σ a²/p`` in the variable ``y = p / unit``: ``p``, and the cost that it cannot better.

    The latter is 0, which is nobody's cost, where other units may do better: the solver did not
    reach its tight tolerances, or entries of ``y`` are of different sizes.
    """
    import cvxpy as cp

    wanted = scores > 0.0
    unit = np.where(wanted, np.maximum(unit, TINY * min(1.0, problem.budget)), 1.0)
    share = np.divide(scores * scores, unit, out=np.zeros_like(unit), where=wanted)
    scale = max(float(share.sum()), TINY)
    share /= scale
    # The variance is infinite below 0: only what it leaves out needs to be told.
    y = cp.Variable(scores.shape, nonneg=constraints is not None or not wanted.all())
    p = cp.multiply(unit, y)
    variance = cp.sum(cp.multiply(share[wanted], cp.inv_pos(y[wanted]))) if wanted.any() else 0.0
    limits = [*limit_rows(problem, p), *(() if constraints is None else constraints(p))]
    program = cp.Problem(cp.Minimize(variance), limits)
    found, tight = _solved(program, y, constraints is not None)
    sizes = found[wanted]
    even = sizes.size > 0 and float(sizes.max()) <= EVEN * float(sizes.min())
    return unit * found, scale * float(program.value) if tight and even else 0.0


def limit_rows(problem: Problem, p: Any) -> list[Any]:
    """The limits of a problem as cvxpy constraints on ``p (V, S)``: the definition to read.

    ``p`` is not negative, so a floor of 0 and a ceiling above the processor's cap say nothing new:
    they are left out, which halves the program.
    """
    floor, ceiling = problem.bounds
    floored, below = floor > 0.0, ceiling < problem.processor_cap[:, None]
    total, processors, *others = problem.sum_limits()
    limits = [*_sum_rows(processors, p), *_sum_rows(total, p)]
    if floored.any():
        limits.append(p[floored] >= floor[floored])
    if below.any():
        limits.append(p[below] <= ceiling[below])
    others = [*others, *problem.sum_floors()]
    return limits + [row for limit in others for row in _sum_rows(limit, p)]


def _sum_rows(limit: Limit, p: Any) -> Iterator[Any]:
    """``A p / b <= 1``, and ``A p = 0`` where ``b`` is 0; of floors of sums ``A p / f >= 1``."""
    import cvxpy as cp

    bound = limit.bound
    if limit.at_least:
        some = bound > 0.0
        if limit.structure is Structure.MODELS:
            yield cp.multiply(1.0 / bound[some], cp.sum(p, axis=0)[some]) >= 1.0
        else:
            assert limit.labels is not None
            each = _members(limit.labels, np.where(some, bound, 1.0))[some]
            yield each @ cp.sum(p, axis=1) >= 1.0
        return
    match limit.structure:
        case Structure.TOTAL:
            yield cp.sum(p) / float(bound[0]) <= 1.0
        case Structure.PROCESSORS:
            yield cp.sum(p, axis=1) <= bound
        case Structure.GROUPS:
            assert limit.labels is not None
            yield _members(limit.labels, bound) @ cp.sum(p, axis=1) <= 1.0
        case Structure.MODELS:
            some = bound > 0.0
            if some.any():  # older cvxpy has no empty expressions
                yield cp.multiply(1.0 / bound[some], cp.sum(p, axis=0)[some]) <= 1.0
            if not some.all():
                yield cp.sum(p, axis=0)[~some] == 0.0
        case _:
            assert limit.weights is not None
            for cost, budget in zip(limit.weights, bound.tolist(), strict=True):
                unit = budget if budget > 0.0 else float(cost.max()) or 1.0
                yield cp.sum(cp.multiply(cost / unit, p)) <= (1.0 if budget > 0.0 else 0.0)


def _members(label: IntArray, caps: FloatArray) -> Any:
    """``(G, V)``, ``1 / c_g`` where a processor belongs to a group, sparse."""
    from scipy.sparse import csr_array

    rows = np.arange(label.size)
    return csr_array((1.0 / caps[label], (label, rows)), shape=(caps.size, label.size))


def _run(program: Any) -> bool:
    """Clarabel with tight tolerances, or with its own where those are out of reach: which it was.

    cvxpy's warning of an inaccurate solution is left out: the certificate says how far it is off.
    """
    import cvxpy as cp

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Solution may be inaccurate")
        try:
            program.solve(solver=cp.CLARABEL, **TOLERANCES)
        except cp.SolverError:
            program.solve(solver=cp.CLARABEL)
            return False
    return bool(program.status == "optimal")


def _solved(program: Any, variable: Any, more: bool = False) -> tuple[FloatArray, bool]:
    import cvxpy as cp

    try:
        tight = _run(program)
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
    return np.array(variable.value, dtype=np.float64), tight


def repaired(problem: Problem, probabilities: FloatArray) -> FloatArray:
    """Nearly feasible probabilities made feasible exactly: clipped, then lowered limit by limit.

    Entries move towards their floors; a positive score keeps a positive probability.
    """
    floor, ceiling = problem.bounds
    tiny = np.minimum(ceiling, 1e-12 * min(1.0, problem.budget))
    least = np.where(problem.scores > 0.0, np.maximum(floor, tiny), floor)
    nearly = np.clip(probabilities, least, ceiling)
    return within_floors(problem, nearly) if problem.sum_floors() else lowered(problem, nearly)
