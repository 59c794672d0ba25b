"""A slice of the hostile instances, and whether their judge sees planted faults."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from benchmarks.hostile import judging, larger
from benchmarks.hostile.beyond import is_beyond_float64
from benchmarks.hostile.instances import Instance, draw, keeps
from benchmarks.hostile.judging import judged
from benchmarks.hostile.truth import cone_optimum, is_feasible


def instance(scores, *, objective="sum", options=None, **given):
    return Instance(
        seed=0,
        limits="none",
        objective=objective,
        values="plain",
        given={"scores": np.array(scores), **given},
        options=options or {},
    )


@pytest.mark.parametrize("first", range(0, 150, 30))
def test_a_slice_has_no_fault(first):
    drawn = [draw(seed) for seed in range(first, first + 30)]
    for one in drawn:
        if one.objective == "sum":
            verdict = judged(one)
            assert not verdict.fault, (one.seed, verdict)


def test_equal_limits_are_decided_exactly():
    floor = np.full((2, 2), 0.25)
    assert is_feasible(instance([[1.0, 1.0], [1.0, 1.0]], budget=1.0, floor=floor))
    less = np.nextafter(1.0, 0.0)
    assert not is_feasible(instance([[1.0, 1.0], [1.0, 1.0]], budget=less, floor=floor))
    # nothing is left for the score without a floor
    floor[0, 0] = 0.0
    assert not is_feasible(instance([[1.0, 1.0], [1.0, 1.0]], budget=0.75, floor=floor))
    assert is_feasible(instance([[0.0, 1.0], [1.0, 1.0]], budget=0.75, floor=floor))


def test_floors_of_sums_are_decided_by_a_linear_program():
    given = {"budget": 1.0, "model_floors": [0.75, 0.25]}
    assert is_feasible(instance([[1.0, 1.0], [1.0, 1.0]], **given))
    more = {**given, "model_floors": [0.75, np.nextafter(0.25, 1.0)]}
    assert not is_feasible(instance([[1.0, 1.0], [1.0, 1.0]], **more))
    # one model alone takes all that the budget has: the other, with a score, would stay silent
    assert not is_feasible(instance([[1.0, 1.0]], budget=1.0, model_floors=[1.0, 0.0]))
    assert is_feasible(instance([[1.0, 0.0]], budget=1.0, model_floors=[1.0, 0.0]))


def test_limits_are_kept_as_fractions():
    one = instance([[1.0], [1.0], [1.0]], budget=0.3)
    third = 0.1  # three floats 0.1 are above the float 0.3
    assert 3 * Fraction(third) > Fraction(0.3)
    assert not keeps(one, np.full((3, 1), third))
    assert keeps(one, np.full((3, 1), np.nextafter(third, 0.0)))


def test_the_cone_solver_knows_the_optimum_of_two():
    value, p = cone_optimum(instance([[1.0], [2.0]], budget=0.9))
    assert value == pytest.approx(9.0 / 0.9 / 4.0, rel=1e-6)  # (1 + 2)²/m, largest score 1
    np.testing.assert_allclose(p, [[0.3], [0.6]], atol=1e-5)


def test_a_cone_solver_that_misses_a_limit_is_no_reference():
    """A last bit is left above the floors, which it takes 1e-6 off: its optimum is another."""
    room = [[0.5, 0.25], [0.0, 0.25]], np.nextafter(1.0, 2.0)
    one = instance(
        [[0.8, 0.9], [4.5, 0.1]], objective="max", floor=np.array(room[0]), budget=room[1]
    )
    assert cone_optimum(one) is None
    assert judged(one, cone=True).fault == ""


def test_a_cone_solver_is_brought_within_limits_that_leave_no_room():
    """All floors, 1e-7 off each: that is 5e-4 of the second moment of the smallest."""
    floor = np.array([[0.5, 0.003], [0.25, 0.247]])
    one = instance([[0.1, 1.0], [0.2, 0.1]], floor=floor, budget=1.0)
    value, _p = cone_optimum(one)
    assert value == pytest.approx(float((np.square(one.scores) / floor).sum()), rel=1e-9)
    assert judged(one, cone=True).fault == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda answer: {"p": answer.p * 1.01}, "accepted wrongly"),
        (lambda answer: {"p": answer.p * 0.0}, "accepted wrongly"),
        (lambda answer: {"gap": 1e-6}, "gap"),
        (lambda answer: {"claim": replace(answer.claim, lower_bound=1e3)}, "judge"),
        (lambda answer: {"objective": answer.objective * 1.01}, "cone"),
    ],
)
def test_planted_faults_are_seen(change, fault, monkeypatch):
    one = instance([[1.0, 0.5], [2.0, 0.7]], budget=0.9)
    assert judged(one, cone=True).fault == ""
    solved = judging._solved
    monkeypatch.setattr(
        judging, "_solved", lambda given: (lambda a: replace(a, **change(a)))(solved(given))
    )
    assert judged(one, cone=True).fault == fault


def test_a_wrong_refusal_and_a_crash_are_seen(monkeypatch):
    one = instance([[1.0], [2.0]], budget=0.9)
    for error, fault in (
        (rl.InfeasibleError("no"), "refused wrongly"),
        (rl.ConvergenceError("no"), "gave up"),
        (ZeroDivisionError("no"), "crashed"),
    ):

        def fail(given, error=error):
            raise error

        monkeypatch.setattr(judging, "_solved", fail)
        assert judged(one).fault == fault


@pytest.mark.parametrize("objective", ["max", "fair"])
@pytest.mark.parametrize(
    ("scores", "more", "beyond"),
    [
        # variances a² δ and b²/δ of 1 − δ and δ: δ = b/a = 1e-300
        ([[1e150, 1e-150]], {}, True),
        ([[1e150, 1e-150]], {"processor_cap": 2.0, "budget": 2.0}, False),  # both always
        ([[1e150, 1e-150]], {"floor": [[0.0, 0.125]]}, False),  # 7/8 at most
        ([[1e150, 1e-150]], {"model_floors": [0.5, 0.0]}, True),
        ([[4.0, 1.0]], {}, False),
    ],
)
def test_what_float64_lacks_is_decided_in_fractions(objective, scores, more, beyond):
    given = {"budget": 1.0, **more}
    options = {"alpha": 2.0} if objective == "fair" else {}
    one = instance(scores, objective=objective, options=options, **given)
    assert is_beyond_float64(one) is beyond


def test_a_search_that_ends_is_a_fault_unless_it_says_what_float64_lacks(monkeypatch):
    one = instance([[1e150, 1e-150]], objective="max", budget=1.0)
    for message, fault in (("it needs more than float64 has", ""), ("who knows", "gave up")):

        def fail(_, message=message):
            raise rl.ConvergenceError(message)

        monkeypatch.setattr(judging, "_solved", fail)
        verdict = judged(one)
        assert verdict.fault == fault
        assert verdict.beyond is (fault == "")
    plain = instance([[4.0, 1.0]], objective="max", budget=1.0)
    monkeypatch.setattr(judging, "_solved", lambda _: fail(_, "more than float64 has"))
    assert judged(plain).fault == "gave up"


@pytest.mark.parametrize("seed", [0, 3, 7, 11])
def test_a_larger_table_can_be_met_by_what_made_its_limits(seed):
    one = larger.draw(seed)
    assert 60 <= one.scores.size <= 3005
    assert keeps(one, one.known)
    total = sum(Fraction(float(x)) for x in one.known.ravel())
    assert total == Fraction(float(one.known.sum()))  # what is exactly met is, in float64, too


def test_a_larger_table_is_solved_and_judged():
    seeds = [seed for seed in range(40) if larger.draw(seed).scores.size < 150]
    for seed in seeds[:3]:
        verdict = judged(larger.draw(seed))
        assert not verdict.fault, (seed, verdict)
    refused = replace(larger.draw(seeds[0]), known=None)
    assert not judging._may_exist(refused)  # too large for fractions to decide, so not known
