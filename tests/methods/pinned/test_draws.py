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


@pytest.mark.parametrize("name", ["random", "uniform"])
def test_random_and_uniform(world: Any, name: str) -> None:
    """``p = m/(N S)`` for all where everybody can train everything; weights ``d/p``."""
    game = world.game(method(name), budget=1.5)
    at, p = world.start.copy(), np.full((3, 2), 0.25)
    for picks in [(0, 1, 1), (1, -1, 0)]:
        step = horvitz_thompson(world, at, p, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


def test_processors_share_their_clients_data(world: Any) -> None:
    """Client 2 has two processors: each has half of its data; both may train the same model."""
    game = world.game(method("random"), world.federation(processors=np.array([1, 1, 2])), budget=2)
    new, p = world.learnt(world.start), 0.25  # 2 of 4 processors, two models
    moved, done, _ = game.play((0, -1, 0, 0))
    weights = np.array([world.shares[0, 0], 0.0, world.shares[2, 0]]) / p
    world.close(done.probabilities, p)
    world.close(moved, [weights @ new[:, 0], 0.0])


def test_full(world: Any) -> None:
    """``Σ_i d_i G_i`` over those there; nothing is drawn."""
    game = world.game(method("full"), world.federation([[1, 1, 1], [0, 1, 1]]))
    at = world.start.copy()
    for there in ([1, 1, 1], [0, 1, 1]):
        counts = world.counts * np.array(there)[:, None]
        step = (counts / counts.sum(axis=0) * world.learnt(at)).sum(axis=0)
        moved, done, _ = game.play()
        assert (done.picks == -1).all()
        world.close(moved, step)
        at = at - step


def test_fedavg(world: Any) -> None:
    """McMahan et al.: the mean by data of those drawn."""
    game = world.game(method("fedavg"), budget=1.5)
    at = world.start.copy()
    for picks in [(0, 1, 1), (1, 0, 0)]:
        new, step = world.learnt(at), np.zeros(2)
        for s in range(2):
            who = np.flatnonzero(np.array(picks) == s)
            step[s] = np.average(new[who, s], weights=world.counts[who, s])
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step


def test_data_size(world: Any) -> None:
    """``p ∝ d``: least variance for updates of equal size, where no row exceeds 1."""
    game = world.game(method("data-size"), budget=1.5)
    at, p = world.start.copy(), 1.5 * world.shares / 2
    assert p.sum(axis=1).max() < 1.0
    for picks in [(0, 1, 1), (1, -1, 0)]:
        step = horvitz_thompson(world, at, p, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


def test_lvr(world: Any) -> None:
    """Zhang et al.: ``p ∝ d f``, a loss of at least a hundredth of the model's mean."""
    game = world.game(method("lvr"), budget=0.9)
    at = world.start.copy()
    for picks in [(0, 1, 1), (1, -1, 0)]:
        losses = world.losses(at)
        sizes = world.shares * np.maximum(losses, 0.01 * losses.mean(axis=0))
        p = 0.9 * sizes / sizes.sum()
        assert p.sum(axis=1).max() < 1.0
        step = horvitz_thompson(world, at, p, picks)
        moved, done, round_ = game.play(picks)
        assert round_.evaluated.all()
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


def test_md(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Li et al., scheme I: ``n`` draws by data with replacement; a plain mean for one model.

    Two draws of a pair for two models: each expects ``p = d`` draws, and weighs ``d/p = 1`` a draw,
    whoever it is; a pair drawn twice counts twice.
    """
    counts = [np.array([[1, 0], [0, 1], [0, 0]]), np.array([[0, 0], [0, 0], [2, 0]])]
    game = world.game(method("md"), budget=2.0)
    at = world.start.copy()
    for drawn in counts:
        monkeypatch.setattr(
            "roundlot.simulate.methods.md._draw", lambda table, chance, drawn=drawn: drawn
        )
        step = (drawn * world.learnt(at)).sum(axis=0)
        moved, _, _ = game.play()
        world.close(moved, step)
        at = at - step


def test_clustered(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fraboni et al., Algorithm 1: as many clusters as draws, one pair from each, by data.

    Two draws of pairs of weight ``d/2``: ``p = d``. Clients weigh 5/12, 7/12 and 1, so the clusters
    are {0, 1} and {2}, and neither exceeds 1.
    """
    game = world.game(method("clustered"), budget=2.0)
    at = world.start.copy()
    tables = []

    def given(table: Any, labels: Any, chance: Any) -> Any:
        tables.append(table)
        totals = [table[labels == label].sum() for label in np.unique(labels)]
        assert max(totals) <= 1.0 + 1e-12
        return np.array(picks)

    monkeypatch.setattr("roundlot.simulate.methods.clustered._draw", given)
    for picks in [(0, -1, 1), (-1, 1, 0)]:
        new = world.learnt(at)
        moved, _, _ = game.play()
        step = np.zeros(2)
        for client, model in enumerate(picks):
            if model >= 0:
                step[model] += new[client, model]  # d/p = 1
        world.close(moved, step)
        at = at - step
    world.close(tables[0], world.shares)
    world.close(tables[1], world.shares)


def test_power_of_choice(world: Any) -> None:
    """Cho et al.: of ``d = 3`` different candidates the ``m = 2`` of largest loss, a plain mean.

    Client 2 has three processors and is trained once.
    """
    clients = world.federation(processors=np.array([1, 1, 3]))
    game = world.game(method("power-of-choice", candidates=2), clients, budget=2.5)
    at = world.start.copy()
    for model in (0, 1, 0):
        worst = np.sort(np.argsort(-world.losses(at)[:, model])[:2])
        step = np.zeros(2)
        step[model] = world.learnt(at)[worst, model].mean()
        moved, done, round_ = game.play()
        world.close(moved, step)
        drawn = clients.client[done.picks >= 0]
        np.testing.assert_array_equal(drawn, worst)
        np.testing.assert_array_equal(np.flatnonzero(round_.uploaded[:, model]), worst)
        at = at - step


def test_candidates_are_different_clients_by_data(world: Any) -> None:
    """Two candidates of three, drawn by shares 1/6, 2/6, 3/6 without replacement.

    Client 0 is left out with probability ``2/6 · 3/4 + 3/6 · 2/3 = 7/12``; 2,000 seeds, within five
    standard errors of 0.011.
    """
    made, out, seeds = method("power-of-choice", candidates=2), 0, 2000
    clients = world.federation(processors=np.array([3, 1, 1]))
    _, _, round_ = world.game(made, clients, budget=1.0).play()
    for seed in range(seeds):
        round_.seed = seed
        asked = made._candidates(round_, 0, 1)
        assert len(set(asked.tolist())) == 2
        out += 0 not in asked
    assert abs(out / seeds - 7 / 12) < 0.055
