"""Exact verification by listing every outcome of a tiny instance.

With rational probabilities the moments of the estimator are rational numbers: the formulas of the
theory come out equal to the enumerated moments, not close to them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot import solvers
from roundlot.theory import InvalidProblemError
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.estimator import (
    expected_draws,
    expected_uploads,
    model_variance,
    participation_variance,
)
from roundlot.theory.moments.fourth_moment import squared_error_moments
from roundlot.verify.agreement.tiny import (
    Table,
    TinyInstance,
    Vector,
    floats,
    instance_of,
    random_instance,
)
from roundlot.verify.tests.verdict import Verdict

_FLOAT_TOLERANCE = 1e-11  # relative: rounding of sums over a tiny fleet


@dataclass(frozen=True, kw_only=True, eq=False)
class ExactMoments:
    """Moments of one round, as rational numbers.

    Attributes:
        steps: ``E Δ_s`` for every model.
        variances: ``E ‖Δ_s − Σ_v u_vs‖²``.
        covariances: for ``s < t``, the matrix ``E (Δ_s − μ_s)(Δ_t − μ_t)'``.
        second_moment: ``E Y²``, ``Y = Σ_s ‖Δ_s − μ_s‖²``.
        weights, weight_variances: ``E H_s`` and ``E (H_s − Σ_v w_vs)²``.
        draws, uploads: expected draws, and expected distinct (client, model) messages.
    """

    steps: tuple[Vector, ...]
    variances: Vector
    covariances: tuple[Table, ...]
    second_moment: Fraction
    weights: Vector
    weight_variances: Vector
    draws: Fraction
    uploads: Fraction


@as_annotated
def check_enumeration(
    solution: Any = None,
    seed: int = 0,
    *,
    instance: TinyInstance | None = None,
    multipliers: Table | None = None,
) -> Verdict:
    """Verdict on the theory's formulas for one instance: equal to the enumeration or refuted.

    Checked for equality: unbiasedness, variance of every model, covariance between models, second
    moment of the squared error, mean and variance of the aggregate weights, draws and messages.
    The library's float functions must agree with the rational numbers to 1e-11.

    Args:
        solution: a record with a tiny ``problem`` and its ``probabilities``, or a problem, which is
            solved first; a built-in random instance if neither it nor ``instance`` is given.
        seed: of the instance, or of the directions of its updates.
        instance: an instance made by hand, in place of both.
        multipliers: ``(V, S)`` factors of the estimator in place of ``1/p``: an audit of these.

    Raises:
        InvalidProblemError: more outcomes than can be listed.
    """
    tiny = instance or _instance(solution, seed)
    if multipliers is not None:
        factors = numbers_or_nan(multipliers, "multipliers")
        if factors.shape != (tiny.n_processors, tiny.n_models):
            raise InvalidProblemError(
                f"multipliers have shape {factors.shape}; give a factor for each processor and "
                f"model, {(tiny.n_processors, tiny.n_models)}"
            )
    seen = enumerate_moments(tiny, multipliers)
    claimed = moments_by_formula(tiny)
    unequal = [
        name
        for name in ExactMoments.__dataclass_fields__
        if getattr(seen, name) != getattr(claimed, name)
    ] + _float_complaints(tiny, claimed)
    return Verdict.exact(
        "formulas equal the enumeration of every outcome",
        len(unequal),
        estimate=float(sum(seen.variances)),
        expected=float(sum(claimed.variances)),
        rounds=sum(1 for _ in tiny.outcomes()),
        detail=f"unequal: {', '.join(unequal)}"
        if unequal
        else "rational arithmetic; variance shown",
    )


def enumerate_moments(tiny: TinyInstance, multipliers: Table | None = None) -> ExactMoments:
    """The moments by summing over all outcomes; the estimator is ``Σ_{v drew s} factor u``.

    Args:
        tiny: the instance.
        multipliers: ``(V, S)`` factors; ``1/p`` by default.
    """
    factors = multipliers or _inverse(tiny.probabilities)
    models = range(tiny.n_models)
    full = [_column_sum(tiny, s) for s in models]
    whole = [sum((row[s] for row in tiny.weights), Fraction(0)) for s in models]
    total: list[Any] = []
    for draw, chance in tiny.outcomes():
        steps = [_estimate(tiny, draw, factors, s) for s in models]
        errors = [_minus(step, mean) for step, mean in zip(steps, full, strict=True)]
        sizes = [_dot(error, error) for error in errors]
        drawn = [_drawn_weight(tiny, draw, factors, s) for s in models]
        row = [
            *(x for step in steps for x in step),
            *sizes,
            *(x * y for s, t in _pairs(tiny) for x in errors[s] for y in errors[t]),
            sum(sizes) ** 2,
            *drawn,
            *((h - w) ** 2 for h, w in zip(drawn, whole, strict=True)),
            sum(model >= 0 for model in draw),
            len({(i, s) for i, s in zip(tiny.client, draw, strict=True) if s >= 0}),
        ]
        total = [
            t + chance * x for t, x in zip(total or [Fraction(0)] * len(row), row, strict=True)
        ]
    return _unpack(tiny, total)


def moments_by_formula(tiny: TinyInstance) -> ExactMoments:
    """The same moments by the formulas of the theory, for independent processors."""
    models, p, u = range(tiny.n_models), tiny.probabilities, tiny.updates
    # p = 0 with nothing to send adds no variance; with something it can only be refused.
    odds = [[1 / x - 1 if x else Fraction(0) for x in row] for row in p]
    rows = range(tiny.n_processors)
    variances = tuple(
        sum((odds[v][s] * _dot(u[v][s], u[v][s]) for v in rows), Fraction(0)) for s in models
    )
    return ExactMoments(
        steps=tuple(_column_sum(tiny, s) for s in models),
        variances=variances,
        covariances=tuple(_covariance(tiny, s, t) for s, t in _pairs(tiny)),
        second_moment=sum(variances) ** 2 + _error_variance(tiny, odds),
        weights=tuple(sum((row[s] for row in tiny.weights), Fraction(0)) for s in models),
        weight_variances=tuple(
            sum((odds[v][s] * tiny.weights[v][s] ** 2 for v in rows), Fraction(0)) for s in models
        ),
        draws=sum((x for row in p for x in row), Fraction(0)),
        uploads=_uploads(tiny),
    )


def _instance(solution: Any, seed: int) -> TinyInstance:
    if solution is None:
        return random_instance(seed)
    if not hasattr(solution, "probabilities"):
        if not hasattr(solution, "scores"):
            raise InvalidProblemError(
                "give a solution, a problem, or nothing for a random instance"
            )
        solution = solvers.solve(solution)
    return instance_of(solution, seed)


def _error_variance(tiny: TinyInstance, odds: list[list[Fraction]]) -> Fraction:
    """``Var Y = Σ_v Var‖X_v‖² + 2 Σ_{v≠w} tr K_v K_w`` over ordered pairs."""
    p, u = tiny.probabilities, tiny.updates
    models, rows = range(tiny.n_models), range(tiny.n_processors)
    total = Fraction(0)
    for v in rows:
        sizes = [_dot(x, x) for x in u[v]]
        change = [odds[v][s] ** 2 * sizes[s] - sizes[s] if p[v][s] else Fraction(0) for s in models]
        mean = sum(p[v][s] * change[s] for s in models)
        total += sum(p[v][s] * change[s] ** 2 for s in models) - mean**2
        for w in rows:
            if w == v:
                continue
            g = [_dot(u[v][s], u[w][s]) for s in models]
            same = sum((odds[v][s] * odds[w][s] - 1) * g[s] ** 2 for s in models)
            total += 2 * (same + sum(g) ** 2)
    return Fraction(total)


def _covariance(tiny: TinyInstance, s: int, t: int) -> Table:
    """``−Σ_v u_vs u_vt'``: one processor cannot train both."""
    u = tiny.updates
    return tuple(
        tuple(-sum((row[s][j] * row[t][k] for row in u), Fraction(0)) for k in range(len(u[0][t])))
        for j in range(len(u[0][s]))
    )


