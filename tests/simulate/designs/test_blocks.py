"""Blocks that go round the models: every law against all phases and joins, in rationals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from roundlot.simulate import BlocksInTurn, Turns, Updates, design, simulate
from roundlot.solvers import compare
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.verify.agreement.draws import upload_moments
from roundlot.verify.agreement.weights import weight_variances

Q = Fraction
# Sixths and twelfths of which 3 p <= 1; a certain turn, one that never comes.
TABLE = [
    [Q(1, 3), Q(1, 6), Q(1, 12)],
    [Q(1, 12), Q(1, 3), Q(1, 4)],
    [Q(1, 4), Q(0), Q(1, 6)],
    [Q(1, 6), Q(1, 12), Q(1, 3)],
    [Q(1, 12), Q(1, 4), Q(1, 4)],
]
BLOCK, CLIENT = [0, 2, 0, 1, 2], [0, 0, 0, 1, 1]
MODELS = range(3)


def law() -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Every phase and every way to join, with its chance."""
    for phase in MODELS:
        mine = [(b + phase) % 3 for b in BLOCK]
        for joins in product((0, 1), repeat=5):
            chance = Q(1, 3)
            for v, joined in enumerate(joins):
                q = 3 * TABLE[v][mine[v]]
                chance *= q if joined else 1 - q
            if chance:
                yield tuple(mine[v] if joined else -1 for v, joined in enumerate(joins)), chance


@pytest.fixture(scope="module")
def rule() -> BlocksInTurn:
    return BlocksInTurn.of([[float(x) for x in row] for row in TABLE], BLOCK)


@pytest.fixture(scope="module")
def updates() -> Updates:
    rng = np.random.default_rng(5)
    weights = rng.uniform(0.1, 1.0, (5, 3))
    weights[2, 1] = 0.0  # never drawn
    return Updates(
        directions=[rng.standard_normal((2, 2)) + 1.0 for _ in MODELS],
        client=CLIENT,
        weights=weights,
    )


def errors(updates: Updates, picks: tuple[int, ...]) -> list[np.ndarray]:
    p = np.array([[float(x) or 1.0 for x in row] for row in TABLE])
    rows = [updates.processor_updates(s) for s in MODELS]
    return [(np.array(picks) == s) / p[:, s] @ u - u.sum(axis=0) for s, u in enumerate(rows)]


def test_outcomes_and_inclusion_are_those_of_the_phases(rule: BlocksInTurn) -> None:
    found, told = rule.outcomes(), dict[tuple[int, ...], Fraction]()
    for picks, chance in law():
        told[picks] = told.get(picks, Q(0)) + chance
    assert set(found) == set(told)
    for picks, chance in told.items():
        assert float(found[picks]) == pytest.approx(float(chance), rel=1e-14)
    for v, s in np.ndindex(5, 3):
        assert float(rule.fraction(v, s)) == pytest.approx(float(TABLE[v][s]), rel=1e-15)


def test_joint_inclusion_is_that_of_the_phases(rule: BlocksInTurn) -> None:
    for s, t in product(MODELS, MODELS):
        told = np.zeros((5, 5))
        for picks, chance in law():
            told += float(chance) * np.outer(np.array(picks) == s, np.array(picks) == t)
        np.testing.assert_allclose(rule.joint_inclusion(s, t), told, atol=1e-15)


def test_moments_of_the_step_are_those_of_the_phases(rule: BlocksInTurn, updates: Updates) -> None:
    told = [(errors(updates, picks), float(chance)) for picks, chance in law()]
    variance = [sum(c * e[s] @ e[s] for e, c in told) for s in MODELS]
    np.testing.assert_allclose(rule.model_variance(updates), variance, rtol=1e-13)
    covariance = [[sum(c * e[s] @ e[t] for e, c in told) for t in MODELS] for s in MODELS]
    np.testing.assert_allclose(rule.model_covariance(updates), covariance, rtol=1e-12, atol=1e-14)
    square = sum(c * sum(x @ x for x in e) ** 2 for e, c in told)
    moments = rule.squared_error_moments(updates)
    assert moments.mean == pytest.approx(sum(variance), rel=1e-13)
    assert moments.second_moment_ratio == pytest.approx(square / sum(variance) ** 2, rel=1e-13)


