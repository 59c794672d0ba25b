"""Exchanges of parameters between processes over the links of a round, by gloo."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from roundlot.simulate.workers.mixing_schedule import MixingSchedule

#: Offset of ``tcpi_bytes_sent`` in Linux's ``struct tcp_info``, and the bytes to ask for.
_BYTES_SENT, _ASKED = 200, 208
_TRIALS = 9  # exchanges whose median is a link's time


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Whom a worker meets in one matching, and the weight of their link."""

    rank: int
    weight: float


def partners(
    schedule: MixingSchedule, round_: int, rank: int, *, every: bool = False
) -> list[Partner | None]:
    """Of every matching used in a round, in their order; None where it misses this worker.

    ``every`` matching of the round's graph is taken where it says so, used or not.
    """
    graph = schedule.at(round_)
    met: list[Partner | None] = []
    used = np.flatnonzero(schedule.used(round_) | every)
    for j in used.tolist():
        links = graph.links.matchings[j]
        row, side = np.nonzero(links == rank)
        if not row.size:
            met.append(None)
            continue
        other, weight = links[row[0], 1 - side[0]], np.asarray(graph.weights[j])[row[0]]
        met.append(Partner(rank=int(other), weight=float(weight)))
    return met


class BrokenExchangeError(RuntimeError):
    """The other end of an exchange has gone."""


@dataclass(kw_only=True)
class Exchanger:
    """Sends and receives matching after matching, and counts bytes.

    Attributes:
        enter: told before every exchange, so that it is known who waits for whom.
        sent: bytes of the numbers handed to gloo so far.
    """

    enter: Callable[[], None] = lambda: None
    sent: int = field(default=0)

    def swap(
        self, met: Sequence[Partner | None], *messages: Tensor
    ) -> Mapping[int, tuple[Tensor, ...]]:
        """What every partner sent, by its rank, for what this worker sends to each of them.

        Raises:
            BrokenExchangeError: a partner has gone; names it.
        """
        received = {}
        for partner in met:
            if partner is not None:
                self.enter()
                received[partner.rank] = self._with(partner.rank, messages)
        return received

    def _with(self, other: int, messages: Sequence[Tensor]) -> tuple[Tensor, ...]:
        into = tuple(torch.empty_like(message) for message in messages)
        try:
            pending = [dist.isend(message, other) for message in messages]
            pending += [dist.irecv(place, other) for place in into]
            for one in pending:
                assert one is not None
                one.wait()
        except RuntimeError as error:
            said = " ".join(str(error).partition("\n")[0].split())
            raise BrokenExchangeError(f"lost worker {other} ({said:.120})") from error
        self.sent += sum(message.numel() * message.element_size() for message in messages)
        return into


def link_seconds(met: Sequence[Partner | None], message: Tensor) -> tuple[float, float]:
    """Median seconds of an exchange of 8 bytes, and of one of ``message``, over these links."""
    small: list[float] = []
    whole: list[float] = []
    exchanger = Exchanger()
    for partner in met:
        if partner is None:
            continue
        for times, sent in ((small, torch.zeros(1, dtype=torch.float64)), (whole, message)):
            for trial in range(_TRIALS + 1):
                begin = time.perf_counter()
                exchanger.swap([partner], sent)
                if trial:  # the first one connects
                    times.append(time.perf_counter() - begin)
    return _median(small), _median(whole)


def _median(times: list[float]) -> float:
    return float(np.median(times)) if times else float("nan")


def kernel_bytes() -> int | None:
    """Bytes that this process's TCP sockets have sent by the kernel's own count; None elsewhere.

    Heads of gloo's messages are among them, heads of packets are not.
    """
    if sys.platform != "linux":
        return None
    total = 0
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(OSError, ValueError, struct.error):
            total += _sent_by(int(name))
    return total


def _sent_by(descriptor: int) -> int:
    one = socket.socket(fileno=os.dup(descriptor))
    with one:
        if one.family not in (socket.AF_INET, socket.AF_INET6):
            return 0
        told = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ASKED)
    return int(struct.unpack_from("=Q", told, _BYTES_SENT)[0]) if len(told) >= _ASKED else 0
