"""Exact variance of dependent rounding: what every move adds, over all pools and owners.

The step expected at the end is a martingale: a move changes it by ``± Σ sign u/p`` of the owners
of the rows on the cycle. Its variance needs inner products of pairs of owners only, and a
newcomer's with the owners at hand is that with their mean. Everything below is weighted by the
chance of its pool.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.rounding_walk import Step

FloatArray = npt.NDArray[np.float64]


def rounding_variance(steps: tuple[Step, ...], rays: Rays) -> FloatArray:
    """``(S,)``, ``E‖Δ_s − U_s‖²`` in units of the rays."""
    n_models, width = len(rays.steps), len(rays.steps) + 1
    starts = [block.start for block in rays.blocks]
    chance, mean = np.ones(1), np.zeros((1, width, rays.width))
    product = np.zeros((1, width, width, n_models))
    variance = np.zeros(n_models)
    for who, step in enumerate(steps):
        if step.entry.size:
            pool, row = np.arange(step.entry.size), step.entry
            own = np.concatenate([table[who] for table in rays.steps])
            mean[pool, row] = chance[:, None] * own
            along = np.add.reduceat(mean * own, starts, axis=2)
            product[pool, row], product[pool, :, row] = along, along
        signs, weight = step.signs, step.variance
        variance += np.einsum(
            "n,nis,njs,nijs->s", weight, signs, signs, product[step.moved], optimize=True
        )
        chance = _gathered(step, chance)
        mean = _gathered(step, mean, 1)
        product = _gathered(step, product, 2)
    return variance


def rounding_covariance(steps: tuple[Step, ...], size: int) -> FloatArray:
    """``(V, S, V, S)``, covariances of the draws of all pairs; ``V³ S²`` steps and more."""
    width = steps[0].signs.shape[1]
    chance, alone = np.ones(1), np.zeros((1, width, size))
    pairs = np.zeros((1, width, width, size, size))
    covariance = np.zeros((size, width - 1, size, width - 1))
    for who, step in enumerate(steps):
        if step.entry.size:
            pool, row = np.arange(step.entry.size), step.entry
            alone[pool, row, who] = chance
            pairs[pool, row, :, who, :] = alone
            pairs[pool, :, row, :, who] = alone
        weighted = step.variance[:, None, None] * step.signs
        for number in np.unique(step.moved):
            of = step.moved == number
            both = np.einsum("nis,njt->isjt", weighted[of], step.signs[of])
            covariance += np.einsum("isjt,ijvw->vswt", both, pairs[number], optimize=True)
        chance = _gathered(step, chance)
        alone = _gathered(step, alone, 1)
        pairs = _gathered(step, pairs, 2)
    return covariance


def _gathered(step: Step, table: FloatArray, axes: int = 0) -> FloatArray:
    """Of the pools afterwards; ``axes`` of the table after the first are rows of the pool."""
    taken, empty = step.rows, step.rows < 0
    found = table[step.source]
    way = np.arange(step.source.size)
    if axes == 1:
        found = found[way[:, None], taken]
        found[empty] = 0.0
    if axes == 2:
        found = found[way[:, None, None], taken[:, :, None], taken[:, None, :]]
        found[empty[:, :, None] | empty[:, None, :]] = 0.0
    found *= step.chance.reshape(-1, *(1,) * (found.ndim - 1))
    out = np.zeros((step.pools, *found.shape[1:]))
    np.add.at(out, step.target, found)
    return out
