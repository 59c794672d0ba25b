"""Local steps with decreasing step sizes, and the paths of clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roundlot.theory.lower_bounds.record import (
    ANY_STEPS,
    FOLLOWED,
    Attained,
    Number,
    Numbers,
    greatest,
)
from roundlot.theory.lower_bounds.steps import least

PAIR = (
    "two clients c/2 (x − z)² and c/2 (x + z)² of equal weight, drawn independently with "
    "probability 1/(1 + 2 Var H), with noise; c = {c}; start, z and noise as large as G² allows"
)
SAME = "clients that are all μ/2 ‖x‖², all of them drawn, with noise, as large as G² allows"
FALLING = "gradients n − 1, n − 2, ..., 0 times one vector, and noise of full variance"


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Two clients of curvature ``curve``: ``E x² `` and the largest second moment of a gradient.

    All is proportional to the squared start, ``z²`` and the noise together, so the largest of
    these that keeps the second moment within ``G²`` follows from one run.
    """

    n: Numbers
    curve: Number

    def distance(self) -> Number:
        """``E‖w_t − w*‖²``."""
        n, c = self.n, self.curve
        apart, each = 2 * n["heterogeneity"] / c, 2 * n["batch_noise"]
        mean, steps = n["initial"], int(n["local_steps"])
        largest, begin, kept, own = self._moment(mean, apart, 0, each), mean, 1, 0 * mean
        for t in range(int(n["round"])):
            step = 2 / (n["strong_convexity"] * (t + n["offset"]))
            shrink = 1 - c * step
            kept, own = kept * shrink, shrink**2 * own + step**2
            mean = shrink**2 * mean + step**2 * each / 2
            if (t + 1) % steps == 0:
                moved = (1 - kept) ** 2 * (begin + apart) + own * each
                mean = mean + n["participation_variance"] * moved
                begin, kept, own = mean, 1, 0 * mean
            largest = max(largest, self._moment(begin, apart, own, each))
        most = n["second_moment"]
        return mean if largest <= most else mean * most / largest

    def _moment(self, begin: Number, apart: Number, own: Number, each: Number) -> Number:
        """At least the second moment of either client's noisy gradient."""
        c = self.curve
        return c**2 * (2 * (begin + apart) + own * each) + each


def local_steps(n: Numbers) -> Attained:
    """The squared distance."""
    return _measured(n, lambda curve: 1 + 0 * curve)


def local_steps_value(n: Numbers) -> Attained:
    """The excess value."""
    return _measured(n, lambda curve: curve / 2)


def _measured(n: Numbers, weight: Callable[[Number], Number]) -> Attained:
    mu = n["strong_convexity"]
    if n["round"] > FOLLOWED:
        most = n["second_moment"]
        start = min(n["initial"], most / (2 * mu**2))
        value = least(n, min(n["batch_noise"], most / 2), start)
        return Attained(value=weight(mu) * value, by=SAME, scope=ANY_STEPS)
    return greatest(
        *(
            Attained(
                value=weight(curve) * _Pair(n=n, curve=curve).distance(), by=PAIR.format(c=name)
            )
            for name, curve in (("μ", mu), ("L", n["client_smoothness"]))
        )
    )


def exact_path(n: Numbers) -> Attained:
    """Large gradients first: all later models have moved by them."""
    count = int(n["updates"])
    squares = count * (count - 1) * (2 * count - 1)  # six times Σ k², k < n
    if count < 2:
        return Attained(value=0 * n["step"], by=FALLING)
    m = 2 * count - 1
    fourth = squares * (3 * count**2 - 3 * count - 1)  # thirty times Σ k⁴
    cubes = (count * (count - 1)) ** 2  # four times Σ k³
    # Σ_j (j(m − j)/2)² over Σ k²: how far the models have moved, for what the gradients weigh
    moved = (10 * m**2 * squares - 30 * m * cubes + 2 * fourth) * n["step"] ** 2
    return Attained(value=moved * n["gradient_squares"] / (40 * squares), by=FALLING)


def local_path(n: Numbers) -> Attained:
    """The same, and what independent noise adds."""
    count = int(n["updates"])
    noise = n["step"] ** 2 * n["variance"] * count * (count - 1) / 2
    return Attained(value=exact_path(n).value + noise, by=FALLING)
