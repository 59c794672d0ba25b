"""A mean over seeds, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.student import student_quantile

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """A mean over seeds and Student's interval ``mean ± half``; half is NaN for one seed."""

    mean: float
    half: float
    n: int

    @classmethod
    def of(cls, values: npt.ArrayLike, confidence: float = CONFIDENCE) -> Interval:
        """For one number a seed.

        Raises:
            InvalidProblemError: no numbers, or a confidence outside (0, 1).
        """
        row = np.asarray(values, dtype=np.float64)
        if not row.size:
            raise InvalidProblemError("there are no numbers; give one for every seed")
        if row.size == 1:
            return cls(mean=float(row[0]), half=float("nan"), n=1)
        quantile = student_quantile((1.0 + confidence) / 2.0, row.size - 1)
        half = quantile * float(row.std(ddof=1)) / float(np.sqrt(row.size))
        return cls(mean=float(row.mean()), half=half, n=row.size)

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.half:.2g}" if self.n > 1 else f"{self.mean:.4g}"
