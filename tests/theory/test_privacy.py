"""Probabilities that a privacy budget allows: by hand, by enumeration, and their rounding."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot.theory import InvalidProblemError


def test_values_by_hand() -> None:
    # e^ε = 2 and e^ε₀ = 5: (2 − 1) / (5 − 1)
    assert float(rl.privacy_ceiling(math.log(2), math.log(5))) == pytest.approx(0.25, rel=1e-13)
    assert float(rl.privacy_ceiling(1.0, 1.0)) == 1.0
    assert float(rl.privacy_ceiling(2.0, 1.0)) == 1.0
    assert type(rl.privacy_ceiling(1.0, 2)) is float
    assert type(rl.privacy_ceiling(np.float64(2.0), 1.0)) is float
    assert rl.privacy_ceiling([0.1, 3.0], 2.0).shape == (2,)
    assert float(rl.privacy_ceiling(1.0, 1000.0)) == pytest.approx(
        math.exp(-999.0) * (1 - math.exp(-1)) * math.e / math.e, rel=1e-9
    )


@given(epsilon=st.floats(1e-6, 20), own=st.floats(1e-6, 20))
def test_a_randomised_answer_of_a_secret_sample_keeps_the_promise(
    epsilon: float, own: float
) -> None:
    # The client's bit is told rightly with odds e^ε₀ if it is drawn, else a fair coin is thrown:
    # the ratio of the chances of an answer with the client's bit and without the client.
    u = float(rl.privacy_ceiling(epsilon, own))
    assert 0 < u <= 1
    true = math.exp(min(own, 700)) / (1 + math.exp(min(own, 700)))
    with_client = u * true + (1 - u) * 0.5
    assert with_client / 0.5 <= math.exp(epsilon) * (1 + 1e-12)
    # and by the formula that is tight: log(1 + u (e^ε₀ − 1)) <= ε
    assert math.log1p(u * math.expm1(own)) <= epsilon * (1 + 1e-12)


def test_it_is_rounded_down() -> None:
    for power in range(1, 40):
        epsilon, own = 2.0**-power, 1.0
        # (e^x − 1) between its Taylor polynomials, as fractions
        x = Fraction(epsilon)
        most = x + x**2 / 2 + x**3 / 6 + x**4 / 12
        e_minus_1 = Fraction(1718281828459045, 10**15)
        assert Fraction(float(rl.privacy_ceiling(epsilon, own))) <= most / e_minus_1


def test_what_is_no_privacy_budget_is_refused() -> None:
    for bad in (0.0, -1.0, np.inf, np.nan, "1", True):
        with pytest.raises(InvalidProblemError, match="epsilon"):
            rl.privacy_ceiling(bad, 1.0)


def test_it_is_a_ceiling_of_a_problem() -> None:
    ceiling = rl.privacy_ceiling(0.5, 1.0)
    p = rl.solve(rl.Problem([[9.0], [1.0], [1.0]], budget=1.0, ceiling=ceiling)).probabilities
    assert p.max() <= ceiling
    assert p[0, 0] == ceiling
