"""Whoever is drawn takes a step: clients that are rarely drawn and pull hard, clients chosen."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.theory.lower_bounds.record import ANY_STEPS, FOLLOWED, Attained, Number, Numbers
from roundlot.theory.lower_bounds.steps import least
from roundlot.theory.lower_bounds.walks import Decay, roots

PULLED = (
    "clients L/2 (x − z)² and L/2 (x + z)² of weight μ/(2L) each and one that is 0 in x, all with "
    "μ/2 y² beside; one client is drawn by weight, at times with a weight above 1; the batch noise "
    "is in y"
)
CHOSEN = (
    "two groups of many clients, μ/2 (x − z)² and μ/2 (x − z')²; the chosen are a fixed share of "
    "either group, and x stays where their mean gradient is 0"
)


@dataclass(frozen=True, kw_only=True)
class _Pulled:
    """``E x²`` shrinks by ``1 − 2ημ + (1 + v)η²μL``, ``E y²`` by the same with ``μ`` for ``L``."""

    n: Numbers
    longest: Number

    @property
    def spread(self) -> Number:
        """``v``, the variance of ``H``: ``√(Var H · Var R) <= κ`` wherever ``w`` gets.

        With ``η(1 + v)L <= 1`` no ``|x|`` is above the larger of the first and ``z``; ``|y|`` is at
        most the root of ``N`` over ``μ``. ``H`` is independent of who is drawn, so ``Var R <= (1 +
        v)M``, ``M`` the most of the mean square of ``f_i``, and ``v(1 + v)M <= κ²`` is enough.
        """
        n, mu, L = self.n, self.n["strong_convexity"], self.n["client_smoothness"]
        apart = 2 * n["heterogeneity"] / mu
        far, beside = max(n["initial"], apart), n["batch_noise"] / (2 * mu)
        squares = mu * L / 4 * (far**2 + 6 * far * apart + apart**2)
        squares += mu * (far + apart) * beside + beside**2
        room = 1 / (self.longest * L) - 1
        if room <= 0:
            return 0 * mu
        if far == beside == 0:
            return room
        ratio = n["covariance"] ** 2 / squares
        return min(room, 2 * ratio / (1 + roots(1 + 4 * ratio)[1]))

    def paths(self, step: Number) -> tuple[Number, Number, Number, Number]:
        """``less`` and ``added`` of ``E x²`` and of ``E y²``."""
        n, mu = self.n, self.n["strong_convexity"]
        L, square = n["client_smoothness"], (1 + self.spread) * step**2
        return (
            2 * step * mu - square * L * mu,
            2 * square * L * n["heterogeneity"],
            2 * step * mu - square * mu**2,
            step**2 * n["batch_noise"],
        )


def participation_floor(n: Numbers) -> Attained:
    """One step size."""
    rounds = int(n["round"])
    less, added, less_beside, added_beside = _Pulled(n=n, longest=n["step"]).paths(n["step"])
    x = Decay(less=less, added=added, first=n["initial"]).after(rounds)
    y = Decay(less=less_beside, added=added_beside, first=0 * x).after(rounds)
    return Attained(value=x + y, by=PULLED)


def participation_rate(n: Numbers) -> Attained:
    """Steps that decrease, round by round."""
    if n["round"] > FOLLOWED:
        value = least(n, n["batch_noise"], n["initial"])
        by = "clients that are all μ/2 ‖x‖², all of them drawn, with batch noise N in every round"
        return Attained(value=value, by=by, scope=ANY_STEPS)
    pulled = _Pulled(n=n, longest=n["scale"] / n["offset"])
    x, y = n["initial"], 0 * n["initial"]
    for t in range(int(n["round"])):
        less, added, less_beside, added_beside = pulled.paths(n["scale"] / (t + n["offset"]))
        x, y = (1 - less) * x + added, (1 - less_beside) * y + added_beside
    return Attained(value=x + y, by=PULLED)


def selection_bias(n: Numbers) -> Attained:
    """The bias; where the choice gains nothing also what is left of the start, in ``y``.

    With ``r = (ρ̃ − ρ̄)/(1 + ρ̄)`` there are two groups whose skew is ``ρ̄`` and ``ρ̃`` where their
    mean gradient is 0, at the squared distance ``2Γr/μ`` from the optimum.
    """
    mu, least_skew, skew = n["strong_convexity"], n["least_skew"], n["skew"]
    if skew < least_skew:
        by = "nothing above 0: no instance is known for ρ̃ < ρ̄"
        return Attained(value=0 * mu, by=by)
    bias = 2 * n["heterogeneity"] / mu * (skew - least_skew) / (1 + least_skew)
    held = min(bias, n["initial"])
    if least_skew > 1:
        return Attained(value=held, by=CHOSEN)
    shrink = n["step"] * mu
    beside = Decay(less=shrink * (2 - shrink), added=0 * mu, first=n["initial"] - held)
    return Attained(
        value=held + beside.after(int(n["round"])), by=f"{CHOSEN}; beside it μ/2 y² of all clients"
    )
