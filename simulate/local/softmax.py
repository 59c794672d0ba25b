"""Softmax regression on many clients at once: their losses, gradients and smoothness.

The local objective of client ``i`` is ``f_i(W) = mean cross-entropy + l2/2 ‖W‖²`` over weights
``W (F, C)``, flattened row by row wherever a vector is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.local.client_samples import ClientSamples
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray

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


def losses_and_gradients(
    weights: Tensor, features: Tensor, target: Tensor, weight: Tensor, l2: float
) -> tuple[Tensor, Tensor]:
    """Objectives ``(b,)`` and gradients ``(b, F, C)`` of ``b`` clients.

    Args:
        weights: ``(F, C)``, shared, or ``(b, F, C)``, one for each client.
        features: ``(b, n, F)``.
        target: ``(b, n, C)``, one-hot.
        weight: ``(b, n)``, weight of each sample in its client's mean, 0 on padding.
        l2: strength of the ridge term.
    """
    logarithms = torch.log_softmax(features @ weights, dim=-1)
    losses = -((logarithms * target).sum(-1) * weight).sum(-1)
    gradients = _gradients(logarithms, weights, features, target, weight, l2)
    return losses + 0.5 * l2 * weights.square().sum((-2, -1)), gradients


def gradients_only(
    weights: Tensor, features: Tensor, target: Tensor, weight: Tensor, l2: float
) -> Tensor:
    """Gradients ``(b, F, C)``; arguments as in `losses_and_gradients`."""
    logarithms = torch.log_softmax(features @ weights, dim=-1)
    return _gradients(logarithms, weights, features, target, weight, l2)


def _gradients(
    logarithms: Tensor,
    weights: Tensor,
    features: Tensor,
    target: Tensor,
    weight: Tensor,
    l2: float,
) -> Tensor:
    residual = (logarithms.exp() - target) * weight[..., None]
    return features.transpose(-1, -2) @ residual + l2 * weights


def losses_only(
    weights: Tensor, features: Tensor, target: Tensor, weight: Tensor, l2: float
) -> Tensor:
    """Objectives ``(b,)``; arguments as in `losses_and_gradients`."""
    logarithms = torch.log_softmax(features @ weights, dim=-1)
    losses = -((logarithms * target).sum(-1) * weight).sum(-1)
    return losses + 0.5 * l2 * weights.square().sum((-2, -1))


def client_losses_and_gradients(
    weights: Tensor, blocks: BlockedSamples, l2: float
) -> tuple[FloatArray, Tensor]:
    """All clients at shared weights: losses ``(N,)`` and gradients ``(N, F C)``, on the CPU.

    Rows of clients without data are 0.
    """
    samples = blocks.samples
    losses = np.zeros(samples.n_clients)
    gradients = torch.zeros((samples.n_clients, samples.dimension), dtype=blocks.dtype)
    for block in blocks:
        loss, gradient = losses_and_gradients(
            weights, block.features, block.target, block.weight, l2
        )
        members = block.clients.cpu()
        losses[members.numpy()] = loss.cpu().numpy()
        gradients[members] = gradient.flatten(1).cpu()
    return losses, gradients


def client_losses(weights: Tensor, blocks: BlockedSamples, l2: float) -> FloatArray:
    """All clients at shared weights: losses ``(N,)``, 0 for clients without data."""
    losses = np.zeros(blocks.samples.n_clients)
    for block in blocks:
        loss = losses_only(weights, block.features, block.target, block.weight, l2)
        losses[block.clients.cpu().numpy()] = loss.cpu().numpy()
    return losses


def smoothness_of(second_moment: FloatArray, l2: float) -> FloatArray:
    """An upper bound on the Hessian of softmax regression, from ``E x xᵀ`` ``(..., F, F)``.

    ``½ λ_max(E x xᵀ) + l2``: in the logits the Hessian ``diag(q) − q qᵀ`` is at most ``½ I``.
    Source: Böhning (1992), Multinomial logistic regression algorithm.
    """
    largest = np.linalg.eigvalsh(second_moment)[..., -1]
    return np.asarray(0.5 * largest + l2, dtype=np.float64)


def client_smoothness(blocks: BlockedSamples, l2: float) -> FloatArray:
    """``(N,)``, a smoothness constant of every local objective; 0 for clients without data."""
    smoothness = np.zeros(blocks.samples.n_clients)
    for block in blocks:
        scaled = block.features * block.weight[..., None]
        moment = (block.features.transpose(-1, -2) @ scaled).double().cpu().numpy()
        smoothness[block.clients.cpu().numpy()] = smoothness_of(moment, l2)
    return smoothness


def accuracy(samples: ClientSamples, weights: FloatArray) -> float:
    """The share of the samples that weights ``(F C,)`` classify rightly."""
    logits = samples.features @ weights.reshape(samples.n_features, samples.n_labels)
    return float(np.mean(np.argmax(logits, axis=1) == samples.label))
