"""The comparison: the optimum first, nothing better than it, nothing left out silently."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundlot.solvers import solve
from roundlot.solvers.comparisons.methods import compare
from roundlot.solvers.rules import APPROXIMATIONS, SAMPLERS, rehearse
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, moments

NAMES = [method.name for method in (*APPROXIMATIONS, *SAMPLERS)]
MEMORY = [method.name for method in SAMPLERS]


@pytest.fixture(scope="module")
def fleet():
    """60 processors of 25 clients, 3 models, with updates."""
    random = np.random.default_rng(11)
    client = np.sort(random.integers(0, 25, 60))
    updates = random.normal(0.2, 1.0, (60, 3, 5)) * random.lognormal(0, 1, (60, 3, 1))
    available = random.random((60, 3)) < 0.8
    updates[~available] = 0.0
    problem = Problem(
        np.linalg.norm(updates, axis=2),
        budget=9.0,
        available=available,
        weights=random.random((60, 3)) / 30,
        model_weights=[1.0, 2.0, 0.5],
        allow_unreachable=True,
    )
    return problem, client, list(updates.transpose(1, 0, 2)), random.random((60, 3))


@pytest.fixture(scope="module")
def comparison(fleet):
    problem, client, updates, losses = fleet
    history = rehearse(problem, rounds=20)
    return compare(
        problem, losses=losses, updates=updates, client=client, history=history, repeats=1
    )


def test_every_method_has_a_row_and_the_optimum_is_first(comparison):
    assert [row.name for row in comparison.rows] == ["optimum", *NAMES]
    assert comparison.skipped == ()
    first = comparison.rows[0]
    assert (first.ratio, first.gap, first.never_drawn) == (1.0, 0.0, 0.0)


def test_figures_are_those_of_the_probabilities(fleet, comparison):
    problem, client, updates, _ = fleet
    step_norms = [np.linalg.norm(table.sum(axis=0)) for table in updates]
    for row in comparison.rows:
        p = row.probabilities
        if row.design not in ("turns", "independent"):
            continue  # Held against enumeration elsewhere.
        if row.design == "turns":
            variance = moments.turns_model_variance(problem.scores, p, step_norms)
            share = moments.turns_participation_variance(problem.weights * problem.available, p)
            uploads = moments.turns_expected_uploads(p, client)
        else:
            variance = moments.model_variance(problem.scores, p)
            share = moments.participation_variance(problem.weights * problem.available, p)
            uploads = moments.expected_uploads(p, client)
        assert row.variance == pytest.approx(problem.model_weights @ variance)
        assert row.participation_variance == pytest.approx(share.sum())
        assert row.expected_uploads == pytest.approx(uploads)
        assert row.expected_draws == pytest.approx(p.sum())
        assert row.ratio == pytest.approx(row.variance / comparison.rows[0].variance)
        assert row.variance_is == "exact"
        assert row.label == "unbiased"
        assert row.seconds > 0.0
        assert not p.flags.writeable


def test_optimum_is_what_solve_gives(fleet, comparison):
    assert np.array_equal(comparison.row("optimum").probabilities, solve(fleet[0]).probabilities)


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0.3, 1.0, 2.5, 50.0]))
def test_nothing_beats_the_optimum(seed, limited, budget):
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 7)), int(random.integers(1, 4)))
    limits = {}
    if limited:
        floor = random.choice([0.0, 0.3], shape) * min(1.0, budget / shape[0]) / shape[1]
        limits = {"floor": floor, "ceiling": random.choice([1.0, 0.3], shape)}
    scores = random.choice([0.0, 1.0, 1.0, 5.0, 1e-3, 1e3], shape)
    problem = Problem(
        scores,
        budget=budget,
        available=random.random(shape) < 0.8,
        weights=random.choice([0.0, 1.0, 3.0], shape),
        **limits,
        allow_unreachable=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        table = compare(problem, losses=random.choice([0.0, 1.0, 2.0], shape), repeats=1)
    assert len(table.rows) + len(table.skipped) == 1 + len(NAMES)
    for row in table.rows:
        assert row.gap >= -1e-12
        assert (row.never_drawn > 0.0) == bool(np.any(problem.scores[row.probabilities == 0.0] > 0))
        if row.never_drawn > 0.0 and row.design != "candidates":
            assert row.label.startswith("biased")
            assert row.variance == np.inf
        if row.design == "independent":
            assert row.ratio >= 1.0 - 1e-9
    gaps = [table.row(name).gap for name in ("clipped", "AOCS 1", "AOCS 2", "AOCS 3", "AOCS 4")]
    assert all(after <= before + 1e-9 for before, after in pairwise(gaps))


def test_what_is_missing_is_skipped_with_its_reason():
    table = compare(Problem([[1.0, 2.0]], budget=0.5), repeats=1)
    assert {row.name: row.reason for row in table.skipped} == {
        "data size": "needs weights (V, S): give weights= to Problem",
        "MD": "needs weights (V, S): give weights= to Problem",
        "clustered": "needs weights (V, S): give weights= to Problem",
        "loss": "needs weights (V, S): give weights= to Problem and losses: give losses=",
        "power-of-choice": "needs weights (V, S): give weights= to Problem and "
        "losses: give losses=",
        "worst draws": "needs weights (V, S): give weights= to Problem and losses: give losses=",
        "last seen": "needs the norms when last drawn: give last_norms=",
    } | dict.fromkeys(MEMORY, "needs earlier rounds: give history=")
    assert table.row("uniform").participation_variance is None
    with pytest.raises(KeyError, match="loss was skipped: needs"):
        table.row("loss")
    with pytest.raises(KeyError, match="no method is called 'best'"):
        table.row("best")


def test_turns_without_step_norms_is_a_lower_bound(fleet, comparison):
    problem, client, _, losses = fleet
    table = compare(problem, losses=losses, client=client, repeats=1)
    for name in ("turns", "round-robin"):
        row = table.row(name)
        assert row.variance_is == "at least"
        assert row.variance < comparison.row(name).variance


def test_one_model_has_nothing_to_take_turns_with():
    table = compare(Problem([[1.0], [2.0]], budget=1.0), repeats=1)
    for name in ("turns", "round-robin"):
        assert table.row(name).variance_is == "exact"
        assert table.row(name).variance == pytest.approx(5.0)


def test_floors_that_turns_cannot_hold_are_a_reason():
    problem = Problem(np.ones((2, 2)), budget=2, floor=[[0.7, 0.0], [0.0, 0.0]])
    with pytest.raises(KeyError, match="turn of model 0"):
        compare(problem, repeats=1).row("turns")


def test_zero_loss_is_labelled_biased_and_by_how_much():
    problem = Problem([[1.0], [3.0]], budget=1.0, weights=[[1.0], [1.0]])
    row = compare(problem, losses=[[0.0], [1.0]], repeats=1).row("loss")
    assert row.label == "biased: 0.25 of the score is never drawn"
    assert row.never_drawn == 0.25
    assert row.variance == np.inf


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_ratios_do_not_depend_on_the_unit(scale):
    row = compare(Problem(scale * np.array([[1.0], [2.0], [3.0]]), budget=1.0), repeats=1).row(
        "uniform"
    )
    assert row.ratio == pytest.approx((14 * 3 - 14) / (36 - 14))
    assert row.gap == pytest.approx(42 / 36 - 1)


def test_zero_scores_compare_as_equal():
    table = compare(Problem(np.zeros((2, 2)), budget=1.0), repeats=1)
    assert {row.ratio for row in table.rows} == {1.0}
    assert {row.gap for row in table.rows} == {0.0}


def test_default_client_is_one_for_each_row(fleet):
    problem = fleet[0]
    row = compare(problem, repeats=1).row("uniform")
    assert row.expected_uploads == pytest.approx(row.expected_draws)


def test_records_are_flat_and_the_table_is_aligned(fleet, comparison):
    records = comparison.to_records()
    assert [record["name"] for record in records] == ["optimum", *NAMES]
    assert "probabilities" not in records[0]
    partial = compare(fleet[0], repeats=1)
    assert {tuple(record) for record in partial.to_records()} == {tuple(records[0])}
    assert partial.to_records()[-1]["variance"] is None
    lines = str(partial).splitlines()
    skipped = next(line for line in lines if "loss" in line and line.startswith("skipped"))
    assert "needs losses" in skipped
    column = lines[0].index("needs")
    ends = (
        *("skipped", "power-of-choice:", "worst draws:", "power-of-choice, worst"),
        *("MD:", "clustered:", "last seen:"),
    )
    table = lines[: next(k for k, line in enumerate(lines) if line.startswith(ends))]
    whole = [line for line in table if len(line) > column]
    assert len(whole) >= 5
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in whole)
    for name in ("round-robin", "turns"):
        assert ">=" in next(line for line in lines if line.startswith(name))


def test_the_table_has_eighty_columns_and_every_method(comparison):
    text = str(comparison)
    assert max(map(len, text.splitlines())) <= 80
    names = ["optimum", *NAMES]
    said = " ".join(line[:24] for line in text.splitlines()).replace(",", " ").split()
    assert all(set(name.split()) <= set(said) for name in names)
    assert "power-of-choice: biased: " in " ".join(text.split())


def test_malformed_arguments_are_refused():
    problem = Problem([[1.0]], budget=0.5)
    with pytest.raises(InvalidProblemError, match="repeats"):
        compare(problem, repeats=0)
    with pytest.raises(InvalidProblemError, match="losses"):
        compare(problem, losses=[[1.0, 2.0]])
    with pytest.raises(InfeasibleError):
        compare(Problem([[1.0], [1.0]], budget=0.5, floor=0.5))


def test_nothing_beats_the_optimum_on_far_apart_scores():
    problem = Problem([[1e150, 1.0], [0.0, 1.0], [1.0, 5.0]], budget=1.0)
    assert all(row.gap >= -1e-12 for row in compare(problem, repeats=1).rows)


def test_methods_that_read_the_same_are_one_line_that_says_how_much_more():
    """Scores 1 and 3, one draw: 16 − 10 at the optimum, 20 − 10 for equal probabilities."""
    text = str(compare(Problem([[1.0], [3.0]], budget=1.0), repeats=1))
    lines = text.splitlines()
    assert lines[0].split()[:3] == ["method", "more", "variance"]
    assert lines[1].startswith("optimum,")
    assert lines[1].split("%")[0].endswith(" 0 ")
    uniform = next(line for line in lines if line.startswith("uniform"))
    assert "+66.7 %" in uniform
    assert "[scores]" not in text
    assert "--history" not in text
