"""After exchanges none of two points raises the least block: every pair is tried in plain NumPy."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers import make_partition
from roundlot.solvers.partition import apportion, gaussian_similarity
from roundlot.solvers.partition.exchanges import exchange_points
from roundlot.solvers.partition.similarity import UNIT


def points(n, seed, *, repeat=False):
    x = np.random.default_rng(seed).normal(size=(n, 3))
    return np.round(x) if repeat else x  # rounded: many points coincide, so values tie


def table_of(similarity):
    """``(n, n)`` whole numbers: column ``v`` has what point ``v`` does for every point."""
    if similarity.is_dense:
        return similarity.units.astype(np.int64)
    table = np.zeros((similarity.n_points,) * 2, dtype=np.int64)
    for v in range(similarity.n_points):
        kept = slice(similarity.offsets[v], similarity.offsets[v + 1])
        table[similarity.rows[kept], v] = similarity.units[kept]
    return table


def worth(table, block, function, weight):
    if function == "facility-location":
        return int(table[:, block].max(axis=1).sum()) if block.size else 0
    return float(table[:, block].sum()) - weight * float(table[np.ix_(block, block)].sum())


def worths(table, owner, n_blocks, function, weight):
    blocks = [np.flatnonzero(owner == j) for j in range(n_blocks)]
    return np.array([worth(table, block, function, weight) for block in blocks], dtype=float)


def best_exchange(table, owner, others, function, weight):
    """The greatest least value, in units, that one exchange of two points of a class leaves."""
    best = -np.inf
    for a, b in combinations(range(owner.size), 2):
        if owner[a] != owner[b]:
            tried = owner.copy()
            tried[a], tried[b] = owner[b], owner[a]
            best = max(best, (worths(table, tried, others.size, function, weight) + others).min())
    return best


@settings(max_examples=40)
@given(
    n=st.integers(1, 11),
    speeds=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    seed=st.integers(0, 99),
    repeat=st.booleans(),
    function=st.sampled_from(["facility-location", "sparse", "graph-cut"]),
    weight=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    besides=st.booleans(),
)
def test_no_exchange_that_is_left_raises_the_least(
    n, speeds, seed, repeat, function, weight, besides
):
    rng = np.random.default_rng(seed)
    neighbours = 3 if function == "sparse" else None
    similarity = gaussian_similarity(points(n, seed, repeat=repeat), 1.0, neighbours=neighbours)
    function = "graph-cut" if function == "graph-cut" else "facility-location"
    sizes = apportion([n], speeds)[:, 0]
    before = rng.permutation(np.repeat(np.arange(sizes.size), sizes))
    others = np.where(sizes > 0, besides * rng.integers(0, 3, sizes.size), np.inf)
    after, made = exchange_points(similarity, before, others, function=function, weight=weight)
    table = table_of(similarity)
    units = others / UNIT
    first, last = (
        (worths(table, owner, sizes.size, function, weight) + units).min()
        for owner in (before, after)
    )
    assert np.array_equal(np.bincount(after, minlength=sizes.size), sizes)
    assert last >= first
    assert (made == 0) == np.array_equal(before, after)
    slack = 0.0 if function == "facility-location" else 1e-15 * abs(last)
    assert best_exchange(table, after, units, function, weight) <= last + slack


@pytest.mark.parametrize("function", ["facility-location", "graph-cut"])
def test_with_classes_none_raises_the_least_of_the_sums(function):
    rng = np.random.default_rng(3)
    label = np.repeat(np.arange(3), (14, 11, 9))
    x = rng.normal(size=(label.size, 2)) + 2.0 * label[:, None]
    made = make_partition(x, label, [3, 2, 2], function=function)
    greedy = make_partition(x, label, [3, 2, 2], function=function, method="greedy")
    assert made.verify()
    assert made.method == "exchange"
    assert made.exchanges > 0
    assert greedy.exchanges is None
    assert made.value > greedy.value
    for one in range(3):
        members = np.flatnonzero(label == one)
        table = table_of(gaussian_similarity(x[members], made.bandwidth))
        others = np.delete(made.values, one, axis=1).sum(axis=1) / UNIT
        best = best_exchange(table, made.owner[members], others, function, 1.0)
        assert best <= made.value / UNIT * (1.0 + 1e-15)


@pytest.mark.parametrize("function", ["facility-location", "graph-cut"])
def test_exchanges_are_a_function_of_their_input(function):
    x, label = points(90, 5), np.arange(90) % 3
    first, second = (make_partition(x, label, [2, 1, 1], function=function) for _ in range(2))
    assert np.array_equal(first.owner, second.owner)
    assert first.exchanges == second.exchanges


def test_a_block_that_is_given_the_wrong_points_gets_better_ones():
    """Four pairs of equal points: the best partition has one of every pair in both blocks."""
    similarity = gaussian_similarity(np.repeat(10.0 * np.arange(4), 2)[:, None], 1.0)
    after, made = exchange_points(similarity, np.repeat([0, 1], 4), np.zeros(2))
    assert made >= 2
    assert sorted(after[0::2] + after[1::2]) == [1, 1, 1, 1]
