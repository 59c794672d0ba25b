"""From a sampling scheme to a proved rate and noise: solve, round to fractions, check exactly."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers.schemes.certificate import SchemeCertificate, StepProgram, step_program
from roundlot.solvers.schemes.scheme import Row, SamplingScheme, fraction, fractions
from roundlot.theory.arrays import AnyArray, FloatArray
from roundlot.theory.errors import AssumptionError, ConvergenceError, InvalidProblemError

# The solver is asked for slack in the semidefinite constraint, the least that survives rounding.
_MARGINS = (1e-10, 1e-9, 3e-9, 1e-8, 3e-8, 1e-7, 1e-6)
_GRID = 2**48  # denominators: finer than the solver's digits, short enough for exact arithmetic
_TOLERANCE = 1e-10  # of Clarabel


def certify_scheme(
    scheme: SamplingScheme,
    *,
    step: float | Fraction,
    smoothness: Any,
    strong_convexity: Any,
    squared_distance: float = 1.0,
    dissimilarity: float = 1.0,
) -> SchemeCertificate:
    """The best proved ``rate`` and ``noise`` of one step, for clients that differ this much.

    Among all provable pairs it takes the one with the least ``rate · squared_distance + noise ·
    dissimilarity``, up to about 1e-7 of it (more as ``μ`` nears ``L``); the bound holds at any
    other distance too. For up to some 10 clients: the exact check grows quickly with their number.

    Args:
        scheme: moments of the aggregation weights; from ``independent_clients`` and others.
        step: ``γ > 0``.
        smoothness, strong_convexity: ``L > μ >= 0``, one number or one for each client.
        squared_distance: ``‖x − x*‖²`` to be tight at, above 0.
        dissimilarity: ``Σ w_i ‖∇f_i(x*)‖²`` to be tight at; 0 assumes a common minimiser.

    Raises:
        AssumptionError: ``0 <= μ < L`` fails for a client.
        InvalidProblemError: another number out of range.
        ConvergenceError: no margin survived the rounding; nothing is returned in its place.
    """
    n = scheme.n_clients
    gamma = fraction(step, "step")
    large, small = (
        _each(smoothness, n, "smoothness"),
        _each(strong_convexity, n, "strong_convexity"),
    )
    _validate(gamma, large, small, squared_distance, dissimilarity)
    alike = dissimilarity == 0 or n == 1
    program = step_program(
        scheme, step=gamma, smoothness=large, strong_convexity=small, alike=alike
    )
    unit = max(large)  # gradients are measured in units of L, so that all entries are alike
    weight = dissimilarity / float(unit) ** 2
    for margin in _MARGINS:
        numbers = _solve(program, float(unit), squared_distance, weight, margin)
        if numbers is None:
            continue
        rate, noise, *multipliers = map(_rounded, numbers)
        certificate = SchemeCertificate(
            scheme=scheme,
            step=gamma,
            smoothness=large,
            strong_convexity=small,
            rate=rate,
            noise=Fraction(0) if alike else noise / unit**2,
            multipliers=tuple(value / unit**2 for value in multipliers),
            alike=alike,
        )
        if _plausible(program, certificate, float(unit)) and certificate.check():
            return certificate
    raise ConvergenceError(
        f"no proof for {scheme.name} at step {float(gamma):g} survived rounding; "
        "scale the weights and constants nearer to 1"
    )


def _solve(
    program: StepProgram, unit: float, distance: float, dissimilarity: float, margin: float
) -> list[float] | None:
    """``rate, noise, multipliers`` in units of ``L``; None where the solver gives up."""
    import cvxpy as cp

    size = len(program.distance)
    scale = np.full(size, unit)
    scale[0] = 1.0

    def scaled(matrix: AnyArray, power: int) -> FloatArray:
        return np.asarray(matrix, dtype=np.float64) * np.outer(scale, scale) / unit**power

    rate, noise = cp.Variable(nonneg=True), cp.Variable(nonneg=True)
    multipliers = cp.Variable(len(program.facts), nonneg=True)
    slack = rate * scaled(program.distance, 0) - scaled(program.after, 0)
    slack = slack + noise * scaled(program.dissimilarity, 2)
    for k, fact in enumerate(program.facts):
        slack = slack - multipliers[k] * scaled(fact, 2)
    total = distance + dissimilarity
    cost = rate * (distance / total) + noise * (dissimilarity / total)
    problem = cp.Problem(cp.Minimize(cost), [slack >> margin * np.eye(size)])
    tolerances = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), _TOLERANCE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an inaccurate answer is caught by the exact check
        try:
            problem.solve(solver=cp.CLARABEL, **tolerances)
        except cp.error.SolverError:
            return None
    if rate.value is None:
        return None
    return [float(rate.value), float(noise.value), *map(float, multipliers.value)]


def _plausible(program: StepProgram, certificate: SchemeCertificate, unit: float) -> bool:
    """Whether the exact check, which is slow for many clients, is worth its while."""
    slack = program.slack(certificate.rate, certificate.noise, certificate.multipliers)
    matrix = np.array(slack, dtype=np.float64)
    matrix[1:] *= unit
    matrix[:, 1:] *= unit
    return bool(np.linalg.eigvalsh(matrix)[0] > -1e-12)


def _rounded(value: float) -> Fraction:
    return Fraction(max(0, round(value * _GRID)), _GRID)


def _each(value: Any, n: int, name: str) -> Row:
    values: Sequence[Any] = [value] * n if np.ndim(value) == 0 else list(value)
    if len(values) != n:
        raise InvalidProblemError(f"{name} has {len(values)} numbers; give one or {n}")
    return fractions(values, name)


def _validate(
    step: Fraction, large: Row, small: Row, squared_distance: float, dissimilarity: float
) -> None:
    if step <= 0:
        raise InvalidProblemError(f"step is {float(step):g}; it must be above 0")
    for i, (L, mu) in enumerate(zip(large, small, strict=True)):
        if not 0 <= mu < L:
            raise AssumptionError(
                f"client {i} has strong_convexity {float(mu):g} and smoothness {float(L):g}; "
                "0 <= μ < L must hold"
            )
    if not (0 < squared_distance < np.inf and 0 <= dissimilarity < np.inf):
        raise InvalidProblemError(
            "squared_distance must be finite and above 0, dissimilarity finite and at least 0"
        )
