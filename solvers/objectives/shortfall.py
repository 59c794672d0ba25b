"""Why "max" or "fair" has no answer, in words: what float64 lacks, or how far a proof came."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from roundlot.solvers.objectives.closest import Closest
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray

APART = 26.0  # powers of two: beyond, what 1 lacks has less than half of its digits beside 1
LITTLE = 1e-3  # of the budget: floors that leave less may be why a proof falls short
ALMOST = 1.0 - 2.0**-40  # a probability above it is as near to 1 as makes no difference


def beyond_float64(name: str, known: Closest) -> str:
    """Which probability float64 lacks, as `closest` has proved."""
    pair, names = known.pair(), known.problem.names
    which = "probabilities nearer to 1 than float64 has"
    if pair is not None:
        v, s = pair
        rest = _digits(1 - known.table[v][s])
        which = (
            f"{names.row(v)} to train {names.model(s)} with a probability of about 1 - {rest}, "
            "and float64 has none near enough"
        )
    return (
        f"objective {name!r} needs {which}: all probabilities that it has are proved to miss "
        f"the least value by at least {_digits(known.least / known.reached - 1)} of it; drop the "
        "models whose scores are many orders below the others, or lower the budget"
    )


def _digits(value: Fraction) -> str:
    """Two digits, of any size."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.2g}"


def _far_apart(problem: Problem) -> bool:
    """Whether a processor has scores of which one wants next to nothing of it beside another.

    Variances ``a² (1 − p)`` and ``b²/(1 − p)`` are alike at ``1 − p = b/a``.
    """
    roots = (
        np.log2(
            problem.model_weights, where=problem.model_weights > 0.0, out=np.zeros(problem.n_models)
        )
        / 2
    )
    wanted = (problem.scores > 0.0) & (problem.model_weights > 0.0)
    sizes = np.log2(problem.scores, where=wanted, out=np.zeros(problem.scores.shape)) + roots
    top = np.where(wanted & (problem.bounds[1] >= 1.0), sizes, -np.inf).max(axis=1)
    low = np.where(wanted, sizes, np.inf).min(axis=1)
    return bool((top - low > APART).any())


def _left_by_floors(problem: Problem) -> float:
    """Which part of the budget."""
    used = math.fsum(problem.bounds[0].ravel().tolist())
    return 1.0 - used / problem.budget if 0.0 < problem.budget < math.inf else 1.0


def not_proved(name: str, problem: Problem, p: FloatArray, gap: float) -> str:
    """What was reached, where that is not near the optimum, and why it may be."""
    if bool(((p > ALMOST) & (p < 1.0)).any()) or _far_apart(problem):
        why = (
            "it may need probabilities nearer to 1 than float64 has; "
            "drop models whose scores are many orders below the others, or lower the budget"
        )
    elif 0.0 <= (left := _left_by_floors(problem)) < LITTLE:
        why = f"floors leave {left:.2g} of the budget; raise it, or lower them"
    else:
        why = "drop models whose scores are many orders below the others, or raise small floors"
    return f"objective {name!r} is proved to a gap of {gap:.2g} only, above {ACCEPTED:g}; {why}"
