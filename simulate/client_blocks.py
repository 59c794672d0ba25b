"""Clients of similar size side by side: the padded blocks on which all of them train at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.client_samples import ClientSamples, IntArray
from roundlot.theory import InvalidProblemError

# Entries of the padded features, or of the weights, in a block: a cache's worth, a card's worth.
_ENTRIES = {"cpu": 2**17, "cuda": 2**27}


@dataclass(frozen=True, kw_only=True, eq=False)
class ClientBlock:
    """``b`` clients padded to ``n`` samples each.

    Attributes:
        clients: ``(b,)``, their numbers.
        features: ``(b, n, F)``; padding repeats a sample and is cancelled by ``weight``.
        target: ``(b, n, C)``, one-hot labels.
        weight: ``(b, n)``, 1 over the client's number of samples, 0 on padding.
        rows: ``(b, n)``, place of each sample in the flat arrays.
    """

    clients: Tensor
    features: Tensor
    target: Tensor
    weight: Tensor
    rows: Tensor


class BlockedSamples:
    """The samples of one model on a device, read block by block; memory stays bounded by a block.

    Args:
        samples: the flat samples; they move to the device once.
        dtype: ``torch.float64`` or ``torch.float32``.
        device: where the blocks are wanted.
        entries: most entries of a block's padded features and of its weights, unless a single
            client needs more.
    """

    def __init__(
        self,
        samples: ClientSamples,
        *,
        dtype: torch.dtype,
        device: torch.device,
        entries: int | None = None,
    ) -> None:
        limit = _ENTRIES.get(device.type, _ENTRIES["cpu"]) if entries is None else entries
        if limit < 1:
            raise InvalidProblemError(f"chunk is {limit}; it must be at least 1")
        self.samples = samples
        self.dtype = dtype
        self.device = device
        self.features = torch.tensor(samples.features, dtype=dtype, device=device)
        self.label = torch.tensor(samples.label, device=device)
        self._starts = np.concatenate([[0], np.cumsum(samples.counts)[:-1]])
        self._members = _group(samples.counts, samples.n_features, samples.n_labels, limit)

    def __iter__(self) -> Iterator[ClientBlock]:
        for members in self._members:
            yield self._block(members)

    def _block(self, members: IntArray) -> ClientBlock:
        counts = self.samples.counts[members][:, None]
        place = np.arange(counts.max())[None, :]
        held = place < counts
        rows = torch.tensor(
            self._starts[members][:, None] + np.where(held, place, 0), device=self.device
        )
        weight = torch.tensor(held / counts, dtype=self.dtype, device=self.device)
        one_hot = torch.nn.functional.one_hot(self.label[rows], self.samples.n_labels)
        return ClientBlock(
            clients=torch.tensor(members, device=self.device),
            features=self.features[rows],
            target=one_hot.to(self.dtype),
            weight=weight,
            rows=rows,
        )


def _group(counts: IntArray, n_features: int, n_labels: int, limit: int) -> list[IntArray]:
    """Clients by size, cut where padding would exceed a quarter or the block its limit."""
    order = np.argsort(counts, kind="stable")
    order = order[np.searchsorted(counts[order], 1) :]
    groups = []
    start = 0
    while start < len(order):
        sizes = counts[order[start:]]
        alike = int(np.searchsorted(sizes, sizes[0] + sizes[0] // 4, side="right"))
        entries = n_features * max(int(sizes[alike - 1]), n_labels)
        end = start + min(alike, max(1, limit // entries))
        groups.append(order[start:end])
        start = end
    return groups
