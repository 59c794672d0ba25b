"""Steps with a bounded or growing variance, and to a small gradient: quadratics on a line."""

from __future__ import annotations

from roundlot.theory.lower_bounds.record import ANY_STEPS, FOLLOWED, Attained, Number, Numbers
from roundlot.theory.lower_bounds.walks import Decay, Matrix, Walk, roots

CONSTANT = "F(x) = μ/2 ‖x‖² with noise of variance σ² in every round"
GROWING = "F(x) = μ/2 ‖x‖² with noise of variance σ² + 2S(F(x) − F*)"
CURVED = "F(x) = L/2 ‖x‖² with noise of variance σ² in every round"
PUSHED = "F(x) = ℓ/2 x²; in every round the error is ε and leads away from the minimiser"


def least(n: Numbers, variance: Number, initial: Number) -> Number:
    """What no step sizes fixed in advance get below on ``μ/2 ‖x‖²``: theorem lower_rounds."""
    if variance == 0 or initial == 0:
        return 0 * initial
    return initial * variance / (variance + n["round"] * n["strong_convexity"] ** 2 * initial)


def constant_step(n: Numbers) -> Attained:
    """The distance of the quadratic of least curvature."""
    shrink = n["step"] * n["strong_convexity"]
    path = Decay(
        less=shrink * (2 - shrink), added=n["step"] ** 2 * n["variance"], first=n["initial"]
    )
    return Attained(value=path.after(int(n["round"])), by=CONSTANT)


def growing_constant_step(n: Numbers) -> Attained:
    """The same; the variance grows with the excess."""
    mu, step = n["strong_convexity"], n["step"]
    less = step * mu * (2 - step * (mu + n["expected_smoothness"]))
    path = Decay(less=less, added=step**2 * n["noise"], first=n["initial"])
    return Attained(value=path.after(int(n["round"])), by=GROWING)


def decreasing_steps(n: Numbers) -> Attained:
    """The distance of the quadratic of least curvature, round by round."""
    return _followed(n, growth=0, variance=n["variance"], by=CONSTANT)


def growing_decreasing_steps(n: Numbers) -> Attained:
    """The same; the variance grows with the excess."""
    return _followed(n, growth=n["expected_smoothness"], variance=n["noise"], by=GROWING)


def _followed(n: Numbers, *, growth: Number, variance: Number, by: str) -> Attained:
    if n["round"] > FOLLOWED:
        return Attained(value=least(n, variance, n["initial"]), by=by, scope=ANY_STEPS)
    mu, square = n["strong_convexity"], n["initial"]
    for t in range(int(n["round"])):
        step = n["scale"] / (t + n["offset"])
        square = ((1 - step * mu) ** 2 + step**2 * mu * growth) * square + step**2 * variance
    return Attained(value=square, by=by)


def one_over_t(n: Numbers) -> Attained:
    """The recursion with equality in every round."""
    mu, square = n["strong_convexity"], n["initial"]
    if n["round"] > FOLLOWED:
        by = "F(x) = μ/2 ‖x‖² with noise of variance B in every round"
        return Attained(value=least(n, n["noise"], square), by=by, scope=ANY_STEPS)
    for t in range(int(n["round"])):
        step = n["scale"] / (t + n["offset"])
        square = (1 - mu * step) * square + step**2 * n["noise"]
    return Attained(value=square, by="the recursion itself, with equality in every round")


def _curved(n: Numbers) -> Decay:
    """``‖x_t‖²`` on the quadratic of the greatest curvature."""
    L, step = n["smoothness"], n["step"]
    less = step * L * (2 - step * L)
    return Decay(less=less, added=step**2 * n["variance"], first=2 * n["value"] / L)


def nonconvex_rate(n: Numbers) -> Attained:
    """The mean squared gradient."""
    rounds = int(n["rounds"])
    return Attained(value=n["smoothness"] ** 2 * _curved(n).total(rounds) / rounds, by=CURVED)


def nonconvex_rate_sum(n: Numbers) -> Attained:
    """The sum of squared gradients and the last value."""
    L, step, rounds = n["smoothness"], n["step"], int(n["rounds"])
    path = _curved(n)
    decrease = step * (1 - step * L / 2)
    value = decrease * L**2 * path.total(rounds) + L / 2 * path.after(rounds)
    return Attained(value=value, by=CURVED)


def _pushed(n: Numbers) -> tuple[Number, Number]:
    """``S(T)`` and the last value where the gradient goes to ``(1 − γℓ)`` times it and ``γℓε``."""
    curve, zero = n["step_smoothness"], 0 * n["step"]
    first, pull = 2 * curve * n["value"], n["step"] * curve
    both = roots(first * n["squared_error"])[0]
    onward: Matrix = [[1 - pull, pull], [zero, 1 + zero]]
    walk = Walk(
        outcomes=((1 + zero, onward),),
        noise=[[zero, zero], [zero, zero]],
        start=[[first, both], [both, n["squared_error"]]],
    )
    gradients, last = walk.moments(int(n["rounds"]), [[1 + zero, zero], [zero, zero]])
    return gradients, last[0][0] / (2 * curve)


def path_rate(n: Numbers) -> Attained:
    """The mean squared gradient of a run that was made."""
    return Attained(value=_pushed(n)[0] / int(n["rounds"]), by=PUSHED)


def path_rate_sum(n: Numbers) -> Attained:
    """The sum of squared gradients and the last value."""
    gradients, value = _pushed(n)
    return Attained(value=n["step"] / 2 * gradients + value, by=PUSHED)
