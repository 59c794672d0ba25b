"""The same optima by general cone solvers through cvxpy: an independent reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.spectra import MixingMoments
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError, InvalidProblemError

SOLVERS = ("clarabel", "scs")


def complement(nodes: int) -> FloatArray:
    """``(n, n − 1)``, orthonormal columns that are orthogonal to the all-ones vector."""
    k = np.arange(1, nodes)
    basis = np.triu(np.ones((nodes, nodes - 1))) - np.diag(k, -1)[:, :-1]
    scaled: FloatArray = basis / np.sqrt(k * (k + 1.0))
    return scaled


def conic_probabilities(
    decomposition: Decomposition, budget: float, solver: str = "clarabel"
) -> tuple[FloatArray, FloatArray]:
    """Probabilities ``(M,)`` and a factor ``(n, n − 1)`` of the dual matrix.

    ``max t``, ``Qᵀ L(p) Q ⪰ t I`` with ``Q`` the complement of the all-ones vector.

    Raises:
        InvalidProblemError: an unknown solver.
        ConvergenceError: the solver says that it failed.
    """
    import cvxpy as cp

    if solver not in SOLVERS:
        raise InvalidProblemError(f"no solver is called {solver!r}; choose {', '.join(SOLVERS)}")
    q = complement(decomposition.graph.n_nodes)
    p, t = cp.Variable(decomposition.n_matchings), cp.Variable()
    parts = [q.T @ laplacian @ q for laplacian in decomposition.laplacians]
    stacked = np.array(parts).reshape(len(parts), -1)
    size = q.shape[1]
    lmi = cp.reshape(stacked.T @ p, (size, size), order="C") - t * np.eye(size) >> 0
    limits = [lmi, p >= 0, p <= 1, cp.sum(p) <= budget * decomposition.n_matchings]
    settings = {"eps_abs": 1e-8, "eps_rel": 1e-8} if solver == "scs" else {}
    program = cp.Problem(cp.Maximize(t), limits)
    program.solve(solver=solver.upper(), **settings)
    if p.value is None or lmi.dual_value is None:
        raise ConvergenceError(f"{solver} ended with {program.status}")
    values, vectors = np.linalg.eigh(lmi.dual_value)
    # A solver leaves −1e-9 where it means 0.
    return np.clip(p.value, 0.0, 1.0), q @ (vectors * np.sqrt(np.maximum(values, 0.0)))


def conic_mixing_weight(
    decomposition: Decomposition, probabilities: npt.ArrayLike, solver: str = "clarabel"
) -> tuple[float, float]:
    """``(α, ρ)`` by the published semidefinite program, in ``α``, ``β >= α²`` and ``ρ``.

    Args:
        probabilities: ``(M,)``, of the matchings.

    Raises:
        InvalidProblemError: probabilities that are none, or an unknown solver.
        ConvergenceError: the solver says that it failed.

    Source: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019), section 4.
    """
    import cvxpy as cp

    if solver not in SOLVERS:
        raise InvalidProblemError(f"no solver is called {solver!r}; choose {', '.join(SOLVERS)}")
    moments = MixingMoments.of(decomposition, probabilities)
    n = len(moments.mean)
    a, b, s = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable(nonneg=True)
    gap = s * np.eye(n) - np.eye(n) + 1.0 / n + 2.0 * a * moments.mean - b * moments.quadratic
    program = cp.Problem(cp.Minimize(s), [gap >> 0, cp.square(a) <= b])
    program.solve(solver=solver.upper())
    if a.value is None:
        raise ConvergenceError(f"{solver} ended with {program.status}")
    return float(a.value), float(s.value)
