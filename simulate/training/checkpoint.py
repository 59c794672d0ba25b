"""A run of training, so far, in one file; resumed, it goes on to the same bits."""

from __future__ import annotations

import os
from dataclasses import dataclass

from torch import Tensor

from roundlot.simulate.training.fingerprint import Fingerprint
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Memory
from roundlot.simulate.training.record_checks import require_rows
from roundlot.simulate.training.state_archive import (
    as_array,
    as_tensor,
    part,
    saved_state,
    write_state,
)

_HISTORY = "history/"


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """Between two rounds.

    Attributes:
        round: rounds done.
        parameters: ``S`` flat tensors ``(P_s,)``.
        memory: the method's.
    """

    round: int
    parameters: tuple[Tensor, ...]
    memory: Memory


def save_checkpoint(
    path: str | os.PathLike[str], state: State, history: History, setup: Fingerprint
) -> None:
    """Write the state, and what happened so far, without pickle; whole or not at all.

    Raises:
        OSError: the place cannot be written.
    """
    arrays = {f"parameters_{s}": as_array(row) for s, row in enumerate(state.parameters)}
    arrays |= {_HISTORY + name: value for name, value in history.to_arrays().items()}
    write_state(path, "training", setup, state.memory, arrays, round=state.round)


def load_checkpoint(
    path: str | os.PathLike[str], setup: Fingerprint, device: str
) -> tuple[State, History]:
    """What ``save_checkpoint`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    with saved_state(path, "training", setup, device) as saved:
        history = History.from_arrays(part(saved.arrays, _HISTORY))
        done = int(saved.head["round"])
        if done != history.rounds:
            raise ValueError(f"{done} rounds, {history.rounds} of them kept")
        rows = [saved.arrays[f"parameters_{s}"] for s in range(len(history.models))]
        require_rows(rows, "parameters")
        parameters = tuple(as_tensor(row, device) for row in rows)
    return State(round=done, parameters=parameters, memory=saved.memory), history
