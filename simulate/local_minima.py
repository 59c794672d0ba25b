"""How low each client's own objective goes: what the heterogeneity of a fleet is measured from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import read_only
from roundlot.simulate.client_blocks import BlockedSamples, ClientBlock
from roundlot.simulate.client_samples import FloatArray
from roundlot.simulate.softmax_regression import losses_and_gradients


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalMinima:
    """Proved brackets ``lower <= min f_i <= upper`` of a model's local objectives, ``(N,)`` each.

    Both are 0 for clients without data.
    """

    lower: FloatArray
    upper: FloatArray


def bracket_minima(
    blocks: BlockedSamples, start: Tensor, smoothness: FloatArray, l2: float, steps: int
) -> LocalMinima:
    """Brackets of every client's least loss, for ``Γ = Σ d_i (f_i(w*) − min f_i)``.

    Accelerated gradient descent on all clients at once; at its end ``f − ‖∇f‖² / (2 l2)`` and 0
    are lower bounds, whatever the number of steps.

    Args:
        blocks: the samples of one model.
        start: ``(F, C)``, shared starting weights, such as the global optimum.
        smoothness: ``(N,)``, smoothness constants of the local objectives.
        l2: strength of the ridge term.
        steps: gradient steps of every client.

    Source: Nesterov (2004), Introductory Lectures on Convex Optimization, section 2.2.
    """
    lower, upper = np.zeros_like(smoothness), np.zeros_like(smoothness)
    for block in blocks:
        members = block.clients.cpu().numpy()
        constants = torch.tensor(smoothness[members], dtype=blocks.dtype, device=blocks.device)
        loss, slack = _descend(block, start, constants, l2, steps)
        lower[members] = np.maximum(loss - slack, 0.0)
        upper[members] = loss
    return LocalMinima(lower=read_only(lower), upper=read_only(upper))


def _descend(
    block: ClientBlock, shared: Tensor, smoothness: Tensor, l2: float, steps: int
) -> tuple[FloatArray, FloatArray]:
    """Losses and ``‖∇f‖² / (2 l2)`` after the steps, ``(b,)`` each."""
    root = (smoothness / l2).sqrt()
    momentum = ((root - 1.0) / (root + 1.0))[:, None, None]
    step = (1.0 / smoothness)[:, None, None]
    weights = shared.expand(len(block.clients), *shared.shape)
    ahead = weights
    for _ in range(steps):
        _, gradients = losses_and_gradients(ahead, block.features, block.target, block.weight, l2)
        moved = ahead - step * gradients
        ahead = moved + momentum * (moved - weights)
        weights = moved
    loss, gradients = losses_and_gradients(weights, block.features, block.target, block.weight, l2)
    slack = gradients.square().sum((1, 2)) / (2.0 * l2)
    return loss.cpu().numpy(), slack.cpu().numpy()
