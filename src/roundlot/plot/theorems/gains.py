"""Pictures of the gain over uniform probabilities."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.verify.tightness.gain_examples import least_cost, numbers, uniform_cost, variation

BUDGET, SPREADS = 1.5, np.linspace(0.0, 0.95, 20)
SIX = np.array([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])


def uniform() -> Picture:
    """Six scores that spread out around 1."""
    rows = [numbers(1 + s * SIX, BUDGET) for s in SPREADS]
    return beside(
        "uniform_cost",
        "variation",
        [row["variation"] for row in rows],
        [uniform_cost(1 + s * SIX, BUDGET) for s in SPREADS],
        {"least_cost": 36 / BUDGET},
        "six scores of mean 1, m = 1.5",
    )


def saving() -> Picture:
    """One score grows until its client is drawn in every round."""
    fleets = [np.array([x, 1.0, 0.8, 0.6, 0.4]) for x in np.linspace(0.5, 8.0, 16)]
    rows = [{**numbers(f, 2.0), "cost": least_cost(f, 2.0)} for f in fleets]
    told = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return beside(
        "saving_at_most",
        "variation",
        told.pop("variation"),
        [uniform_cost(f, 2.0) for f in fleets],
        told,
        "five scores, one of them from ½ to 8, m = 2; Z is the least cost with caps of 1",
    )


def greatest() -> Picture:
    """The greatest of all mixtures of the two scores, up to 200 clients."""
    tops = np.linspace(1.0, 10.0, 19)
    truth = [max(variation(np.repeat([1.0, h], [200 - k, k])) for k in range(1, 200)) for h in tops]
    numbers = {"least_score": 1.0}
    return beside("greatest_gain", "greatest_score", tops, truth, numbers, "200 scores, 1 or h")
