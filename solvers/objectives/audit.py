"""A second opinion on a certificate of an objective, in other arithmetic than the solver's.

The bound is checked in exact fractions (the norm of the weights too, for the worst model), the
value of the design to ``NEAR``.
"""

from __future__ import annotations

import math
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from roundlot.solvers.reweighting import changed, same
from roundlot.theory import Problem
from roundlot.theory.problem import FloatArray

if TYPE_CHECKING:
    from roundlot.solvers.objectives.certificate import ObjectiveCertificate

EXACT = 20_000
NEAR = 1e-12


def complaints(certificate: ObjectiveCertificate) -> tuple[str, ...]:
    """What does not hold, in words; empty when everything does."""
    found = (*_other_question(certificate), *certificate.inner.complaints())
    return found or (*_bad_bound(certificate), *_bad_value(certificate))


def _other_question(certificate: ObjectiveCertificate) -> tuple[str, ...]:
    """Whether the inner certificate is about this problem, these weights and this design."""
    inner = certificate.inner
    if certificate.weights.shape != certificate.problem.model_weights.shape:
        return (f"weights have shape {certificate.weights.shape}; one is needed for each model",)
    if not (np.all(certificate.weights > 0.0) and np.all(np.isfinite(certificate.weights))):
        return ("weights are not finite and above 0",)
    unit = _in_units(certificate.problem, certificate.exponent)
    expected = changed(unit, model_weights=certificate.weights.copy())
    for field in fields(expected):
        if not same(getattr(expected, field.name), getattr(inner.problem, field.name)):
            return (f"the inner certificate has other {field.name}",)
    if not np.array_equal(inner.probabilities, certificate.probabilities):
        return ("the inner certificate has other probabilities",)
    return ()


def _in_units(problem: Problem, exponent: int) -> Problem:
    with np.errstate(under="ignore"):
        scores = np.ldexp(problem.scores, -exponent)
    tiny = (scores == 0.0) & (problem.scores > 0.0)
    return changed(problem, scores=np.where(tiny, 5e-324, scores))


def _bad_bound(certificate: ObjectiveCertificate) -> tuple[str, ...]:
    inner = certificate.inner
    columns = zip(certificate.weights.tolist(), inner.problem.scores.T, strict=True)
    constant = sum((Fraction(w) * _sum_of_squares(column) for w, column in columns), Fraction(0))
    rest = Fraction(inner.lower_bound) - constant
    length = _length(certificate)
    proved = max(Fraction(0), rest / length)
    slack = Fraction(NEAR) * proved
    stated = _scaled(certificate.lower_bound, certificate.exponent)
    if stated > proved + (slack if certificate.order not in (1.0, math.inf) else 0):
        return (f"lower bound {certificate.lower_bound!r} is not proved by its weights",)
    return ()


def _length(certificate: ObjectiveCertificate) -> Fraction:
    """``‖ω/λ‖_β``: exact for ``β`` of 1 and ∞, to ``NEAR`` for others."""
    weights, model_weights = certificate.weights, certificate.problem.model_weights
    shares = [
        Fraction(w) / Fraction(m)
        for w, m in zip(weights.tolist(), model_weights.tolist(), strict=True)
    ]
    if certificate.order == math.inf:
        return sum(shares, Fraction(0))
    if certificate.order == 1.0:
        return max(shares)
    beta = certificate.order / (certificate.order - 1.0)
    top = max(shares)
    logs = np.log(np.array([max(1e-300, float(share / top)) for share in shares]))
    return top * Fraction(float(np.exp(np.log(np.exp(beta * logs).sum()) / beta)))


def _bad_value(certificate: ObjectiveCertificate) -> tuple[str, ...]:
    value = _value(certificate)
    if value is None:
        wrong = certificate.objective != math.inf
        return ("objective is finite; a positive score is never drawn",) if wrong else ()
    stated = certificate.objective
    if stated == math.inf:
        return ()
    found = []
    exact = _scaled(stated, certificate.exponent)
    if abs(exact - value) > Fraction(NEAR) * value + Fraction(1, 2**1000):
        found.append(f"objective {stated!r} is not that of the design")
    bound = _scaled(certificate.lower_bound, certificate.exponent)
    least = float(value / bound - 1) if bound > 0 else (0.0 if value == 0 else math.inf)
    slack = NEAR * (1.0 + least) if least < math.inf else 0.0
    if not certificate.gap >= least - slack:
        found.append(f"gap {certificate.gap:.3g} is smaller than {least:.3g}, which is proved")
    return tuple(found)


def _value(certificate: ObjectiveCertificate) -> Fraction | None:
    """``‖λ Var‖_α`` in units of ``4**exponent``; None where it is infinite."""
    problem, design = certificate.inner.problem, certificate.probabilities
    if np.any((design == 0.0) & (problem.scores > 0.0)):
        return None
    weights = certificate.problem.model_weights.tolist()
    y = [
        Fraction(weights[s]) * _variance(problem.scores[:, s], design[:, s])
        for s in range(problem.n_models)
    ]
    top = max(y)
    if certificate.order == math.inf or top == 0:
        return top
    if certificate.order == 1.0:
        return sum(y, Fraction(0))
    total = math.fsum(float(share / top) ** certificate.order for share in y)
    return top * Fraction(total ** (1.0 / certificate.order))


def _sum_of_squares(column: FloatArray) -> Fraction:
    """Exact on columns up to ``EXACT`` entries; beyond, correctly rounded sums, rounded up."""
    if column.size <= EXACT:
        return sum((Fraction(a) ** 2 for a in column.tolist()), Fraction(0))
    return Fraction(math.fsum(a * a for a in column.tolist()) * (1.0 + 2.0**-50))


def _variance(scores: FloatArray, design: FloatArray) -> Fraction:
    pairs = zip(scores.tolist(), design.tolist(), strict=True)
    return Fraction(math.fsum(a / p * a * (1.0 - p) for a, p in pairs if a > 0.0))


def _scaled(value: float, exponent: int) -> Fraction:
    return Fraction(value) / Fraction(4) ** exponent
