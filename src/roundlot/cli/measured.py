"""What ``roundlot bound NAME --constants FILE`` says: a bound, or rounds, as an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundlot import run, theory
from roundlot.cli.constants import conditions
from roundlot.cli.output import say, say_json
from roundlot.theory.errors import AssumptionError, InfeasibleError
from roundlot.theory.rates.carried_rounds import rounds_between

if TYPE_CHECKING:
    from roundlot.theory import Theorem
    from roundlot.theory.estimates import ConfidenceInterval, Constants


_AT_LEAST = ("smoothness", "client_smoothness", "step_smoothness")  # what points prove of it
_AT_MOST = ("strong_convexity",)
_SAME = 1e-6  # relative: an interval as narrow is one number for people


def say_measured(
    theorem: Theorem,
    constants: Constants,
    own: Mapping[str, float],
    target: float | None,
    *,
    as_json: bool,
) -> None:
    """The interval of the bound, or of the rounds to a target.

    Raises:
        AssumptionError: numbers that nobody tells, or a condition that fails in the intervals.
        InfeasibleError: no number of rounds is enough, even for the easiest constants.
    """
    told = constants.numbers_of(theorem)
    constants = replace(constants, warnings=(*constants.warnings, *_contradicted(told, own)))
    numbers: dict[str, Any] = {**told, **own}
    to_target = target is not None and bool(run.counter(theorem))
    free = {"step"} if to_target and "step" not in own else set()
    wanted = {p.name for p in theorem.domain.numbers}
    run.require_given(theorem, {*numbers, *(free & wanted)}, to_target=to_target)
    if target is None or not to_target:
        if target is not None:
            raise AssumptionError(f"theorem {theorem.name} counts no rounds, so it meets no target")
        _answer(theorem, constants, numbers, own, theorem.bound(**numbers), "bound", as_json)
        return
    if free & wanted:
        numbers["step"] = _step(theorem, numbers, target)
    found = rounds_between(theorem, target, **numbers)
    _answer(theorem, constants, numbers, own, found, "rounds", as_json)


def _contradicted(told: Mapping[str, ConfidenceInterval], own: Mapping[str, Any]) -> list[str]:
    """Numbers given by hand that hold of all of F, but not at the points of the file."""
    found = []
    for name, value in own.items():
        if name not in told or name not in (*_AT_LEAST, *_AT_MOST):
            continue
        end = told[name].low if name in _AT_LEAST else told[name].high
        given = float(getattr(value, "number", value))
        if (given < end) if name in _AT_LEAST else (given > end):
            word = "at least" if name in _AT_LEAST else "at most"
            found.append(
                f"refuted: {name} = {given:.6g}, as given (the measured points have {word} "
                f"{end:.6g}): take one that holds there, too"
            )
    return found


def _step(theorem: Theorem, numbers: Mapping[str, Any], target: float) -> float:
    """The best step for the upper ends, which is in the proven range for all of the intervals."""
    ends = {name: getattr(value, "high", value) for name, value in numbers.items()}
    endless = [name for name, end in ends.items() if end == math.inf]
    if endless:
        raise InfeasibleError(
            f"{endless[0]} has no upper end in the file, so no step is proved to reach the target: "
            f"give --with {endless[0]}=NUMBER if you know one"
        )
    try:
        return theory.best_step(theorem, target, **ends)[0]
    except InfeasibleError:
        raise InfeasibleError(
            f"no step size brings the bound of {theorem.name} to {target:g} at the upper ends of "
            "the constants; raise the target, or give --with step=NUMBER"
        ) from None


def _answer(
    theorem: Theorem,
    constants: Constants,
    numbers: Mapping[str, Any],
    own: Mapping[str, float],
    found: ConfidenceInterval,
    what: str,
    as_json: bool,
) -> None:
    if as_json:
        say_json(
            {
                "theorem": theorem.name,
                "quantity": what,
                **{name: getattr(found, name) for name in ("low", "estimate", "high")},
                "confidence": found.confidence,
                "condition": found.condition,
                "unconditional": not found.is_conditional,
                "numbers": {name: _plain(value) for name, value in numbers.items()},
                "warnings": constants.warnings,
            }
        )
        return
    lines = [f"theorem {theorem.name}: {theorem.claim.text}"]
    lines += [f"  {name}: {_shown(value)}{_by(name, own)}" for name, value in numbers.items()]
    sure = f"at {100.0 * found.confidence:.4g} % confidence"
    ends = f"{_count(found.low, what)} to {_count(found.high, what)}"
    lines += [f"{what}: {ends} {sure}, {_count(found.estimate, what)} for the estimates"]
    say("\n".join([*lines, *conditions(found, constants.warnings)]))


def _by(name: str, own: Mapping[str, float]) -> str:
    return " (given)" if name in own else ""


def _count(value: float, what: str) -> str:
    if value == math.inf:
        return "no upper end"
    return f"{value:,.0f}" if what == "rounds" else f"{value:.4g}"


def _shown(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if math.isfinite(value.high) and value.high - value.low <= _SAME * abs(value.high):
        return f"{value.estimate:.4g}, computed"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    shown = ("low", "estimate", "high", "confidence", "condition")
    return {name: getattr(value, name) for name in shown}
