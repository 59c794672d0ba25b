"""The lazy greedy is the plain one to the last point; states, values and laws of the functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers.partition import (
    apportion,
    facility_location,
    gaussian_similarity,
    graph_cut,
)
from roundlot.solvers.partition.deals import greedy_cut, greedy_facility
from roundlot.solvers.partition.functions import FacilityLocation, GraphCut
from roundlot.solvers.partition.similarity import ONE, UNIT
from roundlot.theory import InvalidProblemError


def points(n, seed, *, repeat=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return np.round(x) if repeat else x  # rounded: many points coincide, so gains tie


def reference(table, capacities, gain, turns):
    """The greedy in plain words: ``gain(block, point)`` of lists of points."""
    blocks = [[] for _ in capacities]
    values, left, turn = [0.0] * len(capacities), list(range(len(table))), -1
    while left:
        able = [j for j, c in enumerate(capacities) if len(blocks[j]) < c]
        if turns:
            turn = next(
                j % len(capacities) for j in range(turn + 1, 99) if j % len(capacities) in able
            )
            j = turn
        else:
            j = min(able, key=lambda j: (values[j], j))
        best = max(left, key=lambda v: (gain(blocks[j], v), -v))
        values[j] += gain(blocks[j], best)
        blocks[j].append(best)
        left.remove(best)
    owner = np.empty(len(table), dtype=int)
    for j, block in enumerate(blocks):
        owner[block] = j
    return owner, values


def facility_gain(table):
    def gain(block, v):
        served = table[block].max(axis=0) if block else np.zeros(len(table), dtype=np.int64)
        return int(np.maximum(table[v] - served, 0).sum())

    return gain


@given(
    n=st.integers(1, 24),
    speeds=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    seed=st.integers(0, 99),
    repeat=st.booleans(),
    turns=st.booleans(),
    sparse=st.booleans(),
)
def test_lazy_equals_plain_equals_the_words(n, speeds, seed, repeat, turns, sparse):
    similarity = gaussian_similarity(
        points(n, seed, repeat=repeat), 1.0, neighbours=5 if sparse else None
    )
    capacities = apportion([n], speeds)[:, 0]
    lazy = greedy_facility(similarity, capacities, turns=turns)
    plain = greedy_facility(similarity, capacities, turns=turns, lazy=False)
    assert np.array_equal(lazy.owner, plain.owner)
    assert np.array_equal(lazy.values, plain.values)
    assert lazy.computed <= plain.computed
    assert np.array_equal(np.bincount(lazy.owner, minlength=len(speeds)), capacities)
    if similarity.is_dense:
        table = similarity.units.astype(np.int64)
        owner, values = reference(table, capacities.tolist(), facility_gain(table), turns)
        assert np.array_equal(lazy.owner, owner)
        assert lazy.values.tolist() == [v * UNIT for v in values]


@given(
    n=st.integers(1, 20),
    speeds=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    seed=st.integers(0, 99),
    turns=st.booleans(),
    weight=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
)
def test_cut_equals_the_words(n, speeds, seed, turns, weight):
    similarity = gaussian_similarity(points(n, seed), 1.0)
    table = similarity.units.astype(np.int64)
    capacities = apportion([n], speeds)[:, 0]
    deal = greedy_cut(similarity, capacities, weight=weight, turns=turns)

    def gain(block, v):
        return int(table[v].sum()) - weight * (2 * int(table[v, block].sum()) + int(table[v, v]))

    owner, values = reference(table, capacities.tolist(), gain, turns)
    assert np.array_equal(deal.owner, owner)
    assert deal.values.tolist() == [v * UNIT for v in values]


def test_large_lazy_equals_plain_with_less_work():
    similarity = gaussian_similarity(points(400, 3), 0.7)
    capacities = apportion([400], [5, 3, 2, 1])[:, 0]
    lazy, plain = (greedy_facility(similarity, capacities, lazy=flag) for flag in (True, False))
    assert np.array_equal(lazy.owner, plain.owner)
    assert lazy.computed < 0.2 * plain.computed


@given(n=st.integers(2, 12), seed=st.integers(0, 99), data=st.data())
def test_gains_fall_and_states_add_up(n, seed, data):
    similarity = gaussian_similarity(points(n, seed), 1.0)
    order = data.draw(st.permutations(range(n)))
    small = data.draw(st.integers(0, n - 2))
    large = data.draw(st.integers(small, n - 2))
    point = order[-1]
    for make, value, monotone in (
        (lambda: FacilityLocation(similarity), facility_location, True),
        (lambda: GraphCut(similarity), graph_cut, False),
    ):
        first, second = make(), make()
        for v in order[:small]:
            first.add(v)
        for v in order[:large]:
            second.add(v)
        assert first.gain(point) >= second.gain(point)
        assert second.value == value(similarity, order[:large])
        before = second.value
        gain = second.gain(point)
        second.add(point)
        assert second.value == pytest.approx(before + gain, abs=1e-12)
        assert gain >= 0.0 or not monotone


def test_the_cut_is_not_monotone_and_every_point_is_dealt():
    similarity = gaussian_similarity(points(12, 0), 5.0)
    deal = greedy_cut(similarity, [11, 1])
    assert deal.negative > 0
    assert np.bincount(deal.owner).tolist() == [11, 1]
    assert greedy_cut(similarity, [11, 1], weight=0.5).negative == 0
    assert deal.values[0] == pytest.approx(graph_cut(similarity, np.flatnonzero(deal.owner == 0)))


@given(n=st.integers(1, 30), k=st.integers(1, 12), seed=st.integers(0, 50), repeat=st.booleans())
def test_dropped_similarities_cost_at_most_what_is_said(n, k, seed, repeat):
    x = points(n, seed, repeat=repeat)
    dense, sparse = (gaussian_similarity(x, 1.0, neighbours=m) for m in (None, k))
    block = np.arange(0, n, 2)
    kept, whole = (facility_location(s, block) for s in (sparse, dense))
    assert kept <= whole <= kept + sparse.loss
    most = min(k, n)
    assert np.array_equal(sparse.row_tops(most), dense.row_tops(most))


def test_similarity_is_the_gaussian_symmetric_with_ones():
    x = points(700, 1)
    similarity = gaussian_similarity(x, 1.3)
    square = ((x[:, None] - x) ** 2).sum(axis=2)
    assert np.abs(similarity.units * UNIT - np.exp(-square / (2 * 1.3**2))).max() < UNIT
    assert np.array_equal(similarity.units, similarity.units.T)
    assert set(similarity.units.diagonal().tolist()) == {ONE}
    assert np.array_equal(similarity.sums, similarity.units.sum(axis=0, dtype=np.int64))


def test_refusals_say_what_to_do():
    with pytest.raises(InvalidProblemError, match="neighbours="):
        gaussian_similarity(np.zeros((1000, 1)), 1.0, most_bytes=1000)
    with pytest.raises(InvalidProblemError, match="bandwidth"):
        gaussian_similarity(np.zeros((3, 1)), 0.0)
    similarity = gaussian_similarity(points(9, 0), 1.0)
    with pytest.raises(InvalidProblemError, match="sum to 8"):
        greedy_facility(similarity, [4, 4])
    with pytest.raises(InvalidProblemError, match="every similarity"):
        greedy_cut(gaussian_similarity(points(9, 0), 1.0, neighbours=3), [5, 4])
