"""Pictures of workers that follow leaders: three quadratics, moments exact."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.verify.tightness import leader_examples as leaders

ROUNDS = np.arange(1.0, 61.0)
FOLLOWING = "three workers with quadratics, the first of whom leads"


def leader_spread() -> Picture:
    return _one_round("leader_spread", "spread")


def leader_descent() -> Picture:
    return _one_round("leader_descent", "spread")


def _one_round(theorem: str, varied: str) -> Picture:
    """From workers further and further apart."""
    away = leaders.AWAY - leaders.START
    starts = [leaders.START + s * away for s in np.linspace(0.0, 2.0, 17)]
    rows = [leaders.round_numbers(start) for start in starts]
    told = {name: np.array([row[name] for row in rows]) for name in leaders.TAKEN[theorem]}
    measure = leaders.ROUND_OF[theorem]
    truth = [measure(leaders.moments(start, 1)[-1]) for start in starts]
    return beside(theorem, varied, told.pop(varied), truth, told, f"{FOLLOWING}, one round")


def leaders_sum() -> Picture:
    """``c S(T)`` alone, which is below the sum with the value and the spread."""
    truth = leaders.STEP / 2 * ROUNDS * leaders.mean_gradients(len(ROUNDS))
    instance = f"{FOLLOWING}; the dots are c S(T) alone"
    numbers = leaders.numbers("leaders_sum")
    return beside("leaders_sum", "rounds", ROUNDS, truth, numbers, instance)


def leaders_rate() -> Picture:
    truth = leaders.mean_gradients(len(ROUNDS))
    numbers = leaders.numbers("leaders")
    return beside("leaders", "rounds", ROUNDS, truth, numbers, FOLLOWING, logarithmic=True)
