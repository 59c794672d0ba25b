"""Auctions before training: who is hired is heard, and nobody else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from roundlot.simulate.methods import method
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
MakeRound = Callable[..., Round]
COSTS = ((1.0, 2.0), (2.0, 0.0), (3.0, 4.0), (9.0, 3.0))


def mean_of(round_: Round, model: int, clients: list[int]) -> FloatArray:
    """``Σ d G / Σ d`` over these clients."""
    weights = round_.data_weights[clients, model]
    rows = round_.told(model, np.array(clients)).double().numpy()
    return np.asarray(weights @ rows / weights.sum())


def hired_by(made: Any, make_round: MakeRound) -> FloatArray:
    round_ = make_round()
    return np.asarray(made.init(round_.federation, round_.parameters)["payment"])


def test_winners_of_a_known_auction(make_round: MakeRound) -> None:
    payment = hired_by(method("auction", costs=COSTS, payment_budget=12.0), make_round)
    # Six for each model: two of the first (share 3), two of the second (share 3, of 2 and 3).
    np.testing.assert_array_equal(
        payment, [[3, 3], [3, math.nan], [math.nan, math.nan], [math.nan, 3]]
    )
    most = hired_by(method("auction", rule="max-min", costs=COSTS, payment_budget=5.0), make_round)
    np.testing.assert_array_equal((~np.isnan(most)).sum(axis=0), [1, 1])


def test_the_step_is_the_mean_of_the_winners(
    make_round: MakeRound, expected_step: Callable[..., list[FloatArray]]
) -> None:
    made = method("auction", costs=COSTS, payment_budget=12.0)
    assert made.label.startswith("biased: ")
    memory = {"payment": hired_by(made, make_round)}
    mean = expected_step(made, memory)
    round_ = make_round(index=2)
    for model, winners in enumerate(([0, 1], [0, 3])):
        wanted = mean_of(round_, model, winners)
        np.testing.assert_allclose(mean[model], wanted, rtol=2e-5, atol=1e-6)
        everybody = mean_of(round_, model, np.flatnonzero(round_.present[:, model]).tolist())
        assert np.linalg.norm(wanted - everybody) > 0.1


def test_unbiased_if_everybody_is_hired(
    make_round: MakeRound, expected_step: Callable[..., list[FloatArray]]
) -> None:
    made = method("auction", payment_budget=100.0)
    memory = {"payment": hired_by(made, make_round)}
    np.testing.assert_array_equal(~np.isnan(memory["payment"]), make_round().present)
    mean = expected_step(made, memory)
    round_ = make_round(index=2)
    for model in range(2):
        everybody = np.flatnonzero(round_.present[:, model]).tolist()
        np.testing.assert_allclose(
            mean[model], mean_of(round_, model, everybody), rtol=2e-5, atol=1e-6
        )


@pytest.mark.parametrize("rule", ["equal split", "max-min", "random"])
@pytest.mark.parametrize("seed", range(5))
def test_payments_keep_the_budget_and_strangers_stay_out(
    rule: str, seed: int, make_round: MakeRound
) -> None:
    made = method("auction", rule=rule, payment_budget=1.5, seed=seed)
    memory = {"payment": hired_by(made, make_round)}
    hired = ~np.isnan(memory["payment"])
    for index in range(6):
        _, step = made.apply(memory, make_round(index=index, budget=4.0))
        heard = np.stack(step.fresh_weights, axis=1) > 0.0
        assert not np.any(heard & ~hired)
        assert step.figures["payments"].sum() <= 1.5 * (1 + 1e-12)
        np.testing.assert_array_equal(step.figures["hired"], hired.sum(axis=0))
    assert made.name == f"auction, {rule}"


def test_costs_follow_the_seed_of_the_setting(make_round: MakeRound) -> None:
    tables = [hired_by(method("auction", seed=seed), make_round) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(tables[0], tables[1])
    assert not np.array_equal(tables[0], tables[2], equal_nan=True)


def test_nobody_hired_and_nothing_moves(make_round: MakeRound) -> None:
    made = method("auction", costs=((1.0, 1.0),) * 4, payment_budget=0.0)
    memory = {"payment": hired_by(made, make_round)}
    _, step = made.apply(memory, make_round())
    assert step.directions == (None, None)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"rule": "english"}, "rule is 'english'"),
        ({"payment_budget": -1.0}, "payment budget is -1.0"),
        ({"payment_budget": math.nan}, "payment budget is nan"),
        ({"costs": ((1.0, math.inf),)}, "bid of bidder 0 for model 1 is inf"),
        ({"costs": "cheap"}, "costs are no table"),
        ({"costs": 3}, "costs are no table"),
        ({"costs": ((1.0, 1.0),)}, r"costs have 1 rows of \[2\]"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_settings_are_named(settings: Any, named: str, make_round: MakeRound) -> None:
    with pytest.raises(InvalidProblemError, match=named):
        hired_by(method("auction", **settings), make_round)