def test_weights_and_messages_are_those_of_the_phases(rule: BlocksInTurn, updates: Updates) -> None:
    p, w = rule.probabilities, updates.weights
    shares = w / np.where(p > 0.0, p, 1.0)
    told = [
        (np.array([shares[np.array(x) == s, s].sum() for s in MODELS]), float(c)) for x, c in law()
    ]
    variance = sum(c * (h - w.sum(axis=0)) ** 2 for h, c in told)
    np.testing.assert_allclose(rule.aggregate_weight_variance(w), variance, rtol=1e-13)
    np.testing.assert_allclose(weight_variances(w, p, design=rule), variance, rtol=1e-13)
    sent = [(len({(CLIENT[v], s) for v, s in enumerate(x) if s >= 0}), float(c)) for x, c in law()]
    mean = sum(c * n for n, c in sent)
    assert rule.expected_uploads(CLIENT) == pytest.approx(mean, rel=1e-13)
    spread = sum(c * (n - mean) ** 2 for n, c in sent) / mean**2
    assert upload_moments(p, CLIENT, design=rule) == pytest.approx((mean, spread), rel=1e-12)


def test_a_cycle_gives_every_block_every_model_once(rule: BlocksInTurn) -> None:
    cyclic = BlocksInTurn.of(rule.probabilities, BLOCK, "cyclic")
    picks = cyclic.draw(9_000, seed=3)
    first = cyclic.turns(9_000, seed=3)[:, None]
    mine = (first + np.array(BLOCK)) % 3
    assert np.all((picks == mine) | (picks == -1))
    for start in (0, 5):
        assert np.all(np.sort(mine[start : start + 3], axis=0) == [[0], [1], [2]])
    # In its turn a pair is drawn with 3 p: five deviations of 3,000 draws.
    for v, s in np.ndindex(5, 3):
        q, turn = 3 * float(TABLE[v][s]), mine[:, v] == s
        assert turn.sum() == 3000
        seen = (picks[turn, v] == s).mean()
        assert abs(seen - q) <= 5 * np.sqrt(q * (1 - q) / 3000)


def test_one_block_is_turns() -> None:
    table = np.array([[0.25, 0.5], [0.5, 0.125], [0.0, 0.25]])
    one = BlocksInTurn.of(table, [0, 0, 0])
    turns = Turns.of(table)
    np.testing.assert_array_equal(one.draw(200, seed=4), turns.draw(200, seed=4))
    updates = Updates(directions=[np.eye(3)] * 2, client=[0, 1, 2], weights=table)
    np.testing.assert_allclose(one.model_variance(updates), turns.model_variance(updates))


def test_realised_errors_are_as_predicted(rule: BlocksInTurn, updates: Updates) -> None:
    realised = simulate(rule, updates, rounds=20_000, seed=1, device="cpu")
    seen, told = realised.squared_error, rule.squared_error_moments(updates)
    assert abs(seen.mean() - told.mean) < 6 * seen.std() / np.sqrt(seen.size)
    assert seen.var() / seen.mean() ** 2 == pytest.approx(told.spread, rel=0.1)


def test_a_row_of_round_robin_is_drawn_with_its_blocks() -> None:
    """Three clients, of one, one and three processors: the last client is a block of its own."""
    rng = np.random.default_rng(2)
    tables = [rng.standard_normal((5, 3)) for _ in range(2)]
    scores = np.column_stack([np.linalg.norm(table, axis=1) for table in tables])
    problem = Problem(scores, budget=1.5)
    comparison = compare(problem, updates=tables, client=[0, 1, 2, 2, 2], repeats=1)
    row = comparison.row("round-robin")
    drawn = design(row, "blocks")
    assert isinstance(drawn, BlocksInTurn)
    assert drawn.block.tolist() == [0, 1, 1, 1, 1]
    updates = Updates(directions=tables, client=np.arange(5), weights=np.ones((5, 2)))
    assert drawn.variance(updates) == pytest.approx(row.variance, rel=1e-12)
    plain = design(row.probabilities, "blocks")
    assert isinstance(plain, BlocksInTurn)
    assert plain.block.tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"block": [0, 1]}, r"block has shape \(2,\).*one integer per processor, 3"),
        ({"block": [0, 1, 2]}, "blocks go from 0 to 2; for 2 models number them from 0 to 1"),
        ({"block": [0.0, 1.0, 0.0]}, "type float64; give one integer"),
        ({"order": "fixed"}, "order is 'fixed'"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidProblemError, match=message):
        BlocksInTurn.of(np.full((3, 2), 0.25), **given)


def test_other_designs_have_no_blocks() -> None:
    table = np.full((3, 2), 0.25)
    with pytest.raises(InvalidProblemError, match="block is for the design 'blocks', not for"):
        design(table, "pivotal", block=[0, 1, 1])
    with pytest.raises(InfeasibleError, match=r"1/S = 0\.5: lower it, or draw independently"):
        design(table * [3.0, 1.0], "blocks")
