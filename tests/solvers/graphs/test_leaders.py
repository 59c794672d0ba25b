"""Adjacent leaders, alternating graphs and weights for a fixed graph, against enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.solvers.graphs import (
    PUBLISHED,
    UPDATES,
    WEIGHTS,
    Graph,
    LeaderWeights,
    Turn,
    all_links,
    decompose,
    drift_of,
    fixed_weights,
    joint_contraction,
    leader_matrix,
    leader_round,
    leaders_of,
    nearest_weights,
    optimise_links,
    scaled_weights,
    shape,
    shape_matchings,
    stationary_weights,
    weights_for_any_losses,
    worst_leader_drift,
)
from roundlot.theory import InvalidProblemError, column_drift

PAPER8 = shape("paper8")
SEEDS = st.integers(0, 10**6)


def mixing(graph: Graph) -> np.ndarray:
    return fixed_weights(graph, method="metropolis").matrix


def losses(seed: int, nodes: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).permutation(nodes).astype(float)


def test_leaders_are_the_best_and_the_best_connected_nearby() -> None:
    graph = Graph.of([("a", "b"), ("b", "c"), ("c", "d")])
    found = leaders_of(graph, [3.0, 2.0, 1.0, 0.0])
    assert found.best.tolist() == [1, 2, 3, 3]
    assert found.central.tolist() == [1, 1, 2, 2]
    alone = leaders_of(graph, [3.0, 2.0, 1.0, 0.0], links=[True, False, False])
    assert alone.best.tolist() == [1, 1, 2, 3]
    with pytest.raises(InvalidProblemError, match="losses"):
        leaders_of(graph, [1.0, np.nan, 0.0, 0.0])


@given(SEEDS, st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_both_updates_are_what_is_written(seed: int, step: float) -> None:
    random = np.random.default_rng(seed)
    x, g, w = random.normal(size=(8, 3)), random.normal(size=(8, 3)), mixing(PAPER8)
    chosen = leaders_of(PAPER8, losses(seed))
    k = PUBLISHED

    def mixed(y: np.ndarray) -> np.ndarray:
        return 0.6 * w @ y + 0.3 * y[chosen.best] + 0.1 * y[chosen.central]

    pull = k.best_pull * (x - x[chosen.best]) + k.central_pull * (x - x[chosen.central])
    paper = mixed(x - step * (g + pull))
    assert np.allclose(leader_round(x, g, w, chosen, step=step), paper)
    y = x - step * g
    z = mixed(y)
    code = z - 0.2 * (z - y[chosen.best]) - 0.2 * (z - y[chosen.central])
    assert np.allclose(leader_round(x, g, w, chosen, step=step, update="code"), code)


@given(SEEDS)
@settings(max_examples=20)
def test_rows_sum_to_one_and_the_stationary_weights_stay(seed: int) -> None:
    chosen = leaders_of(PAPER8, losses(seed))
    for update in UPDATES:
        p = leader_matrix(mixing(PAPER8), chosen, update=update, step=0.1)
        assert np.allclose(p.sum(axis=1), 1.0)
        assert np.linalg.norm(drift_of(p)) ** 2 == pytest.approx(column_drift(p))
        weights = stationary_weights(p)
        assert weights @ p == pytest.approx(weights, abs=1e-10)
        assert weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("graph", [shape("path", 5), shape("star", 5), shape("ring", 6)])
def test_no_losses_drift_more_than_the_worst(graph: Graph) -> None:
    found = 0.0
    for order in itertools.permutations(range(graph.n_nodes)):
        b, _ = leaders_of(graph, np.array(order, float)).matrices()
        found = max(found, float(np.linalg.norm(drift_of(b))))
    assert 0.0 < found <= worst_leader_drift(graph) + 1e-12
    weights = weights_for_any_losses(graph, 0.05)
    assert 0.0 < weights.best + weights.central < 0.4
    assert (weights.best + weights.central) * worst_leader_drift(graph) <= 0.05


@given(SEEDS, st.sampled_from([0.0, 0.01, 0.05, 0.3]))
@settings(max_examples=30)
def test_designed_weights_keep_the_bound_and_none_nearer_does(seed: int, bound: float) -> None:
    chosen, w = leaders_of(PAPER8, losses(seed)), mixing(PAPER8)
    b, d = (drift_of(matrix) for matrix in chosen.matrices())
    found = nearest_weights(b, d, bound)
    assert np.linalg.norm(found.best * b + found.central * d) <= bound
    apart = np.hypot(found.best - 0.3, found.central - 0.1)
    grid = np.linspace(0.0, 0.4, 17)
    for near, far in itertools.product(grid, grid):
        if np.linalg.norm(near * b + far * d) <= bound:
            assert np.hypot(near - 0.3, far - 0.1) >= apart - 1e-6
    for update in UPDATES:
        whole = scaled_weights(w, chosen, bound, update=update, step=0.2)
        p = leader_matrix(w, chosen, whole, update=update, step=0.2)
        assert np.linalg.norm(drift_of(p)) <= bound + 2e-15
        more = whole.scaled(1.001)
        if 0.0 < more.best < PUBLISHED.best:
            p = leader_matrix(w, chosen, more, update=update, step=0.2)
            assert np.linalg.norm(drift_of(p)) > bound


def test_bad_leader_weights_are_named() -> None:
    with pytest.raises(InvalidProblemError, match="negative"):
        LeaderWeights(best=-0.1)
    with pytest.raises(InvalidProblemError, match="at most 1"):
        LeaderWeights(best=0.7, central=0.5)
    with pytest.raises(InvalidProblemError, match="choose from 'paper', 'code'"):
        leader_matrix(mixing(PAPER8), leaders_of(PAPER8, losses(0)), update="talk")
    with pytest.raises(InvalidProblemError, match="drift"):
        nearest_weights(np.zeros(8), np.zeros(8), -1.0)


def test_graphs_in_turn_contract_though_none_does_alone() -> None:
    groups = shape_matchings("paper8", PAPER8).matchings
    turns = [Turn.always(decompose(Graph(nodes=PAPER8.nodes, edges=g)), 0.4) for g in groups]
    found = joint_contraction(turns)
    assert all(rho == pytest.approx(1.0) for rho in found.each)
    product = np.eye(8)
    for turn in turns:
        w = np.eye(8) - 0.4 * turn.decomposition.laplacian(turn.probabilities)
        product = w @ product
    truth = np.linalg.norm(product - 1.0 / 8, 2) ** 2
    assert found.period.lower - 1e-12 <= truth <= found.period.upper + 1e-12
    assert found.period.upper < 0.6
    with pytest.raises(InvalidProblemError, match="same"):
        joint_contraction([turns[0], Turn.always(decompose(shape("ring", 5)))])


def test_random_turns_equal_enumeration() -> None:
    designs = [optimise_links(shape("ring", 6), 0.5), optimise_links(shape("star", 6), 0.4)]
    moment = np.eye(6) - 1.0 / 6
    for design in reversed(designs):
        total = np.zeros((6, 6))
        m = len(design.probabilities)
        for code in range(2**m):
            used = np.array([code >> j & 1 for j in range(m)], dtype=bool)
            chance = np.where(used, design.probabilities, 1 - design.probabilities).prod()
            w = design.mixing_matrix(used)
            total += chance * w @ moment @ w
        moment = total
    found = joint_contraction(designs)
    truth = np.linalg.eigvalsh(moment)[-1]
    assert found.period.lower - 1e-12 <= truth <= found.period.upper + 1e-12
    assert found.period.lower <= found.product
    alone = joint_contraction(designs[:1])
    assert alone.period.middle == pytest.approx(designs[0].contraction.middle, abs=1e-9)


@pytest.mark.parametrize("graph", [PAPER8, shape("ring", 9), shape("torus", 12), shape("star", 5)])
def test_fastest_weights_are_the_fastest_and_proved(graph: Graph) -> None:
    found = {method: fixed_weights(graph, method=method) for method in WEIGHTS}
    fastest, chain = found["fastest"], found["fastest nonnegative"]
    assert chain.matrix.min() >= -1e-12
    assert fastest.lower_bound <= fastest.contraction.upper <= fastest.lower_bound + 1e-7
    assert chain.lower_bound <= chain.contraction.upper <= chain.lower_bound + 1e-4
    for mixture in found.values():
        assert np.allclose(mixture.matrix.sum(axis=0), 1.0)
        assert np.array_equal(mixture.matrix, mixture.matrix.T)
        assert mixture.contraction.upper >= fastest.lower_bound
        if mixture.matrix.min() >= 0.0:
            assert mixture.contraction.lower >= chain.lower_bound - 1e-9


def test_known_fastest_weights() -> None:
    star = fixed_weights(shape("star", 5))  # by symmetry one weight: 2/(1 + 5), ‖W − J‖ = 2/3
    assert star.contraction.middle == pytest.approx(4 / 9, abs=1e-7)
    assert fixed_weights(PAPER8).contraction.middle == pytest.approx(5 / 9, abs=1e-7)
    assert fixed_weights(shape("complete", 12)).contraction.upper < 1e-12
    assert fixed_weights(shape("path", 3)).contraction.middle == pytest.approx(1 / 4, abs=1e-7)


@given(st.integers(4, 9), st.integers(0, 10**6))
@settings(max_examples=8)
def test_the_fastest_weights_are_those_of_a_cone_solver(nodes: int, seed: int) -> None:
    import cvxpy as cp

    graph = shape("erdos-renyi", nodes, degree=0.6 * (nodes - 1), seed=seed)
    w = cp.Variable(graph.n_edges)
    ends = np.zeros((nodes, graph.n_edges))
    ends[graph.edges[:, 0], np.arange(graph.n_edges)] = 1.0
    ends[graph.edges[:, 1], np.arange(graph.n_edges)] = -1.0
    mixed = np.eye(nodes) - 1.0 / nodes - ends @ cp.diag(w) @ ends.T
    theirs = cp.Problem(cp.Minimize(cp.sigma_max(mixed))).solve(solver="CLARABEL")
    ours = fixed_weights(graph)
    assert ours.contraction.middle == pytest.approx(theirs**2, abs=1e-6)
    assert ours.lower_bound <= ours.contraction.upper
    baselines = all_links(graph)
    assert baselines.best.contraction.upper <= baselines.equal.contraction.upper + 1e-9


def test_any_factors_prove_only_what_holds() -> None:
    from roundlot.solvers.graphs.fastest_averaging import lower_bound

    random = np.random.default_rng(3)
    least = np.sqrt(fixed_weights(PAPER8).contraction.upper)
    for _ in range(200):
        above, below = random.normal(size=(2, 8, 4)) * random.random((2, 1, 1))
        assert lower_bound(PAPER8, above, below) <= least
    assert lower_bound(PAPER8, np.zeros((8, 1)), np.zeros((8, 1))) == 0.0


def test_random_non_negative_weights_are_not_faster() -> None:
    random, fastest = np.random.default_rng(0), fixed_weights(PAPER8, method="fastest nonnegative")
    for _ in range(200):
        w = random.random(PAPER8.n_edges)
        used = np.bincount(PAPER8.edges.ravel(), np.repeat(w, 2), 8).max()
        matrix = np.eye(8)
        for (a, b), share in zip(PAPER8.edges, w / used, strict=True):
            matrix[[a, b], [a, b]] -= share
            matrix[[a, b], [b, a]] += share
        assert np.linalg.norm(matrix - 1.0 / 8, 2) ** 2 >= fastest.lower_bound - 1e-9
