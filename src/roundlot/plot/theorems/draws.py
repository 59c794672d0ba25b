"""Pictures of draws, every outcome enumerated, and of the probabilities that cost least."""

from __future__ import annotations

import itertools

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside

P = np.linspace(0.1, 1.0, 19)
U, W, Z = np.random.default_rng(1).normal(size=(3, 4))
Q, ALPHA, BETA = 0.4, 0.7, 0.3
ENUMERATED = "every outcome of the draw, enumerated"


def _inner(a: FloatArray, b: FloatArray) -> float:
    return float(a @ b)


def _one_draw(drawn: FloatArray, idle: FloatArray, p: float) -> float:
    return p * float(drawn @ drawn) + (1 - p) * float(idle @ idle)


def unbiased() -> Picture:
    truth = [p * _inner(U / p, Z) for p in P]
    numbers = {"inner_product": _inner(U, Z)}
    return beside("unbiased", "probability", P, truth, numbers, ENUMERATED)


def variance() -> Picture:
    truth = [_one_draw(U / p - U, -U, p) for p in P]
    return beside("variance", "probability", P, truth, {"squared_norm": U @ U}, ENUMERATED)


def covariance() -> Picture:
    grid = P * 0.6
    truth = [
        p * _inner(U / p - U, -W) + Q * _inner(-U, W / Q - W) + (1 - p - Q) * _inner(U, W)
        for p in grid
    ]
    numbers = {"other_probability": Q, "inner_product": _inner(U, W)}
    return beside("covariance", "probability", grid, truth, numbers, ENUMERATED)


def _two(p: float, first: FloatArray, second: FloatArray) -> list[tuple[float, FloatArray]]:
    return [
        (
            (p if a else 1 - p) * (Q if b else 1 - Q),
            a * first / p + b * second / Q,
        )
        for a, b in itertools.product((0, 1), repeat=2)
    ]


def _error(p: float, first: FloatArray, second: FloatArray) -> float:
    full = first + second
    return sum(c * float(np.sum((v - full) ** 2)) for c, v in _two(p, first, second))


def additive() -> Picture:
    drawn, truth = U @ U / P + W @ W / Q, [_error(p, U, W) for p in P]
    numbers = {"squares": U @ U + W @ W}
    return beside("additive_variance", "drawn_squares", drawn, truth, numbers, ENUMERATED)


def participation() -> Picture:
    drawn, numbers = ALPHA**2 / P + BETA**2 / Q, {"squares": ALPHA**2 + BETA**2}
    truth = [_error(p, np.array([ALPHA]), np.array([BETA])) for p in P]
    return beside("participation_variance", "drawn_squares", drawn, truth, numbers, ENUMERATED)


def additive_mean() -> Picture:
    """Three processors; the third's update grows, all outcomes enumerated."""
    chances, scales = np.array([0.3, Q, 0.8]), np.linspace(-2.0, 2.0, 19)
    truth, products = [], []
    for scale in scales:
        updates = np.array([U, W, scale * Z])
        draws = [np.array(d) for d in itertools.product((0, 1), repeat=3)]
        odds = [float(np.prod(np.where(d, chances, 1 - chances))) for d in draws]
        steps = [float((d / chances) @ updates @ Z) for d in draws]
        truth.append(float(np.dot(odds, steps)))
        products.append(float(updates.sum(axis=0) @ Z))
    return beside("additive_mean", "inner_product", products, truth, {}, ENUMERATED)


def repeated() -> Picture:
    """Three processors of one client; the first's probability varies, all outcomes enumerated."""
    parts, truth, drawn = np.array([ALPHA, BETA, 0.2]), [], []
    for p in P:
        chances = np.array([p, Q, 0.8])
        draws = [np.array(d) for d in itertools.product((0, 1), repeat=3)]
        odds = [float(np.prod(np.where(d, chances, 1 - chances))) for d in draws]
        truth.append(float(np.dot(odds, [float((d / chances) @ parts) ** 2 for d in draws])))
        drawn.append(float(np.sum(parts**2 / chances)))
    numbers = {"squares": float(parts @ parts), "weight": float(parts.sum())}
    return beside("repeated_draws", "drawn_squares", drawn, truth, numbers, ENUMERATED)


