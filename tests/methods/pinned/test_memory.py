"""Methods that remember, stepped by hand from the formulas of their papers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from roundlot.simulate.methods import method
from roundlot.theory import InvalidProblemError

# Rounds: who is there (three clients), and which model each trains, −1 for none.
AWAY = [[1, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0]]
PICKS = [(0, 1, 1), (1, -1, 0), (-1, 0, -1), (-1, -1, -1)]


def drawn(picks: Any, model: int) -> np.ndarray:
    return np.flatnonzero(np.array(picks) == model)


def test_mifa(world: Any) -> None:
    """Gu et al., Algorithm 1: ``w ← w − γ Σ_{i=1..N} d_i G^i``, ``G^i = (w − w_i)/γ`` when active.

    The rate decays, so that an old ``G^i`` counts with the rate of today; a round with nobody
    moves on by what is remembered.
    """
    game = world.game(method("mifa"), world.federation(AWAY), decay=0.5)
    table, at = np.zeros((3, 2)), world.start.copy()
    for index, picks in enumerate(PICKS):
        rates = world.rates * 0.5**index
        new = world.learnt(at, rates=rates) / rates
        for s in range(2):
            table[drawn(picks, s), s] = new[drawn(picks, s), s]
        step = rates * (world.shares * table).sum(axis=0)
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step
    assert np.abs(table).min() > 0.0 or (table == 0.0).sum() == 1


def test_mifa_of_those_present(world: Any) -> None:
    """The variant: shares of those who are there, and no part for the others."""
    game = world.game(method("mifa-present"), world.federation(AWAY))
    table, at = np.zeros((3, 2)), world.start.copy()
    for there, picks in zip(AWAY[:3], PICKS, strict=False):
        new = world.learnt(at)
        for s in range(2):
            table[drawn(picks, s), s] = new[drawn(picks, s), s]
        counts = world.counts * np.array(there)[:, None]
        step = (counts / counts.sum(axis=0) * table).sum(axis=0)
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step


@pytest.mark.parametrize(
    ("name", "settings", "beta"),
    [("fedvarp", {}, 1.0), ("fedstale", {}, 0.5), ("fedstale", {"beta": 0.2}, 0.2)],
)
def test_fedvarp_and_fedstale(world: Any, name: str, settings: Any, beta: float) -> None:
    """``Σ_{i=1..N} d_i β h_i + Σ_{drawn} (d_i/p_i)(G_i − β h_i)`` over all clients.

    ``p``: active with ``m`` over those there, then one of two models.
    """
    game = world.game(method(name, **settings), world.federation(AWAY), budget=1.5)
    table, at = np.zeros((3, 2)), world.start.copy()
    for there, picks in zip(AWAY, PICKS, strict=True):
        new, step = world.learnt(at), beta * (world.shares * table).sum(axis=0)
        for s in range(2):
            who = drawn(picks, s)
            chance = min(1.0, 1.5 / max(sum(there), 1)) / 2
            step[s] += (world.shares[who, s] / chance * (new - beta * table)[who, s]).sum()
        for s in range(2):
            table[drawn(picks, s), s] = new[drawn(picks, s), s]
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step


@pytest.mark.parametrize(("name", "beta"), [("fedvarp-present", 1.0), ("fedstale-present", 0.5)])
def test_variants_of_those_present(world: Any, name: str, beta: float) -> None:
    game = world.game(method(name), world.federation(AWAY))
    table, at = np.zeros((3, 2)), world.start.copy()
    for there, picks in zip(AWAY[:3], PICKS, strict=False):
        counts = world.counts * np.array(there)[:, None]
        shares = counts / counts.sum(axis=0)
        new, step = world.learnt(at), beta * (shares * table).sum(axis=0)
        for s in range(2):
            who = drawn(picks, s)
            chance = min(1.0, 1.5 / sum(there)) / 2
            step[s] += (shares[who, s] / chance * (new - beta * table)[who, s]).sum()
            table[who, s] = new[who, s]
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        at = at - step


def test_scaffold(world: Any) -> None:
    """Karimireddy et al., option II, by data: ``c_i ← c_i − c + G_i/(K γ)``, ``c = Σ d c_i``.

    Local gradients are ``w − c_is + c − c_i``, those drawn weigh ``d/p``.
    """
    game = world.game(method("scaffold"))
    own, at = np.zeros((3, 2)), world.start.copy()
    for picks in [(0, 1, 1), (1, 0, 1), (0, -1, 0)]:
        server = (world.shares * own).sum(axis=0)
        new, step = world.learnt(at, server - own), np.zeros(2)
        for s in range(2):
            who = drawn(picks, s)
            step[s] = (world.shares[who, s] / 0.25 * new[who, s]).sum()
            own[who, s] += (new / (world.epochs * world.rates) - server)[who, s]
        moved, _, _ = game.play(picks)
        world.close(moved, step)
        world.close(game.memory["server 0"], [(world.shares * own).sum(axis=0)[0]])
        at = at - step


def test_fedstale_with_known_availability(world: Any) -> None:
    """``α_k/p_k`` with ``p_k`` of taking part: over presence and draw it is ``Σ_i d_i G_i``.

    Client 0 is always there, the others with 1/2 and 4/5; who is there is active with ``m`` over
    their number and draws one of two models. All outcomes, from a memory that is not empty.
    """
    online = np.array([1.0, 0.5, 0.8])
    made = method("fedstale", known_availability=True)
    assert made.label == "unbiased over who is there"
    mean, chances = np.zeros(2), 0.0
    for b, c in itertools.product((0, 1), repeat=2):
        there = np.array([1, b, c])
        chance = np.prod(np.where(there[1:], online[1:], 1 - online[1:]))
        q = min(1.0, 1.5 / there.sum())
        for picks in itertools.product((-1, 0, 1), repeat=3):
            picked = np.array(picks) >= 0
            if (picked & (there == 0)).any():
                continue
            game = world.game(made, world.federation(online))
            game.play((0, 1, 1), there=(1, 1, 1))
            fresh = world.learnt(game.at)
            likely = chance * np.prod(np.where(picked, q / 2, 1 - q)[there == 1])
            moved, step, _ = game.play(picks, there=there)
            mean, chances = mean + likely * moved, chances + likely
            if picks == (0, -1, -1):
                weight = world.shares[0, 0] / (q / 2)
                world.close(step.fresh_weights[0], [weight, 0.0, 0.0])
    assert chances == pytest.approx(1.0)
    world.close(mean, (world.shares * fresh).sum(axis=0))


@pytest.mark.parametrize(
    ("online", "named"),
    [
        (None, "clients are always there"),
        ([[1, 1, 1], [1, 0, 1]], "clients are there by a record"),
        (np.array([1.0, 0.0, 0.5]), "client 1 is online with probability 0"),
    ],
)
def test_availability_must_be_known(world: Any, online: Any, named: str) -> None:
    with pytest.raises(InvalidProblemError, match=named):
        world.game(method("fedstale", known_availability=True), world.federation(online))


def test_what_labels_say_of_those_away(world: Any) -> None:
    assert method("fedvarp").label == "unbiased, with the last updates of those away"
    assert method("fedstale").label == "unbiased, with 0.5 times the last updates of those away"
    assert method("fedvarp-present").label == method("fedstale-present").label == "unbiased"
    for name in ("mifa", "mifa-present"):
        assert method(name).label.startswith("biased: updates of earlier rounds")


@pytest.mark.parametrize("name", ["fedvarp", "fedstale"])
def test_the_mean_over_draws_is_what_the_label_says(world: Any, name: str) -> None:
    """Every draw of those there, by its probability: ``G`` of these, ``β h`` of who is away."""
    made = method(name)
    beta = 1.0 if name == "fedvarp" else 0.5
    mean, chances = np.zeros(2), 0.0
    for first in (-1, 0, 1):
        for last in (-1, 0, 1):
            game = world.game(made, world.federation(AWAY))
            game.play((0, 0, 1))
            old = world.learnt(world.start) * np.array([[1, 0], [1, 0], [0, 1]])
            fresh = world.learnt(game.at)
            chance = np.prod([0.25 if pick < 0 else 0.375 for pick in (first, last)])
            moved, _, _ = game.play((first, -1, last))
            mean, chances = mean + chance * moved, chances + chance
    assert chances == pytest.approx(1.0)
    expected = world.shares[[0, 2]].T * fresh[[0, 2]].T
    world.close(mean, expected.sum(axis=1) + beta * world.shares[1] * old[1])
