"""Noise and dissimilarity from repeated gradients of every client at several points.

These are numbers that any run can record: ``R`` mini-batch gradients of each client at each of
``T`` models. What holds at the largest of the points is said with all points at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.estimates.pairs import BERNSTEIN, STUDENT, largest, pair_mean, ratio
from roundlot.theory.estimates.record import Constants
from roundlot.theory.estimates.refutations import noise_warnings, unseen
from roundlot.theory.intervals import ConfidenceInterval

NOT_BEYOND = "{} nowhere larger than at the points that were measured"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Repeated:
    """``(T, N, R, dim)`` gradients and ``(N,)`` weights; a bound on all their norms, or None."""

    gradients: FloatArray
    weights: FloatArray
    bound: float | None

    def within(self, low: float, high: float) -> tuple[float, float] | None:
        """The range of a kernel, by the squared bound on the norms."""
        if self.bound is None:
            return None
        return low * self.bound**2, high * self.bound**2


def estimate_constants(
    gradients: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    bound: float | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    tests: bool = True,
) -> Constants:
    """Constants of noise and dissimilarity from recorded mini-batch gradients.

    Every estimate is a mean over pairs of repetitions, so that noise does not make squares too
    large. With ``bound`` the intervals hold at their confidence for every law of the noise; without
    they are Student's, which cover asymptotically.

    Args:
        gradients: ``(T, N, R, dim)``: points, clients, ``R >= 3`` independent repetitions.
        weights: ``(N,)``, ``d >= 0`` with sum 1.
        bound: a number that no norm of a mini-batch gradient exceeds, such as where it is clipped.
        confidence: of each constant, all of its points at once.
        seed: of the tests behind the warnings.
        tests: whether independence and tails of the noise are tested; each warns wrongly with half
            of the error that the confidence leaves.

    Raises:
        InvalidProblemError: shapes that do not fit, numbers beyond the bound or not finite.
    """
    given = _checked(gradients, weights, bound)
    if not 0.0 < confidence < 1.0:
        raise InvalidProblemError(f"confidence is {confidence:g}; give a number in (0, 1)")
    points, clients = given.gradients.shape[:2]
    each = 1.0 - (1.0 - confidence) / points
    noise = _client_noise(given, 1.0 - (1.0 - confidence) / (points * clients))
    square = _pairs(given, given.weights, each)
    apart = [_apart(given, t, each) for t in range(points)]
    half = 1.0 - (1.0 - confidence) / (2.0 * points)  # both numbers of a ratio
    ratios = [
        ratio(_second_moment(given, t, half), _mean_square(given, t, half)) for t in range(points)
    ]
    elsewhere = NOT_BEYOND.format("the noise of the clients is")
    values = {
        "client_noise": largest([one for row in noise for one in row], condition=elsewhere),
        "local_noise": largest(square, condition=NOT_BEYOND.format("the noise is")),
        "batch_noise": largest(
            _pairs(given, given.weights**2, each), condition=NOT_BEYOND.format("the noise is")
        ),
        "dissimilarity": largest(
            apart, condition=NOT_BEYOND.format("the dissimilarity of the clients is")
        ),
        "gradient_ratio": largest(
            ratios, condition=NOT_BEYOND.format("the ratio of the gradients is")
        ),
        "squared_gradient": _mean_square(given, 0, confidence),
    }
    manner = STUDENT if bound is None else BERNSTEIN
    return Constants(
        values=values,
        clients={
            "client_noise": tuple(
                largest([row[i] for row in noise], condition=elsewhere) for i in range(clients)
            )
        },
        how=dict.fromkeys(values, f"means over pairs of repetitions; {manner}"),
        notes=(
            f"{given.gradients.shape[2]} repeated gradients of {clients} clients "
            f"at {points} points",
        ),
        warnings=_warnings(given, confidence, seed) if tests else (),
    )


def _checked(gradients: npt.ArrayLike, weights: npt.ArrayLike, bound: float | None) -> _Repeated:
    g, w = np.asarray(gradients, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if g.ndim != 4 or 0 in g.shape or w.shape != g.shape[1:2] or g.shape[2] < 3:
        raise InvalidProblemError(
            f"gradients are {g.shape}, weights {w.shape}; give (points, clients, repetitions, "
            "dimension) with 3 repetitions or more, and a weight for each client"
        )
    wrong = np.argwhere(~np.isfinite(g))
    if wrong.size:
        t, i, r, _ = wrong[0]
        raise InvalidProblemError(
            f"the gradient of point {t}, client {i}, repetition {r} is not finite; leave the point "
            "out"
        )
    if not np.all(w >= 0.0) or not abs(w.sum() - 1.0) <= 1e-9:
        raise InvalidProblemError(f"weights sum to {w.sum():g}; give weights of at least 0, sum 1")
    if bound is not None and not 0.0 < bound < np.inf:
        raise InvalidProblemError(f"bound is {bound:g}; give a finite number above 0")
    norms = np.linalg.norm(g, axis=3)
    if bound is not None and not norms.max() <= bound * (1.0 + 1e-9):
        t, i, r = np.unravel_index(np.argmax(norms), norms.shape)
        raise InvalidProblemError(
            f"bound is {bound:g}, but the gradient of point {t}, client {i}, repetition {r} has "
            f"norm {norms.max():g}; give a bound that holds for all"
        )
    return _Repeated(gradients=g, weights=w, bound=bound)


def _warnings(given: _Repeated, confidence: float, seed: int) -> tuple[str, ...]:
    """What the data refute; without a bound also noise that no repetition can have shown."""
    found = noise_warnings(given.gradients, error_rate=1.0 - confidence, seed=seed)
    return found if given.bound is not None else (*found, *unseen(given.gradients, confidence))


def _grams(given: _Repeated, point: int) -> FloatArray:
    """``(N, R, R)``: products of a client's gradients at a point."""
    g = given.gradients[point]
    found: FloatArray = g @ g.transpose(0, 2, 1)
    return found


