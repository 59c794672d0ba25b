"""Partial participation with a constant step: decay to a floor that has three named parts.

Problem and method: those of theorem partial_participation, with one step size ``η <= 1/L``.
Guarantee: ``E‖w_t − w*‖² <= A + (1 − μη)^t (a_0 − A)``, ``A = (η/μ)(2LΓ + 2Lκ + N)``, where ``κ``
and ``N`` bound ``√(Var H · Var R)`` and the mini-batch noise in every round.
Reference: theorem partial_participation, unrolled.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import Fact, at_least, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.partial_participation import SHORT, cross, e, gap, room
from roundlot.theory.theorems.partial_participation import THEOREM as ONE_ROUND
from roundlot.theory.theorems.symbols import (
    BATCH_NOISE,
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    INITIAL,
    ORDERED,
    ROUND,
    L,
    a,
    eta,
    extra,
    mu,
    start,
    t,
)
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP
from roundlot.theory.theorems.symbols import batch_noise as noise
from roundlot.theory.theorems.symbols import heterogeneity as spread

Q = sympy.Function("Q")
floor = eta / mu * (2 * L * spread + 2 * L * cross + noise)


def attained(time: sympy.Expr) -> sympy.Expr:
    """The bound at ``time``, with ``Q`` for the power."""
    return floor + Q(time) * (start - floor)


THEOREM = Theorem(
    name="participation_floor",
    title="Under partial participation a constant step decays to a floor of three parts",
    setting=ONE_ROUND.setting
    + " The step is the same in every round, κ and N hold in all; Q(t) = (1 − μη)^t.",
    claim=Claim(
        left=a(t),
        right=attained(t),
        text="E‖w_t − w*‖²",
        latex=r"\mathbb{E}\|w_t - w^{\star}\|^2",
        definitions={Q(t): (1 - mu * eta) ** t},
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            INITIAL,
            HETEROGENEITY,
            Parameter(name="covariance", symbol=cross, meaning="κ, a bound on √(Var H · Var R)"),
            BATCH_NOISE,
            ROUND,
        ),
        conditions=(ORDERED, SHORT),
        chart={L: mu + extra, eta: 1 / (mu + extra + room)},
    ),
    steps=(
        Step(
            name="base, t = 0",
            scalars=(L, mu, eta, start, spread, cross, noise),
            shift={t: 0},
            facts=(
                given(start, a(0), name="start", reason="a_0 is at most a₀"),
                Fact(name="Q(0) = 1", expression=Q(0) - 1, reason="definition", equality=True),
            ),
        ),
        Step(
            name="induction, t to t + 1",
            scalars=(L, mu, eta, start, spread, cross, noise),
            shift={t: t + 1},
            facts=(
                ONE_ROUND.instance(a(t + 1), {norm2(e): a(t)}, name="one round at w_t"),
                at_least(gap, 0, name="F(w_t) >= F*", reason="w* is the minimiser"),
                Fact(
                    name="hypothesis",
                    expression=attained(t) - a(t),
                    reason="induction",
                    hypothesis=True,
                ),
                Fact(
                    name="Q(t + 1) = (1 − μη) Q(t)",
                    expression=Q(t + 1) - (1 - mu * eta) * Q(t),
                    reason="definition",
                    equality=True,
                ),
            ),
            note="A = (η/μ)(2LΓ + 2Lκ + N) solves A = (1 − μη)A + η²(2LΓ + 2Lκ + N).",
        ),
    ),
    reference="theorem partial_participation",
)
