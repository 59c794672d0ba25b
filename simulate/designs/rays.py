"""What a draw adds to the step: ``u / p`` for every processor and model, in few coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Design
from roundlot.simulate.updates import Updates, reduce_dimensions
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments


@dataclass(frozen=True, kw_only=True, eq=False)
class Rays:
    """Steps of single draws, divided by the longest of them.

    Attributes:
        steps: ``S`` tables ``(V, k_s)``, ``u_vs / (p_vs scale)``, 0 where ``p = 0``; with the
            inner products of the updates within a model, in at most as many coordinates as clients.
        probabilities: ``(V, S)``.
        scale: the length of the longest ``u / p``.
    """

    steps: tuple[FloatArray, ...]
    probabilities: FloatArray
    scale: float

    @classmethod
    def of(cls, design: Design, updates: Updates) -> Rays:
        """The rays of a design's draws of these updates.

        Raises:
            InvalidProblemError: a probability of 0 where the update is not 0; sizes that differ.
        """
        p, sizes = design.probabilities, updates.scores
        if p.shape != sizes.shape:
            raise InvalidProblemError(f"updates have shape {sizes.shape}; the design {p.shape}")
        if ((p == 0.0) & (sizes > 0.0)).any():
            raise InvalidProblemError(
                "a probability is 0 where the update is not: the variance is infinite; set a floor"
            )
        longest = float(np.divide(sizes, p, out=np.zeros_like(p), where=p > 0.0).max())
        factor = np.divide(updates.weights, p, out=np.zeros_like(p), where=p > 0.0)
        factor /= longest or 1.0
        steps = []
        for model, table in enumerate(updates.directions):
            short = reduce_dimensions(table) if table.shape[1] > len(table) else table
            rows = short.astype(np.float64, copy=False)[updates.client]
            steps.append(factor[:, model, None] * rows)
        return cls(steps=tuple(steps), probabilities=p, scale=longest)

    @classmethod
    def of_weights(cls, design: Design, weights: npt.ArrayLike) -> Rays:
        """The same for aggregate weights: ``w / p`` of weights ``(V, S)``; errors as `of`."""
        table = real_numbers(weights, "weights")
        units = Updates(
            directions=[np.ones((len(table), 1))] * table.shape[-1],
            client=np.arange(len(table)),
            weights=table,
        )
        return cls.of(design, units)

    @property
    def blocks(self) -> tuple[slice, ...]:
        """Where each model's coordinates lie when all are put side by side."""
        ends = np.cumsum([0, *(table.shape[1] for table in self.steps)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @property
    def width(self) -> int:
        """How many coordinates there are over all models."""
        return sum(table.shape[1] for table in self.steps)

    def of_processor(self, who: int) -> FloatArray:
        """``(width, S)``, one column for each model, 0 outside its block."""
        columns = np.zeros((self.width, len(self.steps)))
        for model, (table, block) in enumerate(zip(self.steps, self.blocks, strict=True)):
            columns[block, model] = table[who]
        return columns

    def full(self, model: int) -> FloatArray:
        """``(k_s,)``, the full step of a model in the same units."""
        return np.asarray(self.probabilities[:, model] @ self.steps[model])

    def moments(self, mean: float, square: float) -> SquaredErrorMoments:
        """``E Y`` and ``Var Y / (E Y)²`` from ``E Y`` and ``E Y²`` in units of these rays."""
        spread = max(square / mean / mean - 1.0, 0.0) if mean > 0.0 else 0.0
        with np.errstate(over="ignore"):
            whole = float(np.float64(mean) * self.scale * self.scale)
        return SquaredErrorMoments(mean=whole, spread=spread, cycle_spread=spread, cycle=1)
