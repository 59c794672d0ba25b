"""Designs: from inclusion probabilities to draws. One idea each, all listed in ``DESIGNS``."""

from __future__ import annotations

from typing import Any, Protocol

import numpy.typing as npt

from roundlot.simulate.designs.base import Design, Guarantees
from roundlot.simulate.designs.fixed_size import ConditionalPoisson, Sampford
from roundlot.simulate.designs.independent import Independent
from roundlot.simulate.designs.pivotal import Pivotal
from roundlot.simulate.designs.rounding import Rounding
from roundlot.simulate.designs.systematic import OrderedSystematic, Systematic
from roundlot.simulate.designs.turns import Turns
from roundlot.theory.arrays import FloatArray
from roundlot.theory.choices import SamplingDesign
from roundlot.theory.names import unknown
from roundlot.theory.problem.tables import labelled_table


class HasProbabilities(Protocol):
    """A solution, or a row of a comparison."""

    @property
    def probabilities(self) -> FloatArray:
        """``(V, S)``."""


#: What a design can be made for.
Drawable = HasProbabilities | npt.ArrayLike

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


def design(solution_or_probabilities: Drawable, name: SamplingDesign = "independent") -> Design:
    """A rule for drawing who trains what, whose inclusion probabilities are the ones given.

    Args:
        solution_or_probabilities: a solution, or a table or frame ``(V, S)`` of probabilities
            ``p >= 0`` whose rows sum to at most 1.
        name: one of the names in ``DESIGNS``.

    Raises:
        InvalidProblemError: an unknown name; a NaN, a negative entry, one above 1, a row summing
            above 1, a wrong shape; more processors than the design can take.
        InfeasibleError: probabilities that this design cannot have.
    """
    return design_of(solution_or_probabilities, name)


def design_of(given: Any, name: str) -> Design:
    """`design`, of a name that is known when the program runs."""
    for kind in DESIGNS:
        if kind.name == name:
            table = labelled_table(given, "probabilities")
            return kind.of(
                getattr(given, "probabilities", given) if table is None else table.values
            )
    raise unknown(name, "design", (kind.name for kind in DESIGNS))


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
    "design_of",
]
