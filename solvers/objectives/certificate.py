"""A proof of how far probabilities are from the least norm of the models' variances.

For weights ``ω >= 0`` and any probabilities, ``‖λ Var‖_α >= Σ ω Var / ‖ω/λ‖_β`` (Hölder), and
``Σ ω Var >= min_p Σ ω a²/p − Σ ω a²``, whose minimum has a certificate of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.joint.bound import ROUNDED, ceilings_left, excess_above
from roundlot.solvers.proof.bound import gap_above, in_user_units, unit_of
from roundlot.solvers.proof.certificate import Certificate, certify
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.variances import variances_above
from roundlot.solvers.solution import Objective
from roundlot.solvers.water.scaling import changed, exponent_of, shifted
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates.claim import prices_of_roots
from roundlot.theory.problem.given import Column
from roundlot.theory.problem.naming import by_label, counted

UNIT = 2.0**-53
POWER = 64.0 * UNIT
NEGLIGIBLE = 2.0**-900
GREATEST = 2.0**400  # of a score that does not vary, in units of those that do


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectiveCertificate(Certificate):
    """A lower bound on ``‖λ Var‖_α`` over all feasible ``p``, and the distance of one from it.

    The gap is relative to a variance: where nearly everybody is drawn and it is a small part of
    ``Σ a²/p``, that part's digits are lost in the difference.

    Attributes:
        goal: the objective.
        order: ``α``, infinite for the worst model.
        weights: ``(S,)``, ``ω >= 0``.
        inner: the certificate of the sum program with model weights ``ω``, for the same ``p``, with
            its scores in units of ``2**exponent``.
        exponent: of that power of two.
    """

    goal: Objective
    order: float
    weights: FloatArray = field(repr=False)
    inner: Certificate = field(repr=False)
    exponent: int


def certify_norm(
    goal: Objective,
    problem: Problem,
    probabilities: FloatArray,
    *,
    order: float,
    weights: FloatArray,
    multipliers: Multipliers | Prices | None = None,
) -> ObjectiveCertificate:
    """The certificate of any ``p`` for ``‖λ Var‖_order``, proved by the weights ``ω``, ``(S,)``.

    ``multipliers`` are those of scores in the power of two just above the largest.

    Raises:
        InvalidProblemError: probabilities of the wrong shape, a NaN or a negative entry.
        InfeasibleError: no probabilities are feasible.
    """
    exponent, unit = _in_unit(problem, probabilities)
    if multipliers is not None:
        moved = exponent_of(float(problem.scores.max())) - exponent
        multipliers = replace(multipliers, exponent=multipliers.exponent + moved)
        if (
            np.shape(probabilities) == problem.scores.shape
            and np.size(
                multipliers.rows if isinstance(multipliers, Multipliers) else multipliers.processors
            )
            == problem.n_processors
        ):
            multipliers = _without_idle_caps(problem, np.asarray(probabilities), multipliers)
    plain = changed(unit, model_weights=weights, model_variance_ceilings=None)
    paid = getattr(multipliers, "ceilings", None)
    bare = replace(multipliers, ceilings=None) if isinstance(multipliers, Prices) else multipliers
    inner = certify(plain, probabilities, bare)
    ceilings, proved = problem.model_variance_ceilings, inner.multipliers
    if paid is None or ceilings is None:
        bound = norm_bound(inner, problem.model_weights, order)
    else:
        assert isinstance(multipliers, Prices)
        proved = multipliers
        with np.errstate(over="ignore", under="ignore"):
            near = np.ldexp(ceilings, -2 * exponent)
        bound = norm_bound(inner, problem.model_weights, order, paid, near)
    value = norm_above(unit, inner.probabilities, order)
    beside = weighted_variance(unit, variances_above(unit.scores, inner.probabilities))
    shown = unit_of(value, exponent) or unit_of(beside, exponent)
    return ObjectiveCertificate(
        problem=problem,
        probabilities=inner.probabilities,
        multipliers=proved,
        lower_bound=in_user_units(bound, exponent - shown, up=False),
        objective=in_user_units(value, exponent - shown, up=True),
        gap=gap_above(value, bound),
        rigorous=inner.rigorous,
        goal=goal,
        order=order,
        weights=weights,
        inner=inner,
        exponent=exponent,
        unit=shown,
    )


def _in_unit(problem: Problem, probabilities: FloatArray) -> tuple[int, Problem]:
    """A power of two near the largest score that varies, and the problem in that unit.

    Whoever is always drawn has no variance, however large its score: beside it the variances of
    others would leave the range of float64. There it counts as ``GREATEST`` at most, which proves
    no more than it would itself.
    """
    given = np.asarray(probabilities)
    always = given >= 1.0 if given.shape == problem.scores.shape else False
    varies = (problem.scores > 0.0) & ~np.asarray(always)
    top = float(np.max(problem.scores, where=varies, initial=0.0))
    exponent = exponent_of(top if top > 0.0 else float(problem.scores.max()))
    with np.errstate(over="ignore"):
        scores = np.minimum(shifted(problem.scores, -exponent), GREATEST)
    return exponent, changed(problem, scores=scores)


def _without_idle_caps(
    problem: Problem, probabilities: FloatArray, given: Multipliers | Prices
) -> Multipliers | Prices:
    """Without prices of caps on processors of which one entry takes all, up to its ceiling.

    That entry is at the end of its range at any price, and nobody else pays this one. Beside it
    the prices of others would be lost, and what it is worth to many digits: it is a large number
    whose difference to another one nothing depends on.
    """
    counts = (problem.scores > 0.0) | (problem.bounds[0] > 0.0)
    alone = (counts.sum(axis=1) == 1) & (probabilities >= 1.0).any(axis=1)
    if isinstance(given, Multipliers):
        return replace(given, rows=np.where(alone, given.level, given.rows))
    return replace(given, processors=np.where(alone, 0.0, given.processors))


def norm_bound(
    inner: Certificate,
    model_weights: FloatArray,
    order: float,
    paid: FloatArray | None = None,
    ceilings: FloatArray | None = None,
) -> float:
    """``(Σ ω Var − (Σ ω a²/p − min Σ ω a²/p)) / ‖ω/λ‖_β``, rounded down; 0 is always valid.

    With prices ``ν (S,)`` of ceilings ``(S,)`` of variances, ``ω + ν`` stands for ``ω`` in the
    bracket, and ``Σ ν (ceiling − Var)`` is taken off.
    """
    problem, weights = inner.problem, inner.problem.model_weights
    held = weights > 0.0
    variances = variances_above(problem.scores, inner.probabilities)
    with np.errstate(over="ignore"):
        value = math.fsum((weights[held] * variances[held]).tolist()) * (1.0 - ROUNDED)
    prices = inner.multipliers
    if isinstance(prices, Multipliers):
        prices = prices_of_roots(
            problem, level=prices.level, rows=prices.rows, exponent=prices.exponent
        )
    if not value < math.inf:
        return 0.0
    factors = weights if paid is None else weights + paid
    excess = excess_above(problem, inner.probabilities, factors, prices)
    if paid is not None and ceilings is not None:
        given = paid, ceilings, problem.scores, inner.probabilities
        excess += ceilings_left(*given, enough=1e-14 * value)
    rest = value - excess - NEGLIGIBLE
    if not rest > 0.0:
        return 0.0
    theta = weights / model_weights
    top = float(theta.max())
    beta = dual_order(order)
    length = top
    if beta != math.inf:
        # powers are within an ulp or two in every libm; the margin allows many more
        powers = [math.pow(share, beta) for share in (theta / top * (1.0 + 2.0 * UNIT)).tolist()]
        length = top * math.pow(math.fsum(powers) * (1.0 + beta * POWER), 1.0 / beta)
    return max(0.0, rest / length * (1.0 - POWER))


def norm_above(problem: Problem, probabilities: FloatArray, order: float) -> float:
    """``‖λ Var‖_order`` of probabilities, rounded up."""
    y = problem.model_weights * variances_above(problem.scores, probabilities)
    top = float(y.max())
    if top in (0.0, math.inf) or order == math.inf:
        return top * (1.0 + 2.0 * UNIT)
    powers = [math.pow(share, order) for share in (y / top * (1.0 + 4.0 * UNIT)).tolist()]
    total = math.fsum(powers) * (1.0 + POWER)
    return top * math.pow(total, 1.0 / order) * (1.0 + POWER)


def weighted_variance(problem: Problem, variances: FloatArray) -> float:
    """``Σ λ Var`` of variances ``(S,)``."""
    with np.errstate(over="ignore"):
        terms = problem.model_weights * variances
    return math.fsum(terms.tolist()) if np.isfinite(terms).all() else math.inf


def norm(values: FloatArray, order: float) -> float:
    """``(Σ x^order)^(1/order)`` of ``x >= 0``, for ``1 <= order <= ∞``; the largest for ``∞``."""
    top = float(values.max())
    if order == math.inf or top == 0.0 or top == math.inf:
        return top
    with np.errstate(under="ignore"):
        powers = (values / top) ** order
    return top * math.pow(math.fsum(powers.tolist()), 1.0 / order)


def dual_order(order: float) -> float:
    """The ``β`` with ``1/order + 1/β = 1``."""
    if order == 1.0:
        return math.inf
    return 1.0 if order == math.inf else order / (order - 1.0)


def checked_ceilings(problem: Problem, variance_ceiling: Column) -> FloatArray:
    """``(S,)`` ceilings, given in order or by the names of the models.

    Raises:
        InvalidProblemError: a wrong shape, or a value that is not above 0 and finite.
    """
    wanted = counted(problem.names.models, problem.n_models)
    named = by_label(variance_ceiling, "variance_ceiling", wanted, "model")
    ceiling = real_numbers(named, "variance_ceiling")
    if ceiling.shape not in ((), (problem.n_models,)):
        raise InvalidProblemError(
            f"variance_ceiling has shape {ceiling.shape}; give a scalar or ({problem.n_models},)"
        )
    bad = ~(np.isfinite(ceiling) & (ceiling > 0.0))
    if bad.any():
        raise InvalidProblemError(
            f"variance_ceiling is {ceiling[bad].flat[0]:g}; it must be finite and above 0"
        )
    full = np.broadcast_to(ceiling, (problem.n_models,)).copy()
    full.flags.writeable = False
    return full


def lowest_ceilings(problem: Problem, variance_ceiling: Column) -> FloatArray:
    """``(S,)``, the lower of ceilings that were given and the problem's own.

    Raises:
        InvalidProblemError: as :func:`checked_ceilings`.
    """
    given, own = checked_ceilings(problem, variance_ceiling), problem.model_variance_ceilings
    return given if own is None else np.minimum(given, own)
