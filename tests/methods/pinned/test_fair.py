"""Fairness over models and over clients, auctions and groups, stepped by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from roundlot.simulate.methods import method
from roundlot.theory import InvalidProblemError

PICKS = [(0, 1, 1), (1, -1, 0)]
ACCURACY = (0.9, 0.4)


def horvitz_thompson(world: Any, at: np.ndarray, p: np.ndarray, picks: Any) -> np.ndarray:
    new, step = world.learnt(at), np.zeros(2)
    for client, model in enumerate(picks):
        if model >= 0:
            step[model] += world.shares[client, model] / p[client, model] * new[client, model]
    return step


def mean_of_drawn(world: Any, at: np.ndarray, picks: Any) -> np.ndarray:
    new, step = world.learnt(at), np.zeros(2)
    for s in range(2):
        who = np.flatnonzero(np.array(picks) == s)
        if who.size:
            step[s] = np.average(new[who, s], weights=world.counts[who, s])
    return step


def classified(world: Any) -> Any:
    """The same clients, said to classify: the engine's accuracy is given."""
    clients = world.federation()
    for task in clients.tasks:
        object.__setattr__(task, "loss", "cross entropy")
        vars(task).pop("measures", None)  # that the task has told already
    return clients


def fair_game(world: Any, made: Any, by: str, **more: Any) -> Any:
    if by == "loss":
        return world.game(made, **more)
    game = world.game(method("full"), **more)  # its federation trains with squared errors
    game.memory = made.init(classified(world), ())
    game.method, game.accuracy = made, ACCURACY
    return game


def chances(world: Any, by: str, at: np.ndarray, alpha: float) -> np.ndarray:
    """``f^(α−1)`` over its sum: ``(100 (1 − accuracy))^(α−1)``, or mean losses by data."""
    percent = 100.0 * (1.0 - np.array(ACCURACY))
    f = percent if by == "error rate" else (world.shares * world.losses(at)).sum(axis=0)
    return np.asarray(f ** (alpha - 1.0) / (f ** (alpha - 1.0)).sum())


@pytest.mark.parametrize("by", ["error rate", "loss"])
@pytest.mark.parametrize("aggregate", ["unbiased", "mean"])
def test_alpha_fair_draw(world: Any, by: str, aggregate: str) -> None:
    """Siew et al.: who is active (``m/N``) draws model ``s`` with chance ``∝ f_s^(α−1)``."""
    game = fair_game(world, method("alpha-fair-draw", by=by, aggregate=aggregate), by)
    at = world.start.copy()
    for picks in PICKS:
        p = 0.5 * np.tile(chances(world, by, at, 3.0), (3, 1))
        step = horvitz_thompson(world, at, p, picks)
        if aggregate == "mean":
            step = mean_of_drawn(world, at, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


@pytest.mark.parametrize("decay", [None, 0.5])
def test_past_shares(world: Any, decay: float | None) -> None:
    """The code: past is ``Σ_t d^(T−1−t) (1 + [t trained s])``; ``P(s|i) ∝ P(s) (1 − share)``."""
    made = method("alpha-fair-draw", past_shares=True, past_decay=decay)
    game = fair_game(world, made, "error rate")
    at, history = world.start.copy(), []
    for picks in [*PICKS, (1, 1, 0)]:
        counts = np.zeros((3, 2))
        for age, past in enumerate(reversed(history)):
            trained = np.array(past)[:, None] == np.arange(2)
            counts += (1.0 if decay is None else decay) ** age * (trained + 1.0)
        share = counts / counts.sum(axis=1, keepdims=True) if history else np.full((3, 2), 0.5)
        chance = chances(world, "error rate", at, 3.0) * (1.0 - share)
        p = 0.5 * chance / chance.sum(axis=1, keepdims=True)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, horvitz_thompson(world, at, p, picks))
        at = at - moved
        history.append(picks)


