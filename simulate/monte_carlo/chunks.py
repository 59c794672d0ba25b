"""Rounds in chunks: how many at a time, on which threads, with progress and a clean way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

Piece = tuple[int, int]
Work = Callable[[int, int], None]
Progress = Callable[[int, int], object]

_MOST_ROUNDS = 4096  # few enough to report on progress
_LEAST_ROUNDS = 64  # many enough to repay a thread's call


def rounds_at_a_time(
    rounds: int, bytes_per_round: int, memory: int, threads: int, *, most: int = _MOST_ROUNDS
) -> int:
    """As many as fit in ``memory`` per thread, and few enough to share out and to report on."""
    fitting = memory // threads // max(bytes_per_round, 1)
    shared = max(-(-rounds // (4 * threads)), _LEAST_ROUNDS)
    return max(1, min(fitting, shared, most))


def run_chunks(
    work: Work, rounds: int, size: int, *, threads: int, progress: Progress | None
) -> None:
    """Call ``work(first, last)`` on every chunk; ``progress(done, rounds)`` after each.

    An exception, an interrupt or one raised by ``progress`` too, drops the chunks that have not
    begun, waits for those that have, and propagates.
    """
    pieces = _pieces(rounds, size)
    report = progress or (lambda _done, _rounds: None)
    done = 0
    for first, last in _inline(work, pieces) if threads == 1 else _pooled(work, pieces, threads):
        done += last - first
        report(done, rounds)


def _pieces(rounds: int, size: int) -> list[Piece]:
    return [(first, min(first + size, rounds)) for first in range(0, rounds, size)]


def _inline(work: Work, pieces: list[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        work(*piece)
        yield piece


def _pooled(work: Work, pieces: list[Piece], threads: int) -> Iterator[Piece]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="rounds")
    try:
        futures: dict[Future[None], Piece] = {pool.submit(work, *piece): piece for piece in pieces}
        for future in as_completed(futures):
            future.result()
            yield futures[future]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
