"""The constants of bounds, estimated from measured gradients, with intervals that reach the rounds.

Noise and dissimilarity come from repeated gradients at one point. Smoothness and strong convexity
come from gradients at several points, under the model that the gradient is affine between them, as
it is for a quadratic; what departs from that widens the interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.estimates.pairs import pair_mean
from roundlot.theory.intervals import ConfidenceInterval, joint_condition, joint_confidence
from roundlot.theory.random_streams import SIGNS
from roundlot.theory.rates.rounds import rounds_to_target

RESAMPLES = 400


@dataclass(frozen=True, kw_only=True)
class GradientSpread:
    """``noise``, ``Σ w_i σ_i²``, and ``dissimilarity``, ``Σ w_i ‖∇f_i − ∇F‖²``, with intervals."""

    noise: ConfidenceInterval
    dissimilarity: ConfidenceInterval


@dataclass(frozen=True, kw_only=True)
class Curvature:
    """``smoothness`` ``L`` and ``strong_convexity`` ``μ``, each with an interval."""

    smoothness: ConfidenceInterval
    strong_convexity: ConfidenceInterval


def estimate_spread(
    gradients: npt.ArrayLike, weights: npt.ArrayLike, *, confidence: float = 0.95
) -> GradientSpread:
    """Noise and dissimilarity from ``R`` repeated gradients of every client at one point.

    Both estimates are unbiased until cut at 0: means over pairs of repetitions, of
    ``½ Σ w ‖g_ir − g_iq‖²`` and of ``Σ w ⟨g_ir − ḡ_r, g_iq − ḡ_q⟩``, ``ḡ = Σ w g``. The
    intervals are Student's with the jackknife over repetitions; they cover asymptotically, more
    exactly the more clients and dimensions there are (measured: 94 to 97 % for 95 %, with 5 to 20
    clients and 6 to 20 repetitions).

    Args:
        gradients: ``(N, R, dim)``, independent mini-batch gradients, ``R >= 3``.
        weights: ``(N,)``, ``w >= 0`` summing to 1.
        confidence: of each interval.

    Raises:
        InvalidProblemError: shapes that do not fit, or weights that do not sum to 1.
    """
    g, w = np.asarray(gradients, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if g.ndim != 3 or w.shape != g.shape[:1] or g.shape[1] < 3:
        raise InvalidProblemError(
            f"gradients are {g.shape}, weights {w.shape}; give (N, R, dim) with R >= 3, and (N,)"
        )
    if not np.all(np.isfinite(g)) or not np.all(w >= 0.0) or abs(w.sum() - 1.0) > 1e-9:
        raise InvalidProblemError("gradients must be finite, weights at least 0 with sum 1")
    _check_confidence(confidence)
    apart = g - np.einsum("n,nrd->rd", w, g)
    noisy = g - g.mean(axis=1, keepdims=True)  # distances as before: large gradients cancel less
    products = np.einsum("n,nrd,nqd->rq", w, noisy, noisy, optimize=True)
    norms = np.diag(products)
    noise = (norms[:, None] + norms[None, :]) / 2.0 - products
    alike = np.einsum("n,nrd,nqd->rq", w, apart, apart, optimize=True)
    return GradientSpread(
        noise=pair_mean(noise, confidence), dissimilarity=pair_mean(alike, confidence)
    )


def estimate_curvature(
    points: npt.ArrayLike, gradients: npt.ArrayLike, *, confidence: float = 0.95, seed: int = 0
) -> Curvature:
    """Smoothness and strong convexity from gradients at ``K`` points, by least squares.

    Fits ``g = H x + b`` with symmetric ``H``; its extreme eigenvalues are the estimates. By Weyl's
    inequality they err by at most ``‖Ĥ − H‖``, whose quantile a wild bootstrap of the residuals
    gives (enlarged by their leverage): the interval covers at least as often as it says, both
    constants at once, and is wide in many dimensions.

    Args:
        points: ``(K, dim)``, ``K >= dim + 2``, not all in a plane.
        gradients: ``(K, dim)``, measured there, with independent noise.
        confidence: that both intervals cover.
        seed: of the bootstrap.

    Raises:
        InvalidProblemError: shapes that do not fit, too few points, or points in a plane.
    """
    x, g = np.asarray(points, dtype=np.float64), np.asarray(gradients, dtype=np.float64)
    if x.ndim != 2 or x.shape != g.shape or not np.all(np.isfinite(np.stack([x, g]))):
        raise InvalidProblemError(
            f"points are {x.shape}, gradients {g.shape}; give finite (K, dim) both"
        )
    K, dim = x.shape
    if dim + 2 > K:
        raise InvalidProblemError(f"{K} points in {dim} dimensions; give at least {dim + 2}")
    _check_confidence(confidence)
    design = np.column_stack([x - x.mean(axis=0), np.ones(K)])
    left, scales, _ = np.linalg.svd(design, full_matrices=False)
    if scales[-1] <= 1e-10 * scales[0]:
        raise InvalidProblemError("the points lie in a plane; spread them over all dimensions")
    inverse = np.linalg.pinv(design)
    fit = (inverse @ g)[:dim]
    values = np.linalg.eigvalsh((fit + fit.T) / 2.0)
    leverage = np.sum(left**2, axis=1)
    residual = (g - design @ (inverse @ g)) / np.maximum(1.0 - leverage, 1.0 / K)[:, None]
    width = _operator_quantile(inverse[:dim], residual, confidence, seed)
    return Curvature(
        smoothness=_around(float(values[-1]), width, confidence),
        strong_convexity=_around(float(values[0]), width, confidence),
    )


def curvature_quotients(points: npt.ArrayLike, gradients: npt.ArrayLike) -> tuple[float, float]:
    """``(L, μ)`` from noiseless gradients of any function: ``L`` at least, ``μ`` at most this.

    The extreme quotients ``‖Δg‖²/⟨Δg, Δx⟩`` and ``⟨Δg, Δx⟩/‖Δx‖²`` over all pairs of points: what
    the measurements prove, no more.

    Raises:
        InvalidProblemError: fewer than two different points.
        AssumptionError: a pair that no convex function has.
    """
    x, g = np.asarray(points, dtype=np.float64), np.asarray(gradients, dtype=np.float64)
    if x.ndim != 2 or x.shape != g.shape:
        raise InvalidProblemError(f"points are {x.shape}, gradients {g.shape}; give (K, dim) both")
    i, j = np.triu_indices(len(x), k=1)
    move, turn = x[i] - x[j], g[i] - g[j]
    apart = np.any(move != 0.0, axis=1)
    if not apart.any():
        raise InvalidProblemError("give gradients at two different points at least")
    inner = np.sum(move * turn, axis=1)[apart]
    if inner.min() < 0.0 or np.any((inner == 0.0) & np.any(turn[apart] != 0.0, axis=1)):
        raise AssumptionError("two gradients turn against the move between them; F is not convex")
    squares = np.sum(turn[apart] ** 2, axis=1)
    steepest = np.divide(squares, inner, out=np.zeros_like(inner), where=inner > 0.0)
    return float(steepest.max()), float((inner / np.sum(move[apart] ** 2, axis=1)).min())


def rounds_interval(
    *,
    smoothness: ConfidenceInterval,
    strong_convexity: ConfidenceInterval,
    variance: ConfidenceInterval,
    initial: float,
    target: float,
) -> ConfidenceInterval:
    """Rounds to a target with the uncertainty of the constants carried through.

    The bound grows with ``L`` and the variance and falls with ``μ``, so the ends of the intervals
    give its ends; infinite where they leave no ``μ > 0``. The confidence is what Bonferroni leaves.

    Raises:
        InvalidProblemError: as ``rounds_to_target`` for the estimates, or too little confidence.
        InfeasibleError: likewise.
    """
    parts = (smoothness, strong_convexity, variance)
    confidence = joint_confidence(parts)

    def rounds(L: float, mu: float, noise: float) -> float:
        bound = rounds_to_target(
            smoothness=L, strong_convexity=mu, variance=noise, initial=initial, target=target
        )
        return float(bound.rounds)

    def most() -> float:
        if strong_convexity.low <= 0.0:
            return math.inf
        try:
            return rounds(smoothness.high, strong_convexity.low, variance.high)
        except InfeasibleError:
            return math.inf

    steep = min(strong_convexity.high, smoothness.high)  # the easiest pair with L >= μ
    return ConfidenceInterval(
        low=rounds(max(smoothness.low, steep), steep, variance.low),
        estimate=rounds(smoothness.estimate, strong_convexity.estimate, variance.estimate),
        high=most(),
        confidence=confidence,
        condition=joint_condition(parts),
    )


def _around(value: float, width: float, confidence: float) -> ConfidenceInterval:
    low, high = max(0.0, value - width), max(0.0, value + width)
    return ConfidenceInterval(low=low, estimate=max(0.0, value), high=high, confidence=confidence)


def _operator_quantile(
    inverse: FloatArray, residual: FloatArray, confidence: float, seed: int
) -> float:
    """Quantile of the norm of the fit's error, by random signs on the residuals."""
    random = SIGNS.generator(seed)
    signs = random.choice([-1.0, 1.0], size=(RESAMPLES, 1, residual.shape[0]))
    errors = (inverse * signs) @ residual
    norms = np.linalg.norm((errors + errors.transpose(0, 2, 1)) / 2.0, ord=2, axis=(1, 2))
    return float(np.quantile(norms, confidence, method="higher"))


def _check_confidence(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise InvalidProblemError(f"confidence is {confidence:g}; give a number in (0, 1)")
