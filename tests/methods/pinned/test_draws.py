"""Methods without memory, stepped by hand twice from the formulas of their sources."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from roundlot.simulate.methods import method
from roundlot.simulate.methods.round_robin import blocks_of


def horvitz_thompson(world: Any, at: np.ndarray, p: np.ndarray, picks: Any) -> np.ndarray:
    """``Σ_{drawn} (d/p) G``, one processor a client."""
    new, step = world.learnt(at), np.zeros(2)
    for client, model in enumerate(picks):
        if model >= 0:
            step[model] += world.shares[client, model] / p[client, model] * new[client, model]
    return step


@pytest.mark.parametrize(
    ("aggregate", "picks"),
    [("mean", [(0, 0, 1), (1, -1, 0)]), ("unbiased", [(0, -1, 1), (1, 1, 0)])],
)
def test_round_robin(world: Any, aggregate: str, picks: Any) -> None:
    """Three clients in two blocks, {0} and {1, 2}: block ``b`` trains model ``(b + t) mod 2``.

    Everybody joins with ``q = m/N``. The mean by data of those drawn, or ``d/(q/S)``.
    """
    np.testing.assert_array_equal(blocks_of(3, 2), [0, 1, 1])
    np.testing.assert_array_equal(blocks_of(7, 3), [0, 0, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(blocks_of(2, 3), [1, 2])
    game = world.game(method("round-robin", aggregate=aggregate), budget=1.5)
    at = world.start.copy()
    for index in range(2):
        model = (np.array([0, 1, 1]) + index) % 2
        joined = np.array([True, index == 1, True]) if aggregate == "unbiased" else None
        joined = np.array([True, index == 0, True]) if joined is None else joined
        drawn = np.where(joined, model, -1)
        new, step = world.learnt(at), np.zeros(2)
        for s in range(2):
            who = np.flatnonzero(drawn == s)
            if aggregate == "mean":
                step[s] = np.average(new[who, s], weights=world.counts[who, s])
            else:
                step[s] = (world.shares[who, s] / (0.5 / 2) * new[who, s]).sum()
        moved, _, round_ = game.play(drawn)
        table = game.method.probabilities(game.memory, round_)
        world.close(table, 0.5 * (model[:, None] == np.arange(2)))
        world.close(moved, step)
        at = at - step
    assert method("round-robin").label == "biased: in a round a model hears one block of clients"
    label = method("round-robin", aggregate="unbiased").label
    assert label == "unbiased over the turns of the blocks"


def test_round_robin_over_its_turns(world: Any) -> None:
    """All ``2 · 2³`` outcomes of two rounds at the same place: the mean is the full step."""
    made, total = method("round-robin", aggregate="unbiased"), np.zeros(2)
    for index in range(2):
        model = (np.array([0, 1, 1]) + index) % 2
        for joins in np.ndindex(2, 2, 2):
            game = world.game(made, budget=1.5)
            game.index = index
            moved, _, _ = game.play(np.where(np.array(joins) == 1, model, -1))
            total += moved / 8 / 2  # each joins with 1/2
    world.close(total, (world.shares * world.learnt(world.start)).sum(axis=0))


def test_turns(world: Any) -> None:
    """The whole budget to one model, ``q = m/N``; the other does not move."""
    game = world.game(method("turns"), budget=1.5)
    at = world.start.copy()
    for index, picks in enumerate([(0, -1, 0), (1, 1, -1)]):
        p = np.zeros((3, 2))
        p[:, index] = 0.5
        step = horvitz_thompson(world, at, p, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


@pytest.mark.parametrize("norms", ["per rate", "per local time", "raw"])
def test_gvr(world: Any, norms: str) -> None:
    """``p ∝ d ‖G‖/γ``: the optimum where no client's row exceeds 1."""
    game = world.game(method("gvr", norms=norms), budget=0.9)
    unit = {"per rate": world.rates, "per local time": 2 * world.rates, "raw": 1.0}[norms]
    at = world.start.copy()
    for picks in [(0, 1, 1), (1, -1, 0)]:
        sizes = world.shares * np.abs(world.learnt(at)) / unit
        p = 0.9 * sizes / sizes.sum()
        step = horvitz_thompson(world, at, p, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


def test_rates_do_not_move_the_budget(world: Any) -> None:
    """Two alike models, one step each at rates 0.01 and 0.1: half of the budget each."""
    alike = world.federation(counts=np.array([[1, 1], [2, 2], [3, 3]]))
    for name in ("gvr", "stale-vr"):
        shares = []
        for norms in ("per rate", "raw"):
            game = world.game(
                method(name, norms=norms), alike, budget=0.9, rates=np.array([1e-4, 1e-3])
            )
            game.at[:] = 10.0  # far from all, so that centres hardly matter
            _, done, _ = game.play((-1, -1, -1))
            shares.append(done.probabilities.sum(axis=0) / 0.9)
        gap = np.abs(10.0 - world.centres)
        weighted = np.array([1, 2, 3]) @ gap
        np.testing.assert_allclose(shares[0], weighted / weighted.sum(), rtol=2e-3)
        assert shares[1][1] > 0.85
