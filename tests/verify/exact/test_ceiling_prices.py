"""Bounds in floats leave entries to fractions: with the prices of ceilings of variances, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import roundlot as rl
from roundlot.theory.certificates.bound import Program, exact_bound, float_bound
from roundlot.theory.certificates.claim import no_prices


def test_entries_left_to_fractions_pay_ceilings() -> None:
    rng = np.random.default_rng(3)
    scores = rng.lognormal(size=(40, 2))
    most = np.column_stack((np.ones(40), np.full(40, 1e-65)))  # so low that floats leave them
    problem = rl.Problem(scores, budget=10.0, ceiling=most)
    prices = replace(no_prices(problem), budget=4.0, ceilings=np.array([2.0, 3.0]))
    program = Program(problem=problem, factors=np.array([1.0, 0.0]), prices=prices)
    exact, found = exact_bound(program), float_bound(program)
    assert exact > 0
    assert exact * (1 - 2**-20) < found <= exact
    some = replace(program, prices=replace(prices, ceilings=np.array([2.0, 0.0])))
    assert exact_bound(some) < exact * 0.9  # what the second pays is not nothing
