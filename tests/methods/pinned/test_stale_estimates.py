"""StaleVR and both StaleVRE, stepped by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from roundlot.simulate.methods import method
from roundlot.simulate.training import LocalPlan, train
from roundlot.theory import InvalidProblemError

PICKS = [(0, 1, 1), (1, -1, 1), (0, 1, -1), (0, 1, 1), (0, 0, 1)]


def least_variance(sizes: np.ndarray, budget: float) -> np.ndarray:
    """``(3, 2)``: in proportion to the sizes, which is the optimum where no row exceeds 1."""
    table = budget * sizes / sizes.sum()
    assert table.sum(axis=1).max() < 1.0
    return np.asarray(table)


def best(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """``⟨G, h⟩/‖h‖²`` in one dimension; 0 where nothing is remembered."""
    return np.divide(new, old, out=np.zeros_like(new), where=old != 0.0)


def sums(shares: np.ndarray, beta: np.ndarray, old: np.ndarray, new: np.ndarray, p: np.ndarray,
         picks: Any) -> np.ndarray:  # fmt: skip
    """``Σ_i d_i β_i h_i + Σ_{drawn} (d_i/p_i)(G_i − β_i h_i)``."""
    step = (shares * beta * old).sum(axis=0)
    for client, model in enumerate(picks):
        if model >= 0:
            at = client, model
            step[model] += shares[at] / p[at] * (new[at] - beta[at] * old[at])
    return np.asarray(step)


@pytest.mark.parametrize("norms", ["per rate", "per local time", "raw"])
def test_stale_vr_first_round(world: Any, norms: str) -> None:
    """Nothing is remembered: ``p ∝ d ‖G‖`` over the unit of the norms."""
    game = world.game(method("stale-vr", norms=norms), budget=0.9)
    unit = {"per rate": world.rates, "per local time": 2 * world.rates, "raw": 1.0}[norms]
    new = world.learnt(world.start)
    p = least_variance(world.shares * np.abs(new) / unit, 0.9)
    moved, step, _ = game.play((0, 1, 1))
    world.close(step.probabilities, p)
    zero = np.zeros((3, 2))
    world.close(moved, sums(world.shares, zero, zero, new, p, (0, 1, 1)))


def test_stale_vr_remembers(world: Any) -> None:
    """In one dimension ``β* h = G`` wherever there is an ``h``: only the others are drawn.

    The rest counts a millionth of the model's mean, so that nobody is ruled out.
    """
    game = world.game(method("stale-vr"), budget=0.9)
    first, _, _ = game.play((0, 1, 1))
    old = world.learnt(world.start) * np.array([[1, 0], [0, 1], [0, 1]])
    new = world.learnt(world.start - first)
    beta = best(new, old)
    residual = np.abs(new - beta * old) / world.rates
    sizes = world.shares * np.maximum(residual, 1e-6 * residual.mean(axis=0))
    moved, step, _ = game.play((1, 0, 0))
    world.close(step.probabilities, least_variance(sizes, 0.9))
    world.close(moved, sums(world.shares, beta, old, new, step.probabilities, (1, 0, 0)))


@pytest.mark.parametrize("name", ["stale-vre", "stale-vre-fitted"])
def test_stale_vre(world: Any, name: str) -> None:
    """Published: 0.9 when heard, then ``β ← max(0, β − (0.9 − β*)/Δt)`` a round.

    The other one: ``β*`` of the last time. ``p ∝ d`` times the last residual per rate, the
    model's mean for those never heard, at least a tenth of the model's mean.
    """
    game = world.game(method(name), budget=0.9)
    old, at = np.zeros((3, 2)), world.start.copy()
    residual = np.full((3, 2), np.nan)
    first = 0.9 if name == "stale-vre" else 1.0
    beta, loss = np.full((3, 2), first), np.zeros((3, 2))
    heard = np.full((3, 2), -1)
    factors = []
    for index, picks in enumerate(PICKS):
        known = np.where(np.isnan(residual), 0.0, residual).sum(axis=0)
        number = (~np.isnan(residual)).sum(axis=0)
        means = np.where(number > 0, known / np.maximum(number, 1), 1.0)
        sizes = np.where(np.isnan(residual), means, residual)
        floors = 0.1 * sizes.mean(axis=0)
        p = least_variance(world.shares * np.maximum(sizes, floors), 0.9)
        new = world.learnt(at)
        moved, step, _ = game.play(picks)
        world.close(step.probabilities, p)
        world.close(moved, sums(world.shares, beta, old, new, p, picks))
        at = at - moved
        after = np.maximum(0.0, beta - loss) if name == "stale-vre" else beta.copy()
        for client, model in enumerate(picks):
            if model < 0:
                continue
            it = client, model
            residual[it] = abs(new[it] - beta[it] * old[it]) / world.rates[model]
            if heard[it] >= 0:
                fit = new[it] / old[it]
                loss[it] = (0.9 - fit) / (index - heard[it])
                after[it] = fit
            if name == "stale-vre":
                after[it] = 0.9
            old[it], heard[it] = new[it], index
        # The decay of those heard now is the new one, and takes effect a round later.
        beta = after
        factors.append(beta.copy())
    assert len(np.unique(np.round(factors, 6))) > 2  # it did decay, or was fitted


@pytest.mark.parametrize("name", ["stale-vr", "stale-vre", "stale-vre-fitted"])
def test_the_sum_is_over_those_present(world: Any, name: str) -> None:
    """Away, client 0 is left out, its old update included; the others have shares of their data.

    With everybody there it is the sources' sum over all, which the tests above step by hand.
    """
    game = world.game(method(name), budget=0.9)
    game.play((0, 1, 1))
    old = world.learnt(world.start) * np.array([[1, 0], [0, 1], [0, 1]])
    at = game.at.copy()
    new = world.learnt(at)
    counts = world.counts * np.array([[0], [1], [1]])
    shares = counts / counts.sum(axis=0)
    first = {"stale-vr": best(new, old), "stale-vre": 0.9, "stale-vre-fitted": 1.0}[name]
    beta = np.broadcast_to(first, (3, 2))
    moved, step, round_ = game.play((-1, 0, 0), there=(0, 1, 1))
    world.close(round_.data_weights, shares)
    assert step.probabilities[0].max() == 0.0
    assert old[0, 0] != 0.0
    assert np.isfinite(moved).all()
    world.close(moved, sums(shares, beta, old, new, step.probabilities, (-1, 0, 0)))
    assert method(name).label == "unbiased"


def test_a_decay_reaches_zero_and_stays(world: Any) -> None:
    """Rates so large that models overshoot: ``β*`` is far below 0.9."""
    game = world.game(method("stale-vre"), budget=0.9, rates=np.array([1.2, 1.2]))
    for picks in [(0, 0, 0), (0, 0, 0), (1, 1, 1), (1, 1, 1), (-1, 1, 1), (-1, -1, -1)]:
        game.play(picks)
    decay = np.asarray(game.memory["decay"])[0]
    _, step, _ = game.play((-1, -1, -1))
    idle = 6 - np.asarray(game.memory["drawn"])[0] - 1
    anchors = [float(step.anchor(s, np.array([0]))[0, 0]) for s in range(2)]
    olds = [float(game.memory[f"updates {s}"][0, 0]) for s in range(2)]
    factors = np.maximum(0.0, 0.9 - decay * idle)
    assert factors.min() == 0.0 < np.abs(olds).min()
    world.close(anchors, factors * olds)


@pytest.mark.parametrize("name", ["gvr", "stale-vr", "stale-vre", "stale-vre-fitted"])
def test_unknown_norms_are_named(name: str) -> None:
    with pytest.raises(InvalidProblemError, match="norms is 'per epoch'"):
        method(name, norms="per epoch")


def test_the_first_factor_is_a_share() -> None:
    with pytest.raises(InvalidProblemError, match=r"beta is 1\.5"):
        method("stale-vre", beta=1.5)


@pytest.mark.parametrize("name", ["gvr", "stale-vr", "stale-vre", "stale-vre-fitted"])
@pytest.mark.parametrize(
    ("steps", "how"), [({"optimizer": "adam"}, "Adam"), ({"momentum": 0.5}, "momentum 0.5")]
)
def test_steps_without_a_local_time_have_no_norm_per_it(
    world: Any, name: str, steps: dict[str, Any], how: str
) -> None:
    settings: dict[str, Any] = {
        "rounds": 2, "plan": LocalPlan(batch_size=None, **steps), "budget": 0.9
    }  # fmt: skip
    with pytest.raises(InvalidProblemError, match=f"train 'model 0' by {how}, so that .* 'raw'"):
        train(world.federation(), method(name, norms="per local time"), **settings)
    for norms in ("per rate", "raw"):
        assert train(world.federation(), method(name, norms=norms), **settings).rounds == 2
