"""Variances that are tiny beside their second moments, proved to the last bits."""

from __future__ import annotations

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.proof.leftover import with_leftover
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.sums import excesses


def test_a_model_that_is_always_drawn_weighs_what_keeps_it_so() -> None:
    """One pair 2¹²⁰ times the others is certain; ``(Σ a)²/(m − 1) − Σ a²`` is left of the rest."""
    others = np.array([1.0, 0.25])
    scores = np.zeros((3, 2))
    scores[:2, 0], scores[2, 1] = others, 2.0**120
    problem = rl.Problem(scores, budget=1.16, available=scores > 0.0)
    solution = rl.solve(problem, objective="fair", alpha=7.0)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()
    assert solution.probabilities[2, 1] == 1.0
    least = others.sum() ** 2 / (1.16 - 1.0) - np.square(others).sum()
    assert solution.objective == pytest.approx(least, rel=1e-12)


def test_a_budget_that_is_spent_leaves_a_processor_its_own_last_bits() -> None:
    """A pair at ``1 − 3e-6`` and one beside it, and a budget that a third takes up."""
    scores = [[2.6e-6, 0.91], [5.4e-6, 1.0e-6]]
    problem = rl.Problem(scores, budget=1.77)
    p = np.array([[2.9e-6, 0.99999709], [0.65, 0.12]])
    p[0, 0] = (1.0 - p[0, 1]) * (1.0 - 1e-11)
    p[1, 0] = 1.77 - p[0].sum() - p[1, 1]
    while excesses(problem.sum_limits()[0], p)[0] > 0.0:
        p[1, 0] = np.nextafter(p[1, 0], 0.0)
    raised = with_leftover(problem, p)
    assert raised[0, 0] + raised[0, 1] == 1.0
    assert raised[0, 0] == 1.0 - raised[0, 1]  # exact: nothing of the cap is left
    assert all((excesses(limit, raised) <= 0.0).all() for limit in problem.sum_limits())
    assert raised[1, 0] == pytest.approx(p[1, 0], rel=1e-14)


@pytest.mark.parametrize(
    ("row", "within"),
    [
        # 2⁻⁹⁰ too much: a last bit of the small one, where one of the large one is 2⁻⁵³
        ([1.0 - 2.0**-40, 2.0**-40 + 2.0**-90], [1.0 - 2.0**-40, 2.0**-40]),
        # all that the small one has: it stays, the large one gives a last bit
        ([1.0, 2.0**-60], [1.0 - 2.0**-53, 2.0**-60]),
    ],
)
def test_what_is_above_a_cap_is_taken_where_digits_are_fine_enough(
    row: list[float], within: list[float]
) -> None:
    problem = rl.Problem([[1.0, 1.0]], budget=2.0)
    assert lowered(problem, np.array([row])).tolist() == [within]


def test_six_decades_beside_each_other() -> None:
    available = np.ones((7, 2), dtype=bool)
    available[0, 0] = available[1] = False
    scores = [
        [0.8293892266918036, 0.2686482031002972],
        [0.03146053991396876, 0.06198875153304128],
        [0.05725020129148897, 3.704422798904798e-05],
        [5.441113633341192e-06, 1.0484905091559786e-06],
        [0.0005922335412455799, 4.401482783146171e-06],
        [2.6362654483993228e-06, 0.9102304054586166],
        [0.12170052061410679, 1.3377126628603571e-05],
    ]
    problem = rl.Problem(scores, budget=5.766277217482126, available=available)
    solution = rl.solve(problem, objective="fair", alpha=2.0)
    assert solution.certificate.gap < 1e-12
    assert solution.certificate.verify()


def test_a_moment_beyond_float64_that_its_weight_brings_back():
    # 0.002 (4.7e154)² / 0.5 is 8.8e306; (4.7e154)² alone is above float64
    problem = rl.Problem([[4.7e154]], budget=0.5, model_weights=[2e-3], weights=[[1.0]])
    solution = rl.solve(problem, objective="participation", participation_weight=0.0)
    assert solution.objective == pytest.approx(4.7 * 4.7 * 2e-3 / 0.5 * 1e308, rel=1e-12)
    assert solution.variance == pytest.approx(4.7 * 4.7 * 2e-3 * 1e308, rel=1e-12)


def test_last_bits_are_not_taken_from_floors_of_sums():
    # the pair that is worth least is all that its model's floor has
    problem = rl.Problem([[1.0, 0.0], [0.0, 1e-3]], budget=1.0, model_floors=[0.0, 0.5])
    p = np.array([[0.5, 0.0], [0.0, 0.5]])
    free = rl.Problem([[1.0, 0.0], [0.0, 1e-3]], budget=1.0)
    assert with_leftover(free, p)[1, 1] < 0.5
    assert with_leftover(problem, p)[1, 1] >= 0.5
