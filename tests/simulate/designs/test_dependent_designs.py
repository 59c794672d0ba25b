"""Designs whose processors are not independent: exact laws, fixed counts, joint probabilities."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from roundlot.simulate import DESIGNS, Design, Rounding, Systematic, Updates, design, simulate
from roundlot.simulate.designs import branches, fixed_size
from roundlot.simulate.designs.coins import coins_for
from roundlot.simulate.designs.grid import ONE, exact_sum
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.moments.estimator import (
    joint_covariance,
    joint_variance,
    yates_grundy_variance,
)

MakeUpdates = Callable[..., Updates]
NAMES = [kind.name for kind in DESIGNS]
PHASED = ("turns", "blocks")  # need p <= 1/S
FIXED = [kind.name for kind in DESIGNS if kind.guarantees.fixed_total]

# A certain, an absent and a full processor; a total that is no integer; one that is.
MIXED = np.array([[0.25, 0.2], [0.0, 1.0], [0.0, 0.0], [0.45, 0.55], [0.125, 0.5]])
WHOLE = np.array([[0.25, 0.25], [0.4, 0.1], [0.1, 0.15], [0.25, 0.5]])
LONE = np.array([[0.3], [0.2], [0.4], [0.6]])
TABLES = {"mixed": MIXED, "whole": WHOLE, "lone": LONE}


def rules() -> list[pytest.param]:
    cases = []
    for title, table in TABLES.items():
        for name in NAMES:
            rule = design(table / 2 if name in PHASED and title != "lone" else table, name)
            cases.append(pytest.param(rule, id=f"{name}-{title}"))
        cases.append(pytest.param(Systematic.of(table, order="given"), id=f"given-{title}"))
    return cases


@pytest.fixture(params=rules(), scope="module")
def rule(request: pytest.FixtureRequest) -> Design:
    return request.param


def updates_for(rule: Design, seed: int = 0) -> Updates:
    rng = np.random.default_rng(seed)
    weights = np.where(rule.probabilities > 0.0, 1.0 / rule.n_processors, 0.0)
    return Updates(
        directions=[
            rng.standard_normal((rule.n_processors, 3)) + 1.0 for _ in range(rule.n_models)
        ],
        client=np.arange(rule.n_processors),
        weights=weights,
    )


def test_inclusion_is_exactly_what_is_stated(rule: Design) -> None:
    law = rule.outcomes()
    assert sum(law.values()) == 1
    for v, s in np.ndindex(rule.probabilities.shape):
        chance = sum((c for picks, c in law.items() if picks[v] == s), Fraction(0))
        assert chance == rule.fraction(v, s)


def test_counts_are_floor_or_ceiling_in_every_outcome(rule: Design) -> None:
    if not rule.guarantees.fixed_total:
        pytest.skip("promises nothing")
    law = rule.outcomes()
    pairs = list(np.ndindex(rule.probabilities.shape))
    models = range(rule.n_models) if rule.guarantees.fixed_models else ()
    for chosen in [pairs, *([p for p in pairs if p[1] == s] for s in models)]:
        mean = sum((rule.fraction(v, s) for v, s in chosen), Fraction(0))
        near = Fraction(1, 10**15) if rule.name == "conditional poisson" else 0
        low, high = (mean + near).__floor__(), (mean - near).__ceil__()
        counts = {sum(picks[v] == s for v, s in chosen) for picks in law}
        assert counts <= {low, high}


def test_joint_inclusion_is_that_of_the_outcomes(rule: Design) -> None:
    law = rule.outcomes()
    for s, t in np.ndindex(rule.n_models, rule.n_models):
        joint = rule.joint_inclusion(s, t)
        for v, w in np.ndindex(joint.shape):
            chance = sum((c for x, c in law.items() if x[v] == s and x[w] == t), Fraction(0))
            assert joint[v, w] == pytest.approx(float(chance), abs=1e-14)


def test_variances_are_those_of_the_outcomes(rule: Design) -> None:
    updates = updates_for(rule)
    p = np.where(rule.probabilities > 0.0, rule.probabilities, 1.0)
    steps = [updates.processor_updates(s) for s in range(rule.n_models)]
    law = rule.outcomes()
    table = np.zeros((rule.n_models, rule.n_models))
    weights = np.zeros(rule.n_models)
    for picks, chance in law.items():
        drawn = [(np.array(picks) == s) / p[:, s] for s in range(rule.n_models)]
        errors = np.array([d @ u - u.sum(axis=0) for d, u in zip(drawn, steps, strict=True)])
        table += float(chance) * errors @ errors.T
        shares = [d @ updates.weights[:, s] for s, d in enumerate(drawn)]
        weights += float(chance) * (np.array(shares) - updates.weights.sum(axis=0)) ** 2
    np.testing.assert_allclose(rule.model_variance(updates), np.diag(table), atol=1e-14)
    np.testing.assert_allclose(rule.model_covariance(updates), table, atol=1e-14)
    assert rule.variance(updates) == pytest.approx(np.trace(table))
    found = rule.aggregate_weight_variance(updates.weights)
    np.testing.assert_allclose(found, weights, atol=1e-14)


def test_every_outcome_comes_as_often_as_it_should(rule: Design) -> None:
    """Chi-square over all outcomes at a false-alarm rate of 1e-6, a fixed seed."""
    rounds, law = 20_000, rule.outcomes()
    drawn, counts = np.unique(rule.draw(rounds, seed=12), axis=0, return_counts=True)
    seen = {tuple(map(int, row)): int(count) for row, count in zip(drawn, counts, strict=True)}
    assert set(seen) <= set(law)
    chances = {picks: rounds * float(chance) for picks, chance in law.items()}
    statistic = sum((seen.get(x, 0) - c) ** 2 / c for x, c in chances.items())
    assert statistic < chi2.isf(1e-6, max(len(law) - 1, 1))


def test_negative_association_of_pairs_where_it_is_promised(rule: Design) -> None:
    """Draws of two processors for one model are never more likely together than apart."""
    if rule.guarantees.negative_association.startswith(("no:", "none")):
        pytest.skip("promises nothing")
    law = rule.outcomes()
    for s in range(rule.n_models):
        for v, w in combinations(range(rule.n_processors), 2):
            both = sum((c for x, c in law.items() if x[v] == x[w] == s), Fraction(0))
            assert both <= rule.fraction(v, s) * rule.fraction(w, s)


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.tuples(st.integers(1, 14), st.integers(1, 5)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = rng.dirichlet(np.full(shape[1] + 1, draw(st.sampled_from([0.3, 1.0]))), shape[0])
    table = np.where(table > 1e-6, table, 0.0)[:, :-1]
    if draw(st.booleans()):  # integer columns, where they hold more than one
        sums = table.sum(axis=0)
        table *= np.where(sums > 1.0, np.floor(sums) / np.maximum(sums, 1e-9), 1.0)
    return table


@pytest.mark.parametrize("name", FIXED)
@settings(max_examples=25)
@given(table=tables(), seed=st.integers(0, 100))
def test_realised_counts_are_fixed(name: str, table: np.ndarray, seed: int) -> None:
    rule = design(np.where(table.sum(axis=1, keepdims=True) > 0.999, table * 0.9, table), name)
    table = rule.probabilities
    picks = rule.draw(20, seed=seed)
    assert (picks[:, table.sum(axis=1) == 0.0] == -1).all()
    assert ((picks < 0) | (np.take_along_axis(table[None], picks[..., None], 2)[..., 0] > 0)).all()
    counts = [((picks >= 0).sum(axis=1), table.sum())]
    if rule.guarantees.fixed_models:
        counts += [((picks == s).sum(axis=1), table[:, s].sum()) for s in range(table.shape[1])]
    for seen, mean in counts:
        assert set(seen) <= {np.floor(mean + 1e-9), np.ceil(mean - 1e-9)}


def test_a_total_nearly_an_integer_is_one() -> None:
    table = np.full((30, 2), 0.1)
    for name in ("systematic", "pivotal", "sampford"):
        rule = design(table + 1e-12, name)
        assert exact_sum(rule.counts) == 6 * ONE
        assert rule.fixes_count
        assert not design(table + 1e-7, name).fixes_count
    assert Rounding.of(table + 1e-12).fixed_counts == (True, True)
    np.testing.assert_allclose(rule.probabilities, table, rtol=1e-10)


def test_joint_probabilities_of_a_large_fleet_add_up() -> None:
    table = np.random.default_rng(5).dirichlet(np.ones(4), 60)[:, :3]
    table *= 20 / table.sum()
    for name in ("pivotal", "sampford", "conditional poisson"):
        rule = design(table, name)
        p = rule.probabilities.sum(axis=1)
        rows = rule.joint_rows()
        np.testing.assert_allclose(rows.sum(axis=1), 20 * p, rtol=1e-12)
        assert (rows <= np.outer(p, p) * (1 + 1e-12) + np.diag(p)).all()


def test_systematic_needs_a_small_fleet_for_its_joint_probabilities() -> None:
    table = np.full((15, 2), 0.3)
    with pytest.raises(AssumptionError, match="up to 14 processors"):
        design(table, "systematic").joint_inclusion(0)
    assert design(table, "systematic").variance(updates_for(design(table))) is None
    given = Systematic.of(table, order="given").joint_inclusion(0)
    assert given[0, 1] == 0.0
    with pytest.raises(InvalidProblemError, match="15 processors have too many orders"):
        design(table, "systematic").outcomes()
    with pytest.raises(InvalidProblemError, match="model is 2"):
        design(table, "systematic").joint_inclusion(2)
    with pytest.raises(InvalidProblemError, match="order is 'sorted'"):
        Systematic.of(table, order="sorted")  # type: ignore[arg-type]


def test_fixed_size_designs_refuse_what_they_cannot_draw() -> None:
    for name in ("sampford", "conditional poisson"):
        with pytest.raises(InvalidProblemError, match=r"300 processors are too many.*'pivotal'"):
            design(np.full((300, 1), 0.1), name)
    nearly = np.array([[1.0 - 1e-9], [1e-9]])
    with pytest.raises(InvalidProblemError, match="too near 0 and 1"):
        design(nearly, "sampford")


def test_too_many_branches_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (branches, fixed_size):
        monkeypatch.setattr(module, "MOST_BRANCHES", 500)
    for name in ("independent", "rounding", "sampford"):
        with pytest.raises(InvalidProblemError, match="smaller fleet"):
            design(np.full((14, 3), 0.2), name).outcomes()


def test_coins_give_the_chances_asked_for() -> None:
    asked = np.array([1, 2, 3, 4, 6]) * (ONE // 8)
    coins = coins_for(asked, 2)
    chances = np.array([int(coin) / ONE for coin in coins])
    total, given = 0.0, np.zeros(5)
    for pair in combinations(range(5), 2):
        up = np.isin(np.arange(5), pair)
        weight = np.prod(np.where(up, chances, 1.0 - chances))
        total += weight
        given += weight * up
    np.testing.assert_allclose(given / total, np.array([1, 2, 3, 4, 6]) / 8, rtol=1e-13)


def test_yates_grundy_is_the_variance_of_a_fixed_count() -> None:
    rule = design(LONE / 1.5 * 2, "sampford")
    u = np.random.default_rng(1).standard_normal((4, 3))
    p, joint = rule.probabilities[:, 0], rule.joint_inclusion(0)
    assert yates_grundy_variance(u, p, joint) == pytest.approx(joint_variance(u, p, joint))
    assert yates_grundy_variance(p[:, None], p, joint) == pytest.approx(0.0, abs=1e-15)
    loose = design(LONE)
    with pytest.raises(InvalidProblemError, match="off those of a fixed count"):
        yates_grundy_variance(u, loose.probabilities[:, 0], loose.joint_inclusion(0))


def test_joint_variance_refuses_what_does_not_fit() -> None:
    joint = np.full((2, 2), 0.25)
    assert joint_variance(np.ones((2, 1)), [0.5, 0.0], joint) == np.inf
    for u, p, pi, message in (
        (np.ones((3, 1)), [0.5, 0.5], joint, "do not agree"),
        (np.ones((2, 1)), [0.5, 1.5], joint, "between 0 and 1"),
        (np.full((2, 1), np.nan), [0.5, 0.5], joint, "must be finite"),
        ([["a"], ["b"]], [0.5, 0.5], joint, "must be numbers"),
    ):
        with pytest.raises(InvalidProblemError, match=message):
            joint_variance(u, p, pi)
    with pytest.raises(InvalidProblemError, match="dimensions 1 and 2"):
        joint_covariance(np.ones((2, 1)), [0.5, 0.5], np.ones((2, 2)), [0.5, 0.5], joint)


@pytest.mark.parametrize("name", NAMES)
def test_realised_covariance_is_the_exact_one(name: str) -> None:
    """20,000 rounds, six standard errors."""
    rule = design(WHOLE / 2 if name in PHASED else WHOLE, name)
    updates = updates_for(rule, seed=4)
    realised = simulate(rule, updates, rounds=20_000, seed=9, device="cpu", covariance=True)
    for s in range(2):
        np.testing.assert_allclose(
            realised.model_products[:, s, s], realised.model_squared_error[:, s], rtol=1e-9
        )
    if rule.guarantees.joint_known:
        error = np.abs(realised.covariance - rule.model_covariance(updates))
        spread = realised.model_products.std(axis=0) / np.sqrt(20_000)
        assert (error <= 6 * spread + 1e-14).all()


@pytest.mark.parametrize("name", FIXED)
def test_two_processors_of_a_client_send_one_message(name: str) -> None:
    rule = design(WHOLE, name)
    client = np.array([0, 0, 1, 2])
    law = rule.outcomes()
    messages = sum(
        float(c) * len({(client[v], s) for v, s in enumerate(x) if s >= 0}) for x, c in law.items()
    )
    assert rule.expected_uploads(np.arange(4)) == pytest.approx(float(WHOLE.sum()))
    if rule.guarantees.joint_known:
        assert rule.expected_uploads(client) == pytest.approx(messages)
    many = np.array([0, 0, 0, 1])
    if name in ("systematic", "rounding"):
        with pytest.raises(AssumptionError):
            rule.expected_uploads(many)
        return
    messages = sum(
        float(c) * len({(many[v], s) for v, s in enumerate(x) if s >= 0}) for x, c in law.items()
    )
    assert rule.expected_uploads(many) == pytest.approx(messages, rel=1e-13)


def test_guarantees_say_what_is_fixed() -> None:
    texts = {kind.name: str(kind.guarantees) for kind in DESIGNS}
    assert "every model's count" in texts["rounding"]
    assert texts["pivotal"].startswith("fixes: total")
    assert texts["independent"].startswith("fixes: -")
