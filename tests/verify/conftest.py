"""Rounds simulated by NumPy alone, for the tests of the tests."""

from types import SimpleNamespace

import numpy as np
import pytest


def play(rng, p, rounds):
    """(R, V) independent draws, −1 idle."""
    edges = np.cumsum(p, axis=1)
    uniform = rng.random((rounds, p.shape[0], 1))
    model = (uniform >= edges[None]).sum(axis=2)
    return np.where(model == p.shape[1], -1, model)


def play_turns(rng, p, rounds, order="random"):
    """(R, V) draws of a common turn."""
    n_models = p.shape[1]
    phase = rng.integers(n_models)
    turn = (
        rng.integers(0, n_models, rounds)
        if order == "random"
        else (np.arange(rounds) + phase) % n_models
    )
    joins = rng.random((rounds, p.shape[0])) < n_models * p.T[turn]
    return np.where(joins, turn[:, None], -1)


def realise(draws, updates, weights, factors, client):
    """What a simulation records, for the estimator with the given factors (1/p if right)."""
    rounds, n_models = len(draws), weights.shape[1]
    error, weight = np.zeros(rounds), np.zeros((rounds, n_models))
    uploads, counts = np.zeros(rounds), np.zeros(weights.shape, dtype=np.int64)
    for s in range(n_models):
        mask = draws == s
        error += (((mask * factors[:, s]) @ updates[s] - updates[s].sum(axis=0)) ** 2).sum(axis=1)
        weight[:, s] = mask @ (factors[:, s] * weights[:, s])
        counts[:, s] = mask.sum(axis=0)
        for i in np.unique(client):
            uploads += mask[:, client == i].any(axis=1)
    return SimpleNamespace(
        squared_error=error,
        aggregate_weight=weight,
        draws=(draws >= 0).sum(axis=1),
        uploads=uploads,
        counts=counts,
    )


@pytest.fixture(scope="session")
def fleet():
    """Nine processors of five clients, three models; probabilities at most 1/3."""
    rng = np.random.default_rng(0)
    client = np.array([0, 0, 1, 1, 1, 2, 3, 3, 4])
    owned = np.bincount(client)[client]
    data = rng.uniform(0.5, 2.0, (5, 3))
    weights = (data / data.sum(axis=0))[client] / owned[:, None]
    steps = [rng.normal(size=(5, dim)) + 0.5 for dim in (2, 4, 3)]
    updates = [weights[:, s, None] * g[client] for s, g in enumerate(steps)]
    p = rng.uniform(0.12, 1 / 3, (9, 3))
    return SimpleNamespace(client=client, weights=weights, updates=updates, p=p)


@pytest.fixture(scope="session")
def simulated(fleet):
    """A function: rounds, seed and what is wrong -> the realised record."""

    def run(rounds, *, seed=0, p=None, weights=None, factors=None, order="independent"):
        rng = np.random.default_rng(seed)
        drawn_with = fleet.p if p is None else p
        draws = (
            play(rng, drawn_with, rounds)
            if order == "independent"
            else play_turns(rng, drawn_with, rounds, order)
        )
        w = fleet.weights if weights is None else weights
        factor = 1.0 / fleet.p if factors is None else factors
        share = w / fleet.weights
        updates = [share[:, s, None] * u for s, u in enumerate(fleet.updates)]
        found = realise(draws, updates, w, factor, fleet.client)
        if weights is not None:  # the true sum is that of the right weights
            found.squared_error = _against(draws, updates, fleet.updates, factor)
        return found

    return run


def _against(draws, updates, right, factors):
    return sum(
        ((((draws == s) * factors[:, s]) @ u - right[s].sum(axis=0)) ** 2).sum(axis=1)
        for s, u in enumerate(updates)
    )
