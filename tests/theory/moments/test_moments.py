"""The moments against exact enumeration of every outcome, in rational arithmetic."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import InvalidProblemError
from roundlot.theory.moments import estimator as moments

GRID = 8


@st.composite
def instances(draw, turns=False):
    """Up to 3 processors and 2 models, integer updates in the plane, p in eighths."""
    n_rows, n_models = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    number = st.integers(-3, 3)
    updates = draw(
        st.lists(st.tuples(number, number), min_size=n_rows * n_models, max_size=n_rows * n_models)
    )
    table = []
    for _ in range(n_rows):
        top = GRID if turns else GRID // n_models
        table.append([Fraction(draw(st.integers(1, top)), GRID) for _ in range(n_models)])
    return np.array(updates, dtype=object).reshape(n_rows, n_models, 2), table


def outcomes(table):
    """Every (chance, choice of each processor) of independent processors; -1 is idle."""
    n_models = len(table[0])
    for choice in product(range(-1, n_models), repeat=len(table)):
        chance = Fraction(1)
        for row, drawn in zip(table, choice, strict=True):
            chance *= row[drawn] if drawn >= 0 else 1 - sum(row)
        yield chance, choice


def turn_outcomes(table):
    """Every (chance, choices) when a uniform phase gives the round to one model."""
    n_models = len(table[0])
    for phase in range(n_models):
        for joins in product((False, True), repeat=len(table)):
            chance = Fraction(1, n_models)
            for row, joined in zip(table, joins, strict=True):
                chance *= row[phase] if joined else 1 - row[phase]
            yield chance, [phase if joined else -1 for joined in joins]


def estimate(updates, p, choice, model):
    """``Δ_s`` in one outcome."""
    total = np.array([Fraction(0)] * updates.shape[2], dtype=object)
    for v, drawn in enumerate(choice):
        if drawn == model:
            total = total + updates[v, model] / p[v][model]
    return total


def moments_of(updates, p, chances, model):
    """Exact mean and variance (trace) of ``Δ_s``."""
    mean, second = 0, Fraction(0)
    for chance, choice in chances:
        step = estimate(updates, p, choice, model)
        mean = mean + chance * step
        second += chance * (step @ step)
    return mean, second - mean @ mean


def norms(updates):
    return np.sqrt((updates.astype(float) ** 2).sum(axis=2))


def floats(table):
    return np.array([[float(entry) for entry in row] for row in table])


@given(instances())
def test_independent_variance_is_that_of_all_outcomes(instance):
    updates, p = instance
    predicted = moments.model_variance(norms(updates), floats(p))
    for model in range(updates.shape[1]):
        mean, variance = moments_of(updates, p, list(outcomes(p)), model)
        assert list(mean) == list(updates[:, model].sum(axis=0))
        assert predicted[model] == pytest.approx(float(variance), rel=1e-12, abs=1e-12)


@given(instances(turns=True))
def test_turns_variance_is_that_of_all_outcomes(instance):
    updates, q = instance
    n_models = updates.shape[1]
    p = [[entry / n_models for entry in row] for row in q]
    full = norms(updates.sum(axis=0)[None])[0]
    predicted = moments.turns_model_variance(norms(updates), floats(p), full)
    unknown = moments.turns_model_variance(norms(updates), floats(p), np.zeros(n_models))
    for model in range(n_models):
        mean, variance = moments_of(updates, p, list(turn_outcomes(q)), model)
        assert list(mean) == list(updates[:, model].sum(axis=0))
        assert predicted[model] == pytest.approx(float(variance), rel=1e-12, abs=1e-12)
        assert unknown[model] <= float(variance) * (1 + 1e-12) + 1e-12


@given(instances(turns=True))
def test_turns_aggregate_weight(instance):
    updates, q = instance
    weights = np.abs(updates[:, :, :1])
    p = [[entry / updates.shape[1] for entry in row] for row in q]
    predicted = moments.turns_participation_variance(weights[:, :, 0].astype(float), floats(p))
    for model in range(updates.shape[1]):
        _, variance = moments_of(weights, p, list(turn_outcomes(q)), model)
        assert predicted[model] == pytest.approx(float(variance), rel=1e-12, abs=1e-12)


@given(instances())
def test_models_share_a_processor_so_they_covary(instance):
    updates, p = instance
    if updates.shape[1] < 2:
        return
    covariance = Fraction(0)
    for chance, choice in outcomes(p):
        covariance += chance * (estimate(updates, p, choice, 0) @ estimate(updates, p, choice, 1))
    covariance -= updates[:, 0].sum(axis=0) @ updates[:, 1].sum(axis=0)
    table = moments.cross_model_covariance(updates[:, 0].astype(float), updates[:, 1].astype(float))
    assert np.trace(table) == pytest.approx(float(covariance), abs=1e-9)


@pytest.mark.parametrize("turns", [False, True])
@given(st.data())
def test_draws_and_uploads_count_every_outcome(turns, data):
    _, table = data.draw(instances(turns=turns))
    n_rows, n_models = len(table), len(table[0])
    client = data.draw(st.lists(st.integers(5, 6), min_size=n_rows, max_size=n_rows))
    draws = uploads = Fraction(0)
    for chance, choice in turn_outcomes(table) if turns else outcomes(table):
        drawn = [(i, s) for i, s in zip(client, choice, strict=True) if s >= 0]
        draws += chance * len(drawn)
        uploads += chance * len(set(drawn))
    p = floats(table) / (n_models if turns else 1)
    count = moments.turns_expected_uploads if turns else moments.expected_uploads
    assert moments.expected_draws(p) == pytest.approx(float(draws))
    assert count(p, client) == pytest.approx(float(uploads))


def test_zero_probability_costs_infinity_only_where_something_is_lost():
    variance = moments.model_variance([[0.0, 1.0], [2.0, 0.0]], [[0.0, 0.0], [0.5, 0.0]])
    assert variance.tolist() == [4.0, np.inf]
    assert moments.participation_variance([[1.0]], [[0.0]]).tolist() == [np.inf]


@pytest.mark.filterwarnings("error")
@given(
    st.floats(0.0, 1e300, allow_subnormal=True),
    st.floats(0.0, 1.0, allow_subnormal=True),
)
def test_extremes_neither_raise_nor_give_nan(score, probability):
    with np.errstate(all="raise"):
        for formula in (moments.model_variance, moments.model_objective):
            assert not np.isnan(formula([[score]], [[probability]])).any()
        turned = moments.turns_model_variance([[score] * 2], [[probability / 2] * 2], [score] * 2)
    assert not np.isnan(turned).any()


def test_no_overflow_before_the_result_itself():
    assert moments.model_variance([[1e-300]], [[1e-300]])[0] == pytest.approx(1e-300)
    assert moments.model_variance([[1e-5]], [[1e-314]])[0] == pytest.approx(1e304, rel=1e-8)
    assert moments.model_variance([[1e300]], [[1.0]])[0] == 0.0
    assert moments.model_variance([[1e300]], [[0.5]])[0] == np.inf


def test_uploads_of_sure_and_of_tiny_draws():
    assert moments.expected_uploads([[1.0], [1.0], [0.5]], [0, 0, 1]) == 1.5
    assert moments.expected_uploads([[1e-20], [1e-20]], [0, 0]) == pytest.approx(2e-20)


@pytest.mark.parametrize(
    ("scores", "probabilities"),
    [
        ([[1.0]], [[1.1]]),
        ([[1.0]], [[-0.1]]),
        ([[1.0]], [[np.nan]]),
        ([[np.nan]], [[0.5]]),
        ([[-1.0]], [[0.5]]),
        ([[1.0, 2.0]], [[0.5]]),
        ([1.0], [0.5]),
        ([["x"]], [[0.5]]),
    ],
)
def test_malformed_tables_are_refused(scores, probabilities):
    with pytest.raises(InvalidProblemError):
        moments.model_variance(scores, probabilities)


def test_malformed_extras_are_refused():
    with pytest.raises(InvalidProblemError, match="1/2"):
        moments.turns_model_variance([[1.0, 1.0]], [[0.6, 0.1]], [0.0, 0.0])
    with pytest.raises(InvalidProblemError, match="step_norms"):
        moments.turns_model_variance([[1.0, 1.0]], [[0.5, 0.1]], [0.0])
    with pytest.raises(InvalidProblemError, match="client"):
        moments.expected_uploads([[0.5]], [0, 1])
    with pytest.raises(InvalidProblemError, match="shapes"):
        moments.cross_model_covariance(np.zeros((2, 3)), np.zeros((3, 3)))
