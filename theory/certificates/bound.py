"""A lower bound on a sum program, from any prices."""

from __future__ import annotations

from fractions import Fraction

from roundlot.theory.certificates.exact_bound import exact_bound
from roundlot.theory.certificates.float_bound import float_bound
from roundlot.theory.certificates.program import Program
from roundlot.theory.certificates.rounding import ZERO
from roundlot.theory.certificates.sums import EXACT


def proved_bound(program: Program, *, exact: bool = False) -> Fraction:
    """What no feasible design goes below, ``Σ min (M/p + κ p) − yᵀ b``, at least 0.

    Stack all limits but the boxes as ``A p <= b`` with ``A >= 0``; for any ``y >= 0`` and
    ``κ = Aᵀ y`` every feasible ``p`` has ``Σ M/p >= Σ min_{l <= p <= u} (M/p + κ (p − l)) −
    yᵀ (b − A l)``. Where ``M = 0`` the minimum is 0, at ``p = l``; where ``κ = 0 < M`` it is at
    ``p = u``.
    """
    exact = exact or program.problem.scores.size <= EXACT
    bound = exact_bound(program) if exact else float_bound(program)
    return max(ZERO, bound)
