"""Training with workers: equal to a plain loop over workers, to the same bits again, methods."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from roundlot.simulate.runs.checkpoints import require_same
from roundlot.simulate.tasks.parameters import restart, with_parameters
from roundlot.simulate.training import Samples, Task, TrainingError
from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    AllReduce,
    LocalSGD,
    Matcha,
    NonBlocking,
    StepPlan,
    WorkerHistory,
    Workers,
    train_workers,
)
from roundlot.simulate.workers.runner import fingerprint
from roundlot.simulate.workers.worker_engine import draw_rows
from roundlot.solvers.stragglers import Deadline, FastestWorker, FullWait
from roundlot.solvers.stragglers.laws import Shifted
from roundlot.theory import InvalidProblemError

PLAN = StepPlan(steps=2, batch_size=4, learning_rate=0.2)


def methods(dpsgd: DPSGD, matcha: Matcha) -> dict[str, Any]:
    return {
        "all-reduce": AllReduce(),
        "d-psgd": dpsgd,
        "mix first": replace(dpsgd, order="mix first"),
        "delay": replace(dpsgd, delay=2),
        "matcha": matcha,
        "late matcha": replace(matcha, delay=1),
        "paper": AdjacentLeader(base=matcha),
        "code": AdjacentLeader(base=dpsgd, form="code"),
        "full wait": NonBlocking(shares=4),
        "deadline": NonBlocking(shares=6, rule=Deadline(seconds=0.1), estimator="pooled"),
        "local": LocalSGD(),
    }


NAMES = (
    "all-reduce",
    "d-psgd",
    "mix first",
    "delay",
    "matcha",
    "late matcha",
    "paper",
    "code",
    "full wait",
    "deadline",
    "local",
)


def plain_loop(crew: Workers, method: DPSGD | Matcha, rounds: int, seed: int) -> torch.Tensor:
    """Step, then mix, one worker after the other, by autograd on the network itself."""
    task = crew.task
    rows = restart(task.module, seed).repeat(crew.n_workers, 1)
    past: list[torch.Tensor] = []
    for number in range(rounds):
        for k in range(PLAN.steps):
            drawn = draw_rows(task.train.offsets, 4, step=number * PLAN.steps + k, seed=seed)
            for i in range(crew.n_workers):
                network = with_parameters(task.module, rows[i])
                outputs = network(task.train.inputs[drawn[i]])
                functional.cross_entropy(outputs, task.train.targets[drawn[i]]).backward()
                slope = torch.cat([p.grad.reshape(-1) for p in network.parameters()])  # type: ignore[union-attr]
                rows[i] -= PLAN.learning_rate * slope
        W = torch.tensor(method.at(number, seed)[0])
        past.append(rows.double())
        if number >= method.delay:
            own = torch.diag(W)[:, None]
            heard = past[number - method.delay]
            rows = (own * past[-1] + W @ heard - own * heard).float()
    return rows


def test_equal_to_a_plain_loop(crew: Workers, dpsgd: DPSGD, matcha: Matcha) -> None:
    for method in (dpsgd, matcha, replace(dpsgd, delay=2), replace(matcha, delay=1)):
        history = train_workers(crew, method, rounds=5, plan=PLAN, seed=7)
        expected = plain_loop(crew, method, 5, 7).numpy()
        np.testing.assert_allclose(history.parameters, expected, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_same_bits_in_any_chunking_and_after_a_break(
    name: str, crew: Workers, dpsgd: DPSGD, matcha: Matcha, tmp_path: Path
) -> None:
    method = methods(dpsgd, matcha)[name]
    whole = train_workers(crew, method, rounds=6, plan=PLAN, evaluate_every=2)
    chunked = train_workers(crew, method, rounds=6, plan=PLAN, evaluate_every=2, chunk=3)
    kept = tmp_path / "run.npz"
    settings: dict[str, Any] = {"plan": PLAN, "evaluate_every": 2, "checkpoint_every": 4}
    assert whole.evaluated.tolist() == [0, 2, 4, 6]

    def stop(_: str, done: int, __: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_workers(crew, method, rounds=6, checkpoint=kept, progress=stop, **settings)
    resumed = train_workers(crew, method, rounds=6, checkpoint=kept, **settings)
    for other in (chunked, resumed):
        for field in ("parameters", "consensus", "objective", "worker_loss", "seconds", "bytes"):
            np.testing.assert_array_equal(getattr(other, field), getattr(whole, field), field)
    assert whole.objective[-1] < whole.objective[0]
    longer = train_workers(crew, method, rounds=7, checkpoint=kept, **settings)
    np.testing.assert_array_equal(longer.objective[:-1], whole.objective)
    np.testing.assert_array_equal(longer.seconds[:-1], whole.seconds)


def test_vmapped_agrees_with_batched(crew: Workers, matcha: Matcha) -> None:
    by_hand = train_workers(crew, matcha, rounds=4, plan=PLAN, engine="batched")
    by_vmap = train_workers(crew, matcha, rounds=4, plan=PLAN, engine="vmapped")
    assert (by_hand.engine, by_vmap.engine) == ("batched", "vmapped")
    np.testing.assert_allclose(by_hand.parameters, by_vmap.parameters, atol=2e-6)


def test_a_workers_first_draws_do_not_depend_on_the_width() -> None:
    offsets = np.array([0, 5, 6, 30])
    wide = draw_rows(offsets, 11, step=3, seed=2)
    np.testing.assert_array_equal(wide[:, :4], draw_rows(offsets, 4, step=3, seed=2))
    assert np.all((wide >= offsets[:-1, None]) & (wide < offsets[1:, None]))
    counts = np.zeros(24)
    for step in range(400):
        np.add.at(counts, draw_rows(offsets, 8, step=step, seed=0)[2] - 6, 1)
    assert np.all(np.abs(counts - 3200 / 24) < 5 * np.sqrt(3200 / 24))


def test_full_mixing_is_all_reduce(crew: Workers) -> None:
    everyone = DPSGD(mixing=np.full((8, 8), 1 / 8))
    one = train_workers(crew, everyone, rounds=5, plan=PLAN)
    other = train_workers(crew, AllReduce(), rounds=5, plan=PLAN)
    np.testing.assert_allclose(one.parameters, other.parameters, atol=1e-6)
    assert one.consensus.max() < 1e-12


def test_mixing_keeps_the_mean_and_leaders_move_it(
    crew: Workers, dpsgd: DPSGD, matcha: Matcha
) -> None:
    plan = replace(PLAN, learning_rate=1e-12)
    start = restart(crew.task.module, 0).numpy()
    moved = {}
    for name in ("d-psgd", "matcha", "code"):
        method = methods(dpsgd, matcha)[name]
        history = train_workers(crew, method, rounds=3, plan=PLAN, seed=0)
        moved[name] = history
        still = train_workers(crew, method, rounds=3, plan=plan, seed=0)
        np.testing.assert_allclose(still.parameters.mean(axis=0), start, atol=1e-6)
    assert np.all(moved["code"].figures["column_drift"] > 1e-3)


def test_leaderless_leaders_are_matcha(crew: Workers, matcha: Matcha) -> None:
    none = {"best": 0.0, "central": 0.0, "best_pull": 0.0, "central_pull": 0.0}
    plain = train_workers(crew, matcha, rounds=4, plan=PLAN)
    for form in ("paper", "code"):
        same = train_workers(
            crew,
            AdjacentLeader(base=matcha, form=form, **none),
            rounds=4,
            plan=PLAN,  # type: ignore[arg-type]
        )
        np.testing.assert_allclose(same.parameters, plain.parameters, atol=1e-6)


def test_delay_hears_what_was(crew: Workers, dpsgd: DPSGD) -> None:
    late = replace(dpsgd, delay=2)
    alone = DPSGD(mixing=np.eye(8))
    first = train_workers(crew, late, rounds=2, plan=PLAN)
    np.testing.assert_array_equal(
        first.parameters, train_workers(crew, alone, rounds=2, plan=PLAN).parameters
    )
    assert (
        train_workers(crew, late, rounds=20, plan=PLAN).consensus[-1]
        < train_workers(crew, alone, rounds=20, plan=PLAN).consensus[-1]
    )


def test_full_wait_on_whole_batches_is_all_reduce(crew: Workers) -> None:
    one = train_workers(crew, NonBlocking(shares=4), rounds=4, plan=replace(PLAN, steps=1))
    other = train_workers(crew, AllReduce(), rounds=4, plan=replace(PLAN, steps=1))
    np.testing.assert_allclose(one.parameters, other.parameters, atol=1e-6)
    np.testing.assert_allclose(one.seconds, other.seconds)


def test_unbiased_estimator_has_mean_weight_one(crew: Workers) -> None:
    slow = replace(crew, law=Shifted(shift=0.2))
    plan = replace(PLAN, learning_rate=1e-6)
    fair = NonBlocking(shares=8, rule=Deadline(seconds=0.3))
    cut = replace(fair, estimator="planned")
    weights = {
        m.estimator: train_workers(slow, m, rounds=600, plan=plan, evaluate_every=600).figures[
            "weight"
        ]
        for m in (fair, cut)
    }
    unbiased = weights["horvitz-thompson"]
    assert abs(unbiased.mean() - 1.0) < 5 * unbiased.std() / np.sqrt(600)
    assert weights["planned"].mean() < 0.95
    assert fair.label == fair.label_for(slow) == "unbiased"
    assert cut.label.startswith("biased")
    assert cut.label_for(slow).startswith("biased: worker ")


def test_a_full_wait_is_unbiased_only_if_work_is_shared_as_data_is(crew: Workers) -> None:
    """Means of all workers' units: a worker weighs its share of the work, or 1/n."""
    data = crew.weights
    shares = np.arange(1, 9)
    uneven = np.abs(shares / shares.sum() - data).max() > 1e-3
    assert uneven
    for name in ("pooled", "planned"):
        off = NonBlocking(rule=FullWait(), shares=shares, estimator=name)
        assert off.label.startswith("biased")
        assert off.label_for(crew).startswith("biased: worker ")
    even = np.abs(data - 1 / 8).max() < 1e-12
    plain = NonBlocking(rule=FullWait(), shares=2, estimator="mean of means")
    assert (plain.label_for(crew) == "unbiased") == even
    whole = NonBlocking(rule=FullWait(), shares=shares)
    assert whole.label_for(crew) == whole.label == "unbiased"


