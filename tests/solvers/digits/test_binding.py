"""Newton's method in decimals on the limits that bind: by hand, and where float64 ends short."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

import roundlot as rl
from benchmarks.hostile.instances import draw
from roundlot.solvers.digits.answer import followed_to_the_end
from roundlot.solvers.digits.binding import Binding
from roundlot.solvers.digits.decimals import CONTEXT, digits
from roundlot.solvers.digits.guess import Start
from roundlot.solvers.digits.path import followed
from roundlot.solvers.digits.question import question

TINY = Decimal("1e-28")


def _followed(asked, p, prices, weights):
    with localcontext(CONTEXT):
        return Binding(asked).followed(
            Start(p=digits(p), prices=digits(prices), weights=digits(weights))
        )


def test_water_filling_from_a_price_that_is_nearly_right():
    # p = a / 12, a draw is worth 12²
    asked = question(rl.Problem([[3.0], [4.0], [5.0]], budget=1), weights=np.ones(1))
    point = _followed(asked, [0.2, 0.3, 0.4], [150.0], [])
    for p, a in zip(point.p, (3, 4, 5), strict=True):
        assert abs(p - Decimal(a) / 12) < TINY
    assert abs(point.prices[0] / 144 - 1) < TINY


def test_an_entry_that_a_wrong_price_holds_at_its_ceiling_is_freed():
    # at the price of 1 all three would be drawn always; 2 of 3 is p = (1/2, 1/2, 1)
    asked = question(rl.Problem([[1.0], [1.0], [9.0]], budget=2), weights=np.ones(1))
    point = _followed(asked, [0.9, 0.9, 1.0], [1.0], [])
    assert [abs(p - Decimal(x)) < TINY for p, x in zip(point.p, (0.5, 0.5, 1), strict=True)]
    assert abs(point.prices[0] - 4) < TINY


def test_two_variances_are_levelled():
    # Var_s = a² (1/p − 1): of scores 1 and 2 with p + q = 1 they are alike at 1/p − 1 = 4 (1/q − 1)
    asked = question(rl.Problem([[1.0, 0.0], [0.0, 2.0]], budget=1), norm=np.ones(2))
    moving = [0.3, 0.0, 0.0, 0.6]
    moving = np.array(moving)[[2 * v + s for v, s in asked.pairs.tolist()]]
    prices = [3.0 * (row.limit.word == "budget") for row in asked.rows]
    point = _followed(asked, moving, prices, [0.5, 0.5])
    table = asked.table(point.p)
    p, q = table[0, 0], table[1, 1]
    assert abs(p + q - 1) < TINY
    assert abs((1 / p - 1) - 4 * (1 / q - 1)) < TINY * 100


def test_steps_stop_where_an_entry_leaves_its_ceiling():
    # always drawn but for the 6e-29 that the other model wants: the path ends 1e-7 short
    asked = question(rl.Problem(**draw(4049521).given), norm=np.ones(2))
    with localcontext(CONTEXT):
        assert followed(asked)[1] > Decimal("1e-9")
        point, missed = followed_to_the_end(asked)
        assert missed == 0
        p = asked.table(point.p)
        assert abs(p.sum() - Decimal(asked.problem.budget)) < TINY
        assert abs(p[7].sum() - 1) < TINY
        variances = (digits(asked.problem.scores) ** 2 * (1 - p) / p).sum(axis=0)
        assert abs(variances[0] / variances[1] - 1) < TINY


@pytest.mark.parametrize("seed", [0, 1])
def test_probabilities_near_1_beside_floors_of_sums_are_proved(seed):
    rng = np.random.default_rng([5, seed])
    p = 1.0 - np.ldexp(rng.integers(1, 64, (30, 2)).astype(float), -20)
    client = np.arange(30) // 3
    sums = np.bincount(client, p.sum(axis=1))
    problem = rl.Problem(
        rng.lognormal(0.0, 1.5, (30, 2)),
        budget=float(p.sum()),
        processor_cap=2.0,
        client=client,
        client_cap=6.0,
        client_floor=sums * 0.5,
    )
    solution = rl.solve(problem, objective="max")
    assert solution.certificate.gap <= 1e-11  # refused at 7e-8 without the decimals
    assert solution.certificate.rigorous
