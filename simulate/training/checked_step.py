"""What a method gives in a round, looked at before anything is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.history import PER_MODEL, PER_ROUND
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.theory import InvalidProblemError

#: Types of tensors that NumPy has, too, and with it a checkpoint.
_KEPT = (
    *(torch.float16, torch.float32, torch.float64, torch.complex64, torch.complex128),
    *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
)
#: Columns of the table of rounds.
_TAKEN = ("method", "seed", "round", "model", *PER_ROUND, *PER_MODEL)
#: Types of numbers that go without saying.
_PLAIN = (torch.float32, torch.float64, np.float32, np.float64, np.int64, torch.int64)
_MOST = 1.0 + 1e-9  # of a probability, which may round


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
            if not isinstance(key, str):
                wrong = f"remembers something under {key!r:.40}, which is no text,"
            elif not _is_numbers(value):
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
    for wrong in (*_faults(step, round_), *_figure_faults(step.figures, len(step.directions))):
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
        if row is not None and not _is_direction(row, sizes[model]):
            found.append(
                f"direction {model} is {_kind(row)}, not None or a tensor ({sizes[model]},)"
            )
    for model, weights in enumerate(step.fresh_weights):
        if not _fits(weights, (clients,)):
            found.append(f"fresh_weights {model} are {_kind(weights)}, not numbers ({clients},)")
        elif not np.isfinite(np.asarray(weights)).all():
            found.append(f"fresh_weights {model} are not finite")
    tables = (
        ("probabilities", step.probabilities, (processors, models), _MOST),
        ("shares", step.shares, (clients, models), np.inf),
        ("mean_weights", step.mean_weights, (clients, models), np.inf),
    )
    for what, table, shape, most in tables:
        if table is not None and not _fits(table, shape):
            found.append(f"{what} are {_kind(table)}, not numbers {shape}")
        elif table is not None and not _is_within(table, most):
            least, top = np.min(table), np.max(table)
            found.append(f"{what} go from {least:g} to {top:g}, not from 0 to {min(most, 1.0):g}")
    if step.anchor is not None and not callable(step.anchor):
        found.append(f"anchor is {_kind(step.anchor)}, not a function (model, clients)")
    return found


def _figure_faults(figures: Any, models: int) -> list[str]:
    """What keeps figures out of the history and its tables."""
    if not isinstance(figures, Mapping):
        return [f"figures are {_kind(figures)}, not a table, name = number"]
    found = []
    for name, value in figures.items():
        if not isinstance(name, str) or name in _TAKEN:
            found.append(
                f"a figure is called {name!r:.40}, as a column of the rounds is; rename it"
            )
        elif not any(_fits(_on_host(value), shape) for shape in ((), (models,))):
            found.append(
                f"figure {name!r:.40} is {_kind(value)}, not a number or {models} numbers, one a"
                " model"
            )
    return found


def _is_numbers(value: Any) -> bool:
    """Whether a checkpoint can hold it."""
    if isinstance(value, Tensor):
        return value.layout is torch.strided and value.dtype in _KEPT
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _is_direction(row: Any, size: int) -> bool:
    return isinstance(row, Tensor) and row.shape == (size,) and row.is_floating_point()


def _is_within(table: Any, most: float) -> bool:
    values = np.asarray(table)
    return bool(np.isfinite(values).all() and (values >= 0.0).all() and (values <= most).all())


def _on_host(value: Any) -> Any:
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else value


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    array = np.asarray(value)
    return array.shape == shape and array.dtype.kind in "iuf"


def _kind(value: Any) -> str:
    if isinstance(value, Tensor) and value.layout is not torch.strided:
        return f"a sparse tensor of shape {tuple(value.shape)}"
    shape = getattr(value, "shape", None)
    if shape is not None and getattr(value, "dtype", None) not in _PLAIN:
        return f"{type(value).__name__} of {value.dtype} and shape {tuple(shape)}"
    if shape is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    if isinstance(value, tuple | list):
        return f"{len(value)} {type(value).__name__} entries"
    return type(value).__name__
