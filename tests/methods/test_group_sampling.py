"""Group sampling: groups, turns, arrivals, and the mean of its two steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from roundlot.simulate.engines.engine import Evaluation
from roundlot.simulate.methods import group_sampling, method
from roundlot.simulate.methods.group_cycle import (
    at_random,
    by_losses,
    coverage,
    label_table,
    nearest,
)
from roundlot.simulate.training import Federation, LocalPlan, Samples, Task, train
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
MakeRound = Callable[..., Round]


def full_step(round_: Round, model: int, clients: Any = None) -> FloatArray:
    """``Σ d G`` over some of those present, or all."""
    there = np.flatnonzero(round_.present[:, model])
    some = there if clients is None else np.intersect1d(there, clients)
    rows = round_.told(model, some).double().numpy()
    return np.asarray(round_.data_weights[some, model] @ rows)


def started(settings: dict[str, Any], make_round: MakeRound) -> tuple[Any, Any]:
    """The method, and its memory after a round."""
    made = method("group-sampling", **settings)
    first = make_round(index=0)
    memory, _ = made.apply(made.init(first.federation, first.parameters), first)
    return made, memory


UNBIASED = [
    {"within": "uniform"},
    {"within": "data size"},
    {"within": "loss"},
    {"count": 3},
    {"count": 4, "within": "data size"},
    {"groups": "random"},
    {"groups": "random", "count": 3},
]


@pytest.mark.parametrize("phase", ["cycle", "round"])
@pytest.mark.parametrize("settings", UNBIASED, ids=str)
def test_unbiased_over_phase_and_draw(
    settings: dict[str, Any],
    phase: str,
    make_round: MakeRound,
    expected_step: Callable[..., list[FloatArray]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, memory = started({"aggregate": "unbiased", "phase": phase, **settings}, make_round)
    n_groups = len(memory["slots"])
    round_ = make_round(index=1)
    steps = []
    for phi in range(n_groups):
        monkeypatch.setattr(group_sampling, "first_turn", lambda *_, phi=phi: phi)
        steps.append(expected_step(made, memory, index=1))
    for model in range(2):
        full = full_step(round_, model)
        mean = np.mean([step[model] for step in steps], axis=0)
        np.testing.assert_allclose(mean, full, rtol=2e-5, atol=1e-6)
        # Given the phase it is not: the step is that of the model's groups, blown up.
        turns = np.sum(memory["slots"] == model) / n_groups
        for phi, step in enumerate(steps):
            of_group = np.roll(memory["slots"], phi + (1 if phase == "cycle" else 0))
            mine = np.flatnonzero(of_group[memory["group"]] == model)
            given = full_step(round_, model, mine) / turns
            np.testing.assert_allclose(step[model], given, rtol=2e-5, atol=1e-6)
        assert max(np.linalg.norm(step[model] - full) for step in steps) > 0.1


def test_the_plain_mean_is_biased_and_says_so(
    make_round: MakeRound,
    expected_step: Callable[..., list[FloatArray]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, memory = started({}, make_round)
    assert made.label.startswith("biased: ")
    steps = []
    for phi in range(len(memory["slots"])):
        monkeypatch.setattr(group_sampling, "first_turn", lambda *_, phi=phi: phi)
        steps.append(expected_step(made, memory, index=1)[0])
    full = full_step(make_round(index=1), 0)
    assert np.linalg.norm(np.mean(steps, axis=0) - full) > 0.05 * np.linalg.norm(full)


def test_the_first_turn_is_uniform_over_seeds_and_starts() -> None:
    for turns in (
        [group_sampling.first_turn(seed, 4, 3) for seed in range(900)],
        [group_sampling.first_turn(7, start, 3) for start in range(900)],
    ):
        # Each count has standard deviation 14.1.
        assert np.all(np.abs(np.bincount(turns, minlength=3) - 300) < 75)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_cycle_takes_every_model_round_every_group(count: int, make_round: MakeRound) -> None:
    made = method("group-sampling", count=count)
    first = make_round(budget=5.0)
    memory = made.init(first.federation, first.parameters)
    heard = np.zeros((4, 2), dtype=int)
    for index in range(count):
        memory, step = made.apply(memory, make_round(index=index, budget=5.0))
        now = np.stack(step.fresh_weights, axis=1) > 0.0
        assert np.all(now.sum(axis=1) <= 1)  # one model a client
        for weights in step.fresh_weights:
            assert np.isclose(weights.sum(), 1.0) or not weights.any()
        heard += now
    slots = np.bincount(memory["slots"], minlength=2)
    assert slots.sum() == count
    assert np.all(slots >= 1)
    np.testing.assert_array_equal(heard, first.present * slots)
    np.testing.assert_array_equal(step.figures["label coverage"], [1.0, 1.0])


def test_copies_are_of_the_worst_model(make_round: MakeRound) -> None:
    round_ = make_round()
    means = (round_.data_weights * round_.losses()).sum(axis=0)
    _, memory = started({"count": 3}, make_round)
    np.testing.assert_array_equal(memory["slots"], [0, 1, int(np.argmax(means))])


def test_the_silhouette_finds_the_groups_there_are() -> None:
    rng = np.random.default_rng(2)
    corners = np.array([[0.2, 0.2, 5.0], [2.0, 0.2, 0.2], [2.0, 3.0, 5.0]])
    losses = np.repeat(corners, 8, axis=0) + rng.normal(0.0, 0.02, (24, 3))
    losses[3, 1] = np.nan
    found = by_losses(losses, least=2, most=8, seed=0)
    assert found.silhouette > 0.8
    assert len(found.centroids) == 3
    assert all(len(set(found.labels[start : start + 8])) == 1 for start in (0, 8, 16))
    vectors = (corners - found.centre) / found.spread
    np.testing.assert_array_equal(nearest(vectors, found.centroids), found.labels[::8])
    assert len(by_losses(losses, least=4, most=8, seed=0).centroids) >= 4
    again = by_losses(losses, least=2, most=8, seed=0)
    np.testing.assert_array_equal(again.labels, found.labels)


def test_clients_that_are_all_alike_leave_groups_empty() -> None:
    found = by_losses(np.ones((5, 2)), least=2, most=4, seed=0)
    assert set(found.labels) == {0}
    assert np.isnan(found.centroids[1]).all()
    assert np.isnan(found.silhouette)
    assert nearest(np.zeros((1, 2)), found.centroids) == [0]
    few = by_losses(np.array([[0.0, 1.0]]), least=3, most=6, seed=0)
    assert len(few.centroids) == 3


def test_random_groups_are_of_equal_size() -> None:
    found = at_random(np.ones((10, 2)), count=3, seed=5)
    assert sorted(np.bincount(found.labels)) == [3, 3, 4]


def test_label_tables() -> None:
    samples = Samples(
        inputs=torch.zeros(5, 1),
        targets=torch.tensor([7, 7, 2, 9, 2]),
        offsets=np.array([0, 2, 2, 5]),
    )
    np.testing.assert_array_equal(
        label_table(samples), [[False, True, False], [False] * 3, [True, False, True]]
    )
    tokens = replace(samples, targets=torch.tensor([[0, 1], [1, 1], [2, 2], [0, 2], [2, -100]]))
    np.testing.assert_array_equal(
        label_table(tokens), [[True, True, False], [False] * 3, [True, False, True]]
    )
    regression = label_table(replace(samples, targets=torch.zeros(5)))
    assert regression.shape == (3, 0)
    assert np.isnan(coverage(regression[0]))
    assert coverage(np.array([True, False])) == 0.5


@dataclass(frozen=True, kw_only=True)
class Drifting:
    """Losses by a table at parameters of 1, and by another anywhere else."""

    start: FloatArray
    later: FloatArray
    plan: LocalPlan

    def updates(
        self, parameters: Tensor, clients: Any, round_: int, *, correction: Tensor | None = None
    ) -> Tensor:
        return torch.ones(len(clients), len(parameters))

    def losses(self, parameters: Tensor, clients: npt.NDArray[np.int64]) -> FloatArray:
        return (self.start if bool((parameters == 1.0).all()) else self.later)[clients]

    def evaluate(self, parameters: Tensor) -> Evaluation:
        return Evaluation(loss=0.0, accuracy=0.0)


def six_clients(**settings: Any) -> Federation:
    """Two models, two samples each of labels that depend on the half that the client is in."""
    tasks = []
    for name in ("first", "second"):
        inputs = torch.arange(24, dtype=torch.float32).reshape(12, 2) / 24
        samples = Samples(
            inputs=inputs,
            targets=torch.tensor([0, 1] * 3 + [2, 3] * 3),
            offsets=np.arange(0, 13, 2),
        )
        tasks.append(Task(name=name, module=torch.nn.Linear(2, 4), train=samples))
        tasks[-1] = replace(tasks[-1], test=(samples.inputs, samples.targets))
    return Federation(tasks=tuple(tasks), **settings)


def rounds(federation: Federation, **present: Any) -> Callable[[int, float], Round]:
    table = np.array([[1.0, 3.0]] * 3 + [[3.0, 1.0]] * 3) + np.arange(6)[:, None] * 0.01
    plan = LocalPlan()
    engines = tuple(Drifting(start=table[:, s], later=table[:, 1 - s], plan=plan) for s in range(2))
    return lambda index, at: Round(
        index=index,
        seed=3,
        federation=federation,
        engines=engines,
        parameters=(torch.full((12,), at), torch.full((12,), at)),
        budget=6.0,
    )


def test_who_arrives_later_is_placed_by_the_anchor_models() -> None:
    online = np.ones((4, 6), dtype=bool)
    online[0, 5] = False
    make = rounds(six_clients(online=online))
    made = method("group-sampling", most=2)
    memory = made.init(make(0, 1.0).federation, make(0, 1.0).parameters)
    memory, step = made.apply(memory, make(0, 1.0))
    assert memory["group"][5] == -1
    assert not any(weights[5] for weights in step.fresh_weights)
    # By now models are elsewhere, where client 5 loses as the first half did.
    memory, _ = made.apply(memory, make(1, 2.0))
    group = np.asarray(memory["group"])
    assert group[5] == group[3] == group[4] != group[0]


def test_clients_are_grouped_anew_at_the_end_of_a_cycle() -> None:
    make = rounds(six_clients())
    made = method("group-sampling", most=2, every=3)
    memory = made.init(make(0, 0.0).federation, make(0, 0.0).parameters)
    grouped = []
    for index in range(6):
        memory, _ = made.apply(memory, make(index, float(index)))
        grouped.append(int(memory["rounds"][0]))
    assert grouped == [0, 0, 0, 0, 4, 4]


def test_models_join() -> None:
    make = rounds(six_clients())
    made = method("group-sampling", joins=(0, 1))
    memory = made.init(make(0, 0.0).federation, make(0, 0.0).parameters)
    slots, heard = [], []
    for index in range(4):
        memory, step = made.apply(memory, make(index, 0.0))
        slots.append(np.asarray(memory["slots"]).tolist())
        heard.append([direction is not None for direction in step.directions])
    assert slots == [[0, 0], [0, 0], [0, 1], [0, 1]]
    assert heard == [[True, False]] * 2 + [[True, True]] * 2
    later = method("group-sampling", joins=(5, 5))
    memory = later.init(make(0, 0.0).federation, make(0, 0.0).parameters)
    same, step = later.apply(memory, make(0, 0.0))
    assert same is memory
    assert step.directions == (None, None)


def test_half_of_the_labels_a_round() -> None:
    make = rounds(six_clients())
    made = method("group-sampling", most=2)
    memory = made.init(make(0, 0.0).federation, make(0, 0.0).parameters)
    seen = []
    for index in range(3):
        memory, step = made.apply(memory, make(index, 0.0))
        seen.append(step.figures["label coverage"].tolist())
    assert seen == [[0.5, 0.5], [1.0, 1.0], [0.5, 0.5]]


@pytest.mark.parametrize("settings", [{}, {"aggregate": "unbiased", "every": 2, "within": "loss"}])
def test_training_resumes_to_the_same_bits(settings: dict[str, Any], tmp_path: Path) -> None:
    made = method("group-sampling", **settings)
    common: dict[str, Any] = {
        "plan": LocalPlan(epochs=1, batch_size=2),
        "budget": 3.0,
        "seed": 4,
        "measure": True,
        "evaluate_every": 2,
        "device": "cpu",
        "engine": "plain",
    }
    federation = six_clients(online=np.full(6, 0.7))
    straight = train(federation, made, rounds=6, **common)
    path = tmp_path / "run.npz"
    train(federation, made, rounds=3, checkpoint=path, checkpoint_every=1, **common)
    resumed = train(federation, made, rounds=6, checkpoint=path, **common)
    for one, other in zip(straight.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(one, other)
    for name, values in straight.figures.items():
        np.testing.assert_array_equal(values, resumed.figures[name])
    assert np.isnan(straight.bias).all() == bool(settings)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"groups": "age"}, "groups is 'age'"),
        ({"aggregate": "median"}, "aggregate is 'median'"),
        ({"within": "norm"}, "within is 'norm'"),
        ({"phase": "moon"}, "phase is 'moon'"),
        ({"count": 0}, "count is 0"),
        ({"every": 0.5}, "every is 0.5"),
        ({"joins": (-1, 0)}, "joins of model 0 is -1"),
        ({"count": 1}, "count is 1; there are 2 models"),
        ({"most": 1}, "most is 1; there are 2 models"),
        ({"joins": (0,)}, "joins has 1 round for 2 models"),
    ],
)
def test_bad_settings_are_named(settings: Any, named: str, make_round: MakeRound) -> None:
    round_ = make_round()
    with pytest.raises(InvalidProblemError, match=named):
        method("group-sampling", **settings).init(round_.federation, round_.parameters)
