"""Below lower_rounds are only steps that look at where the run is, which it says it excludes."""

from fractions import Fraction

import pytest

from roundlot.theory.theorems import named


def test_steps_that_look_at_the_point_get_below() -> None:
    """``F(x) = x²/2``, noises ``±1``, ``x_0 = 1``: it stops at 0 or stays at ±1, by half."""
    law = {Fraction(1): Fraction(1)}
    for t in range(1, 5):
        after: dict[Fraction, Fraction] = {}
        for x, chance in law.items():
            step = x**2 / (x**2 + 1)
            for noise in (-1, 1):
                there = x - step * (x + noise)
                after[there] = after.get(there, Fraction(0)) + chance / 2
        law = after
        square = sum(chance * x**2 for x, chance in law.items())
        assert square == Fraction(1, 2**t)
        fixed = named("lower_rounds").evaluate(strong_convexity=1, variance=1, initial=1, round=t)
        assert fixed == pytest.approx(1 / (1 + t))
        assert square < fixed or t == 1
    assert "fixed in advance" in named("lower_rounds").setting
