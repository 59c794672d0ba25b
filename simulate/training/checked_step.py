"""What a method gives in a round, looked at before anything is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError


def check_memory(given: Any, name: str, when: str) -> Memory:
    """What a method remembers.

    Raises:
        InvalidProblemError: not a table of tensors and arrays, which alone a checkpoint can hold.
    """
    wrong = None
    if not isinstance(given, Mapping):
        wrong = f"remembers {type(given).__name__}"
    else:
        for key, value in given.items():
            if not _is_numbers(value):
                wrong = f"remembers {_kind(value)} under {key!r:.40}"
    if wrong is not None:
        raise InvalidProblemError(
            f"method {name!r} {wrong} {when}; give a table, name = tensor or array of numbers"
        )
    return given  # type: ignore[no-any-return]


def check_outcome(given: Any, name: str, round_: Round) -> tuple[Memory, Step]:
    """The memory and the step that ``apply`` gave.

    Raises:
        InvalidProblemError: something else, or a step for other models, clients or processors;
            names the method, the round and what is wrong.
    """
    when = f"in round {round_.index}"
    if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[1], Step):
        raise InvalidProblemError(
            f"method {name!r} gave {_kind(given)} {when}; give (memory, Step(...))"
        )
    memory, step = given
    check_memory(memory, name, when)
    for wrong in _faults(step, round_):
        raise InvalidProblemError(f"method {name!r}: {wrong} {when}")
    return memory, step


def _faults(step: Step, round_: Round) -> list[str]:
    clients, models = round_.present.shape
    processors = round_.federation.n_processors
    sizes = [len(flat) for flat in round_.parameters]
    found = []
    if not _fits(step.picks, (processors,)) or np.asarray(step.picks).dtype.kind not in "iu":
        found.append(
            f"picks are {_kind(step.picks)}, not a whole number for each of {processors} processors"
        )
    elif processors and not -1 <= np.min(step.picks) <= np.max(step.picks) < models:
        found.append(f"picks go from {np.min(step.picks)} to {np.max(step.picks)}, not -1 to"
                     f" {models - 1}")  # fmt: skip
    for what, rows in (("directions", step.directions), ("fresh_weights", step.fresh_weights)):
        if not isinstance(rows, tuple | list) or len(rows) != models:
            found.append(f"{what} are {_kind(rows)}, not one for each of {models} models")
            return found
    for model, row in enumerate(step.directions):
        if row is not None and not (isinstance(row, Tensor) and row.shape == (sizes[model],)):
            found.append(
                f"direction {model} is {_kind(row)}, not None or a tensor ({sizes[model]},)"
            )
    for model, weights in enumerate(step.fresh_weights):
        if not _fits(weights, (clients,)):
            found.append(f"fresh_weights {model} are {_kind(weights)}, not numbers ({clients},)")
    if step.probabilities is not None and not _fits(step.probabilities, (processors, models)):
        shape = f"({processors}, {models})"
        found.append(f"probabilities are {_kind(step.probabilities)}, not numbers {shape}")
    return found


def _is_numbers(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, np.ndarray) and value.dtype.kind != "O")


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    array = np.asarray(value)
    return array.shape == shape and array.dtype.kind in "iuf"


def _kind(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    if isinstance(value, tuple | list):
        return f"{len(value)} {type(value).__name__} entries"
    return type(value).__name__
