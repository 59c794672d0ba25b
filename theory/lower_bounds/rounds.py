"""Rounds of local steps and of clients in turns, without convexity: quadratics in some coordinates.

Coordinates do not meet: gradients, values and variances of a fleet are the sums of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from roundlot.theory.lower_bounds.record import Attained, Number, Numbers, greatest
from roundlot.theory.lower_bounds.walks import Decay, fallen

_CLIENTS = 10**9  # are enough
DRAWN = (
    "clients L/2 x² + ζx and L/2 x² − ζx, as many of either as the noise allows, drawn "
    "independently with one probability"
)
DRIFTED = (
    "clients L/2 x² in one coordinate; in another half of them L/2 y² + βy and half −L/4 y² − βy, "
    "at the y from which local steps do not move; all clients take part in every round"
)
TURNED = (
    "clients L/2 ‖x − z_i‖²: in one coordinate those who are there always pull to one side, in "
    "another to either side by turns, in the third all agree"
)


@dataclass(frozen=True, kw_only=True)
class Total:
    """What a fleet attains over ``T`` rounds: ``S(T)`` and the value that is left."""

    gradients: Number
    value: Number
    by: str

    def mean(self, rounds: int) -> Attained:
        """``S(T)/T``."""
        return Attained(value=self.gradients / rounds, by=self.by)

    def potential(self, decrease: Number) -> Attained:
        """``c S(T)`` and the value."""
        return Attained(value=decrease * self.gradients + self.value, by=self.by)


def mean_steps(shrink: Number, count: int) -> Number:
    """Mean of ``(1 − shrink)^k`` over ``k < count``: by what a round's gradient falls short."""
    if count == 1:  # exactly, which the logarithm of a float is not
        return 1 + 0 * shrink
    return Decay(less=shrink, added=0, first=1).total(count) / Fraction(count)


