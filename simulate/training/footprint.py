"""How many clients train at a time: what their steps keep between forward and backward."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Bytes of a block's step. On a CPU they should stay in its caches; on a GPU they should fill it.
_CPU_BYTES = 1 << 22
_GPU_BYTES = 1 << 30


def clients_in_memory(module: nn.Module, inputs: Tensor, device: str) -> int:
    """How many clients' steps on ``inputs`` fit: at least 1."""
    limit = _CPU_BYTES if device == "cpu" else _GPU_BYTES
    return max(1, limit // max(1, step_bytes(module, inputs)))


def step_bytes(module: nn.Module, inputs: Tensor) -> int:
    """Bytes that one client's forward pass on ``inputs`` keeps for its backward pass."""
    sizes: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept):
        module(inputs)
    return sum(sizes.values())
