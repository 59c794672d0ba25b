"""Every method's mean step: what it says of its bias is so."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from roundlot.simulate.methods import METHODS
from roundlot.simulate.training.bias import copied
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.round import Round

DRAWN = (
    "random", "uniform", "turns", "data-size", "gvr", "lvr", "stale-vr", "stale-vre",
    "stale-vre-fitted",
    "fedvarp", "fedvarp-present", "fedstale", "fedstale-present", "alpha-fair", "alpha-fair-draw",
    "max-min",
)  # fmt: skip
MakeRound = Callable[..., Round]


def made(name: str) -> Any:
    """The method with its default settings."""
    file, record = METHODS[name]
    return getattr(import_module(f"roundlot.simulate.methods.{file}"), record)()


def full_step(round_: Round, model: int) -> npt.NDArray[np.float64]:
    clients = np.flatnonzero(round_.present[:, model])
    rows = round_.told(model, clients).double().numpy()
    return np.asarray(round_.data_weights[clients, model] @ rows)


def direction(step: Any, model: int) -> npt.NDArray[np.float64]:
    one = step.directions[model]
    return np.zeros(6) if one is None else one.double().numpy()


def warmed(method: Any, make_round: MakeRound) -> Memory:
    """Memory after two rounds, so that something is remembered."""
    memory = method.init(make_round().federation, make_round().parameters)
    for index in range(2):
        memory, _ = method.apply(memory, make_round(index=index, seed=1))
    return memory


def mean_step(method: Any, memory: Memory, make_round: MakeRound) -> list[npt.NDArray[np.float64]]:
    """``E Δ`` by going through every draw that independent processors can make."""
    totals = [np.zeros(6), np.zeros(6)]
    for picks in itertools.product((-1, 0, 1), repeat=5):
        chance = 0.0
        round_ = make_round(index=2)

        def draw(
            table: npt.NDArray[np.float64],
            picks: Any = picks,
            client: Any = round_.federation.client,
        ) -> Lot:
            nonlocal chance
            rows = [
                p[pick] if pick >= 0 else 1.0 - p.sum()
                for p, pick in zip(table, picks, strict=True)
            ]
            chance = float(np.prod(rows))
            # Draws that cannot happen are drawn all the same: any p > 0 does, they count nothing.
            safe = np.where(table > 0.0, table, 1.0)
            return Lot(probabilities=safe, picks=np.array(picks), client=client)

        round_.draw = draw  # type: ignore[method-assign]
        if any(p >= 0 and not round_.available[v, p] for v, p in enumerate(picks)):
            continue
        _, step = method.apply(copied(memory), round_)
        for model in range(2):
            totals[model] += chance * direction(step, model)
    return totals


@pytest.mark.parametrize("name", DRAWN)
def test_unbiased_methods_are(name: str, make_round: MakeRound) -> None:
    method = made(name)
    where = {
        "turns": "unbiased in a model's turns",
        "alpha-fair": "unbiased where a model has a share above 0",
        "alpha-fair-draw": "unbiased where a model has a share above 0",
    }
    assert method.label.split(",")[0] == where.get(name, "unbiased")
    mean = mean_step(method, warmed(method, make_round), make_round)
    round_ = make_round(index=2)
    models = (0,) if name == "turns" else (0, 1)  # round 2 is the first model's turn
    for model in models:
        np.testing.assert_allclose(mean[model], full_step(round_, model), rtol=2e-5, atol=1e-6)


def test_scaffold_is_unbiased_for_the_step_of_the_corrected_updates(
    make_round: MakeRound,
) -> None:
    """Updates are those of the table and a correction ``c − c_i``, as clients here train."""
    method = made("scaffold")
    assert method.label == "unbiased for updates that control variates correct"
    memory = warmed(method, make_round)
    mean, round_ = mean_step(method, memory, make_round), make_round(index=2)
    for model in range(2):
        own = torch.as_tensor(memory[f"client {model}"]).double().numpy()
        server = torch.as_tensor(memory[f"server {model}"]).double().numpy()
        shares = round_.data_weights[:, model]
        wanted = full_step(round_, model) + shares @ (server - own)
        np.testing.assert_allclose(mean[model], wanted, rtol=2e-5, atol=1e-6)
        assert np.abs(server - own).max() > 0.1


def test_full_is_unbiased_and_nothing_is_drawn(make_round: MakeRound) -> None:
    """Hand-made sum over the clients present, data share by data share."""
    method, round_ = made("full"), make_round()
    assert method.label == "unbiased"
    _, step = method.apply({}, make_round())
    for model in range(2):
        counts = round_.federation.counts[:, model] * round_.present[:, model]
        rows = round_.told(model, np.arange(4)[counts > 0]).double().numpy()
        wanted = counts[counts > 0] @ rows / counts.sum()
        np.testing.assert_allclose(direction(step, model), wanted, rtol=2e-5, atol=1e-6)


def test_an_auction_is_biased_once_somebody_is_not_hired(make_round: MakeRound) -> None:
    method, round_ = made("auction"), make_round()
    assert method.label.startswith("biased: only those hired")
    memory = method.init(round_.federation, round_.parameters)
    assert np.isnan(memory["payment"])[round_.present].any()
    mean = mean_step(method, memory, make_round)
    off = [np.linalg.norm(mean[s] - full_step(make_round(index=2), s)) for s in range(2)]
    assert max(off) > 0.05


@pytest.mark.parametrize("name", ["mifa", "fedavg", "q-fedavg", "q-tilted"])
def test_biased_methods_say_so_and_are(name: str, make_round: MakeRound) -> None:
    method = made(name)
    assert method.label.startswith("biased: ")
    mean = mean_step(method, warmed(method, make_round), make_round)
    off = np.linalg.norm(mean[0] - full_step(make_round(index=2), 0))
    assert off > 0.05 * np.linalg.norm(mean[0])


@pytest.mark.parametrize("name", ["md", "clustered"])
def test_draws_of_their_own_are_unbiased(name: str, make_round: MakeRound) -> None:
    """Means of 1,500 seeds; each coordinate within 6 standard errors, wrong once in 1e8."""
    method = made(name)
    steps = []
    for seed in range(1500):
        _, step = method.apply({}, make_round(seed=seed))
        steps.append(np.concatenate([direction(step, 0), direction(step, 1)]))
    expected = np.concatenate([full_step(make_round(), model) for model in (0, 1)])
    error = np.std(steps, axis=0) / np.sqrt(len(steps))
    assert np.all(np.abs(np.mean(steps, axis=0) - expected) < 6.0 * error)
    assert np.all(6.0 * error < 0.5 * np.abs(expected).max())  # and would have seen a wrong weight


def test_power_of_choice_prefers_large_losses(make_round: MakeRound) -> None:
    method, round_ = made("power-of-choice"), make_round()
    everyone = made("power-of-choice").__class__(candidates=10)
    _, step = everyone.apply({}, round_)
    worst = np.argsort(-round_.losses()[:, 0], kind="stable")[:2]
    assert set(round_.federation.client[step.picks == 0]) == set(worst.tolist())
    np.testing.assert_array_equal(np.sort(step.fresh_weights[0]), [0.0, 0.0, 0.5, 0.5])
    assert np.isclose(step.fresh_weights[0].sum(), 1.0)
    assert method.label.startswith("biased")


def test_full_participation_is_the_full_step(make_round: MakeRound) -> None:
    round_ = make_round()
    _, step = made("full").apply({}, round_)
    for model in range(2):
        np.testing.assert_allclose(direction(step, model), full_step(round_, model), rtol=1e-5)
    assert (round_.uploaded == round_.present).all()


def test_scaffold_keeps_the_mean_of_control_variates(make_round: MakeRound) -> None:
    method = made("scaffold")
    memory = method.init(make_round().federation, make_round().parameters)
    for index in range(6):
        memory, _ = method.apply(memory, make_round(index=index, seed=3))
    shares = make_round().data_weights
    for model in range(2):
        own = torch.as_tensor(memory[f"client {model}"]).double().numpy()
        server = torch.as_tensor(memory[f"server {model}"]).double().numpy()
        np.testing.assert_allclose(shares[:, model] @ own, server, rtol=1e-5, atol=1e-6)
        assert np.abs(server).max() > 0.0


def test_fedstale_between_random_and_fedvarp(make_round: MakeRound) -> None:
    """With nothing remembered all three are the same step."""
    steps = []
    for name in ("random", "fedstale", "fedvarp"):
        method, round_ = made(name), make_round(seed=7)
        memory = method.init(round_.federation, round_.parameters)
        steps.append(method.apply(memory, round_)[1])
    for other in steps[1:]:
        np.testing.assert_allclose(direction(other, 0), direction(steps[0], 0), atol=1e-6)


@pytest.mark.parametrize("name", ["stale-vre", "stale-vre-fitted"])
def test_stale_estimates_use_only_what_was_heard(name: str, make_round: MakeRound) -> None:
    method, round_ = made(name), make_round(seed=2)
    memory = method.init(round_.federation, round_.parameters)
    _, step = method.apply(memory, round_)
    assert (
        round_.trained.sum()
        == round_.uploaded.sum()
        == sum(map(np.count_nonzero, step.fresh_weights))
    )
    assert not round_.surveyed.any()


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("design", ["independent", "systematic", "pivotal", "rounding"])
def test_any_design_can_draw(name: str, design: str, make_round: MakeRound) -> None:
    method, round_ = made(name), make_round(seed=4, design=design)
    memory = method.init(round_.federation, round_.parameters)
    new, step = method.apply(memory, round_)
    assert set(new) == set(memory)
    assert len(step.directions) == 2
    for weights in step.fresh_weights:
        assert np.isfinite(weights).all()
