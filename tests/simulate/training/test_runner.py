"""Training goes round by round: what is drawn, measured and kept is what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.training import Federation, History, LocalPlan, Samples, Task, train
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import TrainingError
from roundlot.verify import check_training_variance

SETTINGS: dict[str, Any] = {"budget": 3.0, "engine": "plain", "evaluate_every": 4}


def same(first: History, second: History) -> bool:
    names = ("accuracy", "loss", "seconds", "uploads", "aggregate_weight", "evaluated")
    return all(
        np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True)
        for name in names
    ) and all(map(np.array_equal, first.parameters, second.parameters))


def test_full_participation_steps_along_the_weighted_mean(
    federation: Federation, everybody: Any, plan: LocalPlan
) -> None:
    history = train(
        federation, everybody, rounds=6, plan=plan, measure=True, restart=False, **SETTINGS
    )
    assert np.allclose(history.aggregate_weight, 1.0)
    assert np.all(history.squared_error < 1e-10 * history.step_norm**2)
    assert history.evaluated.tolist() == [0, 4, 6]
    assert history.accuracy.shape == (3, 2)
    assert history.mean_loss[-1] < history.mean_loss[0]


def test_predicted_variance_is_realised(
    federation: Federation, sampled: Any, plan: LocalPlan
) -> None:
    plain = train(federation, sampled(), rounds=80, plan=plan, measure=True, **SETTINGS)
    stale = train(
        federation, sampled(remember=True), rounds=80, plan=plan, measure=True, **SETTINGS
    )
    for history in (plain, stale):
        verdict = check_training_variance(history, discrepancy=1.0)
        assert verdict.outcome != "refuted"
        assert 0.6 < verdict.estimate < 1.5
    doubled = replace(plain, predicted_variance=plain.predicted_variance / 30)
    assert check_training_variance(doubled, discrepancy=1.0).outcome == "refuted"
    # Rounds of larger scatter count less, but they count.
    ratio = np.where(np.arange(80) < 10, plain.second_moment_ratio, 40.0)
    wild = replace(plain, second_moment_ratio=ratio)
    kept = check_training_variance(wild, discrepancy=1.0)
    assert kept.outcome == "inconclusive"
    assert "count less" in kept.detail
    assert kept.rounds == 80
    off = np.where(np.arange(80) < 10, 1.0, 200.0)[:, None]
    wrong = replace(wild, predicted_variance=plain.predicted_variance / off)
    assert check_training_variance(wrong, discrepancy=1.0).outcome == "refuted"
    later = slice(20, None)
    assert stale.predicted_variance[later].sum() < plain.predicted_variance[later].sum()


@pytest.mark.parametrize("design", ["turns", "systematic", "pivotal"])
def test_other_designs_draw_and_predict(
    federation: Federation, sampled: Any, plan: LocalPlan, design: str
) -> None:
    settings = {**SETTINGS, "budget": 2.0, "design": design}
    history = train(federation, sampled(), rounds=8, plan=plan, measure=True, **settings)
    known = np.isfinite(history.predicted_variance)
    assert known.all() if design == "turns" else True
    assert np.isfinite(history.squared_error).all()
    verdict = check_training_variance(history)
    assert verdict.outcome == "inconclusive"


def test_bias_is_measured_where_it_is_and_only_there(
    federation: Federation, sampled: Any, plan: LocalPlan
) -> None:
    label = "biased: plain mean of the drawn"
    plain = train(
        federation,
        sampled(plain=True, label=label),
        rounds=6,
        plan=plan,
        measure=True,
        **SETTINGS,
    )
    honest = train(
        federation, sampled(label="biased: not"), rounds=6, plan=plan, measure=True, **SETTINGS
    )
    assert plain.bias.mean() > 0.1 * plain.step_norm.mean()
    assert honest.bias.mean() < np.sqrt(honest.squared_error.mean())
    assert np.isnan(plain.predicted_variance).all()


@pytest.mark.parametrize("settings", [{}, {"ask": "losses"}, {"remember": True}])
def test_measuring_changes_nothing(
    federation: Federation, sampled: Any, plan: LocalPlan, settings: dict[str, Any]
) -> None:
    method = sampled(**settings)
    runs = [
        train(federation, method, rounds=5, plan=plan, measure=measure, **SETTINGS)
        for measure in (False, True)
    ]
    assert same(*runs)


@pytest.mark.parametrize("kept", [1, 3, 5])
def test_a_resumed_run_has_the_same_bits(
    federation: Federation, sampled: Any, plan: LocalPlan, tmp_path: Path, kept: int
) -> None:
    path = tmp_path / "run.npz"
    method = sampled(remember=True, ask="losses")
    settings = {**SETTINGS, "plan": plan, "measure": True, "seed": 5}
    whole = train(federation, method, rounds=7, **settings)

    def stop(_: str, done: int, total: int) -> None:
        if done == kept:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(
            federation,
            method,
            rounds=7,
            checkpoint=path,
            checkpoint_every=1,
            progress=stop,
            **settings,
        )
    resumed = train(federation, method, rounds=7, checkpoint=path, **settings)
    assert same(whole, resumed)
    assert np.array_equal(whole.squared_error, resumed.squared_error)
    assert np.array_equal(whole.figures["drawn"], resumed.figures["drawn"])
    longer = train(federation, method, rounds=9, checkpoint=path, **settings)
    assert same(longer, train(federation, method, rounds=9, **settings))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 6}, "seed was 5, is 6"),
        ({"budget": 2.0}, "budget was 3.0, is 2.0"),
        ({"plan": LocalPlan(epochs=1)}, "local plan, epochs"),
        ({"design": "pivotal"}, "design was independent"),
        ({"method": {"remember": False}}, "method .remember. was True, is False"),
        ({"data": 1}, r"task 0 .*inputs"),
    ],
)
def test_a_checkpoint_of_another_setup_is_refused(
    federation: Federation,
    sampled: Any,
    plan: LocalPlan,
    new_task: Any,
    tmp_path: Path,
    change: dict[str, Any],
    named: str,
) -> None:
    path = tmp_path / "run.npz"
    settings = {**SETTINGS, "plan": plan, "seed": 5, "checkpoint": path}
    train(federation, sampled(remember=True), rounds=1, **settings)
    method = sampled(**{"remember": True, **change.pop("method", {})})
    if change.pop("data", None):
        federation = replace(federation, tasks=(new_task("a", 9), federation.tasks[1]))
    with pytest.raises(InvalidProblemError, match=named):
        train(federation, method, rounds=2, **{**settings, **change})
    path.write_bytes(b"something else")
    with pytest.raises(InvalidProblemError, match="does not hold a checkpoint"):
        train(federation, method, rounds=2, **settings)


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_checkpoint(
    federation: Federation, everybody: Any, plan: LocalPlan, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    inputs = federation.tasks[0].train.inputs

    def loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        broken = torch.where(counted["calls"] > 60, torch.nan, 0.0)
        counted["calls"] += 1
        return nn.functional.cross_entropy(outputs, targets, reduction="none") + broken

    counted = {"calls": torch.tensor(0)}
    task = replace(federation.tasks[0], loss=loss)
    assert inputs is task.train.inputs
    alone = Federation(tasks=(task,))
    with pytest.raises(TrainingError, match=r"round \d+: the loss of client \d on 'a'") as stopped:
        train(
            alone, everybody, rounds=50, plan=plan, checkpoint=path, checkpoint_every=1, **SETTINGS
        )
    from roundlot.simulate.runs.archive import array_text, read_archive

    head = array_text(read_archive(path, "it")["head"])
    assert head["round"] == stopped.value.round
    assert stopped.value.round >= 1


@pytest.mark.parametrize("held_out", [True, False])
def test_an_evaluation_that_is_not_finite_stops_the_run_and_says_on_what(
    federation: Federation, everybody: Any, plan: LocalPlan, tmp_path: Path, held_out: bool
) -> None:
    def loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        each = nn.functional.cross_entropy(outputs, targets, reduction="none")
        wild = len(outputs) == evaluated and counted["evaluations"] == 2
        counted["evaluations"] += len(outputs) == evaluated
        return each + torch.inf if wild else each

    task, counted = federation.tasks[0], {"evaluations": 0}
    evaluated = 60 if held_out else len(task.train.inputs)
    task = replace(task, loss=loss, test=task.test if held_out else None)
    counted["evaluations"] = 0
    path = tmp_path / "run.npz"
    on = "test" if held_out else "clients'"
    with pytest.raises(TrainingError, match=f"round 8: the loss on the {on} data of 'a'") as found:
        train(
            Federation(tasks=(task,)),
            everybody,
            rounds=20,
            plan=plan,
            checkpoint=path,
            checkpoint_every=1,
            **SETTINGS,
        )
    assert (found.value.client, found.value.round, found.value.task) == (None, 8, "a")
    from roundlot.simulate.runs.archive import array_text, read_archive

    assert array_text(read_archive(path, "it")["head"])["round"] == 7


def test_parameters_that_overflow_stop_the_run(
    federation: Federation, everybody: Any, plan: LocalPlan
) -> None:
    with pytest.raises(TrainingError, match=r"round 0: .* on 'a'"):
        train(
            federation,
            everybody,
            rounds=2,
            plan=plan,
            server_learning_rate=1e40,
            **SETTINGS,
        )


def test_a_round_without_anybody_passes(
    federation: Federation, sampled: Any, plan: LocalPlan
) -> None:
    record = np.ones((3, 8), dtype=bool)
    record[1] = False
    sometimes = replace(federation, online=record)
    history = train(sometimes, sampled(), rounds=6, plan=plan, measure=True, **SETTINGS)
    assert history.uploads[[1, 4]].tolist() == [0, 0]
    assert history.seconds[1] == 0.0
    assert history.aggregate_weight[1].tolist() == [0.0, 0.0]


def test_histories_survive_the_disk(
    federation: Federation, sampled: Any, plan: LocalPlan, tmp_path: Path
) -> None:
    history = train(federation, sampled(), rounds=5, plan=plan, **SETTINGS)
    history.save(tmp_path / "h.npz")
    again = History.load(tmp_path / "h.npz")
    assert same(history, again)
    assert again.method == history.method
    assert again.models == ("a", "b")
    assert again.to_records() == history.to_records()
    assert len(history.to_round_records()) == 10
    assert np.allclose(history.relative_to(again), 1.0)
    assert not history.accuracy.flags.writeable
    (tmp_path / "h.npz").write_bytes(b"no")
    with pytest.raises(InvalidProblemError, match="history of training"):
        History.load(tmp_path / "h.npz")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rounds": 0}, "rounds is 0"),
        ({"budget": 0.0}, "budget is 0"),
        ({"budget": 11.0}, "there are 10 processors"),
        ({"seed": -1}, "seed is -1"),
        ({"design": "fair"}, "design is 'fair'; choose from"),
        ({"plan": [LocalPlan()]}, "1 plans for 2 tasks"),
        ({"evaluate_every": 0}, "evaluate_every"),
        ({"server_learning_rate": 0.0}, "server_learning_rate"),
        ({"engine": "quick"}, "kind is 'quick'"),
        ({"device": "tpu"}, "device is 'tpu'"),
        ({"checkpoint": "nowhere/at/all.npz"}, "does not exist"),
    ],
)
def test_settings_out_of_range_are_named(
    federation: Federation, sampled: Any, plan: LocalPlan, change: dict[str, Any], named: str
) -> None:
    settings = {"rounds": 1, "plan": plan, **SETTINGS, **change}
    with pytest.raises(InvalidProblemError, match=named) as refused:
        train(federation, sampled(), **settings)
    assert "\n" not in str(refused.value)


def test_tasks_of_one_name_are_refused(new_task: Any, sampled: Any, plan: LocalPlan) -> None:
    twins = Federation(tasks=(new_task("a", 1), new_task("a", 2)))
    with pytest.raises(InvalidProblemError, match="name of its own"):
        train(twins, sampled(), rounds=1, plan=plan, **SETTINGS)


def test_a_task_without_accuracy(plan: LocalPlan, everybody: Any) -> None:
    inputs = torch.linspace(-1, 1, 24)[:, None]
    task = Task(
        name="line",
        module=nn.Linear(1, 1),
        loss="squared error",
        train=Samples.by_owner(inputs, 2 * inputs, np.arange(24) % 4, 4),
    )
    history = train(Federation(tasks=(task,)), everybody, rounds=6, plan=plan, **SETTINGS)
    assert np.isnan(history.accuracy).all()
    assert history.loss[-1, 0] < 0.3 * history.loss[0, 0]
