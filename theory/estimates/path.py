"""Constants along the path of a run, from what is measured at its points.

What is measured at points is true there: the largest smoothness at the points is at most the ``L``
that a theorem asks for, and a bound from it holds only if ``F`` is nowhere less smooth. Every
constant says so in its condition, and the condition goes with it into every answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.estimates.envelope import affine_envelope
from roundlot.theory.estimates.pairs import largest, smallest
from roundlot.theory.estimates.record import Constants
from roundlot.theory.estimates.refutations import later_warning
from roundlot.theory.intervals import AND, ConfidenceInterval, joint_condition

#: Of the values and gradients of a record, relative: sums of float64 over the samples.
ROUNDING = 1e-12
BEYOND = {
    "smoothness": "the smoothness of F is nowhere larger than the largest at the visited points "
    "(points alone prove L at least)",
    "client_smoothness": "the smoothness of no client is anywhere larger than the largest at the "
    "visited points (points alone prove L at least)",
    "strong_convexity": "F is nowhere less convex than at the visited points (points alone prove "
    "μ at most)",
    "client_strong_convexity": "no client is anywhere less convex than at the visited points "
    "(points alone prove μ at most)",
    "step_smoothness": "every step bends F no more than the segments between the measured points",
    "dominance": "the gradient is nowhere smaller beside F − F* than at the visited points",
    "client_noise": "the noise of no client is anywhere larger than at the visited points",
    "local_noise": "the noise of the clients is nowhere larger than at the visited points",
    "batch_noise": "the noise of the clients is nowhere larger than at the visited points",
    "dissimilarity": "the clients' gradients are nowhere less alike than at the visited points",
    "second_moment": "no client's gradient is anywhere larger than at the visited points, its "
    "local steps included",
    "gradient_ratio": "the ratio of the gradients is nowhere larger than at the visited points",
    "variance": "the variance of a step is in no round larger than at the visited points",
    "expected_smoothness": "the variance of a step is below 2S(F − F*) + σ² in every round, as at "
    "the visited points",
}
BEYOND["noise"] = BEYOND["expected_smoothness"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PathRecord:
    """What is known of ``F = Σ d_i f_i`` at ``T`` points of a run, in their order.

    Attributes:
        weights: ``(N,)``, ``d``, with sum 1.
        points: ``(T, dim)``.
        values: ``(T,)``, ``F``.
        gradients: ``(T, N, dim)``, ``∇f_i``, over all that a client holds.
        noise: ``(T, N)``, ``σ_i²``, the variance of a mini-batch gradient; zeros for full ones.
        curvature: for each point ``(least, greatest)`` eigenvalue of ``∇²F``; none if not measured.
        client_curvature: for each point the same of every client that holds data; none likewise.
        floor: what ``F`` is at least, everywhere; None if nobody knows.
        rounds: ``(T,)``, the rounds after which the points were.

    Raises:
        InvalidProblemError: shapes that do not fit, numbers that are not finite; names them.
    """

    weights: FloatArray
    points: FloatArray
    values: FloatArray
    gradients: FloatArray
    noise: FloatArray
    curvature: tuple[tuple[ConfidenceInterval, ConfidenceInterval], ...] = ()
    client_curvature: tuple[tuple[tuple[ConfidenceInterval, ConfidenceInterval], ...], ...] = ()
    floor: float | None = None
    rounds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        t, n = len(self.points), len(self.weights)
        dim = self.points.shape[1] if self.points.ndim == 2 else 0
        shapes = {
            "values": (t,),
            "gradients": (t, n, dim),
            "noise": (t, n),
            "weights": (n,),
            "points": (t, dim),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or not t or not dim:
                raise InvalidProblemError(
                    f"{name} has shape {array.shape}; {t} points of {n} clients need {shape}"
                )
            if not np.all(np.isfinite(array)):
                raise InvalidProblemError(
                    f"{name} holds a number that is not finite; leave that point out"
                )
        if not np.all(self.weights >= 0.0) or abs(self.weights.sum() - 1.0) > 1e-9:
            raise InvalidProblemError(
                f"weights sum to {self.weights.sum():g}; give weights of at least 0 with sum 1"
            )
        if np.any(self.noise < 0.0):
            raise InvalidProblemError(f"noise is {self.noise.min():g}; a variance is at least 0")
        for name in ("curvature", "client_curvature", "rounds"):
            if len(getattr(self, name)) not in (0, t):
                raise InvalidProblemError(
                    f"{name} has {len(getattr(self, name))} entries; give {t}, one a point"
                )
        if self.floor is not None and not self.floor <= self.values.min():
            raise InvalidProblemError(
                f"floor is {self.floor:g}, but F is {self.values.min():g} at a point; give a "
                "number that F is never below"
            )

    @property
    def full_gradients(self) -> FloatArray:
        """``(T, dim)``, ``∇F``."""
        found: FloatArray = np.einsum("n,tnd->td", self.weights, self.gradients)
        return found

    @property
    def squares(self) -> FloatArray:
        """``(T, N)``, ``‖∇f_i‖²``."""
        found: FloatArray = np.sum(self.gradients**2, axis=2)
        return found

    def variances(self, participation: float) -> FloatArray:
        """``(T,)``: the variance of a server's step at every point.

        Every client is drawn by itself with probability ``q``, takes one mini-batch gradient, and
        counts ``d_i/q``: ``Σ d_i² ((1/q − 1)‖∇f_i‖² + σ_i²/q)``.
        """
        q = participation
        each = (1.0 / q - 1.0) * self.squares + self.noise / q
        found: FloatArray = each @ self.weights**2
        return found


def path_constants(record: PathRecord, *, participation: float = 1.0) -> Constants:
    """All constants that a record tells, each with its interval and its condition.

    Args:
        record: of a run.
        participation: the probability ``q`` with which the variance of a step draws each client.

    Raises:
        InvalidProblemError: a participation that is no probability above 0.
    """
    if not 0.0 < participation <= 1.0:
        raise InvalidProblemError(
            f"participation is {participation:g}; give a probability above 0, at most 1"
        )
    values = {**_curvatures(record), **_spreads(record)}
    values |= _steps(record, participation)
    values |= _distances(record, values.get("strong_convexity"), values.get("smoothness"))
    draws = (
        "every client is drawn"
        if participation == 1.0
        else (f"each client is drawn by itself with probability {participation:g}")
    )
    t, conditions = len(record.points), _conditions(draws)
    found = {
        name: value if value.condition else _said(value, conditions.get(name, ""))
        for name, value in values.items()
    }
    return Constants(
        values=found,
        clients=_of_clients(record),
        how={name: _how(name) for name in found},
        notes=(
            f"{t} points of a run, {len(record.weights)} clients, {record.points.shape[1]} numbers",
            f"variance of a step: {draws} and takes one mini-batch gradient",
        ),
        warnings=_warnings(record, participation),
    )


def _conditions(draws: str) -> dict[str, str]:
    """What must be true beyond the points; of a step's variance also how clients are drawn."""
    rounds = f"in every round {draws} and sends one mini-batch gradient"
    of_steps = ("variance", "expected_smoothness", "noise")
    return BEYOND | {name: f"{rounds}{AND}{BEYOND[name]}" for name in of_steps}


