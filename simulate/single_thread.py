"""Many small tensor operations on one thread: the same bits on any machine's number of cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_thread() -> Iterator[None]:
    """Run torch on one thread and without gradients, then restore the number of threads.

    Blocks of clients fit a cache; threads would wait for one another more than they compute,
    and on a busy machine they wait for the scheduler.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(threads)
