"""Passes over memory that torch can compile into one: plain functions of tensors, and no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from roundlot.simulate.philox import (
    KEY_STEPS,
    LOW,
    N_PASSES,
    STREAM_PROCESSOR,
    key_words,
    philox_passes,
)

if TYPE_CHECKING:
    import torch


@cache
def fused(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` compiled by torch on its first call, for any sizes; it takes seconds, once."""
    import torch

    return torch.compile(function, dynamic=True)


def key_table(seed: int, device: torch.device | str) -> torch.Tensor:
    """``(10, 2)`` int64, the keys of every pass: a tensor, so that no seed is compiled anew."""
    import torch

    key = key_words(seed)
    rows = [[(key[j] + turn * KEY_STEPS[j]) & LOW for j in range(2)] for turn in range(N_PASSES)]
    table = torch.tensor(rows, device=device)
    # Else two keys a pass and two models would be taken for one size, and other S compiled anew.
    torch._dynamo.mark_static(table)
    return table


def drawn_categories(
    number: torch.Tensor, who: torch.Tensor, keys: torch.Tensor, edges: torch.Tensor
) -> torch.Tensor:
    """``(rounds, V)`` int16: the first model whose cumulative threshold exceeds the word, or −1.

    Words are those of processors. ``number`` is ``(rounds, 1)``, ``who`` ``(1, V)``, ``edges``
    ``(V, S)``.
    """
    import torch

    parts = (number & LOW, number >> 32, who, torch.full_like(who, STREAM_PROCESSOR))
    c0, c1, _, _ = philox_passes([part.expand(len(number), who.shape[1]) for part in parts], keys)
    word = (c0 << 30) | (c1 >> 2)
    above = (word[:, :, None] >= edges).sum(dim=2)  # no loop, which each S would compile anew
    return torch.where(above == edges.shape[1], -1, above).to(torch.int16)


def squared_lengths(product: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """``(rounds,)`` float64, ``‖product − offset‖²``, difference and squares in float64."""
    import torch

    error = product.to(torch.float64) - offset
    return (error * error).sum(dim=1)


def shares(drawn: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """``(rounds,)`` float64, the factors ``(V,)`` of those drawn, summed."""
    import torch

    return torch.where(drawn, factors, 0.0).sum(dim=1)
