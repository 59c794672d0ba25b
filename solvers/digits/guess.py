"""Prices, what they say of entries, and what is taken to bind."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from roundlot.solvers.digits.decimals import Digits
from roundlot.theory.arrays import BoolArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """Where to begin: what a solver in float64 found.

    Attributes:
        p: ``(n,)``, of the pairs that can move.
        prices: ``(m,)``, of rows of limits.
        weights: ``(J,)``, of rows of variances.
    """

    p: Digits = field(repr=False)
    prices: Digits = field(repr=False)
    weights: Digits = field(repr=False)


@dataclass(kw_only=True, eq=False)
class Guess:
    """Prices, what they say of entries, and what binds."""

    p: Digits
    prices: Digits
    weights: Digits
    top: Decimal
    at: npt.NDArray[np.int8]  # −1 at the floor, 1 at the ceiling, 0 free, 2 free without a moment
    rows: BoolArray
    held: BoolArray
