"""What the clients hold for one model: ragged data in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray, read_only
from roundlot.theory.text import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """The samples of ``N`` clients, client after client.

    Attributes:
        inputs: ``(n, ...)`` floating point, or int64 for tokens.
        targets: ``(n, ...)``: int64 labels, or floating point for regression.
        offsets: ``(N + 1,)`` int64: client ``i`` holds samples ``offsets[i]`` to ``offsets[i+1]``,
            perhaps none.

    Raises:
        InvalidProblemError: lengths that disagree, decreasing offsets, inputs or targets that are
            not finite.
    """

    inputs: Tensor
    targets: Tensor
    offsets: IntArray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for what in ("inputs", "targets"):
            if not isinstance(getattr(self, what), Tensor):
                raise InvalidProblemError(
                    f"{what} are a {type(getattr(self, what)).__name__}; give one tensor with a row"
                    " per sample, as Packing.pack makes one of several inputs"
                )
        offsets = np.array(self.offsets, dtype=np.int64)
        object.__setattr__(self, "offsets", read_only(offsets))
        n = len(self.inputs)
        if len(self.targets) != n:
            raise InvalidProblemError(
                f"there are {n} inputs and {len(self.targets)} targets; give one target per input"
            )
        if offsets.ndim != 1 or offsets.size < 2 or offsets[0] != 0 or offsets[-1] != n:
            raise InvalidProblemError(
                f"offsets must be 1-d, start at 0 and end at the {n} samples there are"
            )
        if np.any(np.diff(offsets) < 0):
            raise InvalidProblemError("offsets decrease; sort the samples by client")
        if self.inputs.is_floating_point() and not bool(torch.isfinite(self.inputs).all()):
            raise InvalidProblemError("inputs hold NaN or infinity; clean the data first")
        if self.targets.is_floating_point() and not bool(torch.isfinite(self.targets).all()):
            raise InvalidProblemError("targets hold NaN or infinity; clean the data first")

    @classmethod
    def by_owner(cls, inputs: Any, targets: Any, owner: npt.ArrayLike, n_clients: int) -> Self:
        """From a flat data set and ``owner`` ``(n,)``, the client of every sample; −1 drops it.

        Raises:
            InvalidProblemError: an owner out of range, or lengths that disagree.
        """
        owners = np.asarray(owner)
        if owners.ndim != 1 or len(owners) != len(inputs):
            raise InvalidProblemError(
                f"owner has shape {owners.shape}; give one client per sample, {len(inputs)}"
            )
        if owners.size and (owners.min() < -1 or owners.max() >= n_clients):
            raise InvalidProblemError(
                f"owner goes from {owners.min()} to {owners.max()};"
                f" clients are 0 to {n_clients - 1}"
            )
        order = np.argsort(owners, kind="stable")[int(np.sum(owners < 0)) :]
        counts = np.bincount(owners[owners >= 0], minlength=n_clients)
        return cls(
            inputs=torch.as_tensor(inputs)[torch.as_tensor(order)],
            targets=torch.as_tensor(targets)[torch.as_tensor(order)],
            offsets=np.concatenate([[0], np.cumsum(counts)]),
        )

    @classmethod
    def from_clients(cls, clients: Sequence[tuple[Any, Any]]) -> Self:
        """From one (inputs, targets) per client.

        Raises:
            InvalidProblemError: no client, or lengths that disagree.
        """
        if not clients:
            raise InvalidProblemError("there is no client; give at least one (inputs, targets)")
        inputs = [torch.as_tensor(x) for x, _ in clients]
        targets = [torch.as_tensor(y) for _, y in clients]
        for client, (x, y) in enumerate(zip(inputs, targets, strict=True)):
            if len(x) != len(y):
                raise InvalidProblemError(
                    f"client {client} has {len(x)} inputs and {len(y)} targets; give as many"
                )
        return cls(
            inputs=torch.cat(inputs),
            targets=torch.cat(targets),
            offsets=np.concatenate([[0], np.cumsum([len(x) for x in inputs])]),
        )

    @property
    def n_clients(self) -> int:
        """``N``."""
        return len(self.offsets) - 1

    @cached_property
    def counts(self) -> IntArray:
        """``(N,)``: how many samples each client holds."""
        return read_only(np.diff(self.offsets))

    def of(self, client: int) -> tuple[Tensor, Tensor]:
        """One client's inputs and targets."""
        start, end = int(self.offsets[client]), int(self.offsets[client + 1])
        return self.inputs[start:end], self.targets[start:end]
