"""Links that follow the data: the least of an independent solver, the gap, partners, by hand."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.topologies import data_aware_mixing
from roundlot.theory import InvalidProblemError


def random_shares(workers: int, classes: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), size=workers)


def value(w: np.ndarray, shares: np.ndarray, variance: float) -> float:
    n = len(w)
    even = np.full((n, n), 1.0 / n)
    return float(
        np.linalg.norm(w @ shares - even @ shares) ** 2 / n
        + variance * np.linalg.norm(w - even) ** 2 / n
    )


def least_value(shares: np.ndarray, variance: float, both_ways: bool, support=None) -> float:
    """Of all doubly stochastic matrices, by a cone solver; those with a support if it is given."""
    n = len(shares)
    w = cp.Variable((n, n), symmetric=both_ways)
    even = np.full((n, n), 1.0 / n)
    goal = (cp.sum_squares(w @ shares - even @ shares) + variance * cp.sum_squares(w - even)) / n
    kept = [w >= 0, cp.sum(w, axis=0) == 1, cp.sum(w, axis=1) == 1]
    if support is not None:
        kept.append(cp.multiply(w, ~support) == 0)
    cp.Problem(cp.Minimize(goal), kept).solve(solver="CLARABEL")
    return float(goal.value)


@given(
    st.integers(2, 12),
    st.integers(1, 6),
    st.integers(0, 10**6),
    st.sampled_from([0.01, 0.1, 2.0]),
    st.booleans(),
    st.integers(1, 9),
)
@settings(max_examples=40)
def test_steps_keep_their_promises(workers, classes, seed, variance, both_ways, steps) -> None:
    shares = random_shares(workers, classes, seed)
    found = data_aware_mixing(shares, steps=steps, variance=variance, both_ways=both_ways)
    w = found.matrix
    assert w.min() >= 0.0
    assert w.sum(axis=0) == pytest.approx(np.ones(workers), abs=1e-12)
    assert w.sum(axis=1) == pytest.approx(np.ones(workers), abs=1e-12)
    if both_ways:
        assert np.array_equal(w, w.T)
    assert found.partners <= steps * (2 if both_ways else 1)
    assert found.objective == pytest.approx(value(w, shares, variance), abs=1e-12)
    assert (np.diff(found.objectives) <= 1e-12).all()  # the line search never goes up
    even = value(np.full((workers, workers), 1 / workers), shares, variance)
    assert even == pytest.approx(0.0, abs=1e-15)  # all links: the least there is
    assert found.lower_bound <= 1e-12


@given(st.integers(3, 7), st.integers(2, 4), st.integers(0, 10**6), st.booleans())
@settings(max_examples=8)
def test_the_gap_is_above_the_distance_from_the_least(workers, classes, seed, both_ways) -> None:
    shares = random_shares(workers, classes, seed)
    random = np.random.default_rng(seed)
    allowed = np.eye(workers, dtype=bool)
    path = random.permutation(workers)
    more = random.integers(0, workers, (2, workers))
    for a, b in [*zip(path[1:], path[:-1], strict=True), *more.T]:
        allowed[a, b] = allowed[b, a] = True
    least = least_value(shares, 0.5, both_ways, allowed)
    links = np.argwhere(np.triu(allowed, 1)).tolist()
    for steps in (1, 4, 200):
        found = data_aware_mixing(
            shares, steps=steps, variance=0.5, both_ways=both_ways, graph=links
        )
        assert not found.matrix[~allowed].any()
        assert found.lower_bound <= least + 1e-7
        assert -1e-7 <= found.objective - least <= found.gap + 1e-7
    assert found.gap < 0.02 * found.objectives[0] + 1e-9
    assert found.lower_bound > 0.5 * least - 1e-3  # and so the proof is worth something


def test_one_step_by_hand() -> None:
    # Two workers of class 0, two of class 1: the first step pairs workers of different classes.
    shares = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    found = data_aware_mixing(shares, steps=1, variance=1e-6, both_ways=False)
    # W = (1 − γ) I + γ P; g is least at γ = 1/2 but for λ, where every pair holds both classes
    assert found.matrix.diagonal() == pytest.approx(np.full(4, 0.5), abs=1e-5)
    assert found.bias == pytest.approx(0.0, abs=1e-9)
    linked = found.matrix - np.diag(found.matrix.diagonal())
    for i, j in np.argwhere(linked > 0):
        assert shares[i] @ shares[j] == 0.0
    # at W = I: bias (1/4) · 8 · (1/2)² = 1/2
    assert found.objectives[0] == pytest.approx(0.5 + 1e-6 * 3 / 4)


def test_the_gap_at_the_start_is_the_best_over_all_permutations() -> None:
    from itertools import permutations

    shares, variance = random_shares(5, 3, 4), 0.3
    w, n = np.eye(5), 5
    slope = 2 / n * ((w @ shares - shares.mean(axis=0)) @ shares.T + variance * (w - 1 / n))
    best = max(
        float(np.sum(slope * (w - np.eye(5)[list(order)]))) for order in permutations(range(5))
    )
    found = data_aware_mixing(shares, steps=3, variance=variance, both_ways=False)
    assert found.gaps[0] == pytest.approx(best)


def test_few_steps_leave_groups_that_never_meet() -> None:
    shares = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    one = data_aware_mixing(shares, steps=1)
    assert (one.groups, one.contraction) == (2, pytest.approx(1.0))
    more = data_aware_mixing(shares, steps=6)
    assert more.groups == 1
    assert more.contraction < 1.0


def test_counts_are_shares_and_a_gap_ends_it() -> None:
    counts = np.array([[30.0, 10], [5, 5], [1, 99], [70, 0]])
    one = data_aware_mixing(counts, steps=5)
    other = data_aware_mixing(counts / counts.sum(axis=1, keepdims=True), steps=5)
    assert one.matrix == pytest.approx(other.matrix)
    assert np.array_equal(data_aware_mixing(counts * 7, steps=5).matrix, one.matrix)
    early = data_aware_mixing(counts, steps=500, gap=1e-3)
    assert early.gaps[-1] <= 1e-3
    assert len(early.gaps) < 501
    # Links that follow the data have less bias than a ring's with as many partners.
    big = random_shares(30, 5, 1)
    ring = np.eye(30) / 3 + (np.roll(np.eye(30), 1, 0) + np.roll(np.eye(30), -1, 0)) / 3
    found = data_aware_mixing(big, steps=1, variance=0.01)
    assert found.partners <= 2
    assert found.bias < np.sum((ring @ big - big.mean(axis=0)) ** 2) / 30


@pytest.mark.parametrize(
    ("shares", "options", "words"),
    [
        ([[1.0, 0.0]], {}, "at least 2"),
        ([1.0, 0.0], {}, "shape"),
        ([[1.0, -1.0], [1.0, 0.0]], {}, "class 1 of worker 0 is -1"),
        ([[1.0, np.nan], [1.0, 0.0]], {}, "is nan"),
        ([[0.0, 0.0], [1.0, 0.0]], {}, "worker 0 has no data"),
        ([[1.0], [1.0]], {"graph": [(0, 1), (1, 2)]}, "3 nodes"),
        ([[1.0], [1.0]], {"steps": 0}, "steps is 0"),
        ([[1.0], [1.0]], {"variance": 0.0}, "variance is 0.0"),
        ([[1.0], [1.0]], {"gap": -1.0}, "gap is -1.0"),
    ],
)
def test_bad_shares_are_one_line(shares, options, words) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        data_aware_mixing(shares, **options)