@dataclass(frozen=True, kw_only=True)
class Local:
    """Rounds of ``K`` local steps on quadratics; ``load`` is the variance ``κ`` of the weights."""

    n: Numbers
    load: Number
    clients: int = 0  # as many as the noise allows

    @property
    def shrink(self) -> Number:
        """``ηL``."""
        return self.n["local_step"] * self.n["client_smoothness"]

    @property
    def count(self) -> int:
        """``K``."""
        return int(self.n["local_steps"])

    @property
    def short(self) -> Number:
        """``m``: the mean of a client's gradients is ``m`` times that at the beginning."""
        return mean_steps(self.shrink, self.count)

    @property
    def noise(self) -> tuple[Number, Number]:
        """Of the mean of a client's gradients, of that of all: ``Σ (1 − ηL)^{2k} σ²/K²``."""
        n = self.n
        if n["local_noise"] == 0 or n["batch_noise"] == 0:
            return 0 * n["local_noise"], 0 * n["local_noise"]
        clients = self.clients or _even(-(-n["local_noise"] // n["batch_noise"]))
        kept = mean_steps(self.shrink * (2 - self.shrink), self.count) / self.count
        each = kept * min(n["local_noise"], clients * n["batch_noise"])
        return each, each / clients

    def drawn(self) -> Decay:
        """``x²`` with clients that are drawn."""
        n, each, mean = self.n, *self.noise
        m, L, step = self.short, n["client_smoothness"], n["step"]
        pull = step * L * m
        return Decay(
            less=pull * (2 - pull) - self.load * pull**2,
            added=step**2 * (mean + self.load * (m**2 * n["dissimilarity"] + each)),
            first=2 * n["value"] / L,
        )

    def held(self) -> Number:
        """The squared gradient where local steps do not move, by opposite slopes ``β``.

        Curvatures ``L`` and ``−L/2``; ``g`` is ``Ly/β`` there.
        """
        n, other = self.n, self.shrink / 2
        grown = mean_steps(-other, self.count)
        g = (grown - self.short) / (self.short - grown / 2)
        share = g / (4 + 3 * g)  # the gradient L y/4 over ζ = β + 3L y/4
        return min(n["dissimilarity"] * share**2, n["client_smoothness"] * n["value"] / 2)

    def drifted(self) -> tuple[Decay, Number]:
        """``x²`` with all clients and what the other coordinate leaves of the value, its gradient.

        The value there is ``L/8 y² = 2‖∇F‖²/L``.
        """
        n, L = self.n, self.n["client_smoothness"]
        still, pull = self.held(), n["step"] * L * self.short
        path = Decay(
            less=pull * (2 - pull),
            added=n["step"] ** 2 * self.noise[1],
            first=2 * (n["value"] - 2 * still / L) / L,
        )
        return path, still

    def totals(self) -> tuple[Total, Total]:
        """Of both instances."""
        L, rounds = self.n["client_smoothness"], int(self.n["rounds"])
        drawn, (path, still) = self.drawn(), self.drifted()
        return (
            Total(
                gradients=L**2 * drawn.total(rounds), value=L / 2 * drawn.after(rounds), by=DRAWN
            ),
            Total(
                gradients=L**2 * path.total(rounds) + rounds * still,
                value=L / 2 * path.after(rounds) + 2 * still / L,
                by=DRIFTED,
            ),
        )


def _even(least: Number) -> int:
    """The least even number of clients from ``least`` on, 2 at least."""
    whole = int(min(least, _CLIENTS))
    return max(2, whole + whole % 2)


def _variance(n: Numbers) -> Local:
    """``κ`` such that the draw adds at most ``V`` in every round."""
    plain = Local(n=n, load=0 * n["step"])
    each, mean = plain.noise
    m, L, step = plain.short, n["client_smoothness"], n["step"]
    pull = step * L * m
    settled = step**2 * (mean + n["variance"]) / (pull * (2 - pull))
    highest = max(2 * n["value"] / L, settled)
    moved = m**2 * (L**2 * highest + n["dissimilarity"]) + each
    return Local(n=n, load=n["variance"] / moved if moved > 0 else 0 * moved)


def fedavg(n: Numbers) -> Attained:
    """The mean squared gradient where what the draw adds is bounded."""
    rounds = int(n["rounds"])
    return greatest(*(total.mean(rounds) for total in _variance(n).totals()))


def fedavg_sum(n: Numbers) -> Attained:
    """The sum."""
    return greatest(*(total.potential(n["step"] / 3) for total in _variance(n).totals()))


def fedavg_weights(n: Numbers) -> Attained:
    """The mean squared gradient where the variance of the weights is given."""
    rounds = int(n["rounds"])
    found = Local(n=n, load=n["weight_variance"]).totals()
    return greatest(*(total.mean(rounds) for total in found))


def fedavg_weights_sum(n: Numbers) -> Attained:
    """The sum."""
    found = Local(n=n, load=n["weight_variance"]).totals()
    return greatest(*(total.potential(n["step"] / 6) for total in found))


def fair_rounds(n: Numbers) -> Attained:
    """Clients of equal weight, at most the largest allowed; the losses keep their ratio."""
    rounds = int(n["rounds"])
    fewest = int(-(-1 // n["largest_weight"]))  # all of them, however many: none weighs more
    clients = max(2, fewest + fewest % 2)
    idle, ratio = n["idle_odds"], n["loss_ratio"]
    load = (idle + n["other_models"] * ratio * (1 + idle)) / clients
    drawn = Local(n=n, load=load, clients=clients).drawn()
    by = f"{DRAWN}; losses that all stay far above 0, with the ratio allowed"
    gradients = n["client_smoothness"] ** 2 * drawn.total(rounds)
    return Attained(value=gradients / rounds, by=by)


def _turned(n: Numbers) -> tuple[Total, Total]:
    """With the value spent on decay alone, and first on the coordinates that stay."""
    L, length = n["client_smoothness"], int(n["window"])
    budget = 2 * L * n["value"]  # squared gradients at the start, over all coordinates
    biased = min(n["window_bias"], n["round_bias"], budget)
    turned = min(_by_turns(n, n["round_bias"] - biased), budget - biased)
    return (
        _windows(n, still=0 * budget, left=budget, length=length),
        _windows(n, still=biased + turned, left=budget - biased - turned, length=length),
    )


def _windows(n: Numbers, *, still: Number, left: Number, length: int) -> Total:
    L, windows = n["client_smoothness"], int(n["windows"])
    path = Decay(less=fallen(n["step"] * L, 2 * length), added=0 * left, first=left)
    return Total(
        gradients=path.total(windows) + windows * still,
        value=(path.after(windows) + still) / (2 * L),
        by=TURNED,
    )


def _by_turns(n: Numbers, room: Number) -> Number:
    """The squared gradient at the point to which a window of pulls to and fro comes back."""
    length = int(n["window"])
    half = length // 2
    if half == 0:
        return 0 * room
    shrink = n["step"] * n["client_smoothness"]
    share = fallen(shrink, half) * fallen(shrink, length - half) / fallen(shrink, length)
    return room * length / (2 * half) * share**2


def windows(n: Numbers) -> Attained:
    """The mean squared gradient where windows begin."""
    count = int(n["windows"])
    return greatest(*(total.mean(count) for total in _turned(n)))


def windows_sum(n: Numbers) -> Attained:
    """The sum."""
    decrease = n["step"] * n["window"] / 4
    return greatest(*(total.potential(decrease) for total in _turned(n)))
