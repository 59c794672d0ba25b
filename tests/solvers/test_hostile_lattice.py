"""What float64 lacks near an optimum, against all floats there are; no proof claims more."""

from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from benchmarks.hostile import judging
from benchmarks.hostile.instances import Instance, draw, keeps
from benchmarks.hostile.judging import judged
from benchmarks.hostile.lattice import (
    Exact,
    Hint,
    above,
    below,
    bound,
    dual_norm_above,
    narrowed,
    none_better,
    none_within,
    norm_above,
)
from benchmarks.hostile.truth import is_feasible

LAST = Fraction(1, 2**53)


def two_models(steps, objective="max", **options):
    """One processor that should train the first model but for so many steps of 2**-53.

    Variances are ``a² δ/(1−δ)`` and ``b² (1−δ)/δ``, alike at ``δ/(1−δ) = b/a``.
    """
    rest = steps * LAST
    scores = np.array([[1.0, float(rest / (1 - rest))]])
    return Instance(
        seed=0,
        limits="none",
        objective=objective,
        values="plain",
        given={"scores": scores, "budget": 1.0},
        options=options,
    )


def best_of_floats(one, steps):
    """The least that pairs ``1 − k 2**-53`` and ``k 2**-53`` have, of all ``k`` nearby."""
    exact = Exact.of(one)
    near = round(steps)
    rests = [k * LAST for k in range(max(1, near - 3), near + 4)]
    return min(exact.value({(0, 0): 1 - d, (0, 1): d}) for d in rests)


def least_of_fractions(one):
    """``max(a² δ/(1−δ), b² (1−δ)/δ)`` is least where both are ``a b``."""
    a, b = (Fraction(x) for x in one.given["scores"][0].tolist())
    return a * b


@pytest.mark.parametrize("steps", [Fraction(3, 2), 2**20 + Fraction(1, 2), 2**35 + Fraction(1, 4)])
def test_what_all_floats_miss_is_proved_and_no_more(steps):
    one = two_models(steps)
    missed = best_of_floats(one, steps) / least_of_fractions(one) - 1
    assert missed > 0
    assert none_within(one, missed * Fraction(9, 10))
    assert not none_within(one, missed * Fraction(11, 10))


def test_where_a_float_is_at_the_optimum_nothing_is_proved():
    one = two_models(Fraction(2**20))
    assert not none_within(one, Fraction(1, 10**9))


@pytest.mark.parametrize("steps", [2**35 + Fraction(1, 4), 2**34 + Fraction(3, 4)])
def test_an_answer_with_a_gap_is_the_best_float_there_is(steps):
    one = two_models(steps)
    verdict = judged(one)
    assert verdict.beyond
    assert verdict.fault == ""
    assert 1e-12 < verdict.gap < 1e-9
    p = rl.solve(rl.Problem(**one.given), objective="max").probabilities
    assert none_better(one, p, Fraction(1, 10**12))
    worse = np.array([[1.0 - 2.0**-16, 2.0**-16]])
    assert not none_better(one, worse, Fraction(1, 10**12))


def test_a_gap_that_float64_could_close_stays_a_fault(monkeypatch):
    one = two_models(Fraction(2**20))
    solved = judging._solved
    near = np.array([[1.0 - (2**20 + 1) * 2.0**-53, (2**20 + 1) * 2.0**-53]])

    def worse(given):
        answer = solved(given)
        return judging._Answer(p=near, gap=1e-6, objective=answer.objective, claim=answer.claim)

    monkeypatch.setattr(judging, "_solved", worse)
    assert judged(one).fault == "gap"


@pytest.mark.parametrize("seed", range(12))
def test_no_prices_prove_more_than_probabilities_have(seed):
    rng = np.random.default_rng(seed)
    rows, models = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    objective, alpha = [("max", None), ("fair", 1.0), ("fair", 1.5), ("fair", 7.0)][seed % 4]
    given = {
        "scores": 10.0 ** rng.uniform(-3.0, 3.0, (rows, models)),
        "budget": 0.7 * rows,
        "model_weights": 10.0 ** rng.uniform(-1.0, 1.0, models),
    }
    if seed % 2:
        given["model_floors"] = np.full(models, 0.1 * rows / models)
    one = Instance(
        seed=0,
        limits="none",
        objective=objective,
        values="plain",
        given=given,
        options={} if alpha is None else {"alpha": alpha},
    )
    assert is_feasible(one)
    exact = Exact.of(one)
    tables = [rng.uniform(0.3, 1.0, (rows, models)) / models for _ in range(20)]
    points = [p * 0.7 for p in tables if keeps(one, p * 0.7)]
    assert points
    values = [exact.value({q: Fraction(float(p[q])) for q in exact.box()}) for p in points]
    some = rl.solve(
        rl.Problem(**given), objective=objective, **({} if alpha is None else {"alpha": alpha})
    )
    for scale in (0.0, 0.5, 1.0, 3.0):
        prices = [Fraction(float(x)) for x in scale * rng.uniform(0.0, 1.0, len(exact.rows))]
        unit = Fraction(float(some.objective))
        hint = Hint(
            p={},
            prices=[unit * y for y in prices],
            weights={s: Fraction(float(rng.uniform(0.0, 1.0))) for s in range(models)},
        )
        proved = bound(exact, exact.box(), hint)
        assert proved <= min(values)
        assert proved <= unit * Fraction(1 + 1e-9)


def test_narrowing_keeps_whatever_is_within_limits_and_below_the_goal():
    one = two_models(Fraction(3, 2))
    exact = Exact.of(one)
    for k in (1, 2, 5):
        p = {(0, 0): 1 - k * LAST, (0, 1): k * LAST}
        box = narrowed(exact, exact.box(), exact.value(p) * (1 + LAST))
        assert all(low <= p[q] <= high for q, (low, high) in box.items())
    assert narrowed(exact, exact.box(), least_of_fractions(one) * Fraction(13, 10)) is None


def test_roundings_and_norms_are_on_the_right_side():
    third = Fraction(1, 3)
    assert Fraction(below(third)) < third < Fraction(above(third))
    assert below(Fraction(1, 4)) == above(Fraction(1, 4)) == 0.25
    # 3-4-5, and its dual is itself; 1.5 and 3 are duals: (1 + 8)**(2/3), (1 + 8)**(1/3)
    for call in (norm_above, dual_norm_above):
        found = call([Fraction(3), Fraction(4)], 2.0)
        assert 5 <= found <= 5 * (1 + Fraction(1, 10**50))
    cubed = dual_norm_above([Fraction(1), Fraction(2)], 1.5)
    assert 9 <= cubed**3 <= 9 * (1 + Fraction(1, 10**50))
    assert dual_norm_above([Fraction(1), Fraction(2)], 1.0) == 2
    assert dual_norm_above([Fraction(1), Fraction(2)], np.inf) == 3


@pytest.mark.parametrize("seed", [905101, 912633])
def test_what_was_said_without_a_proof_is_proved_now(seed):
    assert none_within(draw(seed), Fraction(1, 10**9))
