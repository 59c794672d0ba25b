"""Round lengths by enumeration, parts of the variance, budgets and advice in known situations."""

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import InfeasibleError, InvalidProblemError, rounds_to_target
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.moments.variance_parts import VarianceParts, variance_parts
from roundlot.theory.rates.decision import (
    PURCHASES,
    Purchase,
    RoundCost,
    Target,
    advise,
    choose_budget,
    expected_round_length,
    price_budget,
)
from roundlot.theory.text import duration

TARGET = Target(smoothness=5.0, strong_convexity=0.5, initial=10.0, target=0.01)


@given(seed=st.integers(0, 10**6), certain=st.booleans())
def test_expected_length_equals_enumeration(seed: int, certain: bool) -> None:
    random = np.random.default_rng(seed)
    V, S = int(random.integers(1, 5)), int(random.integers(1, 4))
    p = random.dirichlet(np.ones(S + 1), size=V)[:, :S]
    p[0] /= p[0].sum() if certain else 1.0
    p[random.random((V, S)) < 0.2] = 0.0
    times = random.choice([0.0, 1.0, 2.0, random.random()], size=(V, S))
    chances = np.column_stack([p, 1.0 - p.sum(axis=1)])
    exact = 0.0
    for outcome in itertools.product(range(S + 1), repeat=V):
        chance = np.prod([chances[v, s] for v, s in enumerate(outcome)])
        drawn = [times[v, s] for v, s in enumerate(outcome) if s < S]
        exact += chance * max(drawn, default=0.0)
    assert expected_round_length(times, p) == pytest.approx(exact, rel=1e-11, abs=1e-12)


def test_expected_length_of_large_fleets_and_of_nobody() -> None:
    times = np.linspace(1.0, 2.0, 100_000)[:, None]
    always = expected_round_length(times, np.ones_like(times))
    assert always == 2.0
    rare = expected_round_length(times, np.full_like(times, 1e-12))
    assert rare == pytest.approx(1e-12 * times.sum(), rel=1e-6)
    assert expected_round_length([[np.nan]], [[0.0]]) == 0.0


@pytest.mark.parametrize(
    ("times", "p", "match"),
    [
        ([[1.0]], [[1.5]], "sum to at most 1"),
        ([[-1.0]], [[0.5]], "finite and at least 0"),
        ([[np.inf]], [[0.5]], "finite and at least 0"),
        ([[1.0, 2.0]], [[0.5]], "give"),
    ],
)
def test_length_refuses_bad_input(times, p, match) -> None:
    with pytest.raises(InvalidProblemError, match=match):
        expected_round_length(times, p)


def instance(seed: int):
    random = np.random.default_rng(seed)
    client = np.array([0, 0, 1, 2])
    w = random.uniform(0.1, 1.0, size=(4, 2))
    w[1] = w[0]
    p = random.uniform(0.1, 0.5, size=(4, 2))
    gradients = [random.normal(size=(3, 4)), random.normal(size=(3, 2))]
    return client, w, p, gradients


@given(seed=st.integers(0, 10**6))
def test_parts_add_up_to_the_variance(seed: int) -> None:
    client, w, p, gradients = instance(seed)
    parts = variance_parts(w, p, client, gradients)
    norms = np.column_stack([np.linalg.norm(g[client], axis=1) for g in gradients])
    exact = model_variance(w * norms, p)
    np.testing.assert_allclose(parts.surrogate + parts.participation, exact, rtol=1e-12)
    assert parts.total == pytest.approx(exact.sum(), rel=1e-12)
    assert sum(parts.shares.values()) == pytest.approx(1.0)


def test_clients_that_agree_leave_only_participation() -> None:
    client, w, p, _ = instance(1)
    common = [np.tile([3.0, 4.0], (3, 1))] * 2
    parts = variance_parts(w, p, client, common)
    # w need not sum to 1 here: the common part is Var H |g| |sum w g|
    np.testing.assert_allclose(
        parts.participation, parts.weight_variance * 25.0 * w.sum(axis=0), rtol=1e-12
    )
    share = w / w.sum(axis=0)
    parts = variance_parts(share, p, client, common)
    np.testing.assert_allclose(parts.surrogate, 0.0, atol=1e-12)
    np.testing.assert_allclose(parts.participation, parts.weight_variance * 25.0, rtol=1e-12)
    assert parts.dominant == "participation"


def test_noise_counts_a_client_that_is_drawn_twice_once() -> None:
    w, p, sigma = [[0.5], [0.5]], [[0.25], [0.5]], 3.0
    parts = variance_parts(w, p, [0, 0], [[[0.0]]], sigma)
    exact = sum(
        chance * sigma * weight**2
        for chance, weight in [(0.125, 3.0), (0.125, 2.0), (0.375, 1.0), (0.375, 0.0)]
    )
    assert parts.noise[0] == pytest.approx(exact, rel=1e-12)
    # the same by the two terms of the theorem: independent draws, and the repeated ones
    split = sigma * (0.25 / 0.25 + 0.25 / 0.5) + sigma * (2 - 1) / 2
    assert parts.noise[0] == pytest.approx(split, rel=1e-12)
    assert parts.dominant == "mini-batch noise"


def test_objective_variance_equals_enumeration() -> None:
    parts = variance_parts(
        [[0.5], [0.5]], [[0.25], [0.5]], [0, 1], [[[0.0], [0.0]]], excess=[[2.0], [3.0]]
    )
    outcomes = [(0.125, 2.0 * 2 + 3.0), (0.125, 4.0), (0.375, 3.0), (0.375, 0.0)]
    mean = sum(chance * value for chance, value in outcomes)
    exact = sum(chance * (value - mean) ** 2 for chance, value in outcomes)
    assert parts.objective_variance[0] == pytest.approx(exact, rel=1e-12)
    assert np.isnan(variance_parts([[1.0]], [[1.0]], [0], [[[1.0]]]).objective_variance[0])


