"""Designs: from inclusion probabilities to draws. One idea each, all listed in ``DESIGNS``."""

from __future__ import annotations

from typing import Any

from roundlot.simulate.designs.base import Design, Guarantees
from roundlot.simulate.designs.fixed_size import ConditionalPoisson, Sampford
from roundlot.simulate.designs.independent import Independent
from roundlot.simulate.designs.pivotal import Pivotal
from roundlot.simulate.designs.rounding import Rounding
from roundlot.simulate.designs.systematic import OrderedSystematic, Systematic
from roundlot.simulate.designs.turns import Turns
from roundlot.theory import InvalidProblemError

#: Every design there is; a new one is a new file and one entry here.
DESIGNS: tuple[type[Design], ...] = (
    Independent,
    Turns,
    Systematic,
    OrderedSystematic,
    Pivotal,
    Rounding,
    Sampford,
    ConditionalPoisson,
)


def design(solution_or_probabilities: Any, name: str = "independent") -> Design:
    """A rule for drawing who trains what, whose inclusion probabilities are the ones given.

    Args:
        solution_or_probabilities: a solution, or a table ``(V, S)`` of probabilities ``p >= 0``
            whose rows sum to at most 1.
        name: one of the names in ``DESIGNS``.

    Raises:
        InvalidProblemError: an unknown name; a NaN, a negative entry, one above 1, a row summing
            above 1, a wrong shape; more processors than the design can take.
        InfeasibleError: probabilities that this design cannot have.
    """
    for kind in DESIGNS:
        if kind.name == name:
            return kind.of(
                getattr(solution_or_probabilities, "probabilities", solution_or_probabilities)
            )
    known = ", ".join(repr(kind.name) for kind in DESIGNS)
    raise InvalidProblemError(f"no design is called {name!r}; choose one of {known}")


__all__ = [
    "DESIGNS",
    "ConditionalPoisson",
    "Design",
    "Guarantees",
    "Independent",
    "OrderedSystematic",
    "Pivotal",
    "Rounding",
    "Sampford",
    "Systematic",
    "Turns",
    "design",
]
