"""Numbers of a fleet joined to a theorem by what it requires, or the reason why they are not."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from roundlot.run.theorem_numbers import (
    FULL,
    MEASURED,
    SUBTRACTED,
    TODAY_ONLY,
    TRAINED,
    FleetNumbers,
    MethodNumbers,
)
from roundlot.theory import AssumptionError
from roundlot.theory.proofs.domain import Parameter
from roundlot.theory.proofs.requirements import Index, Role, Sampling, Subject
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rates.rounds import COUNTERS
from roundlot.theory.text import listed

#: What a sampling method cannot say, however well it is known.
_NOT_TOLD: Mapping[Role, str] = {
    Role.STEP_BATCH_NOISE: "of which a fleet says nothing",
    Role.MEAN_BATCH_NOISE: "of which a fleet says nothing",
    Role.SECOND_MOMENT: "in every round",
    Role.WORKER_NOISE: "which the sampling variance of a server's method is not",
    Role.SAMPLE_NOISE: "which the sampling variance of a server's method is not",
}


_SAME = 1e-9  # relative: a number that is typed with ten digits is the same


@dataclass(frozen=True, kw_only=True, eq=False)
class Joined:
    """A method's numbers for a theorem by parameter; or why the theorem refuses it."""

    method: str
    numbers: Mapping[str, float]
    refusal: str = ""


def needed(theorem: Theorem, own: Collection[str], *, to_target: bool) -> list[Parameter]:
    """What is not given by hand: without the counter, and without the step, where a target asks."""
    free = {*COUNTERS, "step"} if to_target and counter(theorem) else set()
    return [p for p in theorem.domain.numbers if p.name not in own and p.name not in free]


def assumed(theorem: Theorem, fleet: FleetNumbers, own: Mapping[str, float]) -> tuple[str, ...]:
    """What the numbers assume, as far as the theorem is concerned; those by hand among them."""
    rules = theorem.requirements
    design = f"every method draws with its probabilities for {fleet.probabilities}"
    kept = "" if rules.index is Index.NONE else ", the same in all rounds"
    full = (FULL,) if Role.STEP_VARIANCE in rules.roles.values() else ()
    return (*full, design + kept, *fleet.assumptions, *_replaced(theorem, fleet, own))


def _replaced(theorem: Theorem, fleet: FleetNumbers, own: Mapping[str, float]) -> list[str]:
    """Numbers by hand that take the place of what the fleet tells."""
    found = []
    for name, value in own.items():
        role = theorem.requirements.roles.get(name)
        if role is None:
            continue
        if role in fleet.shared:
            found.append(f"{name} is {value:.4g}; the fleet tells {fleet.shared[role]:.4g}")
        elif any(role in method.numbers for method in fleet.methods):
            found.append(f"{name} is {value:.4g} for every method; the fleet tells each its own")
    return found


def counter(theorem: Theorem) -> str:
    """The name of the parameter that counts; empty if none does."""
    return next((p.name for p in theorem.domain.numbers if p.name in COUNTERS), "")


def require_joinable(
    theorem: Theorem, told: Collection[Role], own: Collection[str], *, to_target: bool
) -> None:
    """Refuse now what no training would change.

    Raises:
        AssumptionError: a theorem that is not about a server's rounds, or that counts no rounds and
            is given a target; numbers that nobody tells, all of them at once.
    """
    rules = theorem.requirements
    _require_one_question(theorem, own, to_target=to_target)
    missing = [p for p in needed(theorem, own, to_target=to_target) if not _told(theorem, p, told)]
    if rules.subject is not Subject.SERVER:
        everything = [p for p in theorem.domain.numbers if p.name not in own]
        raise AssumptionError(_not_about_rounds(theorem, everything))
    if to_target and not counter(theorem):
        raise AssumptionError(f"theorem {theorem.name} counts no rounds, so it meets no target")
    if missing:
        raise AssumptionError(_missing(theorem, missing))


def require_given(theorem: Theorem, own: Collection[str], *, to_target: bool) -> None:
    """Refuse numbers given by hand alone that leave some out, all of them at once.

    Raises:
        AssumptionError: those that are missing.
    """
    _require_one_question(theorem, own, to_target=to_target)
    free = set(COUNTERS) if to_target else set()
    left_out = [p for p in theorem.domain.numbers if p.name not in own and p.name not in free]
    if left_out:
        raise AssumptionError(
            f"{theorem.name} needs {listed(p.said for p in left_out)}: {_flags(left_out)}"
            f"{_by_fleet(theorem, left_out)}"
        )


def _by_fleet(theorem: Theorem, missing: list[Parameter]) -> str:
    """Which of them a fleet would tell."""
    if theorem.requirements.subject is not Subject.SERVER:
        return ""
    told = [p.name for p in missing if _told(theorem, p, TRAINED)]
    return f"; --fleet SETUP tells {listed(told)}" if told else ""


