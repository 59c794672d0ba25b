"""Pictures of water-filling: what designs cost, by trying them."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside

SCORES, CAPS = np.array([5.0, 3.0, 2.0, 1.0, 0.5]), np.array([0.5, 1.0, 1.0, 1.0, 1.0])


def free() -> Picture:
    grid = np.linspace(0.2, 3.0, 24)
    truth = 4 / grid + 1.5**2 * grid
    return beside(
        "water_filling_free",
        "probability",
        grid,
        truth,
        {"score": 2.0, "price": 1.5},
        "one processor, M = 2, r = 1.5",
    )


def capped() -> Picture:
    grid = np.linspace(0.2, 1.0, 20)
    numbers = {"score": 2.0, "price": 1.5, "cap": 1.0}
    truth = 4 / grid + 1.5**2 * grid
    return beside(
        "water_filling_capped", "probability", grid, truth, numbers, "M = 2, r = 1.5, c = 1"
    )


def _design(budget: float) -> tuple[FloatArray, float]:
    """The best totals by bisection on the price, without the closed form."""
    low, high = 1e-9, 1e9
    for _ in range(200):
        price = np.sqrt(low * high)
        spent = np.minimum(CAPS, SCORES / price).sum()
        low, high = (price, high) if spent > budget else (low, price)
    return np.minimum(CAPS, SCORES / high), float(high)


def _totals(price: float) -> dict[str, float]:
    full = CAPS * price <= SCORES
    return {
        "free_score": SCORES[~full].sum(),
        "capped_cost": (SCORES[full] ** 2 / CAPS[full]).sum(),
        "caps": CAPS[full].sum(),
    }


def priced() -> Picture:
    budget, prices = 2.0, np.linspace(1.0, 9.0, 25)
    best, _ = _design(budget)
    rows = [_totals(r) for r in prices]
    numbers = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return beside(
        "water_filling_priced",
        "price",
        prices,
        (SCORES**2 / best).sum(),
        {**numbers, "budget": budget},
        "five processors, m = 2; the truth is the least cost of any design",
    )


def water_filling() -> Picture:
    budgets = np.linspace(0.5, 3.9, 18)
    found = [_design(m) for m in budgets]
    rows = [_totals(price * (1 + 1e-9)) for _, price in found]
    numbers = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    truth = [(SCORES**2 / q).sum() for q, _ in found]
    return beside(
        "water_filling", "budget", budgets, truth, numbers, "five processors, by bisection"
    )
