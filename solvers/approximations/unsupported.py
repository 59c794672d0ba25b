"""Which limits of a problem the approximations do not know: they say so rather than ignore them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from roundlot.theory import Problem

#: What every approximation honours, or what is no limit at all. A problem may have more.
HONOURED = frozenset(
    {
        "scores",
        "budget",
        "available",
        "processor_cap",
        "floor",
        "ceiling",
        "model_weights",
        "weights",
        "client",
    }
)


def unsupported(problem: Problem) -> str | None:
    """Why approximations cannot be used on a problem; None when they can.

    A field outside `HONOURED` counts as a limit where it holds anything.
    """
    more = [field.name for field in fields(problem) if field.name not in HONOURED]
    bound = [name for name in more if _holds(getattr(problem, name))]
    if not bound:
        return None
    return f"does not know the problem's {' and '.join(bound)}: use the optimum, or leave it out"


def _holds(value: object) -> bool:
    return value is not None and np.size(np.asarray(value, dtype=object)) > 0
