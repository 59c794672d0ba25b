"""Graphs and their matchings: validated, at most one more than the degree, seeded; bad input."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.graphs import (
    SHAPES,
    Graph,
    decompose,
    matrix_contraction,
    optimise_links,
    shape,
    shape_matchings,
)
from roundlot.theory import InvalidProblemError


def random_graph(nodes: int, seed: int) -> Graph:
    random = np.random.default_rng(seed)
    share = random.uniform(0.2, 1.0)
    linked = np.triu(random.random((nodes, nodes)) < share, 1)
    linked[np.arange(nodes - 1), np.arange(1, nodes)] = True  # a path, so that it is connected
    return Graph(nodes=tuple(map(str, range(nodes))), edges=np.argwhere(linked))


GRAPHS = st.builds(random_graph, st.integers(3, 14), st.integers(0, 10**6))


@given(GRAPHS, st.integers(0, 100))
def test_matchings_are_few_and_cover_every_link_once(graph: Graph, seed: int) -> None:
    found = decompose(graph, seed=seed)
    assert graph.max_degree <= found.n_matchings <= graph.max_degree + 1
    links = [tuple(pair) for group in found.matchings for pair in group.tolist()]
    assert sorted(links) == [tuple(pair) for pair in graph.edges.tolist()]
    for group in found.matchings:
        assert len(set(group.ravel().tolist())) == group.size
    assert np.array_equal(decompose(graph, seed=seed).matching, found.matching)


@given(GRAPHS)
def test_laplacians_are_those_of_networkx_and_twice_their_squares(graph: Graph) -> None:
    found = decompose(graph)
    stack = found.laplacians
    assert np.array_equal(np.einsum("jab,jbc->jac", stack, stack), 2 * stack)
    whole = networkx.laplacian_matrix(graph.to_networkx(), list(graph.nodes)).toarray()
    assert np.array_equal(stack.sum(axis=0), whole)
    weights = np.arange(1.0, found.n_matchings + 1)
    assert np.allclose(found.laplacian(weights), np.tensordot(weights, stack, 1))
    for j, partner in enumerate(found.partners):
        linked = partner >= 0
        assert linked.sum() == 2 * len(found.matchings[j])


def test_the_graph_of_the_paper() -> None:
    graph = shape("paper8")
    assert graph.degrees.tolist() == [3, 5, 2, 4, 1, 2, 3, 4]
    found = shape_matchings("paper8", graph)
    assert [len(links) for links in found.matchings] == [4, 2, 3, 2, 1]


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_connected_and_seeded(name: str) -> None:
    graph = shape(name, 12, seed=3)
    graph.require_connected()
    assert np.array_equal(graph.edges, shape(name, 12, seed=3).edges)


def test_a_graph_from_anything() -> None:
    pairs = [("a", "b"), ("b", "c"), ("c", "a")]
    from_pairs = Graph.of(pairs)
    assert from_pairs.nodes == ("a", "b", "c")
    from_networkx = Graph.of(networkx.Graph(pairs))
    assert np.array_equal(from_pairs.edges, from_networkx.edges)
    assert np.array_equal(Graph.of(from_pairs.adjacency()).edges, from_pairs.edges)
    assert Graph.of([(10, 9), (9, 2)]).nodes == ("2", "9", "10")
    assert Graph.of(from_pairs) is from_pairs


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ([(0, 1), (1, 1)], "linked to itself"),
        ([(0, 1), (1, 0)], "twice"),
        ([(0, 1), (2, 3)], "not connected"),
        (np.array([[0, 1, 0], [0, 0, 1], [0, 1, 0]]), "not symmetric"),
        (np.eye(3), "linked to itself"),
        (np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]), "no link"),
        (networkx.DiGraph([(0, 1)]), "directed"),
        ([(0, 1, 2)], "two ends"),
    ],
)
def test_bad_graphs_are_named(source: object, words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        optimise_links(source, 0.5)


@pytest.mark.parametrize("budget", [0.0, -0.1, 1.1, float("nan"), "half", True])
def test_budgets_outside_are_named(budget: object) -> None:
    with pytest.raises(InvalidProblemError, match="budget"):
        optimise_links(shape("ring"), budget)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matchings", "words"),
    [
        ([[(0, 1), (1, 2)], [(2, 3), (3, 0)]], "twice"),
        ([[(0, 1), (2, 3)], [(1, 2)]], "no matching has the link"),
        ([[(0, 1), (2, 3)], [(1, 2), (0, 3)], [(0, 1)]], "two matchings"),
        ([[(0, 1), (2, 3)], [(1, 2), (0, 3)], [(0, 2)]], "the graph has not"),
        ([[(0, 1), (2, 3)], [(1, 2), (0, 9)]], "no such node"),
        ([[(0, 1), (2, 3)], [], [(1, 2), (0, 3)]], "no link"),
    ],
)
def test_bad_matchings_are_named(matchings: object, words: str) -> None:
    with pytest.raises(InvalidProblemError, match=words):
        decompose(shape("ring", 4), matchings)  # type: ignore[arg-type]


def test_weights_that_are_not_symmetric_are_named() -> None:
    with pytest.raises(InvalidProblemError, match="not symmetric"):
        matrix_contraction([[0.5, 0.5, 0.0], [0.3, 0.5, 0.2], [0.2, 0.0, 0.8]])
    with pytest.raises(InvalidProblemError, match="sums to"):
        matrix_contraction([[0.5, 0.4], [0.4, 0.6]])


@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 10**6))
@settings(max_examples=40)
def test_bipartite_graphs_have_as_many_matchings_as_their_largest_degree(one, other, seed) -> None:
    random = np.random.default_rng(seed)
    linked = random.random((one, other)) < random.uniform(0.1, 1.0)
    linked[random.integers(one), random.integers(other)] = True
    named = random.permutation(one + other)  # sides are not in order
    a, b = np.nonzero(linked)
    nodes = tuple(map(str, range(one + other)))
    graph = Graph(nodes=nodes, edges=np.column_stack([named[a], named[one + b]]))
    found = decompose(graph, seed=seed)
    assert found.n_matchings == graph.max_degree
    assert sum(len(links) for links in found.matchings) == graph.n_edges


@pytest.mark.parametrize("nodes", range(2, 14))
def test_complete_graphs_have_the_rounds_of_a_tournament(nodes: int) -> None:
    found = decompose(shape("complete", nodes), seed=nodes)
    assert found.n_matchings == (nodes if nodes % 2 else nodes - 1)
    assert {len(links) for links in found.matchings} == {nodes // 2}
