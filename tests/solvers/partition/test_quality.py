"""Every measure against its definition, written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import partition_quality
from roundlot.solvers.partition import (
    apportion,
    dirichlet_shards,
    equal_shards,
    proportional_shards,
    stratified_shards,
)
from roundlot.theory import InvalidProblemError


def sample(n, seed, blocks=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), rng.integers(0, 3, n), rng.integers(0, blocks, n), rng


@given(n=st.integers(3, 40), seed=st.integers(0, 99))
def test_discrepancy_is_the_v_statistic(n, seed):
    x, y, owner, _ = sample(n, seed)
    found = partition_quality(x, y, owner, np.ones(3), bandwidth=0.8)[0].squared_mmd
    kernel = np.exp(-((x[:, None] - x) ** 2).sum(axis=2) / (2 * 0.8**2))
    for j in range(3):
        mine = owner == j
        if not mine.any():
            assert np.isnan(found[j])
            continue
        square = kernel[np.ix_(mine, mine)].mean() - 2 * kernel[mine].mean() + kernel.mean()
        assert found[j] == pytest.approx(square, abs=1e-12)


def loss(table, x, y):
    scores = np.hstack([x, np.ones((len(x), 1))]) @ table
    return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]))


def slope(table, x, y):
    """The gradient by central differences."""
    out, step = np.zeros(table.shape), 1e-5
    for place in np.ndindex(*table.shape):
        up, down = table.copy(), table.copy()
        up[place] += step
        down[place] -= step
        out[place] = (loss(up, x, y) - loss(down, x, y)) / (2 * step)
    return out


@pytest.mark.parametrize("given_weights", [False, True])
def test_dissimilarity_is_of_the_gradients(given_weights):
    x, y, owner, rng = sample(30, 4)
    table = rng.normal(size=(3, 3)) if given_weights else np.zeros((3, 3))
    weights = table if given_weights else None
    found = partition_quality(x, y, owner, np.ones(3), bandwidth=1.0, weights=weights)[0]
    whole = slope(table, x, y)
    spread = sum(
        (owner == j).mean() * np.sum((slope(table, x[owner == j], y[owner == j]) - whole) ** 2)
        for j in range(3)
    )
    assert found.dissimilarity == pytest.approx(spread, rel=1e-6)
    assert found.gradient_square == pytest.approx(np.sum(whole**2), rel=1e-6)


def test_classes_and_finish_times():
    y = np.array([0, 0, 1, 1])
    owner = np.array([0, 0, 0, 1])
    found = partition_quality(np.eye(4), y, owner, [3.0, 0.5], bandwidth=1.0)[0]
    assert found.class_distance.tolist() == pytest.approx([2 / 3 - 1 / 2, 1 / 2])
    assert found.finish_seconds.tolist() == [1.0, 2.0]
    assert (found.finish_spread, found.round_seconds) == (1.0, 2.0)


def test_the_whole_is_like_itself():
    x, y, _, _ = sample(20, 0)
    found = partition_quality(x, y, np.zeros(20, dtype=int), [1.0], bandwidth=1.0)[0]
    assert found.worst_mmd < 1e-7
    assert found.dissimilarity == pytest.approx(0.0, abs=1e-20)
    assert found.worst_class_distance == 0.0


def test_several_partitions_in_one_pass_are_each_alone():
    x, y, owner, rng = sample(25, 7)
    other = rng.permutation(owner)
    both = partition_quality(x, y, [owner, other], np.ones(3), bandwidth=1.0)
    for one, alone in zip(both, (owner, other), strict=True):
        assert one.to_record() == pytest.approx(
            partition_quality(x, y, alone, np.ones(3), bandwidth=1.0)[0].to_record(), abs=1e-9
        )


@given(
    n=st.integers(1, 60),
    speeds=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    seed=st.integers(0, 9),
)
def test_shards_deal_every_point(n, speeds, seed):
    y = np.random.default_rng(seed).integers(0, 3, n)
    equal = np.bincount(equal_shards(n, len(speeds), seed=seed), minlength=len(speeds))
    assert np.ptp(equal) <= 1
    assert equal.sum() == n
    sizes = np.bincount(proportional_shards(n, speeds, seed=seed), minlength=len(speeds))
    assert np.all(np.abs(sizes - n * np.array(speeds) / sum(speeds)) < 1)
    split = dirichlet_shards(y, len(speeds), seed=seed)
    assert split.shape == (n,)
    assert split.min() >= 0
    capacities = apportion(np.bincount(y, minlength=3), speeds)
    owner = stratified_shards(y, capacities, seed=seed)
    counts = np.zeros(capacities.shape, dtype=int)
    np.add.at(counts, (owner, y), 1)
    assert np.array_equal(counts, capacities)


def test_wrong_shapes_are_refused():
    x, y, owner, _ = sample(9, 0)
    with pytest.raises(InvalidProblemError, match="fit together"):
        partition_quality(x, y[:3], owner, np.ones(3), bandwidth=1.0)
    with pytest.raises(InvalidProblemError, match="workers are 0 to 0"):
        partition_quality(x, y, owner + 1, [1.0], bandwidth=1.0)
    with pytest.raises(InvalidProblemError, match="weights have shape"):
        partition_quality(x, y, owner, np.ones(3), bandwidth=1.0, weights=np.ones((1, 1)))
