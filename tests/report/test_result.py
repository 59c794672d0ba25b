"""A result goes to JSON and comes back the same, whatever its numbers."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.run.result import SCHEMA, RunResult
from roundlot.run.summaries import processor_reasons
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.json_text import dumps, loads


def same(first, second):
    if dataclasses.is_dataclass(first):
        assert type(first) is type(second)
        for field in dataclasses.fields(first):
            same(getattr(first, field.name), getattr(second, field.name))
    elif isinstance(first, np.ndarray):
        assert first.dtype == second.dtype
        assert np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    elif isinstance(first, tuple):
        assert isinstance(second, tuple)
        for left, right in zip(first, second, strict=True):
            same(left, right)
    else:
        assert first == second


def test_round_trip(result):
    text = result.to_json()
    same(result, RunResult.from_json(text))
    assert RunResult.from_json(text).to_json() == text


def test_round_trip_of_the_least_result(bare):
    same(bare, RunResult.from_json(bare.to_json()))


def test_infinities_and_nan_survive_in_strict_json(result):
    scores = result.scores.copy()
    scores[0, :3] = np.nan, np.inf, -np.inf
    odd = dataclasses.replace(result, scores=scores, timings={"solve": float("inf")})

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    json.loads(odd.to_json(), parse_constant=refuse)
    same(odd, RunResult.from_json(odd.to_json()))
    assert RunResult.from_json(odd.to_json()).comparison[6]["ratio"] == float("inf")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(plain.filter(lambda value: "number" not in str(value)))
def test_plain_data_round_trip(value):
    assert loads(dumps(value)) == value


def test_the_marker_is_found_at_the_beginning(result):
    assert f'"schema": "{SCHEMA}"' in result.to_json()[:64]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "schema None"),
        ('{"schema": "other/3"}', "schema 'other/3'"),
        (f'{{"schema": "{SCHEMA}"}}', "cannot be read"),
    ],
)
def test_what_is_no_result_is_refused(text, message):
    with pytest.raises(InvalidProblemError, match=message):
        RunResult.from_json(text)


def test_what_has_no_plain_form_is_refused():
    with pytest.raises(InvalidProblemError, match="a set has no plain form"):
        dumps({"a": {1, 2}})


def test_arrays_are_read_only_copies(result):
    mine = np.array(result.scores)
    kept = dataclasses.replace(result, scores=mine)
    mine[0, 0] = 99.0
    assert kept.scores[0, 0] != 99.0
    with pytest.raises(ValueError, match="read-only"):
        kept.scores[0, 0] = 1.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("probabilities", np.zeros((3, 4))),
        ("capped", np.zeros(3, dtype=bool)),
        ("reasons", ("free",)),
        ("clients", ("only one",)),
        ("scores", np.zeros((2000, 3))),
    ],
)
def test_shapes_that_do_not_fit_are_refused(result, field, value):
    with pytest.raises(InvalidProblemError):
        dataclasses.replace(result, **{field: value})


def test_reasons_say_why():
    problem = Problem([[4.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.01, 0.0]], budget=2.0, floor=0.0)
    said = processor_reasons(problem, [[1.0, 0.0], [0.5, 0.0], [0, 0], [0.005, 0]], level=0.5)
    assert said == ("at its cap: wants 2, gets 1", "free", "no score", "free")
    floored = Problem([[4.0], [0.01], [0.0]], budget=2.0, floor=0.2)
    said = processor_reasons(floored, [[1.0], [0.2], [0.2]])
    assert said == ("at its cap", "at the floor", "floor, no score")
