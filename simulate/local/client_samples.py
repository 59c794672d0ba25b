"""The samples of one model, flat and grouped by the client that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.text import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientSamples:
    """What every client holds of one model, for local training: ragged, without padding.

    Attributes:
        features: ``(n, F)`` float64, finite; a constant column serves as the bias.
        label: ``(n,)`` int64 in ``0 .. n_labels - 1``.
        client: ``(n,)`` int64 in ``0 .. n_clients - 1``, in non-decreasing order.
        n_clients: ``N``; a client may hold nothing.
        n_labels: ``C >= 2``, the number of classes.

    Raises:
        InvalidProblemError: shapes that do not match, a NaN, a label or a client out of range.
    """

    features: FloatArray
    label: IntArray
    client: IntArray
    n_clients: int
    n_labels: int

    __repr__ = short_repr

    def __post_init__(self) -> None:
        features = _features(self.features)
        if self.n_labels < 2:
            raise InvalidProblemError(
                f"n_labels is {self.n_labels}; a classifier needs at least 2 classes"
            )
        label = _indices(self.label, "label", len(features), self.n_labels)
        client = _indices(self.client, "client", len(features), self.n_clients)
        if np.any(np.diff(client) < 0):
            raise InvalidProblemError("client must not decrease; sort the samples by client")
        for name, array in (("features", features), ("label", label), ("client", client)):
            object.__setattr__(self, name, read_only(array))

    @property
    def n_features(self) -> int:
        """``F``, the bias column among them."""
        return int(self.features.shape[1])

    @property
    def dimension(self) -> int:
        """``F C``, the number of weights of a softmax regression."""
        return self.n_features * self.n_labels

    @cached_property
    def counts(self) -> IntArray:
        """``(N,)``, how many samples each client holds."""
        return read_only(np.bincount(self.client, minlength=self.n_clients).astype(np.int64))


def check_fleet(samples: tuple[ClientSamples, ...]) -> None:
    """Raise InvalidProblemError unless there is a model and all are about the same clients."""
    if not samples:
        raise InvalidProblemError("samples is empty; give one ClientSamples per model")
    for model in samples:
        if not isinstance(model, ClientSamples):
            raise InvalidProblemError(
                f"samples hold a {type(model).__name__}; give one ClientSamples per model"
            )
    clients = {model.n_clients for model in samples}
    if len(clients) > 1:
        raise InvalidProblemError(f"models disagree on n_clients: {sorted(clients)}")


def share_weights(
    samples: tuple[ClientSamples, ...], given: npt.ArrayLike | None = None
) -> FloatArray:
    """``(N, S)`` weights ``d`` of the clients in each model's objective, columns summing to 1.

    The shares ``n_is / Σ_j n_js`` of the data unless others are given; those must be 0 where a
    client holds nothing. Raises InvalidProblemError.
    """
    check_fleet(samples)
    counts = np.stack([model.counts for model in samples], axis=1).astype(np.float64)
    if given is None:
        return read_only(np.divide(counts, counts.sum(axis=0)))
    weights = np.array(real_numbers(given, "data_weights"))
    if weights.shape != counts.shape:
        raise InvalidProblemError(
            f"data_weights has shape {weights.shape}; clients x models is {counts.shape}"
        )
    if not np.all(np.isfinite(weights)) or np.any(weights < 0.0):
        raise InvalidProblemError("data_weights must be finite and at least 0 in every entry")
    _check_shares(weights, counts)
    return read_only(weights)


def _check_shares(weights: FloatArray, counts: FloatArray) -> None:
    orphans = np.argwhere((weights > 0.0) & (counts == 0))
    if len(orphans):
        client, model = (int(index) for index in orphans[0])
        raise InvalidProblemError(
            f"data_weights[{client}, {model}] is {weights[client, model]:g}, "
            "but that client holds no sample of that model; set it to 0"
        )
    sums = weights.sum(axis=0)
    wrong = np.flatnonzero(np.abs(sums - 1.0) > 1e-9)
    if len(wrong):
        model = int(wrong[0])
        raise InvalidProblemError(
            f"data_weights of model {model} sum to {sums[model]:.10g}; divide them by their sum"
        )


def _features(values: Any) -> FloatArray:
    features = np.array(values, dtype=np.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise InvalidProblemError(
            f"features has shape {features.shape}; give samples x features, at least one of each"
        )
    bad = np.argwhere(~np.isfinite(features))
    if len(bad):
        row, column = (int(index) for index in bad[0])
        raise InvalidProblemError(
            f"features[{row}, {column}] is {features[row, column]:g}; drop or repair that sample"
        )
    return features


def _indices(values: Any, name: str, length: int, end: int) -> IntArray:
    array = np.array(values)
    if array.shape != (length,):
        raise InvalidProblemError(f"{name} has shape {array.shape}; {length} samples need one each")
    if not np.issubdtype(array.dtype, np.integer):
        raise InvalidProblemError(f"{name} has type {array.dtype}; give integers")
    if array.min() < 0 or array.max() >= end:
        raise InvalidProblemError(
            f"{name} runs from {array.min()} to {array.max()}; it must lie in 0 .. {end - 1}"
        )
    return array.astype(np.int64)
