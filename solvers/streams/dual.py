"""The dual of a table in blocks: its sums and their Hessian are those of the blocks, added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.coupled.nested import NestedDual, nested_program
from roundlot.solvers.coupled.newton import FLOOR, TARGET, Dual, best_prices, rough_prices
from roundlot.solvers.coupled.program import Program, Shared, program
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.streams.ascent import Point, ascended
from roundlot.solvers.streams.blocks import Block, Blocks
from roundlot.solvers.streams.clash import require_met
from roundlot.solvers.streams.corner import Mixture, cornered, mixture
from roundlot.solvers.streams.needed import limited
from roundlot.solvers.streams.nested import without_scores
from roundlot.solvers.streams.proof import bare_terms
from roundlot.solvers.streams.sample import Sample
from roundlot.solvers.streams.survey import Whole
from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import FloatArray

#: Passes over the data that prices may take; some five are usual.
MOST = 60
#: The same where sums have to be inside of limits by rounding.
AGAIN = 3
#: The same around a corner of the dual.
CORNERS = 14
#: Relative: so far inside all sums are to be then, some units in the last place.
MARGIN = 2.0**-50
#: Looks at a sample, which is in memory.
IN_MEMORY = 160
#: So often both are tried, and what a mixture may cost above the dual before the last time.
ROUNDS, SMALL = 4, 1e-12


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
class Several:
    """Sums at several prices, ``(P, 1 + S + K)``, in two parts, and their Hessians.

    Attributes:
        high, low: as of :class:`Evaluated`.
        hessian: ``(P, 1 + S + K, 1 + S + K)``.
        worth: ``(P,)``, the objective of what is drawn.
    """

    high: FloatArray
    low: FloatArray
    hessian: FloatArray
    worth: FloatArray

    def __add__(self, other: Several) -> Several:
        high = self.high + other.high
        shadow = high - self.high
        error = (self.high - (high - shadow)) + (other.high - shadow)
        return Several(
            high=high,
            low=self.low + other.low + error,
            hessian=self.hessian + other.hessian,
            worth=self.worth + other.worth,
        )


def several(block: Block, shared: Shared, prices: FloatArray, bare: bool = False) -> Several:
    """Of a block with floors of sums at prices ``(P, 1 + S + K)``, of models net of floors'.

    If ``bare`` as without scores: what costs least at these prices.
    """
    problem = limited(block, shared.tight).problem
    problem = without_scores(problem) if bare else problem
    return several_of(NestedDual(nested=nested_program(problem, shared)), prices)


def several_of(dual: NestedDual, prices: FloatArray) -> Several:
    """The same of a dual in memory."""
    sums, curves, worths = [], [], []
    scores = dual.program.tables.scores
    scored = scores > 0.0
    for y in prices:
        found, hessian = dual.sums_at(y, curved=True)
        some = scored & (dual.probabilities > 0.0)
        with np.errstate(over="ignore"):
            worths.append(float((scores[some] / dual.probabilities[some] * scores[some]).sum()))
        sums.append(found)
        curves.append(hessian.copy())
    high = np.array(sums)
    return Several(
        high=high, low=np.zeros(high.shape), hessian=np.array(curves), worth=np.array(worths)
    )


def points(
    found: Several,
    etas: Sequence[FloatArray],
    signs: FloatArray,
    right: FloatArray,
    aims: FloatArray,
    size: int,
) -> list[Point]:
    """The dual at several ``η (D,)``.

    Args:
        found: at their prices.
        etas: they.
        signs: ``(D, 1 + S + K)``, as of `signs_of`.
        right: ``(D,)``, right sides.
        aims: ``(D,)``, what sums are to come to.
        size: how many of them are limits, not floors.
    """
    out = []
    target = np.where(np.arange(right.size) < size, aims, -aims)
    for at, eta in enumerate(etas):
        over = ((signs @ found.high[at] - target) + signs @ found.low[at]) / right
        curvature = signs @ found.hessian[at] @ signs.T / right / right[:, None]
        worth = float(found.worth[at])
        out.append(
            Point(
                eta=eta,
                value=worth + float(eta @ over),
                worth=worth,
                over=over,
                curvature=curvature,
            )
        )
    return out


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
        aims: ``(D,)``, what sums are to come to where they have floors: the limits, or by rounding
            inside them.
        seen: the dual where it was asked for, with floors of sums.
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
    aims: FloatArray = field(init=False)
    residuals: dict[bytes, FloatArray] = field(default_factory=dict)
    seen: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.program = self.sample.program
        self.certain = np.ones(self.whole.limits.size)
        self.aims = self.whole.limits.copy()

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
        found = self.blocks.total(evaluated, self.whole.shared, eta, curved)
        b = self.limits
        r = ((found.high - b) + found.low) / b
        self.residuals[eta.tobytes()] = r
        return r, found.hessian / b / b[:, None]

    def points(self, etas: Sequence[FloatArray]) -> list[Point]:
        """The dual where sums have floors, at several ``η (D,)``, in one pass."""
        self.passes += 1
        signs, right = self.whole.signs, self.limits
        prices = np.array([signs.T @ (eta / right) for eta in etas])
        found = self.blocks.total(several, self.whole.shared, prices)
        size = int(self.whole.shared.active.sum())
        out = points(found, etas, signs, right, self.aims, size)
        self.residuals |= {x.eta.tobytes(): x.over for x in out}
        self.seen += out
        return out

    def least(self, prices: FloatArray) -> FloatArray:
        """``(D,)``, by what sums of what costs least at prices ``(D,)`` are over their limits."""
        self.passes += 1
        signs = self.whole.signs
        found = self.blocks.total(several, self.whole.shared, (signs.T @ prices)[None], True)
        size = int(self.whole.shared.active.sum())
        aims = np.where(np.arange(prices.size) < size, self.limits, -self.limits)
        return np.asarray((signs @ found.high[0] - aims) + signs @ found.low[0])

    def clash(self, prices: FloatArray) -> float:
        """At least what is above the limits at prices ``(D,)``: nothing if they can be met."""
        self.passes += 1
        paid = self.whole.paid(prices)
        found = self.blocks.total(bare_terms, self.whole.shared, paid)
        return found.proof(self.whole.rooms, self.whole.lows)[1]

    def inside(self, priced: Priced, over: FloatArray) -> Priced:
        """Prices by which sums are inside of their limits by about what they were ``over (D,)``."""
        size = int(self.whole.shared.active.sum())
        more = 2.0 * over + MARGIN * self.limits
        self.aims = self.aims + np.where(np.arange(over.size) < size, -more, more)
        if priced.parts:
            return self._mixed_again(priced, more / self.limits)
        target = 0.25 * float((more / self.limits).min())
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            best, _ = ascended(self.points, priced.eta, target, passes=AGAIN)
        return Priced(eta=best.eta)

    def _mixed_again(self, priced: Priced, more: FloatArray) -> Priced:
        """Another mixture of what was seen, of sums that are further inside."""
        self.seen = [  # further inside, as if they had been asked for so
            replace(x, over=x.over + more, value=x.value + float(x.eta @ more)) for x in self.seen
        ]
        found = mixture(self.seen)
        return priced if found is None else _priced(found)

    def weigh_rounding(self, eta: FloatArray) -> bool:
        """As :meth:`Dual.weigh_rounding`."""
        if not self.whole.survey.floored[0]:
            return False
        self.passes += 1
        found = self.blocks.total(weighed, self.whole.shared, eta)
        self.worth = found.worth if np.isfinite(found.worth) else 0.0
        self.certain = self.limits / (self.limits + found.free)
        return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """Optimal prices of a table.

    Attributes:
        eta: ``(D,)``.
        parts: where no prices do alone, several ``η (D,)`` and the part of each, whose mixed draws
            are the optimum.
        above: relative, what the mixture costs above the dual; 0 without one.
    """

    eta: FloatArray
    parts: tuple[tuple[FloatArray, float], ...] = ()
    above: float = 0.0


def streamed_prices(dual: StreamedDual, start: FloatArray | None) -> Priced:
    """Optimal prices; from ``start``, or from the prices of the sample.

    Raises:
        ConvergenceError: they were not found.
    """
    if not dual.whole.shared.nested:
        if start is None:
            start = rough_prices(dual.program) / dual.sample.share
        return Priced(eta=best_prices(dual, start))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # prices of limits that clash grow out of range: what overflows is not taken
        return _beside_floors(dual, start)


def _beside_floors(dual: StreamedDual, start: FloatArray | None) -> Priced:
    """The same where sums have floors."""
    first = _of_sample(dual.sample) if start is None else start
    best, _ = ascended(dual.points, first, TARGET, passes=MOST)
    if best.miss <= FLOOR:
        return Priced(eta=best.eta)
    if not require_met(dual.whole, dual.seen, dual.least, dual.clash):
        raise ConvergenceError(
            f"prices of floors of sums were not found: a limit is missed by {best.miss:.2g} "
            "relative; limits hardly fit together: raise caps and budgets or lower floors by a "
            "part in 1e6, or solve in memory"
        )
    mixed: Mixture | None = None
    for _ in range(ROUNDS):
        found = cornered(dual.points, dual.seen, CORNERS)
        if found is not None and (mixed is None or found.above < mixed.above):
            mixed = found
        if mixed is not None and mixed.above <= SMALL:
            return _priced(mixed)
        top = max(dual.seen, key=lambda x: x.value)
        best, _ = ascended(dual.points, top, TARGET, passes=CORNERS)
        if best.miss <= FLOOR:
            return Priced(eta=best.eta)
    if mixed is not None and mixed.above <= ACCEPTED:
        return _priced(mixed)
    if not best.miss <= ACCEPTED:
        raise ConvergenceError(
            f"prices of floors of sums were not found: a limit is missed by {best.miss:.2g} "
            "relative; scores of 0 leave a choice that prices do not make: give these a small "
            "score, or solve in memory"
        )
    return Priced(eta=best.eta)


def _priced(mixed: Mixture) -> Priced:
    each = zip(mixed.points, mixed.weights.tolist(), strict=True)
    parts = tuple((x.eta, part) for x, part in each)
    return Priced(eta=mixed.eta, parts=parts, above=mixed.above)


def _of_sample(sample: Sample) -> FloatArray:
    """``η (D,)`` of the whole table, roughly; those of it where it is no more than the sample."""
    nested, ready = sample.nested, sample.program
    small = NestedDual(nested=nested)
    signs, right = nested.signs, nested.limits

    def evaluate(etas: Sequence[FloatArray]) -> list[Point]:
        found = several_of(small, np.array([signs.T @ (eta / right) for eta in etas]))
        return points(found, etas, signs, right, right, int(nested.active.sum()))

    start = np.zeros(right.size)
    if ready.active.any():
        start[: int(ready.active.sum())] = rough_prices(ready)
    best, _ = ascended(evaluate, start, TARGET, passes=IN_MEMORY, patience=IN_MEMORY // 4)
    return np.asarray(best.eta / sample.share)