def _said(value: ConfidenceInterval, condition: str) -> ConfidenceInterval:
    return ConfidenceInterval(
        low=value.low,
        estimate=value.estimate,
        high=value.high,
        confidence=value.confidence,
        condition=condition,
    )


def _how(name: str) -> str:
    if name in ("smoothness", "client_smoothness", "strong_convexity", "client_strong_convexity"):
        return "eigenvalues of the Hessian at the points by Lanczos' method, from random starts"
    if name == "step_smoothness":
        return "values and gradients at both ends of the segments between the points"
    if name in ("expected_smoothness", "noise"):
        return "the least line above the variances at the points"
    return "computed at the points over all data"


def _size(pair: tuple[ConfidenceInterval, ConfidenceInterval]) -> ConfidenceInterval:
    """``‖H‖`` from both extreme eigenvalues."""
    least, greatest = pair
    turned = ConfidenceInterval(
        low=-least.high, estimate=-least.estimate, high=-least.low, confidence=least.confidence
    )
    return largest([turned, greatest])


def _curvatures(record: PathRecord) -> dict[str, ConfidenceInterval]:
    found = {}
    if record.curvature:
        size = largest([_size(pair) for pair in record.curvature])
        found["smoothness"] = _at_least(size, _secant(record.points, record.full_gradients))
        found["strong_convexity"] = smallest([pair[0] for pair in record.curvature])
    if record.client_curvature:
        pairs = [pair for row in record.client_curvature for pair in row]
        found["client_smoothness"] = largest([_size(pair) for pair in pairs])
        found["client_strong_convexity"] = smallest([pair[0] for pair in pairs])
    if len(record.points) > 1:
        bends = segment_smoothness(record)
        if bends:
            found["step_smoothness"] = largest(bends)
    return found


