"""The dual of a table in blocks: its sums and their Hessian are those of the blocks, added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.coupled.nested import searched, small_share
from roundlot.solvers.coupled.newton import Dual, best_prices
from roundlot.solvers.coupled.program import Program, Shared, program
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.streams.blocks import Block, Blocks
from roundlot.solvers.streams.nested import sums_at
from roundlot.solvers.streams.sample import Sample
from roundlot.solvers.streams.survey import Whole
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray

#: Passes over the data that prices may take; some five are usual.
MOST = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluated:
    """Sums ``A z (D,)`` in two parts, the second what the first lost, and their Hessian."""

    high: FloatArray
    low: FloatArray
    hessian: FloatArray

    def __add__(self, other: Evaluated) -> Evaluated:
        high = self.high + other.high
        shadow = high - self.high
        error = (self.high - (high - shadow)) + (other.high - shadow)
        return Evaluated(
            high=high, low=self.low + other.low + error, hessian=self.hessian + other.hessian
        )


def evaluated(block: Block, shared: Shared, eta: FloatArray, curved: bool) -> Evaluated:
    """Of a block at ``η (D,)``; at prices ``(1 + S + K,)`` where sums have floors."""
    if shared.nested:
        sums, hessian = sums_at(block, shared, eta, curved)
        return Evaluated(high=sums, low=np.zeros(sums.size), hessian=hessian)
    dual = Dual(program=program(block.problem, shared))
    sums, hessian = dual.sums(eta, curved=curved)
    return Evaluated(high=sums, low=np.zeros(sums.size), hessian=hessian)


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighed:
    """The objective of a block, and floors of what is free there, as of :class:`Dual`."""

    worth: float
    free: FloatArray

    def __add__(self, other: Weighed) -> Weighed:
        return Weighed(worth=self.worth + other.worth, free=self.free + other.free)


def weighed(block: Block, shared: Shared, eta: FloatArray) -> Weighed:
    """Of a block at ``η (D,)``."""
    worth, free = Dual(program=program(block.problem, shared)).worth_and_free(eta)
    return Weighed(worth=worth, free=free)


@dataclass(kw_only=True, eq=False)
class StreamedDual:
    """As :class:`Dual`, a pass over the data for each evaluation.

    Attributes:
        blocks: the table.
        whole: what it comes to.
        sample: some of its rows.
        residuals: of every ``η`` that was asked for, by its bytes.
        passes: over the data.
    """

    blocks: Blocks
    whole: Whole
    sample: Sample
    program: Program = field(init=False)
    certain: FloatArray = field(init=False)
    worth: float = 0.0
    passes: int = 0
    residuals: dict[bytes, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = self.sample.program
        self.certain = np.ones(self.whole.limits.size)

    @property
    def limits(self) -> FloatArray:
        """``(D,)``, rooms of the active rows, then what floors of models lack."""
        return self.whole.limits

    def evaluate(self, eta: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """As :meth:`Dual.evaluate`.

        Raises:
            ConvergenceError: the data were read more often than is of use.
        """
        if self.passes >= MOST:
            raise ConvergenceError(
                f"prices were not found in {MOST} passes over the data; rescale limits that "
                "differ by many orders of magnitude, or solve in memory"
            )
        self.passes += 1
        if self.whole.shared.nested:
            return self._beside_floors(eta, curved)
        found = self.blocks.total(evaluated, self.whole.shared, eta, curved)
        b = self.limits
        r = ((found.high - b) + found.low) / b
        self.residuals[eta.tobytes()] = r
        return r, found.hessian / b / b[:, None]

    def _beside_floors(self, eta: FloatArray, curved: bool) -> tuple[FloatArray, FloatArray]:
        signs, b = self.whole.signs, self.limits
        found = self.blocks.total(evaluated, self.whole.shared, signs.T @ (eta / b), curved)
        signed = np.where(np.arange(b.size) < self.whole.shared.active.sum(), b, -b)
        r = ((signs @ found.high - signed) + signs @ found.low) / b
        self.residuals[eta.tobytes()] = r
        return r, signs @ found.hessian @ signs.T / b / b[:, None]

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """As :meth:`Dual.weigh_rounding`."""
        if self.whole.shared.nested:
            return False
        if not self.whole.survey.floored[0]:
            return False
        self.passes += 1
        found = self.blocks.total(weighed, self.whole.shared, eta)
        self.worth = found.worth if np.isfinite(found.worth) else 0.0
        self.certain = self.limits / (self.limits + found.free)
        return True


def streamed_prices(dual: StreamedDual, start: FloatArray | None) -> FloatArray:
    """``η (D,)``, optimal; from ``start``, or from the prices of the sample.

    Raises:
        ConvergenceError: they were not found.
    """
    if start is None:
        start = dual.sample.prices()
    if not dual.whole.shared.nested:
        return best_prices(dual, start if dual.whole.shared.active.any() else None)
    return _beside_floors(dual, start)


def _beside_floors(dual: StreamedDual, start: FloatArray) -> FloatArray:
    """The same where sums have floors."""
    eta = np.maximum(start, small_share(start))
    alone = eta.size == 1 and bool(dual.whole.shared.active[0])
    found, worst = searched(dual, eta, alone=alone)
    if not worst <= ACCEPTED:
        raise ConvergenceError(
            f"prices of floors of sums were not found: a limit is missed by {worst:.2g} relative; "
            "limits may not be met together, or scores of 0 leave a choice that prices do not "
            "make: give these a small score, or solve in memory, which says which"
        )
    return found
