"""Links within a budget: the figures that are known, certificates, and ρ measured and predicted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate import draw_links
from roundlot.solvers.graphs import (
    Decomposition,
    Embedding,
    Graph,
    certify_links,
    conic_mixing_weight,
    conic_probabilities,
    connectivity,
    contraction,
    decompose,
    mixing_rate,
    mixing_weight,
    optimise_links,
    shape,
    shape_matchings,
)
from roundlot.solvers.graphs.enclosure import is_definite, smallest_eigenvalue
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.theory import AssumptionError, InfeasibleError, InvalidProblemError

PAPER8 = shape_matchings("paper8", shape("paper8"))


def random_decomposition(nodes: int, seed: int) -> Decomposition:
    random = np.random.default_rng(seed)
    linked = np.triu(random.random((nodes, nodes)) < random.uniform(0.2, 0.9), 1)
    linked[np.arange(nodes - 1), np.arange(1, nodes)] = True
    graph = Graph(nodes=tuple(map(str, range(nodes))), edges=np.argwhere(linked))
    return decompose(graph, seed=seed)


GRAPHS = st.builds(random_decomposition, st.integers(3, 10), st.integers(0, 10**6))
BUDGETS = st.sampled_from([0.05, 0.2, 0.5, 0.7, 0.99, 1.0])


def outcomes(decomposition: Decomposition, p: np.ndarray):
    """Every set of matchings with its probability."""
    for code in range(2 ** len(p)):
        used = np.array([code >> j & 1 for j in range(len(p))], dtype=bool)
        yield used, float(np.where(used, p, 1 - p).prod())


def test_the_known_figures_of_eight_nodes() -> None:
    half = optimise_links(PAPER8, 0.5)
    assert half.probabilities == pytest.approx([0.984, 0, 0.758, 0.758, 0], abs=5e-4)
    assert half.connectivity.lower == pytest.approx(0.56120, abs=5e-6)
    assert half.weight == pytest.approx(0.39643, abs=5e-6)
    assert half.contraction.upper == pytest.approx(0.64398, abs=1e-5)
    assert optimise_links(PAPER8, 1.0).contraction.upper == pytest.approx(0.65378, abs=5e-6)
    direct = optimise_links(PAPER8, 0.5, method="direct")
    assert direct.contraction.upper == pytest.approx(0.6329, abs=5e-5)
    assert direct.certificate.lower < half.certificate.lower


def test_direct_may_leave_budget_unused() -> None:
    found = optimise_links(PAPER8, 1.0, method="direct")
    assert found.budget_left > 1.0
    assert found.contraction.upper < 0.58
    assert "nothing proves it" in found.notes[0]


@given(GRAPHS, BUDGETS)
def test_the_exact_optimum_is_certified_and_within_the_budget(
    decomposition: Decomposition, budget: float
) -> None:
    found = optimise_links(decomposition, budget, method="exact")
    certificate = found.certificate
    assert certificate.verify(), certificate.complaints()
    assert certificate.gap <= 1e-6
    exact = [Fraction(p) for p in found.probabilities.tolist()]
    assert sum(exact) <= Fraction(budget) * len(exact)
    assert found.contraction.upper < 1.0


@given(GRAPHS, BUDGETS)
@settings(max_examples=15)
def test_cone_solvers_agree(decomposition: Decomposition, budget: float) -> None:
    ours = optimise_links(decomposition, budget, method="exact")
    p, _ = conic_probabilities(decomposition, budget)
    theirs = connectivity(decomposition, p).middle
    assert ours.connectivity.middle == pytest.approx(theirs, rel=1e-6)
    weight, rho = conic_mixing_weight(decomposition, ours.probabilities)
    assert ours.contraction.middle == pytest.approx(rho, abs=2e-5)
    assert contraction(decomposition, ours.probabilities, weight).upper >= (
        ours.contraction.lower - 1e-9
    )


@given(GRAPHS, BUDGETS)
@settings(max_examples=25)
def test_cutting_planes_are_never_above_the_optimum(
    decomposition: Decomposition, budget: float
) -> None:
    best = optimise_links(decomposition, budget, method="exact").certificate
    cut = optimise_links(decomposition, budget, method="cutting planes", gap=1e-3)
    assert cut.connectivity.lower <= best.upper
    assert cut.certificate.upper >= best.lower
    assert cut.certificate.gap <= 1e-3
    assert cut.certificate.verify()


@given(GRAPHS, BUDGETS, st.integers(0, 1000))
@settings(max_examples=25)
def test_no_probabilities_beat_any_embedding(
    decomposition: Decomposition, budget: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    points = Embedding(points=random.normal(size=(decomposition.graph.n_nodes, 3)))
    p = random.random(decomposition.n_matchings)
    p *= min(1.0, budget * len(p) / p.sum())
    assert connectivity(decomposition, p).lower <= points.bound(decomposition, budget)


@given(GRAPHS, st.integers(0, 1000), st.floats(0.01, 0.8))
@settings(max_examples=25)
def test_predicted_contraction_equals_enumeration(
    decomposition: Decomposition, seed: int, weight: float
) -> None:
    p = np.random.default_rng(seed).random(decomposition.n_matchings)
    n, stack = decomposition.graph.n_nodes, decomposition.laplacians
    moment = np.zeros((n, n))
    for used, chance in outcomes(decomposition, p):
        w = np.eye(n) - weight * stack[used].sum(axis=0)
        moment += chance * w.T @ w
    truth = np.linalg.eigvalsh(moment - 1.0 / n)[-1]
    found = contraction(decomposition, p, weight)
    assert found.lower - 1e-12 <= truth <= found.upper + 1e-12
    assert found.width < 1e-9


@given(GRAPHS, BUDGETS)
@settings(max_examples=25)
def test_every_draw_is_doubly_stochastic(decomposition: Decomposition, budget: float) -> None:
    for mixing in ("search", "nonnegative"):
        found = optimise_links(decomposition, budget, mixing=mixing)
        flags = draw_links(found, 50, seed=7)
        matrices = found.mixing_matrix(flags)
        assert np.allclose(matrices.sum(axis=1), 1.0, atol=1e-12)
        assert np.array_equal(matrices, matrices.transpose(0, 2, 1))
        assert matrices.min() >= found.least_entry - 1e-12
    assert matrices.min() >= -1e-12


def test_measured_contraction_is_the_predicted_one() -> None:
    found = optimise_links(PAPER8, 0.5)
    rounds = 20_000
    matrices = found.mixing_matrix(draw_links(found, rounds, seed=1))
    values, vectors = np.linalg.eigh(
        np.einsum("rij,rik->jk", matrices, matrices) / rounds - 1.0 / 8
    )
    assert values[-1] == pytest.approx(found.contraction.middle, abs=0.01)
    along = np.sum((matrices @ vectors[:, -1]) ** 2, axis=1)
    assert along.mean() <= found.contraction.upper + 5 * along.std() / np.sqrt(rounds)


def test_flags_depend_on_the_round_alone_and_clip_a_solver_error() -> None:
    p = [0.3, -1e-9, 1.0 + 1e-9, 0.7]
    whole = draw_links(p, 500, seed=4)
    assert np.array_equal(whole[100:200], draw_links(p, 100, seed=4, start=100))
    assert not whole[:, 1].any()
    assert whole[:, 2].all()
    assert whole[:, 0].mean() == pytest.approx(0.3, abs=0.08)
    for bad in ([-0.1], [1.1], [np.nan], [[0.1]]):
        with pytest.raises(InvalidProblemError, match="probabilit"):
            draw_links(bad, 3)


@given(GRAPHS, st.integers(0, 1000))
@settings(max_examples=25)
def test_the_mixing_weight_is_the_best_and_the_closed_form_keeps_its_word(
    decomposition: Decomposition, seed: int
) -> None:
    p = np.random.default_rng(seed).uniform(0.05, 1.0, decomposition.n_matchings)
    best, plain = (
        mixing_weight(decomposition, p),
        mixing_weight(decomposition, p, method="closed form"),
    )
    reached = [contraction(decomposition, p, a).upper for a in np.linspace(0.01, 1.0, 60)]
    assert best.contraction <= min(reached) + 1e-9
    assert best.lower_bound <= best.contraction <= plain.contraction + 1e-9
    assert plain.contraction <= plain.guarantee + 1e-12


def test_links_that_do_not_connect_have_no_weight() -> None:
    with pytest.raises(InfeasibleError, match="do not connect"):
        mixing_weight(PAPER8, [1.0, 0.0, 0.0, 0.0, 0.0])
    split = connectivity(PAPER8, [1.0, 0.0, 0.0, 0.0, 0.0])
    assert split.lower == 0.0
    assert split.upper < 1e-12


def test_corrupted_certificates_are_refused() -> None:
    found = optimise_links(PAPER8, 0.5)
    good = found.certificate
    for change in (
        {"lower": good.lower + 1e-6},
        {"upper": good.upper - 1e-6},
        {"gap": 0.0},
        {"probabilities": found.probabilities * 1.01},
        {"embedding": Embedding(points=good.embedding.points[::-1])},
    ):
        bad = type(good)(**{**vars(good), **change})
        assert not bad.verify(), change
    uniform = np.full(5, 0.5)
    assert certify_links(PAPER8, 0.5, uniform, good.embedding).gap == pytest.approx(0.675, abs=1e-3)


def test_definiteness_is_never_claimed_of_what_is_not_definite() -> None:
    random = np.random.default_rng(0)
    for n in (2, 5, 20):
        q, _ = np.linalg.qr(random.normal(size=(n, n)))
        for least in (-1e-15, 0.0):
            values = np.append(random.uniform(1, 2, n - 1), least)
            matrix = (q * values) @ q.T
            assert not is_definite(0.5 * (matrix + matrix.T), 1e-15 * n)
        values[-1] = 0.5
        found = smallest_eigenvalue((q * values) @ q.T, 1e-15 * n)
        assert found.lower <= 0.5 <= found.upper
        assert found.width < 1e-11


def test_the_rate_is_refused_outside_its_range() -> None:
    found = optimise_links(PAPER8, 0.5)
    numbers = {
        "smoothness": 2.0,
        "rounds": 500,
        "value": 3.0,
        "variance": 0.4,
        "dissimilarity": 0.1,
    }
    inside = mixing_rate(found, step=0.03, **numbers)
    root = np.sqrt(found.contraction.upper)
    assert inside.largest_step == pytest.approx((1 - root) / (4 * root) / 2.0)
    published = mixing_rate(found, step=0.03, order="published", **numbers)
    rho = found.contraction.upper
    by_hand = 8 * 3.0 / (0.03 * 500) + 4 * 0.03 * 2 * 0.4 / 8
    by_hand += 8 * 0.03**2 * 4 * rho / (1 - root) * (0.4 / (1 + root) + 3 * 0.1 / (1 - root))
    assert published.bound == pytest.approx(by_hand, rel=1e-9)
    assert inside.bound <= published.bound
    with pytest.raises(AssumptionError, match=r"at most 0\.0307"):
        mixing_rate(found, step=0.031, **numbers)
    with pytest.raises(AssumptionError, match="below 1"):
        mixing_rate(1.0, workers=8, step=0.01, **numbers)


@pytest.mark.slow
def test_a_thousand_nodes_with_their_gap() -> None:
    graph = shape("erdos-renyi", 1000, degree=10, seed=1)
    found = optimise_links(graph, 0.5, gap=1e-3)
    assert found.method == "cutting planes"
    assert found.certificate.gap <= 1e-3
    assert found.certificate.verify()


def test_small_solves_use_one_thread(monkeypatch):
    from threadpoolctl import threadpool_info, threadpool_limits

    from roundlot.solvers.graphs import mixing_weights, optimum

    def blas() -> list[int]:
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    seen: list[list[int]] = []
    for module, name in ((optimum, "interior_point"), (mixing_weights, "_top")):
        plain = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *a, plain=plain, **k: seen.append(blas()) or plain(*a, **k)
        )
    with threadpool_limits(2, user_api="blas"):
        before = blas()
        assert max(before) == 2
        optimise_links(PAPER8, 0.5)
        assert blas() == before, "the caller's threads are given back"
    assert len(seen) > 1
    assert all(max(threads) == 1 for threads in seen)


@pytest.mark.parametrize("method", ["exact", "cutting planes", "direct"])
def test_the_smallest_budgets_scale(method):
    one = 1 / PAPER8.n_matchings
    largest, tiny = (optimise_links(PAPER8, b, method=method) for b in (one, 1e-12 * one))
    assert tiny.probabilities == pytest.approx(1e-12 * largest.probabilities, rel=1e-3)
    assert tiny.certificate.verify()
    if method != "direct":
        assert tiny.certificate.gap < 1e-4


@pytest.mark.parametrize("name", ["path", "star", "complete"])
def test_two_workers_have_one_link(name):
    design = optimise_links(shape(name, 2), 0.5)
    assert design.decomposition.graph.n_edges == 1
    assert design.contraction.middle == pytest.approx(0.5)


def test_old_names_warn() -> None:
    from roundlot import solvers
    from roundlot.solvers import graphs

    with pytest.warns(DeprecationWarning, match="LinkSchedule"):
        assert solvers.LinkDesign is graphs.LinkSchedule
    with pytest.warns(DeprecationWarning, match="Enclosure"):
        assert graphs.Interval is graphs.Enclosure


#: Graphs on which float64 moved the unconverged dual further than the gap that is asked for.
HARD = (
    (
        (0, 4),
        (0, 7),
        (0, 1),
        (1, 2),
        (1, 3),
        (1, 5),
        (1, 7),
        (2, 3),
        (3, 6),
        (3, 7),
        (5, 6),
        (6, 7),
    ),
    tuple((0, k) for k in range(1, 30)) + tuple((k, k % 29 + 1) for k in range(1, 30)),
)


@pytest.mark.parametrize("graph", HARD)
@pytest.mark.parametrize("budget", [0.1, 0.5])
def test_the_interior_point_does_not_stop_before_its_gap(graph, budget) -> None:
    found = optimise_links(list(graph), budget, seed=15)
    assert found.method == "exact"
    assert found.certificate.gap <= 2e-7
    assert found.certificate.verify()
    p, _ = conic_probabilities(found.decomposition, budget)
    theirs = connectivity(found.decomposition, p).middle
    assert found.connectivity.middle == pytest.approx(theirs, rel=1e-6)


def test_where_the_interior_point_stops_cutting_planes_go_on(monkeypatch) -> None:
    from roundlot.solvers.graphs import interior_point, optimum
    from roundlot.theory.errors import ConvergenceError

    def nothing(*_, **__):
        raise ConvergenceError("nothing")

    monkeypatch.setattr(interior_point, "OUTER", 4)  # so that it stops early
    half = Polytope.of(PAPER8, 0.5)
    early = interior_point.interior_point(PAPER8, half)
    found = optimum.most_connected(PAPER8, half)
    assert found.left < early.left
    monkeypatch.setattr(optimum, "interior_point", nothing)
    found = optimise_links(PAPER8, 0.5)
    assert found.certificate.gap <= 1e-6
    assert found.connectivity.lower == pytest.approx(0.56120, abs=5e-6)


@given(GRAPHS, st.floats(1e-9, 1.0))
@settings(max_examples=20)
def test_smaller_gaps_than_the_default_may_be_asked_for(decomposition, budget) -> None:
    found = optimise_links(decomposition, budget, gap=1e-8)
    assert found.certificate.gap <= 1e-6
    assert not found.notes


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wheel", "star", "grid", "hypercube"])
def test_graphs_of_hundreds_of_nodes(name) -> None:
    import networkx as nx

    graph = {
        "wheel": lambda: nx.wheel_graph(200),
        "star": lambda: nx.star_graph(299),
        "grid": lambda: nx.grid_2d_graph(16, 16),
        "hypercube": lambda: nx.hypercube_graph(8),
    }[name]()
    found = optimise_links(nx.convert_node_labels_to_integers(graph), 0.4)
    assert found.certificate.gap <= 1e-6
    assert found.certificate.verify()


@given(GRAPHS, BUDGETS, st.integers(0, 1000))
@settings(max_examples=12)
def test_a_weight_for_each_matching_is_the_best_for_the_probabilities(
    decomposition: Decomposition, budget: float, seed: int
) -> None:
    one = optimise_links(decomposition, budget)
    each = optimise_links(decomposition, budget, mixing="per matching")
    assert np.array_equal(each.probabilities, one.probabilities)
    assert each.weight.shape == each.probabilities.shape
    assert each.contraction.upper <= one.contraction.upper + 1e-9
    found = mixing_weight(decomposition, each.probabilities, method="per matching")
    assert found.contraction - 1e-7 <= found.lower_bound <= found.contraction
    random = np.random.default_rng(seed)
    for _ in range(20):  # no other weights, near or far, are better
        other = each.weight * np.exp(
            random.normal(size=each.weight.size) * random.choice([0.01, 1])
        )
        assert contraction(decomposition, each.probabilities, other).upper >= (
            found.lower_bound - 1e-9
        )


def test_weights_for_each_matching_against_a_cone_solver_and_enumeration() -> None:
    import cvxpy as cp

    found = optimise_links(PAPER8, 0.5, mixing="per matching")
    p, n, stack = found.probabilities, 8, PAPER8.laplacians
    alpha = cp.Variable(5)
    mean = np.eye(n) - 1.0 / n - sum(p[j] * alpha[j] * stack[j] for j in range(5))
    roots = [np.sqrt(p[j] * (1 - p[j])) * alpha[j] * stack[j] for j in range(5)]  # L² = 2 L
    norm = cp.Problem(cp.Minimize(cp.sigma_max(cp.vstack([mean, *roots])))).solve(solver="CLARABEL")
    assert found.contraction.middle == pytest.approx(norm**2, abs=1e-6)
    moment = np.zeros((n, n))
    for used, chance in outcomes(PAPER8, p):
        w = found.mixing_matrix(used)
        moment += chance * w.T @ w
    truth = np.linalg.eigvalsh(moment - 1.0 / n)[-1]
    assert found.contraction.lower - 1e-12 <= truth <= found.contraction.upper + 1e-12


def test_a_star_has_one_weight_by_symmetry() -> None:
    found = optimise_links(shape("star", 7), 0.5, mixing="per matching")
    assert found.weight == pytest.approx(np.full(6, found.weight.mean()), rel=1e-5)
