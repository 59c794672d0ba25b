"""What the rounds of a simulation gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.names import entries_of
from roundlot.theory.problem.naming import Names
from roundlot.theory.tabular import Tabular

_BY_ROUND = (
    "squared_error",
    "model_squared_error",
    "aggregate_weight",
    "draws",
    "uploads",
    "model_products",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Realised(Tabular):
    """Realised errors, weights and traffic of every round.

    Attributes:
        squared_error: ``(rounds,)``, ``Y = Σ_s ‖Δ_s − Σ_v u_vs‖²``.
        model_squared_error: ``(rounds, S)``, its terms.
        aggregate_weight: ``(rounds, S)``, ``H_s = Σ_{v drew s} d / (B p)``.
        draws: ``(rounds,)``, processors that were not idle.
        uploads: ``(rounds,)``, distinct messages (client, model): a client that drew one model on
            several processors trains it once and sends one message.
        counts: ``(V, S)``, how often each processor drew each model.
        model_products: ``(rounds, S, S)``, ``⟨Δ_s − U_s, Δ_t − U_t⟩``; no rounds unless the
            simulation was asked for the covariance.
        design: the name of the design. ``seed``, ``start``: the draws are a function of these.
        device: "cpu" or the GPU's name. ``dtype``: in which the directions were multiplied,
            "float64", "float32" or "bf16 pieces".
        seconds: wall time, preparation included.
        names: what the problem's models are called, and the library of its scores, if it said so.
    """

    squared_error: FloatArray
    model_squared_error: FloatArray
    aggregate_weight: FloatArray
    draws: IntArray
    uploads: IntArray
    counts: IntArray
    model_products: FloatArray
    design: str
    seed: int
    start: int
    device: str
    dtype: str
    seconds: float
    names: Names = field(default_factory=Names, repr=False)

    @classmethod
    def joined(cls, parts: Sequence[Realised]) -> Realised:
        """One simulation out of several that continue one another, whoever ran them.

        ``parts`` may come in any order; ``seconds`` are added.

        Raises:
            InvalidProblemError: no parts, a gap or an overlap, another seed, design or shape, or
                another arithmetic or device.
        """
        given = entries_of(parts, "give parts, a list of simulations")
        for part in given:
            if not isinstance(part, Realised):
                raise InvalidProblemError(f"parts hold a {type(part).__name__}; give simulations")
        ordered: list[Realised] = sorted(given, key=lambda part: part.start)
        if not ordered:
            raise InvalidProblemError("parts are empty; give one simulation at least")
        for before, after in pairwise(ordered):
            before._refuse_next(after)
        rows: dict[str, Any] = {
            name: read_only(np.concatenate([getattr(part, name) for part in ordered]))
            for name in _BY_ROUND
        }
        return replace(
            ordered[0],
            **rows,
            counts=read_only(np.sum([part.counts for part in ordered], axis=0)),
            seconds=sum(part.seconds for part in ordered),
        )

    def _refuse_next(self, other: Realised) -> None:
        for name in ("seed", "design", "device", "dtype"):
            one, two = getattr(self, name), getattr(other, name)
            if one != two:
                raise InvalidProblemError(f"{name} is {one!r} and {two!r}; join like with like")
        if self.start + self.rounds != other.start:
            raise InvalidProblemError(
                f"rounds {self.start} to {self.start + self.rounds - 1} are followed by round "
                f"{other.start}; give parts without gap or overlap"
            )
        kept = [len(part.model_products) > 0 for part in (self, other)]
        if self.counts.shape != other.counts.shape or kept[0] != kept[1]:
            raise InvalidProblemError(
                "parts are of different fleets, or not all kept a covariance; simulate them alike"
            )

    def _columns(self) -> Mapping[str, Any]:
        models = self.model_squared_error.shape[1]
        errors = {
            f"error of {self.names.model(s)}": self.model_squared_error[:, s] for s in range(models)
        }
        return {
            "round": np.arange(self.start, self.start + self.rounds),
            "squared_error": self.squared_error,
            **errors,
            "draws": self.draws,
            "uploads": self.uploads,
        }

    def _library(self) -> str | None:
        return self.names.library

    def _record(self) -> dict[str, Any]:
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "names"}
        return {**plain, "models": self.names.plain_models(self.model_squared_error.shape[1])}

    @property
    def rounds(self) -> int:
        """How many rounds were simulated."""
        return int(self.squared_error.size)

    @property
    def mean_squared_error(self) -> float:
        """Mean of ``squared_error``: the realised variance of the step."""
        return float(self.squared_error.mean())

    @property
    def mean_model_squared_error(self) -> FloatArray:
        """``(S,)``, mean of ``model_squared_error``."""
        return np.asarray(self.model_squared_error.mean(axis=0))

    @property
    def mean_aggregate_weight(self) -> FloatArray:
        """``(S,)``, mean of ``H``; 1 for an unbiased design over weights that sum to 1."""
        return np.asarray(self.aggregate_weight.mean(axis=0))

    @property
    def covariance(self) -> FloatArray:
        """``(S, S)``, mean of ``model_products``: how the models' steps err together.

        Raises:
            InvalidProblemError: a simulation that did not keep them.
        """
        if len(self.model_products) == 0:
            raise InvalidProblemError("no products were kept; simulate with covariance=True")
        return np.asarray(self.model_products.mean(axis=0))

    @property
    def aggregate_weight_covariance(self) -> FloatArray:
        """``(S, S)``, covariance of the models' aggregate weights ``H`` over the rounds."""
        return np.atleast_2d(np.cov(self.aggregate_weight.T, ddof=0))

    @property
    def mean_draws(self) -> float:
        """Draws per round."""
        return float(self.draws.mean())

    @property
    def mean_uploads(self) -> float:
        """Messages per round."""
        return float(self.uploads.mean())

    @property
    def inclusion(self) -> FloatArray:
        """``(V, S)``, the share of rounds in which a processor drew a model."""
        return self.counts / self.rounds

    @property
    def rounds_per_second(self) -> float:
        """Simulated rounds per second of wall time."""
        return self.rounds / max(self.seconds, 1e-9)

    def __repr__(self) -> str:
        return (
            f"Realised({self.rounds} rounds of {self.design!r}, "
            f"mean squared error {self.mean_squared_error:.6g}, "
            f"{self.mean_uploads:.1f} uploads a round, {self.device}, {self.seconds:.2f} s)"
        )


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
