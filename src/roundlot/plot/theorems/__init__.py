"""A picture for every theorem: its bound beside what it bounds, computed without the theorem.

A new theorem needs an entry in ``PICTURES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, log_axis, widen
from roundlot.plot.style import BLUE, GREEN, ORANGE
from roundlot.plot.theorems import (
    chosen,
    clients,
    draws,
    gains,
    gradients,
    joint_draws,
    led,
    local_rounds,
    made_runs,
    memories,
    networks,
    steps,
)
from roundlot.plot.theorems.instance import Picture
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice
from roundlot.theory.theorems import named

#: The function that draws each theorem.
PICTURES: dict[str, Callable[[], Picture]] = {
    "centred": networks.centred,
    "mean_over_clients": networks.mean_over_clients,
    "cauchy_schwarz": networks.cauchy_schwarz,
    "unbiased": draws.unbiased,
    "variance": draws.variance,
    "covariance": draws.covariance,
    "additive_mean": draws.additive_mean,
    "additive_variance": draws.additive,
    "participation_variance": draws.participation,
    "repeated_draws": draws.repeated,
    "floored_variance": draws.floored,
    "joint_covariance": joint_draws.pair,
    "joint_variance": joint_draws.variance,
    "pair_difference": joint_draws.difference,
    "yates_grundy": joint_draws.fixed,
    "stale_update": draws.stale_update,
    "stale_clients": draws.stale_clients,
    "stale_unbiased": draws.stale_unbiased,
    "stale_best": draws.stale_best,
    "stale_saving": draws.stale_saving,
    "stale_helps": draws.stale_helps,
    "stale_refresh_bias": draws.stale_refresh,
    "stale_at_most": draws.stale_at_most,
    "water_filling_free": draws.free,
    "water_filling_capped": draws.capped,
    "water_filling_priced": draws.priced,
    "water_filling": draws.water_filling,
    "uniform_cost": gains.uniform,
    "saving_at_most": gains.saving,
    "greatest_gain": gains.greatest,
    "cocoercivity": steps.cocoercivity,
    "one_step": steps.one_step,
    "constant_step": steps.constant_step,
    "best_steps": steps.best_steps,
    "one_over_t": steps.one_over_t,
    "decreasing_steps": steps.decreasing_steps,
    "convex_step": steps.convex_step,
    "nonconvex_descent": steps.nonconvex_descent,
    "gradient_dominated": steps.gradient_dominated,
    "bounded_gradient": networks.bounded_gradient,
    "gradient_gap": steps.gradient_gap,
    "expected_smoothness": steps.expected_smoothness,
    "growing_step": steps.growing_step,
    "steep_step": steps.steep_step,
    "growing_constant_step": steps.growing_constant_step,
    "growing_best_steps": steps.growing_best_steps,
    "growing_decreasing_steps": steps.growing_decreasing_steps,
    "quadratic_step": steps.quadratic_step,
    "lower_rounds": steps.lower_rounds,
    "nonconvex_rate_sum": gradients.nonconvex_rate_sum,
    "nonconvex_rate": gradients.nonconvex_rate,
    "lower_value": gradients.lower_value,
    "lower_gradient": gradients.lower_gradient,
    "path_step": made_runs.path_step,
    "path_rate_sum": made_runs.path_rate_sum,
    "path_rate": made_runs.path_rate,
    "partial_participation": clients.partial_participation,
    "participation_floor": clients.participation_floor,
    "participation_rate": chosen.participation_rate,
    "skewed_step": chosen.skewed_step,
    "selection_bias": chosen.selection_bias,
    "mean_of_updates": clients.mean_of_updates,
    "halved_steps": clients.halved_steps,
    "drift_since_averaging": clients.drift_since_averaging,
    "local_drift": clients.local_drift,
    "local_step": clients.local_step,
    "sampled_average": draws.sampled,
    "local_steps": clients.local_steps,
    "local_steps_value": clients.local_steps_value,
    "batch_sum": clients.batch_sum,
    "pooled_batch": clients.pooled_batch,
    "inverse_tangent": clients.inverse_tangent,
    "varying_batch": clients.varying_batch,
    "planned_batch": clients.planned_batch,
    "expected_batch": clients.expected_batch,
    "expected_batch_variance": clients.expected_batch_variance,
    "pooled_bias": clients.pooled_bias,
    "squared_sum": local_rounds.squared_sum,
    "local_path": local_rounds.local_path,
    "exact_path": local_rounds.exact_path,
    "local_deviation": local_rounds.local_deviation,
    "fedavg_round": local_rounds.fedavg_round,
    "fedavg_sum": local_rounds.fedavg_sum,
    "fedavg": local_rounds.rate,
    "fedavg_weights_round": local_rounds.fedavg_weights_round,
    "fedavg_weights_sum": local_rounds.fedavg_weights_sum,
    "fedavg_weights": local_rounds.weights_rate,
    "fair_draw": local_rounds.fair_draw,
    "fair_rounds": local_rounds.fair_rounds,
    "window_deviation": chosen.window_deviation,
    "window_descent": chosen.window_descent,
    "windows_sum": chosen.windows_sum,
    "windows": chosen.turns,
    "memory_round": memories.memory_round,
    "latest_round": memories.latest_round,
    "latest_updates_sum": memories.latest_updates_sum,
    "latest_updates": memories.latest_updates,
    "stale_updates_sum": memories.stale_updates_sum,
    "stale_updates": memories.stale_updates,
    "corrected_deviation": chosen.corrected_deviation,
    "corrected_draw": chosen.corrected_draw,
    "scaffold_round": chosen.scaffold_round,
    "scaffold_sum": chosen.scaffold_sum,
    "scaffold": chosen.scaffold_rate,
    "mixing": networks.mixing,
    "mean_descent": networks.mean_descent,
    "consensus": networks.consensus,
    "consensus_mix_first": networks.consensus_mix_first,
    "consensus_potential": networks.consensus_potential,
    "consensus_mix_first_potential": networks.consensus_mix_first_potential,
    "decentralised": networks.decentralised,
    "decentralised_mix_first": networks.decentralised_mix_first,
    "decentralised_published": networks.decentralised_published,
    "column_drift": networks.column_drift,
    "leader_weights": networks.leader_weights,
    "leader_spread": led.leader_spread,
    "leader_descent": led.leader_descent,
    "leaders_sum": led.leaders_sum,
    "leaders": led.leaders_rate,
}


def picture(name: str) -> Picture:
    """The bound of the theorem of that name beside the truth of a small instance."""
    return PICTURES[require_choice(name, "theorem", PICTURES)]()


if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.theory.proofs.theorem import Theorem

_TOUCH = 0.02  # of the bound


def plot_theorem(theorem: str | Theorem | Picture, *, ax: Axes | None = None) -> Axes:
    """The bound as a line, the truth as dots; the truth was computed without the theorem.

    Give a theorem of ``CATALOGUE``, its name, or a picture made by ``roundlot.plot.theorems``.

    Raises:
        InvalidProblemError: no theorem of that name.
    """
    shown = _picture(theorem)
    proved = named(shown.theorem)
    rows = 1 if shown.lower is None else 2
    with canvas(ax, height=2.2 + legend_height(rows)) as ax:
        ax.plot(shown.x, shown.bound, color=BLUE, linestyle="-", label=_label(shown, proved))
        ax.plot(
            shown.x,
            shown.truth,
            color=ORANGE,
            linestyle="",
            marker=".",
            label="the instance",
        )
        if shown.lower is not None:
            label = "attained in its class"
            ax.plot(shown.x, shown.lower, color=GREEN, linestyle="--", label=label)
        if shown.logarithmic:
            log_axis(ax)
        widen(ax)
        ax.set_xlabel(shown.x_label)
        ax.set_ylabel(f"${proved.claim.latex}$")
        legend_above(ax)
    return ax


def _label(shown: Picture, proved: Theorem) -> str:
    """A tight bound need not be attained by the instance that is drawn."""
    away = np.abs(np.asarray(shown.bound) - np.asarray(shown.truth))
    touched = (away <= _TOUCH * np.abs(shown.bound)).any()
    elsewhere = "" if touched or proved.relation != "tight" else " elsewhere"
    return f"theorem ({proved.relation}{elsewhere})"


def _picture(theorem: str | Theorem | Picture) -> Picture:
    if isinstance(theorem, Picture):
        return theorem
    name = theorem if isinstance(theorem, str) else theorem.name
    if name not in PICTURES:
        raise InvalidProblemError(
            f"no theorem is called {name!r:.60}; the names are those of roundlot.theory.CATALOGUE"
        )
    return picture(name)


__all__ = ["PICTURES", "Picture", "picture", "plot_theorem"]
