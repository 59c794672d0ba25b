"""Messages between the processes of one training: orders one way, results or what went wrong back.

Between processes of one user alone: tasks and failures are pickled, and come from no file. They go
by sockets that nobody else can reach, or are signed.
"""

from __future__ import annotations

import importlib.util
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from roundlot.simulate.processes.signing import TAG, Seal
from roundlot.simulate.tasks.task import Task
from roundlot.theory import (
    AssumptionError,
    ConvergenceError,
    DrawError,
    InfeasibleError,
    InvalidProblemError,
)
from roundlot.theory.arrays import IntArray
from roundlot.theory.errors import LostProcessError, TrainingError

_ADVICE = (
    "define its network and its loss by name in a file that can be imported, or start with torchrun"
)


_NAMED: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        AssumptionError,
        ConvergenceError,
        DrawError,
        InfeasibleError,
        InvalidProblemError,
    )
}


class Word(IntEnum):
    """What a message is about."""

    LEAVE = 0  # there are no more runs
    BEGIN = 1  # a run: the tasks follow
    END = 2  # of a run: what came of it follows
    TRAIN = 3
    LOSSES = 4
    DONE = 5
    FAILED = 6  # the error follows


@dataclass(frozen=True, kw_only=True)
class Order:
    """The head of a message: whole numbers that say what follows.

    Attributes:
        word: a `Word`.
        model: number of the task.
        round: from 0.
        count: clients that follow.
        correction: dimensions of the correction that follows, 0 for none.
        fresh: whether parameters follow; else they are those of the last order for this model.
    """

    word: int
    model: int = 0
    round: int = 0
    count: int = 0
    correction: int = 0
    fresh: int = 0


_N_NUMBERS = len(astuple(Order(word=0)))


_NAMES = tuple(Order.__dataclass_fields__)


class Wire:
    """What one process sends to the others and gets from them.

    Attributes:
        rank: number of this process, from 0.
        size: how many there are.
        timeout: seconds to wait for an answer, for messages that say so.
        nccl: whether tensors go from GPU to GPU; else by way of the CPU.
        seal: signs orders and objects; None where nobody else can reach the wire.
    """

    def __init__(
        self,
        *,
        rank: int,
        size: int,
        timeout: float,
        nccl: bool,
        fate: Callable[[int], str] | None = None,
        seal: Seal | None = None,
    ) -> None:
        self.rank, self.size, self.timeout, self.nccl = rank, size, timeout, nccl
        self.seal = seal
        self.fate = fate or (lambda _: "has gone")

    def send(self, to: int, order: Order) -> None:
        """The head of a message."""
        self._send_signed(to, torch.tensor(astuple(order), dtype=torch.int64))

    def receive(self, sender: int) -> Order:
        """The head of a message."""
        return Order(**dict(zip(_NAMES, self._numbers(sender, _N_NUMBERS).tolist(), strict=True)))

    def send_clients(self, to: int, clients: IntArray) -> None:
        """Numbers of clients, as many as the head said."""
        self._send_signed(to, torch.from_numpy(np.ascontiguousarray(clients)))

    def receive_clients(self, sender: int, count: int) -> IntArray:
        """Numbers of clients."""
        return np.asarray(self._numbers(sender, count).numpy())

    def send_object(self, to: int, value: bytes) -> None:
        """Pickled by `packed`, with its length before it."""
        self._send_signed(to, torch.tensor([len(value)], dtype=torch.int64))
        if value:
            self._send_signed(to, torch.frombuffer(bytearray(value), dtype=torch.uint8))

    def receive_object(self, sender: int) -> bytes:
        """What `send_object` sent.

        Raises:
            LostProcessError: it is not signed as it must be.
        """
        length = int(self._numbers(sender, 1))
        if not length:
            return b""
        return bytes(self._receive_signed(sender, length, torch.uint8).numpy())

    def send_tensor(self, to: int, tensor: Tensor) -> None:
        """A tensor whose shape the other side knows."""
        with self._talk(to):
            dist.send(self._placed(tensor.detach().contiguous()), to)

    def receive_tensor(
        self, sender: int, shape: tuple[int, ...], dtype: torch.dtype, device: str
    ) -> Tensor:
        """A tensor on ``device``."""
        tensor = torch.empty(shape, dtype=dtype, device=device if self.nccl else "cpu")
        with self._talk(sender):
            dist.recv(tensor, sender)
        return tensor.to(device)

    def _placed(self, tensor: Tensor) -> Tensor:
        return tensor if self.nccl else tensor.cpu()

    def _numbers(self, sender: int, count: int) -> Tensor:
        return self._receive_signed(sender, count, torch.int64)

    def _send_signed(self, to: int, tensor: Tensor) -> None:
        self.send_tensor(to, tensor)
        if self.seal is not None:
            tag = self.seal.sign(to, tensor.numpy().tobytes())
            self.send_tensor(to, torch.frombuffer(bytearray(tag), dtype=torch.uint8))

    def _receive_signed(self, sender: int, count: int, dtype: torch.dtype) -> Tensor:
        tensor = self.receive_tensor(sender, (count,), dtype, "cpu")
        if self.seal is not None:
            tag = self.receive_tensor(sender, (TAG,), torch.uint8, "cpu").numpy().tobytes()
            if not self.seal.is_signed(sender, tensor.numpy().tobytes(), tag):
                how = "sent what is not signed with the key of this run"
                raise LostProcessError(rank=sender, size=self.size, how=how)
        return tensor

    @contextmanager
    def _talk(self, other: int) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, OSError) as error:
            late = "imed out" in str(error) or "imeout" in str(error)
            how = f"did not answer within {self.timeout:g} s" if late else self.fate(other)
            raise LostProcessError(rank=other, size=self.size, how=how) from error


