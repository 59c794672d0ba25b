"""Fourth moment of a sum of vectors, one after another, without listing outcomes.

Of a random vector ``M`` the numbers ``P``, ``E M``, ``E M Mᵀ``, ``E ‖M‖² M`` and ``E ‖M‖⁴`` are
kept (on an event, so that ``P`` is its probability). Those of a sum of independent vectors follow
from those of its parts:

    ``E‖M+D‖⁴ = E‖M‖⁴ + 4⟨E‖M‖²M, E D⟩ + 4 tr(E MMᵀ E DDᵀ) + 2 E‖M‖² E‖D‖²
    + 4⟨E M, E‖D‖²D⟩ + E‖D‖⁴``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Moments of ``M`` on ``K`` events; leading axes ``K``.

    Attributes:
        weight: ``(K,)``; first: ``(K, D)``; second: ``(K, D, D)``; third: ``(K, D)``,
            ``E ‖M‖² M``; fourth: ``(K,)``, ``E ‖M‖⁴``.
    """

    weight: FloatArray
    first: FloatArray
    second: FloatArray
    third: FloatArray
    fourth: FloatArray

    @classmethod
    def at_zero(cls, events: int, width: int) -> Sums:
        """Certainly on the first event, with ``M = 0``."""
        weight = np.zeros(events)
        weight[0] = 1.0
        vectors = np.zeros((events, width))
        second = np.zeros((events, width, width))
        return cls(weight=weight, first=vectors, second=second, third=vectors, fourth=weight * 0.0)

    @classmethod
    def choice(cls, steps: FloatArray, chances: FloatArray) -> Sums:
        """One event: a step ``(D, n)`` with the given chances ``(n,)``, whatever they sum to."""
        squares = np.einsum("ij,ij->j", steps, steps)
        return cls(
            weight=np.array([chances.sum()]),
            first=(steps @ chances)[None],
            second=((steps * chances) @ steps.T)[None],
            third=(steps @ (chances * squares))[None],
            fourth=np.array([chances @ squares**2]),
        )

    def plus(self, other: Sums) -> Sums:
        """Moments of ``M + D`` on each event, ``D`` independent of it: ``other``, of one event."""
        step, square = other.first[0], other.second[0]
        own, theirs = self.squares[:, None], float(np.trace(square))
        weight = other.weight[0]
        crossed = self.first[:, :, None] * step
        third = weight * self.third + own * step + 2.0 * self.second @ step
        third += 2.0 * self.first @ square + theirs * self.first
        third += self.weight[:, None] * other.third[0]
        fourth = weight * self.fourth + 4.0 * self.third @ step + 2.0 * theirs * own[:, 0]
        fourth += 4.0 * np.einsum("kij,ij->k", self.second, square)
        fourth += 4.0 * self.first @ other.third[0] + self.weight * other.fourth[0]
        return Sums(
            weight=self.weight * weight,
            first=weight * self.first + self.weight[:, None] * step,
            second=weight * self.second
            + crossed
            + crossed.transpose(0, 2, 1)
            + self.weight[:, None, None] * square,
            third=third,
            fourth=fourth,
        )

    @property
    def squares(self) -> FloatArray:
        """``(K,)``, ``E ‖M‖²``."""
        return np.asarray(np.einsum("kii->k", self.second))

    def moved(self, places: int) -> Sums:
        """The same on events ``places`` further; what leaves is lost."""
        return Sums(**{name: _shifted(table, places) for name, table in vars(self).items()})

    def with_(self, other: Sums) -> Sums:
        """Either of two: the moments add up."""
        mine, theirs = vars(self), vars(other)
        return Sums(**{name: mine[name] + theirs[name] for name in mine})

    def times(self, factor: float) -> Sums:
        """All moments, of an event that is so much likelier."""
        return Sums(**{name: factor * table for name, table in vars(self).items()})


def _shifted(table: FloatArray, places: int) -> FloatArray:
    out = np.zeros_like(table)
    out[places:] = table[: len(table) - places]
    return out
