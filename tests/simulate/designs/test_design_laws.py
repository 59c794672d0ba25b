"""Second moments of the squared error, and messages, against all outcomes in rationals."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.simulate import Design, Updates, design, simulate
from roundlot.simulate.designs import size_moments
from roundlot.simulate.designs.rounding import list_steps
from roundlot.theory import AssumptionError, InvalidProblemError

PHASED = ["turns", "blocks"]  # need p <= 1/S
KNOWN = ["independent", *PHASED]
KNOWN += ["ordered systematic", "pivotal", "sampford", "conditional poisson"]


def design_of(table: np.ndarray, name: str) -> Design:
    """A design of these probabilities, or of a share of them that it can have."""
    return design(table / table.shape[1] if name in PHASED else table, name)


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    """Up to six processors and three models, in eighths at times, so that sums meet integers."""
    shape = draw(st.tuples(st.integers(2, 6), st.integers(1, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = rng.dirichlet(np.ones(shape[1] + 1), shape[0])[:, :-1]
    if draw(st.booleans()):
        table = np.floor(8 * table) / 8
        table[0, 0] = max(table[0, 0], 1 / 8)
        if draw(st.booleans()):
            table[-1] = 0.0
            table[-1, -1] = 1.0
    return table


def updates_of(rule: Design, client: np.ndarray) -> Updates:
    rng = np.random.default_rng(7)
    return Updates(
        directions=[1.0 + rng.standard_normal((client.max() + 1, 2 + s)) for s in range(3)][
            : rule.n_models
        ],
        client=client,
        weights=np.where(
            rule.probabilities > 0.0, rng.uniform(0.1, 1.0, client.size)[:, None], 0.0
        ),
    )


def law_of_error(rule: Design, updates: Updates) -> tuple[float, float]:
    """``(E Y, E Y²)``, each outcome's ``Y`` with its exact probability."""
    p = np.where(rule.probabilities > 0.0, rule.probabilities, 1.0)
    rows = [updates.processor_updates(s) for s in range(rule.n_models)]
    mean = square = 0.0
    for picks, chance in rule.outcomes().items():
        errors = [
            ((np.array(picks) == s) / p[:, s]) @ u - u.sum(axis=0) for s, u in enumerate(rows)
        ]
        y = sum(float(error @ error) for error in errors)
        mean, square = mean + float(chance) * y, square + float(chance) * y * y
    return mean, square