def _at_least(value: ConfidenceInterval, known: float) -> ConfidenceInterval:
    """An interval that a lower bound cuts."""
    low = max(value.low, known)
    return ConfidenceInterval(
        low=low,
        estimate=max(value.estimate, low),
        high=max(value.high, low),
        confidence=value.confidence,
    )


def _secant(points: FloatArray, gradients: FloatArray) -> float:
    """The largest ``‖Δg‖/‖Δx‖`` over pairs of points: what ``L`` is at least."""
    i, j = np.triu_indices(len(points), k=1)
    moved = np.linalg.norm(points[i] - points[j], axis=1)
    turned = np.linalg.norm(gradients[i] - gradients[j], axis=1)
    room = ROUNDING * (np.linalg.norm(gradients[i], axis=1) + np.linalg.norm(gradients[j], axis=1))
    apart = moved > 0.0
    quotients = np.maximum(turned - room, 0.0)[apart] / moved[apart]
    return float(np.max(quotients, initial=0.0))


def segment_smoothness(record: PathRecord) -> list[ConfidenceInterval]:
    """``ℓ`` of every segment: ``F(x⁺) = F(x) + ⟨∇F(x), x⁺ − x⟩ + ℓ/2 ‖x⁺ − x‖²``, to rounding."""
    found, g, F = [], record.full_gradients, record.values
    for t, move in enumerate(np.diff(record.points, axis=0)):
        square = float(move @ move)
        if square == 0.0:
            continue
        bend = float(F[t + 1] - F[t] - g[t] @ move)
        room = ROUNDING * float(abs(F[t + 1]) + abs(F[t]) + np.abs(g[t]) @ np.abs(move))
        value, width = 2.0 * bend / square, 2.0 * room / square
        found.append(
            ConfidenceInterval(
                low=value - width, estimate=value, high=value + width, confidence=1.0
            )
        )
    return found


def _spreads(record: PathRecord) -> dict[str, ConfidenceInterval]:
    d, squares, noise = record.weights, record.squares, record.noise
    full = np.sum(record.full_gradients**2, axis=1)
    apart = np.sum((record.gradients - record.full_gradients[:, None]) ** 2, axis=2) @ d
    mean = squares @ d
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(mean > 0.0, mean / full, 1.0)
    held = d > 0.0
    found = {
        "squared_gradient": float(full[0]),
        "client_noise": float(noise[:, held].max()),
        "local_noise": float((noise @ d).max()),
        "batch_noise": float((noise @ d**2).max()),
        "dissimilarity": float(apart.max()),
        "second_moment": float((squares + noise)[:, held].max()),
        "gradient_ratio": float(ratio.max()),
    }
    return {name: _rounded(value) for name, value in found.items() if math.isfinite(value)}


