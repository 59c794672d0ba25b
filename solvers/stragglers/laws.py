"""How long one unit of work takes, with mean 1: five laws, each a frozen record of its parameters.

A unit is a mini-batch (or one sample). A law knows its quantiles, so that draws are functions of
uniform numbers, and, where a formula exists, ``P(X_1 + ... + X_k <= x)``.

Where there is none, sums are on a lattice of step ``h``: every time is rounded up, down and to the
nearest point. Rounding up gives a lower bound on the probability, rounding down an upper bound, the
nearest lies between.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.names import require_choice

#: How the seconds of a mini-batch may vary about their mean.
MODELS = ("deterministic", "exponential", "shifted", "pareto", "empirical")
CELLS = 4096  # of the lattice: its bracket is a few thousandths wide
NEAR = 1e-12  # A unit that ends within rounding of the deadline has ended.


@dataclass(frozen=True, kw_only=True, eq=False)
class Law(ABC):
    """The law of a non-negative time of mean 1."""

    @property
    @abstractmethod
    def name(self) -> str:
        """One of `MODELS`."""

    @property
    @abstractmethod
    def variance(self) -> float:
        """``Var X``, infinite where it is."""

    @property
    def atoms(self) -> FloatArray | None:
        """Sorted values, each as likely as any other, of a law that has only these; else None."""
        return None

    @abstractmethod
    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        """The times of uniform numbers in ``(0, 1)``, of the same shape."""

    @abstractmethod
    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """``P(X <= x)``."""

    def sum_cdf(self, count: npt.ArrayLike, x: npt.ArrayLike) -> FloatArray | None:
        """``P(X_1 + ... + X_count <= x)`` for counts from 1, or None where no formula is known."""
        return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Deterministic(Law):
    """Always 1: workers differ only in their speeds."""

    name = "deterministic"
    variance = 0.0

    @property
    def atoms(self) -> FloatArray:
        """The one value."""
        return np.ones(1)

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        return np.ones(np.shape(uniform))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        return np.asarray(np.asarray(x) >= 1.0 - NEAR, dtype=np.float64)

    def sum_cdf(self, count: npt.ArrayLike, x: npt.ArrayLike) -> FloatArray:
        return np.asarray(np.asarray(x) >= np.asarray(count) * (1.0 - NEAR), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Shifted(Law):
    """A fixed part ``shift`` in ``[0, 1)`` and an exponential rest; a shift of 0 is exponential.

    Raises:
        InvalidProblemError: a shift outside ``[0, 1)``.
    """

    shift: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.shift < 1.0:
            raise InvalidProblemError(f"shift is {self.shift}; give a share of the mean in [0, 1)")

    @property
    def name(self) -> str:
        """``exponential`` or ``shifted``."""
        return "shifted" if self.shift else "exponential"

    @property
    def variance(self) -> float:
        """``(1 − shift)²``."""
        return (1.0 - self.shift) ** 2

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        rest = -np.log1p(-np.asarray(uniform, dtype=np.float64))
        return np.asarray(self.shift + (1.0 - self.shift) * rest)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        return self.sum_cdf(1, x)

    def sum_cdf(self, count: npt.ArrayLike, x: npt.ArrayLike) -> FloatArray:
        from scipy.special import gammainc

        k = np.asarray(count, dtype=np.float64)
        rest = (np.asarray(x, dtype=np.float64) - k * self.shift) / (1.0 - self.shift)
        return np.asarray(gammainc(k, np.maximum(rest, 0.0)), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pareto(Law):
    """Heavy tails: ``P(X > x) = (m/x)^shape`` from ``m = (shape − 1)/shape`` on.

    Raises:
        InvalidProblemError: a shape of at most 1, where the mean is infinite.
    """

    shape: float = 2.5
    name = "pareto"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shape) and self.shape > 1.0):
            raise InvalidProblemError(
                f"Pareto shape is {self.shape}; give a finite number above 1: up to 1 the mean "
                "time is infinite and no round has an expected length"
            )

    @property
    def least(self) -> float:
        """``m``, the shortest time."""
        return (self.shape - 1.0) / self.shape

    @property
    def variance(self) -> float:
        """``1/(shape (shape − 2))``, infinite up to a shape of 2."""
        return 1.0 / (self.shape * (self.shape - 2.0)) if self.shape > 2.0 else math.inf

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        log_rest = np.log1p(-np.asarray(uniform, dtype=np.float64))
        return np.asarray(self.least * np.exp(-log_rest / self.shape))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        ratio = self.least / np.maximum(np.asarray(x, dtype=np.float64), self.least)
        return np.asarray(-np.expm1(self.shape * np.log(ratio)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Empirical(Law):
    """The measured times themselves, each as likely as any other, scaled to mean 1.

    Raises:
        InvalidProblemError: no values, one that is not finite and above 0.
    """

    values: FloatArray = field(repr=False)
    name = "empirical"

    def __post_init__(self) -> None:
        values = np.sort(np.array(self.values, dtype=np.float64).reshape(-1))
        if not values.size or not np.all(np.isfinite(values) & (values > 0.0)):
            raise InvalidProblemError("measured times must be finite numbers above 0, at least one")
        values /= values.mean()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @property
    def atoms(self) -> FloatArray:
        """The scaled values."""
        return self.values

    @property
    def variance(self) -> float:
        """Mean squared deviation from 1; 0 exactly where all times are the same."""
        return float(np.var(self.values)) if self.values[0] < self.values[-1] else 0.0

    def sum_cdf(self, count: npt.ArrayLike, x: npt.ArrayLike) -> FloatArray | None:
        return Deterministic().sum_cdf(count, x) if self.variance == 0.0 else None

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        place = np.floor(np.asarray(uniform, dtype=np.float64) * self.values.size)
        return np.asarray(self.values[np.minimum(place.astype(np.int64), self.values.size - 1)])

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        limit = np.asarray(x, dtype=np.float64) * (1.0 + NEAR)
        return np.asarray(np.searchsorted(self.values, limit, side="right") / self.values.size)


def make_law(
    model: str,
    *,
    shift: float = 0.5,
    shape: float = 2.5,
    measured: npt.ArrayLike | None = None,
) -> Law:
    """The law of a name in `MODELS`.

    Args:
        model: the name.
        shift: fixed share of a shifted exponential time.
        shape: of a Pareto time.
        measured: ``(k,)``, times of an empirical law, in any unit.

    Raises:
        InvalidProblemError: an unknown name, a parameter out of range, no measured times.
    """
    if model == "deterministic":
        return Deterministic()
    if model == "exponential":
        return Shifted(shift=0.0)
    if model == "shifted":
        return Shifted(shift=shift)
    if model == "pareto":
        return Pareto(shape=shape)
    require_choice(model, "straggler model", MODELS)
    if measured is None:
        raise InvalidProblemError("an empirical model needs measured times; give some")
    return Empirical(values=np.asarray(measured, dtype=np.float64))


@dataclass(frozen=True, kw_only=True, eq=False)
class SumLaws:
    """The laws of the first ``most`` partial sums, up to ``horizon``.

    Attributes:
        law: of one time.
        most: largest number of times that are added.
        horizon: largest ``x`` that is asked for.
        tables: ``(3, most + 1, cells + 1)``: rounded up, to the nearest, down; None for a formula.
    """

    law: Law
    most: int
    horizon: float
    tables: FloatArray | None = field(repr=False)

    @classmethod
    def of(cls, law: Law, most: int, horizon: float, *, cells: int = CELLS) -> SumLaws:
        """Tabulate what needs a table."""
        formula = law.sum_cdf(1, 1.0) is not None
        tables = None if formula or most < 1 else _lattice(law, most, horizon, cells)
        return cls(law=law, most=most, horizon=horizon, tables=tables)

    def at(self, x: FloatArray) -> FloatArray:
        """``(*x.shape, most + 1)``, ``P(X_1 + ... + X_k <= x)`` for ``k = 0, ..., most``."""
        low, high = self.bracket(x)
        if self.tables is None or self.most < 2:
            return low
        # The mass of a nearest-point sum lies in the middle of its cell: read between the points.
        cells = self.tables.shape[2] - 1
        place = np.clip(x / self.horizon * cells - 0.5, 0.0, cells - 1e-9)
        left = np.floor(place).astype(np.int64)
        share = (place - left)[..., None]
        value = (1.0 - share) * self._column(1, left) + share * self._column(1, left + 1)
        low[..., 2:] = np.clip(value[..., 1:], low[..., 2:], high[..., 2:])
        return low

    def bracket(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds on `at`; both equal it where a formula is known."""
        low = np.ones((*x.shape, self.most + 1))
        if self.most == 0:
            return low, low
        if self.tables is None:
            formula = self.law.sum_cdf(np.arange(1, self.most + 1), x[..., None])
            assert formula is not None
            low[..., 1:] = formula
            return low, low
        high, cells = low.copy(), self.tables.shape[2] - 1
        place = np.floor(x / self.horizon * cells * (1.0 + NEAR)).astype(np.int64)
        place = np.clip(place, 0, cells)
        low[..., 1:], high[..., 1:] = self._column(0, place), self._column(2, place)
        low[..., 1] = high[..., 1] = self.law.cdf(x)
        return low, high

    def _column(self, which: int, place: IntArray) -> FloatArray:
        assert self.tables is not None
        return np.moveaxis(self.tables[which][1:, place], 0, -1)


def _lattice(law: Law, most: int, horizon: float, cells: int) -> FloatArray:
    step = horizon / cells
    points = np.arange(cells + 2) * step
    edges = law.cdf(points)
    half = law.cdf(np.maximum(points - 0.5 * step, 0.0))
    up = np.diff(edges[:-1], prepend=0.0)
    # A sum just above a lattice point must count as below the next one: down by a whole cell.
    down = np.diff(edges, prepend=0.0)[1:]
    down[0] += edges[0]
    near = np.diff(half)
    return np.stack([_powers(single, most) for single in (up, near, down)])


def _powers(single: FloatArray, most: int) -> FloatArray:
    """``(most + 1, cells + 1)``, distribution functions of the sums of 0 to ``most`` times."""
    size = 2 * single.size
    turn = np.fft.rfft(single, size)
    mass = np.zeros(single.size)
    mass[0] = 1.0
    rows = [np.ones(single.size)]
    for _ in range(most):
        mass = np.fft.irfft(np.fft.rfft(mass, size) * turn, size)[: single.size]
        mass = np.maximum(mass, 0.0)
        rows.append(np.minimum(np.cumsum(mass), 1.0))
    return np.stack(rows)
