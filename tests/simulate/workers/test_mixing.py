"""Random links: every draw mixes, and contracts as its law says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate.workers import DPSGD, Links, Matcha
from roundlot.simulate.workers.consensus import MixingLaw, drawn_matrices, run_consensus
from roundlot.solvers.graphs import contraction, decompose, optimise_links, shape, shape_matchings
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.verify import check_contraction, check_mixing_draws, check_mixing_enumeration


@st.composite
def random_matcha(draw: Any) -> Matcha:
    """Random connected graphs of 3 to 9 workers with random probabilities and weights."""
    nodes = draw(st.integers(3, 9))
    degree = min(nodes - 1.0, draw(st.floats(2.0, 4.0)))
    graph = shape("erdos-renyi", nodes, degree=max(degree, 2.0), seed=draw(st.integers(0, 99)))
    links = Links.of(decompose(graph))
    some = st.lists(st.floats(0.0, 1.0), min_size=links.n_matchings, max_size=links.n_matchings)
    return Matcha(links=links, probabilities=draw(some), weight=draw(st.floats(0.01, 0.6)))


@settings(max_examples=25, deadline=None)
@given(random_matcha(), st.integers(0, 1000))
def test_every_draw_is_symmetric_and_doubly_stochastic(method: Matcha, seed: int) -> None:
    drawn = drawn_matrices(method, 50, seed=seed)
    assert check_mixing_draws(drawn).passed
    adjacency = method.links.adjacency()
    off = np.abs(drawn[:, ~(adjacency | np.eye(len(adjacency), dtype=bool))])
    assert off.size == 0 or off.max() == 0.0  # only linked workers mix


@settings(max_examples=15, deadline=None)
@given(random_matcha())
def test_law_is_that_of_all_outcomes(method: Matcha) -> None:
    law = MixingLaw.of(method)
    if method.links.n_matchings <= 6:
        assert check_mixing_enumeration(method).passed
    outcomes = list(law.outcomes())
    assert sum(p for p, _ in outcomes) == pytest.approx(1.0)
    second = sum(p * W.T @ W for p, W in outcomes)
    np.testing.assert_allclose(second, law.second, atol=1e-12)
    blocks = np.random.default_rng(0).normal(size=(law.n_workers,) * 2)
    expected = sum(p * W @ blocks @ W.T for p, W in outcomes)
    np.testing.assert_allclose(law.congruence(blocks), expected, atol=1e-11)


@settings(max_examples=6, deadline=None)
@given(random_matcha(), st.integers(0, 100))
def test_measured_contraction_agrees_with_prediction(method: Matcha, seed: int) -> None:
    verdict = check_contraction(
        drawn_matrices(method, 20_000, seed=seed), MixingLaw.of(method), discrepancy=0.2
    )
    assert verdict.outcome == "supported", str(verdict)


def test_rho_agrees_with_the_enclosure_of_the_solver() -> None:
    design = optimise_links(shape_matchings("paper8", shape("paper8")), 0.5)
    links = Links.of(design.decomposition)
    method = Matcha(links=links, probabilities=design.probabilities, weight=design.weight)
    known = contraction(design.decomposition, design.probabilities, design.weight)
    assert known.lower - 1e-12 <= MixingLaw.of(method).rho <= known.upper + 1e-12


def test_wrong_probabilities_are_refuted(matcha: Matcha) -> None:
    wrong = replace(matcha, probabilities=[0.9, 0.3, 0.758, 0.758, 0.1])
    drawn = drawn_matrices(wrong, 60_000)
    assert check_contraction(drawn, MixingLaw.of(matcha)).outcome == "refuted"
    assert check_contraction(drawn, MixingLaw.of(wrong), discrepancy=0.05).passed


def test_flags_that_differ_between_workers_are_refuted(matcha: Matcha) -> None:
    drawn = drawn_matrices(matcha, 30).copy()
    other = drawn_matrices(matcha, 30, seed=1)
    drawn[:, 0] = other[:, 0]  # worker 0 draws its links by another seed
    assert check_mixing_draws(drawn).outcome == "refuted"


def test_draws_do_not_depend_on_chunks(matcha: Matcha) -> None:
    whole = matcha.active(40, seed=3)
    parts = np.concatenate([matcha.active(7, seed=3), matcha.active(33, seed=3, start=7)])
    np.testing.assert_array_equal(whole, parts)
    assert whole.any()
    assert not whole.all()


def test_consensus_keeps_the_mean_and_falls_by_rho(dpsgd: DPSGD, matcha: Matcha) -> None:
    start = np.random.default_rng(0).normal(size=(8, 2))
    run = run_consensus(dpsgd, start, rounds=40)
    assert run.drift.max() < 1e-12
    assert np.all(run.contractions <= MixingLaw.of(dpsgd).rho + 1e-9)
    assert run.asymptotic == pytest.approx(MixingLaw.of(dpsgd).rho, rel=0.1)
    assert run_consensus(matcha, start, rounds=40).drift.max() < 1e-12


def test_delayed_consensus_still_agrees(dpsgd: DPSGD) -> None:
    start = np.random.default_rng(0).normal(size=(8, 2))
    now = run_consensus(dpsgd, start, rounds=200)
    late = run_consensus(replace(dpsgd, delay=3), start, rounds=200)
    assert late.distances[3] == late.distances[0]  # nothing has arrived yet
    assert 1e-25 < late.distances[200] < 1e-3 * late.distances[0]
    assert now.distances[60] < late.distances[60]


@pytest.mark.parametrize(
    ("mixing", "error", "words"),
    [
        ([[0.5, 0.5], [0.4, 0.6]], AssumptionError, "not symmetric"),
        ([[0.5, 0.4], [0.4, 0.6]], AssumptionError, "row 0 sums to 0.9"),
        ([[0.5, 0.5]], InvalidProblemError, "square"),
        ([[np.nan, 1.0], [1.0, 0.0]], InvalidProblemError, "not finite"),
    ],
)
def test_bad_matrices_are_refused(mixing: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        DPSGD(mixing=mixing)


def test_bad_links_are_refused(links: Links) -> None:
    with pytest.raises(InvalidProblemError, match="links worker 9"):
        Links(n_workers=8, matchings=(np.array([[0, 9]]),))
    with pytest.raises(InvalidProblemError, match="worker twice"):
        Links(n_workers=8, matchings=(np.array([[0, 1], [1, 2]]),))
    with pytest.raises(InvalidProblemError, match="two matchings"):
        Links(n_workers=8, matchings=(np.array([[0, 1]]), np.array([[1, 0]])))
    with pytest.raises(InvalidProblemError, match="5 matchings"):
        Matcha(links=links, probabilities=[0.5], weight=0.1)
    with pytest.raises(InvalidProblemError, match=r"matching 1 is 1\.2"):
        Matcha(links=links, probabilities=[0.5, 1.2, 0.5, 0.5, 0.5], weight=0.1)
    with pytest.raises(InvalidProblemError, match="weight"):
        Matcha(links=links, probabilities=np.full(5, 0.5), weight=0.0)


def test_links_of_a_matrix_are_its_edges(dpsgd: DPSGD, links: Links) -> None:
    found = Links.of_matrix(np.asarray(dpsgd.mixing))
    np.testing.assert_array_equal(found.adjacency(), links.adjacency())


def test_a_weight_for_every_matching_is_that_of_its_draws() -> None:
    from roundlot.simulate.workers import MixingSchedule

    found = optimise_links(shape_matchings("paper8", shape("paper8")), 0.5, mixing="per matching")
    links = Links.of(found.decomposition)
    matcha = Matcha(links=links, probabilities=found.probabilities, weight=found.weight)
    assert MixingLaw.of(matcha).rho == pytest.approx(found.contraction.middle, abs=1e-9)
    assert check_mixing_enumeration(matcha).outcome == "supported"
    used = np.array([[True, False, True, False, False]])
    assert np.array_equal(matcha.matrices(used), found.mixing_matrix(used))
    schedule = MixingSchedule.of(found, method="matcha", seed=3, name="each")
    assert schedule.graphs[0].weights[2] == pytest.approx(np.full(3, found.weight[2]))
    with pytest.raises(InvalidProblemError, match="one a matching"):
        Matcha(links=links, probabilities=found.probabilities, weight=[0.1, 0.2])