@pytest.mark.parametrize("by", ["error rate", "loss"])
def test_alpha_fair_budgets(world: Any, by: str) -> None:
    """``m_s = m f^(α−1)/Σ f^(α−1)``; within a model ``p ∝ d``, least variance of equal updates."""
    game = fair_game(world, method("alpha-fair", by=by, alpha=2.0), by, budget=0.9)
    at = world.start.copy()
    for picks in PICKS:
        p = 0.9 * chances(world, by, at, 2.0) * world.shares
        assert p.max() < 1.0
        step = horvitz_thompson(world, at, p, picks)
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


def test_equally_untrained_models_of_10_and_80_classes(world: Any) -> None:
    """Errors 0.9 and 0.9875: ``α = 3`` shares out 45.4 to 54.6 %, and 21.6 to 78.4 % by loss."""
    game = fair_game(world, method("alpha-fair-draw"), "error rate")
    game.accuracy = (0.1, 0.0125)
    _, done, _ = game.play((-1, -1, -1))
    error = np.array([0.9, 0.9875]) ** 2
    world.close(done.probabilities.sum(axis=0) / 1.5, error / error.sum())
    assert abs(error[0] / error.sum() - 0.454) < 1e-3


@pytest.mark.parametrize("name", ["alpha-fair", "alpha-fair-draw"])
def test_error_rates_need_models_that_classify(world: Any, name: str) -> None:
    with pytest.raises(InvalidProblemError, match=r"'model 0' does not classify.*by = 'loss'"):
        world.game(method(name))


