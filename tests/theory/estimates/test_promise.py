"""Promises of runs that were made: kept by every run, and by none that was not measured whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.estimates import PathRecord, path_promise


def cosine_run(seed: int, step: float, noise: float, rounds: int = 8, bias: float = 0.0):
    """``F = Σ cos(k_j x_j) + 0.1 x_j²``, neither convex nor quadratic, with any errors."""
    random = np.random.default_rng(seed)
    k = random.uniform(0.5, 2.0, size=3)
    points, values, gradients = [random.normal(size=3)], [], []
    for _ in range(rounds + 1):
        x = points[-1]
        values.append(float(np.sum(np.cos(k * x) + 0.1 * x**2)))
        gradients.append(-k * np.sin(k * x) + 0.2 * x)
        points.append(x - step * (gradients[-1] + noise * random.normal(size=3) + bias))
    n = rounds + 1
    return PathRecord(
        weights=np.ones(1),
        points=np.array(points[:n]),
        values=np.array(values),
        gradients=np.array(gradients)[:, None],
        noise=np.zeros((n, 1)),
        rounds=tuple(range(n)),
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    step=st.floats(0.01, 0.2),
    noise=st.floats(0.0, 2.0),
    bias=st.floats(-1.0, 1.0),
    other=st.floats(0.3, 1.0),
)
def test_the_promise_is_kept_whatever_made_the_errors(seed, step, noise, bias, other) -> None:
    record = cosine_run(seed, step, noise, bias=bias)
    found = path_promise(record, step=other * step)  # ℓ <= 4.2 everywhere: 1/ℓ is above 0.2
    assert found.is_kept
    # By hand: 2(F_0 − min F)/(γT) + ε²
    by_hand = 2 * found.value / (found.step * 8) + found.squared_error
    assert found.bound == pytest.approx(by_hand)
    errors = (record.points[:-1] - record.points[1:]) / found.step - record.full_gradients[:-1]
    assert found.squared_error == pytest.approx(np.sum(errors**2, axis=1).max())


def test_exact_steps_have_no_error_and_the_smoothness_of_their_own_steps() -> None:
    found = path_promise(cosine_run(0, 0.1, 0.0), step=0.1)
    assert found.squared_error < 1e-25
    assert found.step_smoothness <= 4.2


def test_what_the_theorem_does_not_cover_is_refused() -> None:
    record = cosine_run(1, 0.1, 0.1)
    with pytest.raises(AssumptionError, match="needs at most 1/ℓ"):
        path_promise(record, step=50.0)
    with pytest.raises(InvalidProblemError, match="step is 0"):
        path_promise(record, step=0.0)
    left_out = PathRecord(**{**vars(record), "rounds": (0, 1, 2, 4, 5, 6, 7, 8, 9)})
    with pytest.raises(InvalidProblemError, match="after round 2 round 4"):
        path_promise(left_out, step=0.1)


@pytest.mark.parametrize("seed", range(20))
def test_a_run_that_stands_still_keeps_its_promise_to_rounding(seed: int) -> None:
    # Bound and mean are the same number, ‖∇F‖²; sums of float64 may differ in the last place.
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 9))
    slope, place = random.normal(size=3), random.normal(size=3)
    record = PathRecord(
        weights=np.ones(1),
        points=np.tile(place, (count, 1)),
        values=np.ones(count),
        gradients=np.tile(slope, (count, 1, 1)),
        noise=np.zeros((count, 1)),
    )
    promise = path_promise(record, step=0.1)
    assert promise.is_kept
    assert promise.bound == pytest.approx(slope @ slope)