def _rounded(value: float) -> ConfidenceInterval:
    """What was computed over all data, with its rounding."""
    room = ROUNDING * abs(value)
    return ConfidenceInterval(low=value - room, estimate=value, high=value + room, confidence=1.0)


def _steps(record: PathRecord, participation: float) -> dict[str, ConfidenceInterval]:
    """The variance of a step, and the line that it stays below."""
    variance = record.variances(participation)
    excess = record.values - record.values.min()  # at most F − F*: the line is high enough
    slope, level = affine_envelope(excess, variance * (1.0 + ROUNDING))
    return {
        "variance": _rounded(float(variance.max())),
        "expected_smoothness": _rounded(slope),
        "noise": _rounded(level),
    }


def _distances(
    record: PathRecord, convexity: ConfidenceInterval | None, smoothness: ConfidenceInterval | None
) -> dict[str, ConfidenceInterval]:
    """``F(x_0) − F*``, ``‖x_0 − x*‖²`` and the dominance, as far as they are known."""
    F, g = record.values, np.linalg.norm(record.full_gradients, axis=1)
    mu = convexity.low if convexity is not None else 0.0
    floor, condition = -math.inf if record.floor is None else record.floor, ""
    confidence = 1.0
    found = {}
    if convexity is not None and mu > 0.0:
        reached = float(np.max(F - g**2 / (2.0 * mu)))
        if reached > floor:
            floor, confidence = reached, convexity.confidence
            condition = BEYOND["strong_convexity"]
    floor = min(floor, float(F.min()))
    room = ROUNDING * float(np.abs(F).max())
    seen = float(F[0] - F.min())
    found["value"] = ConfidenceInterval(
        low=max(seen - room, 0.0),
        estimate=seen,
        high=max(float(F[0]) - floor + room, seen),
        confidence=confidence,
        condition=condition,
    )
    if convexity is not None and smoothness is not None and mu > 0.0:
        found["initial"] = _distance(record, g, found["value"], convexity, smoothness)
    found["dominance"] = smallest(_dominances(F, g, floor, confidence))
    if condition:
        found["dominance"] = _said(
            found["dominance"],
            joint_condition((found["value"], _said(found["value"], BEYOND["dominance"]))),
        )
    return found


def _distance(
    record: PathRecord,
    norms: FloatArray,
    value: ConfidenceInterval,
    convexity: ConfidenceInterval,
    smoothness: ConfidenceInterval,
) -> ConfidenceInterval:
    """``‖x_0 − x*‖²`` by what is narrowest of two ways.

    The point with the least gradient is within ``‖∇F‖/μ`` of the optimum; and ``‖x_0 − x*‖²`` is
    between ``2(F(x_0) − F*)/L`` and ``2(F(x_0) − F*)/μ``.
    """
    mu, last = convexity.low, int(np.argmin(norms))
    away = float(np.linalg.norm(record.points[last] - record.points[0]))
    room = float(norms[last]) / mu + ROUNDING * away
    low = max(max(away - room, 0.0) ** 2, 2.0 * value.low / smoothness.high)
    high = max(min((away + room) ** 2, 2.0 * value.high / mu), low)
    return ConfidenceInterval(
        low=low,
        estimate=min(max(away**2, low), high),
        high=high,
        confidence=convexity.confidence + smoothness.confidence - 1.0,
        condition=joint_condition(
            (_said(convexity, BEYOND["strong_convexity"]), _said(smoothness, BEYOND["smoothness"]))
        ),
    )


def _dominances(
    F: FloatArray, norms: FloatArray, floor: float, confidence: float
) -> list[ConfidenceInterval]:
    """``‖∇F‖²/(2(F − F*))`` at every point: ``F*`` is between the floor and the least value."""
    found = []
    lowest = float(F.min())
    for value, norm in zip(F.tolist(), norms.tolist(), strict=True):
        above = value - lowest
        high = norm**2 / (2.0 * above) if above > 0.0 else math.inf
        low = (
            norm**2 / (2.0 * (value - floor))
            if value > floor
            else (0.0 if math.isinf(high) and norm == 0.0 else high)
        )
        low = low if math.isfinite(low) else 0.0
        found.append(
            ConfidenceInterval(
                low=min(low, high),
                estimate=high if math.isfinite(high) else low,
                high=high,
                confidence=1.0 if confidence == 1.0 else 1.0 - (1.0 - confidence) / len(F),
            )
        )
    return found