def test_nobody_in_time_makes_no_step(crew: Workers) -> None:
    heavy = replace(crew, law=Shifted(shift=0.0))
    hasty = NonBlocking(shares=8, rule=Deadline(seconds=1e-4), estimator="pooled")
    history = train_workers(heavy, hasty, rounds=30, plan=PLAN)
    assert (history.samples == 0).any()
    assert np.isfinite(history.parameters).all()


def test_sizes_weigh_the_mean_of_shards(squares: Workers) -> None:
    start = train_workers(squares, LocalSGD(), rounds=1, plan=PLAN, restart=False)
    uniform = train_workers(
        squares, LocalSGD(average="uniform"), rounds=1, plan=PLAN, restart=False
    )
    assert not np.array_equal(squares.sizes, squares.weights) or np.allclose(
        start.parameters, uniform.parameters
    )


def test_fastest_worker_is_quicker_than_the_full_wait(crew: Workers) -> None:
    wait = train_workers(crew, NonBlocking(shares=8), rounds=5, plan=PLAN)
    fast = NonBlocking(shares=8, rule=FastestWorker(), estimator="pooled")
    hurried = train_workers(crew, fast, rounds=5, plan=PLAN)
    assert hurried.seconds.sum() < wait.seconds.sum()
    assert hurried.samples.sum() < wait.samples.sum()


