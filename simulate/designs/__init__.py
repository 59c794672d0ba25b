"""Designs: from inclusion probabilities to draws. One idea each, all listed in ``DESIGNS``."""

from __future__ import annotations

from typing import Any, Protocol

import numpy.typing as npt

from roundlot.simulate.designs.base import Design, Guarantees
from roundlot.simulate.designs.blocks import BlocksInTurn
from roundlot.simulate.designs.fixed_size import ConditionalPoisson, Sampford
from roundlot.simulate.designs.independent import Independent
from roundlot.simulate.designs.pivotal import Pivotal
from roundlot.simulate.designs.rounding import Rounding
from roundlot.simulate.designs.systematic import OrderedSystematic, Systematic
from roundlot.simulate.designs.turns import Turns
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.choices import SamplingDesign
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position
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
    BlocksInTurn,
    Systematic,
    OrderedSystematic,
    Pivotal,
    Rounding,
    Sampford,
    ConditionalPoisson,
)


@by_position("solution_or_probabilities")
def design(
    solution_or_probabilities: Drawable,
    name: SamplingDesign = "independent",
    *,
    block: npt.ArrayLike | None = None,
) -> Design:
    """A rule for drawing who trains what, whose inclusion probabilities are the ones given.

    Args:
        solution_or_probabilities: a solution, a row of a comparison, or a table or frame
            ``(V, S)`` of probabilities ``p >= 0`` whose rows sum to at most 1.
        name: one of the names in ``DESIGNS``.
        block: ``(V,)``, the block of each processor, from 0; for "blocks" only. By default those
            of the comparison's row if that is of blocks, else the rows in order.

    Raises:
        InvalidProblemError: an unknown name; a NaN, a negative entry, one above 1, a row summing
            above 1, a wrong shape; more processors than the design can take; blocks for another
            design.
        InfeasibleError: probabilities that this design cannot have.
    """
    return design_of(solution_or_probabilities, name, block=block)


def design_of(given: Any, name: str, *, block: npt.ArrayLike | None = None) -> Design:
    """`design`, of a name that is known when the program runs; ``block (V,)`` as there."""
    require_choice(name, "design", [kind.name for kind in DESIGNS])
    kind = next(kind for kind in DESIGNS if kind.name == name)
    labelled = labelled_table(given, "probabilities")
    table = getattr(given, "probabilities", given) if labelled is None else labelled.values
    if issubclass(kind, BlocksInTurn):
        own = getattr(given, "cluster", None) if getattr(given, "design", "") == name else None
        return kind.of(table, own if block is None else block)
    if block is not None:
        raise InvalidProblemError(
            f"block is for the design 'blocks', not for {name!r}; leave it out"
        )
    return kind.of(table)


__all__ = [
    "DESIGNS",
    "BlocksInTurn",
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
