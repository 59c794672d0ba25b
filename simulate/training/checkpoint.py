"""A run of training, so far, in one file; resumed, it goes on to the same bits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.training.archive import (
    array_text,
    read_archive,
    text_array,
    write_archive,
)
from roundlot.simulate.training.fingerprint import Fingerprint, require_same
from roundlot.simulate.training.history import History
from roundlot.simulate.training.method import Memory
from roundlot.theory import InvalidProblemError

_FORMAT = "roundlot.training/1"
_MEMORY, _HISTORY = "memory/", "history/"


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
    tensors = [name for name, value in state.memory.items() if isinstance(value, Tensor)]
    head = {"format": _FORMAT, "round": state.round, "setup": setup, "tensors": tensors}
    arrays = {"head": text_array(head)}
    arrays |= {f"parameters_{s}": _numpy(row) for s, row in enumerate(state.parameters)}
    arrays |= {_MEMORY + name: _numpy(value) for name, value in state.memory.items()}
    arrays |= {_HISTORY + name: value for name, value in history.to_arrays().items()}
    write_archive(path, arrays)


def load_checkpoint(
    path: str | os.PathLike[str], setup: Fingerprint, device: str
) -> tuple[State, History]:
    """What ``save_checkpoint`` wrote, with tensors on ``device``.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or one of another setup; names what
            differs.
    """
    arrays = read_archive(path, "a checkpoint of training")
    try:
        head: dict[str, Any] = array_text(arrays["head"])
        if head["format"] != _FORMAT:
            raise ValueError(f"it has format {head['format']!r}")
        there, done, tensors = dict(head["setup"]), int(head["round"]), list(head["tensors"])
        history = History.from_arrays(_part(arrays, _HISTORY))
        if done != history.rounds:
            raise ValueError(f"{done} rounds, {history.rounds} of them kept")
        rows = [arrays[f"parameters_{s}"] for s in range(len(history.models))]
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidProblemError(
            f"{Path(path)} is no checkpoint of training ({error}); remove it and start again"
        ) from error
    require_same(setup, there, f"checkpoint {Path(path)}")
    memory = {
        name: torch.from_numpy(value).to(device) if name in tensors else value
        for name, value in _part(arrays, _MEMORY).items()
    }
    parameters = tuple(torch.from_numpy(row.copy()).to(device) for row in rows)
    return State(round=done, parameters=parameters, memory=memory), history


def _part(arrays: dict[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }


def _numpy(value: Tensor | npt.NDArray[Any]) -> npt.NDArray[Any]:
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else np.asarray(value)
