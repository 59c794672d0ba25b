"""Which device, cores and threads compute; torch is not imported where there is no GPU."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import in_one_line

if TYPE_CHECKING:
    import torch

_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def chosen_device(device: str) -> str:
    """ "cpu", or "cuda:k" of a GPU that is there.

    Raises:
        InvalidProblemError: an unknown device, or a GPU that torch does not see.
    """
    if not isinstance(device, str):
        raise InvalidProblemError(f"device is {device!r:.60}; choose 'auto', 'cpu' or 'cuda'")
    if device == "cpu":
        return "cpu"
    if device == "auto":
        return "cuda:0" if _gpus() else "cpu"
    kind, _, number = str(device).partition(":")
    if kind != "cuda" or not (number or "0").isdigit():
        raise InvalidProblemError(f"device is {device!r}; choose 'auto', 'cpu', 'cuda' or 'cuda:1'")
    index = int(number or 0)
    if index >= _gpus():
        raise InvalidProblemError(
            f"device is {device!r}; torch sees {_gpus()} CUDA devices here: choose 'cpu' or 'auto'"
        )
    return f"cuda:{index}"


def torch_device(device: torch.device | str) -> torch.device:
    """A device as torch names it.

    Raises:
        InvalidProblemError: no such name.
    """
    import torch

    try:
        if isinstance(device, str | torch.device):
            return torch.device(device)
    except RuntimeError:
        pass
    raise InvalidProblemError(
        f"device is {in_one_line(device)}; give 'cpu', 'cuda' or a torch.device"
    )


def worker_count(workers: int | None) -> int:
    """Threads for the compiled loops: those asked for, else what Numba was given.

    Raises:
        InvalidProblemError: fewer than one.
    """
    if workers is None:
        import numba

        return int(numba.config.NUMBA_NUM_THREADS)
    if workers < 1:
        raise InvalidProblemError(f"workers is {workers}; give at least 1")
    return int(workers)


def _gpus() -> int:
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return 0
    import torch

    return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def single_thread() -> Iterator[None]:
    """Run torch on one thread and without gradients, then restore the number of threads.

    Blocks of clients fit a cache; threads would wait for one another more than they compute,
    and on a busy machine they wait for the scheduler.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(threads)
