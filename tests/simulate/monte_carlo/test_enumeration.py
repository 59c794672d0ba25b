"""A fleet so small that every outcome can be listed, with its exact rational probability."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2

from roundlot.simulate import Design, Turns, Updates, design, simulate

Outcome = tuple[int, ...]
TABLE = np.array([[0.25, 0.2], [0.4, 0.1], [0.45, 0.5]])


@pytest.fixture
def updates() -> Updates:
    rng = np.random.default_rng(3)
    return Updates(
        directions=[rng.standard_normal((2, 3)) + 1.0, rng.standard_normal((2, 2)) - 1.0],
        client=[0, 1, 1],
        weights=[[0.5, 0.25], [0.25, 0.375], [0.25, 0.375]],
    )


def outcomes(rule: Design) -> Iterator[tuple[Outcome, Fraction]]:
    """Every row of picks and its exact probability."""
    if isinstance(rule, Turns):
        yield from _turn_outcomes(rule)
        return
    for picks in product((-1, 0, 1), repeat=3):
        chance = Fraction(1)
        for who, pick in enumerate(picks):
            idle = 1 - rule.fraction(who, 0) - rule.fraction(who, 1)
            chance *= idle if pick < 0 else rule.fraction(who, pick)
        yield picks, chance


def _turn_outcomes(rule: Turns) -> Iterator[tuple[Outcome, Fraction]]:
    chances: dict[Outcome, Fraction] = {}
    for turn, joins in product((0, 1), product((False, True), repeat=3)):
        chance = Fraction(1, 2)
        for who, join in enumerate(joins):
            q = 2 * rule.fraction(who, turn)
            chance *= q if join else 1 - q
        picks = tuple(turn if join else -1 for join in joins)
        chances[picks] = chances.get(picks, Fraction(0)) + chance
    yield from chances.items()


def step(picks: Outcome, rule: Design, updates: Updates, model: int) -> np.ndarray:
    drawn = np.array(picks) == model
    return drawn / rule.probabilities[:, model] @ updates.processor_updates(model)


@pytest.mark.parametrize("name", ["independent", "turns"])
def test_formulas_are_the_moments_over_all_outcomes(name: str, updates: Updates) -> None:
    rule = design(TABLE, name)
    listed = list(outcomes(rule))
    assert sum(chance for _, chance in listed) == 1
    uploads = sum(
        chance * len({(updates.client[v], s) for v, s in enumerate(picks) if s >= 0})
        for picks, chance in listed
    )
    assert rule.expected_uploads(updates.client) == pytest.approx(float(uploads), rel=1e-13)
    for model in (0, 1):
        full = updates.full_step(model)
        steps = [(step(picks, rule, updates, model), float(chance)) for picks, chance in listed]
        np.testing.assert_allclose(sum(c * x for x, c in steps), full, rtol=1e-13)
        variance = sum(c * ((x - full) ** 2).sum() for x, c in steps)
        assert rule.model_variance(updates)[model] == pytest.approx(variance, rel=1e-12)
        shares = updates.weights[:, model] / rule.probabilities[:, model]
        weights = [
            (float(c) * (shares @ (np.array(picks) == model) - 1) ** 2) for picks, c in listed
        ]
        expected = rule.aggregate_weight_variance(updates.weights)[model]
        assert expected == pytest.approx(sum(weights), rel=1e-12)


@pytest.mark.parametrize("name", ["independent", "turns"])
def test_every_outcome_comes_as_often_as_it_should(name: str, updates: Updates) -> None:
    """Chi-square over all outcomes at a false-alarm rate of 1e-6, a fixed seed."""
    rounds, rule = 40_000, design(TABLE, name)
    chances = {picks: float(chance) for picks, chance in outcomes(rule) if chance}
    drawn, counts = np.unique(rule.draw(rounds, seed=12), axis=0, return_counts=True)
    seen = {tuple(map(int, row)): int(count) for row, count in zip(drawn, counts, strict=True)}
    assert set(seen) <= set(chances)
    statistic = sum((seen.get(x, 0) - rounds * c) ** 2 / (rounds * c) for x, c in chances.items())
    assert statistic < chi2.isf(1e-6, len(chances) - 1)


@pytest.mark.parametrize("name", ["independent", "turns"])
def test_realised_errors_are_those_of_the_outcomes(name: str, updates: Updates) -> None:
    """The mean error within six exact standard errors of the enumerated one."""
    rounds, rule = 40_000, design(TABLE, name)
    errors = {
        picks: sum(
            float(((step(picks, rule, updates, s) - updates.full_step(s)) ** 2).sum())
            for s in (0, 1)
        )
        for picks, _ in outcomes(rule)
    }
    realised = simulate(rule, updates, rounds=rounds, seed=12, device="cpu")
    expected = [errors[tuple(map(int, row))] for row in rule.draw(rounds, seed=12)]
    np.testing.assert_allclose(realised.squared_error, expected, rtol=1e-12)
    mean = sum(float(chance) * errors[picks] for picks, chance in outcomes(rule))
    second = sum(float(chance) * errors[picks] ** 2 for picks, chance in outcomes(rule))
    bound = 6 * np.sqrt((second - mean**2) / rounds)
    assert abs(realised.mean_squared_error - mean) < bound
    assert mean == pytest.approx(rule.model_variance(updates).sum(), rel=1e-12)
