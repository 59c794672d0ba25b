"""Graphs of random offsets: ρ by full matrices, by counting every draw, and as measured."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate.workers import equi_schedule
from roundlot.solvers.topologies import EquiDynamic, EquiStatic, equi_static
from roundlot.theory import InvalidProblemError


def shift(nodes: int, offset: int) -> np.ndarray:
    """Row ``i`` has its 1 at ``i + offset``."""
    matrix = np.zeros((nodes, nodes))
    for i in range(nodes):
        matrix[i, (i + offset) % nodes] = 1.0
    return matrix


@given(st.integers(2, 30), st.integers(1, 8), st.booleans(), st.integers(0, 1000))
@settings(max_examples=30)
def test_static_graphs_have_the_rho_of_their_matrix(nodes, degree, both_ways, seed) -> None:
    found = equi_static(nodes, degree, both_ways=both_ways, seed=seed)
    by_hand = np.zeros((nodes, nodes))
    for u in found.offsets:
        one = (nodes - 1) / nodes * shift(nodes, u) + np.eye(nodes) / nodes
        by_hand += (0.5 * (one + one.T) if both_ways else one) / len(found.offsets)
    assert found.matrix == pytest.approx(by_hand, abs=1e-14)
    assert by_hand.sum(axis=0) == pytest.approx(np.ones(nodes))
    norm = np.linalg.norm(by_hand - 1.0 / nodes, 2)
    assert found.contraction == pytest.approx(norm**2, abs=1e-12)
    others = (by_hand - np.diag(by_hand.diagonal()) > 1e-15).sum(axis=1)
    assert set(others.tolist()) == {found.partners}
    if both_ways:
        (one_round,) = found.rounds
        assert one_round.matrix == pytest.approx(by_hand, abs=1e-12)


def test_static_graphs_of_a_few_offsets_mix_a_million_workers() -> None:
    rates = [equi_static(n, 40, seed=1).contraction for n in (100, 10_000, 1_000_000)]
    assert max(rates) < 0.5  # a ring of a million leaves 1 − 1e-11


def every_round(nodes: int) -> list[tuple[float, list[tuple[int, int]]]]:
    """All that a round both ways can draw, with its probability: offset, then a start a circle."""
    drawn = []
    for u in range(1, nodes):
        circles, left = [], set(range(nodes))
        while left:
            first = min(left)
            circle, at = [], first
            while at in left:
                circle.append(at)
                left.remove(at)
                at = (at + u) % nodes
            circles.append(circle)
        starts = list(product(*(range(len(c)) for c in circles)))
        for chosen in starts:
            links = []
            for circle, start in zip(circles, chosen, strict=True):
                turned = circle[start:] + circle[:start]
                links += [(turned[k], turned[k + 1]) for k in range(0, len(turned) - 1, 2)]
            drawn.append((1.0 / (nodes - 1) / len(starts), links))
    return drawn


@pytest.mark.parametrize("nodes", [2, 3, 4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("weight", [0.5, 0.2])
def test_one_partner_a_round_by_counting_all_draws(nodes: int, weight: float) -> None:
    theta = weight * (1 - 1 / nodes)
    one_way = np.zeros((nodes, nodes))
    for u in range(1, nodes):
        w = (1 - theta) * np.eye(nodes) + theta * shift(nodes, u)
        one_way += w.T @ w / (nodes - 1)
    found = EquiDynamic(nodes=nodes, both_ways=False, weight=weight).contraction
    assert found == pytest.approx(np.linalg.eigvalsh(one_way - 1 / nodes)[-1], abs=1e-12)
    both, total = np.zeros((nodes, nodes)), 0.0
    for chance, links in every_round(nodes):
        w = np.eye(nodes)
        for a, b in links:
            w[[a, b], [a, b]] -= theta
            w[a, b] += theta
            w[b, a] += theta
        both += chance * w.T @ w
        total += chance
    assert total == pytest.approx(1.0)
    found = EquiDynamic(nodes=nodes, weight=weight).contraction
    assert found == pytest.approx(np.linalg.eigvalsh(both - 1 / nodes)[-1], abs=1e-12)


def test_what_a_round_leaves_does_not_grow_with_the_workers() -> None:
    for both_ways in (False, True):
        rates = [EquiDynamic(nodes=n, both_ways=both_ways).contraction for n in (32, 512, 8192)]
        assert rates == pytest.approx([0.5] * 3, abs=0.02)
    # one way at η = 1/2, by hand: (1 − 1/n)/2 on every vector
    assert EquiDynamic(nodes=10, both_ways=False).contraction == pytest.approx(0.45)
    assert EquiDynamic(nodes=101).contraction < 0.51  # a prime: one worker is left over


@pytest.mark.parametrize("both_ways", [False, True])
def test_measured_is_predicted(both_ways: bool) -> None:
    graph = EquiDynamic(nodes=12, both_ways=both_ways)
    matrices = graph.matrices(4000, seed=3)
    assert matrices.sum(axis=1) == pytest.approx(1.0)
    assert matrices.sum(axis=2) == pytest.approx(1.0)
    x = np.random.default_rng(0).normal(size=12)
    x -= x.mean()
    left = np.sum((matrices @ x) ** 2, axis=1) / (x @ x)
    # Five standard errors: a right law fails once in a million.
    margin = 5 * left.std() / np.sqrt(len(left))
    assert left.mean() <= graph.contraction + margin
    if not both_ways:
        assert left.mean() >= graph.contraction - margin  # every vector shrinks alike
    assert np.array_equal(matrices[7:9], graph.matrices(2, seed=3, start=7))
    if both_ways:
        assert ((matrices > 1e-12).sum(axis=1) <= 2).all()


def test_a_schedule_of_random_partners() -> None:
    names = [f"w{k}" for k in range(9)]
    schedule = equi_schedule(names, period=12, seed=5)
    assert len(schedule.graphs) == 12
    graph = EquiDynamic(nodes=9)
    assert schedule.matrices(12) == pytest.approx(graph.matrices(12, seed=5))
    product_ = np.linalg.multi_dot(list(schedule.matrices(12)[::-1]))
    truth = np.linalg.norm(product_ - 1 / 9, 2) ** (2 / 12)
    assert schedule.contraction == pytest.approx(truth)
    fixed = equi_schedule(names, offsets=3, seed=5)
    assert len(fixed.graphs) == 1
    static = equi_static(9, 3, both_ways=True, seed=5)
    assert fixed.matrices(1)[0] == pytest.approx(static.matrix)
    assert fixed.contraction == pytest.approx(static.contraction)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: equi_static(1, 3), "nodes is 1"),
        (lambda: equi_static(5, 0), "degree is 0"),
        (lambda: EquiStatic(nodes=5, offsets=(5,)), "from 1 to 4"),
        (lambda: EquiStatic(nodes=5, offsets=()), "no offsets"),
        (lambda: EquiDynamic(nodes=5, weight=1.0), r"in \(0, 1\)"),
        (lambda: EquiDynamic(nodes=True), "nodes is True"),
        (lambda: EquiDynamic(nodes=5, both_ways=False).rounds(3), "both_ways=True"),
        (lambda: EquiStatic(nodes=5, offsets=(1,)).rounds, "both_ways=True"),
        (lambda: equi_schedule(["a", "b"], period=0), "period is 0"),
        (lambda: equi_schedule(["a", "b"], period=3, offsets=2), "one of period and offsets"),
    ],
)
def test_numbers_that_are_none_are_named(make, words) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        make()
