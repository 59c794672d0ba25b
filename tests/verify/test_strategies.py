"""Ready-made strategies give what they say, and serve a property test of a sampler."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings

import roundlot as rl
from roundlot.theory import InvalidProblemError
from roundlot.verify import assert_inclusion, strategies


@given(problem=strategies.problems(limits=True))
def test_problems_can_be_solved(problem):
    solution = rl.solve(problem)
    assert solution.probabilities.sum() <= problem.budget * (1 + 1e-9)


@given(fleet=strategies.fleets())
def test_fleets_have_weights_that_sum_to_one(fleet):
    assert fleet.weights.sum(axis=0) == pytest.approx(np.ones(fleet.samples.shape[1]))
    assert fleet.weights.shape == fleet.available.shape


@given(fleet=strategies.fleets(make=rl.Fleet))
def test_fleets_of_this_library(fleet):
    assert fleet.weights.sum(axis=0) == pytest.approx(np.ones(fleet.n_models))


@given(tables=strategies.updates())
def test_updates_are_finite_tables_of_one_height(tables):
    assert len({len(table) for table in tables}) == 1
    assert any(table.any() for table in tables)


@given(graph=strategies.graphs())
def test_graphs_are_connected(graph):
    networkx = pytest.importorskip("networkx")
    assert networkx.is_connected(graph)
    assert sorted(graph) == list(range(len(graph)))


@settings(max_examples=10)
@given(p=strategies.probabilities(low=0.1))
def test_a_sampler_is_put_under_test_in_one_line(p):
    assert_inclusion(
        lambda rng: np.flatnonzero(rng.random(p.size) < p), p, discrepancy=0.3, miss=0.01
    )


def test_bad_ranges_and_missing_packages_are_named(monkeypatch):
    with pytest.raises(InvalidProblemError, match="low"):
        strategies.probabilities(low=0.5, high=0.1)
    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)
    with pytest.raises(ImportError, match=r"hypothesis is not installed: python -m pip install"):
        strategies.problems()
