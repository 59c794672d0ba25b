"""Metrics of a task: values by hand, refusals by name, several models with their own in one run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from roundlot.simulate.methods.random import Random
from roundlot.simulate.training import (
    Federation,
    History,
    LocalPlan,
    Metric,
    Samples,
    Task,
    TrainingError,
    make_engine,
    train,
)
from roundlot.theory import InvalidProblemError

INPUTS = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
LABELS = torch.tensor([0, 0, 1, 1])


def classes(**settings: Any) -> Task:
    """Outputs (0, x): the label of x > 0 is 1, the probability of class 1 is 1/(1 + exp(-x))."""
    module = nn.Linear(1, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.0], [1.0]]))
        module.bias.zero_()
    given = {"train": Samples.by_owner(INPUTS, LABELS, [0, 0, 1, 1], 2), "test": (INPUTS, LABELS)}
    return Task(**({"name": "classes", "module": module} | given | settings))


def line(**settings: Any) -> Task:
    targets = torch.cat([INPUTS, 2.0 * INPUTS], dim=1)
    given = {"train": Samples.by_owner(INPUTS, targets, [0, 0, 1, 1], 2), "test": (INPUTS, targets)}
    kind = {"name": "line", "module": nn.Linear(1, 2), "loss": "squared error"}
    return Task(**(kind | given | settings))


def evaluated(task: Task) -> Any:
    engine = make_engine(task, LocalPlan(), model=0, seed=0, kind="plain")
    return engine.evaluate(torch.cat([p.detach().reshape(-1) for p in task.module.parameters()]))


def test_values_by_hand() -> None:
    found = evaluated(classes(metrics=("accuracy", "perplexity")))
    # Outputs tie at x = 0, where argmax takes class 0: three of four are right.
    assert found.metrics["accuracy"] == found.accuracy == 0.75
    surprise = [math.log(2.0), math.log1p(math.e), math.log1p(math.exp(-2.0))]
    surprise.append(math.log1p(math.exp(-3.0)))
    assert found.metrics["perplexity"] == pytest.approx(math.exp(sum(surprise) / 4), rel=1e-6)
    module = nn.Linear(1, 2)
    with torch.no_grad():
        module.weight.zero_()
        module.bias.zero_()
    found = evaluated(line(module=module, metrics=["mean squared error"]))
    assert found.metrics == {"mean squared error": pytest.approx((1 + 4 + 9) * 5 / 8)}
    assert math.isnan(found.accuracy)
    assert found.loss == pytest.approx((1 + 4 + 9) * 5 / 8)


def test_a_function_of_the_users_own_and_a_loss_of_their_own() -> None:
    top = Metric(name="top", score=lambda outputs, targets: outputs.max(dim=1).values)
    smooth = lambda o, y: nn.functional.cross_entropy(  # noqa: E731
        o, y, reduction="none", label_smoothing=0.1
    )
    task = classes(loss=smooth, metrics=("accuracy", top))
    assert evaluated(task).metrics == {"accuracy": 0.75, "top": 1.5}
    assert classes(loss=smooth).measures == ()


def test_models_with_different_metrics_share_a_report(tmp_path: Any) -> None:
    tasks = (classes(metrics=("accuracy", "perplexity")), line(metrics=["mean squared error"]))
    history = train(Federation(tasks=tasks), Random(), rounds=2, plan=LocalPlan(epochs=1), budget=2)
    assert history.accuracy.shape == (2, 2)
    assert np.isfinite(history.mean_accuracy).all()
    np.testing.assert_array_equal(history.mean_accuracy, history.accuracy[:, 0])
    np.testing.assert_array_equal(history.worst_accuracy, history.accuracy[:, 0])
    assert list(history.measures(0)) == ["accuracy", "perplexity", "loss"]
    assert list(history.measures(1)) == ["mean squared error", "loss"]
    history.save(tmp_path / "h.npz")
    again = History.load(tmp_path / "h.npz")
    for name, table in history.metrics.items():
        np.testing.assert_array_equal(again.metrics[name], table)


def balanced(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Accuracy by classes: how much a sample counts depends on how many are of its class."""
    right = (outputs.argmax(dim=1) == labels).double()
    return right * len(labels) / torch.bincount(labels, minlength=2)[labels]


