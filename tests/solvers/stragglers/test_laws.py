"""Compute times: means, quantiles, sums, draws, and what bad input says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.stragglers import (
    Deadline,
    FastestWorker,
    FullWait,
    expected_end,
    make_law,
    round_law,
    stragglers_from_speed,
)
from roundlot.solvers.stragglers.laws import (
    Deterministic,
    Empirical,
    Lognormal,
    Pareto,
    Shifted,
    Weibull,
)
from roundlot.solvers.stragglers.sums import SumLaws, _lattice
from roundlot.theory import InvalidProblemError

LAWS = {
    "deterministic": Deterministic(),
    "exponential": Shifted(shift=0.0),
    "shifted": Shifted(shift=0.4),
    "weibull": Weibull(shape=0.8),
    "lognormal": Lognormal(shape=0.7),
    "pareto": Pareto(shape=3.0),
    "empirical": Empirical(values=np.array([1.0, 2.0, 2.5, 7.0])),
}


def parameters(model: str) -> dict:
    """What `stragglers_from_speed` needs for the law of this name."""
    own = LAWS[model]
    if isinstance(own, Empirical):
        return {"model": model, "measured": [1.0, 2.0, 2.5, 7.0]}
    if model == "shifted":
        return {"model": model, "shift": own.shift}
    return {"model": model, "shape": own.shape} if hasattr(own, "shape") else {"model": model}


@pytest.mark.parametrize("name", LAWS)
def test_mean_is_one_and_quantiles_invert_the_distribution(name: str) -> None:
    law = LAWS[name]
    assert law.name == name
    grid = (np.arange(200_000) + 0.5) / 200_000
    x = law.quantile(grid)
    assert x.mean() == pytest.approx(1.0, abs=2e-3)
    if math.isfinite(law.variance):
        assert x.var() == pytest.approx(law.variance, rel=0.05, abs=1e-12)
    probe = np.array([0.1, 0.5, 0.83])
    assert np.all(law.cdf(law.quantile(probe)) >= probe - 1e-12)
    assert np.all(law.cdf(law.quantile(probe) * (1 - 1e-6)) <= probe + 1e-5)


@pytest.mark.parametrize("name", LAWS)
def test_sums_agree_with_draws_inside_the_bracket(name: str) -> None:
    law, rounds = LAWS[name], 40_000
    table = SumLaws.of(law, 5, 8.0)
    sums = np.cumsum(law.quantile(np.random.default_rng(3).random((rounds, 5))), axis=1)
    x = np.array([0.7, 2.2, 4.05, 7.9])
    seen = np.mean(sums[:, None, :] <= x[None, :, None] * (1 + 1e-9), axis=0)
    low, high = table.bracket(x)
    middle = table.at(x)
    assert np.all(low <= middle + 1e-12)
    assert np.all(middle <= high + 1e-12)
    assert np.all(high - low < 0.1 if name == "empirical" else high - low < 0.02)
    assert np.all(np.abs(seen - middle[:, 1:]) < 5 * 0.5 / math.sqrt(rounds) + (high - low)[:, 1:])


def test_the_lattice_brackets_a_law_whose_sums_have_a_formula() -> None:
    law, x = Shifted(shift=0.3), np.linspace(0.05, 5.95, 200)
    tables = SumLaws(law=law, most=6, horizon=6.0, tables=_lattice(law, 6, 6.0, 600))
    low, high = tables.bracket(x)
    exact = law.sum_cdf(np.arange(1, 7), x[:, None])
    assert np.all(low[:, 1:] <= exact + 1e-12)
    assert np.all(exact <= high[:, 1:] + 1e-12)
    assert np.all(high - low < 0.06)
    assert np.abs(tables.at(x)[:, 1:] - exact).max() < 0.01


@given(
    workers=st.integers(1, 6),
    mean=st.floats(0.01, 100.0),
    per=st.sampled_from(["step", "mini-batch"]),
)
def test_exponential_maximum_and_minimum(workers: int, mean: float, per: str) -> None:
    """``E max = H_n μ`` and ``E min = μ/n``."""
    stragglers = stragglers_from_speed(np.full(workers, 1.0 / mean), per=per)
    ones = np.ones(workers, dtype=np.int64)
    harmonic = sum(1.0 / k for k in range(1, workers + 1))
    assert expected_end(stragglers, ones, "max").value == pytest.approx(harmonic * mean, rel=1e-6)
    assert expected_end(stragglers, ones, "min").value == pytest.approx(mean / workers, rel=1e-6)


@pytest.mark.parametrize("per", ["step", "mini-batch"])
@pytest.mark.parametrize("model", LAWS)
def test_expected_ends_agree_with_draws(model: str, per: str) -> None:
    stragglers = stragglers_from_speed([10.0, 4.0, 7.0], samples=2, per=per, **parameters(model))
    shares = np.array([4, 0, 3])
    for rule, kind, deadline in (
        (FullWait(), "max", math.inf),
        (FastestWorker(), "min", math.inf),
        (Deadline(seconds=0.9), "max", 0.9),
    ):
        told = expected_end(stragglers, shares, kind, deadline=deadline)
        seen = rule.draw(stragglers, shares, 40_000, seed=5).seconds
        doubt = 5.0 * seen.std() / math.sqrt(seen.size) + 5.0 * told.error + 1e-9
        assert abs(seen.mean() - told.value) < doubt, (rule, told)


@pytest.mark.parametrize("per", ["step", "mini-batch"])
@pytest.mark.parametrize("measured", [[0.3], [0.1] * 3, [7.0, 7.0]])
def test_equal_measured_times_are_deterministic(measured: list[float], per: str) -> None:
    same = stragglers_from_speed(
        [1.0, 2.0], model="empirical", measured=np.array(measured), per=per
    )
    plain = stragglers_from_speed([1.0, 2.0], model="deterministic", per=per)
    shares = np.array([2, 3])
    assert same.law.variance == 0.0
    for rule in (FullWait(), FastestWorker(), Deadline(seconds=1.7)):
        one, other = round_law(rule, same, shares), round_law(rule, plain, shares)
        assert one.seconds.value == pytest.approx(other.seconds.value, rel=1e-12)
        assert np.array_equal(one.counts.mean, other.counts.mean)


def test_draws_do_not_depend_on_chunks_and_share_a_step() -> None:
    stragglers = stragglers_from_speed([1.0, 2.0, 3.0], model="pareto")
    whole = stragglers.draw(20, 5, seed=7)
    parts = np.concatenate(
        [stragglers.draw(n, 5, seed=7, start=s) for n, s in ((3, 0), (9, 3), (8, 12))]
    )
    assert np.array_equal(whole, parts)
    assert not np.array_equal(whole, stragglers.draw(20, 5, seed=8))
    step = stragglers_from_speed([1.0, 2.0, 3.0], model="pareto", per="step").draw(6, 5)
    assert np.array_equal(step, np.broadcast_to(step[:, :, :1], step.shape))
    assert len(np.unique(step)) == 18


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"speed": [1.0, 0.0]}, "worker 1 has speed 0: it never finishes"),
        ({"speed": [1.0, math.nan]}, "worker 1"),
        ({"speed": []}, "one per worker"),
        ({"model": "gamma"}, "gamma"),
        ({"model": "pareto", "shape": 1.0}, "mean time is infinite"),
        ({"model": "shifted", "shift": 1.0}, "shift is 1.0"),
        ({"model": "empirical"}, "measured times"),
        ({"model": "empirical", "measured": [1.0, -1.0]}, "above 0"),
        ({"shape": 2.0}, "a shape is given and exponential times have none; .*weibull or"),
        ({"model": "pareto", "shift": 0.1}, "a shift is given and pareto times have none"),
        ({"measured": [1.0]}, "measured times are given and exponential times have none"),
        ({"model": "weibull", "shape": 0.01}, "Weibull shape is 0.01"),
        ({"model": "lognormal", "shape": math.nan}, "lognormal shape is nan"),
        ({"per": "epoch"}, "choose from 'step', 'mini-batch'"),
    ],
)
def test_bad_workers_are_refused_in_one_line(change: dict, match: str) -> None:
    with pytest.raises(InvalidProblemError, match=match) as caught:
        stragglers_from_speed(**{"speed": [1.0, 2.0], **change})
    assert "\n" not in str(caught.value)


def test_bad_draws_shares_and_deadlines_are_refused() -> None:
    stragglers = stragglers_from_speed([1.0, 2.0])
    for call, match in (
        (lambda: stragglers.draw(-1, 2), "rounds"),
        (lambda: stragglers.draw(1, 2, seed=-1), "seed"),
        (lambda: Deadline(seconds=0.0), "deadline is 0.0"),
        (lambda: Deadline(seconds=math.nan), "deadline is nan"),
        (lambda: FullWait().draw(stragglers, [1.5, 1], 3), "whole numbers"),
        (lambda: FullWait().draw(stragglers, [0, 0], 3), "not all of them 0"),
        (lambda: FullWait().apply(stragglers.finish(3, 2), [3, 1]), "2 units were timed"),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            call()


def test_make_law_gives_the_named_model() -> None:
    assert make_law("shifted", shift=0.0).name == "exponential"
    assert make_law("empirical", measured=[3.0, 1.0]).atoms.tolist() == [0.5, 1.5]
