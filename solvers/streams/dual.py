"""The dual of a table in blocks: its sums and their Hessian are those of the blocks, added up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.coupled.newton import Dual, best_prices, rough_prices
from roundlot.solvers.coupled.program import Program, Shared, program
from roundlot.solvers.streams.blocks import Block, Blocks
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
    """Of a block at ``η (D,)``."""
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
        program: of a sample of its rows.
        residuals: of every ``η`` that was asked for, by its bytes.
        passes: over the data.
    """

    blocks: Blocks
    whole: Whole
    program: Program
    certain: FloatArray = field(init=False)
    worth: float = 0.0
    passes: int = 0
    residuals: dict[bytes, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.certain = np.ones(int(self.whole.shared.active.sum()))

    @property
    def limits(self) -> FloatArray:
        """``(D,)``, rooms of the active rows."""
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
        found = self.blocks.total(evaluated, self.whole.shared, eta, curved)
        b = self.limits
        r = ((found.high - b) + found.low) / b
        self.residuals[eta.tobytes()] = r
        return r, found.hessian / b / b[:, None]

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """As :meth:`Dual.weigh_rounding`."""
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
    if start is None and dual.program.active.any():
        start = rough_prices(dual.program) / dual.whole.share
    return best_prices(dual, start)
