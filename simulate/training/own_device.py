"""Which device each of several processes trains on."""

from __future__ import annotations

from roundlot.simulate.devices import chosen_device
from roundlot.theory import InvalidProblemError


def own_device(device: str, local_rank: int, local_size: int, *, size: int) -> str:
    """The device of one process: "cpu", or "cuda:k", one GPU each.

    Args:
        device: "auto", "cpu" or "cuda"; one process alone may also have "cuda:1".
        local_rank: number of the process on its machine.
        local_size: processes on its machine.
        size: processes altogether.

    Raises:
        InvalidProblemError: an unknown device, a numbered one for several processes, or fewer GPUs
            than processes.
    """
    found = chosen_device(device)
    if size == 1 or found == "cpu":
        return found
    if ":" in device:
        raise InvalidProblemError(
            f"device is {device!r} for {size} processes, of which each has its own; give 'cuda'"
        )
    from torch import cuda

    if cuda.device_count() < local_size:
        raise InvalidProblemError(
            f"there are {local_size} processes for {cuda.device_count()} CUDA devices; ask for at "
            f"most {cuda.device_count()}, or choose device 'cpu'"
        )
    return f"cuda:{local_rank}"
