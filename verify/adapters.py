"""Samplers in other shapes, brought into the shape that an audit reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.verify.audits.source import call_style


def recorded(masks: npt.ArrayLike) -> Callable[[], npt.NDArray[np.bool_]]:
    """A sampler that plays back recorded rounds ``(R, V)`` or ``(R, V, S)``, true where drawn.

    Audit it with ``rounds=R`` at most: one round more raises, which is a verdict too.

    Raises:
        InvalidProblemError: not a table of 0 and 1.
    """
    table = np.asarray(masks)
    if table.ndim not in (2, 3) or not np.all((table == 0) | (table == 1)):
        raise InvalidProblemError("recorded rounds must be (R, V) or (R, V, S) of 0 and 1")
    rows = iter(table.astype(np.bool_))

    def play() -> npt.NDArray[np.bool_]:
        return next(rows)

    return play


def with_weights(
    sampler: Callable[..., Any], weights: npt.ArrayLike, probabilities: npt.ArrayLike
) -> Callable[[Any], tuple[Any, FloatArray]]:
    """The same draws of indices, weighted by ``w / p``: the Horvitz-Thompson aggregate.

    Args:
        weights, probabilities: ``(V,)``.
    """
    factor = np.asarray(weights, dtype=np.float64) / np.asarray(probabilities, dtype=np.float64)

    def weighted(rng: np.random.Generator) -> tuple[Any, FloatArray]:
        drawn = np.asarray(_call(sampler, rng), dtype=np.int64)
        return drawn, factor[drawn]

    return weighted


def self_normalised(
    sampler: Callable[..., Any], weights: npt.ArrayLike
) -> Callable[[Any], tuple[Any, FloatArray]]:
    """The same draws of indices, weighted by ``w`` over its sum among those drawn.

    Args:
        weights: ``(V,)``.
    """
    size = np.asarray(weights, dtype=np.float64)

    def weighted(rng: np.random.Generator) -> tuple[Any, FloatArray]:
        drawn = np.asarray(_call(sampler, rng), dtype=np.int64)
        return drawn, size[drawn] / max(float(size[drawn].sum()), 1e-300)

    return weighted


def coefficients_of(
    aggregate: Callable[[np.random.Generator, FloatArray], npt.ArrayLike], n_clients: int
) -> Callable[[np.random.Generator], FloatArray]:
    """What an aggregation rule, linear in the updates, multiplies every client's update with.

    The rule is called with unit vectors as updates, ``(V, V)``; audit with ``form="coefficients"``.
    """
    units = np.eye(n_clients)

    def coefficients(rng: np.random.Generator) -> FloatArray:
        return np.asarray(aggregate(rng, units), dtype=np.float64)

    return coefficients


def inclusion_with_replacement(selection: npt.ArrayLike, draws: int) -> FloatArray:
    """``(V,)``, ``1 − (1 − q)^k``: the chance to be among ``k`` draws with replacement from ``q``.

    Raises:
        InvalidProblemError: probabilities that do not sum to 1, no draws.
    """
    q = np.asarray(selection, dtype=np.float64)
    if q.ndim != 1 or not np.all(q >= 0.0) or abs(float(q.sum()) - 1.0) > 1e-9:
        raise InvalidProblemError(f"selection sums to {q.sum():.6g}; draws need a sum of 1")
    if draws < 1:
        raise InvalidProblemError(f"draws is {draws}; give at least 1")
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(draws * np.log1p(-q)), dtype=np.float64)


def _call(sampler: Callable[..., Any], rng: np.random.Generator) -> Any:
    style = call_style(sampler)
    if style == "nothing":
        return sampler()
    return sampler(int(rng.integers(2**31)) if style == "seed" else rng)
