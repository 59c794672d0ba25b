"""Clipped updates and noise by hand; the epsilon between bounds from outside; refusals by name."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm
from torch import nn

from roundlot.simulate.methods import method
from roundlot.simulate.training import Federation, History, LocalPlan, Privacy, Samples, Task, train
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import PRIVACY_NOISE
from roundlot.train import TrainSetup, run_training
from roundlot.train.privacy import epsilon, is_accounted

SIZE = 40


def federation(**settings: Any) -> Federation:
    """Two clients with one sample each; ``w = 1``, loss ``w²/2`` in each of 40 outputs."""
    module = nn.Linear(1, SIZE, bias=False)
    with torch.no_grad():
        module.weight.fill_(1.0)
    rows = Samples.by_owner(torch.ones(2, 1), torch.zeros(2, SIZE), [0, 1], 2)
    return Federation(
        tasks=(Task(name="w", module=module, train=rows, loss="squared error"),), **settings
    )


def run(name: str = "random", rounds: int = 1, **settings: Any) -> History:
    given = {"plan": LocalPlan(epochs=1, learning_rate=0.1), "budget": 1.0, "restart": False}
    return train(federation(), method(name), rounds=rounds, **(given | settings))


def test_updates_are_clipped_to_the_norm() -> None:
    # Everybody's update is 0.1 in 40 entries, of norm √0.4 = 0.632; both clients go alike.
    whole = run("full").parameters[0]
    np.testing.assert_allclose(whole, 0.9, rtol=1e-6)
    clipped = run("full", privacy=Privacy(clip=0.2)).parameters[0]
    assert np.linalg.norm(clipped - 1.0) == pytest.approx(0.2, rel=1e-6)
    np.testing.assert_array_equal(run("full", privacy=Privacy(clip=0.7)).parameters[0], whole)


def test_noise_is_its_factor_times_the_sensitivity_and_comes_in_every_round() -> None:
    # Two clients, p = 1/4 and d = 1/2 each: d/p = 2, so the deviation is 3 · 0.2 · 2.
    rounds = 6
    quiet = run(budget=0.5, privacy=Privacy(clip=0.2))
    loud = [
        run(rounds=t, budget=0.5, privacy=Privacy(clip=0.2, noise=3.0))
        for t in range(1, rounds + 1)
    ]
    drawn = PRIVACY_NOISE.generator(0, 0, 0).standard_normal(SIZE)
    moved = loud[0].parameters[0] - quiet.parameters[0]
    np.testing.assert_allclose(moved, -1.2 * drawn, rtol=1e-4, atol=1e-6)
    assert 0 in loud[-1].uploads.tolist()
    for before, after in itertools.pairwise(loud):
        assert not np.array_equal(before.parameters[0], after.parameters[0])
    np.testing.assert_allclose(loud[-1].figures["privacy_rate"], 0.25)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("gvr", {}, "method 'GVR' is not one whose draws are private; choose random, uniform"),
        ("fedvarp", {}, "is not one whose draws are private"),
        ("random", {"design": "systematic"}, "design is 'systematic'; choose independent"),
        ("random", {"measure": True}, "measure compares steps without noise"),
    ],
)
def test_noise_that_could_not_be_accounted_for_is_refused(
    name: str, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidProblemError, match=said):
        run(name, privacy=Privacy(clip=1.0, noise=1.0), **settings)


def test_several_processors_and_values_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidProblemError, match="several processors; give each one"):
        train(
            federation(processors=2),
            method("random"),
            rounds=1,
            plan=LocalPlan(),
            budget=1,
            privacy=Privacy(clip=1.0, noise=1.0),
        )
    for wrong in ({"clip": 0.0}, {"clip": 1.0, "noise": -1.0}, {"clip": 1.0, "delta": 1.0}):
        with pytest.raises(InvalidProblemError, match="privacy's"):
            Privacy(**wrong)


def exact_gaussian(rounds: int, noise: float, delta: float) -> float:
    """Balle and Wang 2018, Theorem 8, for ``rounds`` Gaussians: one with ``√rounds`` the shift."""
    shift = math.sqrt(rounds) / noise

    def gap(e: float) -> float:
        first, second = norm.cdf(shift / 2 - e / shift), norm.cdf(-shift / 2 - e / shift)
        return float(first - math.exp(e) * second - delta)

    return float(brentq(gap, 0.0, 200.0))


@pytest.mark.parametrize(("rounds", "noise"), [(1, 2.0), (50, 4.0)])
def test_epsilon_lies_between_the_exact_and_the_classical_bound(rounds: int, noise: float) -> None:
    pytest.importorskip("dp_accounting")
    delta = 1e-5
    found = epsilon(np.ones(rounds), noise, delta)
    orders = np.linspace(1.01, 300.0, 30_000)
    classical = (rounds * orders / (2 * noise**2) + math.log(1 / delta) / (orders - 1)).min()
    assert exact_gaussian(rounds, noise, delta) <= found <= classical * (1 + 1e-3)
    assert epsilon(np.full(rounds, 0.1), noise, delta) < found
    assert epsilon(np.zeros(rounds), noise, delta) == 0.0


def test_a_setup_says_its_epsilon_or_how_to_get_it() -> None:
    document = {
        "methods": ["random"],
        "tasks": {"kind": "quadratics", "clients": 6, "dimension": 2},
        "run": {"rounds": 2, "seeds": 1, "budget": 2},
        "privacy": {"clip": 0.5, "noise": 2.0},
    }
    result = run_training(TrainSetup.of(document))
    (row,) = result.privacy
    assert (row["method"], row["delta"]) == ("random", 1e-5)
    if is_accounted():
        rates = result.bench.histories["random"][0].figures["privacy_rate"]
        assert row["epsilon"] == epsilon(rates, 2.0, 1e-5) > 0.0
    else:
        assert math.isnan(row["epsilon"])
        (said,) = result.warnings
        assert "dp-accounting is not installed" in said
        assert "privacy" in said
    del document["privacy"]["noise"]  # type: ignore[attr-defined]
    assert run_training(TrainSetup.of(document)).privacy == ()
