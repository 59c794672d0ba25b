"""Training on least squares against its exact moments, the rate above them, the clock by hand."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from roundlot.simulate.training import Samples
from roundlot.simulate.workers import (
    DPSGD,
    AllReduce,
    Links,
    Matcha,
    StepPlan,
    Workers,
    train_workers,
)
from roundlot.simulate.workers.consensus import MixingLaw
from roundlot.simulate.workers.exact_moments import LeastSquares, trajectory_bound, worker_moments
from roundlot.simulate.workers.method import Clock, Exchange, Move, bytes_sent
from roundlot.solvers.graphs import gradient_bound, largest_step
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.verify import check_gradient_bound, check_worker_moments

PLAN = StepPlan(learning_rate=0.02, batch_size=4)


def replicas(squares: Workers, count: int) -> Workers:
    """Independent copies of the workers: their batches differ, their data do not."""
    train = squares.task.train
    shards = [train.of(i) for i in range(squares.n_workers)] * count
    return Workers(task=replace(squares.task, train=Samples.from_clients(shards)))


def test_training_has_the_moments_that_are_propagated(squares: Workers, dpsgd: DPSGD) -> None:
    count, rounds = 300, 12
    many = replicas(squares, count)
    every = DPSGD(mixing=np.kron(np.eye(count), np.asarray(dpsgd.mixing)))
    plan = replace(PLAN, steps=2, learning_rate=0.05)
    history = train_workers(many, every, rounds=rounds, plan=plan, restart=False)
    ends = history.parameters.reshape(count, 8, -1).astype(float)
    moments = worker_moments(squares, dpsgd, rounds=rounds, plan=plan)
    mean = ends.mean(axis=0)
    spread = ends.std(axis=0) / np.sqrt(count)
    assert np.abs((mean - moments.mean[-1]) / spread).max() < 5.0
    apart = ((ends - ends.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean(axis=1)
    sigma = apart.std() / np.sqrt(count)
    assert abs(apart.mean() - moments.consensus[-1]) < 5.0 * sigma
    assert sigma < 0.1 * moments.consensus[-1]


def test_moments_of_random_mixing_are_those_of_all_outcomes(
    squares: Workers, matcha: Matcha
) -> None:
    """Without noise, two rounds of every pair of outcomes, weighed by their chances."""
    plan = StepPlan(learning_rate=0.1, batch_size=10**9)
    found = worker_moments(squares, matcha, rounds=2, plan=plan)
    task = LeastSquares.of(squares)
    outcomes = list(MixingLaw.of(matcha).outcomes())
    expected = np.zeros(3)
    for p, first in outcomes:
        x = first @ (0.1 * task.slope)
        x = x - 0.1 * (np.einsum("nij,nj->ni", task.curvature, x) - task.slope)
        for q, second in outcomes:
            y = second @ x
            mean = y.mean(axis=0)
            slope = np.tensordot(task.weights, task.curvature, axes=1) @ mean
            slope = slope - task.weights @ task.slope
            row = (np.sum((y - mean) ** 2) / 8, slope @ slope, task.value(mean) - task.minimum)
            expected += p * q * np.array(row)
    got = (found.consensus[2], found.gradient[2], found.value[2])
    np.testing.assert_allclose(got, expected, rtol=1e-7)


def test_rate_is_above_what_is_propagated_and_refused_out_of_range(
    squares: Workers, matcha: Matcha
) -> None:
    rho = MixingLaw.of(matcha).rho
    limit = largest_step(rho, LeastSquares.of(squares).smoothness)
    for share in (0.1, 0.5, 0.999):
        plan = replace(PLAN, learning_rate=share * limit)
        moments = worker_moments(squares, matcha, rounds=60, plan=plan)
        bound = trajectory_bound(squares, matcha, plan, moments)
        assert check_gradient_bound(moments, bound).passed
        assert not check_gradient_bound(moments, 0.5 * moments.mean_gradient).passed
    beyond = replace(PLAN, learning_rate=1.01 * limit)
    with pytest.raises(AssumptionError, match="ηL"):
        trajectory_bound(squares, matcha, beyond, moments)
    with pytest.raises(AssumptionError, match="one local step"):
        trajectory_bound(squares, matcha, replace(PLAN, steps=2), moments)


def test_published_rate_is_larger(matcha: Matcha) -> None:
    numbers = {"step": 0.01, "smoothness": 1.0, "variance": 1.0, "dissimilarity": 2.0}
    ours = gradient_bound(0.64, workers=8, value=1.0, rounds=100, **numbers)  # type: ignore[arg-type]
    theirs = gradient_bound(0.64, workers=8, value=1.0, rounds=100, order="published", **numbers)  # type: ignore[arg-type]
    assert ours < theirs
    expected = 8 / 1.0 + 4 * 0.01 / 8 + 8e-4 * 0.64 / 0.2 * (1 / 1.8 + 6 / 0.2)
    assert theirs == pytest.approx(expected)
    with pytest.raises(AssumptionError):
        gradient_bound(1.0, workers=8, value=1.0, rounds=100, **numbers)  # type: ignore[arg-type]


@pytest.mark.slow
def test_verdict_on_runs(squares: Workers, matcha: Matcha) -> None:
    moments = worker_moments(squares, matcha, rounds=10, plan=PLAN)
    runs = [
        train_workers(squares, matcha, rounds=10, plan=PLAN, seed=s, restart=False, measure=True)
        for s in range(600)
    ]
    verdict = check_worker_moments(runs, moments, discrepancy=0.5)
    assert verdict.outcome == "inconclusive", str(verdict)  # their scatter is only assumed
    wrong = worker_moments(squares, matcha, rounds=10, plan=replace(PLAN, learning_rate=0.015))
    assert check_worker_moments(runs, wrong).outcome == "refuted"
    assert check_gradient_bound(runs, 0.5 * moments.mean_gradient).outcome == "refuted"


def test_bound_on_few_runs_is_not_refuted(squares: Workers, matcha: Matcha) -> None:
    runs = [
        train_workers(squares, matcha, rounds=5, plan=PLAN, seed=s, restart=False, measure=True)
        for s in range(3)
    ]
    assert check_gradient_bound(runs, 10.0).outcome == "inconclusive"
    with pytest.raises(InvalidProblemError, match="seeds"):
        check_worker_moments(
            [runs[0], runs[0]], worker_moments(squares, matcha, rounds=5, plan=PLAN)
        )


def test_moments_start_where_training_without_restarts_does(
    squares: Workers, matcha: Matcha
) -> None:
    module = deepcopy(squares.task.module)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.arange(1.0, 1.0 + parameter.numel()).reshape(parameter.shape))
    elsewhere = Workers(task=replace(squares.task, module=module))
    task = LeastSquares.of(elsewhere)
    point = np.arange(1.0, 1.0 + task.slope.shape[1])
    moments = worker_moments(elsewhere, matcha, rounds=1, plan=PLAN)
    assert moments.value[0] == pytest.approx(task.value(point) - task.minimum, rel=1e-9)
    run = train_workers(elsewhere, matcha, rounds=1, plan=PLAN, restart=False)
    assert run.objective[0] == pytest.approx(task.value(point), rel=1e-5)
    with pytest.raises(InvalidProblemError, match="finite numbers"):
        worker_moments(elsewhere, matcha, rounds=1, plan=PLAN, start=[np.nan])


def test_runs_from_different_points_are_not_held_against_moments_from_one(
    squares: Workers, matcha: Matcha
) -> None:
    runs = [
        train_workers(squares, matcha, rounds=2, plan=PLAN, seed=s, measure=True) for s in range(2)
    ]
    moments = worker_moments(squares, matcha, rounds=2, plan=PLAN)
    with pytest.raises(InvalidProblemError, match="restart=False"):
        check_worker_moments(runs, moments)


def test_moments_need_least_squares(crew: Workers, matcha: Matcha) -> None:
    with pytest.raises(InvalidProblemError, match="no least squares"):
        worker_moments(crew, matcha, rounds=1, plan=PLAN)
    with pytest.raises(InvalidProblemError, match="without delay"):
        worker_moments(crew, replace(matcha, delay=1), rounds=1, plan=PLAN)


def move(workers: Workers, exchange: Exchange, computing: list[float]) -> Move:
    none = np.zeros(workers.n_workers)
    return Move(
        parameters=None,  # type: ignore[arg-type]
        samples=none.astype(np.int64),
        computing=np.array(computing),
        exchange=exchange,
        losses=none,
    )


def test_clock_by_hand(squares: Workers) -> None:
    train = squares.task.train
    three = replace(squares.task, train=Samples.from_clients([train.of(i) for i in range(3)]))
    size = 4 * 3  # bytes of three parameters
    crew = Workers(task=three, link=[8e-6 * size, 8e-6 * size, 4e-6 * size])  # 1, 1 and 2 s
    clock = Clock(workers=crew)
    first, second = np.array([[0, 1]]), np.array([[1, 2]])
    exchange = Exchange(matchings=(first, second))
    later = clock.after(clock.start(), move(crew, exchange, [1.0, 4.0, 2.0]))
    assert later.done == pytest.approx([5.0, 7.0, 7.0])  # 0 waits for 1; 1 is then sent to by 2
    assert bytes_sent(exchange, crew) == 4 * size
    everybody = clock.after(clock.start(), move(crew, Exchange(everybody=True), [1.0, 4.0, 2.0]))
    assert everybody.done == pytest.approx(np.full(3, 4.0 + 4 * 2.0 / 3))
    late = Exchange(matchings=(first, second), delay=1)
    now = clock.after(clock.start(), move(crew, late, [1.0, 4.0, 2.0]))
    assert now.done == pytest.approx([1.0, 4.0, 2.0])  # nobody waits for what is under way
    then = clock.after(now, move(crew, late, [1.0, 1.0, 1.0]))
    assert then.done == pytest.approx([5.0, 5.0, 7.0])  # 1 sends to 0 until 5, then to 2 until 7


def test_all_reduce_takes_the_objectives_weights(squares: Workers) -> None:
    plan = StepPlan(learning_rate=0.1, batch_size=64)
    by_size = train_workers(
        replace(squares, weigh="size"), AllReduce(), rounds=1, plan=plan, restart=False
    )
    sums = train_workers(squares, AllReduce(average="size"), rounds=1, plan=plan, restart=False)
    np.testing.assert_array_equal(by_size.parameters, sums.parameters)


def test_links_of_nobody() -> None:
    assert Links(n_workers=1, matchings=()).adjacency().shape == (1, 1)