def _uploads(tiny: TinyInstance) -> Fraction:
    total = Fraction(0)
    for i in set(tiny.client):
        for s in range(tiny.n_models):
            silent = Fraction(1)
            for v, owner in enumerate(tiny.client):
                silent *= 1 - tiny.probabilities[v][s] if owner == i else 1
            total += 1 - silent
    return total


def _float_complaints(tiny: TinyInstance, exact: ExactMoments) -> list[str]:
    """Which of the library's float functions miss the rational numbers."""
    if any(not x and any(u) for row, us in _rows(tiny) for x, u in zip(row, us, strict=True)):
        return []  # infinite variance, which the enumeration has refuted already
    p, models = floats(tiny.probabilities), range(tiny.n_models)
    arrays = [floats([row[s] for row in tiny.updates]) for s in models]
    scores = np.stack([np.linalg.norm(array, axis=1) for array in arrays], axis=1)
    squared = squared_error_moments(arrays, p)
    mean = sum(exact.variances, Fraction(0))
    pairs: dict[str, list[tuple[float, Fraction]]] = {
        "model_variance": list(zip(model_variance(scores, p), exact.variances, strict=True)),
        "participation_variance": list(
            zip(
                participation_variance(floats(tiny.weights), p), exact.weight_variances, strict=True
            )
        ),
        "expected_draws": [(expected_draws(p), exact.draws)],
        "expected_uploads": [(expected_uploads(p, np.array(tiny.client)), exact.uploads)],
        "squared_error_moments": [(squared.mean, mean)],
    }
    if mean:
        pairs["second_moment_ratio"] = [
            (squared.second_moment_ratio, exact.second_moment / mean**2)
        ]
    return [name for name, values in pairs.items() if not all(_near(x, y) for x, y in values)]


