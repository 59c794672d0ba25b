"""A design named, or given itself: what checks of its rounds take."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.designs import DESIGNS, Design
from roundlot.simulate.designs import design_of as build
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.names import require_choice

#: Whose moments have closed forms in the probabilities.
EXACT = ("independent", "turns")
#: Whose rounds have a common phase, which may go round in a cycle.
IN_PHASES = ("turns", "blocks")


def name_of(design: str | Design) -> str:
    """The name, which must be one of ``DESIGNS``.

    Raises:
        InvalidProblemError: naming the designs there are.
    """
    if isinstance(design, Design):
        return design.name
    return require_choice(design, "design", [kind.name for kind in DESIGNS])


def rule_of(design: str | Design, probabilities: FloatArray) -> Design:
    """The design itself, or the named one with these probabilities ``(V, S)``.

    Raises:
        InvalidProblemError: an unknown name; a design whose probabilities are others, by more than
            1e-6 relative.
    """
    if not isinstance(design, Design):
        return build(probabilities, name_of(design))
    own = design.probabilities
    if own.shape != probabilities.shape or not np.allclose(own, probabilities, 1e-6, 1e-15):
        raise InvalidProblemError(
            f"the design {design.name!r} has other probabilities than those given; give its own"
        )
    return design
