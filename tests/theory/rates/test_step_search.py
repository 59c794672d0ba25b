"""The best step of a theorem against the closed search for constant steps."""

import pytest

from roundlot.theory import InfeasibleError
from roundlot.theory.rates.rounds import best_step, least_round
from roundlot.theory.theorems import named

NUMBERS = {"smoothness": 5.0, "strong_convexity": 0.5, "variance": 2.0, "initial": 10.0}


def test_no_step_of_a_finer_grid_needs_clearly_fewer_rounds() -> None:
    theorem = named("constant_step")
    step, rounds = best_step(theorem, 0.5, **NUMBERS)
    assert rounds == least_round(theorem, 0.5, **NUMBERS, step=step)
    others = [least_round(theorem, 0.5, **NUMBERS, step=step * (1 + k / 25)) for k in range(-8, 3)]
    assert rounds <= 1.02 * min(others)


def test_a_target_below_every_floor_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="no step size"):
        best_step(named("constant_step"), 1e-9, **NUMBERS)
