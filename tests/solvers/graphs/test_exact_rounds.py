"""Graphs in turn that leave everybody with the mean: the product, partners, lengths, schedules."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate.workers import exact_schedule
from roundlot.solvers.graphs import exact_rounds, one_peer_exponential
from roundlot.theory import InvalidProblemError


@given(st.integers(2, 70), st.integers(1, 6))
@settings(max_examples=40)
def test_the_rounds_leave_the_mean_and_nobody_has_more_partners(nodes: int, degree: int) -> None:
    rounds = exact_rounds(nodes, degree=degree)
    values = np.random.default_rng(nodes).normal(size=nodes)
    left = values
    for one in rounds:
        matrix = one.matrix
        assert np.array_equal(matrix, matrix.T)
        assert matrix.min() >= -1e-15
        assert matrix.sum(axis=0) == pytest.approx(np.ones(nodes), abs=1e-12)
        assert (matrix > 1e-12).sum(axis=0).max() <= degree + 1
        left = matrix @ left
    assert left == pytest.approx(np.full(nodes, values.mean()), abs=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 6, 9])
@pytest.mark.parametrize("nodes", [*range(2, 26), 30, 35, 42, 49, 63, 77, 97])
def test_the_mean_is_exact_as_a_rational_number(nodes: int, degree: int) -> None:
    # Worker i holds a power of 3 of its own: no other sums come to the same mean.
    values = [Fraction(3**i) for i in range(nodes)]
    mean = sum(values) / nodes
    for one in exact_rounds(nodes, degree=degree):
        partners = [0] * nodes
        moved = list(values)
        for (a, b), share in zip(one.links.tolist(), one.shares, strict=True):
            assert 0 < share < 1
            moved[a] += share * (values[b] - values[a])
            moved[b] += share * (values[a] - values[b])
            partners[a] += 1
            partners[b] += 1
        assert max(partners) <= degree
        values = moved
    assert values == [mean] * nodes


@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_no_more_rounds_than_the_source_has(degree: int) -> None:
    base = degree + 1
    for nodes in range(2, 200):
        rounds = len(exact_rounds(nodes, degree=degree))
        assert rounds <= 2 * math.log(nodes, base) + 2 + 1e-9
        assert base**rounds >= nodes  # a value reaches at most base times as many workers a round


def test_rounds_that_were_counted_by_hand() -> None:
    # 5 = 4 + 1: two, a meeting, two. 6 = 2 · 3: three workers take three, then pairs.
    assert [len(exact_rounds(n)) for n in (2, 3, 4, 5, 6, 12)] == [1, 3, 2, 5, 4, 5]
    # 7 = 2 · 3 + 1 with two partners: a round of threes and one of pairs; the seventh meets one of
    # either three; threes again.
    assert len(exact_rounds(7, degree=2)) == 4


@given(st.integers(2, 300))
@settings(max_examples=40)
def test_how_many_rounds_there_are(nodes: int) -> None:
    rounds = len(exact_rounds(nodes))
    whole = math.log2(nodes)
    assert rounds <= 2 * math.floor(whole) + 1
    if whole == int(whole):
        assert rounds == whole


def test_three_by_hand() -> None:
    first, second, third = (one.matrix for one in exact_rounds(3))
    half = [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]
    assert first == pytest.approx(np.array(half))
    assert third == pytest.approx(np.array(half))
    assert second == pytest.approx(np.array([[1 / 3, 0, 2 / 3], [0, 1, 0], [2 / 3, 0, 1 / 3]]))


def test_powers_of_the_base_take_one_round_a_digit() -> None:
    assert [len(exact_rounds(n, degree=2)) for n in (3, 9, 27)] == [1, 2, 3]
    assert len(exact_rounds(6, degree=2)) == 2  # groups of three, then pairs
    assert len(exact_rounds(7, degree=6)) == 1


def test_one_peer_exponential_graphs_are_exact_for_powers_of_two_alone() -> None:
    for nodes in range(2, 18):
        product = np.eye(nodes)
        for matrix in one_peer_exponential(nodes):
            assert matrix.sum(axis=0) == pytest.approx(np.ones(nodes))
            assert matrix.sum(axis=1) == pytest.approx(np.ones(nodes))
            product = matrix @ product
        exact = abs(product - 1 / nodes).max() < 1e-12
        assert exact == (nodes & (nodes - 1) == 0)


@pytest.mark.parametrize("degree", [1, 2])
def test_a_schedule_of_exact_rounds_has_their_matrices(degree: int) -> None:
    nodes = [f"w{k}" for k in range(11)]
    schedule = exact_schedule(nodes, degree=degree)
    rounds = exact_rounds(11, degree=degree)
    assert len(schedule.graphs) == len(rounds)
    for drawn, one in zip(schedule.matrices(len(rounds)), rounds, strict=True):
        assert drawn == pytest.approx(one.matrix, abs=1e-14)
    assert schedule.contraction < 1e-1  # the T-th root of rounding


@pytest.mark.parametrize(("nodes", "degree"), [(1, 1), (0, 1), (5, 0), (2.5, 1), (5, True)])
def test_numbers_that_are_none_are_named(nodes, degree) -> None:
    with pytest.raises(InvalidProblemError, match="whole number"):
        exact_rounds(nodes, degree=degree)
