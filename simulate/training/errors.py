"""What stops a run of training."""

from __future__ import annotations


class TrainingError(RuntimeError):
    """A loss or an update that is not finite.

    Attributes:
        task: name of the task.
        client: the first client it happened to.
        round: the round, from 0; None where a loss was asked for outside a round.
    """

    def __init__(self, *, task: str, client: int, round_: int | None, what: str = "loss") -> None:
        self.task, self.client, self.round = task, client, round_
        when = "" if round_ is None else f"round {round_}: "
        super().__init__(
            f"{when}the {what} of client {client} on {task!r} is not finite;"
            " lower the learning rate or clean that client's data"
        )
