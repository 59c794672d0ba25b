"""Every theorem of the project, one file each; a new one is a new file and an entry here."""

from roundlot.theory.theorem import Theorem
from roundlot.theory.theorems.best_steps import THEOREM as BEST_STEPS
from roundlot.theory.theorems.cocoercivity import THEOREM as COCOERCIVITY
from roundlot.theory.theorems.constant_step import THEOREM as CONSTANT_STEP
from roundlot.theory.theorems.convex_step import THEOREM as CONVEX_STEP
from roundlot.theory.theorems.decreasing_steps import THEOREM as DECREASING_STEPS
from roundlot.theory.theorems.gradient_dominated import THEOREM as GRADIENT_DOMINATED
from roundlot.theory.theorems.horvitz_thompson import COVARIANCE, UNBIASED, VARIANCE
from roundlot.theory.theorems.independent_processors import ADDITIVE, PARTICIPATION
from roundlot.theory.theorems.nonconvex_descent import THEOREM as NONCONVEX_DESCENT
from roundlot.theory.theorems.one_over_t import THEOREM as ONE_OVER_T
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.stale_update import THEOREM as STALE_UPDATE
from roundlot.theory.theorems.water_filling import CAPPED, FREE

CATALOGUE: tuple[Theorem, ...] = (
    UNBIASED,
    VARIANCE,
    COVARIANCE,
    ADDITIVE,
    PARTICIPATION,
    STALE_UPDATE,
    FREE,
    CAPPED,
    COCOERCIVITY,
    ONE_STEP,
    CONSTANT_STEP,
    BEST_STEPS,
    ONE_OVER_T,
    DECREASING_STEPS,
    CONVEX_STEP,
    NONCONVEX_DESCENT,
    GRADIENT_DOMINATED,
)


def named(name: str) -> Theorem:
    """The theorem of that name.

    Raises:
        KeyError: no such theorem; the message lists those there are.
    """
    found = {t.name: t for t in CATALOGUE}
    if name not in found:
        raise KeyError(f"no theorem {name!r}; there are {', '.join(found)}")
    return found[name]


__all__ = ["CATALOGUE", "named"]
