"""Moments of the shares ``N_i/N`` of independent counts, exactly, by convolving their laws.

Works on float64 and on fractions. Every term is a sum of non-negative products, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roundlot.solvers.stragglers.counts import Masses, whole


def ratio_moments(masses: Sequence[Masses]) -> tuple[Masses, Masses, Masses]:
    """``E[N_i/N]`` (n,), ``E[N_i N_j/N²]`` (n, n) and ``E[N_i/N²]`` (n,), 0 where ``N = 0``.

    Args:
        masses: for each worker, chances of its counts ``0, 1, ...``.
    """
    n, kind = len(masses), masses[0].dtype
    mean, share = (np.empty(n, dtype=kind) for _ in range(2))
    second = np.empty((n, n), dtype=kind)
    once = [mass * whole(0, mass) for mass in masses]
    for i, others in enumerate(_all_but_one(masses)):
        along = np.convolve(once[i], others)
        mean[i] = _over_power(along, 1)
        share[i] = _over_power(along, 2)
        second[i, i] = _over_power(np.convolve(once[i] * whole(0, masses[i]), others), 2)
    for i in range(n - 1):
        rest = _all_but_one([*masses[:i], *masses[i + 1 :]])
        for j in range(i + 1, n):
            both = np.convolve(np.convolve(once[i], once[j]), rest[j - 1])
            second[i, j] = second[j, i] = _over_power(both, 2)
    return mean, second, share


def _over_power(masses: Masses, power: int) -> Masses:
    """``Σ_{s >= 1} masses_s / s^power``."""
    return masses[1:] @ (1 / whole(1, masses) ** power)


def _all_but_one(masses: Sequence[Masses]) -> list[Masses]:
    """The law of the sum of all workers but one, for each, from sums of the first and last."""
    one = np.ones(1, dtype=masses[0].dtype) if masses else np.ones(1)
    first, last = [one], [one]
    for mass in masses[:-1]:
        first.append(np.convolve(first[-1], mass))
    for mass in reversed(masses[1:]):
        last.append(np.convolve(last[-1], mass))
    return [np.convolve(a, b) for a, b in zip(first, reversed(last), strict=True)]
