"""The second moment of the squared error, against exact enumeration and against itself."""

from fractions import Fraction as Q
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import InvalidProblemError
from roundlot.theory.moments.fourth_moment import squared_error_moments


def norm2(vector):
    return sum(x * x for x in vector)


def outcomes(p):
    """Every draw of every processor, with its exact probability."""
    choices = [[(s, q) for s, q in enumerate(row)] + [(-1, 1 - sum(row))] for row in p]
    for draw in product(*choices):
        chance = Q(1)
        for _, q in draw:
            chance *= q
        if chance:
            yield [s for s, _ in draw], chance


def error(u, p, drawn):
    """Y for one outcome: u[v][s] is a list of Fractions."""
    total = Q(0)
    for s in range(len(u[0])):
        parts = [
            [(Q(int(drawn[v] == s)) / p[v][s] - 1) * x for x in u[v][s]] for v in range(len(u))
        ]
        total += norm2([sum(column) for column in zip(*parts, strict=True)])
    return total


def enumerated(u, p):
    pairs = [(error(u, p, drawn), chance) for drawn, chance in outcomes(p)]
    mean = sum(y * c for y, c in pairs)
    return mean, sum(y * y * c for y, c in pairs) / mean**2


def enumerated_phases(u, p, block):
    """Exact mean, κ of a round and κ of a cycle where blocks go round the models."""
    n_models = len(p[0])
    means, seconds = [], []
    for phase in range(n_models):
        mine = [(b + phase) % n_models for b in block]
        q = [
            [n_models * row[s] if s == mine[v] else Q(0) for s in range(n_models)]
            for v, row in enumerate(p)
        ]
        pairs = [(error(u, p, drawn), chance) for drawn, chance in outcomes(q)]
        means.append(sum(y * c for y, c in pairs))
        seconds.append(sum(y * y * c for y, c in pairs))
    mean = sum(means) / n_models
    within = sum(b - a * a for a, b in zip(means, seconds, strict=True)) / n_models
    return mean, sum(seconds) / n_models / mean**2, 1 + within / n_models / mean**2


def tiny(seed, *, rows=4, models=2, dims=(2, 3), clients=None, part=1):
    """Integer directions, rational weights and probabilities; some rows share a client."""
    rng = np.random.default_rng(seed)
    n = clients or rows
    client = np.sort(rng.integers(0, n, rows)) if clients else np.arange(rows)
    directions = [rng.integers(-3, 4, (n, dims[s % len(dims)])) for s in range(models)]
    weights = [[Q(int(rng.integers(1, 5)), 3) for _ in range(models)] for _ in range(rows)]
    p = []
    for _ in range(rows):
        cut = rng.integers(1, 6, models)
        p.append([Q(int(c), part * (int(cut.sum()) + int(rng.integers(0, 3)))) for c in cut])
    u = [
        [[weights[v][s] * int(x) for x in directions[s][client[v]]] for s in range(models)]
        for v in range(rows)
    ]
    return directions, client, weights, p, u


def floats(table):
    return np.array([[float(x) for x in row] for row in table])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("rows", "models", "clients"), [(4, 2, None), (5, 2, 3), (3, 3, 2), (4, 1, 2)]
)
def test_independent_agrees_with_enumeration(seed, rows, models, clients):
    directions, client, weights, p, u = tiny(seed, rows=rows, models=models, clients=clients)
    mean, ratio = enumerated(u, p)
    got = squared_error_moments(
        directions, floats(p), client=client, weights=floats(weights), design="independent"
    )
    assert got.mean == pytest.approx(float(mean), rel=1e-12)
    assert got.second_moment_ratio == pytest.approx(float(ratio), rel=1e-12)
    assert got.cycle == 1
    assert got.cycle_second_moment_ratio == got.second_moment_ratio


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("rows", "models", "clients"), [(4, 2, None), (5, 2, 3), (3, 3, 2), (4, 1, 2)]
)
@pytest.mark.parametrize("design", ["turns", "blocks"])
def test_phases_agree_with_enumeration(seed, rows, models, clients, design):
    directions, client, weights, p, u = tiny(
        seed, rows=rows, models=models, clients=clients, part=models
    )
    block = None if design == "turns" else np.random.default_rng(seed).integers(0, models, rows)
    mean, ratio, cycle_ratio = enumerated_phases(u, p, [0] * rows if block is None else block)
    got = squared_error_moments(
        directions, floats(p), client=client, weights=floats(weights), design=design, block=block
    )
    assert got.mean == pytest.approx(float(mean), rel=1e-12)
    assert got.second_moment_ratio == pytest.approx(float(ratio), rel=1e-12)
    assert got.cycle_second_moment_ratio == pytest.approx(float(cycle_ratio), rel=1e-12)
    assert got.cycle == models


def test_mean_is_the_variance_formula():
    *_, p, u = tiny(3)
    exact = sum(norm2(u[v][s]) * (1 / p[v][s] - 1) for v in range(len(u)) for s in range(len(u[0])))
    assert enumerated(u, p)[0] == exact


def big(rng, rows=60, clients=20, dims=(7, 40, 3)):
    models = len(dims)
    directions = [rng.normal(size=(clients, dim)) for dim in dims]
    client = rng.integers(0, clients, rows)
    weights = rng.uniform(0.1, 1.0, (rows, models))
    p = rng.dirichlet(np.ones(models + 1), rows)[:, :models] * 0.9 + 0.01
    return directions, client, weights, p


