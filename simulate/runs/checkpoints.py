"""The file of a run that goes on: what kind of run, what its method remembers, and of which setup.

A checkpoint of another setup is refused, and the first things that differ are named.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.runs.archive import (
    Arrays,
    array_text,
    malformed,
    read_archive,
    text_array,
    write_archive,
)
from roundlot.simulate.training.method import Memory
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray

_MEMORY = "memory/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Saved:
    """What a file holds: plain data, arrays, and the method's memory."""

    head: Mapping[str, Any]
    arrays: Arrays
    memory: Memory


def write_state(
    path: str | os.PathLike[str],
    kind: str,
    setup: Fingerprint,
    memory: Memory,
    arrays: Arrays,
    **head: Any,
) -> None:
    """Write the state of a run without pickle; whole or not at all.

    Args:
        path: of the file.
        kind: "training" or "workers".
        setup: what makes two runs the same run.
        memory: the method's.
        arrays: further ones, by names that do not begin with "memory/".
        head: further plain data.

    Raises:
        OSError: the place cannot be written.
    """
    tensors = [name for name, value in memory.items() if isinstance(value, Tensor)]
    kept = {name: as_array(value) for name, value in memory.items()}
    head |= {"format": f"roundlot.{kind}/1", "setup": setup, "tensors": tensors}
    head["memory"] = {name: _kind(array) for name, array in kept.items()}
    named = {_MEMORY + name: array for name, array in kept.items()}
    write_archive(path, {"head": text_array(head)} | arrays | named)


@contextmanager
def saved_state(
    path: str | os.PathLike[str], kind: str, setup: Fingerprint, device: str
) -> Iterator[Saved]:
    """What ``write_state`` wrote, with tensors on ``device``, to be taken apart in the block.

    Raises:
        InvalidProblemError: a file that is no checkpoint, or whatever the block trips over; one of
            another setup, which is seen when the block is done; names what differs.
    """
    arrays = read_archive(path, f"a checkpoint of {kind}")
    trouble = f"{Path(path)} is no checkpoint of {kind}"
    with malformed(trouble, "remove it and start again"):
        head = array_text(arrays["head"])
        if head["format"] != f"roundlot.{kind}/1":
            raise ValueError(f"it has format {head['format']!r:.40}")
        there, tensors = dict(head["setup"]), list(head["tensors"])
        memory: dict[str, Any] = dict(part(arrays, _MEMORY))
        for name, kind_there in dict(
            head.get("memory", {})
        ).items():  # earlier files have no such list
            if _kind(memory[name]) != kind_there:
                raise ValueError(f"memory {name!r:.40} is {_kind(memory[name])}")
        memory |= {name: as_tensor(memory[name], device) for name in tensors}
        yield Saved(head=head, arrays=arrays, memory=memory)
    require_same(setup, there, f"checkpoint {Path(path)}")


def part(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin so, by the rest of their names."""
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }


def as_array(value: Tensor | AnyArray) -> AnyArray:
    """On the host."""
    if not isinstance(value, Tensor):
        return np.asarray(value)
    return value.detach().resolve_conj().resolve_neg().cpu().numpy()


def as_tensor(array: AnyArray, device: str) -> Tensor:
    """A copy of its own on the device.

    Raises:
        TypeError: an array of what no tensor holds.
    """
    return torch.from_numpy(array.copy()).to(device)


def _kind(array: AnyArray) -> str:
    return f"{array.dtype} {array.shape}"


#: What makes two runs the same run: texts by name.
Fingerprint = dict[str, str]
#: How names end of what files of earlier versions do not say; of those it is not asked.
LATER = ("(code of loss and metrics)", "(network's buffers)")


def require_same(here: Fingerprint, there: Fingerprint, what: str) -> None:
    """Refuse a checkpoint of another setup.

    Raises:
        InvalidProblemError: names ``what`` and the first things that differ.
    """
    here, there = ({name: _unplaced(text) for name, text in one.items()} for one in (here, there))
    unsaid = {name for name in here if name.endswith(LATER) and name not in there}
    names = [n for n in {**here, **there} if here.get(n) != there.get(n) and n not in unsaid]
    if not names:
        return
    first, *others = (_on_a_line(name) for name in names)
    was, now = (_on_a_line(setup.get(names[0], "not there")) for setup in (there, here))
    more = f" (and {len(others)} more: {', '.join(others[:3])})" if others else ""
    raise InvalidProblemError(
        f"{what} is of another setup: {first} was {was}, is {now}{more}; choose another place or "
        "remove it"
    )


def described(value: Any) -> str:
    """A setting as a short text; arrays by shape, type and hash, functions by name."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {_hash(value)}"
    if callable(value) and hasattr(value, "__qualname__"):
        return named(value)
    if isinstance(value, list | tuple):
        return f"({', '.join(described(item) for item in value)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}: {described(v)}' for k, v in value.items())}}}"
    if isinstance(value, partial):
        return f"partial({described((value.func, *value.args))}, {described(value.keywords)})"
    if is_dataclass(value) and not isinstance(value, type):
        inner = (f"{f.name}={described(getattr(value, f.name))}" for f in fields(value))
        return f"{type(value).__name__}({', '.join(inner)})"
    kind: Any = type(value)
    if kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__:
        return named(kind)  # else it is where it lies in memory, another place in every run
    return str(value)


def described_fields(name: str, record: Any) -> Fingerprint:
    """Every field of a record that is a dataclass, as ``name (field)``; else nothing."""
    if not is_dataclass(record):
        return {}
    return {f"{name} ({f.name})": described(getattr(record, f.name)) for f in fields(record)}


def named(value: Any) -> str:
    """A class or function by its module and name."""
    return f"{value.__module__}.{value.__qualname__}"


def _unplaced(text: Any) -> str:
    """The text without the modules that classes and functions of ours stand in: they may move."""
    return re.sub(r"\broundlot(\.\w+)*\.(?=\w)", "roundlot.", f"{text}")


def _on_a_line(text: Any) -> str:
    """What a file says, however long it may be there."""
    return " ".join(str(text).split())[:150]


def _hash(array: np.ndarray[Any, Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
