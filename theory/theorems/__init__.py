"""Every theorem of the project, one file each; a new one is a new file and an entry here."""

from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.best_steps import THEOREM as BEST_STEPS
from roundlot.theory.theorems.bounded_gradient import THEOREM as BOUNDED_GRADIENT
from roundlot.theory.theorems.cauchy_schwarz import THEOREM as CAUCHY_SCHWARZ
from roundlot.theory.theorems.centred import JENSEN
from roundlot.theory.theorems.centred import THEOREM as CENTRED
from roundlot.theory.theorems.cocoercivity import THEOREM as COCOERCIVITY
from roundlot.theory.theorems.column_drift import LEADERS
from roundlot.theory.theorems.column_drift import THEOREM as COLUMN_DRIFT
from roundlot.theory.theorems.consensus import GOSSIP
from roundlot.theory.theorems.consensus import THEOREM as CONSENSUS
from roundlot.theory.theorems.constant_step import THEOREM as CONSTANT_STEP
from roundlot.theory.theorems.convex_step import THEOREM as CONVEX_STEP
from roundlot.theory.theorems.deadline_batches import (
    EXPECTED_BATCH,
    EXPECTED_VARIANCE,
    PLANNED,
    POOLED,
    POOLED_BIAS,
    TANGENT,
    VARYING,
)
from roundlot.theory.theorems.decentralised import (
    GOSSIP_POTENTIAL,
    MIXED_FIRST,
    POTENTIAL,
    PUBLISHED,
)
from roundlot.theory.theorems.decentralised import THEOREM as DECENTRALISED
from roundlot.theory.theorems.decreasing_steps import THEOREM as DECREASING_STEPS
from roundlot.theory.theorems.expected_smoothness import THEOREM as EXPECTED_SMOOTHNESS
from roundlot.theory.theorems.floored_variance import THEOREM as FLOORED_VARIANCE
from roundlot.theory.theorems.gradient_dominated import THEOREM as GRADIENT_DOMINATED
from roundlot.theory.theorems.gradient_gap import THEOREM as GRADIENT_GAP
from roundlot.theory.theorems.growing_rates import (
    BEST_STEPS as GROWING_BEST_STEPS,
)
from roundlot.theory.theorems.growing_rates import (
    CONSTANT_STEP as GROWING_CONSTANT_STEP,
)
from roundlot.theory.theorems.growing_rates import (
    DECREASING_STEPS as GROWING_DECREASING_STEPS,
)
from roundlot.theory.theorems.growing_step import STEEP as STEEP_STEP
from roundlot.theory.theorems.growing_step import THEOREM as GROWING_STEP
from roundlot.theory.theorems.horvitz_thompson import COVARIANCE, UNBIASED, VARIANCE
from roundlot.theory.theorems.independent_processors import ADDITIVE, MEAN, PARTICIPATION
from roundlot.theory.theorems.local_drift import HALVED, SINCE_AVERAGING
from roundlot.theory.theorems.local_drift import THEOREM as LOCAL_DRIFT
from roundlot.theory.theorems.local_step import THEOREM as LOCAL_STEP
from roundlot.theory.theorems.local_steps import THEOREM as LOCAL_STEPS
from roundlot.theory.theorems.local_steps import VALUES as LOCAL_STEPS_VALUE
from roundlot.theory.theorems.lower_rounds import QUADRATIC_STEP
from roundlot.theory.theorems.lower_rounds import THEOREM as LOWER_ROUNDS
from roundlot.theory.theorems.mean_descent import THEOREM as MEAN_DESCENT
from roundlot.theory.theorems.mean_of_updates import THEOREM as MEAN_OF_UPDATES
from roundlot.theory.theorems.mixing import THEOREM as MIXING
from roundlot.theory.theorems.nonconvex_descent import THEOREM as NONCONVEX_DESCENT
from roundlot.theory.theorems.one_over_t import THEOREM as ONE_OVER_T
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.partial_participation import THEOREM as PARTIAL_PARTICIPATION
from roundlot.theory.theorems.participation_floor import THEOREM as PARTICIPATION_FLOOR
from roundlot.theory.theorems.repeated_draws import THEOREM as REPEATED_DRAWS
from roundlot.theory.theorems.sampled_average import THEOREM as SAMPLED_AVERAGE
from roundlot.theory.theorems.stale_choices import BEST, HELPS, REFRESHED, SAVING
from roundlot.theory.theorems.stale_choices import UNBIASED as STALE_UNBIASED
from roundlot.theory.theorems.stale_clients import THEOREM as STALE_CLIENTS
from roundlot.theory.theorems.stale_update import THEOREM as STALE_UPDATE
from roundlot.theory.theorems.water_filling import CAPPED, FREE
from roundlot.theory.theorems.water_filling_sum import PRICED
from roundlot.theory.theorems.water_filling_sum import THEOREM as WATER_FILLING

_ESTIMATOR = (
    UNBIASED,
    VARIANCE,
    COVARIANCE,
    MEAN,
    ADDITIVE,
    PARTICIPATION,
    REPEATED_DRAWS,
    FLOORED_VARIANCE,
)
_MOMENTS = (CENTRED, JENSEN, CAUCHY_SCHWARZ)
_STALE = (STALE_UPDATE, STALE_CLIENTS, STALE_UNBIASED, BEST, SAVING, HELPS, REFRESHED)
_ALLOCATION = (FREE, CAPPED, PRICED, WATER_FILLING)
_STEPS = (
    COCOERCIVITY,
    ONE_STEP,
    CONSTANT_STEP,
    BEST_STEPS,
    ONE_OVER_T,
    DECREASING_STEPS,
    CONVEX_STEP,
    NONCONVEX_DESCENT,
    GRADIENT_DOMINATED,
    BOUNDED_GRADIENT,
)
_GROWING = (
    GRADIENT_GAP,
    EXPECTED_SMOOTHNESS,
    GROWING_STEP,
    STEEP_STEP,
    GROWING_CONSTANT_STEP,
    GROWING_BEST_STEPS,
    GROWING_DECREASING_STEPS,
    QUADRATIC_STEP,
    LOWER_ROUNDS,
)
_PARTICIPATION = (PARTIAL_PARTICIPATION, PARTICIPATION_FLOOR)
_LOCAL = (
    MEAN_OF_UPDATES,
    HALVED,
    SINCE_AVERAGING,
    LOCAL_DRIFT,
    LOCAL_STEP,
    SAMPLED_AVERAGE,
    LOCAL_STEPS,
    LOCAL_STEPS_VALUE,
)
_DEADLINE = (
    BATCH_SUM,
    POOLED,
    TANGENT,
    VARYING,
    PLANNED,
    EXPECTED_BATCH,
    EXPECTED_VARIANCE,
    POOLED_BIAS,
)
_DECENTRALISED = (
    MIXING,
    MEAN_DESCENT,
    CONSENSUS,
    GOSSIP,
    POTENTIAL,
    GOSSIP_POTENTIAL,
    DECENTRALISED,
    MIXED_FIRST,
    PUBLISHED,
    COLUMN_DRIFT,
    LEADERS,
)
#: Every theorem, in the order in which they build on each other.
CATALOGUE: tuple[Theorem, ...] = (
    *_MOMENTS,
    *_ESTIMATOR,
    *_STALE,
    *_ALLOCATION,
    *_STEPS,
    *_GROWING,
    *_PARTICIPATION,
    *_LOCAL,
    *_DEADLINE,
    *_DECENTRALISED,
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
