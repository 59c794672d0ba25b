"""Decimals of many digits: how many, and arrays of them."""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np
import numpy.typing as npt

#: Digits: scores may differ by 600 orders, and a room beside 1 may be as small as their ratio.
DIGITS = 160
CONTEXT = Context(prec=DIGITS, Emax=10**9, Emin=-(10**9))
ZERO, ONE = Decimal(0), Decimal(1)

#: Of Decimal, any shape.
Digits = npt.NDArray[np.object_]


def digits(values: npt.ArrayLike) -> Digits:
    """Floats as decimals, exactly."""
    given = np.asarray(values, dtype=np.float64)
    flat = np.empty(given.size, dtype=object)
    flat[:] = [Decimal(x) for x in given.ravel().tolist()]
    return flat.reshape(given.shape)