def packed(value: Any) -> bytes:
    """Pickled; tensors by value, whatever device they are on."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpacked(value: bytes) -> Any:
    """What `packed` was given. For messages between the processes of one training only."""
    return pickle.loads(value)  # from processes that this one started # nosec B301


def packed_tasks(tasks: Sequence[Task]) -> bytes:
    """The tasks with their data.

    Raises:
        InvalidProblemError: a network or loss that cannot be sent to another process.
    """
    try:
        return packed(tuple(tasks))
    except Exception as error:  # pickling runs the user's classes
        raise InvalidProblemError(
            f"a task cannot be sent to other processes ({_line(error)}); {_ADVICE}"
        ) from error


def sources(tasks: Sequence[Task]) -> dict[str, str]:
    """Files of the modules that networks and losses come from, by the modules' names."""
    kinds: set[Any] = {type(part) for task in tasks for part in task.module.modules()}
    kinds |= {task.loss for task in tasks if callable(task.loss)}
    files = {
        name: getattr(sys.modules.get(name), "__file__", None)
        for name in {str(getattr(kind, "__module__", "")) for kind in kinds}
        if name != "__main__" and not name.startswith(("torch.", "roundlot."))
    }
    return {name: file for name, file in files.items() if file}


def load_sources(files: Mapping[str, str]) -> None:
    """Import modules by file where their names alone do not find them."""
    for name, file in files.items():
        if name in sys.modules or _origin(name) == file:
            continue
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is not None and spec.loader is not None:
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])


def failure(error: BaseException) -> bytes:
    """An error, to be raised in another process by `raise_failure`."""
    told: dict[str, Any] = {"kind": type(error).__name__, "text": _line(error)}
    if isinstance(error, TrainingError):
        told |= {"task": error.task, "client": error.client, "round_": error.round}
        told |= {"what": error.what}
    return packed(told)


def raise_failure(told: bytes, *, rank: int, size: int) -> None:
    """Raise what ``failure`` was told by process ``rank``.

    Raises:
        TrainingError: it was one.
        InvalidProblemError: it was one, or a task cannot be read there.
        Exception: another error of `roundlot.theory`, as it was.
        LostProcessError: it was anything else.
    """
    known: dict[str, Any] = unpacked(told)
    kind, text = known.pop("kind"), known.pop("text")
    if kind == "TrainingError":
        raise TrainingError(**known)
    if kind in _NAMED:
        raise _NAMED[kind](text)
    if "Can't get attribute" in text:
        raise InvalidProblemError(f"a task cannot be read by other processes ({text}); {_ADVICE}")
    raise LostProcessError(rank=rank, size=size, how=f"failed ({kind}: {text})")


def _origin(name: str) -> str | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
