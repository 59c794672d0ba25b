"""Rooms beside floors from a hundredth to one unit in the last place, worked out by hand.

All floors are one number ``l`` and all slopes are those at it, ``a²/l²``: a room so small that no
slope falls behind the next goes to the steepest pair as a whole.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers import least_budget, least_cost

SCORES = [[1.0, 2.0], [3.0, 1.0], [2.0, 1.5]]
FLOOR = 0.05
USED = 6 * Fraction(FLOOR)
ULP = math.nextafter(0.3, 1.0) / 0.3 - 1.0
ROOMS = (1e-2, 1e-6, 1e-8, 1e-12, ULP)
LIMITS: dict[str, dict[str, Any]] = {
    "none": {},
    "groups": {"groups": [0, 0, 1], "group_caps": 2.0},
    "models": {"model_budgets": [0.4, 0.4]},
    "costs": {"costs": np.ones((1, 3, 2)), "cost_budgets": [30.0]},
    "ceilings": {"model_variance_ceilings": 1e9},
}


def problem(room: float, **limits: Any) -> rl.Problem:
    return rl.Problem(SCORES, budget=0.3 * (1.0 + room), floor=FLOOR, **limits)


def variances(table: list[list[Fraction]]) -> list[Fraction]:
    return [
        sum(
            (Fraction(a[s]) ** 2 * (1 / p[s] - 1) for a, p in zip(SCORES, table, strict=True)),
            Fraction(0),
        )
        for s in range(2)
    ]


def at_floors_but(*raised: tuple[int, int, Fraction]) -> list[list[Fraction]]:
    table = [[Fraction(FLOOR)] * 2 for _ in range(3)]
    for v, s, by in raised:
        table[v][s] += by
    return table


def exactly(probabilities: Any) -> list[list[Fraction]]:
    return [[Fraction(x) for x in line] for line in np.asarray(probabilities).tolist()]


def used(table: list[list[Fraction]]) -> Fraction:
    return sum((x for line in table for x in line), Fraction(0))


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("objective", ["max", "fair", "sum"])
def test_a_tight_room_goes_to_the_steepest_pair(
    objective: str, room: float, limits: dict[str, Any]
) -> None:
    given = problem(room, **limits)
    more = {"alpha": 2.0} if objective == "fair" else {}
    found = rl.solve(given, objective=objective, **more)  # type: ignore[arg-type]
    table, left = exactly(found.probabilities), Fraction(given.budget) - USED
    assert used(table) <= Fraction(given.budget)
    assert all(x >= Fraction(FLOOR) for line in table for x in line)
    assert found.certificate.gap <= 1e-12
    none, by_hand = variances(at_floors_but()), variances(at_floors_but((1, 0, left)))
    assert float((variances(table)[0] - by_hand[0]) / by_hand[0]) <= 1e-12  # a = 3 is the steepest
    if room >= 1e-8:
        share = float((none[0] - variances(table)[0]) / (none[0] - by_hand[0]))
        assert share == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("room", [1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
def test_a_ceiling_that_binds_takes_its_part_of_a_tight_room(room: float) -> None:
    given = problem(room)
    half = (Fraction(given.budget) - USED) / 2
    best = at_floors_but((1, 0, half), (0, 1, half))
    ceiling = float(variances(best)[1])  # of the second model: half of the room for its own pair
    found = rl.solve(problem(room, model_variance_ceilings=[math.inf, ceiling]), objective="sum")
    table = exactly(found.probabilities)
    assert used(table) <= Fraction(given.budget)
    assert variances(table)[1] <= Fraction(ceiling)
    assert float(sum(variances(table)) / sum(variances(best)) - 1) <= 1e-12
    assert found.certificate.gap <= 1e-12


@pytest.mark.parametrize("room", [1e-4, 1e-6, 1e-8, 1e-10])
def test_the_least_budget_and_cost_beside_floors_are_those_of_one_pair(room: float) -> None:
    given = problem(2.0 * room)
    by = Fraction(0.3 * room)
    ceiling = float(variances(at_floors_but((1, 0, by)))[0])
    for found in (
        least_budget(given, [ceiling, 400.0]).budget,
        least_cost(given, 1.0, [ceiling, 400.0]).total,
    ):
        assert found == pytest.approx(float(USED + by), rel=1e-13)
