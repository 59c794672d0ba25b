"""The fleet record: what it derives and what it refuses."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from roundlot.fleet import Fleet, describe, gini
from roundlot.solvers import solve
from roundlot.theory import InvalidProblemError
from roundlot.user_text import share_of


def test_derived_quantities_follow_their_definitions(fleet: Fleet) -> None:
    assert (fleet.n_clients, fleet.n_models, fleet.n_processors) == (3, 2, 6)
    assert fleet.client.tolist() == [0, 0, 1, 2, 2, 2]
    assert fleet.available.tolist() == [[True, True], [False, True], [True, False]]
    np.testing.assert_allclose(fleet.data_weights, [[0.4, 0.25], [0, 0.75], [0.6, 0]])
    np.testing.assert_allclose(fleet.weights[:, 0], [0.2, 0.2, 0, 0.2, 0.2, 0.2])
    np.testing.assert_allclose(fleet.weights.sum(axis=0), 1.0)


def test_arrays_are_copies_and_read_only(parts: dict[str, Any]) -> None:
    fleet = Fleet(**parts)
    parts["samples"][0, 0] = 99
    assert fleet.samples[0, 0] == 4
    for name in ("samples", "processors", "speed", "client", "weights", "data_weights"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(fleet, name)[0] = 1


def test_problem_carries_availability_and_weights(fleet: Fleet) -> None:
    problem = fleet.problem(np.ones((6, 2)), budget=2.5, floor=0.1)
    assert problem.budget == 2.5
    assert problem.available.tolist() == fleet.available[fleet.client].tolist()
    np.testing.assert_array_equal(problem.weights, fleet.weights)
    assert problem.bounds[0].sum() == pytest.approx(0.1 * 8)


def test_problem_of_client_scores_points_to_expand(fleet: Fleet) -> None:
    with pytest.raises(InvalidProblemError, match=r"Fleet\.expand"):
        fleet.problem(np.ones((3, 2)), budget=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clients": ("ada", "ben", "ada")}, "client 'ada' appears 2 times"),
        ({"clients": ("ada", "ben", "")}, "client 2 has an empty name"),
        ({"clients": "ada"}, "give a sequence of names"),
        ({"clients": ()}, "there is no client"),
        ({"models": ("a", "a")}, "model 'a' appears 2 times"),
        ({"samples": [[4, 1], [0, -3], [6, 0]]}, "client 'ben' for 'words' is -3"),
        ({"samples": [[4, 1], [0, np.nan], [6, 0]]}, "client 'ben' for 'words' is nan"),
        ({"samples": [[4, 1], [0, 3], [6.5, 0]]}, "client 'cleo' for 'digits' is 6.5"),
        ({"samples": [[4, 1], [0, 3], [10**30, 0]]}, "client 'cleo' for 'digits' is 1e+30"),
        ({"samples": [[4, 1], [0, 3], [10**400, 0]]}, "samples must be numbers"),
        ({"samples": [[4, 0], [1, 0], [6, 0]]}, "nobody can train model 'words'"),
        ({"samples": [[4, 1], [0, 3]]}, "samples has shape (2, 2); the names say (3, 2)"),
        ({"samples": [["x", 1], [0, 3], [6, 0]]}, "samples must be numbers"),
        ({"processors": [2, 0, 3]}, "client 'ben' has 0 processors"),
        ({"processors": [2, 1.5, 3]}, "client 'ben' has 1.5 processors"),
        ({"processors": [2, 1, np.inf]}, "client 'cleo' has inf processors"),
        ({"processors": [2, 10**8, 3]}, "at most 1e+08 fit"),
        ({"processors": [2, 1]}, "processors has shape (2,)"),
        ({"speed": [1, 0, 1]}, "speed of client 'ben' is 0; give samples per second"),
        ({"link": [1, np.nan, 1]}, "link of client 'ben' is nan; give Mbit/s"),
        ({"link": [1, np.inf, 1]}, "link of client 'ben' is inf"),
        ({"label_model": [0, 0, 2, -1]}, "label 'tree' belongs to model 2; give 0 to 1"),
        ({"label_model": None}, "give one model for each of 4 labels"),
        ({"label_model": [0, 0, 0, 1]}, "client 'ada' holds 4 samples of 'digits'"),
        ({"label_counts": None}, "give all three or none"),
        ({"label_names": ("a", "b", "c", "c")}, "label 'c' appears 2 times"),
    ],
)
def test_one_clear_line_for_each_mistake(
    parts: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidProblemError, match=re.escape(message)) as error:
        Fleet(**parts | change)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


def test_restricted_weights_sum_to_one_over_what_is_left(fleet: Fleet) -> None:
    online = fleet.restricted([[True, False], [True, True], [False, True]])
    assert online.clients == ("ada", "ben")
    assert online.samples.tolist() == [[4, 0], [0, 3]]
    np.testing.assert_allclose(online.data_weights.sum(axis=0), 1.0)
    assert online.label_counts is not None
    assert online.label_counts.tolist() == [[1, 3, 0, 9], [0, 0, 3, 0]]
    assert online.processors.tolist() == [2, 1]
    assert online.speed is not None
    assert online.speed.tolist() == [10.0, 5.0]


def test_a_client_without_anything_stays_and_is_never_drawn(fleet: Fleet) -> None:
    kept = fleet.restricted([[True, False], [True, True], [False, True]], keep=True)
    assert kept.clients == ("ada", "ben", "cleo")
    assert kept.offline.tolist() == [False, False, True]
    np.testing.assert_allclose(kept.data_weights, [[1, 0], [0, 1], [0, 0]])
    p = solve(kept.problem(np.ones((6, 2)), budget=2)).probabilities
    assert p[3:].tolist() == [[0, 0], [0, 0], [0, 0]]


def test_a_fleet_takes_masked_scores(fleet: Fleet) -> None:
    table = np.ma.masked_invalid([[np.nan, 1.0], *[[1.0, 1.0]] * 5])
    problem = fleet.problem(table, budget=1)
    assert problem.available.tolist()[:3] == [[False, True], [True, True], [False, True]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fleet: fleet.restricted(np.ones((2, 2))), "give clients x models (3, 2)"),
        (lambda fleet: fleet.restricted(np.zeros((3, 2))), "there is no client"),
        (lambda fleet: fleet.first(4), "first_clients is 4; this fleet has 3"),
        (lambda fleet: fleet.expand(np.ones(2)), "its first axis must be the 3 clients"),
    ],
)
def test_misfits_are_named(fleet: Fleet, call: Callable[[Fleet], Any], message: str) -> None:
    with pytest.raises(InvalidProblemError, match=re.escape(message)):
        call(fleet)


def test_first_keeps_the_first_clients(fleet: Fleet) -> None:
    assert fleet.first(2).clients == ("ada", "ben")


@given(
    samples=arrays(np.int64, (5, 3), elements=st.integers(0, 10**6)),
    processors=arrays(np.int64, 5, elements=st.integers(1, 4)),
)
def test_weights_always_sum_to_one(samples: Any, processors: Any) -> None:
    samples = samples + np.eye(5, 3, dtype=np.int64) + np.eye(5, 3, k=-3, dtype=np.int64)
    fleet = Fleet(
        clients=tuple("abcde"), models=tuple("xyz"), samples=samples, processors=processors
    )
    np.testing.assert_allclose(fleet.weights.sum(axis=0), 1.0, rtol=1e-12)
    assert np.array_equal(fleet.weights > 0, fleet.expand(fleet.available))
    assert np.array_equal(np.bincount(fleet.client), processors)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_gini_is_the_mean_absolute_difference(values: list[int]) -> None:
    array = np.array(values, dtype=float)
    slow = np.abs(array[:, None] - array).sum() / (2 * array.size * array.sum())
    assert gini(values) == pytest.approx(slow, abs=1e-12)


def test_summary_tells_the_figures(fleet: Fleet) -> None:
    summary = describe(fleet)
    assert summary.clients_per_model == (2, 2)
    assert summary.samples_per_model == (10, 4)
    assert summary.processors_per_client == {1: 1, 2: 1, 3: 1}
    assert summary.models_per_client == {1: 2, 2: 1}
    assert summary.samples_per_client == (3.0, 5.0, 6.0)
    text = str(summary)
    assert "3 clients, 6 processors, 2 models" in text
    assert "2.5 / 5 / 10" in text


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 2187, "0%"),
        (2, 2187, "<1%"),  # 0.09 %
        (11, 2187, "1%"),  # 0.503 %
        (2185, 2187, ">99%"),
        (2187, 2187, "100%"),
        (1, 3, "33%"),
    ],
)
def test_a_share_is_none_or_all_only_if_it_is(part: int, whole: int, told: str) -> None:
    assert share_of(part, whole) == told
