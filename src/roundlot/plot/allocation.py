"""What the figures of a solution need, out of a solution or the result of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """``V`` processors, ``S`` models.

    ``pair_scores`` and ``probabilities`` are ``(V, S)``; ``scores``, ``totals``, ``caps`` and
    ``capped`` ``(V,)``; ``level`` is the ``t`` of ``q = min(c, t M)``, None without that form.
    """

    pair_scores: FloatArray
    probabilities: FloatArray
    caps: FloatArray
    capped: npt.NDArray[np.bool_]
    budget: float
    level: float | None
    models: tuple[str, ...]

    @property
    def scores(self) -> FloatArray:
        """``M_v = Σ_s a_vs``."""
        return np.asarray(self.pair_scores.sum(axis=1))

    @property
    def totals(self) -> FloatArray:
        """``q_v = Σ_s p_vs``."""
        return np.asarray(self.probabilities.sum(axis=1))


def is_allocated(given: Any) -> bool:
    """Whether this is a solution or a run's result, not an array."""
    return hasattr(given, "probabilities")


def allocation(given: Solution | RunResult) -> Allocation:
    """A solution's probabilities, or those of a run.

    Raises:
        InvalidProblemError: neither.
    """
    of: Any = given
    problem = getattr(of, "problem", None)
    if problem is not None and is_allocated(of):
        from roundlot.run.summaries import water_level

        return Allocation(
            pair_scores=problem.weighted_scores,
            probabilities=of.probabilities,
            caps=problem.processor_cap,
            capped=of.capped,
            budget=problem.budget,
            level=water_level(of),
            models=tuple(f"model {s + 1}" for s in range(of.probabilities.shape[1])),
        )
    if not is_allocated(of) or not hasattr(of, "solution"):
        raise InvalidProblemError(
            f"{type(of).__name__} has no probabilities; give a Solution or a RunResult"
        )
    return Allocation(
        pair_scores=of.scores,
        probabilities=of.probabilities,
        caps=of.processor_cap,
        capped=of.capped,
        budget=of.solution.budget,
        level=of.solution.level,
        models=of.models,
    )


def of_one_length(**columns: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    """The arrays ``(V,)``, as float64 or bool.

    Raises:
        InvalidProblemError: no numbers, another shape, lengths that differ.
    """
    arrays: list[npt.NDArray[Any]] = []
    for name, values in columns.items():
        try:
            array = np.asarray(values)
            array = array if array.dtype == bool else array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidProblemError(f"{name} holds no numbers ({error})") from error
        if array.ndim != 1 or (arrays and array.shape != arrays[0].shape):
            shapes = array.shape if array.ndim != 1 else (arrays[0].shape, array.shape)
            raise InvalidProblemError(f"{name} does not fit: {shapes}; give one number a processor")
        arrays.append(array)
    return arrays


def names_of(models: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names given, or "model 1" and so on.

    Raises:
        InvalidProblemError: more or fewer names than models.
    """
    if models is None:
        return tuple(f"model {s + 1}" for s in range(count))
    if len(models) != count:
        raise InvalidProblemError(f"{len(models)} names for {count} models; give one for each")
    return tuple(models)
