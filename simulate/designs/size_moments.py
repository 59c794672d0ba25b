"""Exact moments of the squared error when coins are thrown until the right number comes up.

Unit after unit, the state is how many have come up: ``E‖M‖⁴`` and the lower moments are kept for
every count, weighted as in `sizes`; the last count's, divided by its weight, are conditional.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.coins import Coins
from roundlot.simulate.designs.rays import Rays
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import FloatArray

#: Numbers in the largest table; some ten tables are held.
MOST_NUMBERS = 20_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Moments of ``M`` on ``K`` events; leading axes ``K``.

    Attributes:
        weight: ``(K,)``; first: ``(K, D)``; second: ``(K, D, D)``; third: ``(K, D)``,
            ``E ‖M‖² M``; fourth: ``(K,)``, ``E ‖M‖⁴``.
    """

    weight: FloatArray
    first: FloatArray
    second: FloatArray
    third: FloatArray
    fourth: FloatArray

    @classmethod
    def at_zero(cls, events: int, width: int) -> Sums:
        """Certainly on the first event, with ``M = 0``."""
        weight = np.zeros(events)
        weight[0] = 1.0
        vectors = np.zeros((events, width))
        second = np.zeros((events, width, width))
        return cls(weight=weight, first=vectors, second=second, third=vectors, fourth=weight * 0.0)

    @classmethod
    def choice(cls, steps: FloatArray, chances: FloatArray) -> Sums:
        """One event: a step ``(D, n)`` with the given chances ``(n,)``, whatever they sum to."""
        squares = np.einsum("ij,ij->j", steps, steps)
        return cls(
            weight=np.array([chances.sum()]),
            first=(steps @ chances)[None],
            second=((steps * chances) @ steps.T)[None],
            third=(steps @ (chances * squares))[None],
            fourth=np.array([chances @ squares**2]),
        )

    def plus(self, other: Sums) -> Sums:
        """Moments of ``M + D`` on each event, ``D`` independent of it: ``other``, of one event."""
        step, square = other.first[0], other.second[0]
        own, theirs = self.squares[:, None], float(np.trace(square))
        weight = other.weight[0]
        crossed = self.first[:, :, None] * step
        third = weight * self.third + own * step + 2.0 * self.second @ step
        third += 2.0 * self.first @ square + theirs * self.first
        third += self.weight[:, None] * other.third[0]
        fourth = weight * self.fourth + 4.0 * self.third @ step + 2.0 * theirs * own[:, 0]
        fourth += 4.0 * np.einsum("kij,ij->k", self.second, square)
        fourth += 4.0 * self.first @ other.third[0] + self.weight * other.fourth[0]
        return Sums(
            weight=self.weight * weight,
            first=weight * self.first + self.weight[:, None] * step,
            second=weight * self.second
            + crossed
            + crossed.transpose(0, 2, 1)
            + self.weight[:, None, None] * square,
            third=third,
            fourth=fourth,
        )

    @property
    def squares(self) -> FloatArray:
        """``(K,)``, ``E ‖M‖²``."""
        return np.asarray(np.einsum("kii->k", self.second))

    def moved(self, places: int) -> Sums:
        """The same on events ``places`` further; what leaves is lost."""
        return Sums(**{name: _shifted(table, places) for name, table in vars(self).items()})

    def with_(self, other: Sums) -> Sums:
        """Either of two: the moments add up."""
        mine, theirs = vars(self), vars(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})

    def times(self, factor: float) -> Sums:
        """All moments, of an event that is so much likelier."""
        return Sums(**{name: factor * table for name, table in vars(self).items()})


def _shifted(table: FloatArray, places: int) -> FloatArray:
    out = np.zeros_like(table)
    out[places:] = table[: len(table) - places]
    return out


def squares_of_size(
    coins: Coins, drawn: list[FloatArray], absent: list[FloatArray], chances: FloatArray
) -> tuple[float, float]:
    """``(E ‖M‖², E ‖M‖⁴)``, ``M`` the sum over units of what they add.

    Args:
        coins: the units' weights and how many come up.
        drawn: for each unit ``(D, S)``, the steps it adds if it comes up and picks a model.
        absent: for each unit ``(D, 1)``, what it adds if it does not.
        chances: ``(units, S)``, of the models, given that it comes up.

    Raises:
        AssumptionError: tables that are too large.
    """
    if not drawn:  # nobody is ever drawn
        return 0.0, 0.0
    width = drawn[0].shape[0]
    numbers = (coins.size + 1) * width**2
    if numbers > MOST_NUMBERS:
        raise AssumptionError(
            f"second moments of the squared error take tables of {numbers} numbers; "
            f"at most {MOST_NUMBERS} are held"
        )
    plain = Sums.at_zero(coins.size + 1, width)
    weighed = plain.times(0.0)
    for unit, (up, down) in enumerate(zip(drawn, absent, strict=True)):
        comes = Sums.choice(up, float(coins.p[unit]) * chances[unit])
        stays = Sums.choice(down, np.array([float(coins.q[unit])]))
        risen = plain.moved(1).plus(comes)
        if coins.sampford:
            joined = risen.times(float(coins.q[unit]))
            weighed = weighed.plus(stays).with_(weighed.moved(1).plus(comes)).with_(joined)
        plain = plain.plus(stays).with_(risen)
    last = weighed if coins.sampford else plain
    whole = float(last.weight[-1])
    return float(last.squares[-1]) / whole, float(last.fourth[-1]) / whole


def unit_steps(
    rays: Rays, units: npt.NDArray[np.intp]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """What each of ``units`` adds to the error, by model and if absent; the phantom adds nothing.

    The mean is taken off each, so that little cancels in the sum.
    """
    drawn, absent = [], []
    n_models = len(rays.steps)
    for who in units:
        if who == len(rays.probabilities):
            drawn.append(np.zeros((rays.width, n_models)))
            absent.append(np.zeros((rays.width, 1)))
            continue
        steps = rays.of_processor(int(who))
        mean = steps @ rays.probabilities[who]
        drawn.append(steps - mean[:, None])
        absent.append(-mean[:, None])
    return drawn, absent


def size_silence(
    coins: Coins, quiet: FloatArray, client: npt.NDArray[np.intp], number: int
) -> FloatArray:
    """``(N, S)`` for coins conditioned on their number.

    ``quiet`` (units, S) is ``1 − r``, ``client`` (units,) the unit's client, −1 for a phantom.
    """
    whole, free = coins.total(), np.ones((number, quiet.shape[1]))
    for owner in np.unique(client[client >= 0]):
        for model in range(quiet.shape[1]):
            thinned = np.where(client == owner, coins.p * quiet[:, model], coins.p)
            some = Coins(p=thinned, q=coins.q, size=coins.size, sampford=coins.sampford)
            free[owner, model] = some.total() / whole
    return free
