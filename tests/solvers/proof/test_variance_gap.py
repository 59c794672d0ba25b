"""How far a variance is from the least, where it is a tiny part of the objective."""

from __future__ import annotations

import dataclasses
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roundlot as rl
from roundlot.cli import main
from roundlot.solvers import certify, rational_optimum, solve
from roundlot.theory import Problem
from roundlot.theory.certificates import claim_of, examine
from roundlot.theory.certificates.bound import Program
from roundlot.theory.certificates.distance import _in_floats as float_distance
from roundlot.theory.certificates.distance import proved_distance


def _variance(problem: Problem, table) -> Fraction:
    """``Σ a² (1 − p)/p`` of probabilities, as a fraction."""
    rows = zip(problem.weighted_scores.tolist(), table, strict=True)
    return sum(
        Fraction(a) ** 2 * (1 - Fraction(p)) / Fraction(p)
        for scores, shares in rows
        for a, p in zip(scores, shares, strict=True)
        if a
    )


@given(seed=st.integers(0, 10**6), idle=st.sampled_from([1e-1, 1e-4, 1e-8]))
def test_it_bounds_the_excess_over_the_least_variance_in_fractions(seed, idle):
    random = np.random.default_rng(seed)
    size = int(random.integers(2, 9))
    problem = Problem(
        random.lognormal(0.0, 2.0, (size, 1)),
        budget=size - idle,
        groups=np.arange(size) // 3,
        group_caps=3.0 - idle / 7.0,
        floor=random.choice([0.0, 0.3]),
    )
    solution = solve(problem)
    least = _variance(problem, rational_optimum(problem).probabilities)
    found = _variance(problem, solution.probabilities.tolist())
    claimed = solution.certificate.variance_gap
    assert found / least - 1 <= claimed < 1e-12 / idle  # last bits of p
    assert solution.certificate.verify()


@given(seed=st.integers(0, 10**6))
def test_any_design_and_any_family_are_judged_alike(seed, random_family, quietly):
    problem = random_family(seed)
    solution = quietly(problem)
    share = np.random.default_rng(seed).uniform(0.3, 1.0)
    floor = problem.bounds[0]
    other = floor + (solution.probabilities - floor) * share
    for design in (solution.probabilities, other):
        certificate = certify(problem, design, solution.multipliers)
        claim = claim_of(certificate)
        findings = examine(claim)
        if not findings.undecided:
            assert findings.complaints == ()
            assert findings.variance_gap <= certificate.variance_gap
        program = Program(problem=problem, factors=problem.model_weights, prices=claim.prices)
        exactly = proved_distance(program, design)
        # the former is rounded up after 400 binary digits, even where it is 0
        assert exactly <= float_distance(program, design) + Fraction(1e-100)
        assert float_distance(program, design) <= exactly * Fraction(1.001) + Fraction(1e-20)


def test_a_variance_of_0_is_the_least():
    solution = solve(Problem([[1.0], [2.0], [0.0]], budget=2.0))
    assert solution.variance == 0.0
    assert solution.certificate.variance_gap == 0.0
    assert solution.certificate.verify()


def test_a_design_that_is_not_the_best_is_told_how_far_it_is():
    problem = Problem([[3.0], [1.0]], budget=1.0)  # the least is 16 at p = a/4: a variance of 6
    equal = certify(problem, [[0.5], [0.5]])  # 20, a variance of 10
    assert equal.variance_gap == pytest.approx(4 / 6, rel=1e-12)
    assert equal.gap == pytest.approx(4 / 16, rel=1e-12)
    assert equal.verify()


def test_where_nothing_is_proved_it_is_infinite():
    problem = Problem([[3.0], [1.0]], budget=1.0)
    never = certify(problem, [[1.0], [0.0]])
    assert never.variance_gap == math.inf
    far = certify(problem, [[0.01], [0.01]])
    assert far.variance_gap == pytest.approx((1000 - 16) / 6, rel=1e-9)


@pytest.mark.parametrize("share", [0.999, 0.0])
def test_a_smaller_one_is_refused(share, tmp_path: Path, capsys):
    problem = Problem(np.arange(1.0, 21.0)[:, None], budget=20 - 1e-5)
    sound = claim_of(certify(problem, solve(problem).probabilities * (1.0 - 1e-9)))
    assert examine(sound).proved
    forged = dataclasses.replace(sound, variance_gap=sound.variance_gap * share)
    assert any("variance_gap" in line for line in examine(forged).complaints)
    path = solve(problem).save(tmp_path / "solved.json")
    assert main(["check", str(path)]) == 0
    assert "above the least" in capsys.readouterr().out
    document = json.loads(path.read_text("utf-8"))
    assert document["variance_gap"] < 1e-9
    document["variance_gap"] *= share
    path.write_text(json.dumps(document), "utf-8")
    assert main(["check", str(path)]) == 1
    del document["variance_gap"]
    path.write_text(json.dumps(document), "utf-8")
    assert main(["check", str(path)]) == 0


def test_it_belongs_to_the_sum():
    problem = Problem([[1.0, 2.0], [3.0, 0.5]], budget=1.0)
    worst = rl.solve(problem, objective="max").certificate
    assert worst.variance_gap is None
    claim = dataclasses.replace(claim_of(worst), variance_gap=0.0)
    assert any("belongs to goal 'sum'" in line for line in examine(claim).complaints)


def test_large_tables_are_judged_in_floats():
    random = np.random.default_rng(0)
    problem = Problem(
        random.lognormal(size=(900, 3)), budget=100.0, floor=0.01, model_budgets=[30.0, 60.0, 40.0]
    )
    certificate = solve(problem).certificate
    assert certificate.variance_gap < 1e-13
    assert certificate.verify()


def test_floors_of_sums_are_paid_and_judged():
    random = np.random.default_rng(1)
    problem = Problem(random.lognormal(0.0, 2.0, (9, 2)), budget=3.0, model_floors=[0.5, 1.2])
    certificate = solve(problem).certificate
    assert certificate.variance_gap < 1e-9
    assert certificate.verify()
    claim = claim_of(certificate)
    program = Program(problem=problem, factors=problem.model_weights, prices=claim.prices)
    exactly = proved_distance(program, certificate.probabilities)
    assert exactly <= float_distance(program, certificate.probabilities)