@pytest.mark.parametrize("name", KNOWN)
@settings(max_examples=15)
@given(table=tables())
def test_moments_are_those_of_the_outcomes(name: str, table: np.ndarray) -> None:
    rule = design_of(table, name)
    updates = updates_of(rule, np.arange(len(table)) // 2)
    found = rule.squared_error_moments(updates)
    mean, square = law_of_error(rule, updates)
    assert found.mean == pytest.approx(mean, rel=1e-11, abs=1e-13)
    if mean > 1e-12:
        assert found.second_moment_ratio == pytest.approx(square / mean**2, rel=1e-10)
        assert rule.variance(updates) == pytest.approx(mean, rel=1e-9)


@settings(max_examples=15)
@given(table=tables())
def test_variance_of_rounding_is_that_of_the_outcomes(table: np.ndarray) -> None:
    rule = design(table, "rounding")
    updates = updates_of(rule, np.arange(len(table)) // 2)
    mean, _ = law_of_error(rule, updates)
    assert rule.variance(updates) == pytest.approx(mean, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("name", KNOWN)
@settings(max_examples=15)
@given(table=tables(), seed=st.integers(0, 1000))
def test_messages_are_those_of_the_outcomes(name: str, table: np.ndarray, seed: int) -> None:
    rule = design_of(table, name)
    client = np.random.default_rng(seed).integers(0, 2, len(table))
    mean = Fraction(0)
    for picks, chance in rule.outcomes().items():
        mean += chance * len({(client[v], s) for v, s in enumerate(picks) if s >= 0})
    assert rule.expected_uploads(client) == pytest.approx(float(mean), rel=1e-12)


@pytest.mark.parametrize("name", [*KNOWN, "rounding"])
def test_a_larger_fleet_scatters_as_predicted(name: str) -> None:
    """Sixty processors, 20,000 rounds; six standard errors of the mean, a tenth of the spread."""
    rng = np.random.default_rng(3)
    table = rng.dirichlet(np.ones(3), 60)[:, :2] * 0.5
    rule = design_of(table, name)
    updates = Updates(
        directions=[0.3 + rng.standard_normal((20, 4)) for _ in range(2)],
        client=np.arange(60) // 3,
        weights=rule.probabilities * rng.uniform(0.5, 1.5, table.shape),
    )
    realised = simulate(rule, updates, rounds=20_000, seed=2, device="cpu")
    errors = realised.squared_error
    assert abs(errors.mean() - rule.variance(updates)) < 6 * errors.std() / np.sqrt(errors.size)
    if name != "rounding":
        spread = rule.squared_error_moments(updates).spread
        assert errors.var() / errors.mean() ** 2 == pytest.approx(spread, rel=0.1)
        sent = realised.uploads
        margin = 6 * sent.std() / np.sqrt(sent.size)
        assert abs(sent.mean() - rule.expected_uploads(updates.client)) < margin


@pytest.mark.parametrize("name", KNOWN)
def test_nobody_is_ever_drawn(name: str) -> None:
    rule = design(np.zeros((3, 2)), name)
    moments = rule.squared_error_moments(updates_of(rule, np.arange(3)))
    assert moments.mean == 0.0


def test_scales_do_not_matter() -> None:
    rule = design(np.full((5, 1), 0.3), "pivotal")
    rows = np.random.default_rng(0).standard_normal((5, 2))
    found = []
    for scale in (1.0, 1e-150, 1e150):
        updates = Updates(directions=[scale * rows], client=np.arange(5), weights=np.ones((5, 1)))
        found.append(rule.squared_error_moments(updates).second_moment_ratio)
    assert found == pytest.approx([found[0]] * 3, rel=1e-12)


def test_what_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.full((15, 2), 0.2)
    updates = updates_of(design(table), np.arange(15))
    for name in ("systematic", "rounding"):
        with pytest.raises(AssumptionError, match="second moments of the squared error"):
            design(table, name).squared_error_moments(updates)
    monkeypatch.setattr(size_moments, "MOST_NUMBERS", 10)
    with pytest.raises(AssumptionError, match="at most 10"):
        design(table, "sampford").squared_error_moments(updates)
    monkeypatch.setattr("roundlot.simulate.designs.rounding.MOST_POOLS", 1)
    assert design(table, "rounding").variance(updates) is None


def test_updates_that_are_never_drawn_are_refused() -> None:
    table = np.array([[0.5], [0.0], [0.5]])
    updates = Updates(directions=[np.ones((3, 1))], client=np.arange(3), weights=np.ones((3, 1)))
    for name in ("pivotal", "ordered systematic", "rounding"):
        rule = design_of(table, name)
        ask = rule.model_variance if name == "rounding" else rule.squared_error_moments
        with pytest.raises(InvalidProblemError, match="set a floor"):
            ask(updates)


def test_ways_from_every_pool_have_chances_that_sum_to_one() -> None:
    table = np.random.default_rng(1).dirichlet(np.ones(4), 12)[:, :3]
    for step in list_steps(design(table, "rounding").counts):
        sums = np.bincount(step.source, weights=step.chance)
        np.testing.assert_allclose(sums, 1.0, rtol=1e-13)
    assert step.pools == 1


def test_an_order_is_not_taken_by_the_ordered_design() -> None:
    from roundlot.simulate import OrderedSystematic

    with pytest.raises(InvalidProblemError, match="take 'systematic'"):
        OrderedSystematic.of(np.full((3, 1), 0.5), order="random")
