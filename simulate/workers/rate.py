"""The theory's rate for a graph and a budget, and for what was propagated exactly."""

from __future__ import annotations

from roundlot.simulate.workers.d_psgd import DPSGD
from roundlot.simulate.workers.exact_moments import LeastSquares, WorkerMoments
from roundlot.simulate.workers.gossip import Order
from roundlot.simulate.workers.matcha import Matcha
from roundlot.simulate.workers.mixing_law import MixingLaw
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.theory import AssumptionError


def gradient_bound(
    rho: float,
    *,
    step: float,
    smoothness: float,
    noise: float,
    dissimilarity: float,
    workers: int,
    gap: float,
    rounds: int,
    order: Order = "step first",
    published: bool = False,
) -> float:
    """The bound on ``(1/T) Σ E‖∇F(x̄_k)‖²`` of theorem decentralised, one local step a round.

    Args:
        rho: ``ρ = ‖E WᵀW − J‖``, below 1.
        step: ``η``.
        smoothness: ``L`` of every worker's objective.
        noise: ``σ²``, at most the variance of a gradient at any worker.
        dissimilarity: ``ζ²``, mean of ``‖∇F_i − ∇F‖²`` at most.
        workers: ``n``.
        gap: ``F(x̄_0) − F_inf``.
        rounds: ``T``.
        order: whether a round steps or mixes first.
        published: MATCHA's own, larger constants ("step first" only).

    Raises:
        AssumptionError: a step size outside the theorem's range, ``ρ = 1``; names the condition.
        InvalidProblemError: a number that is none.
    """
    from roundlot.theory.theorems import decentralised

    if published and order != "step first":
        raise AssumptionError("the published rate is for order 'step first'; leave published out")
    theorem = decentralised.THEOREM if order == "step first" else decentralised.MIXED_FIRST
    theorem = decentralised.PUBLISHED if published else theorem
    numbers = {
        "smoothness": smoothness,
        "contraction": max(rho, 0.0) ** 0.5,
        "step": step,
        "variance": noise,
        "dissimilarity": dissimilarity,
        "workers": workers,
        "value": gap,
        "rounds": rounds,
    }
    return float(theorem.evaluate(**numbers))


def largest_step(rho: float, smoothness: float, *, order: Order = "step first") -> float:
    """The largest ``η`` that theorem decentralised admits.

    ``min(1, (1 − √ρ)/(4√ρ))/L`` where a round steps first, ``(1 − √ρ)/(4L)`` where it mixes first.
    """
    r = max(rho, 0.0) ** 0.5
    if order == "mix first":
        return float((1.0 - r) / (4.0 * smoothness))
    most = (1.0 - r) / (4.0 * r) if r > 0.0 else 1.0
    return float(min(1.0, most) / smoothness)


def trajectory_bound(
    workers: Workers, method: DPSGD | Matcha, plan: StepPlan, moments: WorkerMoments
) -> float:
    """The bound for a trajectory on least squares whose exact moments are known.

    ``σ²`` and ``ζ²`` are the largest expectations along the trajectory, which is what the proof
    uses of them; least squares has no bound on the noise everywhere.

    Raises:
        AssumptionError: several local steps, a rate that decays, shards that weigh differently, a
            step size outside the theorem's range.
        InvalidProblemError: a task that is no least squares.
    """
    if plan.steps != 1 or plan.decay != 1.0:
        raise AssumptionError("the rate is for one local step a round at a constant rate")
    if abs(workers.weights - 1.0 / workers.n_workers).max() > 1e-12:
        raise AssumptionError("the rate is for F with equal weights; set weigh='uniform'")
    return gradient_bound(
        MixingLaw.of(method).rho,
        step=plan.learning_rate,
        smoothness=LeastSquares.of(workers).smoothness,
        noise=float(moments.noise.max()),
        dissimilarity=float(moments.dissimilarity.max()),
        workers=workers.n_workers,
        gap=float(moments.value[0]),
        rounds=len(moments.gradient) - 1,
    )
