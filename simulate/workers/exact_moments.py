"""Exact moments of decentralised training on least squares: no Monte Carlo.

Worker ``i`` holds samples ``(a, y)`` of loss ``½ (aᵀx − y)²``. A gradient of a batch drawn with
replacement is affine in ``x_i`` with random coefficients, so the first two moments of all workers'
iterates follow an exact recursion, through the steps and through the random mixing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.simulate.tasks.parameters import flatten
from roundlot.simulate.workers.consensus import MixingLaw
from roundlot.simulate.workers.gossip import DPSGD, Matcha
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.solvers.graphs.rate import gradient_bound
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only


@dataclass(frozen=True, kw_only=True, eq=False)
class LeastSquares:
    """The shards as matrices.

    Attributes:
        features, targets: of every worker, ``(n_i, d)`` and ``(n_i,)``.
        curvature: ``(n, d, d)``, ``H_i``. slope: ``(n, d)``, ``c_i``: ``∇F_i = H_i x − c_i``.
        weights: ``(n,)`` of the shards in ``F``.
    """

    features: tuple[FloatArray, ...] = field(repr=False)
    targets: tuple[FloatArray, ...] = field(repr=False)
    curvature: FloatArray = field(repr=False)
    slope: FloatArray = field(repr=False)
    weights: FloatArray = field(repr=False)

    @classmethod
    def of(cls, workers: Workers) -> LeastSquares:
        """From a task of one linear layer without bias and squared error.

        Raises:
            InvalidProblemError: another task.
        """
        train, task = workers.task.train, workers.task
        width = train.inputs.shape[1:]
        if task.loss != "squared error" or len(width) != 1 or task.n_parameters != width[0]:
            raise InvalidProblemError(
                f"{task.name!r} is no least squares; give a task of one linear output and squared "
                "error, such as roundlot.simulate.tasks.quadratics"
            )
        shards = [train.of(i) for i in range(workers.n_workers)]
        A = tuple(x.double().numpy() for x, _ in shards)
        y = tuple(t.double().numpy().reshape(-1) for _, t in shards)
        return cls(
            features=A,
            targets=y,
            curvature=np.stack([a.T @ a / len(a) for a in A]),
            slope=np.stack([a.T @ b / len(a) for a, b in zip(A, y, strict=True)]),
            weights=workers.weights,
        )

    @property
    def smoothness(self) -> float:
        """``L``: no ``F_i`` curves more."""
        return float(np.linalg.eigvalsh(self.curvature)[:, -1].max())

    @property
    def minimum(self) -> float:
        """``min F``."""
        H, c = np.tensordot(self.weights, self.curvature, axes=1), self.weights @ self.slope
        x = np.linalg.lstsq(H, c, rcond=None)[0]
        return self.value(np.asarray(x, dtype=np.float64))

    def value(self, x: FloatArray) -> float:
        """``F(x)``."""
        residuals = [a @ x - b for a, b in zip(self.features, self.targets, strict=True)]
        return float(self.weights @ [float(r @ r) / (2 * r.size) for r in residuals])

    def noise(self, i: int, mean: FloatArray, second: FloatArray) -> FloatArray:
        """``(d, d)``: covariance of one sample's gradient at worker ``i``, for ``x``'s moments."""
        A, y, H, c = self.features[i], self.targets[i], self.curvature[i], self.slope[i]
        squares = np.einsum("sj,jk,sk->s", A, second, A) - 2.0 * y * (A @ mean) + y**2
        whole = np.einsum("s,sj,sk->jk", squares, A, A, optimize=True) / len(A)
        cross = np.outer(H @ mean, c)
        return np.asarray(whole - (H @ second @ H - cross - cross.T + np.outer(c, c)))


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerMoments:
    """Exact expectations before the first and after each of ``T`` rounds.

    Attributes:
        mean: ``(T + 1, n, d)``, ``E x_i``.
        consensus: ``(T + 1,)``, ``E (1/n) Σ ‖x_i − x̄‖²``.
        gradient: ``(T + 1,)``, ``E ‖∇F(x̄)‖²``.
        value: ``(T + 1,)``, ``E F(x̄) − min F``.
        noise: ``(T,)``: largest over workers of the expected squared noise of a step's gradient.
        dissimilarity: ``(T + 1,)``: ``E (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖²``.
    """

    mean: FloatArray = field(repr=False)
    consensus: FloatArray = field(repr=False)
    gradient: FloatArray = field(repr=False)
    value: FloatArray = field(repr=False)
    noise: FloatArray = field(repr=False)
    dissimilarity: FloatArray = field(repr=False)

    @property
    def mean_gradient(self) -> float:
        """``(1/T) Σ_{k<T} E‖∇F(x̄_k)‖²``: what the theorems bound."""
        return float(self.gradient[:-1].mean())


def worker_moments(
    workers: Workers,
    method: DPSGD | Matcha,
    *,
    rounds: int,
    plan: StepPlan,
    start: npt.ArrayLike | None = None,
) -> WorkerMoments:
    """The exact moments of `train_workers` on least squares, all workers starting at ``start``.

    A training draws parameters anew for every seed by default: for training to start where these
    moments do, give it ``restart=False``.

    Args:
        workers: with a task of least squares.
        method: step first, without delay.
        rounds: ``T``.
        plan: steps and batches; these are drawn with replacement.
        start: ``(d,)``; the module's own parameters by default.

    Raises:
        InvalidProblemError: another task, a start that is not ``d`` finite numbers; a delay or
            another order, which are not propagated.
    """
    if method.delay or method.order != "step first":
        raise InvalidProblemError("moments are propagated for order 'step first' without delay")
    task, law = LeastSquares.of(workers), MixingLaw.of(method)
    n, d = task.slope.shape
    first = _start(workers, d, start)
    m = np.tile(first, (n, 1))
    S = np.broadcast_to(np.outer(first, first), (n, n, d, d)).copy()
    rows, noises, means = [_figures(task, m, S)], [], [m]
    widths = plan.widths(n)
    for number in range(rounds):
        for _ in range(plan.steps):
            spread = np.stack([task.noise(i, m[i], S[i, i]) / widths[i] for i in range(n)])
            noises.append(float(np.trace(spread, axis1=1, axis2=2).max()))
            m, S = _stepped(task, m, S, plan.rate(number), spread)
        m, S = law.mean @ m, law.congruence(S)
        rows.append(_figures(task, m, S))
        means.append(m)
    table = np.array(rows).T
    return WorkerMoments(
        mean=read_only(np.array(means)),
        consensus=read_only(table[0].copy()),
        gradient=read_only(table[1].copy()),
        value=read_only(table[2] - task.minimum),
        noise=read_only(np.array(noises).reshape(rounds, plan.steps).max(axis=1)),
        dissimilarity=read_only(table[3].copy()),
    )


def _start(workers: Workers, width: int, start: npt.ArrayLike | None) -> FloatArray:
    if start is None:
        own = flatten(workers.task.module).detach().double().cpu()
        return np.asarray(own.numpy(), dtype=np.float64)
    first = np.array(start, dtype=np.float64)
    if first.shape != (width,) or not np.isfinite(first).all():
        raise InvalidProblemError(
            f"start has shape {first.shape}; give {width} finite numbers, a parameter each"
        )
    return first


def _stepped(
    task: LeastSquares, m: FloatArray, S: FloatArray, rate: float, spread: FloatArray
) -> tuple[FloatArray, FloatArray]:
    n, d = m.shape
    stay, push = np.eye(d) - rate * task.curvature, rate * task.slope
    moved = np.einsum("iab,ib->ia", stay, m)
    S = np.einsum("iab,ijbc,jdc->ijad", stay, S, stay, optimize=True)
    cross = np.einsum("ia,jb->ijab", moved, push)
    S = S + cross + cross.transpose(1, 0, 3, 2) + np.einsum("ia,jb->ijab", push, push)
    S[np.arange(n), np.arange(n)] += rate**2 * spread
    return moved + push, S


def _figures(task: LeastSquares, m: FloatArray, S: FloatArray) -> tuple[float, ...]:
    """Consensus distance, ``E‖∇F(x̄)‖²``, ``E F(x̄)`` and the dissimilarity of gradients there."""
    mean, second = m.mean(axis=0), S.mean(axis=(0, 1))
    own = np.trace(S[np.arange(len(m)), np.arange(len(m))], axis1=1, axis2=2).mean()
    w = task.weights
    H, c = np.tensordot(w, task.curvature, axes=1), w @ task.slope
    squares = np.array([float(y @ y) / (2 * y.size) for y in task.targets])
    value = np.trace(H @ second) / 2.0 - c @ mean + w @ squares
    apart = [
        _squared(Hi - H, ci - c, mean, second)
        for Hi, ci in zip(task.curvature, task.slope, strict=True)
    ]
    return (
        float(own - np.trace(second)),
        _squared(H, c, mean, second),
        float(value),
        float(np.mean(apart)),
    )


def _squared(H: FloatArray, c: FloatArray, mean: FloatArray, second: FloatArray) -> float:
    """``E‖H x − c‖²``."""
    return float(np.trace(H @ second @ H.T) - 2.0 * c @ H @ mean + c @ c)


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
        variance=float(moments.noise.max()),
        dissimilarity=float(moments.dissimilarity.max()),
        workers=workers.n_workers,
        value=float(moments.value[0]),
        rounds=len(moments.gradient) - 1,
    )