def test_rows_and_clients_give_the_same():
    directions, client, weights, p = big(np.random.default_rng(0))
    rows = [weights[:, s, None] * g[client] for s, g in enumerate(directions)]
    short = squared_error_moments(directions, p, client=client, weights=weights)
    long = squared_error_moments(rows, p)
    assert short.mean == pytest.approx(long.mean, rel=1e-12)
    assert short.spread == pytest.approx(long.spread, rel=1e-12)


@pytest.mark.parametrize(("rows", "dimensions"), [(30, (4, 60, 90)), (600, (700,))])
def test_only_inner_products_of_the_updates_count(rows, dimensions):
    """Turned into as many dimensions as there are rows, which takes another way of summing."""
    rng = np.random.default_rng(1)
    wide = [rng.normal(size=(rows, d)) for d in dimensions]
    turned = [array @ np.linalg.qr(array.T)[0] for array in wide]
    assert all(array.shape[1] <= rows for array in turned)
    p = 0.9 * rng.dirichlet(np.ones(len(dimensions) + 1), rows)[:, 1:]
    one, other = squared_error_moments(wide, p), squared_error_moments(turned, p)
    assert other.mean == pytest.approx(one.mean, rel=1e-12)
    assert other.spread == pytest.approx(one.spread, rel=1e-11)


def test_simulation_agrees():
    rng = np.random.default_rng(2)
    directions, client, weights, p = big(rng, rows=12, clients=6, dims=(3, 2))
    got = squared_error_moments(directions, p, client=client, weights=weights)
    uniform = rng.random((400_000, 12))
    edge = np.concatenate([np.zeros((12, 1)), np.cumsum(p, axis=1)], axis=1)
    y = np.zeros(400_000)
    for s, g in enumerate(directions):
        drawn = (uniform >= edge[:, s]) & (uniform < edge[:, s + 1])
        updates = weights[:, s, None] * g[client]
        y += (((drawn / p[:, s] - 1.0) @ updates) ** 2).sum(axis=1)
    assert y.mean() == pytest.approx(got.mean, rel=0.02)
    assert (y**2).mean() / y.mean() ** 2 == pytest.approx(got.second_moment_ratio, rel=0.1)


@pytest.mark.parametrize("design", ["independent", "turns"])
@pytest.mark.parametrize("factor", [1e-300, 1e-150, 1e150, 1e300])
def test_ratio_does_not_depend_on_the_units(design, factor):
    directions, client, weights, p = big(np.random.default_rng(4))
    p = p / 3.0
    plain = squared_error_moments(directions, p, client=client, weights=weights, design=design)
    scaled = squared_error_moments(
        [g * (factor / 10) for g in directions], p, client=client, weights=weights, design=design
    )
    assert scaled.spread == pytest.approx(plain.spread, rel=1e-9)
    assert scaled.cycle_spread == pytest.approx(plain.cycle_spread, rel=1e-9)


def test_certain_draws_leave_no_error():
    got = squared_error_moments([np.ones((3, 2))], np.ones((3, 1)))
    assert (got.mean, got.second_moment_ratio) == (0.0, 1.0)


def test_one_processor_at_one_half_never_varies():
    got = squared_error_moments([np.array([[3.0, 4.0]])], [[0.5]])
    assert got.mean == pytest.approx(25.0)
    assert got.spread == pytest.approx(0.0, abs=1e-15)


def test_tiny_probabilities_stay_finite():
    got = squared_error_moments([np.ones((2, 1))], [[1e-12], [0.5]])
    assert got.mean == pytest.approx(1e12, rel=1e-9)
    assert got.second_moment_ratio == pytest.approx(1e12, rel=1e-9)


@given(
    rows=st.integers(1, 6),
    models=st.integers(1, 4),
    dim=st.integers(1, 5),
    seed=st.integers(0, 10_000),
    design=st.sampled_from(["independent", "turns"]),
)
def test_ratio_is_at_least_one(rows, models, dim, seed, design):
    rng = np.random.default_rng(seed)
    updates = [rng.normal(size=(rows, dim)) * 10.0 ** rng.integers(-8, 8) for _ in range(models)]
    p = rng.uniform(1e-6, 1.0 / models, (rows, models))
    got = squared_error_moments(updates, p, design=design)
    assert np.isfinite(got.second_moment_ratio)
    assert got.second_moment_ratio >= got.cycle_second_moment_ratio >= 1.0


@pytest.mark.parametrize(
    ("updates", "p", "more", "words"),
    [
        ([np.ones((2, 3))], [[0.5], [0.0]], {}, "floor"),
        ([np.ones((2, 3))], [[0.5]], {}, "shape"),
        ([np.ones((2, 3))], [[0.5], [1.5]], {}, "0..1"),
        ([np.ones((2, 3))] * 2, [[0.7, 0.7]] * 2, {}, "at most 1"),
        ([np.ones((2, 3))] * 2, [[0.6, 0.2]] * 2, {"design": "turns"}, "at most 0.5"),
        ([np.ones((2, 3))], [[0.5]] * 2, {"design": "poisson"}, "poisson"),
        ([np.ones((2, 3)), np.ones((3, 3))], [[0.5] * 2] * 2, {}, "same number"),
        ([np.full((2, 3), np.nan)], [[0.5]] * 2, {}, "finite"),
        ([np.ones((2, 3))], [[0.5]] * 2, {"client": [0, 2]}, "0..1"),
        ([np.ones((2, 3))], [[0.5]] * 2, {"weights": [[1.0]]}, "shape"),
        ([np.ones((2, 3))], [[0.5]] * 2, {"weights": [[1.0], [-1.0]]}, "at least 0"),
        ([], [[0.5]] * 2, {}, "per model"),
    ],
)
def test_bad_input_is_named(updates, p, more, words):
    with pytest.raises(InvalidProblemError, match=words):
        squared_error_moments(updates, p, **more)
