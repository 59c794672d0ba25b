"""Threads that share a loop over rows: fixed pieces of them, the same for any number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from threading import Lock
from typing import TypeVar

from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import in_one_line

#: Rows of a piece: a thread that takes one gains more than it costs to hand it out.
PIECE_ROWS = 1 << 14

Result = TypeVar("Result")

_ASKED: ContextVar[int | None] = ContextVar("threads", default=None)
_POOLS: dict[int, ThreadPoolExecutor] = {}
_OPENING = Lock()


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads for the solvers' loops within; else as many as ``NUMBA_NUM_THREADS`` says.

    That is one for each core where it is not set. Loops split from some ten thousand rows on.
    Results are the same for any number, bit for bit.

    Raises:
        InvalidProblemError: fewer than one.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidProblemError(
            f"count of threads is {in_one_line(count)}; give a whole number, at least 1"
        )
    before = _ASKED.set(count)
    try:
        yield
    finally:
        _ASKED.reset(before)


def thread_count() -> int:
    """Threads that loops may use here."""
    asked = _ASKED.get()
    if asked is not None:
        return asked
    import numba

    return int(numba.config.NUMBA_NUM_THREADS)


def pieces(rows: int, least: int = PIECE_ROWS) -> list[slice]:
    """Ranges of ``least`` rows or so; they depend on the number of rows alone."""
    count = max(1, rows // least)
    ends = [rows * i // count for i in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(ends)]


def in_pieces(work: Callable[[slice], Result], parts: list[slice]) -> list[Result]:
    """``work`` of every piece, in their order, whichever thread does it.

    ``work`` is to spend its time in compiled loops, which run at the same time.
    """
    count = min(thread_count(), len(parts)) if len(parts) > 1 else 1
    if count == 1:
        return [work(part) for part in parts]
    found: dict[int, Result] = {}
    tickets = iter(range(len(parts)))

    def serve() -> None:
        for ticket in tickets:  # every thread takes the next
            found[ticket] = work(parts[ticket])

    helpers = [_pool(count - 1).submit(serve) for _ in range(count - 1)]
    try:
        serve()
    finally:
        for helper in helpers:
            if not helper.cancel():  # busy elsewhere: all was done without it
                helper.result()
    return [found[i] for i in range(len(parts))]


def _pool(size: int) -> ThreadPoolExecutor:
    with _OPENING:
        if size not in _POOLS:
            _POOLS[size] = ThreadPoolExecutor(size, thread_name_prefix="roundlot-loops")
        return _POOLS[size]


def _after_fork() -> None:
    """A child has none of its parent's threads."""
    global _OPENING
    _POOLS.clear()
    _OPENING = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
