"""Softmax regression on many clients at once: their losses, gradients and smoothness.

The local objective of client ``i`` is ``f_i(W) = mean cross-entropy + l2/2 ‖W‖²`` over weights
``W (F, C)``, flattened row by row wherever a vector is wanted.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.client_blocks import BlockedSamples
from roundlot.simulate.client_samples import ClientSamples, FloatArray


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
    residual = (logarithms.exp() - target) * weight[..., None]
    gradients = features.transpose(-1, -2) @ residual + l2 * weights
    return losses + 0.5 * l2 * weights.square().sum((-2, -1)), gradients


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
