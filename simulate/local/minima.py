"""How low objectives go: a model's global one by Newton's method, each client's in a bracket.

Newton's systems are solved by conjugate gradients. The preconditioner is the Kronecker product of
the mean logit Hessian and the second moment of the features: what the Hessian would be if the two
did not depend on one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.local.softmax import (
    BlockedSamples,
    ClientBlock,
    gradients_only,
    losses_and_gradients,
)
from roundlot.theory import ConvergenceError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only


class WeightedObjective:
    """``F(W) = Σ_i d_i f_i(W)`` on flat samples, each with the weight ``d_i / n_i``."""

    def __init__(self, blocks: BlockedSamples, shares: FloatArray, l2: float) -> None:
        samples = blocks.samples
        each = (shares / samples.counts.clip(min=1))[samples.client]
        self.features = blocks.features
        self.label = blocks.label[:, None]
        self.weight = torch.tensor(each, dtype=blocks.dtype, device=blocks.device)[:, None]
        self.l2 = l2
        self.second_moment = self.features.T @ (self.weight * self.features)
        if not bool(torch.isfinite(self.second_moment).all()):
            raise InvalidProblemError("squares of the features overflow; scale the features down")

    def value(self, weights: Tensor) -> float:
        """``F(W)``."""
        return self._objective(torch.log_softmax(self.features @ weights, dim=1), weights)

    def expand(self, weights: Tensor) -> tuple[float, Tensor, Tensor]:
        """``F``, its gradient ``(F, C)`` and the predicted probabilities ``(n, C)``."""
        logarithms = torch.log_softmax(self.features @ weights, dim=1)
        value = self._objective(logarithms, weights)
        predicted = logarithms.exp_()
        residual = self.weight * predicted
        residual.scatter_add_(1, self.label, -self.weight)
        return value, self.features.T @ residual + self.l2 * weights, predicted

    def curvature(self, predicted: Tensor, direction: Tensor) -> Tensor:
        """The Hessian at the point of ``predicted`` times a direction ``(F, C)``."""
        moved = predicted * (self.features @ direction)
        moved -= predicted * moved.sum(1, keepdim=True)
        return self.features.T @ (self.weight * moved) + self.l2 * direction

    def _objective(self, logarithms: Tensor, weights: Tensor) -> float:
        fit = -(self.weight * logarithms.gather(1, self.label)).sum()
        return float(fit + 0.5 * self.l2 * weights.square().sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class Minimum:
    """Weights ``(F, C)``, the gradient norm there, and the Newton steps that led to them."""

    weights: Tensor
    gradient_norm: float
    iterations: int


def minimise(
    objective: WeightedObjective,
    start: Tensor,
    *,
    tolerance: float,
    iterations: int,
    model: int,
) -> Minimum:
    """The minimiser of a strongly convex objective, to a gradient norm.

    Raises ConvergenceError when the norm stays above ``tolerance``.
    """
    weights = start
    value, gradient, predicted = objective.expand(weights)
    for step in range(iterations + 1):
        norm = float(gradient.norm())
        if norm <= tolerance:
            return Minimum(weights=weights, gradient_norm=norm, iterations=step)
        if step == iterations or not math.isfinite(norm):
            break
        direction = _newton_direction(objective, gradient, predicted, norm)
        moved = _backtrack(objective, weights, value, gradient, direction)
        if moved is None:
            break
        weights = moved
        value, gradient, predicted = objective.expand(weights)
    raise ConvergenceError(
        f"the optimum of model {model} was not reached: gradient norm {norm:.2e} after {step} "
        f"Newton steps, tolerance {tolerance:.2e}; raise tolerance, iterations or l2"
    )


def _backtrack(
    objective: WeightedObjective, weights: Tensor, value: float, gradient: Tensor, direction: Tensor
) -> Tensor | None:
    """The first of the halved steps that descends enough; None if none does.

    Near the optimum values agree to rounding, so a step that does not raise ``F`` visibly counts.
    """
    slope = float((gradient * direction).sum())
    slack = 1e-14 * abs(value)
    size = 1.0
    for _ in range(60):
        candidate = weights + size * direction
        if objective.value(candidate) <= value + 1e-4 * size * slope + slack:
            return candidate
        size *= 0.5
    return None


def _newton_direction(
    objective: WeightedObjective, gradient: Tensor, predicted: Tensor, norm: float
) -> Tensor:
    """``−H⁻¹ g`` by preconditioned conjugate gradients, more exactly the smaller the gradient."""
    precondition = _Preconditioner(objective, predicted)
    target = norm * min(0.1, norm)
    direction = torch.zeros_like(gradient)
    residual = -gradient
    scaled = precondition(residual)
    search = scaled.clone()
    product = (residual * scaled).sum()
    for _ in range(4 * gradient.numel()):
        curved = objective.curvature(predicted, search)
        length = product / (search * curved).sum()
        direction += length * search
        residual -= length * curved
        if float(residual.norm()) <= target:
            break
        scaled = precondition(residual)
        previous, product = product, (residual * scaled).sum()
        search = scaled + (product / previous) * search
    return direction


class _Preconditioner:
    """The inverse of ``second moment ⊗ mean logit Hessian + l2`` in its own eigenbasis."""

    def __init__(self, objective: WeightedObjective, predicted: Tensor) -> None:
        weighted = objective.weight * predicted
        logit_hessian = torch.diag(weighted.sum(0)) - predicted.T @ weighted
        of_features, self.left = torch.linalg.eigh(objective.second_moment)
        of_logits, self.right = torch.linalg.eigh(logit_hessian)
        self.scale = of_features[:, None].clamp(min=0.0) * of_logits.clamp(min=0.0) + objective.l2

    def __call__(self, residual: Tensor) -> Tensor:
        rotated: Tensor = self.left.T @ residual @ self.right
        rotated /= self.scale
        product: Tensor = self.left @ rotated @ self.right.T
        return product


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
        gradients = gradients_only(ahead, block.features, block.target, block.weight, l2)
        moved = ahead - step * gradients
        ahead = moved + momentum * (moved - weights)
        weights = moved
    loss, gradients = losses_and_gradients(weights, block.features, block.target, block.weight, l2)
    slack = gradients.square().sum((1, 2)) / (2.0 * l2)
    return loss.cpu().numpy(), slack.cpu().numpy()
