"""Where the rounds of a simulation are added up, chunk by chunk, from several threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import numpy.typing as npt

from roundlot.simulate.realised import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """Arrays to be filled. Chunks write rows of their own; only ``counts`` is shared, under a lock.

    Attributes:
        model_squared_error: ``(rounds, S)``.
        aggregate_weight: ``(rounds, S)``.
        draws: ``(rounds,)``.
        uploads: ``(rounds,)``.
        counts: ``(V, S)``.
        products: ``(rounds, S, S)``, or no rounds where they are not asked for.
    """

    model_squared_error: FloatArray
    aggregate_weight: FloatArray
    draws: IntArray
    uploads: IntArray
    counts: IntArray
    products: FloatArray
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def empty(cls, rounds: int, shape: tuple[int, int], *, products: bool = False) -> Tally:
        """For ``rounds`` rounds of ``shape`` processors x models."""
        return cls(
            model_squared_error=np.zeros((rounds, shape[1])),
            aggregate_weight=np.zeros((rounds, shape[1])),
            draws=np.zeros(rounds, dtype=np.int64),
            uploads=np.zeros(rounds, dtype=np.int64),
            counts=np.zeros(shape, dtype=np.int64),
            products=np.zeros((rounds if products else 0, shape[1], shape[1])),
        )

    def add_counts(self, counts: npt.NDArray[np.int64]) -> None:
        """Add a chunk's ``(V, S)`` draws; integers, so that the order does not matter."""
        with self.lock:
            self.counts.__iadd__(counts)
