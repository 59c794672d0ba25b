"""Optima that need a probability that float64 does not have, against every float there is."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import roundlot as rl
from roundlot.solvers.joint.beyond import Exact, within_reach
from roundlot.solvers.objectives import closest as searching

ULP = Fraction(1, 2**53)


def worst(scores: tuple[float, float], rest: Fraction) -> Fraction:
    """The worse variance of two models of one processor: ``1 − rest`` and ``rest``."""
    large, small = (Fraction(a) ** 2 for a in scores)
    return max(large * rest / (1 - rest), small * (1 - rest) / rest)


def ideal(scores: tuple[float, float]) -> Fraction:
    """The least of it: both are equal at ``rest/(1 − rest) = small/large`` scores."""
    share = Fraction(scores[1]) / Fraction(scores[0])
    return worst(scores, share / (1 + share))


def over_floats(scores: tuple[float, float]) -> Fraction:
    """The least over all floats near 1, one by one; the other model has all that they leave."""
    share = Fraction(scores[1]) / Fraction(scores[0])
    near = int(share / ULP)
    return min(worst(scores, k * ULP) for k in range(max(1, near - 3), near + 4))


@pytest.mark.parametrize(
    "scores", [(1.0, 1e-20), (1e30, 1e-40), (1e150, 1e-150), (3.0, 8e-16), (1.0, 3.37e-13)]
)
def test_what_float64_lacks_is_proved(
    scores: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds of the search enclose the truth, and the error names pair and distance."""
    known: list[searching.Closest] = []

    def kept(*given: object) -> searching.Closest:
        known.append(searching.closest(*given))  # type: ignore[arg-type]
        return known[-1]

    monkeypatch.setattr("roundlot.solvers.objectives.norms.closest", kept)
    problem = rl.Problem([list(scores)], budget=1.0, available=[[True, True]])
    with pytest.raises(rl.ConvergenceError, match=r"processor 0 to train model 0.*miss the least"):
        rl.solve(problem, objective="max")
    found, truth = known[0], over_floats(scores)
    assert ideal(scores) <= found.reached <= ideal(scores) * (1 + Fraction(1, 20))
    assert found.reached * (1 + searching.NEAR) < found.least <= truth


@pytest.mark.parametrize("scores", [(1.0, 1e-20), (1e30, 1e-40), (7.0, 2.3e-18)])
def test_a_ceiling_below_1_asks_for_the_best_there_is(scores: tuple[float, float]) -> None:
    """The float next to 1 is the best of all, and is proved so where it is the ceiling."""
    most = math.nextafter(1.0, 0.0)
    problem = rl.Problem([list(scores)], budget=1.0, ceiling=[[most, 1.0]])
    solution = rl.solve(problem, objective="max")
    assert solution.certificate.gap <= 1e-12
    assert math.isclose(solution.certificate.objective, float(over_floats(scores)), rel_tol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 1000])
def test_what_float64_has_is_found(k: int) -> None:
    """Where the optimum is at a float next to 1 it is no error."""
    share = k * ULP
    small = float(share / (1 - share))
    problem = rl.Problem([[1.0, small]], budget=1.0)
    solution = rl.solve(problem, objective="max")
    assert solution.certificate.gap <= 1e-9
    assert 1.0 - solution.probabilities[0, 0] == float(share)


def test_fractions_keep_every_limit() -> None:
    """What shows how little can be reached is within a budget per model, too."""
    problem = rl.Problem(
        [[1.0, 1e-30], [1e-35, 2.0]], budget=2.0, model_budgets=[1.0, 1.0], processor_cap=1.0
    )
    top = math.nextafter(1.0, 0.0)
    p = np.array([[top, 1.0 - top], [1.0 - top, top]])
    exact = Exact.of(problem)
    value, table = within_reach(exact, p, math.inf)
    assert exact.kept(table)
    assert value < exact.value(p, math.inf) / 2
    for line in table:
        assert sum(line) <= 1
    for column in zip(*table, strict=True):
        assert sum(column) <= 1


def test_a_part_that_cannot_be_asked_about_is_no_error_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a search within the problem meets is not told as if the user had given it."""

    def refused(*given: object) -> None:
        raise rl.InvalidProblemError("the least cap is 0")

    monkeypatch.setattr("roundlot.solvers.objectives.norms.closest", refused)
    with pytest.raises(rl.ConvergenceError, match="proved to a gap of"):
        rl.solve(rl.Problem([[1.0, 1e-20]], budget=1.0), objective="max")
