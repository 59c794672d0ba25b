"""What is no real number is refused by name, wherever a program gives numbers."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot import solvers
from roundlot.solvers import certify
from roundlot.theory import InvalidProblemError

GOOD = [[1.0, 2.0], [3.0, 4.0]]
PROBLEM = rl.Problem(GOOD, budget=1.0)
TARGET = solvers.Target(smoothness=1.0, strong_convexity=0.5, initial=1.0, target=0.5)

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
    "highest": lambda bad: solvers.solve_uncertain(PROBLEM, bad, deviations=1),
    "variables": lambda bad: solvers.least_cost_of_several(PROBLEM, [bad], [100.0]),
    "pair_seconds": lambda bad: solvers.seconds_to_target(PROBLEM, bad, TARGET),
    "draw_seconds": lambda bad: solvers.seconds_to_target(PROBLEM, GOOD, TARGET, draw_seconds=bad),
    "seconds": lambda bad: solvers.expected_round_length(bad, np.array(GOOD) / 10),
    "probabilities of a round": lambda bad: solvers.expected_round_length(GOOD, bad),
    "least": lambda bad: rl.allocate(GOOD, 9, least=bad),
    "pair_caps": lambda bad: rl.allocate(GOOD, 9, pair_caps=bad),
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_no_real_numbers_are_refused_by_name(taker: str, kind: str) -> None:
    if taker == "variance_ceiling" and kind in ("rows of two lengths", "dates"):
        pytest.skip("a column of numbers, or of objects")
    with pytest.raises(InvalidProblemError, match=taker.removeprefix("other ").split()[0]):
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
        with pytest.raises(InvalidProblemError, match="alpha must be a number"):
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


NUMBERS = {
    "deviations": lambda bad: solvers.solve_uncertain(PROBLEM, GOOD, deviations=bad),
    "online": lambda bad: solvers.solve_online(PROBLEM, bad),
    "budget": lambda bad: solvers.solve_rounds([PROBLEM], budget=bad),
    "overhead": lambda bad: solvers.seconds_to_target(PROBLEM, GOOD, TARGET, overhead=bad),
    "gap": lambda bad: solvers.seconds_to_target(PROBLEM, GOOD, TARGET, gap=bad),
    "boxes": lambda bad: solvers.seconds_to_target(PROBLEM, GOOD, TARGET, boxes=bad),
    "draws": lambda bad: rl.allocate(GOOD, bad),
    "budget of a level": lambda bad: solvers.waterfill(GOOD, bad),
    "budget of a path": lambda bad: rl.optimal_path(PROBLEM).variance(bad),
    "budget of a solved path": lambda bad: solvers.solved_path(PROBLEM).price(bad),
}


@pytest.mark.parametrize("taker", NUMBERS)
@pytest.mark.parametrize(
    "bad",
    [True, 0.5 + 0j, np.nan, -1.5, np.inf, "1", Decimal(1), [None], object(), [[1.0], [1, 2]]],
)
def test_one_number_is_a_real_one(taker: str, bad: object) -> None:
    with pytest.raises(InvalidProblemError, match=taker.split()[0]) as refused:
        NUMBERS[taker](bad)
    assert "\n" not in str(refused.value)


COLUMNS = {
    "chances": lambda bad: solvers.solve_rounds([PROBLEM, PROBLEM], budget=1, chances=bad),
    "variance_ceiling": lambda bad: solvers.least_cost_of_several(PROBLEM, [GOOD, GOOD], bad),
    "online": lambda bad: solvers.solve_online(PROBLEM, bad),
    "row_caps": lambda bad: rl.allocate(GOOD, 9, row_caps=bad),
    "model_caps": lambda bad: rl.allocate(GOOD, 9, model_caps=bad),
    "group_caps": lambda bad: rl.allocate(GOOD, 9, groups=[0, 1], group_caps=bad),
    "groups": lambda bad: rl.allocate(GOOD, 9, groups=bad, group_caps=9),
}
HALVES = np.array([0.5, 0.5])


@pytest.mark.parametrize("taker", COLUMNS)
@pytest.mark.parametrize(
    "bad",
    [
        HALVES + 0j,
        ["0.5", "0.5"],
        [Decimal("0.5"), Decimal("0.5")],
        np.ma.masked_array(HALVES, [True, False]),
        np.ones((2, 3, 4)),
        np.zeros(0),
        -HALVES - 1,
        HALVES * np.nan,
        HALVES * -np.inf,
        [[1.0], [1, 2]],
        object(),
    ],
)
def test_columns_of_no_real_numbers_are_refused_by_name(taker: str, bad: object) -> None:
    with pytest.raises(InvalidProblemError, match=taker) as refused:
        COLUMNS[taker](bad)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("taker", [*TAKERS, *COLUMNS])
def test_tensors_with_gradients_are_refused_by_name(taker: str) -> None:
    torch = pytest.importorskip("torch")
    if taker in COLUMNS:
        with pytest.raises(InvalidProblemError, match=taker):
            COLUMNS[taker](torch.tensor(HALVES, requires_grad=True))
    elif taker not in ("variance_ceiling", "other scores"):
        with pytest.raises(InvalidProblemError, match=taker.split()[0]):
            TAKERS[taker](torch.tensor(GOOD, requires_grad=True))


pd = pytest.importorskip("pandas")
CALLS = {
    "allow_unreachable": lambda bad: rl.Problem(GOOD, budget=1.0, allow_unreachable=bad),
    "smoothness": lambda bad: solvers.Target(
        smoothness=bad, strong_convexity=0.5, initial=1.0, target=0.5
    ),
    "target": lambda bad: solvers.seconds_to_target(PROBLEM, GOOD, bad),
    "problems": lambda bad: solvers.solve_rounds(bad, budget=1),
    "problem": solvers.rational_optimum,
    "cap": lambda bad: solvers.waterfill(GOOD, 1.0, bad),
    "scores": lambda bad: solvers.waterfill(bad, 1.0),
    "probabilities": lambda bad: solvers.lowered(PROBLEM, bad),
    "floor": lambda bad: rl.Problem(GOOD, budget=1.0, floor=bad),
    "model_floors": lambda bad: rl.Problem(GOOD, budget=1.0, model_floors=bad),
    "variance_ceiling": lambda bad: rl.least_budget(PROBLEM, bad),
}


@pytest.mark.parametrize("taker", CALLS)
@pytest.mark.parametrize("bad", [1 + 0j, "no", b"1", Decimal(1), object(), pd.NA, pd.NaT])
def test_what_no_argument_may_be_is_refused_by_its_name(taker: str, bad: object) -> None:
    with pytest.raises(InvalidProblemError, match=taker) as refused:
        CALLS[taker](bad)
    assert "\n" not in str(refused.value)


def test_labels_are_finite() -> None:
    with pytest.raises(InvalidProblemError, match="client must be whole numbers"):
        rl.Problem(GOOD, budget=1.0, client=[0.0, np.inf], client_cap=1.0)


def test_what_is_not_available_may_be_masked() -> None:
    problem = rl.Problem(
        [[1.0, 2.0], [3.0, 4.0]], budget=1, available=[[True, False], [True, True]]
    )
    mask = [[False, True], [False, False]]
    highest = np.ma.masked_array([[2.0, 9.0], [3.0, 5.0]], mask)
    plain = np.array([[2.0, 0.0], [3.0, 5.0]])
    assert np.array_equal(
        solvers.solve_uncertain(problem, highest, deviations=1).probabilities,
        solvers.solve_uncertain(problem, plain, deviations=1).probabilities,
    )
    with pytest.raises(InvalidProblemError, match=r"highest\[0, 0\]"):
        solvers.solve_uncertain(problem, np.ma.masked_array(plain, plain == 2.0), deviations=1)
