"""Units that do not fit are refused, and every formula is of one unit throughout."""

import pytest
import sympy

from roundlot.theory import CATALOGUE, AssumptionError, Quantity
from roundlot.theory.proofs.domain import UNITS, powers
from roundlot.theory.theorems import named

SPOKEN = [t for t in CATALOGUE if all(p.name in UNITS for p in t.domain.numbers)]
NUMBERS = {"smoothness": 4, "strong_convexity": 0.5, "variance": 2, "squared_distance": 1}


def test_units_are_read():
    assert powers("F²/x²") == powers("F^2/x^2") == (2, -2)
    assert powers("1") == (0, 0)
    with pytest.raises(AssumptionError, match="not a unit"):
        powers("seconds")


def test_a_unit_that_fits_is_taken_and_another_refused():
    theorem = named("one_step")
    plain = theorem.evaluate(step=0.1, **NUMBERS)
    assert theorem.evaluate(step=Quantity(number=0.1, unit="x²/F"), **NUMBERS) == plain
    with pytest.raises(AssumptionError, match="its unit is x²/F"):
        theorem.evaluate(step=Quantity(number=0.1, unit="F/x²"), **NUMBERS)


def test_many_theorems_are_held_to_their_units():
    assert len(SPOKEN) >= 10


@pytest.mark.parametrize("theorem", SPOKEN, ids=lambda t: t.name)
def test_every_formula_is_of_one_unit(theorem):
    F, x = sympy.symbols("F_unit x_unit", positive=True)
    positive = {p.symbol: sympy.Symbol(p.name, positive=True) for p in theorem.domain.numbers}
    scaled = {}
    for parameter in theorem.domain.numbers:
        value, distance = powers(UNITS[parameter.name])
        scaled[positive[parameter.symbol]] = F**value * x**distance * positive[parameter.symbol]
    formula = theorem.claim.formula.subs(positive, simultaneous=True)
    ratio = sympy.simplify(formula.subs(scaled, simultaneous=True) / formula)
    assert ratio.free_symbols <= {F, x}, ratio