@pytest.mark.parametrize("q", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("draws", ["data", "uniform"])
def test_q_fedavg(world: Any, q: float, draws: Any) -> None:
    """``Σ F^q L Δw / Σ (q F^(q−1) ‖L Δw‖² + L F^q)`` with ``L = 1/γ``, over those drawn.

    By data, 1.5 draws for two models are 3/4 of the shares; else each pair has 1.5 of 6.
    """
    made = method("q-fedavg", q=q) if draws == "data" else method("q-fedavg", q=q, draws=draws)
    chances = 0.75 * world.shares if draws == "data" else np.full((3, 2), 0.25)
    game = world.game(made)
    at = world.start.copy()
    for picks in PICKS:
        new, f, step = world.learnt(at), world.losses(at), np.zeros(2)
        for s in range(2):
            who = np.flatnonzero(np.array(picks) == s)
            if who.size:
                gradient = new[who, s] / world.rates[s]
                loss = f[who, s] + 1e-10
                h = q * loss ** (q - 1.0) * gradient**2 + loss**q / world.rates[s]
                step[s] = (loss**q * gradient).sum() / h.sum()
        moved, done, round_ = game.play(picks)
        world.close(moved, step)
        world.close(done.probabilities, chances)
        at = at - step
        # Nobody but those drawn is asked for a loss, and weights are those of the updates.
        assert (round_.evaluated == round_.uploaded).all()
        world.close([w @ new[:, s] for s, w in enumerate(done.fresh_weights)], moved)


def test_q_tilted(world: Any) -> None:
    """``w_i ∝ d_i f_i^q``, over ``p = m/(N S)``."""
    game = world.game(method("q-tilted", q=2.0))
    at = world.start.copy()
    for picks in PICKS:
        weights = world.shares * world.losses(at) ** 2
        weights /= weights.sum(axis=0)
        new, step = world.learnt(at), np.zeros(2)
        for client, model in enumerate(picks):
            if model >= 0:
                step[model] += weights[client, model] / 0.25 * new[client, model]
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step


def test_max_min(world: Any) -> None:
    """One model a budget: the same variance ``Σ (d f)² (1/p − 1)`` in both, all budget used.

    Within a model the optimum is ``p ∝ d f``; how the budget is split makes the variances equal.
    """
    game = world.game(method("max-min"), budget=0.9)
    at = world.start.copy()
    for picks in PICKS:
        scores = world.shares * world.losses(at)
        floors = 0.01 * world.losses(at).mean(axis=0) * world.shares
        scores = np.maximum(scores, floors)
        low, high = 0.0, 0.9
        for _ in range(200):  # bisection on the first model's budget
            first = 0.5 * (low + high)
            split = np.array([first, 0.9 - first])
            p = split * scores / scores.sum(axis=0)
            variance = (scores**2 * (1.0 / np.maximum(p, 1e-300) - 1.0)).sum(axis=0)
            low, high = (first, high) if variance[0] > variance[1] else (low, first)
        assert p.sum(axis=1).max() < 1.0
        moved, done, _ = game.play(picks)
        np.testing.assert_allclose(done.probabilities, p, rtol=2e-4)
        step = horvitz_thompson(world, at, p, picks)
        np.testing.assert_allclose(moved, step, rtol=2e-4, atol=1e-6)
        at = at - moved


def test_an_auction(world: Any) -> None:
    """Half of the budget 2 a model: model 0 can pay two of costs 0.3, 0.4, 0.9; model 1 three.

    ``b_(k) <= B/k`` with ``B = 1``: 0.4 <= 1/2 but 0.9 > 1/3; and 0.1, 0.2, 0.3 <= 1/3. Winners are
    drawn at random over their models and weigh their share of the winners' data over ``p``.
    """
    costs = ((0.3, 0.1), (0.4, 0.2), (0.9, 0.3))
    game = world.game(method("auction", payment_budget=2.0, costs=costs), budget=1.5)
    hired = np.array([[1, 1], [1, 1], [0, 1]])
    counts = world.counts * hired
    shares = counts / counts.sum(axis=0)
    paid = np.asarray(game.memory["payment"])
    np.testing.assert_allclose(paid[:2, 0], 0.5)  # min(B/k, b_(k+1))
    np.testing.assert_allclose(paid[:, 1], 1 / 3)
    at = world.start.copy()
    p = 0.5 * hired / hired.sum(axis=1, keepdims=True)
    for picks in [(0, 1, 1), (1, 0, -1)]:
        new, step = world.learnt(at), np.zeros(2)
        for client, model in enumerate(picks):
            if model >= 0:
                step[model] += shares[client, model] / p[client, model] * new[client, model]
        moved, done, _ = game.play(picks)
        world.close(done.probabilities, p)
        world.close(moved, step)
        at = at - step


@pytest.mark.parametrize("aggregate", ["mean", "unbiased"])
def test_group_sampling(world: Any, aggregate: str) -> None:
    """Two groups go round two models: whose losses are alike, {0} and {1, 2} or another split.

    The published mean is plain over those active of a group; the unbiased weight is
    ``d/(q k/G)`` with ``k/G = 1/2``. Within a group all join with ``m/N``.
    """
    game = world.game(method("group-sampling", aggregate=aggregate), budget=1.5)
    at, seen = world.start.copy(), []
    for _ in range(2):
        # Whose turn it is comes of the phase, which the seed draws; a trial round tells it.
        trial = world.game(game.method, budget=1.5)
        trial.memory, trial.index, trial.at = dict(game.memory), game.index, game.at.copy()
        _, told, _ = trial.play((-1, -1, -1))
        table = told.probabilities * (1.0 if aggregate == "mean" else 2.0)
        world.close(table.sum(axis=1), 0.5)
        model = table.argmax(axis=1)
        assert (table > 0.0).sum() == 3
        picks = np.where([True, True, game.index == 0], model, -1)
        new, step = world.learnt(at), np.zeros(2)
        for s in range(2):
            who = np.flatnonzero(picks == s)
            if who.size and aggregate == "mean":
                step[s] = new[who, s].mean()
            elif who.size:
                step[s] = (world.shares[who, s] / (0.5 / 2) * new[who, s]).sum()
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step
        seen.append(model)
    # Every group meets every model once in a cycle, and clients of a group stay together.
    np.testing.assert_array_equal(seen[0] + seen[1], 1)
    losses = world.losses(world.start)
    scaled = (losses - losses.mean(axis=0)) / losses.std(axis=0)
    apart = [np.linalg.norm(scaled[a] - scaled[b]) for a, b in ((0, 1), (1, 2), (0, 2))]
    together = ((0, 1), (1, 2), (0, 2))[int(np.argmin(apart))]
    assert seen[0][together[0]] == seen[0][together[1]]
