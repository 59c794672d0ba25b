"""What is no real number is refused by name, wherever a program gives numbers."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import certify
from roundlot.theory import InvalidProblemError

GOOD = [[1.0, 2.0], [3.0, 4.0]]
PROBLEM = rl.Problem(GOOD, budget=1.0)

TABLES = {
    "complex": np.array(GOOD) + 0j,
    "true or false": np.ones((2, 2), dtype=np.bool_),
    "decimals": [[Decimal(1), Decimal(2)], [3, 4]],
    "text": [["0.1", "0.2"], ["0.3", "0.4"]],
    "bytes": np.array([[b"1", b"2"], [b"3", b"4"]]),
    "dates": np.full((2, 2), "2026-01-01", dtype="datetime64[D]"),
    "rows of two lengths": [[1.0, 2.0], [3.0]],
}
TAKERS = {
    "scores": lambda bad: rl.Problem(bad, budget=1.0),
    "floor": lambda bad: rl.Problem(GOOD, budget=1.0, floor=bad),
    "other scores": PROBLEM.with_scores,
    "probabilities": lambda bad: certify(PROBLEM, bad),
    "cost": lambda bad: rl.least_cost(PROBLEM, bad, 100.0),
    "variance_ceiling": lambda bad: rl.least_budget(PROBLEM, np.array(bad, dtype=object)[0]),
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_no_real_numbers_are_refused_by_name(taker: str, kind: str) -> None:
    if taker == "variance_ceiling" and kind in ("rows of two lengths", "dates"):
        pytest.skip("a column of numbers, or of objects")
    with pytest.raises(InvalidProblemError, match=taker.removeprefix("other ")):
        TAKERS[taker](TABLES[kind])


@pytest.mark.parametrize(
    "bad", [1 + 0j, np.complex128(1), True, np.True_, "1", b"1", Decimal(1), [1.0], np.array([1.0])]
)
def test_a_budget_is_one_real_number(bad: object) -> None:
    with pytest.raises(InvalidProblemError, match="budget must be a number"):
        rl.Problem(GOOD, budget=bad)  # type: ignore[arg-type]


def test_fractions_and_numbers_of_numpy_are_real() -> None:
    assert rl.Problem(GOOD, budget=Fraction(3, 2)).budget == 1.5  # type: ignore[arg-type]
    assert rl.Problem(np.array(GOOD, dtype=object), budget=np.float32(1)) == PROBLEM


def test_what_is_masked_has_no_probability_nor_cost() -> None:
    hidden = np.ma.masked_array(np.full((2, 2), 0.25), [[0, 1], [0, 0]])
    with pytest.raises(InvalidProblemError, match=r"probabilities\[0, 1\] has no value"):
        certify(PROBLEM, hidden)
    with pytest.raises(InvalidProblemError, match=r"cost\[0, 1\] has no value"):
        rl.least_cost(PROBLEM, hidden, 100.0)


def test_parameters_of_objectives_are_numbers() -> None:
    for bad in (True, "2", 1 + 0j, Decimal(2)):
        with pytest.raises(InvalidProblemError, match="alpha is"):
            rl.solve(PROBLEM, objective="fair", alpha=bad)  # type: ignore[arg-type]


def test_a_start_of_another_size_is_refused() -> None:
    other = rl.solve(rl.Problem([[1.0, 2.0, 3.0]], budget=1.0))
    with pytest.raises(InvalidProblemError, match="start is of 1 processors and 3 models"):
        rl.solve(PROBLEM, start=other)


def test_tensors_with_gradients_are_refused_with_the_cure() -> None:
    torch = pytest.importorskip("torch")
    plain = torch.tensor(GOOD, dtype=torch.float64)
    assert rl.Problem(plain, budget=1.0) == PROBLEM
    tracked = plain.clone().requires_grad_()
    with pytest.raises(InvalidProblemError, match=r"scores is a tensor .* scores.detach\(\)"):
        rl.Problem(tracked, budget=1.0)
    with pytest.raises(InvalidProblemError, match="budget must be a number"):
        rl.Problem(GOOD, budget=tracked[0, 0])
    for odd in (plain.to(torch.bfloat16), plain.to_sparse(), plain.to("meta")):
        with pytest.raises(InvalidProblemError, match="scores cannot be read as numbers"):
            rl.Problem(odd, budget=1.0)
