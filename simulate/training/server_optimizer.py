"""How the server steps: plain averaging, with momentum, or adaptively (Reddi et al., ICLR 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_positive
from roundlot.simulate.engines.rate_schedule import CONSTANT, RateSchedule
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

OPTIMIZERS = ("sgd", "momentum", "adagrad", "adam", "yogi")
_MOMENTUM = {"sgd": 0.0, "momentum": 0.9, "adagrad": 0.0, "adam": 0.9, "yogi": 0.9}
_SECOND = 0.99
_TAU = 1e-3


@dataclass(frozen=True, kw_only=True)
class ServerOptimizer:
    """The server's optimiser, on the step ``Δ`` of a method, for every model by itself.

    A model that is not heard in a round does not move, and nothing of it is remembered then. With
    ``g = Δ`` of a round, ``w ← w − η x``:

    - "sgd": ``x = g``;
    - "momentum" (Hsu et al. 2019): ``u ← β₁ u + g``, ``x = u``;
    - "adagrad", "adam", "yogi" (Reddi et al. 2021, Algorithm 2): ``u ← β₁ u + (1 − β₁) g``, ``x = u
      / (√v + τ)`` with ``v ← v + g²``, ``v ← β₂ v + (1 − β₂) g²``, and ``v ← v − (1 − β₂) g² sign(v
      − g²)``, from ``v = τ²``.

    Attributes:
        optimizer: one of these.
        momentum: ``β₁`` in [0, 1); None: 0.9, and 0 for "adagrad".
        second_momentum: ``β₂`` in [0, 1), of "adam" and "yogi"; None: 0.99.
        tau: ``τ`` above 0, of the adaptive ones; None: 0.001.
        schedule: of the server's learning rate ``η``.

    Raises:
        InvalidProblemError: an unknown optimiser, a value out of its range, or one that the
            optimiser does not use.
    """

    optimizer: str = "sgd"
    momentum: float | None = None
    second_momentum: float | None = None
    tau: float | None = None
    schedule: RateSchedule = CONSTANT

    def __post_init__(self) -> None:
        require_choice(self.optimizer, "server's optimizer", OPTIMIZERS)
        uses = {
            "momentum": self.optimizer != "sgd",
            "second_momentum": self.optimizer in ("adam", "yogi"),
            "tau": self.adaptive,
        }
        for name, used in uses.items():
            value = getattr(self, name)
            if value is None:
                continue
            if not used:
                raise InvalidProblemError(
                    f"server's {name} is {value:g}, which {self.optimizer!r} does not use; leave it"
                    " out or choose another optimizer"
                )
            if name == "tau":
                check_positive(value, "server's tau")
            elif not 0.0 <= value < 1.0:
                raise InvalidProblemError(f"server's {name} is {value:g}; give a number in [0, 1)")

    @property
    def adaptive(self) -> bool:
        """Whether steps are divided by ``√v + τ``."""
        return self.optimizer in ("adagrad", "adam", "yogi")

    def init(self, parameters: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """What is remembered before the first round."""
        memory: dict[str, Tensor] = {}
        for model, row in enumerate(parameters):
            if self.optimizer != "sgd":
                memory[f"u{model}"] = torch.zeros_like(row)
            if self.adaptive:
                memory[f"v{model}"] = torch.full_like(row, self._tau**2)
        return memory

    def step(
        self, memory: Mapping[str, Tensor], model: int, direction: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """``x`` of a model, and what is remembered of it afterwards."""
        if self.optimizer == "sgd":
            return direction, {}
        beta = _MOMENTUM[self.optimizer] if self.momentum is None else self.momentum
        keep = 1.0 if self.optimizer == "momentum" else 1.0 - beta
        speed = beta * memory[f"u{model}"] + keep * direction
        if not self.adaptive:
            return speed, {f"u{model}": speed}
        spread = self._spread(memory[f"v{model}"], direction.square())
        return speed / (spread.sqrt() + self._tau), {f"u{model}": speed, f"v{model}": spread}

    def _spread(self, old: Tensor, square: Tensor) -> Tensor:
        gamma = _SECOND if self.second_momentum is None else self.second_momentum
        if self.optimizer == "adagrad":
            return old + square
        if self.optimizer == "adam":
            return gamma * old + (1.0 - gamma) * square
        return old - (1.0 - gamma) * square * torch.sign(old - square)

    @property
    def _tau(self) -> float:
        return _TAU if self.tau is None else self.tau


PLAIN = ServerOptimizer()
