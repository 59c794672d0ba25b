"""Exact moments of the squared error when coins are thrown until the right number comes up.

Unit after unit, the state is how many have come up: ``E‖M‖⁴`` and the lower moments are kept for
every count, weighted as in `sizes`; the last count's, divided by its weight, are conditional.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.sizes import Coins
from roundlot.simulate.designs.sum_moments import Sums
from roundlot.theory import AssumptionError

FloatArray = npt.NDArray[np.float64]
#: Numbers in the largest table; some ten tables are held.
MOST_NUMBERS = 20_000_000


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
