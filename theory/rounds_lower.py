"""The fewest rounds in which any step sizes reach a target: theorem lower_rounds.

The function is ``F(x) = μ/2 ‖x‖²``. Where the variance grows, it is ``σ² + 2S(F(x) − F*)``: a piece
takes it at the least distance that the piece can reach, so that no step sizes are faster.
"""

from __future__ import annotations

import math

from roundlot.theory.rounds_setting import LARGEST

SHARE = 1.0 / 128.0  # by which 1/a grows in a piece
ROUNDING = 1e-12  # relative: a count is not rounded up for what floats lose

CONSTANT_NOISE = "F(x) = μ/2 ‖x‖² with noise of variance σ²"
GROWING_NOISE = "F(x) = μ/2 ‖x‖² with noise of variance σ² + 2S(F(x) − F*)"


def least_rounds(*, mu: float, noise: float, slope: float, initial: float, target: float) -> int:
    """Rounds that every sequence of steps needs on the function above; ``slope`` is ``S``."""
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


def _flat(mu: float, noise: float, slope: float, initial: float, target: float) -> float:
    """One of the two parts alone: ``1/a`` grows evenly, or ``a`` shrinks by one factor."""
    if slope == 0.0:
        return noise / mu / mu * (1.0 / target - 1.0 / initial)
    return math.log(initial / target) / math.log1p(mu / slope)


def _up(rounds: float) -> int:
    return math.ceil(min(rounds * (1.0 - ROUNDING), float(LARGEST)))
