"""An optimum up to the rounding of its sums, and what holds its rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.claim import Prices


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearly:
    """An optimum up to the rounding of its sums, in the order of the problem.

    Attributes:
        probabilities: ``(V, S)``.
        prices: of every limit.
        kept: ``(V,)``, rows of groups that are held at their floors.
        capped: ``(V,)``, rows that a cap holds, their own or a group's.
        models: ``(S,)``, models that are held at their floors.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices = field(repr=False)
    kept: BoolArray = field(repr=False)
    capped: BoolArray = field(repr=False)
    models: BoolArray = field(repr=False)
