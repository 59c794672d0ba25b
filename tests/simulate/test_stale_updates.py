from collections.abc import Callable

import numpy as np
import pytest

from roundlot.simulate import Updates, design, optimal_beta, simulate, stale
from roundlot.theory import InvalidProblemError

MakeUpdates = Callable[..., Updates]


@pytest.fixture
def updates(make_updates: MakeUpdates) -> Updates:
    return make_updates()


@pytest.fixture
def memory(updates: Updates) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    tables = [0.8 * g + 0.3 * rng.standard_normal(g.shape) for g in updates.directions]
    tables[1][2] = 0.0
    return tables


@pytest.mark.parametrize("beta", ["optimal", 0.0, 0.5, 1.0])
def test_errors_are_those_of_the_step_written_out(
    updates: Updates, memory: list[np.ndarray], make_probabilities: Callable, beta: object
) -> None:
    rule = design(make_probabilities((9, 3)))
    known = stale(updates, memory, beta)  # type: ignore[arg-type]
    realised = simulate(rule, known.residual, rounds=50, seed=2, device="cpu")
    for picks, errors in zip(rule.draw(50, seed=2), realised.model_squared_error, strict=True):
        for s, table in enumerate(updates.directions):
            step = np.zeros(table.shape[1])
            for v, i in enumerate(updates.client):
                old = known.beta[i, s] * memory[s][i]
                step += updates.weights[v, s] * old
                if picks[v] == s:
                    share = updates.weights[v, s] / rule.probabilities[v, s]
                    step += share * (table[i] - old)
            np.testing.assert_allclose(known.step(s, picks, rule.probabilities), step, atol=1e-12)
            error = ((step - updates.full_step(s)) ** 2).sum()
            assert errors[s] == pytest.approx(error, rel=1e-9, abs=1e-12)


def test_the_best_beta_leaves_the_shortest_residual(
    updates: Updates, memory: list[np.ndarray]
) -> None:
    best = stale(updates, memory)
    assert (best.residual.norms <= updates.norms * (1 + 1e-12)).all()
    for change in (-0.01, 0.01):
        other = stale(updates, memory, best.beta + change)
        assert (best.residual.norms <= other.residual.norms + 1e-15).all()
    assert best.beta[2, 1] == 0.0
    far = [1e-200 * table for table in memory]
    np.testing.assert_allclose(optimal_beta(updates, far) * 1e-200, best.beta, rtol=1e-12)


def test_no_memory_is_plain_sampling(updates: Updates) -> None:
    nothing = [np.zeros_like(table) for table in updates.directions]
    known = stale(updates, nothing)
    assert not known.beta.any()
    for old, new in zip(updates.directions, known.residual.directions, strict=True):
        np.testing.assert_array_equal(old, new)


def test_bad_memory_is_named(updates: Updates, memory: list[np.ndarray]) -> None:
    with pytest.raises(InvalidProblemError, match="memory has shapes"):
        stale(updates, memory[:2])
    with pytest.raises(InvalidProblemError, match="beta is 'best'"):
        stale(updates, memory, "best")
    with pytest.raises(InvalidProblemError, match=r"beta has shape \(2,\)"):
        stale(updates, memory, [0.1, 0.2])
    memory[0][1, 1] = np.nan
    with pytest.raises(InvalidProblemError, match=r"memory\[0\] holds a NaN"):
        stale(updates, memory)
