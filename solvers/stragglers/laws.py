"""How long one unit of work takes, with mean 1: seven laws, each a frozen record of its parameters.

A unit is a mini-batch (or one sample). A law knows its quantiles, so that draws are functions of
uniform numbers, the integral of its tail ``E (X − x)^+``, which no sample of a heavy tail gives,
and, where a formula exists, ``P(X_1 + ... + X_k <= x)``.
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
MODELS = (
    "deterministic",
    "exponential",
    "shifted",
    "weibull",
    "lognormal",
    "pareto",
    "empirical",
)
#: The laws that have a shape, and the one that each has by default.
SHAPES = {"weibull": 0.7, "lognormal": 1.0, "pareto": 2.5}
SHIFT = 0.5  # fixed share of a shifted time, by default
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

    @property
    def support(self) -> FloatArray | None:
        """All values of a law that has only finitely many; else None."""
        return self.atoms

    def of(self, workers: IntArray) -> Law:
        """The law of some of the workers: the same, unless they have laws of their own."""
        return self

    @property
    def masses(self) -> tuple[FloatArray, FloatArray] | None:
        """The values of such a law, each once, and their chances; else None."""
        if self.atoms is None:
            return None
        values, counts = np.unique(self.atoms, return_counts=True)
        return values, np.asarray(counts / self.atoms.size)

    @abstractmethod
    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        """The times of uniform numbers in ``(0, 1)``, of the same shape."""

    @abstractmethod
    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """``P(X <= x)``."""

    @abstractmethod
    def excess(self, x: npt.ArrayLike) -> FloatArray:
        """``E (X − x)^+ = ∫_x^∞ P(X > t) dt`` for ``x >= 0``: what is left of the mean of 1."""

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

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        return np.maximum(1.0 - np.asarray(x, dtype=np.float64), 0.0)

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

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        past = np.asarray(x, dtype=np.float64) - self.shift
        rest = 1.0 - self.shift
        return np.asarray(np.where(past < 0.0, rest - past, rest * np.exp(-past / rest)))

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

    shape: float = SHAPES["pareto"]
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

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        past = np.asarray(x, dtype=np.float64)
        far = np.maximum(past, self.least)
        tail = far * np.exp(self.shape * np.log(self.least / far)) / (self.shape - 1.0)
        return np.asarray(tail + np.maximum(self.least - past, 0.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Weibull(Law):
    """``P(X > x) = exp(−(x/λ)^shape)``: below 1 a tail heavier than exponential, above 1 lighter.

    Raises:
        InvalidProblemError: a shape outside ``[0.05, 100]``, where float64 holds its moments.
    """

    shape: float = SHAPES["weibull"]
    name = "weibull"

    def __post_init__(self) -> None:
        if not 0.05 <= self.shape <= 100.0:
            raise InvalidProblemError(
                f"Weibull shape is {self.shape:g}; give a number from 0.05 to 100"
            )

    @property
    def scale(self) -> float:
        """``λ``, for a mean of 1."""
        return math.exp(-math.lgamma(1.0 + 1.0 / self.shape))

    @property
    def variance(self) -> float:
        """``Γ(1 + 2/shape)/Γ(1 + 1/shape)² − 1``."""
        inverse = 1.0 / self.shape
        return math.expm1(math.lgamma(1.0 + 2.0 * inverse) - 2.0 * math.lgamma(1.0 + inverse))

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        rest = -np.log1p(-np.asarray(uniform, dtype=np.float64))
        return np.asarray(self.scale * rest ** (1.0 / self.shape))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        return np.asarray(-np.expm1(-self._power(x)))

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        from scipy.special import gammaincc

        return np.asarray(gammaincc(1.0 / self.shape, self._power(x)), dtype=np.float64)

    def _power(self, x: npt.ArrayLike) -> FloatArray:
        ratio = np.maximum(np.asarray(x, dtype=np.float64), 0.0) / self.scale
        with np.errstate(over="ignore"):
            return np.asarray(ratio**self.shape)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lognormal(Law):
    """``exp(shape Z − shape²/2)`` with ``Z`` standard normal; ``shape`` is that of the logarithm.

    Raises:
        InvalidProblemError: a shape outside ``(0, 10]``: beyond, nearly all of the mean lies in
            times that float64 has no chances for.
    """

    shape: float = SHAPES["lognormal"]
    name = "lognormal"

    def __post_init__(self) -> None:
        if not 0.0 < self.shape <= 10.0:
            raise InvalidProblemError(
                f"lognormal shape is {self.shape:g}; give a number above 0 and at most 10"
            )

    @property
    def variance(self) -> float:
        """``exp(shape²) − 1``."""
        return math.expm1(self.shape**2)

    def quantile(self, uniform: npt.ArrayLike) -> FloatArray:
        from scipy.special import ndtri

        place = ndtri(np.asarray(uniform, dtype=np.float64))
        return np.asarray(np.exp(self.shape * place - 0.5 * self.shape**2))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        from scipy.special import ndtr

        return np.asarray(ndtr(self._place(x)), dtype=np.float64)

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        from scipy.special import ndtr

        past, place = np.asarray(x, dtype=np.float64), self._place(x)
        with np.errstate(invalid="ignore"):
            rest = ndtr(self.shape - place) - past * ndtr(-place)
        return np.asarray(np.maximum(rest, 0.0), dtype=np.float64)

    def _place(self, x: npt.ArrayLike) -> FloatArray:
        with np.errstate(divide="ignore"):
            logarithm = np.log(np.maximum(np.asarray(x, dtype=np.float64), 0.0))
        return np.asarray(logarithm / self.shape + 0.5 * self.shape)


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

    def excess(self, x: npt.ArrayLike) -> FloatArray:
        past = np.asarray(x, dtype=np.float64)
        sums = np.append(np.cumsum(self.values[::-1])[::-1], 0.0)  # of the values from each on
        first = np.searchsorted(self.values, past, side="right")
        rest = sums[first] - past * (self.values.size - first)
        return np.asarray(np.maximum(rest, 0.0) / self.values.size)


def make_law(
    model: str,
    *,
    shift: float | None = None,
    shape: float | None = None,
    measured: npt.ArrayLike | None = None,
) -> Law:
    """The law of a name in `MODELS`.

    Args:
        model: the name.
        shift: fixed share of a shifted exponential time, `SHIFT` by default.
        shape: of a Weibull, lognormal or Pareto time, that of `SHAPES` by default.
        measured: ``(k,)``, times of an empirical law, in any unit.

    Raises:
        InvalidProblemError: an unknown name, a parameter out of range or that the law does not
            have, no measured times.
    """
    require_choice(model, "straggler model", MODELS)
    has = {"shift": model == "shifted", "shape": model in SHAPES, "measured": model == "empirical"}
    for name, value in (("shift", shift), ("shape", shape), ("measured", measured)):
        if value is not None and not has[name]:
            raise InvalidProblemError(
                f"{_PARAMETERS[name]} given and {model} times have none; take it out, or choose "
                f"{_owners(name)}"
            )
    if model == "deterministic":
        return Deterministic()
    if model == "exponential":
        return Shifted(shift=0.0)
    if model == "shifted":
        return Shifted(shift=SHIFT if shift is None else shift)
    if model in SHAPES:
        own = SHAPES[model] if shape is None else shape
        if model == "weibull":
            return Weibull(shape=own)
        return Lognormal(shape=own) if model == "lognormal" else Pareto(shape=own)
    if measured is None:
        raise InvalidProblemError("an empirical model needs measured times; give some")
    return Empirical(values=np.asarray(measured, dtype=np.float64))


_PARAMETERS = {"shift": "a shift is", "shape": "a shape is", "measured": "measured times are"}


def _owners(parameter: str) -> str:
    names = {"shift": ("shifted",), "shape": tuple(SHAPES), "measured": ("empirical",)}[parameter]
    return " or ".join(names)
