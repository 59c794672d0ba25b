"""Costs, seconds, caps and traffic: an independent solver's optimum, proofs, and bad limits."""

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.graphs import (
    Decomposition,
    Embedding,
    Graph,
    LinkLimits,
    connectivity,
    decompose,
    optimise_links,
    search_decompositions,
    shape,
)
from roundlot.theory import InvalidProblemError

RING4 = decompose([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")])  # two matchings of two links


def random_case(nodes: int, seed: int) -> tuple[Decomposition, LinkLimits, float]:
    """A connected graph with every limit, each in a unit of its own."""
    random = np.random.default_rng(seed)
    linked = np.triu(random.random((nodes, nodes)) < random.uniform(0.3, 0.9), 1)
    linked[np.arange(nodes - 1), np.arange(1, nodes)] = True
    graph = decompose(np.argwhere(linked).tolist(), seed=seed)
    m = graph.graph.n_edges
    costs, times = random.exponential(1e4, m), random.exponential(1e-3, m)
    limits = LinkLimits.of(
        graph.graph,
        costs=costs,
        cost_budget=random.uniform(0.1, 0.9) * costs.sum(),
        times=times,
        seconds=random.uniform(0.1, 0.9) * times.sum(),
        caps=random.uniform(0.1, 1.0, m),
        traffic=random.uniform(0.2, 3.0, nodes),
    )
    return graph, limits, float(random.choice([0.3, 0.7, 1.0]))


CASES = st.builds(random_case, st.integers(3, 9), st.integers(0, 10**6))


def largest_connectivity(graph: Decomposition, limits: LinkLimits, budget: float) -> float:
    """λ₂ at the optimum, link by link, by a cone solver; none of our own matrices."""
    n, links, m = graph.graph.n_nodes, graph.graph.edges, graph.n_matchings
    p, t = cp.Variable(m), cp.Variable()
    laplacian = 0.0
    for e, (a, b) in enumerate(links):
        ends = np.zeros(n)
        ends[a], ends[b] = 1.0, -1.0
        laplacian = laplacian + p[graph.matching[e]] * np.outer(ends, ends)
    of_link = p[graph.matching]
    slow = [max(limits.times[graph.matching == j]) for j in range(m)]
    kept = [
        laplacian + n * np.ones((n, n)) / n - t * np.eye(n) >> 0,
        p >= 0,
        cp.sum(p) <= budget * m,
        of_link <= limits.caps,
        (limits.costs / limits.cost_budget) @ of_link <= 1,
        (np.array(slow) / limits.seconds) @ p <= 1,
    ]
    kept += [
        sum(of_link[e] for e, ends in enumerate(links) if a in ends) <= limits.traffic[a]
        for a in range(n)
    ]
    cp.Problem(cp.Maximize(t), kept).solve(solver="CLARABEL")
    return float(t.value)


@given(CASES)
@settings(max_examples=12)
def test_all_limits_at_once_against_a_cone_solver(case) -> None:
    graph, limits, budget = case
    found = optimise_links(graph, budget, limits=limits)
    truth = largest_connectivity(graph, limits, budget)
    assert found.connectivity.middle == pytest.approx(truth, rel=2e-6)
    assert found.certificate.gap <= 1e-6
    assert found.certificate.verify(), found.certificate.complaints()


@given(CASES, st.sampled_from(["exact", "cutting planes", "uniform", "direct"]))
@settings(max_examples=15)
def test_limits_hold_as_real_numbers(case, method) -> None:
    graph, limits, budget = case
    found = optimise_links(graph, budget, limits=limits, method=method)
    p = [Fraction(v) for v in found.probabilities.tolist()]
    of_link = [p[j] for j in graph.matching]
    assert min(p) >= 0
    assert sum(p) <= Fraction(budget) * len(p)
    assert all(v <= Fraction(c) for v, c in zip(of_link, limits.caps.tolist(), strict=True))
    cost = sum(v * Fraction(c) for v, c in zip(of_link, limits.costs.tolist(), strict=True))
    assert cost <= Fraction(limits.cost_budget)
    slow = [Fraction(max(limits.times[graph.matching == j].tolist())) for j in range(len(p))]
    seconds = sum(v * t for v, t in zip(p, slow, strict=True))
    assert seconds <= Fraction(limits.seconds)
    for a, most in enumerate(limits.traffic.tolist()):
        used = sum(v for v, ends in zip(of_link, graph.graph.edges, strict=True) if a in ends)
        assert used <= Fraction(most)
        assert found.traffic[a] == pytest.approx(float(used))
    assert found.cost_per_round == pytest.approx(float(cost))
    assert found.seconds_per_round == pytest.approx(float(seconds))
    assert found.contraction.upper < 1.0
    assert found.certificate.verify()
    if method == "cutting planes":
        assert found.certificate.gap <= 1.01e-4


@given(CASES, st.integers(0, 1000))
@settings(max_examples=20)
def test_no_probabilities_within_the_limits_beat_any_points(case, seed) -> None:
    graph, limits, budget = case
    random = np.random.default_rng(seed)
    points = Embedding(points=random.normal(size=(graph.graph.n_nodes, 3)))
    bound = points.bound(graph, budget, limits)
    assert bound <= points.bound(graph, budget)
    for _ in range(5):
        inside = optimise_links(graph, budget, limits=limits, method="uniform").probabilities
        p = inside * random.uniform(0.0, 1.0, len(inside))
        assert connectivity(graph, p).lower <= bound


def test_by_hand_on_a_ring_of_four() -> None:
    # L(p, q): two matchings; λ₂ = 2 min(p, q) (the cycle's two cuts, each of one matching).
    costs = {("a", "b"): 3.0, ("c", "d"): 1.0, ("b", "c"): 0.5, ("a", "d"): 0.5}
    limits = LinkLimits.of(RING4.graph, costs=costs, cost_budget=2.5)
    found = optimise_links(RING4, 1.0, limits=limits)
    # 4 p + q <= 2.5 with p = q: both 1/2, λ₂ = 1
    assert found.connectivity.middle == pytest.approx(1.0, rel=1e-7)
    assert found.probabilities == pytest.approx([0.5, 0.5], abs=1e-6)
    assert found.cost_per_round == pytest.approx(2.5)
    assert found.seconds_per_round is None
    times = {("a", "b"): 2.0, ("c", "d"): 8.0, ("b", "c"): 1.0, ("a", "d"): 1.0}
    slow = LinkLimits.of(RING4.graph, times=times, seconds=4.5)
    found = optimise_links(RING4, 1.0, limits=slow)
    assert found.probabilities == pytest.approx([0.5, 0.5], abs=1e-6)  # 8 p + q <= 4.5
    assert found.seconds_per_round == pytest.approx(4.5)
    one = optimise_links(RING4, 1.0, limits=LinkLimits.of(RING4.graph, traffic={"a": 0.8}))
    assert one.probabilities == pytest.approx([0.4, 0.4], abs=1e-6)
    assert one.traffic == pytest.approx([0.8] * 4, abs=1e-6)
    capped = LinkLimits.of(RING4.graph, caps={**dict.fromkeys(costs, 1.0), ("c", "d"): 0.3})
    assert optimise_links(RING4, 1.0, limits=capped).connectivity.middle == pytest.approx(0.6)


def test_limits_that_do_not_bind_change_nothing() -> None:
    graph = decompose(shape("torus", 16), seed=3)
    loose = LinkLimits.of(graph.graph, costs=2.0, cost_budget=1e6, times=1.0, traffic=100.0)
    plain, other = optimise_links(graph, 0.5), optimise_links(graph, 0.5, limits=loose)
    assert np.array_equal(plain.probabilities, other.probabilities)
    assert other.cost_per_round == pytest.approx(2.0 * other.links_per_round)
    assert other.seconds_per_round == pytest.approx(other.matchings_per_round)
    every = optimise_links(graph, 1.0, limits=loose)
    assert np.array_equal(every.probabilities, np.ones(graph.n_matchings))


@pytest.mark.parametrize("factor", [1e-200, 1e-12, 1e150])
def test_units_do_not_matter(factor) -> None:
    graph, limits, _ = random_case(7, 5)
    scaled = LinkLimits.of(
        graph.graph, costs=limits.costs * factor, cost_budget=limits.cost_budget * factor
    )
    plain = LinkLimits.of(graph.graph, costs=limits.costs, cost_budget=limits.cost_budget)
    one, other = (optimise_links(graph, 1.0, limits=each) for each in (plain, scaled))
    assert one.connectivity.middle == pytest.approx(other.connectivity.middle, rel=1e-6)
    assert other.certificate.verify()
    assert other.certificate.gap < 1e-6


def test_tiny_budgets_of_costs_scale() -> None:
    graph = decompose(shape("ring", 6))
    most, tiny = (
        optimise_links(graph, 1.0, limits=LinkLimits.of(graph.graph, costs=1.0, cost_budget=b))
        for b in (1.0, 1e-12)
    )
    assert tiny.probabilities == pytest.approx(1e-12 * most.probabilities, rel=1e-3)
    assert tiny.certificate.verify()


def test_a_limit_of_some_matchings_is_no_limit_of_all() -> None:
    # A star with a far leaf: only the centre's own links are limited.
    graph = decompose([(0, 1), (1, 2), (2, 3), (3, 1)])
    one = LinkLimits.of(graph.graph, traffic={"0": 0.1})
    found = optimise_links(graph, 1.0, limits=one)
    assert found.probabilities.max() > 0.9
    assert found.certificate.verify()
    assert found.certificate.gap < 1e-6
    points = Embedding(points=np.arange(4.0)[:, None])
    assert found.connectivity.lower <= points.bound(graph, 1.0, one)


def test_decompositions_keep_the_limits() -> None:
    graph = shape("erdos-renyi", 9, degree=4, seed=2)
    limits = LinkLimits.of(graph, costs=np.arange(1.0, graph.n_edges + 1), cost_budget=30.0)
    found = search_decompositions(graph, 1.0, tries=4, limits=limits)
    assert found.schedule.cost_per_round <= 30.0 * (1 + 1e-12)
    assert found.schedule.certificate.verify()


def test_a_certificate_without_its_limits_does_not_hold() -> None:
    limits = LinkLimits.of(RING4.graph, traffic=0.8)
    good = optimise_links(RING4, 1.0, limits=limits).certificate
    assert good.verify()
    assert not type(good)(**{**vars(good), "limits": None}).verify()
    above = type(good)(**{**vars(good), "probabilities": np.array([0.5, 0.5])})
    assert any("traffic of node" in line for line in above.complaints())


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"costs": -1.0}, "cost of link a to b is -1"),
        ({"costs": [1.0, np.nan, 1.0, 1.0]}, "cost of link a to d is nan"),
        ({"costs": [1.0, 2.0]}, "4 links and costs of shape"),
        ({"costs": {("a", "c"): 1.0}}, "which is no link here"),
        ({"costs": {("a", "b"): 1.0}}, "link a to d has no cost"),
        ({"costs": "dear"}, "give numbers"),
        ({"cost_budget": 2.0}, "no costs are given"),
        ({"costs": 1.0, "cost_budget": 0.0}, "finite number above 0"),
        ({"costs": 1.0, "cost_budget": np.inf}, "finite number above 0"),
        ({"seconds": 1.0}, "no times are given"),
        ({"times": np.inf}, "time of link a to b is inf"),
        ({"caps": 1.5}, "above 0 and at most 1"),
        ({"caps": [1.0, 1.0, 0.0, 1.0]}, "leave a link that is never used out"),
        ({"traffic": {"a": 0.0}}, "traffic of node a is 0"),
        ({"traffic": {"z": 1.0}}, "which is no node"),
        ({"traffic": [1.0]}, "4 nodes"),
    ],
)
def test_meaningless_limits_are_one_line(given_, words) -> None:
    with pytest.raises(InvalidProblemError, match=words) as error:
        LinkLimits.of(RING4.graph, **given_)
    assert "\n" not in str(error.value)


