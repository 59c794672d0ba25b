"""What a decision needs and a setup does not say, all of it before anything is trained."""

from __future__ import annotations

import math

from roundlot.fleet import FleetSetup
from roundlot.theory import InvalidProblemError

NO_CONSTANTS = (
    "scores alone give no bound: set smoothness, strong_convexity and initial_distance in the "
    "setup's [bound]"
)
NO_NORMS = (
    "the scores are losses, which do not tell the variance of a gradient step: give norms "
    '(scores.source = "norms"), or train'
)


def require_constants(setup: FleetSetup) -> None:
    """Refuse a setup without the constants of a bound on rounds.

    Raises:
        InvalidProblemError: those that are missing, or scores of another kind.
    """
    missing = _constants(setup)
    if missing:
        raise InvalidProblemError("; ".join(missing))


def require_decidable(
    setup: FleetSetup,
    *,
    target: float,
    by: str,
    gradient_variance: float,
    megabits: float | None,
    server_link: float | None,
) -> None:
    """Refuse what no training would change, all of it at once.

    Raises:
        InvalidProblemError: numbers out of range, constants and devices that the setup lacks.
    """
    wrong = _out_of_range(target, by, gradient_variance, megabits, server_link)
    missing = _constants(setup)
    if by == "seconds":
        missing += _devices(setup, megabits)
    if wrong or missing:
        raise InvalidProblemError("; ".join([*wrong, *missing]))


def _constants(setup: FleetSetup) -> list[str]:
    """What a table of scores does not say; a table that cannot be read is named first."""
    given = setup.bound
    if setup.scores.source == "train":
        return []
    _ = setup.score_table
    found = [NO_NORMS] if setup.scores.kind == "loss" else []
    if None in (given.smoothness, given.strong_convexity, given.initial_distance):
        found.append(NO_CONSTANTS)
    return found


def _devices(setup: FleetSetup, megabits: float | None) -> list[str]:
    fleet, found = setup.fleet, []
    if fleet.speed is None or fleet.link is None:
        found.append(
            f"fleet {fleet.name!r} has no speeds and links to count seconds by; give both in its "
            "table of clients, or count draws (--by draws)"
        )
    if megabits is None and setup.scores.source not in ("train", "updates"):
        found.append(
            "scores do not say how large a model is; give its megabits (--megabits), or count "
            "draws (--by draws)"
        )
    return found


def _out_of_range(
    target: float,
    by: str,
    gradient_variance: float,
    megabits: float | None,
    server_link: float | None,
) -> list[str]:
    found = []
    if not 0.0 < target < 1.0:
        found.append(f"target is {target:g}; give a share of the start, in (0, 1)")
    if by not in ("seconds", "draws"):
        found.append(f"by is {by!r}; use seconds or draws")
    if not 0.0 <= gradient_variance < math.inf:
        found.append(
            f"gradient_variance is {gradient_variance:g}; it must be finite and at least 0"
        )
    if megabits is not None and not 0.0 <= megabits < math.inf:
        found.append(f"megabits is {megabits:g}; it must be finite and at least 0")
    if server_link is not None and not 0.0 < server_link < math.inf:
        found.append(f"server_link is {server_link:g} Mbit/s; it must be above 0")
    return found
