"""Every theorem of the project, a file for each or for a family; a new one has an entry here."""

from roundlot.theory.names import closest
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.theorems import (
    batch_mean,
    bounded_gradient,
    bounded_rates,
    cauchy_schwarz,
    centred,
    cocoercivity,
    consensus,
    deadline_batches,
    decentralised,
    dependent_draws,
    expected_smoothness,
    fair_shares,
    fedavg,
    gradient_rounds,
    growing_rates,
    growing_step,
    horvitz_thompson,
    independent_processors,
    leader_rounds,
    local_drift,
    local_path,
    local_step,
    local_steps,
    lower_rounds,
    mean_descent,
    mean_of_updates,
    mixing,
    one_over_t,
    one_step,
    optimal_gain,
    partial_participation,
    participation_rate,
    path_rounds,
    sampled_average,
    scaffold,
    selection_skew,
    smooth_step,
    stale_choices,
    stale_rounds,
    stale_update,
    water_filling,
    windows,
)

#: Every theorem, in the order in which they build on each other.
CATALOGUE: tuple[Theorem, ...] = (
    # Moments.
    centred.THEOREM,
    centred.JENSEN,
    cauchy_schwarz.THEOREM,
    # The estimator.
    horvitz_thompson.UNBIASED,
    horvitz_thompson.VARIANCE,
    horvitz_thompson.COVARIANCE,
    independent_processors.MEAN,
    independent_processors.ADDITIVE,
    independent_processors.PARTICIPATION,
    independent_processors.REPEATED,
    horvitz_thompson.FLOORED,
    # Draws that depend on each other.
    dependent_draws.PAIR,
    dependent_draws.SUM,
    dependent_draws.DIFFERENCE,
    dependent_draws.FIXED,
    # Stale updates.
    stale_update.THEOREM,
    stale_update.CLIENTS,
    stale_choices.UNBIASED,
    stale_choices.BEST,
    stale_choices.SAVING,
    stale_choices.HELPS,
    stale_choices.REFRESHED,
    stale_choices.STALENESS,
    # Whom to draw how often.
    water_filling.FREE,
    water_filling.CAPPED,
    water_filling.PRICED,
    water_filling.FILLED,
    optimal_gain.EXACT,
    optimal_gain.MOST,
    optimal_gain.GREATEST,
    # Steps with a bounded variance.
    cocoercivity.THEOREM,
    one_step.THEOREM,
    bounded_rates.CONSTANT_STEP,
    bounded_rates.BEST_STEPS,
    one_over_t.THEOREM,
    bounded_rates.DECREASING_STEPS,
    smooth_step.CONVEX,
    smooth_step.DESCENT,
    smooth_step.DOMINATED,
    bounded_gradient.THEOREM,
    # Steps whose variance grows with the excess value.
    expected_smoothness.GRADIENT_GAP,
    expected_smoothness.THEOREM,
    growing_step.THEOREM,
    growing_step.STEEP,
    growing_rates.CONSTANT_STEP,
    growing_rates.BEST_STEPS,
    growing_rates.DECREASING_STEPS,
    lower_rounds.QUADRATIC_STEP,
    lower_rounds.THEOREM,
    gradient_rounds.SUM,
    gradient_rounds.THEOREM,
    gradient_rounds.VALUE,
    gradient_rounds.GRADIENT,
    path_rounds.PATH_STEP,
    path_rounds.PATH_SUM,
    path_rounds.PATH_RATE,
    # Partial participation.
    partial_participation.THEOREM,
    partial_participation.FLOOR,
    participation_rate.THEOREM,
    selection_skew.STEP_SKEWED,
    selection_skew.FLOOR,
    # Local steps.
    mean_of_updates.THEOREM,
    local_drift.HALVED,
    local_drift.SINCE_AVERAGING,
    local_drift.THEOREM,
    local_step.THEOREM,
    sampled_average.THEOREM,
    local_steps.THEOREM,
    local_steps.VALUES,
    # Batches until a deadline.
    batch_mean.THEOREM,
    deadline_batches.POOLED,
    deadline_batches.TANGENT,
    deadline_batches.VARYING,
    deadline_batches.PLANNED,
    deadline_batches.EXPECTED_BATCH,
    deadline_batches.EXPECTED_VARIANCE,
    deadline_batches.POOLED_BIAS,
    # Local steps without convexity.
    local_path.SUM_OF_SQUARES,
    local_path.NOISY,
    local_path.EXACT,
    fedavg.DEVIATION,
    fedavg.ROUND,
    fedavg.SUM,
    fedavg.THEOREM,
    fedavg.WEIGHTS_ROUND,
    fedavg.WEIGHTS_SUM,
    fedavg.WEIGHTS,
    # Several models that share clients.
    fair_shares.DRAW,
    fair_shares.THEOREM,
    # Availability in windows of rounds.
    windows.DEVIATION,
    windows.WINDOW,
    windows.SUM,
    windows.THEOREM,
    # Stale updates over rounds.
    stale_rounds.ROUND,
    stale_rounds.LATEST_ROUND,
    stale_rounds.LATEST_SUM,
    stale_rounds.LATEST,
    stale_rounds.STALE_SUM,
    stale_rounds.STALE,
    scaffold.DEVIATION,
    scaffold.DRAW,
    scaffold.ROUND,
    scaffold.SUM,
    scaffold.THEOREM,
    # Workers that mix.
    mixing.THEOREM,
    mean_descent.THEOREM,
    consensus.THEOREM,
    consensus.GOSSIP,
    decentralised.POTENTIAL,
    decentralised.GOSSIP_POTENTIAL,
    decentralised.THEOREM,
    decentralised.MIXED_FIRST,
    decentralised.PUBLISHED,
    mixing.COLUMN_DRIFT,
    mixing.LEADERS,
    leader_rounds.CLOSER,
    leader_rounds.DESCENT,
    leader_rounds.SUM,
    leader_rounds.THEOREM,
)


def named(name: str) -> Theorem:
    """The theorem of that name.

    Raises:
        KeyError: no such theorem; the message lists those there are.
    """
    found = {t.name: t for t in CATALOGUE}
    if name not in found:
        raise KeyError(f"no theorem is called {name!r}; {closest(name, found)}")
    return found[name]


__all__ = ["CATALOGUE", "named"]