def surprise(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(outputs, labels, reduction="none")


@pytest.mark.parametrize("name", ["loss", "round", "model", "loss, worst tenth of clients"])
def test_a_metric_does_not_take_the_name_of_another_column(name: str) -> None:
    with pytest.raises(InvalidProblemError, match=f"a metric is called '{name}', as something"):
        Metric(name=name, score=balanced)


def test_a_task_is_checked_where_nothing_is_taped_too() -> None:
    with torch.no_grad():
        assert classes(loss=surprise).n_parameters == 4


def test_one_number_a_sample_needs_no_second_dimension() -> None:
    """Half of squared distances by hand: outputs are 0, targets 1, 2, 3 and 4."""
    module = nn.Sequential(nn.Linear(1, 1), nn.Flatten(0))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    targets = torch.tensor([1.0, 2.0, 3.0, 4.0])
    train_ = Samples(inputs=torch.ones(4, 1), targets=targets, offsets=np.array([0, 4]))
    one = Task(
        name="one", module=module, train=train_, loss="squared error",
        metrics=["mean squared error"],
    )  # fmt: skip
    found = evaluated(one)
    assert (found.loss, found.metrics["mean squared error"]) == (15.0 / 4.0, 30.0 / 4.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metrics": ["acuracy"]}, "metric 'acuracy' is unknown; give one of accuracy, perplexity"),
        ({"metrics": ["accuracy", "accuracy"]}, "two metrics are called 'accuracy'"),
        (
            {"metrics": [Metric(name="m", score=lambda o, y: o.mean())]},
            r"metric 'm' gives \(\) for 3 samples; give one number per sample",
        ),
        (
            {"metrics": [Metric(name="m", score=lambda o, y: o[:, 0] / 0.0)]},
            "metric 'm' is nan for sample 0",
        ),
        (
            {"metrics": [Metric(name="m", score=lambda o, y: o[:, 7])]},
            r"metric 'm' fails on outputs \(3, 2\)",
        ),
        (
            {"metrics": [Metric(name="m", score=lambda o, y: o[:, 0] * 1j)]},
            "metric 'm' gives complex numbers; give one number per sample, and real",
        ),
        ({"metrics": [Metric(name="m", score=balanced)]}, "metric 'm' of a sample depends on the"),
        (
            {"metrics": [Metric(name="m", score=lambda o, y: o.sub_(1.0)[:, 0])]},
            "metric 'm' changes what it is given; have it work on a copy",
        ),
        (
            {"loss": lambda o, y: surprise(o, y) * len(o)},
            "the loss of a sample depends on the other",
        ),
        (
            {"loss": lambda o, y: surprise(o, y) + torch.rand(len(o))},
            "the loss draws random numbers",
        ),
        (
            {"loss": lambda o, y: (o.argmax(1) != y) * 1.0},
            "the loss has no gradient by the outputs",
        ),
        ({"test": (INPUTS[:0], LABELS[:0])}, "the test set is empty; hold samples back"),
        ({"test": (INPUTS, LABELS[:3])}, "there are 4 test inputs and 3 test targets"),
        ({"test": (INPUTS / 0.0, LABELS)}, "the test inputs hold NaN or infinity"),
        ({"test": (INPUTS, LABELS + 1)}, "class 2 of the test data has no output"),
        ({"test": (INPUTS, LABELS - 1)}, "class -1 of the test data has no output"),
        (
            {"loss": lambda o, y: o[torch.arange(len(o)), y + 2]},
            r"the loss fails on outputs \(3, 2\)",
        ),
    ],
)
def test_refused_in_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said) as error:
        classes(**given)
    assert "\n" not in str(error.value)


def test_targets_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(InvalidProblemError, match="targets hold NaN or infinity"):
        Samples(inputs=INPUTS, targets=INPUTS / 0.0, offsets=np.array([0, 4]))


def test_a_metric_that_is_not_finite_later_stops_the_run_by_its_name() -> None:
    calls = {"whole": 0}

    def score(outputs: Tensor, targets: Tensor) -> Tensor:
        calls["whole"] += len(outputs) == 4
        return outputs[:, 0] * (math.nan if calls["whole"] > 2 else 1.0)

    task = classes(metrics=[Metric(name="own", score=score)])
    with pytest.raises(TrainingError, match="round 2: the metric 'own' on the test data of 'class"):
        train(
            Federation(tasks=(task,)),
            Random(),
            rounds=3,
            plan=LocalPlan(),
            budget=1,
            evaluate_every=1,
        )
