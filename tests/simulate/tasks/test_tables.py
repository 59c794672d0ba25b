"""scikit-learn's tables as tasks: counts as their descriptions say, every row once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn import datasets
from sklearn.linear_model import LinearRegression

from roundlot.simulate.methods import method
from roundlot.simulate.tasks import make_tasks, tabular
from roundlot.simulate.training import Federation, LocalPlan, train
from roundlot.theory import InvalidProblemError


@pytest.mark.parametrize(
    ("data", "rows", "columns", "held"),
    [  # a fifth of every class, rounded down: 42 + 71, 11 + 14 + 9, 3 x 10, 88
        ("breast cancer", 569, 30, 113),
        ("wine", 178, 13, 34),
        ("iris", 150, 4, 30),
        ("diabetes", 442, 10, 88),
    ],
)
def test_rows_are_those_of_the_description(data: str, rows: int, columns: int, held: int) -> None:
    (task,) = tabular(5, data=data, seed=3)
    assert task.test is not None
    assert (len(task.test[0]), int(task.train.counts.sum())) == (held, rows - held)
    assert task.train.inputs.shape[1] == columns
    np.testing.assert_allclose(task.train.inputs.mean(dim=0), np.zeros(columns), atol=1e-5)
    np.testing.assert_allclose(
        task.train.inputs.std(dim=0, correction=0), np.ones(columns), rtol=1e-5
    )
    assert task.train.counts.min() >= 1
    again = tabular(5, data=data, seed=3)[0]
    assert torch.equal(again.train.inputs, task.train.inputs)
    assert not torch.equal(tabular(5, data=data, seed=4)[0].train.inputs, task.train.inputs)


def test_every_row_is_there_once_with_its_class() -> None:
    (task,) = tabular(4, data="iris", partition="iid", seed=1)
    assert task.test is not None
    inputs = torch.cat([task.train.inputs, task.test[0]]).double().numpy()
    labels = torch.cat([task.train.targets, task.test[1]]).numpy()
    raw, classes = datasets.load_iris(return_X_y=True)
    # Standard units are an affine map, which a regression finds without error.
    order = np.lexsort(np.round(inputs, 4).T)
    expected = np.lexsort(np.round(raw, 4).T)
    fitted = LinearRegression().fit(inputs[order], raw[expected])
    assert fitted.score(inputs[order], raw[expected]) == pytest.approx(1.0, abs=1e-9)
    assert np.bincount(labels).tolist() == [50, 50, 50]
    assert np.array_equal(np.sort(labels), np.sort(classes))


def test_diabetes_is_learnt_as_least_squares_does() -> None:
    (task,) = tabular(1, data="diabetes")
    assert task.test is not None
    assert not task.classify
    history = train(
        Federation(tasks=(task,)),
        method("full"),
        rounds=60,
        plan=LocalPlan(epochs=20, batch_size=None, learning_rate=0.05),
        budget=1,
        evaluate_every=60,
    )
    x, y = task.train.inputs.numpy(), task.train.targets.numpy()
    late, truth = (part.numpy() for part in task.test)
    found = LinearRegression().fit(x, y).predict(late)
    best = float(((found - truth) ** 2).mean())
    assert best < 0.7  # of a variance of about 1
    assert history.metrics["mean squared error"][-1, 0] == pytest.approx(best, rel=0.03)


def test_several_models_and_partitions() -> None:
    first, second = make_tasks("tabular", n_clients=6, n_models=2, data="wine", network="mlp")
    assert (first.name, second.name) == ("wine 1", "wine 2")
    assert np.any(first.train.counts != second.train.counts)
    assert first.n_parameters == 13 * 16 + 16 + 16 * 3 + 3
    (shares,) = tabular(6, data="wine", partition="label share", labels_share=0.34)
    held = [len(shares.train.of(client)[1].unique()) for client in range(6)]
    assert max(held) < 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"data": "irises"}, "data is 'irises'"),
        ({"data": "diabetes", "partition": "dirichlet"}, "has no classes to part by"),
        ({"network": "cnn"}, "network is 'cnn'"),
        ({"partition": "by owner"}, "partition is 'by owner'"),
        ({"test_share": 1.0}, "test_share is 1.0"),
        ({"test_share": 0.0}, "test_share is 0.0"),
        ({"test_share": "0.2"}, "test_share is '0.2'; give a number in"),
        ({"alhpa": 1.0}, "partition 'dirichlet' has no option 'alhpa'; did you mean 'alpha'"),
        ({"labels_share": 0.3}, "no option 'labels_share', which is one of 'label share'"),
        ({"partition": "label share", "n_labels": 2}, "has no option 'n_labels'"),
        ({"partition": "iid", "high_share": "x"}, "high_share is 'x'"),
        ({"data": "diabetes", "alpha": 1.0}, "partition 'iid' has no option 'alpha'"),
        ({"network": 3}, "network is 3; give a name, or a function"),
        ({"test_share": 1e-4}, "the test set is empty"),
        ({"data": "iris", "n_clients": 121}, "120 samples are too few for 121 clients"),
        ({"data": "diabetes", "n_clients": 0}, "n_clients is 0"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said):
        tabular(**options)
