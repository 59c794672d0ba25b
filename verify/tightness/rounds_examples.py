"""An example of certified rounds: three clients with quadratics, their moments exact.

The clients, chances and steps are those of the rows `local_steps`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.schemes import certify_rounds, independent_clients
from roundlot.verify.tightness import client_examples as clients
from roundlot.verify.tightness.example import MU, Example, L

Array = npt.NDArray[np.float64]
ROUNDS = clients.ROUNDS // clients.LOCAL
STEPS = 2 / (MU * (4 * L / MU + np.arange(clients.ROUNDS).reshape(ROUNDS, clients.LOCAL)))


def _optimum() -> float:
    curves, centres = clients.CURVES, clients.CENTRES
    return float(clients.WEIGHTS @ (curves * centres) / (clients.WEIGHTS @ curves))


def _bound() -> float:
    best = _optimum()
    at_optimum = clients.CURVES * (best - clients.CENTRES)
    scheme = independent_clients(
        [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)],
        [Fraction(9, 10), Fraction(3, 5), Fraction(1, 2)],
    )
    return certify_rounds(
        scheme,
        smoothness=L,
        strong_convexity=Fraction(3, 10),
        local_steps=clients.LOCAL,
        step=1,
        schedule=STEPS,
        rounds=ROUNDS,
        initial=float(np.nextafter((clients.START - best) ** 2, np.inf)),
        heterogeneity=float(np.nextafter(clients.WEIGHTS @ at_optimum**2, np.inf)),
    ).bound


def _truth() -> float:
    """``E‖x_T − x*‖²`` by the first two moments, over all draws."""
    best = _optimum()
    away = clients.CENTRES - best
    mean, square = clients.START - best, (clients.START - best) ** 2
    for row in STEPS:
        keep, pull = np.ones(clients.CLIENTS), np.zeros(clients.CLIENTS)
        for step in row:
            pull = pull + step * clients.CURVES * (away - pull)
            keep = keep * (1 - step * clients.CURVES)
        factor, shift = 1 + clients.DRAWN @ (keep - 1), clients.DRAWN @ pull
        square = float(clients.ODDS @ (factor**2 * square + 2 * factor * shift * mean + shift**2))
        mean = float(clients.ODDS @ (factor * mean + shift))
    return square


ROUNDS_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="rounds: independent",
        relation="upper",
        bound=_bound,
        quadratic=_truth,
        setting=f"certified, {ROUNDS} rounds of K = {clients.LOCAL}, the clients of local_steps",
    ),
)
