"""Exact variance of dependent rounding: what every move adds, over all pools and owners.

The step expected at the end is a martingale: a move changes it by ``± Σ sign u/p`` of the owners
of the rows on the cycle. Its variance needs inner products of pairs of owners only, and a
newcomer's with the owners at hand is that with their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import Counts
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.rounding_walk import Ints, Move, walk

FloatArray = npt.NDArray[np.float64]


def rounding_variance(counts: Counts, rays: Rays) -> FloatArray:
    """``(S,)``, ``E‖Δ_s − U_s‖²`` in units of the rays."""
    book = _Products(rays, counts.shape[1] + 1)
    walk(counts, book, book.nobody())
    return book.variance


def rounding_covariance(counts: Counts) -> FloatArray:
    """``(V, S, V, S)``, covariances of the draws of all pairs; ``V³ S²`` steps and more."""
    book = _Pairs(len(counts), counts.shape[1] + 1)
    walk(counts, book, book.nobody())
    return book.covariance


@dataclass(frozen=True, kw_only=True, eq=False)
class _Owners:
    """Of the owners of the rows, times the chance of the pool.

    Attributes:
        chance: of the pool.
        mean: ``(W, D)``, their ``u/p``, all models side by side.
        product: ``(W, W, S)``, inner products of two owners' ``u/p`` within a model.
    """

    chance: float
    mean: FloatArray
    product: FloatArray

    def times(self, factor: float) -> _Owners:
        return _Owners(
            chance=factor * self.chance, mean=factor * self.mean, product=factor * self.product
        )


class _Products:
    def __init__(self, rays: Rays, width: int) -> None:
        self.rays, self.width = rays, width
        self.variance = np.zeros(len(rays.steps))
        self.starts = [block.start for block in rays.blocks]

    def nobody(self) -> _Owners:
        return _Owners(
            chance=1.0,
            mean=np.zeros((self.width, self.rays.width)),
            product=np.zeros((self.width, self.width, len(self.rays.steps))),
        )

    def admit(self, carried: _Owners, row: int, who: int) -> _Owners:
        own = np.concatenate([table[who] for table in self.rays.steps])
        mean, product = carried.mean.copy(), carried.product.copy()
        mean[row] = carried.chance * own
        with_others = np.add.reduceat(mean * own, self.starts, axis=1)
        product[row], product[:, row] = with_others, with_others
        return _Owners(chance=carried.chance, mean=mean, product=product)

    def move(self, carried: _Owners, move: Move) -> None:
        signs = move.signs[:, :-1].astype(np.float64)
        moved = np.einsum("is,js,ijs->s", signs, signs, carried.product)
        self.variance += move.variance * moved

    def branch(self, carried: _Owners, change: float, move: Move, chance: float) -> _Owners:
        return carried.times(chance)

    def clear(self, carried: _Owners, rows: Ints) -> _Owners:
        mean, product = carried.mean.copy(), carried.product.copy()
        mean[rows] = 0.0
        product[rows], product[:, rows] = 0.0, 0.0
        return _Owners(chance=carried.chance, mean=mean, product=product)

    def reorder(self, carried: _Owners, order: Ints) -> _Owners:
        product = carried.product[order[:, None], order]
        return _Owners(chance=carried.chance, mean=carried.mean[order], product=product)

    def merge(self, one: _Owners, other: _Owners) -> _Owners:
        return _Owners(
            chance=one.chance + other.chance,
            mean=one.mean + other.mean,
            product=one.product + other.product,
        )


class _Pairs:
    """Chances that ``v`` owns row ``i`` and ``w`` row ``j``: ``(W, W, V, V)``; alone: diagonals."""

    def __init__(self, size: int, width: int) -> None:
        self.shape = (width, width, size, size)
        self.covariance = np.zeros((size, width - 1, size, width - 1))

    def nobody(self) -> tuple[float, FloatArray]:
        return 1.0, np.zeros(self.shape)

    def admit(
        self, carried: tuple[float, FloatArray], row: int, who: int
    ) -> tuple[float, FloatArray]:
        chance, table = carried[0], carried[1].copy()
        alone = np.einsum("iivv->iv", table)
        table[row, :, who, :] = alone
        table[:, row, :, who] = alone
        table[row, row, who, who] = chance
        return chance, table

    def move(self, carried: tuple[float, FloatArray], move: Move) -> None:
        signs = move.signs[:, :-1].astype(np.float64)
        moved = np.einsum("is,jt,ijvw->vswt", signs, signs, carried[1], optimize=True)
        self.covariance += move.variance * moved

    def branch(
        self, carried: tuple[float, FloatArray], change: float, move: Move, chance: float
    ) -> tuple[float, FloatArray]:
        return chance * carried[0], chance * carried[1]

    def clear(
        self, carried: tuple[float, FloatArray], rows: Ints
    ) -> tuple[float, FloatArray]:
        table = carried[1].copy()
        table[rows], table[:, rows] = 0.0, 0.0
        return carried[0], table

    def reorder(
        self, carried: tuple[float, FloatArray], order: Ints
    ) -> tuple[float, FloatArray]:
        return carried[0], carried[1][order[:, None], order]

    def merge(
        self, one: tuple[float, FloatArray], other: tuple[float, FloatArray]
    ) -> tuple[float, FloatArray]:
        return one[0] + other[0], one[1] + other[1]