def test_parts_refuse_bad_input() -> None:
    with pytest.raises(InfeasibleError, match="never drawn"):
        variance_parts([[1.0]], [[0.0]], [0], [[[1.0]]])
    with pytest.raises(InvalidProblemError, match="gradient_variances"):
        variance_parts([[1.0]], [[1.0]], [0], [[[1.0]]], -1.0)
    with pytest.raises(InvalidProblemError, match="models"):
        variance_parts([[1.0]], [[1.0]], [0], [])
    assert variance_parts([[1.0]], [[1.0]], [0], [[[1.0]]]).dominant == "none"


def test_best_budget_is_the_best_of_a_fine_search() -> None:
    def price(m: float) -> RoundCost:
        return RoundCost(variance=3.0 / m, cost=1.0 + 0.05 * m)

    tried = choose_budget(price, TARGET, least=0.5, most=500.0)
    fine = [price_budget(price, TARGET, m).cost for m in np.geomspace(0.5, 500.0, 4000)]
    assert tried[0].cost <= min(fine) * 1.01
    assert [c.cost for c in tried] == sorted(c.cost for c in tried)
    assert (
        tried[0].rounds
        == rounds_to_target(
            smoothness=5.0,
            strong_convexity=0.5,
            variance=tried[0].variance,
            initial=10.0,
            target=0.01,
        ).rounds
    )


def test_dear_draws_favour_small_budgets_and_free_ones_large() -> None:
    def costing(slope: float):
        return lambda m: RoundCost(variance=3.0 / m, cost=1.0 + slope * m)

    budgets = [
        choose_budget(costing(slope), TARGET, least=0.5, most=500.0)[0].budget
        for slope in (1.0, 0.1, 0.001)
    ]
    assert budgets == sorted(budgets)
    assert budgets[0] < budgets[-1]


def test_no_budget_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="no budget"):
        choose_budget(lambda m: RoundCost(variance=np.inf, cost=1.0), TARGET, least=1.0, most=2.0)
    with pytest.raises(InvalidProblemError, match="least"):
        choose_budget(lambda m: RoundCost(variance=1.0, cost=1.0), TARGET, least=2.0, most=1.0)


def parts_of(noise: float, surrogate: float, participation: float) -> VarianceParts:
    numbers = (np.array([value]) for value in (noise, surrogate, participation, 0.1, 0.1))
    names = ("noise", "surrogate", "participation", "weight_variance", "objective_variance")
    return VarianceParts(**dict(zip(names, numbers, strict=True)))


def advice(variance: float, shares: tuple[float, float, float], *, slower: float, wider: float):
    def price(m: float) -> RoundCost:
        sampling = variance * (shares[1] + shares[2]) * 10.0 / m
        return RoundCost(variance=variance * shares[0] + sampling, cost=1.0 if m == 10.0 else wider)

    return advise(
        price_budget(price, TARGET, 10.0),
        TARGET,
        parts_of(*(variance * share for share in shares)),
        wider=price_budget(price, TARGET, 20.0),
        twice_the_compute=slower,
    )


def test_advice_follows_what_dominates() -> None:
    assert advice(5.0, (0.9, 0.1, 0.0), slower=1.0, wider=1.0).buy == "data"
    assert advice(5.0, (0.1, 0.5, 0.4), slower=1.0, wider=1.0).buy == "bandwidth"
    assert advice(1e-9, (0.1, 0.5, 0.4), slower=1.0, wider=1.0).buy == "local steps"
    assert advice(5.0, (0.3, 0.3, 0.4), slower=4.0, wider=4.0).buy == "nothing"
    found = advice(5.0, (0.9, 0.1, 0.0), slower=1.0, wider=1.0)
    assert found.dominant == "mini-batch noise"
    assert found.costs["data"] < found.cost


def test_advice_says_what_is_bought_and_times_in_words() -> None:
    found = advice(5.0, (0.1, 0.5, 0.4), slower=1.0, wider=1.0)
    assert "twice the draws a round" in str(found)
    assert "bandwidth" in found.costs
    timed = replace(found, cost=29_720.0, costs={"bandwidth": 18_060.0}, unit="seconds")
    assert str(timed) == (
        "buy bandwidth (twice the draws a round): today 8 h 15 min; "
        "with twice the draws a round 5 h 1 min"
    )
    counted = replace(timed, unit="draws")
    assert "today 29,720 draws; with twice the draws a round 18,060 draws" in str(counted)
    assert set(PURCHASES) == set(get_args(Purchase))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0123, "0.0123 s"),
        (59.96, "1 min"),
        (119.7, "2 min"),
        (754.0, "12 min 34 s"),
        (3599.0, "59 min 59 s"),
        (3599.6, "1 h"),
        (29_720.0, "8 h 15 min"),
        (86_399.0, "1 d"),
        (1e6, "11 d 14 h"),
        (1.04e8, "1,204 d"),
        (-90.0, "−1 min 30 s"),
        (np.inf, "inf s"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(st.floats(60.0, 1e9))
def test_durations_are_right_to_their_last_unit(seconds: float) -> None:
    units = {"d": 86_400.0, "h": 3_600.0, "min": 60.0, "s": 1.0}
    parts = duration(seconds).replace(",", "").split()
    said = sum(float(n) * units[u] for n, u in zip(parts[::2], parts[1::2], strict=True))
    assert said == pytest.approx(seconds, rel=1 / 100, abs=0.5)
    assert len(parts) <= 4
