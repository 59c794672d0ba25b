"""One rule says what a cell means, whoever holds it: arrays, masks, pandas, polars."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.cells import NAME_RULES, RULES, Cell, Meaning, Name, Role, markdown, numbers_of

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def pandas(kind: str, values: list[Any]) -> Any:
    """A frame of one column of the kind."""
    library = pytest.importorskip("pandas")
    return library.DataFrame({"m": library.array(values, dtype=kind)})


def test_every_kind_has_a_rule_for_every_role_and_the_page_shows_it() -> None:
    assert set(RULES) == set(Cell)
    assert set(NAME_RULES) == set(Name)
    assert all(set(rule.meanings) == set(Role) for rule in RULES.values())
    assert markdown() in PAGE.read_text()


@pytest.mark.parametrize(
    "made",
    [
        lambda: [[1.0], [None]],
        lambda: [[1.0], ["NA"]],
        lambda: [[1.0], [" #N/A "]],
        lambda: np.ma.masked_array([[1.0], [7.0]], mask=[[False], [True]]),
        lambda: np.ma.masked_array([[1.0], [np.nan]], mask=[[False], [True]]),
        lambda: np.ma.masked_array([["1"], ["x"]], mask=[[False], [True]]),
        lambda: pl.DataFrame({"m": [1.0, None]}),
        lambda: pandas("Float64", [1.0, None]),
        lambda: pandas("Int64", [1, None]),
        lambda: pandas("object", [1.0, None]),
        lambda: pandas("float64", [1.0, np.nan]).convert_dtypes(),
    ],
)
def test_what_is_missing_is_not_available(made: Any) -> None:
    assert RULES[Cell.NULL].meanings[Role.SCORE] is Meaning.NOT_AVAILABLE
    found = numbers_of(made(), "scores")
    assert found.values.tolist() == [[1.0], [0.0]]
    assert found.missing.tolist() == [[False], [True]]
    problem = Problem(made(), budget=1)
    assert problem.available.tolist() == [[True], [False]]
    assert problem.scores.tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: [[1.0], [np.nan]], r"scores\[1, 0\] is nan, not a number: mend or drop"),
        (lambda: [[1.0], ["nan"]], r"scores\[1, 0\] is text, 'nan'"),
        (lambda: [[1.0], [np.inf]], r"scores\[1, 0\] is inf; it must be finite"),
        (lambda: [[1.0], [-1.0]], r"scores\[1, 0\] is -1"),
        (lambda: [[1.0], ["lots"]], r"scores must be numbers; scores\[1, 0\] is text, 'lots'"),
        (lambda: [[1.0], ["1_0"]], r"must be numbers; scores\[1, 0\] is text, '1_0'"),
        (lambda: np.array([[True], [False]]), r"scores\[0, 0\] is True; give a number"),
        (lambda: [[1j], [0]], "scores must be numbers"),
        (lambda: [[1.0], [1.0, 2.0]], "scores must be numbers"),
        (lambda: pl.DataFrame({"m": [1.0, float("nan")]}), r"scores\[1, 'm'\] is nan.*use null"),
        (lambda: pandas("float64", [1.0, np.nan]), r"'m', row '1' is NaN.*convert_dtypes\(\)"),
        (lambda: pandas("float64", [1.0, np.inf]), r"scores\[1, 'm'\] is inf"),
        (lambda: pandas("boolean", [True, None]), "is True; give a number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_place(made: Any, said: str) -> None:
    with pytest.raises(InvalidProblemError, match=said):
        Problem(made(), budget=1)


def test_other_tables_have_no_missing_numbers() -> None:
    with pytest.raises(InvalidProblemError, match=r"processor_cap\[1\] has no value"):
        Problem([[1.0], [2.0]], budget=1, processor_cap=[1.0, None])
    problem = Problem([[1.0], [2.0]], budget=1)
    with pytest.raises(InvalidProblemError, match="missing where the problem's pairs are"):
        problem.with_scores([[1.0], [None]])


@given(st.lists(st.lists(st.none() | st.floats(0, 1e9), min_size=2, max_size=2), min_size=1))
def test_the_same_table_is_read_the_same_from_lists_masks_and_polars(
    rows: list[list[float | None]],
) -> None:
    empty = np.array([[cell is None for cell in row] for row in rows])
    filled = np.array([[0.0 if cell is None else cell for cell in row] for row in rows])
    frame = pl.DataFrame(rows, schema={"a": pl.Float64, "b": pl.Float64}, orient="row")
    for given_as in (rows, np.ma.masked_array(filled, mask=empty), frame):
        found = numbers_of(given_as, "scores")
        np.testing.assert_array_equal(found.values, filled)
        np.testing.assert_array_equal(found.missing, empty)