def _require_one_question(theorem: Theorem, own: Collection[str], *, to_target: bool) -> None:
    if to_target and (count := counter(theorem)) and count in own:
        raise AssumptionError(
            f"{count} is what a target asks for; leave out --with {count} or --target"
        )


def join(
    theorem: Theorem, fleet: FleetNumbers, own: Mapping[str, float], *, to_target: bool
) -> tuple[Joined, ...]:
    """Every method's numbers for the theorem, those given by hand on top; or its refusal."""
    return tuple(_joined(theorem, fleet, method, own, to_target) for method in fleet.methods)


def _joined(
    theorem: Theorem,
    fleet: FleetNumbers,
    method: MethodNumbers,
    own: Mapping[str, float],
    to_target: bool,
) -> Joined:
    refusal = _draw_refusal(theorem, method)
    numbers = dict(own)
    for parameter in needed(theorem, own, to_target=to_target):
        if refusal:
            break
        role = theorem.requirements.roles[parameter.name]
        value = method.numbers.get(role, fleet.shared.get(role))
        if value is None:
            refusal = f"{theorem.name} needs its {parameter.name}, the {role}, which is not known"
        elif not math.isfinite(value):
            refusal = f"never draws somebody who holds data, so its {parameter.name} is infinite"
        else:
            numbers[parameter.name] = value
    refusal = refusal or _outside(theorem, numbers) or _denied(theorem, fleet, method, own)
    return Joined(method=method.name, numbers={} if refusal else numbers, refusal=refusal)


def _draw_refusal(theorem: Theorem, method: MethodNumbers) -> str:
    wanted = theorem.requirements.sampling
    if method.sampling is Sampling.ANY:
        return f"{method.why}; {theorem.name} needs an unbiased sampling"
    if wanted is Sampling.INDEPENDENT and method.sampling is not Sampling.INDEPENDENT:
        return f"{method.why}; {theorem.name} needs processors that draw independently"
    return ""


def _outside(theorem: Theorem, numbers: Mapping[str, float]) -> str:
    """The condition on the numbers that fails, if all of them are there."""
    if any(p.name not in numbers for p in theorem.domain.numbers):
        return ""
    try:
        theorem.domain.admit(numbers)
    except AssumptionError as error:
        return str(error)
    return ""


def _denied(
    theorem: Theorem, fleet: FleetNumbers, method: MethodNumbers, own: Mapping[str, float]
) -> str:
    """A number by hand that the fleet shows to be wrong."""
    rules = theorem.requirements
    for name, value in own.items():
        role = rules.roles.get(name)
        if role is None or (role not in MEASURED and name not in rules.held):
            continue
        known = method.numbers.get(role, fleet.shared.get(role, 0.0))
        if value < known * (1.0 - _SAME):
            return _too_small(theorem, name, value, known)
        if role in SUBTRACTED and value > known * (1.0 + _SAME):
            return f"its {name} is {known:.4g} on this fleet, and not {value:.4g}"
    return ""


def _too_small(theorem: Theorem, name: str, value: float, known: float) -> str:
    if name in theorem.requirements.held:
        return (
            f"its {name} is {known:.4g} at the start already; {theorem.name} needs one that "
            f"holds in every round, and {value:.4g} is below it"
        )
    return f"its {name} is {known:.4g} on this fleet, and {value:.4g} is below it"


def told_by_training(theorem: Theorem, name: str) -> bool:
    """Whether a fleet that is trained tells the parameter of that name."""
    (parameter,) = (p for p in theorem.domain.numbers if p.name == name)
    return _told(theorem, parameter, TRAINED)


def _told(theorem: Theorem, parameter: Parameter, told: Collection[Role]) -> bool:
    role = theorem.requirements.roles.get(parameter.name)
    today_only = parameter.name in theorem.requirements.held and role in TODAY_ONLY
    return role in told and not today_only


def _missing(theorem: Theorem, missing: list[Parameter]) -> str:
    said = listed(f"{p.name} ({p.explained(_why(theorem, p))})" for p in missing)
    return f"{theorem.name} needs {said}: {_flags(missing)}"


def _why(theorem: Theorem, parameter: Parameter) -> str:
    role = theorem.requirements.roles.get(parameter.name)
    if role is not None and role in _NOT_TOLD:
        return f"{role}, {_NOT_TOLD[role]}"
    if role in TODAY_ONLY and parameter.name in theorem.requirements.held:
        return f"{role}, in every round; a fleet tells it for today only"
    return parameter.meaning


def _not_about_rounds(theorem: Theorem, missing: list[Parameter]) -> str:
    said = listed(f"{p.name} ({p.explained(_why(theorem, p))})" for p in missing)
    give = f"leave out --fleet and give {said}: {_flags(missing)}" if missing else ""
    return (
        f"{theorem.name} is about {theorem.requirements.subject}, not about "
        f"{Subject.SERVER}: {give or 'leave out --fleet'}"
    )


def _flags(parameters: list[Parameter]) -> str:
    return " ".join(f"--with {p.name}=NUMBER" for p in parameters)
