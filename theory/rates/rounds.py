"""From bound to decision: how many rounds until the expected squared distance is below a target.

Three schedules of steps, each with its theorems; the arithmetic is NumPy only. The least number of
rounds over all of them is the answer, and it says which schedule and which theorems gave it, and
how many rounds no step sizes undercut. Of any one theorem that counts rounds: the least number of
them, and the best step size, at which its bound meets a target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.kinds import as_annotated
from roundlot.theory.missing_numbers import names_missing
from roundlot.theory.names import require_choice
from roundlot.theory.rates.growing import Growing, growing, one_pair
from roundlot.theory.rates.plans import LARGEST, Setting, constant, decreasing, switched
from roundlot.theory.rates.schedule import Kind, RoundsBound, Schedule

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem

__all__ = [
    "RoundsBound",
    "Schedule",
    "best_step",
    "least_curve",
    "least_round",
    "rounds_by_method",
    "rounds_to_target",
]

COUNTERS = ("round", "rounds")  # parameters by which a theorem counts rounds
STEPS = (41, 21)  # step sizes tried: over all that are allowed, then about the best of them
SHARE = 1.0 / 128.0  # by which 1/a grows in a piece
ROUNDING = 1e-12  # relative: a count is not rounded up for what floats lose
CONSTANT_NOISE = "F(x) = μ/2 ‖x‖² with noise of variance σ²"
GROWING_NOISE = "F(x) = μ/2 ‖x‖² with noise of variance σ² + 2S(F(x) − F*)"
_PLANS: dict[Kind, Callable[[Setting], RoundsBound | None]] = {
    "switched": switched,
    "decreasing": decreasing,
    "constant": constant,
}
_GROWING: dict[Kind, Callable[[Growing], RoundsBound | None]] = {
    "switched": growing,
    "decreasing": partial(one_pair, plan=decreasing, rate="growing_decreasing_steps"),
    "constant": partial(one_pair, plan=constant, rate="growing_constant_step"),
}


@names_missing(
    {
        "smoothness": "L of the objective, in F/x²",
        "strong_convexity": "μ of the objective, in F/x²",
        "initial": "‖x_0 − x*‖², in x²",
        "target": "the squared distance to reach, in x²",
    },
    either={
        ("variance", "expected_smoothness", "noise"): "variance (of a step, in F²/x²; or "
        "expected_smoothness, in F/x², and noise, in F²/x²)"
    },
)
@as_annotated
def rounds_to_target(
    *,
    smoothness: float,
    strong_convexity: float,
    initial: float,
    target: float,
    variance: float | None = None,
    expected_smoothness: float | None = None,
    noise: float | None = None,
    split: float = 0.0,
    schedule: Kind | Literal["best"] = "best",
) -> RoundsBound:
    """The least number of rounds that provably brings ``E‖x_t − x*‖²`` to ``target``.

    What is known of the variance of a step's gradient estimate is either one number that it never
    exceeds on the whole path (not only at the start), or how it grows: at most
    ``2S(F(x) − F*) + σ²`` at every ``x``.

    Args:
        smoothness: ``L >= μ`` of the objective.
        strong_convexity: ``μ > 0``.
        initial: ``‖x_0 − x*‖²``, or an upper bound on it.
        target: the squared distance to reach, above 0.
        variance: ``σ² >= 0``, the most that the variance is anywhere on the path.
        expected_smoothness: ``S >= 0``, in place of ``variance``.
        noise: ``σ² >= 0``, with ``expected_smoothness``.
        split: ``M >= 0`` of theorem expected_smoothness: for any ``θ > 0`` the variance is at most
            that with ``S + θM`` and ``(1 + 1/θ)σ²``. The best ``θ`` is found round by round.
        schedule: "decreasing" (``c/(t + τ)`` with the best ``c`` and ``τ``), "constant" (the best
            constant step), "switched" (the largest step, then the steps that are best for the
            one-step bound), or "best": the least of the three, which is "switched", but for
            1 % and less, where the variance grows.

    Returns:
        The rounds, and beside them ``lower``: what no step sizes fixed in advance undercut on
        a function for which all of the assumptions hold, named in ``attained_by``.

    Raises:
        InvalidProblemError: a number that is negative, infinite or NaN; all that are missing; both
            or neither way of bounding the variance.
        AssumptionError: ``L < μ``.
        InfeasibleError: infinite variance (some update with probability 0), or more rounds than
            can be counted.

    Source: theorems one_step, decreasing_steps, constant_step and best_steps; where the variance
    grows expected_smoothness, growing_step, steep_step and the growing rates; lower_rounds.
    """
    require_choice(schedule, "schedule", ("best", *_PLANS))
    grows = _grows(variance, expected_smoothness, noise, split)
    slope, level = (expected_smoothness, noise) if grows else (0.0, variance)
    _validate(smoothness, strong_convexity, initial, target)
    _validate_variance(
        {"expected_smoothness": slope, "noise" if grows else "variance": level, "split": split}
    )
    given = Growing(
        L=float(smoothness),
        mu=float(strong_convexity),
        slope=float(slope or 0.0),
        noise=float(level or 0.0),
        initial=float(initial),
        target=float(target),
        split=float(split),
    )
    rises = given.slope > 0.0 or given.split > 0.0
    found = _growing_bounds(given, schedule) if rises else _bounds(given, schedule)
    if not found:
        raise InfeasibleError(
            f"target {target:g} needs more than {LARGEST} rounds; raise the target or the budget"
        )
    possible = [b for b in (_with_lower(b, given) for b in found) if b.rounds >= b.lower]
    if not possible:
        raise InfeasibleError(
            f"target {target:g} is so near the initial {initial:g}, or its steps are so short, "
            "that the rounds cannot be counted in float64; give a target further from it"
        )
    return replace(possible[0], alternatives=tuple(possible[1:]))


def _grows(
    variance: float | None, expected_smoothness: float | None, noise: float | None, split: float
) -> bool:
    """Whether the variance is given by how it grows."""
    pair = (expected_smoothness is not None, noise is not None)
    if (variance is None) == all(pair) == any(pair) and (all(pair) or split == 0.0):
        return variance is None
    raise InvalidProblemError(
        "give variance, what it never exceeds on the path; or expected_smoothness and noise, and "
        "split if a part of them is to be split"
    )


def _bounds(given: Growing, schedule: str) -> list[RoundsBound]:
    setting = Setting(
        L=given.L,
        mu=given.mu,
        variance=given.noise,
        initial=given.initial,
        target=given.target,
    )
    plans = [plan for kind, plan in _PLANS.items() if schedule in ("best", kind)]
    return sorted((b for plan in plans if (b := plan(setting))), key=lambda b: b.rounds)


def _growing_bounds(given: Growing, schedule: str) -> list[RoundsBound]:
    bound = _GROWING["switched" if schedule == "best" else schedule](given)  # type: ignore[index]
    return [] if bound is None else [bound]


def _with_lower(bound: RoundsBound, given: Growing) -> RoundsBound:
    lower = least_rounds(
        mu=given.mu,
        noise=given.noise,
        slope=given.slope,
        initial=given.initial,
        target=given.target,
    )
    named = GROWING_NOISE if given.slope > 0.0 else CONSTANT_NOISE
    return replace(bound, lower=lower, attained_by=named)


@as_annotated
def rounds_by_method(
    variances: Mapping[str, float],
    *,
    smoothness: float,
    strong_convexity: float,
    initial: float,
    target: float,
) -> dict[str, RoundsBound]:
    """``rounds_to_target`` for every method's variance; an error names the method."""
    if not isinstance(variances, Mapping):
        raise InvalidProblemError(
            f"variances is {variances!r:.60}; give the variance of each method by name"
        )
    found = {}
    for name, variance in variances.items():
        try:
            found[name] = rounds_to_target(
                smoothness=smoothness,
                strong_convexity=strong_convexity,
                variance=variance,
                initial=initial,
                target=target,
            )
        except ValueError as error:
            raise type(error)(f"{name}: {error}") from error
    return found


