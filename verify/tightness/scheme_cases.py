"""Cases of sampling schemes: one step, certified by the semidefinite program."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from roundlot.solvers.schemes import (
    SamplingScheme,
    certify_scheme,
    fixed_size,
    full_participation,
    independent_clients,
    independent_processors,
    multinomial,
)
from roundlot.verify.tightness import trajectories as quadratic
from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.case import MU, STEP, Case, L

_THIRDS = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
SCHEMES: tuple[SamplingScheme, ...] = (
    full_participation(_THIRDS),
    independent_clients(_THIRDS, (Fraction(3, 4), _HALF, _QUARTER)),
    independent_processors(_THIRDS, ((_HALF, _HALF), (_QUARTER,), (_HALF, _QUARTER))),
    fixed_size([_QUARTER] * 4, 2),
    multinomial(_THIRDS, 2),
)


def scheme_case(scheme: SamplingScheme) -> Case:
    """One step of a scheme at ``‖x − x*‖² = Σ w‖∇f_i(x*)‖² = 1``."""

    def bound() -> float:
        proof = certify_scheme(scheme, step=STEP, smoothness=L, strong_convexity=Fraction(3, 10))
        return float(proof.rate + proof.noise)

    return Case(
        theorem=f"scheme: {scheme.name}",
        relation="tight",
        setting="one step, ζ² = ‖x − x*‖² = 1",
        bound=bound,
        quadratic=partial(quadratic.worst_quadratic_scheme, scheme, step=STEP, least=MU, most=L),
        worst=partial(
            worst.worst_scheme_step, scheme, step=STEP, smoothness=L, strong_convexity=MU
        ),
    )