def sampled() -> Picture:
    most = max(U @ U, W @ W)
    spread = ALPHA**2 * (1 / P - 1) + BETA**2 * (1 / Q - 1)
    truth, numbers = [_error(p, ALPHA * U, BETA * W) for p in P], {"second_moment": most}
    return beside("sampled_average", "participation_variance", spread, truth, numbers, ENUMERATED)


def floored() -> Picture:
    truth = [_one_draw(U / p - U, -U, p) for p in P]
    numbers = {"floor": 0.1, "squared_norm": U @ U}
    return beside("floored_variance", "probability", P, truth, numbers, ENUMERATED)


H, PS = 0.6 * U + 0.4 * W, 0.3
STALE = {
    "probability": PS,
    "squared_norm": U @ U,
    "stale_squared_norm": H @ H,
    "inner_product": U @ H,
}
BETAS = np.linspace(-0.5, 2.5, 25)


def _stale(b: float, p: float = PS) -> float:
    return _one_draw(b * H + (U - b * H) / p - U, b * H - U, p)


def stale_update() -> Picture:
    truth = [_stale(b) for b in BETAS]
    return beside("stale_update", "multiple", BETAS, truth, STALE, ENUMERATED)


def stale_clients() -> Picture:
    """Two clients; the first's multiple varies, the second's is 0, all four outcomes enumerated."""
    best = float(U @ H / (H @ H))
    truth = [_error(PS, U - b * H, W) for b in BETAS]
    excess = (1 / PS - 1) * (BETAS - best) ** 2 * (H @ H)
    least = _one_draw((U - best * H) / PS - (U - best * H), best * H - U, PS)
    numbers = {"least_variance": least + (1 / Q - 1) * float(W @ W)}
    return beside("stale_clients", "excess", excess, truth, numbers, ENUMERATED)


def stale_best() -> Picture:
    numbers = {k: v for k, v in STALE.items() if k != "probability"}
    scan = np.linspace(-1.0, 3.0, 4001)
    truth = [min(_stale(b, p) for b in scan) for p in P]
    return beside("stale_best", "probability", P, truth, numbers, "the least over 4,001 multiples")


def stale_saving() -> Picture:
    numbers = {k: v for k, v in STALE.items() if k != "squared_norm"}
    truth = [_stale(0.0) - _stale(b) for b in BETAS]
    return beside("stale_saving", "multiple", BETAS, truth, numbers, ENUMERATED)


def stale_helps() -> Picture:
    grid = np.linspace(0.0, 2 * float(U @ H) / float(H @ H), 20)
    return beside("stale_helps", "multiple", grid, [_stale(b) for b in grid], STALE, ENUMERATED)


def stale_unbiased() -> Picture:
    truth = [p * _inner(0.8 * H + (U - 0.8 * H) / p, Z) + (1 - p) * _inner(0.8 * H, Z) for p in P]
    numbers = {"inner_product": _inner(U, Z)}
    return beside("stale_unbiased", "probability", P, truth, numbers, ENUMERATED)


def stale_refresh() -> Picture:
    truth = [
        PS * _inner(b * H + (U - b * H) / PS, Z) + (1 - PS) * _inner(0.8 * H, Z) for b in BETAS
    ]
    numbers = {
        "probability": PS,
        "multiple": 0.8,
        "inner_product": _inner(U, Z),
        "stale_inner_product": _inner(H, Z),
    }
    return beside("stale_refresh_bias", "new_multiple", BETAS, truth, numbers, ENUMERATED)


def stale_at_most() -> Picture:
    """The last update turns away from the fresh one."""
    turned = [t * U + (1 - t) * W for t in np.linspace(0.0, 1.0, 16)]
    products = np.array([U @ h for h in turned])
    squares = np.array([h @ h for h in turned])
    truth = [
        _one_draw(b * h + (U - b * h) / PS - U, b * h - U, PS)
        for b, h in zip(products / squares, turned, strict=True)
    ]
    numbers = {"probability": PS, "squared_norm": U @ U, "stale_squared_norm": squares}
    return beside("stale_at_most", "inner_product", products, truth, numbers, ENUMERATED)


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
        "five processors, m = 2; the truth is the least cost of any probabilities",
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
