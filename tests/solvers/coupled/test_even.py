"""Where all entries pay one price, groups find theirs by a search of its own: it finds the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roundlot as rl
from roundlot.solvers import threads
from roundlot.solvers.central.slack import without_floors, without_free_levels
from roundlot.solvers.coupled.nested import EvenDual, NestedDual, nested_program
from roundlot.solvers.kernels.prices import SLACK

V, S = 48, 3
ROWS = np.arange(V)


def problem_of(seed: int, spread: float, *, zeros: bool, **more: Any) -> rl.Problem:
    """Rows with caps in clients and two levels of groups, some of which bind from either side."""
    rng = np.random.default_rng(seed)
    scores = rng.lognormal(0.0, spread, (V, S))
    if zeros:
        scores[rng.random((V, S)) < 0.3] = 0.0
    return rl.Problem(
        scores,
        budget=9.0,
        processor_cap=rng.uniform(0.3, 1.0, V),
        floor=rng.choice([0.0, 1e-3], (V, S)),
        ceiling=rng.choice([0.3, 1.0], (V, S)),
        client=ROWS // 2,
        client_cap=0.9,
        client_floor=rng.choice([0.0, 0.1, 0.2], V // 2),
        groups=[ROWS // 4, ROWS // 16],
        group_caps=[1.6, 6.0],
        group_floors=[rng.choice([0.0, 0.6], V // 4), 2.0],
        **more,
    )


def dual_of(problem: rl.Problem) -> NestedDual:
    return NestedDual(nested=nested_program(problem))


@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([0.0, 1.5, 12.0]),
    zeros=st.booleans(),
    power=st.floats(-12.0, 12.0),
)
@settings(max_examples=25, deadline=None)
def test_groups_find_what_the_search_for_prices_of_any_kind_finds(
    seed: int, spread: float, zeros: bool, power: float
) -> None:
    problem = problem_of(seed, spread, zeros=zeros)
    one = dual_of(problem)
    # A cost row that counts nothing leaves all prices as they are; to the loops it is one more.
    nothing = {"costs": np.zeros((1, V, S)), "cost_budgets": [1.0]}
    other = dual_of(problem_of(seed, spread, zeros=zeros, **nothing))
    level = float(one.nested.ready.tables.scores.sum() / 9.0) ** 2 * 2.0**power
    for price in (level, 0.25 * level):  # the second from the prices that the first has found
        y = np.zeros(1 + S)
        y[0] = price
        one.sums_at(y, curved=False)
        other.sums_at(np.append(y, 1.0), curved=False)
        assert one.probabilities == pytest.approx(other.probabilities, rel=1e-13, abs=1e-300)
        assert one.asked.kind.tolist() == other.asked.kind.tolist()
        assert one.asked.row_governor.tolist() == other.asked.row_governor.tolist()
        assert one.prices == pytest.approx(other.prices, rel=1e-12)


@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([0.0, 1.5, 12.0]),
    zeros=st.booleans(),
    power=st.floats(-12.0, 12.0),
)
@settings(max_examples=25, deadline=None)
def test_sums_and_slope_are_known_without_the_prices_of_groups(
    seed: int, spread: float, zeros: bool, power: float
) -> None:
    dual = dual_of(problem_of(seed, spread, zeros=zeros))
    eta = dual.nested.limits[:1] * float(dual.nested.ready.tables.scores.sum() / 9.0) ** 2
    eta *= 2.0**power
    r, slope = EvenDual(dual=dual).evaluate(eta)
    assert r == pytest.approx(dual.evaluate(eta)[0], abs=1e-13)
    tables, p = dual.nested.ready.tables, dual.probabilities
    free = (tables.floor < p) & (p < tables.ceiling) & (dual.asked.row_governor == SLACK)[:, None]
    price, room = float(eta[0] / dual.nested.limits[0]), float(dual.nested.limits[0])
    assert slope[0, 0] == pytest.approx(0.5 * p[free].sum() / price / room**2, rel=1e-12)


def test_floors_of_models_alone_take_the_loops_of_limits_without_floors() -> None:
    scores = np.random.default_rng(4).lognormal(0.0, 1.5, (300, S))
    problem = rl.Problem(scores, budget=60.0, processor_cap=0.6, model_floors=[10.0, 20.0, 28.0])
    one, other = dual_of(problem), dual_of(problem)
    assert one._loops is not None
    other._loops = None
    eta = one.nested.limits * float(one.nested.ready.tables.scores.sum() / 60.0) ** 2
    eta[1:] *= [0.1, 0.2, 0.9]
    paid = eta * [1.0, 1.0, 1.0, 1.5]  # more for the last model than a draw costs
    for at in (eta, 0.5 * eta, paid):
        r, slope = one.evaluate(at)
        there, steep = other.evaluate(at)
        assert r == pytest.approx(there, rel=1e-12, abs=1e-13)
        assert slope == pytest.approx(steep, rel=1e-12, abs=1e-14 * float(abs(steep).max()))


def test_groups_with_floors_only_begin_with_the_base_problem() -> None:
    problem = problem_of(5, 1.5, zeros=False)
    bare = rl.Problem(
        problem.scores, budget=9.0, groups=ROWS // 4, group_floors=0.3, processor_cap=0.8
    )
    capped = rl.Problem(
        problem.scores,
        budget=9.0,
        groups=ROWS // 4,
        group_floors=0.3,
        group_caps=3.1,  # four rows can use 3.2: a cap that could bind, and does not
        processor_cap=0.8,
    )
    found, other = rl.solve(bare), rl.solve(capped)
    assert found.probabilities == pytest.approx(other.probabilities, rel=1e-12)
    assert len(found.prices.levels) == 1
    assert found.certificate.gap < 1e-12
    assert without_free_levels(without_floors(bare)).is_plain
    assert not without_free_levels(without_floors(capped)).is_plain


def test_the_number_of_threads_leaves_the_bits() -> None:
    rows = 40_000
    scores = np.random.default_rng(2).lognormal(0.0, 1.5, (rows, 2))
    problem = rl.Problem(scores, budget=0.2 * rows, client_floor=0.1)
    found = []
    for count in (1, 2):
        with threads(count):
            found.append(rl.solve(problem).probabilities)
    assert found[0].tobytes() == found[1].tobytes()
    assert rl.solve(problem).certificate.gap < 1e-12
