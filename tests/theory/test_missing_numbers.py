"""All numbers that a call misses stand in one line, with units; the signature stays as written."""

import inspect

import pytest

from roundlot.solvers.schemes import certify_rounds, codesign, full_participation
from roundlot.theory import InvalidProblemError, Problem, rounds_to_target

CERTIFIED = {
    **{"smoothness": 2, "local_steps": 1, "step": 0.1, "rounds": 1, "initial": 1},
    "heterogeneity": 0,
}
TARGET = {"smoothness": 2, "strong_convexity": 1, "initial": 1, "target": 0.5, "variance": 0}
DESIGNED = {
    **{"smoothness": 2, "strong_convexity": 1, "initial": 1, "target": 0.5, "heterogeneity": 0}
}
CALLS = [
    (rounds_to_target, (), TARGET),
    (certify_rounds, (full_participation([0.5, 0.5]),), CERTIFIED),
    (codesign, (Problem([[1.0], [1.0]], budget=1),), DESIGNED),
]
UNITS = {
    **{"smoothness": "F/x²", "strong_convexity": "F/x²", "step": "x²/F", "initial": "x²"},
    **{"target": "x²", "heterogeneity": "F²/x²", "variance": "F²/x²"},
    **{"rounds": "rounds", "local_steps": "steps"},
}


@pytest.mark.parametrize(
    ("call", "args", "numbers"), CALLS, ids=lambda x: getattr(x, "__name__", "")
)
def test_everything_is_named_at_once(call, args, numbers) -> None:
    with pytest.raises(InvalidProblemError) as told:
        call()
    text = str(told.value)
    assert text.startswith(f"{call.__name__} is missing: ")
    assert "\n" not in text
    for name in numbers:
        (said,) = [part for part in text.split("), ") if f"{name} (" in part]
        assert UNITS[name] in said


@pytest.mark.parametrize(
    ("call", "args", "numbers"), CALLS, ids=lambda x: getattr(x, "__name__", "")
)
def test_one_left_out_or_none_is_named_alone(call, args, numbers) -> None:
    for name in numbers.keys() - {"variance"}:
        for left in ({}, {name: None}):
            with pytest.raises(InvalidProblemError, match=f"is missing: {name} ") as told:
                call(*args, **{k: v for k, v in numbers.items() if k != name} | left)
            others = numbers.keys() - {name}
            assert not any(f", {other} (" in str(told.value) for other in others)


def test_names_that_are_unknown_stay_pythons_own_error_and_signatures_stay() -> None:
    with pytest.raises(TypeError, match="smothness"):
        rounds_to_target(smothness=1)  # type: ignore[call-arg]
    assert "target" in inspect.signature(rounds_to_target).parameters
    assert rounds_to_target(**TARGET).rounds >= 1
    grows = {k: v for k, v in TARGET.items() if k != "variance"}
    assert rounds_to_target(**grows, expected_smoothness=1, noise=0).rounds >= 1
    with pytest.raises(InvalidProblemError, match="give variance"):
        rounds_to_target(**grows)
