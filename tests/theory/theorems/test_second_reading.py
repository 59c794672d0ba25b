"""Theorems read a second time: random instances, every outcome enumerated, no proof used.

Each reading computes the left side from the words of the setting alone, by enumeration or by exact
moments of linear recursions, and holds it against the theorem's number. Exact theorems are equal.
"""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from roundlot.theory.theorems import named

SEEDS = range(12)
ROOM = 1e-9  # relative: sums of some hundred products in float64


def bound(name: str, **numbers: float) -> float:
    return float(named(name).evaluate(**numbers))


def holds(truth: float, most: float) -> bool:
    return truth <= most + ROOM * (abs(truth) + abs(most) + 1e-12)


def outcomes(chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every draw of independent processors ``(2^n, n)`` and its probability."""
    draws = np.array(list(product((0.0, 1.0), repeat=len(chances))))
    return draws, np.prod(np.where(draws > 0, chances, 1 - chances), axis=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_number_of_processors_in_fractions(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 6))
    chances = [Fraction(int(random.integers(1, 9)), 8) for _ in range(count)]
    updates = [Fraction(int(random.integers(-9, 10)), 4) for _ in range(count)]
    mean = square = Fraction(0)
    for drawn in product((0, 1), repeat=count):
        odds = Fraction(1)
        for d, p in zip(drawn, chances, strict=True):
            odds *= p if d else 1 - p
        step = sum(
            (d * u / p for d, u, p in zip(drawn, updates, chances, strict=True)), Fraction(0)
        )
        mean, square = mean + odds * step, square + odds * (step - sum(updates)) ** 2
    sums = {
        "drawn_squares": float(sum(u**2 / p for u, p in zip(updates, chances, strict=True))),
        "squares": float(sum(u**2 for u in updates)),
    }
    assert mean == sum(updates)
    assert bound("additive_mean", inner_product=float(sum(updates))) == float(mean)
    for name in ("additive_variance", "participation_variance"):
        assert bound(name, **sums) == pytest.approx(float(square), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_sampled_averages_of_random_updates(seed):
    """Updates are random, too, tied among each other, and independent of the draw."""
    random = np.random.default_rng(seed)
    chances, weights = random.uniform(0.1, 1, 4), random.dirichlet(np.ones(4))
    cases, odds_of = random.normal(size=(3, 4, 2)), random.dirichlet(np.ones(3))
    draws, odds = outcomes(chances)
    truth = sum(
        chance * odds @ np.sum(((draws / chances - 1) * weights @ updates) ** 2, axis=1)
        for chance, updates in zip(odds_of, cases, strict=True)
    )
    most = float(np.max(odds_of @ np.sum(cases**2, axis=2)))
    spread = float(np.sum(weights**2 * (1 / chances - 1)))
    assert holds(truth, bound("sampled_average", participation_variance=spread, second_moment=most))


def test_updates_that_the_draw_looked_at_break_the_sampled_average():
    """One update, 2 or 0; drawn with 1/2 when it is 2, else surely: ``Var H`` is 1/2 on average."""
    truth = 0.5 * 2.0**2 * (1 / 0.5 - 1)
    most = bound("sampled_average", participation_variance=0.5, second_moment=2.0)
    assert truth > most


class Clients:
    """Three clients with quadratics ``h/2 (w − c)²`` in one dimension."""

    def __init__(self, random: np.random.Generator) -> None:
        self.shares = random.dirichlet(np.ones(3))
        self.curves = 10 ** random.uniform(-1, 1, 3)
        self.centres = random.normal(size=3) * random.choice([0.0, 1.0, 3.0])
        self.convexity = float(self.shares @ self.curves)
        self.best = float(self.shares @ (self.curves * self.centres)) / self.convexity
        self.spread = float(self.shares @ self.losses(self.best))

    def losses(self, point: float) -> np.ndarray:
        return self.curves * (point - self.centres) ** 2 / 2

    def numbers(self) -> dict[str, float]:
        return {
            "client_smoothness": float(self.curves.max()),
            "strong_convexity": self.convexity,
            "heterogeneity": self.spread,
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_of_whoever_was_drawn(seed):
    """The draw is a random law on weights with the right means; batches are ±σ, whoever draws."""
    random = np.random.default_rng(seed)
    clients = Clients(random)
    law, weights = random.dirichlet(np.ones(5)), random.exponential(size=(5, 3))
    weights *= clients.shares / (law @ weights)
    noises = np.array(list(product((-1.0, 1.0), repeat=3))) * random.uniform(0, 2, 3)
    point = clients.best + random.normal() * 2
    step = random.uniform(0.05, 1) / clients.curves.max()
    slopes = clients.curves * (point - clients.centres)
    moves = weights @ (slopes + noises).T  # (draw, batch)
    truth = float(law @ np.mean((point - step * moves - clients.best) ** 2, axis=1))
    values, total = weights @ clients.losses(point), weights.sum(axis=1)
    number = bound(
        "partial_participation",
        **clients.numbers(),
        step=step,
        squared_distance=(point - clients.best) ** 2,
        value=float(clients.shares @ clients.losses(point)) - clients.spread,
        participation_variance=float(law @ (total - 1) ** 2),
        surrogate_variance=float(law @ (values - law @ values) ** 2),
        batch_noise=float(law @ np.mean((weights @ noises.T) ** 2, axis=1)),
    )
    assert holds(truth, number)


def test_a_draw_that_looks_at_the_batch_breaks_the_bound():
    """``F = w²/2``, noise ±1; drawn surely when the gradient is small, else with 1/10."""
    chances = {1.0: 0.1, -1.0: 1.0}
    truth = sum(0.5 * (p * (1 - (1 + noise) / p) ** 2 + (1 - p)) for noise, p in chances.items())
    spread = sum(0.5 / p for p in chances.values()) - 1
    number = bound(
        "partial_participation",
        client_smoothness=1.0,
        strong_convexity=1.0,
        step=1.0,
        squared_distance=1.0,
        value=0.5,
        heterogeneity=0.0,
        participation_variance=spread,
        surrogate_variance=spread / 4,
        batch_noise=spread + 1,
    )
    assert truth > number


@pytest.mark.parametrize("seed", SEEDS)
def test_the_floor_under_participation_by_exact_moments(seed):
    random = np.random.default_rng(seed)
    clients, chances = Clients(random), random.uniform(0.2, 1, 3)
    draws, odds = outcomes(chances)
    weights, step = draws * clients.shares / chances, 0.5 / clients.curves.max()
    keep = 1 - step * weights @ clients.curves
    pull = step * weights @ (clients.curves * (clients.centres - clients.best))
    mean = start = 2.0
    square = start**2
    spread = float(odds @ (weights.sum(axis=1) - 1) ** 2)
    most, truth, reach = 0.0, [square], abs(start)
    for _ in range(10):
        reach = max(reach, float(np.max(np.abs(keep) * reach + np.abs(pull))))
        square = float(odds @ (keep**2 * square + 2 * keep * pull * mean + pull**2))
        mean = float(odds @ (keep * mean + pull))
        truth.append(square)
    for away in np.linspace(-reach, reach, 201):
        values = weights @ clients.losses(clients.best + away)
        most = max(most, float(odds @ (values - odds @ values) ** 2))
    numbers = {**clients.numbers(), "step": step, "initial": start**2, "batch_noise": 0.0}
    for t, one in enumerate(truth):
        at = bound("participation_floor", **numbers, covariance=np.sqrt(spread * most), round=t)
        assert holds(one, at)


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_on_quadratics_by_exact_moments(seed):
    """Constant and decreasing steps; one direction has curvature μ, another L, noise on all."""
    random = np.random.default_rng(seed)
    curves = np.concatenate([[0.4, 3.0], random.uniform(0.4, 3.0, 3)])
    start, noise = random.normal(size=5) ** 2, random.exponential(size=5)
    shared = {
        "smoothness": 3.0,
        "strong_convexity": 0.4,
        "variance": float(noise.sum()),
        "initial": float(start.sum()),
    }
    step, scale = random.uniform(0.05, 1) * 2 / 3.4, 2 / 0.4
    offset = scale * 3.4 / 2
    most = max(offset * shared["initial"], scale**2 * shared["variance"])
    fixed, falling = start.copy(), start.copy()
    for t in range(40):
        constant = bound("constant_step", **shared, step=step, round=t)
        assert holds(float(fixed.sum()), constant)
        top = {"scale": scale, "offset": offset, "constant": most, "round": t}
        assert holds(float(falling.sum()), bound("decreasing_steps", **shared, **top))
        fixed = (1 - step * curves) ** 2 * fixed + step**2 * noise
        now = scale / (t + offset)
        falling = (1 - now * curves) ** 2 * falling + now**2 * noise


def _huber(x: float) -> float:
    return x * x / 2 if abs(x) <= 1 else abs(x) - 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_on_functions_that_are_no_quadratics(seed):
    """Huber's function is convex with L = 1; ``x² + 3 sin² x`` is dominated by its gradient."""
    random = np.random.default_rng(seed)
    x, noise = random.normal() * 3, random.exponential()
    step = random.uniform(0.05, 1)
    after = [x - step * (np.clip(x, -1, 1) + s * noise) for s in (-1, 1)]
    number = bound(
        "convex_step",
        smoothness=1.0,
        step=step,
        variance=noise**2,
        squared_distance=x * x,
        value=_huber(x),
    )
    assert holds(float(np.mean(np.square(after))), number)
    short = step / 4  # at most 2/L with L = 8
    waves = [x - short * (2 * x + 3 * np.sin(2 * x) + s * noise) for s in (-1, 1)]
    number = bound(
        "gradient_dominated",
        smoothness=8.0,
        strong_convexity=1 / 32,
        step=short,
        variance=noise**2,
        value=x * x + 3 * np.sin(x) ** 2,
    )
    assert holds(float(np.mean([y * y + 3 * np.sin(y) ** 2 for y in waves])), number)


@pytest.mark.parametrize("seed", range(6))
def test_local_steps_by_exact_moments(seed):
    """Second moments of the clients' points and the server's follow a linear recursion."""
    random = np.random.default_rng(seed)
    clients, chances = Clients(random), random.uniform(0.3, 1, 3)
    clients.curves = random.uniform(0.5, 2.0, 3)
    d, h = clients.shares, clients.curves
    best = float(d @ (h * clients.centres) / (d @ h))
    pulls, noise, K = h * (clients.centres - best), random.exponential(size=3), 3
    draws, odds = outcomes(chances)
    L, mu = float(h.max()), float(h.min())
    offset, start = max(4 * L / mu, K), 1.5
    state = np.array([start] * 4 + [1.0])  # the clients' points, the server's, and 1
    moments, seen, largest = np.outer(state, state), [], 0.0
    for t in range(12):
        seen.append(float(d @ moments[:3, :3] @ d))
        slope = np.zeros((3, 5))
        slope[:, :3], slope[:, 4] = np.diag(h), -pulls
        largest = max(largest, float(np.max(np.diag(slope @ moments @ slope.T) + noise)))
        step = 2 / (mu * (offset + t))
        onward = np.eye(5)
        onward[:3] -= step * slope
        moments = onward @ moments @ onward.T
        moments[:3, :3] += step**2 * np.diag(noise)
        if (t + 1) % K == 0:
            after = np.zeros((5, 5))
            for chance, drawn in zip(odds, draws, strict=True):
                weights = drawn * d / chances
                merge = np.zeros((5, 5))
                merge[:4, :3] = weights
                merge[:4, 3] = 1 - weights.sum()
                merge[4, 4] = 1
                after += chance * merge @ moments @ merge.T
            moments = after
    numbers = {
        "client_smoothness": L,
        "strong_convexity": mu,
        "offset": offset,
        "local_steps": K,
        "initial": start**2,
        "batch_noise": float(d**2 @ noise),
        "heterogeneity": float(d @ (h * (best - clients.centres) ** 2 / 2)),
        "second_moment": largest,
        "participation_variance": float(d**2 @ (1 / chances - 1)),
    }
    for t, one in enumerate(seen):
        assert holds(one, bound("local_steps", **numbers, round=t))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mix_first", [False, True])
def test_gossip_over_random_links_enumerated(seed, mix_first):
    """Five workers; each round one of three random sets of links is up; noise ±σ at each worker."""
    random = np.random.default_rng(seed)
    sets, law = [], random.dirichlet(np.ones(3))
    for _ in range(3):
        order = random.permutation(5)
        W = np.eye(5)
        for i, j in zip(order[:4:2], order[1:4:2], strict=True):
            W[[i, j], [i, j]] = 0.5
            W[[i, j], [j, i]] = 0.5
        sets.append(W)
    centring = np.eye(5) - 0.2
    ways = np.linalg.eigvalsh(sum(p * W.T @ W for p, W in zip(law, sets, strict=True)) - 0.2)
    r = float(np.sqrt(max(np.abs(ways))))
    if r > 1 - 1e-6:
        pytest.skip("these links do not connect everybody")
    bends, tilt = random.uniform(-1, 1, 5), random.normal(size=5)
    points, sigma = random.normal(size=5) * 2, random.exponential()
    mean, L = points.mean(), float(np.abs(bends).max())
    step = random.uniform(0.1, 1) * (1 - r) / (4 * L * (1 if mix_first else r))
    slopes = bends * points + tilt
    at_mean = bends * mean + tilt
    truth = 0.0
    for chance, W in zip(law, sets, strict=True):
        for signs in product((-1.0, 1.0), repeat=5):
            go = step * (slopes + sigma * np.array(signs))
            after = W @ points - go if mix_first else W @ (points - go)
            truth += chance / 32 * float(np.sum((centring @ after) ** 2)) / 5
    number = bound(
        "consensus_mix_first" if mix_first else "consensus",
        smoothness=L,
        contraction=r,
        step=step,
        variance=sigma**2,
        dissimilarity=float(np.var(at_mean)),
        spread=float(np.var(points)),
    )
    assert holds(truth, number)


@pytest.mark.parametrize("seed", SEEDS)
def test_leaders_move_the_mean_by_their_columns(seed):
    random = np.random.default_rng(seed)
    P = random.dirichlet(np.full(4, 0.3), size=4)
    points, drift = random.normal(size=(4, 2)), P.sum(axis=0) / 4 - 0.25
    moved = float(np.sum((P @ points - points).mean(axis=0) ** 2))
    spread = float(np.sum((points - points.mean(axis=0)) ** 2))
    assert holds(moved, bound("column_drift", column_drift=float(drift @ drift), spread=spread))


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_cut_by_a_deadline_enumerated(seed):
    random = np.random.default_rng(seed)
    law, slope, sigma = random.dirichlet(np.ones(4)), random.normal(), random.exponential()
    sizes, mean = np.arange(1, 5), float(law @ np.arange(1, 5))
    pooled = divided = 0.0
    for chance, size in zip(law, sizes, strict=True):
        sums = [size * slope + sigma * sum(s) for s in product((-1, 1), repeat=int(size))]
        pooled += chance * float(np.mean((np.array(sums) / size - slope) ** 2))
        divided += chance * float(np.mean((np.array(sums) / mean - slope) ** 2))
    inverse = float(law @ (1 / sizes))
    assert pooled == pytest.approx(
        bound("pooled_batch", variance=sigma**2, mean_inverse=inverse), rel=1e-9
    )
    assert divided == pytest.approx(
        bound(
            "expected_batch_variance",
            variance=sigma**2,
            expected_samples=mean,
            samples_variance=float(law @ (sizes - mean) ** 2),
            squared_gradient=slope**2,
        ),
        rel=1e-9,
    )
