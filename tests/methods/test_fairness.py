"""Shares of a round by how far models are behind."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.simulate.methods import method
from roundlot.simulate.methods.alpha_fair import fair_shares, model_budgets
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError
from roundlot.train.sources import MethodSource

MakeRound = Callable[..., Round]


@given(
    losses=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6),
    alpha=st.floats(1.0, 30.0),
)
def test_shares_sum_to_one_and_follow_losses(losses: list[float], alpha: float) -> None:
    shares = fair_shares(np.array(losses), alpha)
    assert math.isclose(shares.sum(), 1.0, rel_tol=1e-12)
    order = np.argsort(losses)
    assert np.all(np.diff(shares[order]) >= -1e-12)


def test_alpha_one_is_equal_and_infinite_is_the_worst_only() -> None:
    losses = np.array([0.5, 2.0, 1.0])
    np.testing.assert_allclose(fair_shares(losses, 1.0), 1 / 3)
    np.testing.assert_array_equal(fair_shares(losses, math.inf), [0.0, 1.0, 0.0])
    np.testing.assert_allclose(fair_shares(losses, 3.0), np.array([0.25, 4.0, 1.0]) / 5.25)
    np.testing.assert_array_equal(fair_shares(np.array([math.nan, 0.0, 0.0]), 3.0), [0, 0.5, 0.5])


def test_budgets_are_spent_and_fit(make_round: MakeRound) -> None:
    round_ = make_round(budget=4.0)
    for shares in ([0.5, 0.5], [0.05, 0.95], [1.0, 0.0]):
        budgets = model_budgets(round_, np.array(shares))
        room = round_.available.sum(axis=0)
        assert np.all(budgets <= room + 1e-12)
    np.testing.assert_allclose(model_budgets(round_, np.array([0.25, 0.75])), [1.0, 3.0])
    np.testing.assert_allclose(
        model_budgets(make_round(budget=5.0), np.array([0.01, 0.99])), [1, 4]
    )


@pytest.mark.parametrize("scores", ["data size", "loss", "norm"])
def test_alpha_fair_spends_its_budgets(scores: str, make_round: MakeRound) -> None:
    round_ = make_round()
    _, step = method("alpha-fair", scores=scores).apply({}, round_)
    assert step.probabilities is not None
    np.testing.assert_allclose(
        step.probabilities.sum(axis=0), step.figures["model budget"], rtol=1e-6
    )


def test_worst_model_only(make_round: MakeRound) -> None:
    _, step = method("alpha-fair", alpha=math.inf, by="loss").apply({}, make_round())
    assert step.probabilities is not None
    assert np.count_nonzero(step.probabilities.sum(axis=0)) == 1


def test_past_trainings_make_way(make_round: MakeRound) -> None:
    past = np.ones((4, 2))
    past[0] = (9.0, 1.0)
    fresh = method("alpha-fair-draw", past_shares=True)
    _, step = fresh.apply({"past": past}, make_round())
    _, plain = fresh.apply({"past": np.zeros((4, 2))}, make_round())
    assert step.probabilities is not None
    assert plain.probabilities is not None
    assert step.probabilities[0, 0] < plain.probabilities[0, 0]
    assert step.probabilities[0, 1] > plain.probabilities[0, 1]
    np.testing.assert_allclose(step.probabilities[1:], plain.probabilities[1:])


def test_a_former_name_in_a_setup_is_refused_in_one_line() -> None:
    source = MethodSource(name="mine", method="q-ffl", settings={})
    with pytest.raises(InvalidProblemError, match="another name; write 'q-tilted'") as caught:
        source.make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("alpha-fair", {"alpha": 0.5}, "alpha is 0.5"),
        ("alpha-fair", {"alpha": math.nan}, "alpha is nan"),
        ("alpha-fair", {"scores": "guess"}, "scores is 'guess'"),
        ("alpha-fair-draw", {"alpha": math.inf}, "alpha is inf"),
        ("q-tilted", {"q": -1.0}, "q is -1.0"),
        ("q-fedavg", {"q": math.inf}, "q is inf"),
        ("q-ffl", {}, "'q-ffl' has another name; write 'q-tilted'"),
        ("alpha-fair", {"by": "hope"}, "by is 'hope'"),
        ("alpha-fair-draw", {"by": "hope"}, "by is 'hope'"),
        ("alpha-fair-draw", {"aggregate": "sum"}, "aggregate is 'sum'"),
        ("alpha-fair-draw", {"past_decay": 0.5}, "past trainings do not count"),
        ("alpha-fair-draw", {"past_shares": True, "past_decay": 1.5}, "past_decay is 1.5"),
        ("alpha-fair-draw", {"past_shares": True, "past_decay": 0.0}, "past_decay is 0"),
        ("round-robin", {"aggregate": "sum"}, "aggregate is 'sum'"),
        ("fedstale", {"beta": 2.0}, "beta is 2.0"),
        ("lvr", {"floor": "much"}, "floor is 'much'"),
        ("random", {"alpha": 1}, "has no setting 'alpha'"),
        ("fed-magic", {}, "method is 'fed-magic'"),
        ("group-sampling", {"groups": "random", "most": 4}, "most is 4, which random groups"),
        ("group-sampling", {"count": 3, "most": 4}, "most is 4, which count 3"),
        ("auction", {"costs": ((1.0,),), "seed": 2}, "seed is 2, but costs are given"),
    ],
)
def test_bad_settings_are_named(name: str, settings: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidProblemError, match=named):
        method(name, **settings)
