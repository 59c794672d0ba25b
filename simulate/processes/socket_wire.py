"""A wire between processes of which one has started the others: a pair of sockets without a name.

The system hands one end to the new process when it starts. Nobody listens, so nobody else can
connect, whatever account they are of.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from roundlot.simulate.processes.messages import Wire


class SocketWire(Wire):
    """As `Wire`; tensors of GPUs go by NCCL where it is there, which meets in a private folder."""

    def __init__(
        self,
        *,
        rank: int,
        size: int,
        timeout: float,
        nccl: bool,
        sockets: Mapping[int, socket.socket],
        fate: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__(rank=rank, size=size, timeout=timeout, nccl=nccl, fate=fate)
        self._sockets = sockets
        for one in sockets.values():
            one.settimeout(None if rank else timeout)  # a helper waits while the first one lives

    def send_tensor(self, to: int, tensor: Tensor) -> None:
        """A tensor whose shape the other side knows."""
        placed = self._placed(tensor.detach().contiguous())
        if placed.device.type != "cpu":
            super().send_tensor(to, placed)
            return
        with self._talk(to):
            self._sockets[to].sendall(_bytes_of(placed))

    def receive_tensor(
        self, sender: int, shape: tuple[int, ...], dtype: torch.dtype, device: str
    ) -> Tensor:
        """A tensor on ``device``."""
        if self.nccl and device != "cpu":
            return super().receive_tensor(sender, shape, dtype, device)
        tensor = torch.empty(shape, dtype=dtype)
        left = _bytes_of(tensor)
        with self._talk(sender):
            while left.nbytes:
                taken = self._sockets[sender].recv_into(left)
                if not taken:
                    raise ConnectionResetError("the other process has closed the line")
                left = left[taken:]
        return tensor.to(device)

    def close(self) -> None:
        """Close all lines: who waits at the other end ends."""
        for one in self._sockets.values():
            one.close()


def _bytes_of(tensor: Tensor) -> memoryview:
    """The memory of a tensor on the CPU."""
    return tensor.reshape(-1).view(torch.uint8).numpy().data
