"""Descent on quadratics with cut rounds: the expected loss exactly, and drawn trajectories.

Worker ``i`` has ``f_i(x) = ½ Σ_k h_k (x_k − a_ik)²``, all with the same curvature ``h``; the
target is ``F = Σ w_i f_i``. A step is ``x − η X`` with ``X = Σ c_i ∇f_i(x) + noise``. Mean and
second moment of every coordinate follow an affine recursion in the moments of the weights ``c``,
since a round's times do not depend on the point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.workers.straggler_rounds import normal
from roundlot.solvers.stragglers.estimators import EstimatorMoments, target_weights, unit_weights
from roundlot.solvers.stragglers.round_laws import RoundLaw
from roundlot.solvers.stragglers.times import Stragglers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.positions import by_position, fields_by_position
from roundlot.theory.random_streams import STRAGGLER_OPTIMA

STEPS = np.geomspace(0.003, 1.0, 40)
MOST_ROUNDS = 20_000  # after which a target counts as out of reach
APART = 1_000_003  # between the seeds of replicas: more than anybody numbers seeds
DIP_ROUNDS = 1000  # Tried even where no step settles below the target: it may pass by it.


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerQuadratics:
    """Quadratic objectives of the workers.

    Attributes:
        optima: ``(n, d)``, where each worker's objective is least.
        curvature: ``(d,)``, above 0.
        start: ``(d,)``, where descent begins.
        noise_variance: ``σ²``, expected squared norm of a unit's gradient noise.
        weights: ``(n,)``, of the target; all ``1/n`` by default.

    Raises:
        InvalidProblemError: wrong shapes, a curvature of 0, a negative noise.
    """

    optima: FloatArray = field(repr=False)
    curvature: FloatArray = field(repr=False)
    start: FloatArray = field(repr=False)
    noise_variance: float = 1.0
    weights: FloatArray | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        optima, curvature, start = (
            np.array(real_numbers(getattr(self, name), name))
            for name in ("optima", "curvature", "start")
        )
        if optima.ndim != 2 or not curvature.shape == start.shape == optima.shape[1:]:
            raise InvalidProblemError(
                f"optima {optima.shape}, curvature {curvature.shape} and start {start.shape} do "
                "not fit; give (n, d), (d,) and (d,)"
            )
        if not np.all(curvature > 0.0) or not self.noise_variance >= 0.0:
            raise InvalidProblemError("curvature must be above 0, the noise variance at least 0")
        object.__setattr__(self, "optima", optima)
        object.__setattr__(self, "curvature", curvature)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "weights", target_weights(self.weights, len(optima)))

    @property
    def optimum(self) -> FloatArray:
        """``(d,)``, where the target is least."""
        assert self.weights is not None
        return np.asarray(self.weights @ self.optima)

    @by_position()
    def gradients(self, x: npt.ArrayLike) -> FloatArray:
        """``(n, d)``, mean gradients at ``x`` (d,)."""
        return np.asarray(self.curvature * (np.asarray(x, dtype=np.float64) - self.optima))

    def excess(self, x: FloatArray) -> FloatArray:
        """``F(x) − min F`` for points ``(..., d)``."""
        return np.asarray(0.5 * ((x - self.optimum) ** 2 @ self.curvature))

    @classmethod
    def random(
        cls,
        workers: int,
        *,
        dimension: int = 8,
        dissimilarity: float = 0.1,
        noise: float = 4.0,
        seed: int = 0,
    ) -> WorkerQuadratics:
        """Curvatures from 0.2 to 1, a start at distance 1 from the optimum.

        Args:
            workers: ``n``.
            dimension: ``d``.
            dissimilarity: root mean square distance of the workers' optima from the common one.
            noise: variance of a unit's gradient.
            seed: of the optima.
        """
        random = STRAGGLER_OPTIMA.generator(seed)
        optima = random.normal(size=(workers, dimension))
        optima -= optima.mean(axis=0)
        size = math.sqrt(float(np.mean((optima**2).sum(axis=1))))
        optima *= dissimilarity / size if size > 0.0 else 0.0
        return cls(
            optima=optima,
            curvature=np.linspace(0.2, 1.0, dimension),
            start=np.full(dimension, 1.0 / math.sqrt(dimension)),
            noise_variance=noise,
        )


def expected_excess(
    moments: EstimatorMoments, problem: WorkerQuadratics, steps: npt.ArrayLike, *, rounds: int
) -> FloatArray:
    """``(rounds + 1, K)``, exact ``E F − min F`` after every round, for constant steps (K,)."""
    state = _State(moments, problem, np.atleast_1d(np.asarray(steps, dtype=np.float64)))
    losses = [state.excess()]
    for _ in range(rounds):
        state.advance()
        losses.append(state.excess())
    return np.stack(losses)


class _State:
    """Mean and second moment of every coordinate's distance from the optimum, for ``K`` steps."""

    def __init__(
        self, moments: EstimatorMoments, problem: WorkerQuadratics, steps: FloatArray
    ) -> None:
        apart = problem.optima - problem.optimum
        eta, h = steps[:, None], problem.curvature
        both = moments.second
        self.h = h
        self.first = np.broadcast_to(problem.start - problem.optimum, (steps.size, h.size)).copy()
        self.square = self.first**2
        noise = float(moments.noise.sum()) * problem.noise_variance / h.size
        self.shrink = 1.0 - eta * h * moments.mean.sum()
        self.pull = eta * h * (moments.mean @ apart)
        self.contraction = 1.0 - 2.0 * eta * h * moments.mean.sum() + (eta * h) ** 2 * both.sum()
        self.cross = 2.0 * (self.pull - (eta * h) ** 2 * (both.sum(axis=0) @ apart))
        self.floor = (eta * h) ** 2 * np.einsum("id,ij,jd->d", apart, both, apart) + eta**2 * noise

    def advance(self) -> None:
        """One round."""
        with np.errstate(over="ignore", invalid="ignore"):
            self.square = self.contraction * self.square + self.cross * self.first + self.floor
            self.first = self.shrink * self.first + self.pull

    def limit(self) -> FloatArray:
        """``(K,)``, where the expected excess settles; infinite where it does not."""
        with np.errstate(all="ignore"):
            first = self.pull / (1.0 - self.shrink)
            square = (self.cross * first + self.floor) / (1.0 - self.contraction)
            settles = (self.contraction < 1.0) & (np.abs(self.shrink) < 1.0)
            return np.asarray(np.where(settles, 0.5 * square * self.h, np.inf).sum(axis=1))

    def excess(self) -> FloatArray:
        """``(K,)``."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(0.5 * (self.square @ self.h))


@dataclass(frozen=True, kw_only=True)
class TimeToTarget:
    """Fewest ``rounds`` to the target with the best constant ``step``; ``seconds`` expected.

    Both infinite when no step reaches it, because of a bias or within the rounds tried.
    """

    step: float
    rounds: float
    seconds: float


def time_to_target(
    moments: EstimatorMoments,
    problem: WorkerQuadratics,
    *,
    target: float,
    seconds_per_round: float,
    most_rounds: int = MOST_ROUNDS,
) -> TimeToTarget:
    """Rounds until the expected excess loss is at most ``target`` times the initial one.

    Args:
        moments: of the estimator's weights.
        problem: the objectives.
        target: in ``(0, 1)``.
        seconds_per_round: expected, with communication.
        most_rounds: after which to give up.

    Raises:
        InvalidProblemError: a target outside ``(0, 1)``, seconds that are not above 0.
    """
    if not 0.0 < target < 1.0:
        raise InvalidProblemError(f"target is {target}; give a share of the initial loss in (0, 1)")
    check_positive(seconds_per_round, "seconds_per_round")
    steps = STEPS / float(problem.curvature.max())
    state = _State(moments, problem, steps)
    goal = target * float(problem.excess(problem.start))
    reachable = bool((state.limit() < goal).any())
    for rounds in range(1, 1 + (most_rounds if reachable else min(most_rounds, DIP_ROUNDS))):
        state.advance()
        losses = state.excess()
        if np.fmin.reduce(losses) <= goal:  # a step that is too long may have left float64
            best = int(np.nanargmin(losses))
            seconds = rounds * seconds_per_round
            return TimeToTarget(step=float(steps[best]), rounds=rounds, seconds=seconds)
    return TimeToTarget(step=math.nan, rounds=math.inf, seconds=math.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """Descents: expected ``seconds``, mean ``loss`` (T + 1,) and its standard error.

    Seconds are those that the law expects: a mean over replicas would miss a heavy tail.
    """

    seconds: FloatArray = field(repr=False)
    loss: FloatArray = field(repr=False)
    loss_error: FloatArray = field(repr=False)


@by_position()
def descend(
    law: RoundLaw,
    stragglers: Stragglers,
    problem: WorkerQuadratics,
    estimator: str,
    *,
    step: float,
    rounds: int,
    replicas: int = 64,
    communication: float = 0.0,
    seed: int = 0,
) -> Trajectories:
    """Simulate ``replicas`` descents of ``rounds`` rounds side by side.

    Raises:
        InvalidProblemError: fewer than one round, fewer than two replicas, a step not above 0.
    """
    check_count(rounds, "rounds", 1)
    check_count(replicas, "replicas", 2)
    check_positive(step, "step")
    assert problem.weights is not None
    d = problem.curvature.size
    x = np.broadcast_to(problem.start, (replicas, d)).copy()
    loss, spread = [problem.excess(x).mean()], [0.0]
    expected = law.counts.mean
    runs = _runs(law, stragglers, rounds, replicas, seed) if stragglers.slowness else None
    for r in range(rounds):
        first = r * replicas
        if runs is None:
            drawn = law.rule.draw(stragglers, law.shares, replicas, seed=seed, start=first)
            counts = drawn.counts
        else:
            counts = runs[:, r]
        unit = unit_weights(estimator, counts, law.shares, problem.weights, expected=expected)
        weight = unit * counts
        mean = problem.curvature * (weight.sum(axis=1)[:, None] * x - weight @ problem.optima)
        scale = np.sqrt((unit**2 * counts).sum(axis=1) * problem.noise_variance / d)
        x -= step * (mean + scale[:, None] * normal(replicas, d, seed=seed, start=first))
        excess = problem.excess(x)
        loss.append(excess.mean())
        spread.append(excess.std() / math.sqrt(replicas))
    seconds = np.arange(rounds + 1, dtype=np.float64) * (law.seconds.value + communication)
    return Trajectories(seconds=seconds, loss=np.array(loss), loss_error=np.array(spread))


def _runs(law: RoundLaw, stragglers: Stragglers, rounds: int, replicas: int, seed: int) -> IntArray:
    """``(replicas, rounds, n)`` counts, every replica a run of its own: spells last from a round to
    the next."""
    return np.stack(
        [
            law.rule.draw(stragglers, law.shares, rounds, seed=(seed + APART * run) % 2**64).counts
            for run in range(replicas)
        ]
    )
