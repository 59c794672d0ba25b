"""Rounds that a rule cuts short, drawn: times, counts, and the steps of every estimator.

A unit's gradient is ``g_i`` plus Gaussian noise; the sum over ``N_i`` units is drawn at once, which
has the same law. With a ``coupling`` the gradient also depends on the time its unit took,
``(1 + coupling (X − 1)) g_i``: unbiased unit by unit, but what is done by a deadline is then a
biased choice, and no estimator here repairs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.solvers.stragglers.estimators import ESTIMATORS, target_weights, unit_weights
from roundlot.solvers.stragglers.round_ends import RoundEnd
from roundlot.solvers.stragglers.round_laws import round_law
from roundlot.solvers.stragglers.times import Stragglers, checked_shares
from roundlot.solvers.stragglers.uniforms import NOISE, uniform
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.names import entries_of, require_choice
from roundlot.theory.positions import by_position
from roundlot.theory.tabular import Tabular

CHUNK_NUMBERS = 4_000_000  # float64 at a time, 32 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class StragglerRounds(Tabular):
    """What happened in every round, at one point of the parameters.

    Attributes:
        seconds: ``(R,)`` of computing.
        counts: ``(R, n)`` units done.
        steps: for each estimator ``(R, d)``.
        target: ``(d,)``, ``Σ w_i g_i``.
        seed: of everything random.
    """

    seconds: FloatArray = field(repr=False)
    counts: IntArray = field(repr=False)
    steps: Mapping[str, FloatArray] = field(repr=False)
    target: FloatArray = field(repr=False)
    seed: int

    def _columns(self) -> Mapping[str, Any]:
        errors = {f"squared_error of {name}": self.squared_error(name) for name in self.steps}
        rounds = np.arange(self.rounds)
        return {"round": rounds, "seconds": self.seconds, "units": self.totals, **errors}

    @property
    def rounds(self) -> int:
        """``R``."""
        return int(self.seconds.size)

    @property
    def totals(self) -> IntArray:
        """``(R,)``, ``N``."""
        return np.asarray(self.counts.sum(axis=1))

    def squared_error(self, estimator: str) -> FloatArray:
        """``(R,)``, squared distance of the steps from the target."""
        return np.asarray(((self.steps[estimator] - self.target) ** 2).sum(axis=1))

    def bias(self, estimator: str) -> FloatArray:
        """``(d,)``, mean step less target."""
        return np.asarray(self.steps[estimator].mean(axis=0) - self.target)


@by_position()
def simulate_stragglers(
    rule: RoundEnd,
    stragglers: Stragglers,
    shares: npt.ArrayLike,
    gradients: npt.ArrayLike,
    *,
    noise_variance: float,
    rounds: int,
    estimators: Sequence[str] = ESTIMATORS,
    weights: npt.ArrayLike | None = None,
    coupling: float = 0.0,
    seed: int = 0,
    start: int = 0,
) -> StragglerRounds:
    """Draw rounds.

    Args:
        rule: when a round ends.
        stragglers: the workers.
        shares: ``(n,)`` units planned.
        gradients: ``(n, d)``, each worker's mean gradient.
        noise_variance: ``σ²``, expected squared norm of a unit's noise.
        rounds: ``R >= 1``.
        estimators: names.
        weights: ``(n,)``, of the target; all ``1/n`` by default.
        coupling: how a unit's gradient depends on its time; 0 for not at all.
        seed, start: of the draws; round ``start + r`` is the same in any chunking.

    Raises:
        InvalidProblemError: a malformed argument.
        AssumptionError: Horvitz-Thompson with a worker that never finishes a unit.
    """
    check_count(rounds, "rounds", 1)
    means = real_numbers(gradients, "gradients")
    for name in entries_of(estimators, "give estimators, a list of names"):
        require_choice(name, "estimator", ESTIMATORS)
    if means.ndim != 2 or len(means) != stragglers.workers or not np.isfinite(means).all():
        raise InvalidProblemError(
            f"gradients have shape {means.shape}; give finite numbers ({stragglers.workers}, d)"
        )
    if not (np.isfinite(noise_variance) and noise_variance >= 0.0):
        raise InvalidProblemError(f"noise_variance is {noise_variance}; give at least 0")
    planned = checked_shares(shares, stragglers.workers)
    target = target_weights(weights, stragglers.workers)
    expected = round_law(rule, stragglers, planned).counts.mean
    chunk = max(1, CHUNK_NUMBERS // (stragglers.workers * int(max(planned.max(), means.shape[1]))))
    parts: list[tuple[FloatArray, IntArray, list[FloatArray]]] = []
    for first in range(start, start + rounds, chunk):
        size = min(chunk, start + rounds - first)
        finish = stragglers.finish(size, int(planned.max()), seed=seed, start=first)
        done = rule.apply(finish, planned)
        sums = _sums(done.counts, means, noise_variance, seed=seed, start=first)
        if coupling:
            sums += coupling * _excess(stragglers, finish, done.counts)[:, :, None] * means
        steps = [
            np.einsum(
                "rn,rnd->rd",
                unit_weights(name, done.counts, planned, target, expected=expected),
                sums,
            )
            for name in estimators
        ]
        parts.append((done.seconds, done.counts, steps))
    return StragglerRounds(
        seconds=read_only(np.concatenate([part[0] for part in parts])),
        counts=read_only(np.concatenate([part[1] for part in parts])),
        steps={
            name: read_only(np.concatenate([part[2][k] for part in parts]))
            for k, name in enumerate(estimators)
        },
        target=read_only(np.asarray(target @ means)),
        seed=seed,
    )


def normal(rounds: int, width: int, *, seed: int, start: int = 0) -> FloatArray:
    """``(rounds, width)`` standard normal numbers, a function of seed and round."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(rounds, width, seed=seed, start=start, stream=NOISE)))


def _sums(
    counts: IntArray, means: FloatArray, noise_variance: float, *, seed: int, start: int
) -> FloatArray:
    """``(R, n, d)``, sums of the gradients of the units done."""
    n, d = means.shape
    sums = counts[:, :, None] * means
    if noise_variance > 0.0:
        noise = normal(len(counts), n * d, seed=seed, start=start).reshape(len(counts), n, d)
        sums = sums + np.sqrt(counts * (noise_variance / d))[:, :, None] * noise
    return np.asarray(sums)


def _excess(stragglers: Stragglers, finish: FloatArray, counts: IntArray) -> FloatArray:
    """``(R, n)``, ``Σ (X − 1)`` over the units done."""
    index = np.maximum(counts - 1, 0)[:, :, None]
    spent = np.take_along_axis(finish, index, axis=2)[:, :, 0] / stragglers.seconds
    return np.where(counts > 0, spent, 0.0) - counts
