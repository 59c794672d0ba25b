"""Who is there, what a round costs, what several seeds show."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.simulate.engines.choice import make_engine
from roundlot.simulate.training import Federation, Interval, LocalPlan, Round, train, train_methods
from roundlot.simulate.training.round import Clock, makespan
from roundlot.theory import InvalidProblemError


def new_round(federation: Federation, plan: LocalPlan, index: int = 0) -> Round:
    from roundlot.simulate.tasks.parameters import flatten

    engines = [
        make_engine(task, plan, model=s, seed=0, kind="plain")
        for s, task in enumerate(federation.tasks)
    ]
    return Round(
        index=index,
        seed=0,
        federation=federation,
        engines=engines,
        parameters=tuple(flatten(task.module) for task in federation.tasks),
        budget=3.0,
    )


def test_availability_is_a_function_of_seed_and_round(federation: Federation) -> None:
    chances = np.array([0.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.75, 0.75])
    some = replace(federation, online=chances)
    table = np.array([some.present(r, 3).any(axis=1) for r in range(2000)])
    assert np.array_equal(some.present(7, 3), some.present(7, 3))
    assert not table[:, 0].any()
    assert table[:, 1].all()
    assert np.all(np.abs(table.mean(axis=0) - chances) < 0.06)
    assert abs(np.corrcoef(table[:, 2], table[:, 3])[0, 1]) < 0.1
    other = np.array([some.present(r, 4).any(axis=1) for r in range(2000)])
    assert (table != other).any()


def test_a_record_of_availability_repeats(federation: Federation) -> None:
    record = np.random.default_rng(0).random((3, 8)) < 0.5
    some = replace(
        federation, online=record, able=np.eye(8, 2, dtype=bool) | (np.arange(8) > 1)[:, None]
    )
    for r in range(7):
        there = some.present(r, 0)
        assert np.array_equal(there, some.available & record[r % 3][:, None])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"processors": 0}, "go down to 0"),
        ({"processors": 1.5}, "whole number"),
        ({"processors": np.ones(3, dtype=int)}, r"shape \(3,\)"),
        ({"able": np.ones((8, 3), dtype=bool)}, r"able has shape \(8, 3\)"),
        ({"able": np.ones((8, 2))}, "true or false"),
        ({"able": np.repeat([[True, False]], 8, axis=0)}, "nobody can train 'b'"),
        ({"online": np.full(8, 1.5)}, "online of client 0 is 1.5"),
        ({"online": np.full(8, np.nan)}, "online of client 0 is nan"),
        ({"online": np.ones(8, dtype=bool)}, "record of shape"),
        ({"online": np.ones((0, 8), dtype=bool)}, "record of shape"),
        ({"online": np.ones((2, 8))}, "a probability for each"),
        ({"speed": np.zeros(8)}, "speed of client 0 is 0"),
        ({"speed": np.ones(7)}, r"speed has shape \(7,\)"),
        ({"link": np.r_[np.ones(7), np.inf]}, "link of client 7 is inf"),
        ({"tasks": ()}, "no task"),
    ],
)
def test_bad_federations_are_named(
    federation: Federation, change: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidProblemError, match=named) as refused:
        replace(federation, **change)
    assert "\n" not in str(refused.value)


def test_tasks_for_different_clients_are_refused(new_task: Any) -> None:
    with pytest.raises(InvalidProblemError, match=r"\[3, 8\] clients"):
        Federation(tasks=(new_task("a", 1), new_task("b", 2, clients=3)))


def test_a_round_costs_what_was_asked(federation: Federation, plan: LocalPlan) -> None:
    always = replace(federation, online=None)
    clock = Clock(federation=always, plans=(plan, plan))
    size = 8e-6 * 4 * np.array([task.n_parameters for task in always.tasks])
    speed, link = np.asarray(always.speed), np.asarray(always.link)
    work = plan.epochs * always.counts / speed[:, None]

    drawn = new_round(always, plan)
    drawn.updates(0, np.array([2, 5]))
    drawn.updates(1, np.array([2]))
    two = work[2].sum() + 2 * size.sum() / link[2]
    five = work[5, 0] + 2 * size[0] / link[5]
    assert np.isclose(clock.seconds(drawn), max(two, five))

    asked = new_round(always, plan)
    asked.losses()
    forward = np.array(
        [
            max(row) if b > 1 else sum(row)
            for row, b in zip(work / plan.epochs / 3, np.asarray(always.processors), strict=True)
        ]
    )
    survey = (forward + (size.sum() + 2 * 8e-6 * 8) / link).max()
    assert np.isclose(clock.seconds(asked), survey)
    asked.updates(0, np.array([5]))
    assert np.isclose(clock.seconds(asked), survey + work[5, 0] + size[0] / link[5])

    surveyed = new_round(always, plan)
    surveyed.update_norms(0)
    before = clock.seconds(surveyed)
    surveyed.updates(0, np.array([5]))
    assert np.isclose(clock.seconds(surveyed), before + size[0] / link[5])
    assert surveyed.trained[:, 0].tolist() == [1] * 8
    import torch

    surveyed.updates(0, np.array([5]), correction=torch.zeros(always.tasks[0].n_parameters))
    assert np.isclose(clock.seconds(surveyed), before + work[5, 0] + 2 * size[0] / link[5])

    free = replace(always, speed=None, link=None)
    assert Clock(federation=free, plans=(plan, plan)).seconds(surveyed) == 0.0


@given(
    st.lists(st.floats(0.0, 10.0), min_size=1, max_size=5),
    st.integers(1, 6),
)
def test_schedules_are_within_graham_of_the_best(durations: list[float], processors: int) -> None:
    found = makespan(np.array([durations]), np.array([processors]))[0]
    best = min(
        max(np.bincount(where, weights=durations))
        for where in product(range(processors), repeat=len(durations))
    )
    assert best - 1e-9 <= found <= 4 / 3 * best + 1e-9
    if processors >= len(durations):
        assert np.isclose(found, max(durations))


def test_asking_everybody_takes_longer(
    federation: Federation, everybody: Any, sampled: Any, plan: LocalPlan
) -> None:
    settings: dict[str, Any] = {"rounds": 6, "plan": plan, "budget": 2.0, "engine": "plain"}
    drawn = train(federation, sampled(), **settings)
    norms = train(federation, sampled(ask="norms"), **settings)
    full = train(federation, everybody, **settings)
    assert norms.seconds.sum() > drawn.seconds.sum()
    assert full.uploads.sum() > norms.uploads.sum()
    assert norms.trainings.sum() == full.trainings.sum()


def test_several_seeds_are_paired(
    federation: Federation, everybody: Any, sampled: Any, plan: LocalPlan
) -> None:
    settings: dict[str, Any] = {"rounds": 8, "plan": plan, "budget": 3.0, "engine": "plain"}
    bench = train_methods(federation, [everybody, sampled()], 3, **settings)
    assert bench.methods == ("full participation", "sampled")
    assert bench.full == "full participation"
    starts = [run.loss[0] for runs in bench.histories.values() for run in runs]
    assert np.array_equal(starts[0], starts[3])
    assert not np.array_equal(starts[0], starts[1])
    gap = bench.difference("sampled", "full participation")
    values = bench.values("sampled", "accuracy") - bench.values("full participation", "accuracy")
    assert np.isclose(gap.mean, values.mean())
    assert np.isclose(gap.half, 4.302652729911275 * values.std(ddof=1) / np.sqrt(3))
    records = bench.to_records("full participation")
    assert records[0]["relative_to_full"] == 1.0
    assert "accuracy_over_full participation" in records[1]
    assert "sampled" in str(bench)
    with pytest.raises(InvalidProblemError, match="method is 'x'"):
        bench.interval("x")
    with pytest.raises(InvalidProblemError, match="measure is 'speed'"):
        bench.interval("sampled", "speed")
    with pytest.raises(InvalidProblemError, match="name them in a mapping"):
        train_methods(federation, [everybody, everybody], 1, **settings)


@pytest.mark.parametrize(
    ("confidence", "seeds", "quantile"),
    # tables of Student's t; one and two degrees of freedom in closed form
    [
        (0.95, 2, math.tan(0.475 * math.pi)),
        (0.8, 3, 0.8 / math.sqrt(2 * 0.9 * 0.1)),
        (0.95, 6, 2.5705818366147395),
        (0.99, 31, 2.7499956535672243),
    ],
)
def test_an_interval_is_students(confidence: float, seeds: int, quantile: float) -> None:
    values = np.arange(seeds, dtype=np.float64)
    found = Interval.of(values, confidence)
    assert found.mean == (seeds - 1) / 2
    expected = quantile * math.sqrt((seeds + 1) / 12.0)  # the variance of 0, ..., n - 1
    assert found.half == pytest.approx(expected, rel=1e-9)
    with pytest.raises(InvalidProblemError, match="confidence"):
        Interval.of(values, 1.0)


def test_an_interval_of_one_seed_has_no_width() -> None:
    one = Interval.of([0.5])
    assert one.mean == 0.5
    assert np.isnan(one.half)
    assert str(one) == "0.5"
    with pytest.raises(InvalidProblemError, match="no numbers"):
        Interval.of([])
