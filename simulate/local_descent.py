"""A round of local gradient descent on a block of clients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.client_blocks import ClientBlock
from roundlot.simulate.softmax_regression import losses_and_gradients
from roundlot.simulate.training_plan import TrainingPlan
from roundlot.theory.random_streams import SHUFFLE


def descend(start: Tensor, block: ClientBlock, plan: TrainingPlan, keys: Tensor | None) -> Tensor:
    """Weights ``(b, F, C)`` of a block's clients after a round from shared weights ``(F, C)``.

    ``keys`` ``(epochs, n)`` from `shuffle_keys` order the samples when the plan has mini-batches.
    """
    weights = start.expand(len(block.clients), *start.shape).clone()
    if keys is None:
        for _ in range(plan.epochs):
            _step(weights, block.features, block.target, block.weight, plan)
        return weights
    for epoch in range(plan.epochs):
        _batched_epoch(weights, block, keys[epoch][block.rows], plan)
    return weights


def shuffle_keys(
    n_samples: int, plan: TrainingPlan, *, seed: int, model: int, round_: int
) -> npt.NDArray[np.float64] | None:
    """``(epochs, n)`` sort keys that shuffle the samples; None without mini-batches.

    They belong to the flat samples, so the batches do not depend on how clients are blocked.
    """
    if plan.batch_size is None:
        return None
    return SHUFFLE.generator(seed, model, round_).random((plan.epochs, n_samples))


def _batched_epoch(weights: Tensor, block: ClientBlock, keys: Tensor, plan: TrainingPlan) -> None:
    assert plan.batch_size is not None
    held = block.weight > 0.0
    order = torch.argsort(torch.where(held, keys, torch.inf), dim=1, stable=True)
    for start in range(0, order.shape[1], plan.batch_size):
        _batch_step(weights, block, order[:, start : start + plan.batch_size], held, plan)


def _batch_step(
    weights: Tensor, block: ClientBlock, chosen: Tensor, held: Tensor, plan: TrainingPlan
) -> None:
    """One step on the chosen samples ``(b, k)``; clients that have run out stay where they are."""
    present = torch.gather(held, 1, chosen)
    active = present.any(1)
    weight = present / present.sum(1, keepdim=True).clamp(min=1)
    row = torch.arange(len(chosen), device=chosen.device)[:, None]
    features, target = block.features[row, chosen], block.target[row, chosen]
    _, gradients = losses_and_gradients(weights, features, target, weight.to(weights), plan.l2)
    weights -= plan.learning_rate * gradients * active[:, None, None]


def _step(
    weights: Tensor, features: Tensor, target: Tensor, weight: Tensor, plan: TrainingPlan
) -> None:
    _, gradients = losses_and_gradients(weights, features, target, weight, plan.l2)
    weights.sub_(gradients, alpha=plan.learning_rate)
