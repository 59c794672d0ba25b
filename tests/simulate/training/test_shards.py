"""Training on a partition: weights by size, seconds by speed."""

import numpy as np
import pytest
import torch

from roundlot.simulate.tasks.networks import mlp
from roundlot.simulate.training import LocalPlan, seconds_to_loss, train_on_shards
from roundlot.solvers import make_partition
from roundlot.solvers.partition import equal_shards


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = (rng.normal(size=(120, 4)) + 2 * y[:, None]).astype(np.float32)
    return x, y


def trained(points, owner, speeds, **options):
    x, y = points
    plan = LocalPlan(**{"epochs": 1, "batch_size": None, "learning_rate": 0.1, **options})
    return train_on_shards(
        x,
        y,
        owner,
        speeds,
        mlp([4, 3], seed=0),
        rounds=30,
        plan=plan,
        test=(torch.as_tensor(x), torch.as_tensor(y)),
    )


def test_one_full_step_a_round_is_gradient_descent_whatever_the_sizes(points):
    """Averaging by size makes the mean of the workers' gradients the gradient of all points."""
    uneven = np.repeat([0, 1, 2], [70, 40, 10])
    shards = trained(points, uneven, np.ones(3))
    whole = trained(points, np.zeros(120, dtype=int), np.ones(1))
    assert shards.mean_loss == pytest.approx(whole.mean_loss, rel=1e-4)


def test_shards_by_speed_are_faster_than_equal_ones(points):
    x, y = points
    speeds = np.array([6.0, 3.0, 1.0])
    made = make_partition(x, y, speeds)
    by_speed = trained(points, made.owner, speeds)
    equal = trained(points, equal_shards(120, 3), speeds)
    assert by_speed.seconds[0] == pytest.approx(made.finish_seconds.max())
    assert equal.seconds[0] == pytest.approx(40.0)
    target = float(max(by_speed.mean_loss[-1], equal.mean_loss[-1]))
    assert seconds_to_loss(by_speed, target) < 0.5 * seconds_to_loss(equal, target)


def test_seconds_to_loss_reads_between_evaluations(points):
    history = trained(points, np.zeros(120, dtype=int), np.ones(1))
    loss, seconds = history.mean_loss, history.seconds_so_far
    middle = (loss[3] + loss[4]) / 2
    assert seconds_to_loss(history, middle) == pytest.approx((seconds[3] + seconds[4]) / 2)
    assert seconds_to_loss(history, loss[0] + 1) == 0.0
    assert seconds_to_loss(history, -1.0) == np.inf
