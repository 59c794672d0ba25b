"""Numbers under other names: exact where they are one number, refused where they are not."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import CATALOGUE, AssumptionError, Quantity, mean_spectral_gap, spectral_gap
from roundlot.theory.proofs.conversions import CONVERSIONS, convert, root_above, square_above
from roundlot.theory.theorems import named

RING = np.array(
    [[0.5, 0.25, 0, 0.25], [0.25, 0.5, 0.25, 0], [0, 0.25, 0.5, 0.25], [0.25, 0, 0.25, 0.5]]
)
SHARE = st.floats(min_value=0.0, max_value=1.0)


def test_three_names_of_one_number_of_a_ring() -> None:
    """Eigenvalues of the ring by hand: 1, 1/2, 1/2, 0."""
    mixing = named("mixing")
    told = {
        "contraction": 0.5,
        "second_eigenvalue": 0.5,
        "rho": 0.25,
        "spectral_gap": spectral_gap(RING),
    }
    bounds = [mixing.evaluate(squared_norm=2.0, **{name: value}) for name, value in told.items()]
    assert bounds == pytest.approx([0.5] * 4, rel=1e-12)


def test_the_mean_matrix_does_not_tell_rho_of_a_random_one() -> None:
    """Of two matchings drawn evenly the mean contracts more than a draw does: 0 against 1/2."""
    pair = np.array([[0.5, 0.5], [0.5, 0.5]])
    one, two = np.kron(np.eye(2), pair), np.kron(pair, np.eye(2))
    rho = 1.0 - mean_spectral_gap([one, two], [0.5, 0.5])
    squared = (one @ one + two @ two) / 2 - 0.25
    assert rho == pytest.approx(np.linalg.eigvalsh(squared)[-1])
    mean = np.linalg.norm((one + two) / 2 - 0.25, 2)
    assert mean**2 < rho - 0.1
    with pytest.raises(AssumptionError, match="only a lower bound on √ρ"):
        named("mixing").evaluate(mean_contraction=mean, squared_norm=1.0)


@pytest.mark.parametrize("name", ["lambda2", "connectivity", "mean_contraction"])
def test_what_does_not_tell_it_is_refused_with_what_does(name) -> None:
    with pytest.raises(AssumptionError, match="give rho"):
        named("consensus").evaluate(**{name: 0.5})


def test_rho_is_not_the_contraction_of_matrices_that_are_only_row_stochastic() -> None:
    with pytest.raises(AssumptionError, match="give contraction itself"):
        named("leaders").evaluate(rho=0.3)
    with pytest.raises(AssumptionError, match="rho is no number of this theorem"):
        named("one_step").evaluate(rho=0.3)


def test_ranges_units_and_twice_the_same() -> None:
    for wrong in ({"rho": 1.5}, {"rho": -0.1}, {"rho": np.nan}, {"spectral_gap": 2.0}):
        with pytest.raises(AssumptionError, match="at least 0"):
            named("mixing").evaluate(squared_norm=1.0, **wrong)
    with pytest.raises(AssumptionError, match="one number here"):
        named("mixing").evaluate(squared_norm=1.0, rho=0.25, contraction=0.5)
    with pytest.raises(AssumptionError, match="its unit is x"):
        named("constant_step").evaluate(initial_distance=Quantity(number=1.0, unit="x²"))


def test_a_distance_is_squared_and_arrays_stay_arrays() -> None:
    theorem = named("constant_step")
    numbers = {"smoothness": 4, "strong_convexity": 0.5, "step": 0.1, "variance": 2, "round": 7}
    both = theorem.evaluate(initial_distance=[3.0, 0.5], **numbers)
    assert both.tolist() == theorem.evaluate(initial=[9.0, 0.25], **numbers).tolist()


@given(SHARE)
def test_roots_and_squares_are_the_least_that_are_enough(value) -> None:
    root, square = root_above(Fraction(value)), square_above(value)
    assert Fraction(root) ** 2 >= Fraction(value)
    assert root == 0.0 or Fraction(float(np.nextafter(root, 0.0))) ** 2 < Fraction(value)
    assert Fraction(square) >= Fraction(value) ** 2
    assert square == 0.0 or Fraction(float(np.nextafter(square, 0.0))) < Fraction(value) ** 2


@given(SHARE, st.sampled_from(["rho", "spectral_gap", "second_eigenvalue"]))
def test_there_and_back(value, name) -> None:
    back = convert(convert(value, name, to="contraction"), "contraction", to=name)
    assert back == pytest.approx(value, abs=1e-15)


def test_what_no_relation_joins() -> None:
    assert convert(0.64, "rho", to="spectral_gap") == pytest.approx(0.36)
    assert convert(3.0, "initial_distance", to="initial") == 9.0
    for name, to in (("rho", "initial"), ("lambda2", "rho"), ("gap", "rho"), ("rho", "lambda2")):
        with pytest.raises(AssumptionError, match="these are joined"):
            convert(0.5, name, to=to)


def test_every_form_of_a_number_is_a_conversion_and_none_is_a_number_itself() -> None:
    numbers = [p for t in CATALOGUE for p in t.domain.parameters]
    assert {form for p in numbers for form in p.forms} == set(CONVERSIONS)
    assert not {p.name for p in numbers} & set(CONVERSIONS)