def _rows(tiny: TinyInstance) -> Iterator[tuple[Vector, tuple[Vector, ...]]]:
    return zip(tiny.probabilities, tiny.updates, strict=True)


def _near(value: float, exact: Fraction) -> bool:
    return math.isclose(float(value), float(exact), rel_tol=_FLOAT_TOLERANCE, abs_tol=0.0)


def _unpack(tiny: TinyInstance, total: list[Fraction]) -> ExactMoments:
    values = iter(total)

    def take(count: int) -> Vector:
        return tuple(next(values) for _ in range(count))

    widths = [len(x) for x in tiny.updates[0]]
    steps = tuple(take(width) for width in widths)
    variances = take(tiny.n_models)
    covariances = tuple(tuple(take(widths[t]) for _ in range(widths[s])) for s, t in _pairs(tiny))
    return ExactMoments(
        steps=steps,
        variances=variances,
        covariances=covariances,
        second_moment=next(values),
        weights=take(tiny.n_models),
        weight_variances=take(tiny.n_models),
        draws=next(values),
        uploads=next(values),
    )


def _pairs(tiny: TinyInstance) -> list[tuple[int, int]]:
    return [(s, t) for s in range(tiny.n_models) for t in range(s + 1, tiny.n_models)]


def _inverse(probabilities: Table) -> Table:
    return tuple(tuple(1 / p if p else Fraction(0) for p in row) for row in probabilities)


def _column_sum(tiny: TinyInstance, s: int) -> Vector:
    return tuple(
        sum(parts, Fraction(0)) for parts in zip(*(row[s] for row in tiny.updates), strict=True)
    )


def _estimate(tiny: TinyInstance, draw: tuple[int, ...], factors: Table, s: int) -> Vector:
    total = [Fraction(0)] * len(tiny.updates[0][s])
    for v, model in enumerate(draw):
        if model == s:
            total = [t + factors[v][s] * x for t, x in zip(total, tiny.updates[v][s], strict=True)]
    return tuple(total)


def _drawn_weight(tiny: TinyInstance, draw: tuple[int, ...], factors: Table, s: int) -> Fraction:
    rows = (v for v, model in enumerate(draw) if model == s)
    return sum((factors[v][s] * tiny.weights[v][s] for v in rows), Fraction(0))


def _minus(left: Vector, right: Vector) -> Vector:
    return tuple(x - y for x, y in zip(left, right, strict=True))


def _dot(left: Vector, right: Vector) -> Fraction:
    return sum((x * y for x, y in zip(left, right, strict=True)), Fraction(0))