def test_limits_of_another_graph_are_refused() -> None:
    with pytest.raises(InvalidProblemError, match="another graph"):
        optimise_links(RING4, 1.0, limits=LinkLimits.of(shape("ring", 4), traffic=1.0))


TRIANGLE = Graph.of([("a", "b"), ("a", "c"), ("b", "c")])


@pytest.mark.parametrize(
    ("limits", "second"),
    [
        # Links of node a have 1e-20 together; by the vector (2, -1, -1), λ₂ is at most 3/2 of that.
        ({"traffic": {"a": 1e-20, "b": 1.0, "c": 1.0}}, 1.5e-20),
        # One link is never worth its cost: what is left is a path with 1/2 each, λ₂ = 1/2.
        ({"costs": [1e20, 1.0, 1.0], "cost_budget": 1.0}, 0.5),
        ({"costs": [1e300, 1.0, 1.0], "cost_budget": 1.0}, 0.5),
    ],
)
def test_limits_that_lie_far_apart(limits: dict, second: float) -> None:
    """Rounding leaves no inside to them: cutting planes take over."""
    found = optimise_links(TRIANGLE, 1.0, limits=LinkLimits.of(TRIANGLE, **limits))
    assert found.connectivity.lower == pytest.approx(second, rel=1e-9)


def test_a_traffic_of_nobody_is_told_the_nearest_node() -> None:
    with pytest.raises(InvalidProblemError, match=r"for 'worker_1', .* did you mean 'worker-1'"):
        LinkLimits.of([("worker-1", "b"), ("b", "c")], traffic={"worker_1": 1.0})