def _validate(L: float, mu: float, initial: float, target: float) -> None:
    _check("smoothness", L, positive=True)
    _check("strong_convexity", mu, positive=True)
    _check("initial", initial, positive=False)
    _check("target", target, positive=True)
    if mu > L:
        raise AssumptionError(
            f"smoothness {L:g} is below strong_convexity {mu:g}; no function has both"
        )


def _validate_variance(numbers: Mapping[str, float | None]) -> None:
    for name, value in numbers.items():
        if value == math.inf:
            raise InfeasibleError(
                f"{name} is infinite: some client with an update is never drawn; "
                "give every available pair a probability above 0"
            )
        _check(name, value or 0.0, positive=False)


def _check(name: str, value: float, *, positive: bool) -> None:
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        least = "above 0" if positive else "at least 0"
        raise InvalidProblemError(f"{name} is {value:g}; it must be finite and {least}")


def least_rounds(*, mu: float, noise: float, slope: float, initial: float, target: float) -> int:
    """Rounds that all steps fixed in advance need on the function above; ``slope`` is ``S``."""
    if initial <= target:
        return 0
    if slope == 0.0 or noise == 0.0:
        return max(1, _up(_flat(mu, noise, slope, initial, target)))
    inverse, last, rounds = 1.0 / initial, (1.0 - ROUNDING) / target, 0
    while inverse < last:
        goal = min(last, inverse * (1.0 + SHARE))
        growth = mu * mu / (noise + mu * slope / goal)
        count = math.floor((goal - inverse) / growth)
        if count < 1:  # one round is more than the piece: the variance at its beginning, exactly
            count, growth = 1, mu * mu / (noise + mu * slope / inverse)
        inverse, rounds = inverse + count * growth, rounds + count
        if rounds >= LARGEST:
            return LARGEST
    return rounds


