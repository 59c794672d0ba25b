"""Servers that remember gradients: one client, or clients that report together, on L/2 x²."""

from __future__ import annotations

from roundlot.theory.lower_bounds.record import Attained, Number, Numbers, greatest
from roundlot.theory.lower_bounds.rounds import mean_steps
from roundlot.theory.lower_bounds.walks import Decay, Matrix, Walk

ALWAYS = "one client L/2 x² that reports in every round"
SELDOM = (
    "one client L/2 x² that reports with the least chance allowed; its memory is wrong by ±√H₀ at "
    "the start, with the worse of the signs"
)
CORRECTED = (
    "clients that are all L/2 x² and whose memory is right at the start: of H₀ nothing is attained"
)


def _start(n: Numbers) -> Matrix:
    """Second moments of the point and of the memory, over both signs of its error."""
    L = n["client_smoothness"]
    square = 2 * n["value"] / L
    return [[square, L * square], [L * square, L**2 * square + n["staleness"]]]


def _stale(n: Numbers, moments: Matrix) -> Number:
    """``E(h − ∇f(x))²``."""
    L = n["client_smoothness"]
    return moments[1][1] - 2 * L * moments[0][1] + L**2 * moments[0][0]


def _sums(n: Numbers, walk: Walk) -> tuple[Number, Number, Number]:
    """``S(T)``, the last value, the last staleness."""
    L = n["client_smoothness"]
    gradients, last = walk.moments(int(n["rounds"]), [[L**2, 0], [0, 0]])
    return gradients, L / 2 * last[0][0], _stale(n, last)


def _latest(n: Numbers) -> tuple[Number, Number, Number]:
    """The memory after the report is followed."""
    L, step, p = n["client_smoothness"], n["step"], n["probability"]
    zero = 0 * step
    heard: Matrix = [[1 - step * L, zero], [L, zero]]
    silent: Matrix = [[1, -step], [zero, 1]]
    walk = Walk(
        outcomes=((p, heard), (1 - p, silent)), noise=[[zero, zero], [zero, zero]], start=_start(n)
    )
    return _sums(n, walk)


def _descent(n: Numbers) -> Decay:
    """All report in every round."""
    L = n["client_smoothness"]
    pull = n["step"] * L
    return Decay(less=pull * (2 - pull), added=0 * pull, first=2 * n["value"] / L)


def latest_updates(n: Numbers) -> Attained:
    """The mean squared gradient."""
    rounds = int(n["rounds"])
    certain = n["client_smoothness"] ** 2 * _descent(n).total(rounds)
    return greatest(
        Attained(value=certain / rounds, by=ALWAYS),
        Attained(value=_latest(n)[0] / rounds, by=SELDOM),
    )


def latest_updates_sum(n: Numbers) -> Attained:
    """The sum with the value and the staleness."""
    L, step, p, rounds = n["client_smoothness"], n["step"], n["probability"], int(n["rounds"])
    path = _descent(n)
    certain = step / 2 * L**2 * path.total(rounds) + L / 2 * path.after(rounds)
    gradients, value, stale = _latest(n)
    weight = step * (1 - p) / (p * (1 + p))
    return greatest(
        Attained(value=certain, by=ALWAYS),
        Attained(value=step / 2 * gradients + value + weight * stale, by=SELDOM),
    )


def _corrected(n: Numbers, chance: Number) -> tuple[Number, Number, Number]:
    """Fresh gradients at ``1/chance``, the memory of the others; with as much noise as allowed."""
    L, step = n["client_smoothness"], n["step"]
    zero = 0 * step
    heard: Matrix = [[1 - step * L / chance, -step * (1 - 1 / chance)], [L, zero]]
    silent: Matrix = [[1, -step], [zero, 1]]
    each = min(n["memory_noise"], chance * n["batch_noise"])
    noise: Matrix = [[step**2 / chance * each, -step * each], [-step * each, chance * each]]
    outcomes = ((chance, heard), (1 - chance, silent))
    return _sums(n, Walk(outcomes=outcomes, noise=noise, start=_start(n)))


def _chances(n: Numbers) -> tuple[tuple[Number, str], ...]:
    """The least chance allowed, and certainty."""
    least = max(n["probability"], 1 / (1 + n["memory_root"] ** 2))
    return ((least, SELDOM), (1 + 0 * least, ALWAYS))


def stale_updates(n: Numbers) -> Attained:
    """The mean squared gradient."""
    rounds = int(n["rounds"])
    return greatest(
        *(
            Attained(value=_corrected(n, chance)[0] / rounds, by=f"{by}, with noise")
            for chance, by in _chances(n)
        )
    )


def stale_updates_sum(n: Numbers) -> Attained:
    """The sum with the value and the staleness."""
    L, step, root = n["client_smoothness"], n["step"], n["memory_root"]
    weight = 2 * L * step**2 * root**2 / n["probability"]
    found = []
    for chance, by in _chances(n):
        gradients, value, stale = _corrected(n, chance)
        total = step / 2 * gradients + value + weight * stale
        found.append(Attained(value=total, by=f"{by}, with noise"))
    return greatest(*found)


def _scaffold(n: Numbers) -> Decay:
    """One client, drawn with the least chance allowed; with one client corrections cancel."""
    L = n["client_smoothness"]
    chance = max(n["probability"], 1 / (1 + n["weight_variance"]))
    pull = n["step"] * L * mean_steps(n["local_step"] * L, int(n["local_steps"]))
    return Decay(less=pull * (2 - pull / chance), added=0 * pull, first=2 * n["value"] / L)


def scaffold(n: Numbers) -> Attained:
    """The mean squared gradient."""
    rounds = int(n["rounds"])
    gradients = n["client_smoothness"] ** 2 * _scaffold(n).total(rounds)
    return Attained(value=gradients / rounds, by=CORRECTED)


def scaffold_sum(n: Numbers) -> Attained:
    """The sum with the value."""
    L, rounds, path = n["client_smoothness"], int(n["rounds"]), _scaffold(n)
    value = n["step"] / 4 * L**2 * path.total(rounds) + L / 2 * path.after(rounds)
    return Attained(value=value, by=CORRECTED)
