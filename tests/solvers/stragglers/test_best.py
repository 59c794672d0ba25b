"""The best deadline and the best split: against brute force, with bounds that hold."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.stragglers import (
    Deadline,
    FastestWorker,
    FullWait,
    best_deadline,
    best_plan,
    best_split,
    communication,
    equalised_split,
    even_split,
    proportional_split,
    round_law,
    stragglers_from_speed,
)
from roundlot.solvers.stragglers.split import fresh_value
from roundlot.theory import InfeasibleError, InvalidProblemError

MODELS = ["deterministic", "exponential", "shifted", "pareto", "empirical"]
MEASURED = (1.0, 1.3, 2.0, 6.0)


def workers(model: str = "exponential", per: str = "mini-batch", speed=(9.0, 4.0, 2.0)):
    own = {"pareto": {"shape": 3.0}, "empirical": {"measured": MEASURED}}.get(model, {})
    return stragglers_from_speed(speed, model=model, per=per, **own)


@settings(max_examples=25)
@given(
    model=st.sampled_from([*MODELS[:4], "weibull", "lognormal"]),
    per=st.sampled_from(["step", "mini-batch"]),
    shares=st.lists(st.integers(1, 4), min_size=3, max_size=3),
    wait=st.floats(0.0, 2.0),
)
def test_no_deadline_beats_the_best_or_its_bound(
    model: str, per: str, shares: list[int], wait: float
) -> None:
    if model in ("pareto", "weibull", "lognormal"):
        per = "step"  # with a formula, so that the bound has no lattice in it
    stragglers = workers(model, per)
    best = best_deadline(stragglers, shares, communication=wait)
    assert best.rigorous
    assert best.lower_bound <= best.value <= best.full_wait
    for deadline in np.geomspace(0.02, 20.0, 60):
        try:
            law = round_law(Deadline(seconds=float(deadline)), stragglers, shares)
        except InfeasibleError:
            continue
        if law.counts.chance_of_nobody <= 0.5:
            value = law.seconds_per_information(wait)
            assert value >= best.lower_bound * (1 - 1e-6)
            assert value >= best.value * (1 - 2e-3 - best.gap)
    if math.isfinite(best.seconds):
        law = round_law(Deadline(seconds=best.seconds), stragglers, shares)
        assert law.seconds_per_information(wait) == pytest.approx(best.value, rel=2e-3)


def test_stragglers_halve_the_time_and_equal_workers_wait() -> None:
    speed = [10.0, 9.0, 8.0, 7.0, 2.0, 1.0]
    for model in MODELS:
        shares = np.full(6, 6)
        stragglers = workers(model, speed=speed)
        best = best_deadline(stragglers, shares, communication=0.2)
        assert best.relative < 0.6, model
        fastest = round_law(FastestWorker(), stragglers, shares).seconds_per_information(0.2)
        assert fastest < 0.75 * best.full_wait
        assert fastest >= best.value * 0.97, model
    equal = best_deadline(workers("deterministic", speed=[1.0, 1.0]), [4, 4], communication=1.0)
    assert equal.value == pytest.approx(equal.full_wait, rel=1e-6)


def test_a_deadline_before_anybody_finishes_is_refused_with_the_first_finish() -> None:
    stragglers = workers("shifted", speed=[2.0, 1.0])
    with pytest.raises(InfeasibleError, match=r"0.1 s is before anybody.*at least 0.25 s"):
        round_law(Deadline(seconds=0.1), stragglers, [2, 2])
    with pytest.raises(InfeasibleError, match="before anybody finishes in any"):
        best_split(stragglers, 4, deadline=0.1)
    law = round_law(Deadline(seconds=0.3), stragglers, [2, 2])
    assert 0.5 < law.counts.chance_of_nobody < 1.0


def test_the_law_at_a_deadline_agrees_with_drawn_rounds() -> None:
    shares = np.array([4, 3, 2])
    for model, per in product(MODELS, ["step", "mini-batch"]):
        stragglers, rule = workers(model, per), Deadline(seconds=0.7)
        law = round_law(rule, stragglers, shares)
        drawn = rule.draw(stragglers, shares, 20_000, seed=11).counts
        for i, mass in enumerate(law.counts.masses):
            seen = np.bincount(drawn[:, i], minlength=mass.size) / len(drawn)
            assert np.abs(seen - mass).max() < 0.02 + law.counts.error, (model, per)


@pytest.mark.parametrize("deadline", [math.inf, 0.9])
@pytest.mark.parametrize("per", ["step", "mini-batch"])
def test_the_best_split_is_the_best_of_all_on_its_sample(per: str, deadline: float) -> None:
    stragglers, batch, samples = workers(per=per), 6, 12
    found = best_split(stragglers, batch, deadline=deadline, samples=samples, seed=4)
    assert found.shares.sum() == batch
    finish = stragglers.finish(samples, batch, seed=4)
    values = {}
    for shares in product(range(batch + 1), repeat=3):
        if sum(shares) == batch:
            b = np.array(shares)
            if math.isinf(deadline):
                values[shares] = FullWait().apply(finish, b).seconds.mean()
            else:
                n = Deadline(seconds=deadline).apply(finish, b).counts.sum(axis=1)
                values[shares] = np.where(n > 0, 1 / np.maximum(n, 1), 2.0).mean()
    assert found.value == pytest.approx(values[tuple(found.shares)], rel=1e-9)
    assert found.value <= min(values.values()) * (1 + 2e-4)
    assert found.lower_bound <= min(values.values()) * (1 + 1e-6)
    assert found.gap < 2e-4


@given(st.lists(st.floats(0.1, 50.0), min_size=1, max_size=6), st.integers(1, 40))
def test_simple_splits_add_up_and_follow_the_speed(speed: list[float], batch: int) -> None:
    stragglers = stragglers_from_speed(speed)
    for split in (even_split, proportional_split, equalised_split):
        shares = split(stragglers, batch)
        assert shares.sum() == batch
        assert shares.min() >= 0
    wanted = batch * np.array(speed) / np.sum(speed)
    assert np.abs(proportional_split(stragglers, batch) - wanted).max() < 1.0
    last = (equalised_split(stragglers, batch) * stragglers.seconds).max()
    for split in (even_split, proportional_split):
        assert last <= (split(stragglers, batch) * stragglers.seconds).max() * (1 + 1e-12)


def test_proportional_and_sampled_splits_beat_the_even_one_on_fresh_rounds() -> None:
    stragglers = workers(speed=[10.0, 3.0, 1.0])
    even, even_error = fresh_value(stragglers, even_split(stragglers, 15))
    for shares in (
        proportional_split(stragglers, 15),
        best_split(stragglers, 15, samples=40).shares,
    ):
        value, error = fresh_value(stragglers, shares)
        assert value < 0.6 * even - 5 * (error + even_error)


def test_the_plan_takes_the_best_of_its_candidates() -> None:
    plan = best_plan(workers(), 9, communication=0.1)
    values = [c.deadline.value for c in plan.candidates]
    assert plan.best.deadline.value == min(values)
    assert [c.split.method for c in plan.candidates][:3] == ["even", "proportional", "equalised"]
    assert plan.candidates[0].deadline.value > 1.05 * min(values)


def test_communication_by_topology() -> None:
    ring = communication("ring-all-reduce", 8, model_bytes=1e6, link=[8.0] * 7 + [4.0])
    assert ring.seconds == pytest.approx(2 * 7 / 8 * 2.0)
    gossip = communication("d-psgd", 8, model_bytes=1e6, link=8.0, degree=3)
    assert gossip.seconds == pytest.approx(3.0)
    halves = communication("matcha", 8, model_bytes=1e6, link=8.0, matchings=[0.5, 0.25])
    assert halves.seconds == pytest.approx(0.75)
    assert communication("d-psgd", 1, model_bytes=1e6, link=8.0).seconds == 0.0
    for change, match in (
        ({"topology": "star"}, "star"),
        ({"link": 0.0}, "link"),
        ({"model_bytes": -1.0}, "model_bytes"),
        ({"topology": "d-psgd", "degree": 9}, "degree"),
        ({"topology": "matcha", "matchings": [1.5]}, "matchings"),
    ):
        arguments = {"topology": "ring-all-reduce", "model_bytes": 1.0, "link": 1.0, **change}
        with pytest.raises(InvalidProblemError, match=match):
            communication(arguments.pop("topology"), 8, **arguments)


def test_bad_searches_are_refused() -> None:
    stragglers = workers()
    for call, match in (
        (lambda: best_deadline(stragglers, [1, 1]), "3 whole numbers"),
        (lambda: best_deadline(stragglers, [1, 1, 1], communication=-1.0), "communication"),
        (lambda: best_deadline(stragglers, [1, 1, 1], least_chance=0.0), "least_chance"),
        (lambda: best_split(stragglers, 0), "batch is 0"),
        (lambda: best_split(stragglers, 3, samples=0), "samples"),
        (lambda: best_split(stragglers, 3, deadline=-1.0), "deadline"),
    ):
        with pytest.raises(InvalidProblemError, match=match):
            call()
    with pytest.raises(InfeasibleError, match="exceed a batch"):
        best_split(stragglers, 3, least=2)
