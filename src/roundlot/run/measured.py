"""Measured constants in place of those of a setup's ``[bound]``: the ends that promise least."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from roundlot.theory import InfeasibleError, InvalidProblemError
from roundlot.theory.intervals import ConfidenceInterval, joint_condition, joint_confidence
from roundlot.theory.rates.decision import BudgetChoice, Target

if TYPE_CHECKING:
    from roundlot.fleet import FleetSetup
    from roundlot.theory.estimates import Constants

NEEDED = ("smoothness", "strong_convexity", "initial")


def require_usable(constants: Constants, setup: FleetSetup) -> None:
    """Refuse what measured constants cannot replace.

    Raises:
        InvalidProblemError: a fleet whose constants are proved; constants that are missing, that
            have no upper end, or a strong convexity whose interval reaches down to 0.
    """
    if setup.scores.source == "train":
        raise InvalidProblemError(
            "the constants of a fleet that is trained are proved from its data; leave out "
            "--constants, or give a table of scores"
        )
    missing = [name for name in NEEDED if name not in constants.values]
    if missing:
        hint = (
            ": the distance to the optimum is known where F is strongly convex"
            if missing == ["initial"]
            else ""
        )
        raise InvalidProblemError(
            f"the file of constants has no {', '.join(missing)}{hint}; add it as "
            '{"low": ..., "estimate": ..., "high": ..., "confidence": ...}'
        )
    for name in NEEDED:
        if not math.isfinite(constants[name].high):
            raise InvalidProblemError(
                f"{name} has no upper end in the file; measure it, or give one"
            )
    if constants["strong_convexity"].low <= 0.0:
        raise InvalidProblemError(
            f"strong_convexity goes down to {constants['strong_convexity'].low:.4g} in the file, "
            "and no rounds to the optimum are proved without one above 0: give the strength of "
            "the ridge term, say, if F has one"
        )
    if constants["initial"].low <= 0.0:
        raise InvalidProblemError(
            "initial goes down to 0 in the file, so a share of it says nothing; measure more "
            "exactly (--steps)"
        )


def worst_changes(constants: Constants, share: float) -> dict[str, Any]:
    """The keys of a setup at the ends that promise least.

    The least rounds grow with ``L``, the variance and the initial distance and fall with ``μ`` and
    the target. The target is a share of the true initial distance, which is at least ``low``.
    """
    initial = constants["initial"]
    return {
        "bound.smoothness": constants["smoothness"].high,
        "bound.strong_convexity": constants["strong_convexity"].low,
        "bound.initial_distance": math.sqrt(initial.high),
        "bound.target": share * initial.low / initial.high,
    }


def noise_of(constants: Constants) -> ConfidenceInterval | None:
    """The variance of a client's mini-batch gradient, if it was measured."""
    return constants.values.get("client_noise")


def rounds_of(
    choice: BudgetChoice, constants: Constants, share: float, *, noise: ConfidenceInterval | None
) -> ConfidenceInterval:
    """Rounds of a budget, between those of the easiest and the hardest constants.

    Args:
        choice: of the hardest ones.
        constants: what was measured.
        share: the target, of the initial squared distance.
        noise: of a client's gradient, if the choice counts it.
    """
    L, mu, initial = (constants[name] for name in NEEDED)
    parts = [L, mu, initial, *([] if noise is None else [noise])]
    variance, batch = choice.variance, choice.batch or 0.0

    def rounds(L_: float, mu_: float, start: float, target: float, noisy: float) -> float:
        goal = Target(smoothness=L_, strong_convexity=mu_, initial=start, target=target)
        try:
            return float(goal.rounds(noisy).rounds)
        except InfeasibleError:
            return math.inf

    def at(end: float) -> float:
        part = batch if noise is None or noise.high <= 0.0 else batch * end / noise.high
        return variance - batch + part

    steep = min(mu.high, L.high)
    return ConfidenceInterval(
        low=rounds(
            max(L.low, steep),
            steep,
            initial.low,
            share * initial.high,
            at(noise.low if noise else 0.0),
        ),
        estimate=rounds(
            max(L.estimate, mu.estimate),
            mu.estimate,
            initial.estimate,
            share * initial.estimate,
            at(noise.estimate if noise else 0.0),
        ),
        high=float(choice.rounds),
        confidence=joint_confidence(parts),
        condition=joint_condition(parts),
    )
