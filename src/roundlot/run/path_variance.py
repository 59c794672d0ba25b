"""How the variance of a method's step grows along the path: theorem expected_smoothness on a fleet.

The probabilities are those that the method chooses for the gradients at the start, kept in every
round. Independent processors have the loads ``c_is = Σ_b w²(1/p − 1)``, ``w = d/B``; with
replacement, or with one draw a cluster, ``Σ_b w²/p``; models that take turns at random
``Σ_b w²(1/p − S)``, and ``S − 1`` times the squared gradient of ``F``. Blocks that go round the
models have these and, of each block, ``S ‖Σ d_i g_i‖²``, which is at most ``S (Σ d_j L_j) Σ_i
(d_i / L_i) ‖g_i‖²`` by Cauchy and Schwarz: ``c_i`` grows by ``S (Σ d_j L_j) d_i / L_i``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot import simulate
from roundlot.run.case import Case
from roundlot.solvers import Comparison, ComparisonRow, compare
from roundlot.solvers.comparisons.row_moments import clusters_model_variance, group_sums
from roundlot.theory import moments

if TYPE_CHECKING:
    from roundlot.simulate import Updates
    from roundlot.simulate.local.optimum import Landscape

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PathVariance:
    """What bounds a step's variance, summed over the models, in every round.

    At most ``noise``; or, where there is a ``slope``, ``2(slope + θ split)(F(x) − F*) +
    (1 + 1/θ) noise`` for every ``θ > 0``. Infinite where somebody with weight is never drawn.
    ``refusal`` says why no theorem covers the method, and then the numbers are infinite, too.
    """

    noise: float = math.inf
    slope: float | None = None
    split: float = 0.0
    refusal: str = ""

    @property
    def one_pair(self) -> tuple[float, float]:
        """``(S, σ²)`` for theorems that take one pair: with ``θ = 1``."""
        return (self.slope or 0.0) + self.split, (2.0 if self.slope else 1.0) * self.noise

    @property
    def numbers(self) -> dict[str, float]:
        """As ``rounds_to_target`` takes them."""
        if self.slope is None:
            return {"variance": self.noise}
        return {"expected_smoothness": self.slope, "noise": self.noise, "split": self.split}


def compare_at_start(case: Case, land: Landscape) -> Comparison:
    """Every method on the gradients at the start, its probabilities chosen for them."""
    updates = _updates(case, land.gradients_start)
    return compare(
        case.setup.problem(updates.scores),
        losses=case.fleet.expand(land.losses_start),
        client=case.fleet.client,
        updates=[updates.processor_updates(s) for s in range(updates.n_models)],
        repeats=1,
    )


def path_variance(case: Case, land: Landscape, row: ComparisonRow) -> PathVariance:
    """The slope and the noise at the optimum of a method with its probabilities fixed."""
    if row.design not in _LOADS or row.weight_moved > 0.0:
        return PathVariance(refusal=row.label)
    return design_variance(case, land, row.probabilities, design=row.design, cluster=row.cluster)


def design_variance(
    case: Case,
    land: Landscape,
    probabilities: FloatArray,
    *,
    design: str = "independent",
    cluster: IntArray | None = None,
) -> PathVariance:
    """The same of any probabilities ``(V, S)`` and a design that has loads.

    ``cluster`` ``(V,)`` are clusters or blocks; None puts everybody into one.
    """
    fleet = case.fleet
    group = np.zeros(len(probabilities), np.int64) if cluster is None else cluster
    loads = _per_client(case, _LOADS[design](fleet.weights, probabilities))
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = loads * land.client_smoothness / fleet.data_weights
    if design == "blocks":
        slopes = slopes + _of_blocks(case, land, group)
    common = fleet.n_models - 1.0 if design == "turns" else 0.0
    split = float(np.max(slopes, initial=0.0, where=fleet.data_weights > 0.0))
    return PathVariance(
        slope=split + common * land.smoothness,
        split=split,
        noise=_noise(case.updates_at_optimum, probabilities, design, group),
    )


def _updates(case: Case, gradients: tuple[FloatArray, ...]) -> simulate.Updates:
    fleet = case.fleet
    return simulate.Updates(directions=tuple(gradients), client=fleet.client, weights=fleet.weights)


def _per_client(case: Case, loads: FloatArray) -> FloatArray:
    found = np.zeros((case.fleet.n_clients, case.fleet.n_models))
    np.add.at(found, case.fleet.client, loads)
    return found


def _independent(weights: FloatArray, p: FloatArray) -> FloatArray:
    return _weighed(weights, p, 1.0)


def _with_replacement(weights: FloatArray, p: FloatArray) -> FloatArray:
    return _weighed(weights, p, 0.0)


def _turns(weights: FloatArray, p: FloatArray) -> FloatArray:
    return _weighed(weights, p, float(p.shape[1]))


def _of_blocks(case: Case, land: Landscape, block: IntArray) -> FloatArray:
    """``(N, S)``, ``S Σ d_j L_j`` over the block of each client."""
    fleet = case.fleet
    of_client = np.zeros(fleet.n_clients, np.int64)
    of_client[fleet.client] = block
    held = fleet.data_weights > 0.0
    parts = np.where(held, fleet.data_weights * land.client_smoothness, 0.0)
    sums = group_sums(parts, of_client)
    return np.asarray(fleet.n_models * sums[of_client])


def _weighed(weights: FloatArray, p: FloatArray, less: float) -> FloatArray:
    """``w² (1/p − less)``; 0 where there is no weight, infinite where it is never drawn."""
    with np.errstate(divide="ignore", invalid="ignore"):  # of pairs without weight
        return np.where(weights > 0.0, weights**2 * np.maximum(1.0 / p - less, 0.0), 0.0)


_LOADS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "independent": _independent,
    "turns": _turns,
    "blocks": _turns,
    "clusters": _with_replacement,
    "multinomial": _with_replacement,
}


def _noise(updates: Updates, p: FloatArray, design: str, cluster: IntArray) -> float:
    """The variance of a step at the optimum, where the full steps are zero."""
    scores = updates.scores
    if design == "independent":
        return float(moments.model_variance(scores, p).sum())
    still = np.zeros(p.shape[1])
    if design == "turns":
        return float(moments.turns_model_variance(scores, p, still).sum())
    if design == "multinomial":
        return float(moments.model_objective(scores, p).sum())
    steps = np.stack(
        [
            np.linalg.norm(group_sums(updates.processor_updates(s), cluster), axis=1)
            for s in range(updates.n_models)
        ],
        axis=1,
    )
    if design == "blocks":
        return float(moments.blocks_model_variance(scores, p, steps, still).sum())
    return float(clusters_model_variance(scores, p, steps).sum())