def test_history_is_kept(crew: Workers, matcha: Matcha, tmp_path: Path) -> None:
    history = train_workers(crew, matcha, rounds=3, plan=PLAN, measure=True)
    history.save(tmp_path / "history.npz")
    again = WorkerHistory.load(tmp_path / "history.npz")
    np.testing.assert_array_equal(again.gradient, history.gradient)
    assert again.to_round_records() == history.to_round_records()
    assert history.first_at(1e9) == 0.0
    assert history.first_at(-1.0) == float("inf")


def test_bad_input_is_named(blobs: Task, crew: Workers, matcha: Matcha, tmp_path: Path) -> None:
    with pytest.raises(InvalidProblemError, match="worker 2 has speed 0"):
        Workers(task=blobs, speed=[1, 1, 0, 1, 1, 1, 1, 1])
    with pytest.raises(InvalidProblemError, match="3 numbers for 8 workers"):
        Workers(task=blobs, speed=[1, 1, 1])
    with pytest.raises(InvalidProblemError, match="latency"):
        Workers(task=blobs, latency=-1.0)
    train = blobs.train
    empty = Samples.by_owner(train.inputs, train.targets, [0] * len(train.inputs), 2)
    with pytest.raises(InvalidProblemError, match="worker 1 holds no data"):
        Workers(task=replace(blobs, train=empty))
    one = Samples.by_owner(train.inputs, train.targets, [0] * len(train.inputs), 1)
    alone = Workers(task=replace(blobs, train=one))
    with pytest.raises(InvalidProblemError, match="links are of 8 workers; there are 1"):
        train_workers(alone, matcha, rounds=1, plan=PLAN)
    with pytest.raises(InvalidProblemError, match="batch_size has 2 numbers"):
        train_workers(crew, matcha, rounds=1, plan=StepPlan(batch_size=(1, 2)))
    with pytest.raises(InvalidProblemError, match="estimator"):
        NonBlocking(estimator="mean")
    with pytest.raises(InvalidProblemError, match="form"):
        AdjacentLeader(base=matcha, form="other")  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError, match="order"):
        replace(matcha, order="both")  # type: ignore[arg-type]
    with pytest.raises(InvalidProblemError, match="delay"):
        replace(matcha, delay=-1)
    with pytest.raises(TrainingError, match="round"):
        train_workers(crew, matcha, rounds=50, plan=StepPlan(learning_rate=1e38))
    kept = tmp_path / "run.npz"
    train_workers(crew, matcha, rounds=4, plan=PLAN, checkpoint=kept, checkpoint_every=2)
    with pytest.raises(InvalidProblemError, match=r"plan \(learning_rate\) was 0.2, is 0.3"):
        train_workers(
            crew, matcha, rounds=4, plan=replace(PLAN, learning_rate=0.3), checkpoint=kept
        )
    batch = replace(blobs, module=nn.Sequential(nn.Linear(5, 3)))
    assert train_workers(Workers(task=batch), matcha, rounds=1, plan=PLAN).rounds == 1


def test_checkpoints_that_name_a_method_by_its_first_file_are_of_the_same_setup(
    crew: Workers, dpsgd: DPSGD, matcha: Matcha
) -> None:
    files = {"all_reduce": AllReduce(), "d_psgd": dpsgd, "matcha": matcha, "local_sgd": LocalSGD()}
    for file, method in files.items():
        here = fingerprint(crew, method, PLAN, {})
        there = {**here, "method": f"roundlot.simulate.workers.{file}.{type(method).__name__}"}
        require_same(here, there, "checkpoint")
        with pytest.raises(InvalidProblemError, match="method"):
            require_same(here, there | {"method": "elsewhere.Other"}, "checkpoint")