def least_curve(
    rounds: npt.ArrayLike, *, mu: float, noise: float, slope: float, initial: float
) -> FloatArray:
    """What no step sizes fixed in advance get below on the function above, after ``rounds``.

    Args:
        rounds: any shape, at least 0.
        mu: the strong convexity.
        noise: ``σ²``.
        slope: ``S``.
        initial: ``E‖x_0‖²``, above 0.

    Source: theorem lower_rounds; where the variance grows, ``1/a`` grows by at most
    ``μ²/(σ² + μSa)`` a round, by pieces.
    """
    t = np.asarray(rounds, dtype=np.float64)
    if slope == 0.0 and noise == 0.0:
        return np.where(t < 1.0, initial, 0.0)
    if slope == 0.0 or initial == 0.0:
        return np.asarray(initial / (1.0 + t * mu * mu * initial / noise) if noise else 0.0 * t)
    if noise == 0.0:
        return np.asarray(initial * np.exp(-t * math.log1p(mu / slope)))
    ends, inverses, most = [0.0], [1.0 / initial], float(t.max(initial=0.0))
    while ends[-1] < most:
        goal = inverses[-1] * (1.0 + SHARE)
        growth = mu * mu / (noise + mu * slope / goal)
        count = math.floor((goal - inverses[-1]) / growth)
        if count < 1:
            count, growth = 1, mu * mu / (noise + mu * slope / inverses[-1])
        ends.append(ends[-1] + count)
        inverses.append(inverses[-1] + count * growth)
    return np.asarray(1.0 / np.interp(t, ends, inverses))


def _flat(mu: float, noise: float, slope: float, initial: float, target: float) -> float:
    """One of the two parts alone: ``1/a`` grows evenly, or ``a`` shrinks by one factor."""
    if slope == 0.0:
        return noise / mu / mu * ((initial - target) / initial / target)
    return math.log(initial / target) / math.log1p(mu / slope)


def _up(rounds: float) -> int:
    return math.ceil(min(rounds * (1.0 - ROUNDING), float(LARGEST)))


def least_round(theorem: Theorem, target: float, **numbers: Any) -> int:
    """The least number of rounds with ``theorem.evaluate(...) <= target``.

    For theorems whose bound falls round by round: those with a parameter "round" or "rounds".

    Raises:
        InvalidProblemError: a target that is not above 0.
        AssumptionError: a theorem that counts no rounds, or numbers outside its range.
        InfeasibleError: the bound never gets there: its floor is above the target, or it grows.
    """
    counter = required_counter(theorem, target)

    def bound(rounds: int) -> float:
        return float(theorem.evaluate(**numbers, **{counter: rounds}))

    return first_count(bound, target, name=theorem.name, counter=counter)


def required_counter(theorem: Theorem, target: float) -> str:
    """The parameter by which a theorem counts rounds.

    Raises:
        InvalidProblemError: a target that is not above 0.
        AssumptionError: a theorem that counts no rounds.
    """
    counter = next((p.name for p in theorem.domain.parameters if p.name in COUNTERS), None)
    if counter is None:
        raise AssumptionError(f"theorem {theorem.name} counts no rounds, so it meets no target")
    if not target > 0:
        raise InvalidProblemError(f"target is {target:g}; it must be above 0")
    return counter


def first_count(bound: Callable[[int], float], target: float, *, name: str, counter: str) -> int:
    """The least number of rounds with ``bound(rounds) <= target``, of a bound that falls.

    Raises:
        InfeasibleError: it never gets there.
    """

    def met(rounds: int) -> bool:
        return bound(rounds) <= target

    low, high = 0, 1
    if counter == "round" and met(0):
        return 0
    if bound(LARGEST) > bound(1):
        raise InfeasibleError(
            f"the bound of {name} grows with {counter}, so no number of them is enough"
        )
    while not met(high):
        low, high = high, 2 * high
        if high > LARGEST:
            raise InfeasibleError(
                f"the bound of {name} stays above {target:g}; raise the target or the budget"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high


def best_step(theorem: Theorem, target: float, **numbers: Any) -> tuple[float, int]:
    """The best found ``(step, rounds)``: step sizes from ``2/L`` down to a millionth, then nearby.

    Raises:
        InfeasibleError: no step size in the proven range reaches the target.
    """
    smoothness = float(numbers.get("smoothness") or numbers["client_smoothness"])
    low, high = -6.0, 0.0
    found: tuple[float, int] | None = None
    for count in STEPS:
        grid = 2.0 / smoothness * 10 ** np.linspace(low, high, count)
        for step in grid:
            rounds = _rounds(theorem, target, {**numbers, "step": float(step)})
            if rounds is not None and (found is None or rounds < found[1]):
                found = float(step), rounds
        if found is None:
            raise InfeasibleError(
                f"no step size brings the bound of {theorem.name} to {target:g}; "
                "raise the target or the budget"
            )
        middle, width = math.log10(found[0] * smoothness / 2.0), (high - low) / count
        low, high = middle - width, min(middle + width, 0.0)
    assert found is not None
    return found


def _rounds(theorem: Theorem, target: float, numbers: dict[str, Any]) -> int | None:
    try:
        return least_round(theorem, target, **numbers)
    except (AssumptionError, InfeasibleError):
        return None
