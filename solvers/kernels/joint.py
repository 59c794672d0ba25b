"""What joint duals add to a pass: variances of models, and how prices move them.

There is a coordinate for every layer of roots and model: ``Σ_v a² (1/p − 1)``. An entry's
probability is ``clip(√M/√κ, l, u)`` with ``M = Σ_r μ_rs a_rvs²``; where it is not clipped,
``δp = w (Σ_r (a_r/p)² δμ_r − δκ)``, ``w = p/2κ``, so a variance is a row of ``A`` whose entries are
``−(a/p)²``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roundlot.solvers.kernels.blocks import (
    add,
    copy,
    fold,
    fold_product,
    ratios,
    times_square,
    variance_terms,
)
from roundlot.solvers.kernels.compiling import compiled
from roundlot.solvers.kernels.crew import in_pieces, pieces
from roundlot.solvers.kernels.prices import Entries
from roundlot.solvers.kernels.sums import RUN, two_sum
from roundlot.theory.arrays import FloatArray, read_only_view

TINY = 2.0**-1000  # in place of p = 0, where a root is 0 too


class Layers(NamedTuple):
    """Roots ``(R, V, S)`` of second moments, and the variances ``(R, S)`` that a pass writes."""

    roots: FloatArray
    variances: FloatArray


def weigh(roots: FloatArray, multipliers: FloatArray, out: FloatArray) -> None:
    """Writes ``√(Σ_r μ_rs a_rvs²)``; ``multipliers (R, S)``."""
    given, factors = read_only_view(roots), np.sqrt(multipliers)
    in_pieces(lambda rows: weigh_rows(given, factors, rows.start, rows.stop, out), pieces(len(out)))


@compiled
def weigh_rows(
    roots: FloatArray, factors: FloatArray, first: int, last: int, out: FloatArray
) -> None:
    """The rows from ``first`` to ``last``; ``factors`` are the roots of the multipliers."""
    layers, _, width = roots.shape
    if layers == 1:
        for v in range(first, last):
            for s in range(width):
                out[v, s] = roots[0, v, s] * factors[0, s]
        return
    for v in range(first, last):
        for s in range(width):
            top = 0.0
            for r in range(layers):
                top = max(top, roots[r, v, s] * factors[r, s])
            total = 0.0
            if top > 0.0:
                for r in range(layers):
                    part = roots[r, v, s] * factors[r, s] / top
                    total += part * part
            out[v, s] = top * np.sqrt(total)


@compiled
def add_variances(
    roots: FloatArray,
    p: FloatArray,
    width: int,
    ratio: FloatArray,
    spare: FloatArray,
    sums: FloatArray,
    low: FloatArray,
) -> None:
    """Adds a block's ``Σ a (a/p) (1 − p)`` to compensated sums ``(S,)``; leaves ``a/p``."""
    ratios(roots, p, TINY, ratio)
    variance_terms(roots, ratio, p, spare)
    fold(spare, p.size // width, width)
    for s in range(width):
        add(sums, low, s, spare[s])


@compiled
def add_moments(
    slopes: FloatArray,
    ratio: FloatArray,
    width: int,
    first: int,
    part: FloatArray,
    spare: FloatArray,
    out: FloatArray,
) -> None:
    """Adds a block's part of a layer's rows to the Hessian; leaves ``slope (a/p)²`` in ``part``."""
    times_square(slopes, ratio, part)
    times_square(part, ratio, spare)
    fold(spare, part.size // width, width)
    for s in range(width):
        out[first + s, first + s] += spare[s]
    copy(part, spare)
    fold(spare, part.size // width, width)
    for s in range(width):
        out[first + s, 1 + s] -= spare[s]


@compiled
def add_crosses(
    part: FloatArray,
    p: FloatArray,
    costs: FloatArray,
    roots: FloatArray,
    start: int,
    stop: int,
    r: int,
    spare: FloatArray,
    out: FloatArray,
) -> None:
    """The same of layer ``r`` with cost rows, and with the layers before it."""
    width, dear = roots.shape[2], costs.shape[0]
    first = 1 + width + dear
    for k in range(dear):
        fold_product(part, costs[k, start:stop].reshape(-1), width, spare)
        for s in range(width):
            out[first + r * width + s, 1 + width + k] -= spare[s]
    for other in range(r):
        ratios(roots[other, start:stop].reshape(-1), p, TINY, spare)
        times_square(part, spare, spare)
        fold(spare, p.size // width, width)
        for s in range(width):
            out[first + r * width + s, first + other * width + s] += spare[s]


@compiled
def moment_direction(
    slopes: FloatArray, p: FloatArray, roots: FloatArray, v: int, out: FloatArray
) -> None:
    """Adds ``−Σ_s slope_s (a_s/p_s)²`` of one row to the coordinates of variances."""
    width = p.size
    first = out.size - roots.shape[0] * width
    for s in range(width):
        if slopes[s] > 0.0:
            for r in range(roots.shape[0]):
                ratio = roots[r, v, s] / p[s]
                out[first + r * width + s] -= slopes[s] * ratio * ratio


@compiled
def variance_sums(scores: FloatArray, probabilities: FloatArray, out: FloatArray) -> None:
    """Writes ``(S,)``, ``Σ_v a² (1−p)/p`` of each model; infinite if ``p = 0 < a``."""
    width = scores.shape[1]
    low, parts = np.zeros(width), np.zeros(width)
    out[:] = 0.0
    for start in range(0, scores.shape[0], RUN):
        parts[:] = 0.0
        for v in range(start, min(start + RUN, scores.shape[0])):
            for s in range(width):
                a, p = scores[v, s], probabilities[v, s]
                if a > 0.0:
                    # at p = 1 it is 0, however large the square of a is
                    parts[s] += (a * (1.0 - p)) / p * a if p > 0.0 else np.inf
        for s in range(width):
            if parts[s] == np.inf or out[s] == np.inf:
                out[s] = np.inf
            else:
                out[s], error = two_sum(out[s], parts[s])
                low[s] += error
    for s in range(width):
        if out[s] < np.inf:
            out[s] += low[s]


@compiled
def excess_terms(block: Entries, probabilities: FloatArray, scale: float, slack: float) -> float:
    """Above ``Σ (M/p + κ p − F(κ))`` of some rows, ``F(κ) = min_{l <= p <= u} M/p + κ p``.

    ``√M`` is ``block.scores * scale``, ``κ`` are the prices; both, and their roots, are off by at
    most ``slack``, relatively. Infinite where ``p = 0 < M``.
    """
    scores, floor, ceiling, prices = block
    total, low = 0.0, 0.0
    for v in range(scores.shape[0]):
        part = 0.0
        for s in range(scores.shape[1]):
            root, p, kappa = scores[v, s] * scale, probabilities[v, s], prices[v, s]
            floor_, ceiling_ = floor[v, s], ceiling[v, s]
            if root == 0.0:
                part += max(0.0, p - floor_) * kappa
                continue
            if p <= 0.0:
                return np.inf
            paid, drawn = np.sqrt(kappa) * np.sqrt(p), root / np.sqrt(p)
            if p == ceiling_ and drawn * (1.0 - 2.0 * slack) >= paid:
                continue  # the minimum is there, whatever rounding does
            if p == floor_ and drawn <= paid * (1.0 - 2.0 * slack):
                continue
            if root <= np.sqrt(kappa) * floor_:
                at = (root / p) * (root / floor_)
                term = max(0.0, p - floor_) * max(0.0, kappa * (1.0 + slack) - at * (1.0 - slack))
            elif root >= np.sqrt(kappa) * ceiling_:
                at = (root / p) * (root / ceiling_)
                term = max(0.0, ceiling_ - p) * max(0.0, at * (1.0 + slack) - kappa * (1.0 - slack))
            else:
                term = (abs(drawn - paid) + slack * (drawn + paid)) ** 2
            part += term + slack * slack * (drawn * drawn + paid * paid)
        total, error = two_sum(total, part)
        low += error
    return total + low
