"""No partition exceeds a bound: every one of small sets, and the exact program beside them."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from roundlot.solvers.partition import (
    apportion,
    facility_location,
    gaussian_similarity,
    graph_cut,
)
from roundlot.solvers.partition.deals import exact_deal, greedy_cut, greedy_facility
from roundlot.solvers.partition.functions import (
    capacity_bound,
    cut_bounds,
    cut_mean_bound,
    mean_bound,
)
from roundlot.solvers.partition.similarity import UNIT
from roundlot.theory import InvalidProblemError

VALUES = {"facility-location": facility_location, "graph-cut": graph_cut}


def similarity_of(n, seed, bandwidth=1.0, **options):
    x = np.random.default_rng(seed).normal(size=(n, 2))
    return gaussian_similarity(x, bandwidth, **options)


def best_of_all(similarity, capacities, value):
    """The greatest least value, by looking at every partition."""
    n, best = similarity.n_points, -np.inf
    for owner in product(range(len(capacities)), repeat=n):
        blocks = np.array(owner)
        if np.array_equal(np.bincount(blocks, minlength=len(capacities)), capacities):
            worth = [value(similarity, np.flatnonzero(blocks == j)) for j in range(len(capacities))]
            best = max(best, min(worth))
    return best


@settings(max_examples=12)
@given(
    n=st.integers(3, 6),
    speeds=st.lists(st.integers(1, 3), min_size=2, max_size=3),
    seed=st.integers(0, 50),
    function=st.sampled_from(sorted(VALUES)),
)
def test_exact_is_the_best_of_all_and_bounds_hold(n, speeds, seed, function):
    similarity, capacities = similarity_of(n, seed), apportion([n], speeds)[:, 0]
    if capacities.min() == 0:
        return
    best = best_of_all(similarity, capacities, VALUES[function])
    deal, bound = exact_deal(similarity, capacities, function=function)
    assert deal.values.min() == pytest.approx(best, abs=1e-6)
    assert bound >= best - 1e-6
    greedy = greedy_facility if function == "facility-location" else greedy_cut
    assert greedy(similarity, capacities).values.min() <= best + 1e-12
    if function == "facility-location":
        assert mean_bound(similarity, len(speeds)) >= best
        assert capacity_bound(similarity, int(capacities.min())) >= best
    else:
        shares = np.array(speeds) / sum(speeds)
        assert cut_mean_bound(similarity, shares, 1.0) >= best
        assert cut_bounds(similarity, capacities, 1.0).min() >= best


@given(
    n=st.integers(1, 9),
    seed=st.integers(0, 99),
    weight=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
    neighbours=st.sampled_from([None, 3]),
    data=st.data(),
)
def test_no_block_exceeds_the_bound_of_its_capacity(n, seed, weight, neighbours, data):
    size = data.draw(st.integers(1, n))
    dense, kept = similarity_of(n, seed), similarity_of(n, seed, neighbours=neighbours)
    blocks = list(combinations(range(n), size))
    best = max(facility_location(dense, block) for block in blocks)
    assert capacity_bound(kept, size) >= best
    cut = max(graph_cut(dense, block, weight) for block in blocks)
    assert cut_bounds(dense, np.array([size]), weight)[0] >= cut


@given(n=st.integers(2, 12), blocks=st.integers(1, 4), seed=st.integers(0, 99))
def test_the_mean_of_disjoint_blocks_is_bounded(n, blocks, seed):
    blocks = min(blocks, n)
    similarity = similarity_of(n, seed)
    owner = np.random.default_rng(seed).integers(0, blocks, n)
    mean = np.mean(
        [facility_location(similarity, np.flatnonzero(owner == j)) for j in range(blocks)]
    )
    assert mean_bound(similarity, blocks) >= mean


def relaxation(similarity, capacities):
    """The optimum of the linear relaxation of all blocks together, by HiGHS.

    Block ``j`` has ``y_jv`` of point ``v``, and serves ``u`` by it with ``x_juv <= y_jv``.
    """
    table, blocks = similarity.units * UNIT, len(capacities)
    n, pairs = len(table), blocks * len(table) ** 2
    use = sparse.kron(sparse.eye(blocks), sparse.kron(np.ones((n, 1)), sparse.eye(n)))
    once = sparse.kron(sparse.eye(blocks * n), np.ones((1, n)))
    worth = sparse.kron(sparse.eye(blocks), table.reshape(1, -1))
    upper = sparse.block_array(
        [
            [-use, sparse.eye(pairs), np.zeros((pairs, 1))],
            [None, once, None],
            [None, -worth, np.ones((blocks, 1))],
        ]
    )
    dealt = sparse.vstack(
        [
            sparse.kron(np.ones((1, blocks)), sparse.eye(n)),
            sparse.kron(sparse.eye(blocks), np.ones((1, n))),
        ]
    )
    goal = np.zeros(blocks * n + pairs + 1)
    goal[-1] = -1.0
    solved = linprog(
        goal,
        A_ub=upper,
        b_ub=np.concatenate([np.zeros(pairs), np.ones(blocks * n), np.zeros(blocks)]),
        A_eq=sparse.hstack([dealt, sparse.csr_array((n + blocks, pairs + 1))]),
        b_eq=np.concatenate([np.ones(n), capacities]),
        method="highs",
    )
    return -solved.fun


@pytest.mark.parametrize(
    ("capacities", "off"),
    [([6, 6, 6], 1e-7), ([2, 6, 10], 1e-5), ([4, 6, 8], 2e-3), ([18], 1e-7)],
)
def test_bounds_are_those_of_the_linear_relaxation(capacities, off):
    """With one capacity exactly; with one that is far below the others to the last step.

    Between them the relaxation of all blocks together may be a little below both.
    """
    for seed in range(3):
        similarity = similarity_of(18, seed)
        best = relaxation(similarity, capacities)
        found = min(
            mean_bound(similarity, len(capacities)), capacity_bound(similarity, min(capacities))
        )
        assert best * (1.0 - 1e-7) <= found <= best * (1.0 + off)


def test_more_steps_never_loosen_a_bound():
    similarity = similarity_of(60, 1)
    bounds = [capacity_bound(similarity, 7, steps=steps) for steps in (0, 10, 30, 300)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > bounds[-1] == capacity_bound(similarity, 7)


def test_greedy_is_close_to_exact_on_small_sets():
    """Not a theorem: what 12 sets of 10 points show."""
    shares = {"facility-location": [], "graph-cut": []}
    for seed in range(12):
        similarity = similarity_of(10, seed)
        for function, greedy in (
            ("facility-location", greedy_facility),
            ("graph-cut", greedy_cut),
        ):
            deal, bound = exact_deal(similarity, [5, 5], function=function)
            assert deal.values.min() == pytest.approx(bound, rel=1e-5)
            ratio = greedy(similarity, [5, 5]).values.min() / deal.values.min()
            assert ratio <= 1.0 + 1e-9
            shares[function].append(ratio)
    assert min(shares["facility-location"]) > 0.85
    assert min(shares["graph-cut"]) > 0.85


def test_too_large_for_exact_says_what_to_use():
    with pytest.raises(InvalidProblemError, match="greedy"):
        exact_deal(similarity_of(200, 0), [100, 100])


def test_bounds_are_reached_where_blocks_can_be_perfect():
    """Points that are all alike, for the cut; points in pairs, for facility location."""
    alike = similarity_of(12, 0, bandwidth=1e6)
    deal = greedy_cut(alike, [4, 4, 4])
    least = pytest.approx(deal.values.min(), rel=1e-5)  # bounds allow for rounded similarities
    assert cut_mean_bound(alike, np.full(3, 1 / 3), 1.0) == least
    assert cut_bounds(alike, np.array([4]), 1.0)[0] == least
    pairs = gaussian_similarity(np.repeat(np.arange(6.0), 2)[:, None], 0.5)
    assert greedy_facility(pairs, [6, 6]).values.min() == mean_bound(pairs, 2) == 12.0
    assert capacity_bound(pairs, 6) == pytest.approx(12.0, rel=0.1)
