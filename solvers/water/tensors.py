"""The base program on torch tensors: in, out and all sums on their device.

A few vectorised reductions over the rows per pass and one number back to the host; the search, with
its bound on the passes, is the same as for arrays (:func:`find_level`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from roundlot.solvers.water.level import find_level
from roundlot.solvers.water.scaling import exponent_of, headroom, least_probability
from roundlot.theory import InvalidProblemError

BLOCK = 256
UNIT = 2.0**-53
LOWEST = -900
SMALLEST_NORMAL = 2.0**-1022
TINY = 1e-14


@dataclass(frozen=True, kw_only=True, eq=False)
class TensorWaterline:
    """:class:`Waterline` in tensors; the level is within a few hundred ulps of its float64.

    Attributes:
        scores: ``(V, S)``, float64 or float32, as they were given.
        sums: ``(V,)`` float64, ``M_v = Σ_s a_vs``, times ``2**-exponent``.
        caps: ``(V,)`` or ``(1,)`` float64.
        budget: ``m``.
        level: ``r``, in the unit of ``sums``; 0: the budget is slack.
        left: what the processors at their caps leave of the budget.
        exponent: the unit of sums and level is ``2**exponent``.
    """

    scores: torch.Tensor
    sums: torch.Tensor
    caps: torch.Tensor
    budget: float
    level: float
    left: float
    exponent: int

    @property
    def threshold(self) -> float:
        """``t = 1 / r``; infinite when the budget is slack."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(1.0 / self.level, -self.exponent)) if self.level else math.inf

    @property
    def row_divisors(self) -> torch.Tensor:
        """``(V,)`` float64, ``max(r, M_v / c_v)``, times ``2**-exponent``."""
        at_cap = self.sums >= self.caps * self.level
        return torch.where(at_cap, self.sums / self.caps, torch.full_like(self.sums, self.level))

    def probabilities(self, out: torch.Tensor | None = None) -> torch.Tensor:
        """``(V, S)`` on the device, in the precision of the scores, within all limits exactly.

        Float64 is some 1e-13 below the optimum, more than any order of summation can lose;
        float32 is rounded down, 6e-8 at most.
        """
        divisors = self.row_divisors
        safe = torch.where(divisors > 0.0, divisors, torch.ones_like(divisors))
        scaled = _shifted(self.scores.double(), -self.exponent)
        p = (scaled / safe[:, None]).mul_(1.0 - shrink(self.scores))
        positive = self.scores > 0.0
        room = min(float(self.caps.min()), self.left)
        least = least_probability(room, self.scores.numel())
        if self.scores.dtype == torch.float32:
            least = max(least, float(torch.finfo(torch.float32).tiny))
            narrow = p.float()
            down = torch.nextafter(narrow, torch.zeros_like(narrow))
            p = torch.where(narrow.double() > p, down, narrow)
        p = torch.where(positive, p.clamp_(min=least), torch.zeros_like(p))
        return p if out is None else out.copy_(p)


def shrink(scores: torch.Tensor) -> float:
    """What the float sums of rows and of the table may be off by, whatever order was taken."""
    rows, width = scores.shape
    depth = math.ceil(math.log(max(rows, 2), BLOCK)) + math.ceil(math.log(max(width, 2), BLOCK))
    return (depth * (BLOCK + 2) + 16) * UNIT


def tensor_waterfill(
    scores: torch.Tensor, budget: float, cap: Any = 1.0, *, start: float | None = None
) -> TensorWaterline:
    """:func:`waterfill` for tensors, on their device.

    Raises:
        InvalidProblemError: a wrong shape or type, a number that is negative or not finite.
    """
    table = scores.detach()
    if table.is_sparse:
        raise InvalidProblemError("scores are a sparse tensor; give scores.to_dense()")
    if table.is_meta:
        raise InvalidProblemError("scores are on the meta device and hold no numbers; move them")
    if table.ndim != 2 or 0 in table.shape or table.dtype not in (torch.float32, torch.float64):
        raise InvalidProblemError(
            f"scores are {table.dtype} of shape {tuple(table.shape)}; give float32 or float64 of "
            "shape (V, S)"
        )
    caps = torch.as_tensor(cap, dtype=torch.float64, device=table.device).reshape(-1)
    if caps.numel() not in (1, len(table)):
        raise InvalidProblemError(f"cap has {caps.numel()} values; give one or {len(table)}")
    low, high = (float(x) for x in torch.aminmax(table))
    if not (low >= 0.0 and high < math.inf):
        raise InvalidProblemError("scores hold a negative number, a NaN or an infinity; mend them")
    exponent = _exponent(table, budget, caps, high)
    sums = _row_sums(_shifted(table.double(), -exponent))
    guess = math.ldexp(1.0 / start, -exponent) if start else None
    level, left = _level(sums, caps, float(budget), guess)
    return TensorWaterline(
        scores=table,
        sums=sums,
        caps=caps,
        budget=float(budget),
        level=level,
        left=left,
        exponent=exponent,
    )


def _exponent(table: torch.Tensor, budget: float, caps: torch.Tensor, top: float) -> int:
    """0 unless sums or levels could leave the range of float64."""
    room = headroom(table.numel(), budget, float(caps.min()))
    high = exponent_of(top)
    return 0 if LOWEST < high <= room else high - room


def _shifted(values: torch.Tensor, exponent: int) -> torch.Tensor:
    if exponent == 0:
        return values
    half = exponent // 2
    moved = values * math.ldexp(1.0, half) * math.ldexp(1.0, exponent - half)
    return torch.where((moved == 0.0) & (values > 0.0), torch.full_like(moved, 5e-324), moved)


def _level(
    sums: torch.Tensor, caps: torch.Tensor, budget: float, guess: float | None
) -> tuple[float, float]:
    def piece(level: float) -> tuple[float, float]:
        at_cap = sums >= caps * level
        held = torch.where(at_cap, caps.expand_as(sums), torch.zeros_like(sums))
        free = torch.where(at_cap, torch.zeros_like(sums), sums)
        taken, rest = torch.stack((total(held), total(free))).tolist()
        return budget - taken, rest

    wanted = float(total(torch.where(sums > 0.0, caps.expand_as(sums), torch.zeros_like(sums))))
    if wanted <= budget:
        return 0.0, math.inf
    start = guess or max(float(total(sums)) / budget, SMALLEST_NORMAL)
    level = find_level(piece, start, tolerance=TINY)
    return max(level, SMALLEST_NORMAL), piece(level)[0]


def total(values: torch.Tensor) -> torch.Tensor:
    """The sum of a flat float64 tensor in blocks of ``BLOCK``, so that its error is bounded."""
    while values.numel() > 1:
        padded = torch.nn.functional.pad(values, (0, -values.numel() % BLOCK))
        values = padded.view(-1, BLOCK).sum(dim=1)
    return values.reshape(())


def _row_sums(table: torch.Tensor) -> torch.Tensor:
    while table.shape[1] > BLOCK:
        padded = torch.nn.functional.pad(table, (0, -table.shape[1] % BLOCK))
        table = padded.view(len(table), -1, BLOCK).sum(dim=2)
    return table.sum(dim=1)
