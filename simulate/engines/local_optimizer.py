"""Steps of local training that are not plain descent: momentum, Adam, clipped gradients.

All clients of a block step together; those that still train are a prefix, and have made as many
steps each. A client begins every round anew, for it keeps nothing between rounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from roundlot.simulate.engines.local_plan import LocalPlan

_SECOND, _TAU = 0.999, 1e-8  # Kingma and Ba's


class LocalOptimizer:
    """What ``c`` clients remember within a round.

    Args:
        plan: of local training.
        pieces: parameters ``(c, *shape)``, which steps change in place.
    """

    def __init__(self, plan: LocalPlan, pieces: Sequence[Tensor]) -> None:
        self.plan, self._steps = plan, 0
        adam = plan.optimizer == "adam"
        self._first = [torch.zeros_like(p) for p in pieces] if adam or plan.inertia else []
        self._second = [torch.zeros_like(p) for p in pieces] if adam else []

    def clipped(self, slopes: Sequence[Tensor]) -> list[Tensor]:
        """Gradients ``(a, *shape)`` of ``a`` clients, each scaled to a norm of at most ``clip``."""
        if self.plan.clip is None:
            return list(slopes)
        squares = [slope.reshape(len(slope), -1).square().sum(dim=1) for slope in slopes]
        norms = torch.stack(squares).sum(dim=0).sqrt()
        factors = (self.plan.clip / norms).clamp(max=1.0)
        return [slope * factors.view(-1, *[1] * (slope.dim() - 1)) for slope in slopes]

    def step(self, here: Sequence[Tensor], slopes: Sequence[Tensor], rate: float) -> None:
        """Move the parameters ``here`` ``(a, *shape)`` of the first ``a`` clients in place."""
        self._steps += 1
        active = len(here[0])
        if self.plan.optimizer == "adam":
            self._adam(here, slopes, rate, active)
            return
        if not self._first:
            torch._foreach_add_(list(here), list(slopes), alpha=-rate)
            return
        speed = [first[:active] for first in self._first]
        torch._foreach_mul_(speed, self.plan.inertia)
        torch._foreach_add_(speed, list(slopes))
        torch._foreach_add_(list(here), speed, alpha=-rate)

    def _adam(
        self, here: Sequence[Tensor], slopes: Sequence[Tensor], rate: float, active: int
    ) -> None:
        """Kingma and Ba 2015, Algorithm 1, with its correction of the first steps' bias."""
        beta = self.plan.inertia
        gamma, tau = adam_constants(self.plan)
        for place, slope in enumerate(slopes):
            first, second = self._first[place][:active], self._second[place][:active]
            first.mul_(beta).add_(slope, alpha=1.0 - beta)
            second.mul_(gamma).addcmul_(slope, slope, value=1.0 - gamma)
            mean = first / (1.0 - beta**self._steps)
            spread = (second / (1.0 - gamma**self._steps)).sqrt_().add_(tau)
            here[place].addcdiv_(mean, spread, value=-rate)


def adam_constants(plan: LocalPlan) -> tuple[float, float]:
    """``β₂`` and ``τ`` of a plan that trains by Adam."""
    gamma = _SECOND if plan.second_momentum is None else plan.second_momentum
    return gamma, _TAU if plan.tau is None else plan.tau
