"""What a client does in a round: descent on its own data, plain, with momentum or by Adam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.simulate.engines.rate_schedule import CONSTANT, RateSchedule
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray
from roundlot.theory.names import require_choice


@dataclass(frozen=True, kw_only=True)
class LocalPlan:
    """Local epochs of mini-batches.

    Attributes:
        epochs: passes over a client's data in a round, at least 1.
        batch_size: samples of a step, or None for all that the client holds. Every epoch goes
            through the data in a fresh order; its last batch may be smaller.
        learning_rate: step size, above 0.
        decay: factor on the learning rate after every round, in (0, 1].
        proximal: strength of ``proximal/2 ‖w − w_start‖²`` (FedProx), at least 0.
        weight_decay: strength of ``weight_decay/2 ‖w‖²``, at least 0.
        optimizer: "sgd" or "adam" (Kingma and Ba 2015), afresh in every round.
        momentum: in [0, 1): ``u ← momentum u + g``, ``w ← w − rate u`` of "sgd", ``β₁`` of "adam";
            None: 0 of "sgd", 0.9 of "adam".
        second_momentum, tau: ``β₂`` in [0, 1) and what is added to ``√v``, of "adam"; None: 0.999
            and 1e-8.
        clip: greatest norm of a step's gradient of the loss, above 0; None: as it is.
        schedule: of the learning rate over the rounds, beside ``decay``.

    Raises:
        InvalidProblemError: a value out of its range, or one that the optimizer does not use.
    """

    epochs: int = 5
    batch_size: int | None = 16
    learning_rate: float = 0.1
    decay: float = 1.0
    proximal: float = 0.0
    weight_decay: float = 0.0
    optimizer: str = "sgd"
    momentum: float | None = None
    second_momentum: float | None = None
    tau: float | None = None
    clip: float | None = None
    schedule: RateSchedule = CONSTANT

    def __post_init__(self) -> None:
        check_count(self.epochs, "epochs", 1)
        if self.batch_size is not None:
            check_count(self.batch_size, "batch_size", 1)
        check_positive(self.learning_rate, "learning_rate")
        check_positive(self.decay, "decay")
        if self.decay > 1.0:
            raise InvalidProblemError(f"decay is {self.decay!r}; it must be at most 1")
        for name in ("proximal", "weight_decay"):
            if getattr(self, name) != 0.0:
                check_positive(getattr(self, name), name)
        require_choice(self.optimizer, "local optimizer", ("sgd", "adam"))
        if self.clip is not None:
            check_positive(self.clip, "clip")
        self._check_optimizer()

    def _check_optimizer(self) -> None:
        for name in ("second_momentum", "tau"):
            if getattr(self, name) is not None and self.optimizer != "adam":
                raise InvalidProblemError(
                    f"local {name} is {getattr(self, name):g}, which {self.optimizer!r} does not"
                    " use; leave it out or choose 'adam'"
                )
        for name in ("momentum", "second_momentum"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < 1.0:
                raise InvalidProblemError(f"local {name} is {value:g}; give a number in [0, 1)")
        if self.tau is not None:
            check_positive(self.tau, "local tau")

    @property
    def inertia(self) -> float:
        """``β₁``."""
        default = 0.9 if self.optimizer == "adam" else 0.0
        return default if self.momentum is None else self.momentum

    @property
    def plain(self) -> bool:
        """Whether steps are gradients times the rate, as they are."""
        return self.optimizer == "sgd" and not self.inertia and self.clip is None

    def steps(self, counts: IntArray) -> IntArray:
        """Local steps of a round for clients with these many samples."""
        batches = counts > 0 if self.batch_size is None else -(-counts // self.batch_size)
        return np.asarray(self.epochs * batches, dtype=np.int64)

    def rate(self, round_: int) -> float:
        """The learning rate of a round, counted from 0."""
        return self.learning_rate * self.decay**round_ * self.schedule.at(round_)
