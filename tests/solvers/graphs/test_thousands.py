"""Thousands of nodes: the same numbers by products with the links as by whole matrices."""

import networkx as nx
import numpy as np
import pytest

from roundlot.simulate.tasks import quadratics
from roundlot.simulate.workers import (
    DPSGD,
    Links,
    Matcha,
    StepPlan,
    Workers,
    gossip,
    method,
    rho_by_products,
    train_workers,
)
from roundlot.solvers.graphs import (
    LinkLimits,
    connectivity,
    contraction,
    decompose,
    mixing_weight,
    optimise_links,
    shape,
    spectra,
)
from roundlot.theory import InfeasibleError

GRAPHS = {
    "random": lambda: shape("erdos-renyi", 90, degree=6, seed=2),
    "torus": lambda: shape("torus", 64),
    "star": lambda: shape("star", 40),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_products_give_what_whole_matrices_give(name: str, monkeypatch) -> None:
    graph = decompose(GRAPHS[name]())
    p = np.random.default_rng(0).uniform(0.3, 1.0, graph.n_matchings)
    proved = contraction(graph, p, 0.15)
    second, weight = connectivity(graph, p), mixing_weight(graph, p)
    monkeypatch.setattr(spectra, "LARGE", 1)
    by_products = contraction(graph, p, 0.15)
    assert (proved.chance, by_products.chance) == (0.0, 1e-9)
    assert by_products.lower - 1e-9 <= proved.middle <= by_products.upper + 1e-9
    assert by_products.width < 1e-3
    again = connectivity(graph, p)
    assert again.lower == pytest.approx(second.lower, rel=1e-9)
    assert again.chance == 0.0
    other = mixing_weight(graph, p)
    assert other.contraction == pytest.approx(weight.contraction, abs=1e-8)
    assert other.lower_bound == pytest.approx(weight.lower_bound, abs=1e-6)
    each = Matcha(links=Links.of(graph), probabilities=p, weight=np.full(len(p), 0.15))
    found = rho_by_products(each)
    assert found.lower - 1e-9 <= proved.middle <= found.upper + 1e-9
    W = np.eye(graph.graph.n_nodes) - 0.1 * graph.laplacian(p)
    norm = np.linalg.norm(W - 1.0 / len(W), 2) ** 2
    found = rho_by_products(DPSGD(mixing=W))
    assert found.lower - 1e-9 <= norm <= found.upper + 1e-9


def test_training_over_links_alone_is_that_over_matrices(monkeypatch) -> None:
    graph = decompose(shape("torus", 16))
    links, workers = Links.of(graph), Workers(task=quadratics(16, dimension=3).tasks[0], link=1.0)
    methods = (
        Matcha(links=links, probabilities=np.full(graph.n_matchings, 0.5), weight=0.2),
        DPSGD(mixing=np.eye(16) - 0.1 * graph.laplacian(np.ones(graph.n_matchings))),
    )
    plan = StepPlan(learning_rate=0.05, batch_size=2)
    whole = [train_workers(workers, one, rounds=6, plan=plan, seed=3) for one in methods]
    for module in (method, gossip):
        monkeypatch.setattr(module, "MANY", 4)
    alone = [train_workers(workers, one, rounds=6, plan=plan, seed=3) for one in methods]
    for first, second in zip(whole, alone, strict=True):
        assert second.parameters == pytest.approx(first.parameters, abs=1e-6)
        assert np.array_equal(second.bytes, first.bytes)
        assert np.array_equal(second.seconds, first.seconds)
        assert second.label == first.label


@pytest.mark.slow
def test_three_thousand_nodes_with_their_gap() -> None:
    graph = decompose(shape("erdos-renyi", 3000, degree=10, seed=1))
    found = optimise_links(graph, 0.5, gap=1e-3)
    assert found.certificate.gap <= 1e-3
    assert found.contraction.width < 1e-3
    assert found.contraction.upper < 0.72


@pytest.mark.slow
@pytest.mark.parametrize("budget", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("name", ["wheel", "star", "grid", "hypercube"])
def test_families_of_up_to_five_hundred_nodes(name: str, budget: float) -> None:
    graph = {
        "wheel": lambda: nx.wheel_graph(500),
        "star": lambda: nx.star_graph(499),
        "grid": lambda: nx.grid_2d_graph(20, 25),
        "hypercube": lambda: nx.hypercube_graph(9),
    }[name]()
    found = optimise_links(nx.convert_node_labels_to_integers(graph), budget)
    assert found.certificate.gap <= 1e-3
    assert found.certificate.verify()


@pytest.mark.slow
def test_limits_of_many_nodes() -> None:
    graph = decompose(shape("torus", 256))
    random = np.random.default_rng(0)
    limits = LinkLimits.of(
        graph.graph,
        costs=random.exponential(size=graph.graph.n_edges),
        cost_budget=60.0,
        traffic=random.uniform(0.5, 3.0, 256),
    )
    found = optimise_links(graph, 1.0, limits=limits)
    assert found.certificate.gap <= 1e-6
    assert found.certificate.verify()


def test_a_long_path_is_not_said_to_part_its_workers() -> None:
    """Its Laplacian's eigenvalues are ``2 − 2 cos(πk/n)``; half of the links are used at a time."""
    n, weight = 1_600, 0.4
    path = decompose(nx.path_graph(n))
    found = contraction(path, np.full(path.n_matchings, 0.5), weight)
    values = 2.0 - 2.0 * np.cos(np.pi * np.arange(1, n) / n)
    true = (1.0 - weight * values + weight**2 * (values**2 / 4.0 + values / 2.0)).max()
    assert found.lower <= true <= found.upper <= 1.0
    apart = contraction(path, np.full(path.n_matchings, 0.5), 3.0)
    assert apart.lower > 40.0  # 43 at eigenvalues near 4


@pytest.mark.parametrize("of_all", [True, False])
def test_of_links_in_pieces_as_by_whole_matrices(of_all: bool, monkeypatch) -> None:
    """Five rings of four around a ring, without some links: ``λ₂`` is 0, and ``ρ`` is 1."""
    rings = [(4 * c + i, 4 * c + (i + 1) % 4) for c in range(5) for i in range(4)]
    graph = decompose([*rings, *((4 * c, 4 * ((c + 1) % 5)) for c in range(5))])
    p = np.full(graph.n_matchings, 0.5)
    p[-1 if of_all else slice(1, None)] = 0.0
    used = nx.Graph([graph.graph.edges[e] for e in np.flatnonzero(p[graph.matching])])
    used.add_nodes_from(range(20))
    assert nx.number_connected_components(used) > 1
    monkeypatch.setattr(spectra, "LARGE", 1)
    found = connectivity(graph, p)
    assert (found.lower, found.upper, found.chance) == (0.0, 0.0, 0.0)
    assert contraction(graph, p, 0.3).upper == pytest.approx(1.0, abs=1e-12)
    with pytest.raises(InfeasibleError, match="do not connect all workers"):
        mixing_weight(graph, p)


def test_a_barbell_by_products(monkeypatch) -> None:
    """Two complete graphs of five by one link: eigenvalues that lie close together."""
    whole = [(i, j) for j in range(5) for i in range(j)]
    graph = decompose([*whole, *((a + 5, b + 5) for a, b in whole), (0, 5)])
    found = optimise_links(graph, 0.3)
    p, weight = found.probabilities, float(found.weight)
    L = np.array([graph.laplacian(row) for row in np.eye(graph.n_matchings)])
    W = np.eye(10) - weight * np.tensordot(p, L, axes=1)
    noise = weight**2 * sum(q * (1 - q) * one @ one for q, one in zip(p, L, strict=True))
    rho = np.linalg.eigvalsh(W @ W + noise - 0.1)[-1]
    second = np.linalg.eigvalsh(np.tensordot(p, L, axes=1))[1]
    monkeypatch.setattr(spectra, "LARGE", 1)
    left, joined = contraction(graph, p, weight), connectivity(graph, p)
    assert left.lower - 1e-9 <= rho <= left.upper + 1e-9
    assert joined.lower - 1e-9 <= second <= joined.upper + 1e-9
    assert left.width < 1e-8
