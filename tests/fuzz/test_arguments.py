"""Whatever stands in the place of an argument is read right or refused in one line, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import roundlot as rl
from roundlot import simulate, solvers, theory, verify
from roundlot.theory import errors

SCORES = np.array([[1.0, 2.0], [3.0, 4.0], [2.0, 1.0]])
PROBLEM = rl.Problem(SCORES, budget=1.0)
SOLUTION = rl.solve(PROBLEM)
DESIGN = rl.design(SCORES / 20.0)
WORKERS = solvers.stragglers_from_speed([1.0, 2.0])
LAW = solvers.round_law(solvers.FullWait(), WORKERS, [1, 1])
TABLES = [np.ones((3, 2)), np.ones((3, 2))]
UPDATES = simulate.Updates(directions=TABLES, client=np.arange(3), weights=np.ones((3, 2)))
WORDS = simulate.synthesise_words(np.ones((2, 4), dtype=int), [0, 0, 1, 1])
OURS = (rl.InvalidProblemError, rl.InfeasibleError, rl.ConvergenceError, errors.AssumptionError)
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "solve": (rl.solve, {"problem": PROBLEM}),
    "Problem": (rl.Problem, {"scores": SCORES, "budget": 1.0}),
    "waterfill": (solvers.waterfill, {"scores": SCORES, "budget": 1.0}),
    "least_cost": (
        solvers.least_cost,
        {"problem": PROBLEM, "cost": np.ones((3, 2)), "variance_ceiling": [100.0, 100.0]},
    ),
    "least_budget": (
        solvers.least_budget,
        {"problem": PROBLEM, "variance_ceiling": [100.0, 100.0]},
    ),
    "solve_uncertain": (
        solvers.solve_uncertain,
        {"problem": PROBLEM, "highest": SCORES * 2.0, "deviations": 1},
    ),
    "solve_online": (solvers.solve_online, {"problem": PROBLEM, "online": 0.5}),
    "solve_rounds": (solvers.solve_rounds, {"problems": [PROBLEM, PROBLEM], "budget": 1.5}),
    "design": (rl.design, {"solution_or_probabilities": SCORES / 10.0, "name": "independent"}),
    "compare": (rl.compare, {"problem": PROBLEM, "repeats": 1}),
    "certify": (solvers.certify, {"problem": PROBLEM, "probabilities": SCORES / 20.0}),
    "pair_seconds": (
        solvers.pair_seconds,
        {"samples": SCORES, "speed": [1.0] * 3, "link": [1.0] * 3, "model_bytes": [1.0] * 2},
    ),
    "stragglers_from_speed": (solvers.stragglers_from_speed, {"speed": [1.0, 2.0]}),
    "apportion": (solvers.apportion, {"class_sizes": [2, 2], "speeds": [1.0, 1.0]}),
    "spectral_gap": (theory.spectral_gap, {"mixing": np.full((2, 2), 0.5)}),
    "rounds_to_target": (
        theory.rounds_to_target,
        {
            "smoothness": 1.0,
            "strong_convexity": 0.5,
            "initial": 1.0,
            "target": 0.1,
            "variance": 1.0,
        },
    ),
    "check_mean": (
        verify.check_mean,
        {"values": np.ones(9), "expected": 1.0, "second_moment_ratio": 1.0},
    ),
    "check_inclusion": (
        verify.check_inclusion,
        {"counts": [[1, 2]], "rounds": 100, "probabilities": [[0.01, 0.02]]},
    ),
    "rounds_needed": (
        verify.rounds_needed,
        {"discrepancy": 0.1, "second_moment_ratio": 1.0},
    ),
    "Updates": (
        simulate.Updates,
        {"directions": TABLES, "client": np.arange(3), "weights": np.ones((3, 2))},
    ),
    "stale": (simulate.stale, {"updates": UPDATES, "memory": TABLES}),
    "WorkerQuadratics": (
        simulate.WorkerQuadratics,
        {"optima": np.ones((2, 3)), "curvature": np.ones(3), "start": np.zeros(3)},
    ),
    "simulate_stragglers": (
        simulate.simulate_stragglers,
        {
            "rule": solvers.FullWait(),
            "stragglers": WORKERS,
            "shares": [1, 1],
            "gradients": np.ones((2, 3)),
            "noise_variance": 1.0,
            "rounds": 2,
        },
    ),
    "estimator_moments": (
        solvers.estimator_moments,
        {"name": "pooled", "counts": LAW.counts, "shares": [1, 1]},
    ),
    "TrainingPlan": (simulate.TrainingPlan, {}),
    "train_locally": (
        simulate.train_locally,
        {"samples": WORDS, "plan": simulate.TrainingPlan(epochs=1, warmup_rounds=0)},
    ),
    "landscape": (simulate.landscape, {"samples": WORDS, "l2": 0.1}),
    "synthesise_words": (
        simulate.synthesise_words,
        {"label_counts": np.ones((2, 4), dtype=int), "label_model": [0, 0, 1, 1]},
    ),
    "lowered": (solvers.lowered, {"problem": PROBLEM, "probabilities": SCORES / 20.0}),
    "check_design_variance": (
        verify.check_design_variance,
        {"realised": np.ones(9), "design": DESIGN, "updates": UPDATES},
    ),
    "Stragglers.draw": (WORKERS.draw, {"rounds": 2, "units": 2}),
    "Stragglers.finish": (WORKERS.finish, {"rounds": 2, "units": 2}),
    "Stragglers.reach": (WORKERS.reach, {"most": 2, "horizon": 1.0}),
    "RoundLaw": (LAW.seconds_per_information, {}),
    "Solution.price_in": (SOLUTION.price_in, {"unit": 0}),
    "Solution.variance_in": (SOLUTION.variance_in, {"unit": 0}),
    "Solution.to_frame": (SOLUTION.to_frame, {}),
    "Design.draw": (DESIGN.draw, {"rounds": 2}),
    "Design.fraction": (DESIGN.fraction, {"processor": 0, "model": 0}),
    "Design.joint_inclusion": (DESIGN.joint_inclusion, {"model": 0}),
    "Design.variance": (DESIGN.variance, {"updates": UPDATES}),
    "Design.model_covariance": (DESIGN.model_covariance, {"updates": UPDATES}),
    "Design.squared_error_moments": (DESIGN.squared_error_moments, {"updates": UPDATES}),
    "Design.aggregate_weight_variance": (
        DESIGN.aggregate_weight_variance,
        {"weights": np.ones((3, 2))},
    ),
    "Design.expected_uploads": (DESIGN.expected_uploads, {"client": np.arange(3)}),
    "Independent.draw_torch": (simulate.Independent.of(SCORES / 20.0).draw_torch, {"rounds": 2}),
}


def hostile() -> list[Any]:
    return [
        *(None, True, 1j, np.nan, np.inf, -1.0, "1", b"1", object(), float, PROBLEM),
        *(
            pd.NA,
            pd.NaT,
            np.ma.masked,
            Decimal(1),
            Fraction(1, 3),
            {},
            {"a": 1},
            {1},
            (x for x in [1]),
        ),
        *(
            np.array(1.0),
            np.array([1, 2], dtype=object),
            np.zeros(0),
            [],
            [[1], [1, 2]],
            [pd.NA] * 3,
        ),
        *(np.ones((3, 2), dtype=complex), np.array(["2020"], dtype="datetime64[Y]")),
        *(np.ma.array([[1.0, 2.0]] * 3, mask=True), pd.Series([1, 2, 3]), pd.DataFrame({"a": [1]})),
        *(torch.tensor(1), torch.ones(3, 2, requires_grad=True), torch.ones(3, 2, device="meta")),
    ]


def given_to() -> list[tuple[str, str]]:
    return [
        (name, parameter)
        for name, (call, _) in CALLS.items()
        for parameter, one in inspect.signature(call).parameters.items()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]


@pytest.mark.filterwarnings("ignore::roundlot.RoundlotWarning")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # torch's
@pytest.mark.parametrize(("name", "parameter"), given_to())
def test_every_argument_is_taken_or_refused_in_one_line(name: str, parameter: str) -> None:
    call, arguments = CALLS[name]
    said = []
    for value in hostile():
        try:
            call(**{**arguments, parameter: value})
        except OURS as error:
            said.append(str(error))
    assert not [text for text in said if "\n" in text]


@pytest.mark.parametrize("value", [10**400, -(10**400)])
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("Problem", "budget"),
        ("Problem", "scores"),
        ("waterfill", "budget"),
        ("rounds_to_target", "variance"),
        ("check_inclusion", "rounds"),
    ],
)
def test_whole_numbers_beyond_float64_are_refused(name: str, parameter: str, value: int) -> None:
    call, arguments = CALLS[name]
    with pytest.raises(rl.InvalidProblemError):
        call(**{**arguments, parameter: value})


def test_true_is_no_whole_number() -> None:
    drawn = rl.design(SCORES / 10.0)
    with pytest.raises(rl.InvalidProblemError, match=r"^rounds is True; give an integer from 0"):
        drawn.draw(True)
    with pytest.raises(rl.InvalidProblemError, match=r"^seed is True; give an integer from 0"):
        drawn.draw(1, seed=True)


def test_an_error_quotes_a_table_in_one_line() -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"^repeats is array\(.*\); give a whole"):
        rl.compare(PROBLEM, repeats=np.ones((2, 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [np.array(True), np.array("0.5"), np.array(b"1"), torch.tensor(True)]
)
def test_what_is_no_number_is_none_in_an_array_without_dimensions(value: Any) -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"^budget must be a number, got"):
        rl.Problem(SCORES, budget=value)


@pytest.mark.parametrize("place", [(-1, 0), (3, 0), (0, 2), (0, True)])
@pytest.mark.parametrize("name", ["independent", "turns", "systematic", "sampford"])
def test_a_pair_that_is_not_there_has_no_probability(name: Any, place: tuple[int, int]) -> None:
    drawn = rl.design(np.full((3, 2), 0.25), name)
    with pytest.raises(rl.InvalidProblemError, match=r"^(processor|model) is .*; there are 0 to"):
        drawn.fraction(*place)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_probability_is_not_lowered(value: float) -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"^probabilities hold a NaN or an infinity"):
        solvers.lowered(PROBLEM, np.full((3, 2), value))


@pytest.mark.parametrize(
    "directions",
    [[np.ones((3, 2)) * 1j], [np.ma.array(np.ones((3, 2), np.float32), mask=np.eye(3, 2))]],
)
def test_directions_keep_no_imaginary_part_and_no_mask(directions: Any) -> None:
    with pytest.raises(rl.InvalidProblemError, match=r"^directions\[0\]"):
        simulate.Updates(directions=directions, client=np.arange(3), weights=np.ones((3, 1)))
