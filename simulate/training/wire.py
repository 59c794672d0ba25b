"""Messages between the processes of one training: orders one way, results the other."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor

from roundlot.simulate.training.errors import LostProcessError

IntArray = npt.NDArray[np.int64]


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


class Wire:
    """What one process sends to the others and gets from them.

    Attributes:
        rank: number of this process, from 0.
        size: how many there are.
        timeout: seconds to wait for an answer, for messages that say so.
        nccl: whether tensors go from GPU to GPU; else by way of the CPU.
    """

    def __init__(
        self,
        *,
        rank: int,
        size: int,
        timeout: float,
        nccl: bool,
        fate: Callable[[int], str] | None = None,
    ) -> None:
        self.rank, self.size, self.timeout, self.nccl = rank, size, timeout, nccl
        self.fate = fate or (lambda _: "has gone")

    def send(self, to: int, order: Order) -> None:
        """The head of a message."""
        self.send_tensor(to, torch.tensor(astuple(order), dtype=torch.int64))

    def receive(self, sender: int) -> Order:
        """The head of a message."""
        return Order(**dict(zip(_NAMES, self._numbers(sender, _N_NUMBERS).tolist(), strict=True)))

    def send_clients(self, to: int, clients: IntArray) -> None:
        """Numbers of clients, as many as the head said."""
        self.send_tensor(to, torch.from_numpy(np.ascontiguousarray(clients)))

    def receive_clients(self, sender: int, count: int) -> IntArray:
        """Numbers of clients."""
        return np.asarray(self._numbers(sender, count).numpy())

    def send_object(self, to: int, value: bytes) -> None:
        """Pickled by `packed`, with its length before it."""
        self.send_tensor(to, torch.tensor([len(value)], dtype=torch.int64))
        if value:
            self.send_tensor(to, torch.frombuffer(bytearray(value), dtype=torch.uint8))

    def receive_object(self, sender: int) -> bytes:
        """What `send_object` sent."""
        length = int(self._numbers(sender, 1))
        if not length:
            return b""
        row = self.receive_tensor(sender, (length,), torch.uint8, "cpu")
        return bytes(row.numpy())

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
        return self.receive_tensor(sender, (count,), torch.int64, "cpu")

    @contextmanager
    def _talk(self, other: int) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            late = "imed out" in str(error) or "imeout" in str(error)
            how = f"did not answer within {self.timeout:g} s" if late else self.fate(other)
            raise LostProcessError(rank=other, size=self.size, how=how) from error


_NAMES = tuple(Order.__dataclass_fields__)


def packed(value: Any) -> bytes:
    """Pickled; tensors by value, whatever device they are on."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpacked(value: bytes) -> Any:
    """What `packed` was given. For messages between the processes of one training only."""
    return pickle.loads(value)