def _noise_kernel(given: _Repeated, point: int) -> FloatArray:
    """``(N, R, R)``: half of the squared distances, from the mean: large gradients cancel less."""
    g = given.gradients[point]
    away = g - g.mean(axis=1, keepdims=True)
    products = away @ away.transpose(0, 2, 1)
    norms = np.diagonal(products, axis1=-2, axis2=-1)
    found: FloatArray = (norms[..., :, None] + norms[..., None, :]) / 2.0 - products
    return found


def _client_noise(given: _Repeated, confidence: float) -> list[list[ConfidenceInterval]]:
    return [
        [
            pair_mean(kernel, confidence, within=given.within(0.0, 2.0))
            for kernel in _noise_kernel(given, t)
        ]
        for t in range(len(given.gradients))
    ]


def _pairs(given: _Repeated, shares: FloatArray, confidence: float) -> list[ConfidenceInterval]:
    """``Σ shares_i σ_i²`` at every point."""
    within = given.within(0.0, 2.0 * float(shares.sum()))
    return [
        pair_mean(
            np.einsum("n,nrq->rq", shares, _noise_kernel(given, t)),
            confidence,
            within=within,
        )
        for t in range(len(given.gradients))
    ]


def _mean_square(given: _Repeated, point: int, confidence: float) -> ConfidenceInterval:
    """``‖∇F‖²``."""
    mean = np.einsum("n,nrd->rd", given.weights, given.gradients[point])
    return pair_mean(mean @ mean.T, confidence, within=given.within(-1.0, 1.0))


def _second_moment(given: _Repeated, point: int, confidence: float) -> ConfidenceInterval:
    """``Σ d_i ‖∇f_i‖²``."""
    products = np.einsum("n,nrq->rq", given.weights, _grams(given, point))
    return pair_mean(products, confidence, within=given.within(-1.0, 1.0))


def _apart(given: _Repeated, point: int, confidence: float) -> ConfidenceInterval:
    """``Σ d_i ‖∇f_i − ∇F‖²``, by products of two repetitions, each less its own mean."""
    g = given.gradients[point]
    away = g - np.einsum("n,nrd->rd", given.weights, g)
    products = np.einsum("n,nrd,nqd->rq", given.weights, away, away, optimize=True)
    return pair_mean(products, confidence, within=given.within(-4.0, 4.0))