def _of_clients(record: PathRecord) -> dict[str, tuple[ConfidenceInterval, ...]]:
    held = np.flatnonzero(record.weights > 0.0)
    noise = [_rounded(float(record.noise[:, i].max())) for i in held]
    found = {"client_noise": tuple(_said(one, BEYOND["client_noise"]) for one in noise)}
    if record.client_curvature:
        rows = list(zip(*record.client_curvature, strict=True))
        found["client_smoothness"] = tuple(
            largest([_size(pair) for pair in row], condition=BEYOND["client_smoothness"])
            for row in rows
        )
    return found


def _warnings(record: PathRecord, participation: float) -> tuple[str, ...]:
    half = (len(record.points) + 1) // 2
    found: list[str] = []
    if half == len(record.points):
        return ()
    if record.curvature:
        sizes = [_size(pair) for pair in record.curvature]
        found.append(
            later_warning(
                "the smoothness",
                sizes[:half],
                sizes[half:],
                remedy="what comes later may be less smooth still; use smaller steps, or an L that "
                "is known of the data",
            )
        )
        found.append(_not_convex(record.curvature))
    found.append(_client_not_convex(record))
    found.append(_above_the_line(record, participation, half))
    found.append(_not_dominated(record, half))
    return tuple(text for text in found if text)


def _not_convex(curvature: Sequence[tuple[ConfidenceInterval, ConfidenceInterval]]) -> str:
    for t, (least, greatest) in enumerate(curvature):
        if least.high < 0.0:
            return (
                f"refuted: F is convex (curvature {least.high:.4g} at point {t}, largest "
                f"{greatest.estimate:.4g}; error rate 0): use theorems without convexity, such as "
                "nonconvex_rate or path_rate"
            )
    return ""


def _client_not_convex(record: PathRecord) -> str:
    held = np.flatnonzero(record.weights > 0.0)
    for t, row in enumerate(record.client_curvature):
        for i, (least, greatest) in zip(held.tolist(), row, strict=True):
            if least.high < 0.0:
                return (
                    f"refuted: every client's f_i is convex (curvature {least.high:.4g} of client "
                    f"{i} at point {t}, largest {greatest.estimate:.4g}; error rate 0): use "
                    "theorems that ask for convexity of F alone, or of none"
                )
    return ""


def _above_the_line(record: PathRecord, participation: float, half: int) -> str:
    """Whether later variances are above the line of the earlier ones; all numbers are exact."""
    variance = record.variances(participation)
    excess = record.values - record.values.min()
    slope, level = affine_envelope(excess[:half], variance[:half])
    line = np.maximum(2.0 * slope * excess[half:] + level, variance[:half].max())
    over = variance[half:] - line * (1.0 + 1e-9)
    t = int(np.argmax(over))
    if over[t] <= 0.0:
        return ""
    return (
        "refuted: the variance stays below 2S(F − F*) + σ² of the first half of the path and below "
        f"its largest there (it is {variance[half + t]:.4g} at point {half + t}, not "
        f"{line[t]:.4g}; error rate 0): it may grow further; use a bound of it that is known, or "
        "more points"
    )


def _not_dominated(record: PathRecord, half: int) -> str:
    """Whether a later gradient is smaller beside the excess value than all earlier ones."""
    norms = np.linalg.norm(record.full_gradients, axis=1)
    if record.floor is None:
        return ""
    parts = _dominances(record.values, norms, record.floor, 1.0)
    return later_warning(
        "the gradient dominance μ",
        parts[:half],
        parts[half:],
        least=True,
        remedy="the value need not fall at that rate; use a rate for the gradient, such as "
        "nonconvex_rate",
    )
