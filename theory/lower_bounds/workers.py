"""Workers that mix: a common quadratic with noise, and two groups that pull apart."""

from __future__ import annotations

from roundlot.theory.lower_bounds.record import Attained, Number, Numbers
from roundlot.theory.lower_bounds.walks import Decay, Matrix, Walk

BY = (
    "workers that are all L/2 x² with noise in one coordinate; in another one half of them has "
    "L/2 y² + βy and the others a slope alone; W = (1 − r)J + rI"
)


def _common(n: Numbers) -> Decay:
    """``E x̄²``: linear, so the mixing does not matter."""
    pull = n["step"] * n["smoothness"]
    return Decay(
        less=pull * (2 - pull),
        added=n["step"] ** 2 * n["variance"] / n["workers"],
        first=2 * n["value"] / n["smoothness"],
    )


def _apart(n: Numbers, *, mix_first: bool) -> tuple[Number, Number]:
    """``S(T)`` and the last value in the other coordinate, from ``ȳ = 0``.

    ``ȳ`` grows towards ``q`` below and the slope is such that the dissimilarity is ``ζ²`` there,
    which is the most on the way.
    """
    step, r, workers = n["step"], n["contraction"], int(n["workers"])
    zero = 0 * step
    if workers < 2:
        return zero, zero
    L, share = n["smoothness"], workers // 2 / (step * 0 + workers)
    reach = step / (1 - r) * (1 if mix_first else r)  # ȳ over β in the end
    slope = n["dissimilarity"] * (1 - share) / share / (1 + (1 - share) * L * reach) ** 2  # β²
    own, mixed = step * (1 - share) * L, 1 if mix_first else r
    # (ȳ, deviation of the first group, β)
    a: Matrix = [
        [1 - step * share * L, -step * share * L, zero],
        [-mixed * own, r - mixed * own, -mixed * step],
        [zero, zero, 1 + zero],
    ]
    none: Matrix = [[zero] * 3 for _ in range(3)]
    start: Matrix = [[zero] * 3, [zero] * 3, [zero, zero, slope]]
    curve = share * L
    summed: Matrix = [[curve**2, zero, zero], [zero] * 3, [zero] * 3]
    walk = Walk(outcomes=((1 + zero, a),), noise=none, start=start)
    gradients, last = walk.moments(int(n["rounds"]), summed)
    return gradients, curve / 2 * last[0][0]


def _sums(n: Numbers, *, mix_first: bool) -> tuple[Number, Number]:
    L, rounds, path = n["smoothness"], int(n["rounds"]), _common(n)
    gradients, value = _apart(n, mix_first=mix_first)
    return L**2 * path.total(rounds) + gradients, L / 2 * path.after(rounds) + value


def decentralised(n: Numbers) -> Attained:
    """A step, then mixing: the mean squared gradient at the mean."""
    return Attained(value=_sums(n, mix_first=False)[0] / n["rounds"], by=BY)


def mix_first(n: Numbers) -> Attained:
    """Mixing, then a step; with links whose weights do not move the mean also with leaders."""
    return Attained(value=_sums(n, mix_first=True)[0] / n["rounds"], by=BY)


def _potential(n: Numbers, *, mix_first: bool) -> Attained:
    """The spread is left out, which is at least 0."""
    gradients, value = _sums(n, mix_first=mix_first)
    return Attained(value=n["step"] / 2 * gradients + value, by=BY)


def potential(n: Numbers) -> Attained:
    """A step, then mixing: the sum."""
    return _potential(n, mix_first=False)


def mix_first_potential(n: Numbers) -> Attained:
    """Mixing, then a step: the sum."""
    return _potential(n, mix_first=True)
