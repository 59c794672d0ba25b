"""Water-filling: one float64 answer whatever the path, linear work, nothing silently left out."""

import importlib
import math
from fractions import Fraction

import numpy as np
import pytest

from roundlot.solvers import solve, waterfill
from roundlot.solvers.kernels.sums import exact_sum
from roundlot.solvers.water.level import find_level, middle, rank, unrank
from roundlot.theory import InvalidProblemError, Problem


def draws(sums, caps, level):
    """The draws at a level, as a fraction."""
    return sum(
        Fraction(c) if m >= c * level else Fraction(m) / Fraction(level)
        for m, c in zip(sums.tolist(), caps.tolist(), strict=True)
    )


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("shared", [True, False])
def test_level_is_the_least_that_fits(seed, shared):
    rng = np.random.default_rng(seed)
    scores = rng.lognormal(0.0, rng.choice([0.1, 1.0, 20.0]), (rng.integers(2, 300), 3))
    if seed % 3 == 0:
        scores = np.ceil(scores)
    caps = np.full(len(scores), 0.75) if shared else rng.uniform(0.2, 2.0, len(scores))
    budget = float(rng.choice([0.5, 1.0, 0.3 * len(scores)]))
    line = waterfill(scores, budget, 0.75 if shared else caps)
    if line.level == 0.0:
        assert caps.sum() <= budget
        return
    assert draws(line.sums, caps, line.level) <= budget
    assert draws(line.sums, caps, np.nextafter(line.level, 0.0)) > budget


def test_order_and_start_do_not_change_the_level():
    rng = np.random.default_rng(0)
    scores = rng.lognormal(0.0, 2.0, (20_000, 3))
    level = waterfill(scores, 700.3).level
    for seed in range(5):
        mixed = np.random.default_rng(seed).permutation(scores)
        assert waterfill(mixed, 700.3).level == level
    for factor in (1e-9, 0.5, 1.0, 3.0, 1e9):
        assert waterfill(scores, 700.3, start=factor / level).level == level
        assert waterfill(scores, 700.3, np.full(20_000, 1.0), start=factor / level).level == level


@pytest.mark.parametrize("ratio", [1.0001, 1.1, 2.0, 4.0])
@pytest.mark.parametrize("left", [0.5, 1e-3, 40.0])
@pytest.mark.parametrize("limits", [{}, {"floor": 1e-12, "ceiling": 0.9}])
def test_passes_are_bounded_on_geometric_scores(ratio, left, limits, monkeypatch):
    module = importlib.import_module("roundlot.solvers.water.level")
    calls = []
    search = module.find_level

    def counted(piece, start, **options):
        return search(lambda at: calls.append(at) or piece(at), start, **options)

    for user in ("waterfill", "boxes"):
        home = importlib.import_module(f"roundlot.solvers.water.{user}")
        monkeypatch.setattr(home, "find_level", counted)
    scores = (ratio ** -np.arange(900.0).clip(max=900.0 / np.log2(max(ratio, 2.0))))[:, None]
    budget = 900 * limits.get("ceiling", 1.0) - left
    solve(Problem(scores, budget=budget, **limits))
    assert 0 < len(calls) <= 2 * 60


def test_search_ends_on_any_piecewise_total():
    """A total with a kink in every binade: bisection over the bits needs at most three in one."""
    kinks = 2.0 ** np.arange(-1000.0, 1000.0)
    calls = []

    def piece(level):
        calls.append(level)
        held = kinks >= level
        return 1990.5 - held.sum(), kinks[~held].sum()

    level = find_level(piece, 1e300)
    left, free = piece(level)
    assert left * level == pytest.approx(free, rel=1e-12)
    assert len(calls) < 12 + 63 * 3


def test_ranks_count_the_floats():
    assert rank(0.0) == 0
    assert rank(5e-324) == 1
    assert unrank(rank(0.1) + 1) == np.nextafter(0.1, 1.0)
    assert 1.0 < middle(1.0, np.nextafter(np.nextafter(1.0, 2.0), 2.0)) < 1.0 + 1e-15


def test_exact_sums_are_exact():
    rng = np.random.default_rng(3)
    values = 10.0 ** rng.uniform(-320.0, 300.0, 5000)
    values[:3] = [0.0, 5e-324, np.finfo(float).max]
    assert exact_sum(values) == sum(map(Fraction, values.tolist()))
    assert exact_sum(values, 1e-5, 1e5) == sum(
        Fraction(x) for x in values.tolist() if 1e-5 <= x < 1e5
    )


