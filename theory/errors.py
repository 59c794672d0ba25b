"""The errors and warnings a user of roundlot can meet."""

import re
import sys
import warnings
from typing import Any


class InvalidProblemError(ValueError):
    """An input that is malformed: a wrong shape, a NaN, a negative score or budget.

    The message is one line, also where it quotes a value that prints in several.
    """

    def __init__(self, text: object = "") -> None:
        super().__init__(re.sub(r"\s*\n\s*", " ", str(text)))


class InfeasibleError(ValueError):
    """Well-formed constraints that no probabilities satisfy.

    The message says which constraint fails, by how much, and what would fit.
    """


class ConvergenceError(RuntimeError):
    """A solver stopped without reaching its tolerance; nothing else is returned in its place."""


class DrawError(RuntimeError):
    """A draw by rejection reached its bound on attempts, which honest random words never do."""


class AssumptionError(ValueError):
    """A bound was asked for outside the range in which it is proved."""


class TrainingError(RuntimeError):
    """A loss or an update that is not finite.

    Attributes:
        task: name of the task.
        client: the first client, or worker, it happened to; None where it happened on the test
            data.
        round: the round, from 0; None where a loss was asked for outside a round.
        what: what is not finite.
    """

    def __init__(
        self,
        *,
        task: str,
        client: int | None,
        round_: int | None,
        what: str = "loss",
        who: str = "client",
    ) -> None:
        self.task, self.client, self.round, self.what = task, client, round_, what
        when = "" if round_ is None else f"round {round_}: "
        whose = f"of {task!r}" if client is None else f"of {who} {client} on {task!r}"
        data = "that data" if client is None else f"that {who}'s data"
        super().__init__(
            f"{when}the {what} {whose} is not finite; lower the learning rate or clean {data}"
        )

    @classmethod
    def told(cls, text: str, *, task: str, round_: int | None) -> "TrainingError":
        """The error in the words of who knows the method and the seed, too."""
        error = cls(task=task, client=None, round_=round_)
        error.args = (text,)
        return error


class LostProcessError(RuntimeError):
    """One of several processes of a training was killed, hangs or failed.

    Attributes:
        rank: its number, from 0.
    """

    def __init__(self, *, rank: int, size: int, how: str) -> None:
        self.rank = rank
        super().__init__(
            f"process {rank} of {size} {how}; all have stopped: start again, from the checkpoint if"
            " there is one"
        )


class RoundlotWarning(UserWarning):
    """Something worth knowing that does not make the answer wrong."""


def warn(text: str) -> None:
    """Warns at the line that called roundlot, however deep inside it the cause is."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "roundlot":
        depth, frame = depth + 1, frame.f_back
    warnings.warn(text, RoundlotWarning, stacklevel=depth)


def in_one_line(value: Any, most: int = 60) -> str:
    """A value as messages quote it: the beginning of its ``repr``, in one line."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes out
        return f"a {type(value).__name__} too long to write out"
    return " ".join(text.split())[:most]
