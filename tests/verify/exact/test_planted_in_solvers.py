"""A fault in any stage of any solver never ends in "supported": the judge does not ask the solver.

Where the fault makes the record say something false the verdict is "refuted", and so is the file.
Where it only makes the design or the prices worse, and the record says so, it is "inconclusive".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.cli import main
from roundlot.solvers import least_budget, least_cost, solve
from roundlot.theory import Problem
from roundlot.verify import check_certificate, check_variance, predict_squared_error

RANDOM = np.random.default_rng(11)
SCORES = RANDOM.random((12, 2)) + 0.1
KINDS: dict[str, tuple[Problem, dict[str, Any]]] = {
    "plain": (Problem(SCORES, budget=3.0), {}),
    "floors": (Problem(SCORES, budget=3.0, floor=0.02, ceiling=0.4), {}),
    "clients": (Problem(SCORES, budget=3.0, client=np.arange(12) // 2, client_cap=0.6), {}),
    "tree": (
        Problem(
            SCORES,
            budget=3.0,
            groups=[np.arange(12) // 2, np.arange(12) // 6],
            group_caps=[0.6, 1.4],
        ),
        {},
    ),
    "costs": (
        Problem(SCORES, budget=3.0, costs=RANDOM.random((1, 12, 2)), cost_budgets=[0.8]),
        {},
    ),
    "models": (Problem(SCORES, budget=3.0, model_budgets=[1.0, 1.5], floor=0.01), {}),
    "cone": (Problem(SCORES, budget=3.0), {"method": "conic"}),
    "max": (Problem(SCORES, budget=3.0), {"objective": "max"}),
    "max, models": (
        Problem(SCORES, budget=3.0, model_budgets=[1.0, 1.5]),
        {"objective": "max"},
    ),
    "fair": (Problem(SCORES, budget=3.0), {"objective": "fair", "alpha": 3.0}),
    "participation": (
        Problem(SCORES, budget=3.0, weights=RANDOM.random((12, 2))),
        {"objective": "participation", "participation_weight": 0.4},
    ),
}
PLAIN = ("plain", "floors", "cone")
COUPLED = ("clients", "tree", "costs", "models")
NORMS = ("max", "max, models", "fair")


@dataclass(frozen=True)
class Fault:
    """What is wrong: a function of a module, wrapped; and which kinds of problems it spoils."""

    name: str
    module: str
    function: str
    wrap: Callable[[Any], Any]
    kinds: tuple[str, ...]
    outcome: str = "refuted"


def times(factor: float) -> Callable[[Any], Any]:
    """The right answer, multiplied."""
    return lambda true: lambda *given, **more: true(*given, **more) * factor


def with_fields(**factors: float) -> Callable[[Any], Any]:
    """The right record, with some fields multiplied."""

    def wrong(true: Any) -> Any:
        def found(*given: Any, **more: Any) -> Any:
            record = true(*given, **more)
            changed = {name: getattr(record, name) * by for name, by in factors.items()}
            return replace(record, **changed)

        return found

    return wrong


def level_halved(true: Any) -> Any:
    """The right probabilities with half the level of their prices."""

    def found(*given: Any, **more: Any) -> Any:
        probabilities, multipliers = true(*given, **more)
        return probabilities, replace(multipliers, level=0.5 * multipliers.level)

    return found


def off_by_one(true: Any) -> Any:
    """The power of two is off by one."""

    def found(*given: Any, **more: Any) -> Any:
        record = true(*given, **more)
        return replace(record, exponent=record.exponent + 1)

    return found


def scale_doubled(true: Any) -> Any:
    """Scores are taken for twice what they are."""

    def found(*given: Any, **more: Any) -> Any:
        scores, scale = true(*given, **more)
        return scores, 2.0 * scale

    return found


def first_row_doubled(true: Any) -> Any:
    """The scaled scores of the first processor are twice what they are."""

    def found(*given: Any, **more: Any) -> Any:
        scores, unit = true(*given, **more)
        scores = scores.copy()
        scores[0] *= 2.0
        return scores, unit

    return found


def both_times(first: float, second: float) -> Callable[[Any], Any]:
    """A pair, each multiplied."""

    def wrong(true: Any) -> Any:
        def found(*given: Any, **more: Any) -> Any:
            one, other = true(*given, **more)
            return one * first, other * second

        return found

    return wrong


def value_times(factor: float) -> Callable[[Any], Any]:
    """The right objective, whose value is stated multiplied."""

    def wrong(true: Any) -> Any:
        class Wrong(true):  # type: ignore[misc]
            def value(self, problem: Problem, probabilities: Any) -> float:
                return factor * float(super().value(problem, probabilities))

        return Wrong

    return wrong


def without_margin(true: Any) -> Any:
    """Rounding is added, not taken off."""
    return lambda up, down, relative: (up - down) + 1e3 * relative * (up + down)


FAULTS = (
    Fault("scaling of the bound", "proof.bound", "brought", scale_doubled, (*PLAIN, *COUPLED)),
    Fault("scaling of scores", "exact", "working_scores", first_row_doubled, ("plain",), "worse"),
    Fault(
        "scaling of scores in boxes",
        "water.boxes",
        "working_scores",
        first_row_doubled,
        ("floors",),
        "worse",
    ),
    Fault(
        "scaling of coupled scores",
        "coupled.program",
        "working_scores",
        first_row_doubled,
        COUPLED,
        "worse",
    ),
    Fault(
        "scores of the bound",
        "proof.bound",
        "working_scores",
        first_row_doubled,
        (*PLAIN, *COUPLED),
    ),
    Fault("level too high", "exact", "waterfill", with_fields(level=1.1), ("plain",), "worse"),
    Fault("level too low", "exact", "waterfill", with_fields(level=0.9), ("plain",), "worse"),
    Fault("level of boxes too high", "water.boxes", "find_level", times(1.1), ("floors",), "worse"),
    Fault("prices too high", "exact", "read_prices", off_by_one, COUPLED, "worse"),
    Fault("prices of boxes", "exact", "box_optimum", level_halved, ("floors",), "worse"),
    Fault(
        "rounding of the bound", "proof.bound", "rounded_down", without_margin, (*PLAIN, *COUPLED)
    ),
    Fault("terms of the bound", "kernels", "free_terms", times(1.0 + 1e-9), ("plain", "cone")),
    Fault(
        "terms of bounds in boxes",
        "kernels",
        "box_terms",
        both_times(1.0 + 1e-9, 1.0),
        ("floors", *COUPLED),
    ),
    Fault("what limits leave", "proof.bound", "spent", times(0.9), ("floors", "models")),
    Fault("cost of the design", "kernels", "moment_sum", times(1.0 - 1e-9), (*PLAIN, *COUPLED)),
    Fault("units", "proof.certificate", "in_user_units", times(1.0 + 1e-9), (*PLAIN, *COUPLED)),
    Fault("gap", "proof.certificate", "gap_above", times(0.0), (*PLAIN, *COUPLED)),
    Fault("lowering", "exact", "lowered", times(1.0 + 1e-12), COUPLED),
    Fault("lowering of boxes", "exact", "fit_total", times(1.0 + 1e-12), ("floors",)),
    Fault("lowering of the cone's design", "conic", "lowered", times(1.0 + 1e-9), ("cone",)),
    Fault("bound of the norm", "objectives.certificate", "norm_bound", times(1.0 + 1e-7), NORMS),
    Fault("norm of the design", "objectives.certificate", "norm_above", times(1.0 - 1e-7), NORMS),
    Fault("gap of the norm", "objectives.certificate", "gap_above", times(0.0), NORMS),
    Fault("value, worst", "dispatch", "Worst", value_times(0.999), ("max", "max, models")),
    Fault("value, fair", "dispatch", "Fair", value_times(0.999), ("fair",)),
    Fault("shares", "objectives.total", "held_weights", times(1.1), ("participation",)),
    Fault("moments", "objectives.total", "model_objective", times(1.1), ("participation",)),
    Fault("objective of the sum", "solution", "model_objective", times(0.999), PLAIN),
    Fault("variance of the sum", "solution", "model_variance", times(0.999), (*PLAIN, *COUPLED)),
)
STATED = ("solution", "dispatch")  # by the solution alone
CASES = [(fault, kind) for fault in FAULTS for kind in fault.kinds]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_fault_every_kind_is_supported(kind: str) -> None:
    problem, options = KINDS[kind]
    verdict = check_certificate(solve(problem, **options))
    assert verdict.outcome == "supported", verdict.detail


@pytest.mark.parametrize(("fault", "kind"), CASES, ids=[f"{f.name}-{k}" for f, k in CASES])
def test_a_fault_is_never_supported(
    fault: Fault, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problem, options = KINDS[kind]
    module = import_module(f"roundlot.solvers.{fault.module}")
    monkeypatch.setattr(module, fault.function, fault.wrap(getattr(module, fault.function)))
    solution = solve(problem, **options)
    verdict = check_certificate(solution)
    if fault.outcome == "worse":
        assert verdict.outcome in ("inconclusive", "refuted"), verdict.detail
        return
    assert verdict.outcome == "refuted", verdict.detail
    assert main(["check", str(solution.save(tmp_path / "design.json"))]) == 1
    if fault.module not in STATED and fault.function != "model_objective":
        assert not solution.certificate.verify()


@pytest.mark.parametrize("fault", ["bound", "ceilings", "design", "total"])
def test_a_fault_in_the_inverse_is_refuted(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from roundlot.solvers.decisions import cheapest, inverse

    problem = KINDS["plain"][0]
    ceilings = solve(problem).model_variance * 1.3
    cost = RANDOM.random((12, 2)) + 0.5
    right = least_budget(problem, ceilings), least_cost(problem, cost, ceilings)
    assert [check_certificate(answer).outcome for answer in right] == ["supported"] * 2
    if fault == "bound":
        higher = with_fields(lower_bound=1.00001)
        monkeypatch.setattr(cheapest, "least_under", higher(cheapest.least_under))
        answers: list[Any] = [least_cost(problem, cost, ceilings)]
        answers.append(replace(right[0], lower_bound=right[0].lower_bound * (1.0 + 1e-8)))
    elif fault == "ceilings":
        for module in (cheapest, inverse):
            monkeypatch.setattr(module, "lowest_ceilings", lambda _, given: given)
        answers = [replace(answer, variance_ceiling=ceilings * 0.999) for answer in right]
    elif fault == "design":
        answers = [
            replace(answer, probabilities=answer.probabilities * (1.0 - 1e-9)) for answer in right
        ]
    else:
        answers = [replace(right[1], total=right[1].total * 0.999)]
    for answer in answers:
        assert check_certificate(answer).outcome == "refuted", fault
        assert not answer.verify()


@pytest.mark.parametrize("factor", [1.0, 0.8, 1.25])
def test_draws_refute_a_variance_that_is_not_the_design_s(
    factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Updates of one dimension, drawn independently by NumPy; the solver states the variance."""
    from roundlot.solvers import solution as module

    problem = KINDS["plain"][0]
    monkeypatch.setattr(module, "model_variance", times(factor)(module.model_variance))
    found = solve(problem)
    p, rounds = found.probabilities, 40_000
    columns = [problem.scores[:, [s]] for s in range(2)]
    ratio = predict_squared_error(columns, p).second_moment_ratio
    uniform = np.random.default_rng(2).random((rounds, 12))
    drawn = (uniform < p[:, 0], (uniform >= p[:, 0]) & (uniform < p.sum(axis=1)))
    errors = sum(
        (mask @ (a[:, 0] / p[:, s]) - a.sum()) ** 2
        for s, (mask, a) in enumerate(zip(drawn, columns, strict=True))
    )
    verdict = check_variance(errors, found.variance, ratio, discrepancy=0.1, false_alarm=1e-6)
    assert verdict.outcome == ("supported" if factor == 1.0 else "refuted")
    assert check_certificate(found).passed == (factor == 1.0)