@pytest.mark.parametrize("limits", [{}, {"floor": "some"}, {"ceiling": 0.4}, {"cap": True}])
def test_nothing_is_left_out_over_600_decades(limits, quietly, assert_feasible):
    rng = np.random.default_rng(7)
    for draw in range(600):
        shape = tuple(rng.integers(1, 6, 2)) if draw % 50 else (1200, 4)
        scores = 10.0 ** rng.uniform(-300.0, 300.0, shape)
        given = {}
        if "floor" in limits:
            given["floor"] = rng.uniform(0.0, 0.1, shape) * rng.integers(0, 2, shape)
        if "ceiling" in limits:
            given["ceiling"] = limits["ceiling"]
        if "cap" in limits:
            given["processor_cap"] = rng.uniform(0.3, 1.5, shape[0])
        budget = float(rng.uniform(0.3, 1.0) * shape[0] * 0.9 + 0.1 * np.prod(shape))
        problem = Problem(scores, budget=budget, **given)
        solution = quietly(problem)
        assert np.all(solution.probabilities > 0.0)
        assert solution.certificate.gap < 1e-12
        assert_feasible(problem, solution.probabilities)


@pytest.mark.parametrize("cap", [1.0, 0.8])
def test_large_tables_are_within_their_limits_without_a_check(cap, assert_feasible):
    rng = np.random.default_rng(11)
    for width in (1, 2, 10, 40, 100):
        scores = rng.lognormal(0.0, 1.5, (20_000 // width, width))
        for share in (0.01, 0.3, 0.99):
            budget = share * cap * len(scores)
            problem = Problem(scores, budget=budget, processor_cap=cap)
            solution = solve(problem)
            assert_feasible(problem, solution.probabilities)
            assert solution.certificate.gap < 5e-14
            assert solution.draws == pytest.approx(budget, rel=1e-13)


def test_single_precision_is_read_as_it_is():
    scores = np.random.default_rng(2).lognormal(size=(3000, 4)).astype(np.float32)
    line = waterfill(scores, 400.0)
    assert line.scores.dtype == np.float32
    wide = waterfill(scores.astype(np.float64), 400.0)
    assert line.level == wide.level
    assert np.array_equal(line.probabilities(), wide.probabilities())


def test_probabilities_go_where_they_are_wanted():
    scores = np.random.default_rng(4).lognormal(size=(2000, 4))
    out = np.empty_like(scores)
    assert waterfill(scores, 100.0).probabilities(out) is out
    assert np.array_equal(out, solve(Problem(scores, budget=100.0)).probabilities)


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        ([1.0, 2.0], {"budget": 1.0}, "shape"),
        ([[1.0], [np.nan]], {"budget": 1.0}, "NaN"),
        ([[1.0], [np.inf]], {"budget": 1.0}, "infinity"),
        ([[1.0], [-1.0]], {"budget": 0.5}, "negative"),
        ([[1.0], [1.0]], {"budget": 0.0}, "budget is 0"),
        ([[1.0], [1.0]], {"budget": 1.0, "cap": 0.0}, "least cap 0"),
        ([[1.0], [1.0]], {"budget": 1.0, "cap": [1.0, 1.0, 1.0]}, "cap has shape"),
        ([["a"]], {"budget": 1.0}, "must be numbers"),
    ],
)
def test_bad_input_is_named(scores, options, message):
    with pytest.raises(InvalidProblemError, match=message):
        waterfill(scores, **options)


@pytest.mark.parametrize("start", [1e-320, 1e-30, 1e300, math.inf, np.float64(0.2), 3])
def test_any_threshold_is_a_start(start):
    scores = np.array([[1.0, 2.0], [4.0, 0.5], [1.0, 1.0]])
    assert waterfill(scores, 1.5, start=start).level == waterfill(scores, 1.5).level
    assert waterfill(scores, 9.0, start=start).threshold == math.inf


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (-1.0, "start is -1; give a threshold above 0"),
        (math.nan, "start is nan; give a threshold above 0"),
        (0.0, "start is 0; give a threshold above 0"),
        ("1", "start"),
        (True, "start"),
        ([1.0, 2.0], r"start must be a number, got \[1.0, 2.0\]"),
    ],
)
def test_what_is_no_threshold_is_refused(start, said):
    with pytest.raises(InvalidProblemError, match=said):
        waterfill(np.ones((3, 2)), 1.5, start=start)
